//! What becomes of code that takes a set for a list.

use std::collections::BTreeMap;
use std::ops::Range;

use super::code::held_objects::ListUse;
use super::in_references::{KnownRows, counted};
use super::site_change::{ArgumentChange, SiteChange};
use super::table::row::{Row, Rule};
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::Document;

/// What becomes of the places that take a set for a list: one change for those of an attribute that
/// can go through `tolist()`, and one for those that cannot.
pub fn lists_of_sets(
    document: &Document,
    lists: &[ListUse],
    known: &KnownRows,
) -> Vec<ArgumentChange> {
    let mut found: BTreeMap<_, (&Row, Vec<&ListUse>)> = BTreeMap::new();
    for list in lists {
        let (address, path) = (list.address(), list.attribute.path());
        if let Some(row) = set_row(list, known) {
            let key = (address, path, list.is_wrappable);
            let (_, lists) = found.entry(key).or_insert_with(|| (row, Vec::new()));
            lists.push(list);
        }
    }
    let changes = found
        .into_iter()
        .map(|((address, path, is_wrappable), (row, lists))| {
            let name = path.rsplit('.').next().unwrap_or_default();
            let (message, edits) = match is_wrappable {
                true => {
                    let edits = lists.iter().flat_map(|list| {
                        let Range { start, end } = list.operand;
                        [Edit::insert(start, "tolist("), Edit::insert(end, ")")]
                    });
                    let message =
                        sentence!("has a set in `.{name}`, which is read through `tolist()`");
                    (message, edits.collect())
                }
                false => {
                    let message = sentence!("is read by an index in `.{name}`, which is a set");
                    (message, Vec::new())
                }
            };
            let message = counted(message, lists.len());
            let range = lists[0].operand.clone();
            let change = SiteChange::edited(range, message, document, edits);
            ArgumentChange::new(row, document, address, change)
        });
    changes.collect()
}

/// A note where other code gets a set that was a list, which is not followed.
pub fn passed_set(
    document: &Document,
    list: &ListUse,
    known: &KnownRows,
) -> Option<ArgumentChange> {
    let row = set_row(list, known)?;
    let path = list.attribute.path();
    let name = path.rsplit('.').next()?;
    let message = sentence!("passes `.{name}`, which is a set and was a list");
    let mut change = SiteChange::manual(list.operand.clone(), message);
    change.help = Some("look for an index behind it: a set has none".to_owned());
    let mut change = ArgumentChange::new(row, document, list.address(), change);
    change.finding.is_note = true;
    change.is_needed = false;
    change.is_listed = true;
    Some(change)
}

/// The row that makes the attribute a set.
fn set_row(list: &ListUse, known: &KnownRows) -> Option<&'static Row> {
    let path = list.attribute.path();
    let mut rows = known.of(&list.attribute.object).into_iter();
    rows.find(|row| matches!(row.rule, Rule::Set) && row.paths.contains(&path))
}
