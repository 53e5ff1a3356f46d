//! Variables that set static keys.

use super::ID;
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use engine::unused::variables::{KeptBy, Variable};
use syntax::edit::Edit;
use syntax::text::shown;
use terraform::references::NamedValue;

/// The finding on a variable that set removed keys.
pub fn in_variable(variable: &Variable<'_>) -> Option<Finding> {
    let first = variable.blocks.first()?;
    let subject = NamedValue::Variable(variable.name.clone()).subject();
    let finding = |message: String| {
        Finding::new(
            ID,
            first.document(),
            first.span(),
            (subject.clone(), message),
        )
    };
    let secrets = variable.all_values();
    let values = || secrets.iter().map(|secret| secret.value);
    let history = variable.history();
    let Some(kept_by) = &variable.kept_by else {
        let more = variable.with_values() + &variable.with_scripts();
        let mut finding = finding(format!("held only static keys: it is removed{more}"));
        let environment = variable.without_effect();
        let help = environment.into_iter().chain(history);
        finding.help = Help::joined(help.map(Into::into));
        for (document, span) in variable.spans() {
            finding = finding.edit(document, Edit::remove(document, span));
        }
        finding.edits.extend(variable.in_scripts.iter().cloned());
        return Some(finding.hide(values()));
    };
    let why = match kept_by {
        KeptBy::Reference(at) => format!("{}:{} uses it", at.path.display(), at.line),
        KeptBy::Mention(path) => format!("{} names it", path.display()),
        KeptBy::Argument(path) => format!("{} passes it by `-var`", path.display()),
        KeptBy::Caller(Some(caller)) => {
            format!("{}, which calls the module, may set it", shown(caller))
        }
        KeptBy::Caller(None) => "callers of the module may set it".to_owned(),
    };
    let mut finding = finding(format!("held static keys and is kept: {why}"));
    let help = "remove it with its values once nothing needs it";
    let help = std::iter::once(help.to_owned()).chain(history);
    finding.help = Help::joined(help.map(Into::into));
    Some(finding.hide(values()))
}
