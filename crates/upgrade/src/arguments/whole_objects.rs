//! Where whole resources and data sources leave the code that is followed.

use std::collections::BTreeSet;

use super::code::reference::Reference;
use super::code::references::References;
use super::in_references::{KnownRows, concerns_references};
use super::site_change::{ArgumentChange, SiteChange};
use super::surroundings::ModuleSurroundings;
use super::table::row::{Row, Rule};
use syntax::code::sentence;
use syntax::hcl::Document;

/// How a whole object leaves the code that is followed.
#[derive(Clone, Copy)]
enum Way<'t> {
    /// What reads it is not seen.
    Unseen,
    /// By an output, which the callers of the module read.
    Called,
    /// As an argument whose type takes these attributes of it.
    Typed(&'t BTreeSet<String>),
}

/// Reports each place where a whole object leaves the code that is followed: what gets it may read the
/// renamed attributes under a name that says nothing of the resource, and the provider waits until that
/// is reviewed. Where the type of a variable names such an attribute it waits for its change; where it
/// names none nothing is reported. Where attributes are removed or become sets alone, which hardly anything
/// notices, that is a note. So is an output of a module that is called: the reads of the callers are found
/// where they are.
pub fn whole_objects(
    document: &Document,
    references: &References,
    known: &KnownRows,
    surroundings: ModuleSurroundings<'_>,
) -> Vec<ArgumentChange> {
    let whole = references.read.iter().filter(|it| it.steps.is_empty());
    let unseen = whole.map(|reference| (reference, Way::Unseen));
    let of_output = match surroundings.is_called {
        true => Way::Called,
        false => Way::Unseen,
    };
    let passed = references.passed.iter();
    let passed = passed.map(|reference| (reference, of_output));
    let taken = references.taken.iter();
    let taken = taken.map(|(reference, names)| (reference, Way::Typed(names)));
    let all = unseen.chain(passed).chain(taken);
    let changes = all.filter_map(|(reference, way)| whole_object(document, reference, known, way));
    changes.collect()
}

fn whole_object(
    document: &Document,
    reference: &Reference,
    known: &KnownRows,
    way: Way<'_>,
) -> Option<ArgumentChange> {
    let of_object = |row: &&Row| row.needed && row.paths.iter().all(|path| !path.contains('.'));
    let mut rows = known.of(&reference.object);
    rows.retain(|row| of_object(row));
    let is_rename = |row: &&Row| matches!(row.rule, Rule::Rename(_) | Rule::Refer(_));
    let is_removal = |row: &&Row| matches!(row.rule, Rule::Manual) && concerns_references(row);
    let is_set = |row: &&Row| matches!(row.rule, Rule::Set);
    rows.retain(|row| is_rename(row) || is_removal(row) || is_set(row));
    if let Way::Typed(names) = way {
        rows.retain(|row| row.paths.iter().any(|path| names.contains(path)));
    }
    let is_renamed = rows.iter().any(&is_rename);
    let row = rows.first()?;
    let paths = rows.iter().flat_map(|row| &row.paths);
    let names: Vec<_> = match way {
        Way::Typed(taken) => paths.filter(|it| taken.contains(*it)).collect(),
        _ => paths.collect(),
    };
    let names = names.into_iter().map(|path| sentence!("`.{path}`"));
    let names = names.collect::<Vec<_>>().join(", ");
    let (message, help) = match way {
        Way::Called => (
            "is an output as a whole: only the calls in this repository are followed".to_owned(),
            format!("check the references to {names} behind it"),
        ),
        Way::Unseen => (
            "is passed as a whole here: references to its attributes elsewhere are not seen"
                .to_owned(),
            format!("check the references to {names} behind it"),
        ),
        Way::Typed(_) => (
            format!("is passed as a whole here, to a variable whose type has {names}"),
            format!("pass an object of what the module reads, or change {names} there"),
        ),
    };
    let mut change = SiteChange::manual(reference.span.clone(), message);
    let is_typed = matches!(way, Way::Typed(_));
    let is_note = !is_renamed || matches!(way, Way::Called);
    change.help = Some(help);
    change.is_unseen = !is_typed && !is_note;
    let mut change = ArgumentChange::new(row, document, reference.address(), change);
    change.finding.is_note = is_note;
    change.is_needed = is_typed && !is_note;
    change.is_listed = true;
    Some(change)
}
