//! Settings that findings wait for: an answer becomes a line of `tfkeyless.hcl`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use diagnostics::ask::Ask;
use diagnostics::finding::Finding;
use engine::plan::Plan;
use engine::settings::Settings;
use syntax::hcl_string::quoted;

use crate::commit;
use crate::config::{Invocation, NAME};
use crate::prompt::{self, Choice};
use crate::say::say;

/// Asks for the settings that findings of the plan wait for, and puts the answers into the texts and
/// the configuration of `invocation`.
///
/// # Errors
/// A terminal that went away.
pub fn ask(plan: &Plan, invocation: &mut Invocation) -> anyhow::Result<()> {
    let before = invocation.texts.get(Path::new(NAME)).cloned();
    let own = invocation.root.join(NAME);
    let before = match before {
        Some(text) => text,
        // Without the file there is `tfkeyless init`, which asks for all of it.
        None if !matches!(commit::obstacle(&own), Ok(None)) => return Ok(()),
        None => fs::read_to_string(&own)?,
    };
    let mut text = before.clone();
    let missing = plan.open().filter_map(|it| it.needs.as_ref());
    let missing: BTreeMap<&String, &Ask> = missing.map(|ask| (&ask.snippet, ask)).collect();
    for (setting, ask) in missing.into_iter().filter(|(_, ask)| ask.is_open()) {
        let asked =
            format!("`{setting}` in tfkeyless.hcl is missing. Its value (empty: leave it):");
        let value = prompt::line(&asked)?;
        if !value.is_empty() {
            text = with_line(&text, &ask.answered(&value));
        }
    }
    if plan.open().any(Finding::waits_for_token)
        && let Some(default) = token()?
    {
        match with_token(&text, default) {
            Some(with) => text = with,
            None => say("Add it to the `ci` block of tfkeyless.hcl; its form is not known here."),
        }
    }
    if text == before {
        return Ok(());
    }
    match Settings::parse(&text, transforms::CATALOGUE) {
        Ok(settings) => {
            invocation.settings = settings;
            invocation.texts.insert(NAME.into(), text);
        }
        Err(errors) => {
            for error in &errors.0 {
                say(&format!("The answers are not kept: {error}"));
            }
        }
    }
    Ok(())
}

/// What the repository's token may do by default, if somebody knows.
fn token() -> anyhow::Result<Option<&'static str>> {
    let choice = |answer, word, help| Choice { answer, word, help };
    let choices = [
        choice(
            Some("restricted"),
            "read",
            "it may read contents and packages",
        ),
        choice(
            Some("permissive"),
            "write",
            "it may write nearly everything",
        ),
        choice(None, "unknown", "leave what depends on it"),
    ];
    // `gh` fills in the repository of its directory (its manual, "gh api").
    say(
        "Jobs wait to know what GITHUB_TOKEN may do where a workflow does not say it: `gh api \
         'repos/{owner}/{repo}/actions/permissions/workflow' --jq .default_workflow_permissions`",
    );
    Ok(prompt::ask("What may it do?", &choices, None)?)
}

/// `text` with a line at its end.
fn with_line(text: &str, line: &str) -> String {
    let end = match text.is_empty() || text.ends_with('\n') {
        true => "",
        false => "\n",
    };
    format!("{text}{end}{line}\n")
}

/// `text` with the default of the token in its `ci` block; `None` where that block is written in
/// another form.
fn with_token(text: &str, default: &str) -> Option<String> {
    let setting = format!("default_token = {}", quoted(default));
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let after = start + line.len();
        if line.trim_end() == "ci {" {
            let (before, behind) = text.split_at(after);
            return Some(format!("{before}  {setting}\n{behind}"));
        }
        if line
            .split_whitespace()
            .next()
            .is_some_and(|word| word == "ci" || word == "ci{")
        {
            return None;
        }
        start = after;
    }
    Some(with_line(text, &format!("\nci {{\n  {setting}\n}}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_of_the_token_goes_into_the_block_that_is_there() {
        let setting = "  default_token = \"restricted\"\n";
        for (before, after) in [
            ("", Some(format!("\nci {{\n{setting}}}\n"))),
            ("a = 1", Some(format!("a = 1\n\nci {{\n{setting}}}\n"))),
            (
                "ci {\n  role = \"x\"\n}\n",
                Some(format!("ci {{\n{setting}  role = \"x\"\n}}\n")),
            ),
            ("ci { role = \"x\" }\n", None),
        ] {
            assert_eq!(with_token(before, "restricted"), after, "{before}");
        }
    }
}
