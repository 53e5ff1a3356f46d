//! The commands that Terragrunt runs: those of its hooks, and of `run_cmd`.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use syntax::hcl::{self, Document};
use syntax::location::Location;

use super::{COMPUTED, LocalCommand, ModulePaths, directory, joined};

/// The blocks of hooks ("Before, After, and Error Hooks", Terragrunt docs).
const HOOKS: [&str; 3] = ["before_hook", "after_hook", "error_hook"];

impl LocalCommand {
    /// The commands of a Terragrunt file.
    pub fn of_terragrunt(document: &Document, paths: &ModulePaths) -> Vec<Self> {
        let blocks = document.blocks("terraform");
        let hooks =
            blocks.flat_map(|block| HOOKS.into_iter().flat_map(move |kind| block.blocks(kind)));
        let hooks = hooks.filter_map(|hook| {
            let execute = hook.attribute("execute")?;
            let words = paths.words(&execute.value);
            Some(Self {
                of: format!("{} \"{}\"", hook.kind(), hook.label(0).unwrap_or_default()),
                directory: directory(&hook, paths),
                is_output_used: false,
                ..Self::of_words(hook.location(), words)
            })
        });
        let mut all: Vec<Self> = hooks.collect();
        let text = document.text();
        all.extend(text.match_indices("run_cmd(").filter_map(|(at, _)| {
            let line = text[..at].rsplit('\n').next().unwrap_or_default();
            let is_comment = line.trim_start().starts_with("//") || line.contains('#');
            let words = arguments(&text[at..]);
            let location = Location::at(document.path(), text, at);
            (!is_comment).then(|| Self::of_words(location, words))
        }));
        all
    }

    fn of_words(at: Location, words: Option<Vec<String>>) -> Self {
        Self {
            at,
            of: "Terragrunt's `run_cmd`".to_owned(),
            script: words.map(|words| joined(&words)),
            environment: BTreeMap::new(),
            directory: None,
            signs_token: false,
            is_output_used: true,
        }
    }
}

/// The words of a call of `run_cmd`, without Terragrunt's own options; `None` where it is not
/// understood.
fn arguments(text: &str) -> Option<Vec<String>> {
    let ends = text.match_indices(')').map(|(at, _)| at + 1);
    let call = ends
        .take(ARGUMENTS)
        .find_map(|end| hcl::expression(&text[..end]).ok())?;
    let arguments = call.as_func_call()?.args.iter();
    let words = arguments.map(|it| match it {
        Expression::String(text) => text.as_str().to_owned(),
        _ => COMPUTED.to_owned(),
    });
    Some(
        words
            .filter(|it| !it.starts_with("--terragrunt-"))
            .collect(),
    )
}

/// Upper bound on the parentheses that the arguments of a call may close.
const ARGUMENTS: usize = 16;
