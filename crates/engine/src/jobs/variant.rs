//! The account of a role in the variant of a root module that a command runs.

use std::path::Path;

use ci::variant::Variant;
use terraform::account::{Account, OTHER, Situation, VALUES_FILE, WORKSPACE};

use super::need::Target;

/// The account of a role of the root module in that directory, as a job of this name runs it.
pub(super) fn target(account: &Account, root: &Path, variant: &Variant, job: &str) -> Target {
    if let Some(id) = account.id() {
        return Target::Id(id.to_owned());
    }
    match account {
        Account::OneOf(outcomes) => {
            let outcomes: Vec<(&Situation, &str)> = outcomes
                .iter()
                .map(|(situation, account)| (situation, account.id.as_str()))
                .collect();
            let met = outcomes.iter().filter(|(situation, _)| {
                let mut selectors = situation.iter();
                selectors.all(|(selector, value)| is_met(selector, value, variant, &outcomes))
            });
            let mut ids: Vec<&str> = met.map(|(_, id)| *id).collect();
            ids.dedup();
            match ids.as_slice() {
                [only] => Target::Id((*only).to_owned()),
                // Nothing tells which of them the job runs.
                _ => Target::Open(root.to_path_buf()),
            }
        }
        Account::Template(text) => match literal(text, variant) {
            Some(id) => Target::Id(id),
            None => Target::Module(root.to_path_buf(), described(variant, job)),
        },
        _ => Target::Module(root.to_path_buf(), described(variant, job)),
    }
}

/// Whether a command may meet a value of a selector.
fn is_met(selector: &str, value: &str, variant: &Variant, outcomes: &[(&Situation, &str)]) -> bool {
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
            Some(file) => file.to_str().is_some_and(|file| value == file),
            None => value == "none",
        },
        selector => {
            let name = selector.strip_prefix("var.").unwrap_or(selector);
            variant.variables.get(name).is_none_or(|known| is(known))
        }
    }
}

/// The id that the command's own variable gives.
fn literal(template: &str, variant: &Variant) -> Option<String> {
    let name = template.strip_prefix("${var.")?.strip_suffix('}')?;
    let id = variant.variables.get(name)?;
    let is_id = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| id.clone())
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
