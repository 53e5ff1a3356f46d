use diagnostics::ask::Help;
use diagnostics::finding::{Finding, Safety};
use engine::repo::Repo;
use engine::scan::Earlier;
use engine::unused::declared::Declared;
use engine::unused::secrets::{SecretVariables, secret_variables};
use engine::unused::variables::{KeptBy, Variable};
use engine::unused::{EmptiedLocals, UnusedDeclaration, removal_edits, unused_declarations};
use syntax::edit::Edit;
use syntax::hcl::Document;
use syntax::text::shown;
use terraform::module::Module;

const ID: &str = "remove_unused";

pub fn scan(module: &Module, earlier: Earlier<'_>, repo: &Repo) -> Vec<Finding> {
    let declared = Declared::of(module);
    let unused = unused_declarations(&declared, earlier, repo, ID);
    if unused.is_empty() {
        return Vec::new();
    }
    let secrets = secret_variables(&declared, repo);
    let emptied = EmptiedLocals::by(&unused);
    let findings = unused.iter().filter_map(|declaration| {
        let edits = removal_edits(declaration, &emptied);
        let finding = finding(declaration, &edits, &secrets)?;
        // Its message or edits may show a secret that a value holds.
        Some(finding.hide(secrets.values.iter().map(|value| value.value)))
    });
    findings.collect()
}

fn finding(
    declaration: &UnusedDeclaration<'_>,
    edits: &[(&Document, Edit)],
    secrets: &SecretVariables<'_>,
) -> Option<Finding> {
    let (document, span) = declaration.spans.first()?;
    let subject = declaration.name.subject();
    // Whether somebody else sets or reads it is not all in the repository.
    let about = |message: String| {
        Finding::new(ID, document, span.clone(), (subject, message)).safety(Safety::Review)
    };
    let Some(variable) = &declaration.variable else {
        let removal = about("is no longer used: it is removed".to_owned());
        return Some(with(removal, edits));
    };
    if let Some(why) = reason_to_keep(variable) {
        let help = "remove it with its values once no caller sets it";
        return Some(about(format!("is used only by code that is removed: {why}")).help(help));
    }
    let more = variable.with_values() + &variable.with_scripts();
    let mut removal = about(format!("is no longer used: it is removed{more}"));
    removal.edits.extend(variable.in_scripts.iter().cloned());
    // Only a value that is a key has to be deactivated.
    let key = secrets.keys.contains(&variable.name);
    let history = variable.history().filter(|_| key);
    let help = variable.without_effect().into_iter().chain(history);
    removal.help = Help::joined(help.map(Into::into));
    Some(with(removal, edits))
}

/// Why a variable that no code references any more is kept; `None` where nothing keeps it.
fn reason_to_keep(variable: &Variable<'_>) -> Option<String> {
    Some(match variable.kept_by.as_ref()? {
        KeptBy::Caller(Some(caller)) => {
            format!("{}, which calls the module, may set it", shown(caller))
        }
        KeptBy::Caller(None) => "callers of the module may set it".to_owned(),
        KeptBy::Argument(path) => {
            format!("not removed, since {} passes it by `-var`", path.display())
        }
        // Then it is not unused.
        KeptBy::Reference(_) | KeptBy::Mention(_) => return None,
    })
}

fn with(finding: Finding, edits: &[(&Document, Edit)]) -> Finding {
    edits.iter().fold(finding, |finding, (document, edit)| {
        finding.edit(document, edit.clone())
    })
}
