//! Why a variable stays that jobs pass keys to.

use std::path::Path;

use diagnostics::finding::{Finding, Safety};
use syntax::text::shown;
use terraform::file_kind::FileKind;
use terraform::references::NamedValue;

use crate::catalogue::Purpose;
use crate::decisions::passed_keys::PassedKeysHold;
use crate::repo::Repo;

/// Why a variable stays that jobs pass keys to, or that modules pass keys on by; `None` where it goes. `is_set`
/// tells whether jobs set it.
pub(super) fn variable<'f>(
    directory: &Path,
    name: &str,
    is_set: bool,
    findings: impl Iterator<Item = &'f Finding>,
    repo: &Repo,
) -> Option<PassedKeysHold> {
    let remover = repo.catalogue().id_of(Purpose::RemoveStaticKeys);
    let subject = NamedValue::Variable(name.to_owned()).subject();
    let root = match directory.as_os_str().is_empty() {
        true => "the root directory".to_owned(),
        false => shown(directory),
    };
    let start = format!("variable \"{name}\" of {root}");
    // One that a role leaves unused is another transform's.
    let mut of_variable = findings.filter(|finding| {
        finding.subject == subject && finding.at.path.parent() == Some(directory)
    });
    let Some(finding) = of_variable.next() else {
        let why = match repo.carries_out(Purpose::RemoveStaticKeys) {
            false => format!("{start} takes them while {remover} does not run"),
            true if !repo.is_in_scope(directory) => {
                format!("{start} takes them, which is not among the paths named")
            }
            true => format!("{start} takes them for a provider that keeps them"),
        };
        return Some(PassedKeysHold::new(why));
    };
    let at = format!("{}:{}", finding.at.path.display(), finding.at.line);
    if !finding.applied {
        // What is asked for stands behind what would change.
        let asked = finding.message.split_once("; ").map(|(_, asked)| asked);
        let asked = asked.filter(|_| finding.safety == Safety::Review);
        let why = match asked {
            Some(asked) => format!("variable \"{name}\" ({at}) takes them: {asked}"),
            None => format!("variable \"{name}\" ({at}) {}", finding.message),
        };
        return Some(PassedKeysHold {
            why,
            help: finding.help.clone(),
            is_review: !finding.edits.is_empty() && finding.safety == Safety::Review,
        });
    }
    // Values in such files win over those in the environment (Terraform docs, "Input Variables").
    let mut paths = finding.edits.iter().map(|edit| &edit.path);
    let values = paths.find(|path| is_set && FileKind::of(path) == Some(FileKind::Values))?;
    let why = format!(
        "{start} takes them although it has a value in {}",
        values.display()
    );
    let help = "remove the value or set it in that file alone: one of them is not used";
    Some(PassedKeysHold::new(why).help(help))
}
