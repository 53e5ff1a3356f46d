use diagnostics::finding::{Finding, Safety};
use engine::repo::Repo;
use engine::scan::Earlier;
use engine::unused::{Orphan, SecretVariables, edits, orphans, secrets};
use engine::unused_variables::{Needed, Variable};
use syntax::edit::Edit;
use syntax::hcl::Document;
use syntax::text::shown;
use terraform::module::Module;

const ID: &str = "remove_orphans";

pub fn scan(module: &Module, earlier: Earlier<'_>, repo: &Repo) -> Vec<Finding> {
    let orphans = orphans(module, earlier, repo);
    if orphans.is_empty() {
        return Vec::new();
    }
    let secrets = secrets(module, repo);
    let findings = orphans.iter().filter_map(|orphan| {
        let finding = finding(orphan, &edits(orphan, &orphans), &secrets)?;
        Some(finding.hide(secrets.values.iter().map(|value| value.value)))
    });
    findings.collect()
}

fn finding(
    orphan: &Orphan<'_>,
    edits: &[(&Document, Edit)],
    secrets: &SecretVariables<'_>,
) -> Option<Finding> {
    let (document, span) = orphan.spans.first()?;
    let subject = orphan.name.subject();
    let about = |message: String| {
        Finding::new(ID, document, span.clone(), (subject, message)).safety(Safety::Review)
    };
    let Some(variable) = &orphan.variable else {
        let goes = about("served only code that goes: it goes".to_owned());
        return Some(with(goes, edits));
    };
    if let Some(why) = kept(variable) {
        let help = "where nobody sets it any more, remove it with its values";
        return Some(about(format!("served only code that goes and {why}")).help(help));
    }
    let with_values = variable.with_values();
    let mut goes = about(format!("served only code that goes: it goes{with_values}"));
    let key = secrets.keys.contains(&variable.name);
    let history = variable.history().filter(|_| key);
    let help: Vec<_> = variable
        .without_effect()
        .into_iter()
        .chain(history)
        .collect();
    goes.help = (!help.is_empty()).then(|| help.join("; "));
    Some(with(goes, edits))
}

/// Why a variable that no code uses any more stays.
fn kept(variable: &Variable<'_>) -> Option<String> {
    Some(match variable.needed.as_ref()? {
        Needed::Called(Some(caller)) => format!(
            "is an interface: {}, which calls the module, may set it",
            shown(caller)
        ),
        Needed::Called(None) => "is an interface: whoever calls the module may set it".to_owned(),
        Needed::Passed(path) => format!("is left: {} passes it by `-var`", path.display()),
        // Told of no orphan.
        Needed::Used(_) | Needed::Named(_) => return None,
    })
}

fn with(finding: Finding, edits: &[(&Document, Edit)]) -> Finding {
    edits.iter().fold(finding, |finding, (document, edit)| {
        finding.edit(document, edit.clone())
    })
}
