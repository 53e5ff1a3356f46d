//! Where whole resources and data sources leave the code that is followed.

use super::code::reference::Reference;
use super::code::references::References;
use super::in_references::{KnownRows, concerns_references};
use super::site_change::{ArgumentChange, SiteChange};
use super::surroundings::ModuleSurroundings;
use super::table::row::{Row, Rule};
use syntax::hcl::Document;

/// Reports each place where a whole object leaves the code that is followed: what gets it may read the
/// renamed attributes under a name that says nothing of the resource. Where attributes are removed or
/// become sets alone, which hardly anything notices, that is a note. So is an output of a module that is called: the
/// reads of the callers are found where they are.
pub fn whole_objects(
    document: &Document,
    references: &References,
    known: &KnownRows,
    surroundings: ModuleSurroundings<'_>,
) -> Vec<ArgumentChange> {
    let whole = references.read.iter().filter(|it| it.steps.is_empty());
    let unseen = whole.map(|reference| (reference, false));
    let passed = references.passed.iter();
    let passed = passed.map(|reference| (reference, surroundings.is_called));
    let changes = unseen.chain(passed).filter_map(|(reference, is_followed)| {
        whole_object(document, reference, known, is_followed)
    });
    changes.collect()
}

fn whole_object(
    document: &Document,
    reference: &Reference,
    known: &KnownRows,
    is_followed: bool,
) -> Option<ArgumentChange> {
    let of_object = |row: &&Row| row.needed && row.paths.iter().all(|path| !path.contains('.'));
    let mut rows = known.of(&reference.object);
    rows.retain(|row| of_object(row));
    let is_rename = |row: &&Row| matches!(row.rule, Rule::Rename(_) | Rule::Refer(_));
    let is_removal = |row: &&Row| matches!(row.rule, Rule::Manual) && concerns_references(row);
    let is_renamed = rows.iter().any(&is_rename);
    let is_set = |row: &&Row| matches!(row.rule, Rule::Set);
    rows.retain(|row| is_rename(row) || is_removal(row) || is_set(row));
    let row = rows.first()?;
    let paths = rows.iter().flat_map(|row| &row.paths);
    let names: Vec<_> = paths.map(|path| format!("`.{path}`")).collect();
    let message = match is_followed {
        true => "is an output as a whole: only the calls in this repository are followed",
        false => "is passed as a whole here: references to its attributes elsewhere are not seen",
    };
    let mut change = SiteChange::manual(reference.span.clone(), message.to_owned());
    change.help = Some(format!("look for {} behind it", names.join(", ")));
    let mut change = ArgumentChange::new(row, document, reference.address(), change);
    change.finding.is_note = !is_renamed || is_followed;
    change.is_needed = false;
    change.is_listed = true;
    Some(change)
}
