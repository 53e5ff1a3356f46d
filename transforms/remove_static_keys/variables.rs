//! Variables that fed keys.

use super::ID;
use crate::model::edit::Edit;
use crate::model::finding::Finding;
use crate::model::hcl::Attribute;
use crate::model::text::shown;
use crate::model::variables::{Needed, Variable};

/// Decides for a variable that fed keys.
pub fn in_variable(variable: &Variable<'_>) -> Option<Finding> {
    let first = variable.blocks.first()?;
    let subject = format!("variable \"{}\"", variable.name);
    let finding = |message: String| {
        Finding::new(
            ID,
            first.document(),
            first.span(),
            (subject.clone(), message),
        )
    };
    let mut secrets = variable.values.clone();
    let defaults = variable.blocks.iter();
    secrets.extend(defaults.filter_map(|block| block.attribute("default")));
    secrets.retain(|value| !matches!(value.value.text(), "null" | "\"\""));
    let values = || secrets.iter().map(|secret| secret.value);
    let Some(needed) = &variable.needed else {
        let mut places: Vec<_> = variable.values.iter().map(file_of).collect();
        places.dedup();
        let with_values = match places.is_empty() {
            true => String::new(),
            false => format!(", with its value in {}", places.join(", ")),
        };
        let mut finding = finding(format!("fed nothing but keys: it goes{with_values}"));
        let environment = variable.in_environment.as_ref().map(|path| {
            let name = format!("TF_VAR_{}", variable.name);
            format!(
                "`{name}` in {} has no effect any more: remove it too",
                path.display()
            )
        });
        let help: Vec<_> = environment.into_iter().chain(history(&secrets)).collect();
        finding.help = (!help.is_empty()).then(|| help.join("; "));
        for block in &variable.blocks {
            let document = block.document();
            finding = finding.edit(document, Edit::remove(document, block.span()));
        }
        for value in &variable.values {
            let document = value.value.document();
            finding = finding.edit(document, Edit::remove(document, value.span()));
        }
        return Some(finding.hide(values()));
    };
    let why = match needed {
        Needed::Used(at) => format!("{}:{} uses it", at.path.display(), at.line),
        Needed::Named(path) => format!("{} names it", path.display()),
        Needed::Passed(path) => format!("{} passes it by `-var`", path.display()),
        Needed::Called(Some(caller)) => {
            format!("{}, which calls the module, may set it", shown(caller))
        }
        Needed::Called(None) => "whoever calls the module may set it".to_owned(),
    };
    let mut finding = finding(format!("fed keys and is left: {why}"));
    let help = "where nothing needs it any more, remove it with its values".to_owned();
    finding.help = Some(match history(&secrets) {
        Some(history) => format!("{help}; {history}"),
        None => help,
    });
    Some(finding.hide(values()))
}

fn file_of(value: &Attribute<'_>) -> String {
    value.value.document().path().display().to_string()
}

/// What to do about values that stand in files as they are.
fn history(secrets: &[Attribute<'_>]) -> Option<String> {
    let mut files: Vec<_> = secrets.iter().map(file_of).collect();
    files.dedup();
    (!files.is_empty()).then(|| {
        format!(
            "the value in {} stays in git history if it was ever committed: deactivate the key in \
             IAM once the switch is done",
            files.join(", ")
        )
    })
}
