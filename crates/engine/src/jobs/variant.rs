//! The account of a role in the variant of a root module that a command runs.

use std::path::Path;

use ci::variant::Variant;
use terraform::account::{Account, ModuleNames, OTHER, Situation, VALUES_FILE, WORKSPACE};
use terraform::module_call::normalize;

use super::need::Target;
use crate::repo::Repo;

/// The account of a role of the root module in that directory, as a job of this name runs it.
pub(super) fn target(
    account: &Account,
    root: &Path,
    variant: &Variant,
    job: &str,
    repo: &Repo,
) -> Target {
    let index = repo.index();
    let number = index.modules.number(root);
    let run = RootVariant {
        variant,
        root,
        names: number.and_then(|number| index.names.get(&number)),
    };
    if variant.has_unknown_configuration {
        return Target::Open(root.to_path_buf());
    }
    if let Some(id) = account.id() {
        return Target::Id(id.to_owned());
    }
    if variant.is_test {
        let is_other = |name: &str, value: Option<&str>| {
            run.names.is_none_or(|names| !names.is_always(name, value))
        };
        let mut set = index.modules.test_variables(root).into_iter();
        if set.any(|(name, value)| is_other(name, value.map(String::as_str))) {
            return Target::Open(root.to_path_buf());
        }
    }
    match account {
        Account::OneOf(outcomes) => {
            let outcomes: Vec<(&Situation, &str)> = outcomes
                .iter()
                .map(|(situation, account)| (situation, account.id.as_str()))
                .collect();
            let met = outcomes.iter().filter(|(situation, _)| {
                let mut selectors = situation.iter();
                selectors.all(|(selector, value)| run.is_met(selector, value, &outcomes))
            });
            let mut ids: Vec<&str> = met.map(|(_, id)| *id).collect();
            ids.dedup();
            match ids.as_slice() {
                [only] => Target::Id((*only).to_owned()),
                // Nothing tells which of them the job runs.
                _ => Target::Open(root.to_path_buf()),
            }
        }
        Account::Template(text) => match run.literal(text) {
            Some(id) => Target::Id(id),
            None => Target::Module(root.to_path_buf(), described(variant, job)),
        },
        _ => Target::Module(root.to_path_buf(), described(variant, job)),
    }
}

/// A variant of the root module in a directory.
struct RootVariant<'v> {
    variant: &'v Variant,
    root: &'v Path,
    /// What the names of the root module mean, where an account depends on them.
    names: Option<&'v ModuleNames>,
}

impl RootVariant<'_> {
    /// Whether a command may meet a value of a selector.
    fn is_met(&self, selector: &str, value: &str, outcomes: &[(&Situation, &str)]) -> bool {
        let variant = self.variant;
        // Whatever no situation names.
        let is_named = |known: &str| {
            let mut values = outcomes.iter().filter_map(|(it, _)| it.get(selector));
            values.any(|it| it == known)
        };
        let is = |known: &str| match value {
            OTHER => !is_named(known),
            value => value == known,
        };
        match selector {
            WORKSPACE if variant.is_workspace_unknown => true,
            // The workspace that is there from the start (Terraform docs, "Workspaces").
            WORKSPACE => is(variant.workspace.as_deref().unwrap_or("default")),
            VALUES_FILE if variant.has_unknown_files => true,
            VALUES_FILE => match variant.var_files.last() {
                Some(file) => self.is_file(file, value),
                None => value == "none",
            },
            selector => {
                let name = selector.strip_prefix("var.").unwrap_or(selector);
                self.variable(name).is_none_or(is)
            }
        }
    }

    /// Whether the file that a command names is the one of that name, both seen from the root module.
    fn is_file(&self, file: &Path, name: &str) -> bool {
        let file = normalize(&self.root.join(file));
        file.is_some() && file == normalize(&self.root.join(name))
    }

    /// The value that the command gives a variable; `None` where a file of values may give it another one.
    fn variable(&self, name: &str) -> Option<&str> {
        let is_in_file = || self.names.is_some_and(|names| names.is_in_file(name));
        let is_beaten = self.variant.weak_variables.contains(name) && is_in_file();
        let value = self.variant.variables.get(name).filter(|_| !is_beaten)?;
        Some(value)
    }

    /// The id that the command's own variable gives.
    fn literal(&self, template: &str) -> Option<String> {
        let name = template.strip_prefix("${var.")?.strip_suffix('}')?;
        let id = self.variable(name)?;
        let is_id = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        is_id.then(|| id.to_owned())
    }
}

/// What tells a variant from others: where only the run determines a part of it, the job.
fn described(variant: &Variant, job: &str) -> String {
    let is_open = variant.is_workspace_unknown
        || variant.has_unknown_files
        || !variant.unknown_variables.is_empty();
    let mut parts: Vec<String> = variant.workspace.iter().cloned().collect();
    parts.extend(variant.var_files.iter().map(|it| it.display().to_string()));
    let variables = variant.variables.iter();
    parts.extend(variables.map(|(name, value)| format!("{name}={value}")));
    if is_open {
        parts.push(job.to_owned());
    }
    parts.join(" ")
}
