//! Blocks that are written as a list of objects: `route = [{ ... }]` (Terraform docs, "Attributes as
//! Blocks"). Terraform drops what the type of such an object does not have, without an error.

use std::ops::Range;

use super::convert::route_instance::interface_of;
use super::site_change::{SiteChange, manual_reason};
use super::table::row::Row;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block, Value};

/// What becomes of the argument at the end of `path` in the objects of a list that stands for its block.
pub fn site_changes(block: &Block<'_>, path: &str, row: &Row) -> Vec<SiteChange> {
    let Some((owner, name)) = path.split_once('.') else {
        return Vec::new();
    };
    let Some(list) = block.attribute(owner) else {
        return Vec::new();
    };
    let objects = list.value.items().unwrap_or_default();
    let is_literal = |object: &Value<'_>| object.expression().is_object();
    if list.value.items().is_some() && objects.iter().all(is_literal) {
        let changes = objects.iter().filter_map(|it| in_object(it, name, row));
        return changes.collect();
    }
    elsewhere(&list, name, row).into_iter().collect()
}

fn in_object(object: &Value<'_>, name: &str, row: &Row) -> Option<SiteChange> {
    let entries = object.entries();
    let argument = entries.iter().find(|it| it.name == name)?;
    if is_nothing(argument.value.text()) {
        return None;
    }
    let reason = manual_reason(row);
    let manual = || SiteChange::manual(argument.span(), sentence!("`{name}` {reason}"));
    Some(moved(object, &entries, argument).unwrap_or_else(manual))
}

/// The change of an object that names an instance; `None` where it does not tell the interface.
fn moved(
    object: &Value<'_>,
    entries: &[Attribute<'_>],
    argument: &Attribute<'_>,
) -> Option<SiteChange> {
    const INTERFACE: &str = "network_interface_id";
    let interface = interface_of(argument.value.text())?;
    let document = object.document();
    let mut edits = Vec::new();
    match entries.iter().find(|it| it.name == INTERFACE) {
        None => {
            edits.push(Edit::replace(argument.key.clone(), INTERFACE));
            edits.push(Edit::replace(argument.value.span(), interface));
        }
        // Such an object has every argument, and `null` for most.
        Some(known) if is_nothing(known.value.text()) => {
            edits.push(Edit::replace(known.value.span(), interface));
            let is_gone = |it: &Attribute<'_>| it.name == argument.name;
            edits.extend(Edit::remove_entries(document, entries, is_gone));
        }
        Some(_) => return None,
    }
    let message = sentence!(
        "`{}` becomes the `{INTERFACE}` of that instance",
        argument.name
    );
    Some(SiteChange::edited(
        argument.span(),
        message,
        document,
        edits,
    ))
}

/// A list that is not written out: nothing changes where each mention of the argument in it is `null`.
fn elsewhere(list: &Attribute<'_>, name: &str, row: &Row) -> Option<SiteChange> {
    let text = list.value.text();
    if is_nothing(text) {
        return None;
    }
    let mentions: Vec<Range<usize>> = mentions(text, name).collect();
    let is_set = |it: &Range<usize>| {
        let rest = text[it.end..].trim_start_matches(['"', ' ']);
        let value = rest.strip_prefix(['=', ':']).map(str::trim_start);
        !value.is_some_and(|it| it.starts_with("null") || it.starts_with("\"\""))
    };
    if !mentions.is_empty() && !mentions.iter().any(is_set) {
        return None;
    }
    let message = match mentions.is_empty() {
        true => sentence!(
            "takes `{}` from elsewhere, where `{name}` is dropped",
            list.name
        ),
        false => sentence!("`{name}` {}", manual_reason(row)),
    };
    Some(SiteChange {
        is_unseen: mentions.is_empty(),
        ..SiteChange::manual(list.span(), message)
    })
}

/// Where a text has a name as a word.
fn mentions(text: &str, name: &str) -> impl Iterator<Item = Range<usize>> {
    let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
    let found = text.match_indices(name);
    let ranges = found.map(|(at, _)| at..at + name.len());
    ranges.filter(move |it| {
        !text[..it.start].ends_with(is_word) && !text[it.end..].starts_with(is_word)
    })
}

fn is_nothing(value: &str) -> bool {
    matches!(value, "null" | "\"\"" | "[]")
}
