//! Edits of collections in braces and brackets.

use std::ops::Range;

use super::change::EntryChange;
use super::draft::Draft;
use super::node::{Node, NodeKind};
use super::tree::YamlValue;
use super::{Yaml, YamlError, snippet};
use crate::edit::Edit;

/// Takes entries or items out with a comma, and puts new ones in with one.
pub fn edit(
    draft: &mut Draft<'_>,
    node: &Node,
    changes: &[EntryChange<'_>],
    added: &[Yaml],
) -> Result<(), YamlError> {
    let text = draft.yaml.text();
    let is_touched = |change: &EntryChange<'_>| {
        change.is_gone || !change.before.is_empty() || !change.after.is_empty()
    };
    if added.is_empty() && !changes.iter().any(is_touched) {
        return Ok(());
    }
    // Which of its neighbours a comment is about is not known once one of them moves.
    if let Some(offset) = comment(text, node) {
        return Err(YamlError::new(
            offset,
            "a comment in braces or brackets that change",
        ));
    }
    if changes.iter().all(|change| change.is_gone) {
        let around = changes
            .iter()
            .flat_map(|change| change.before.iter().chain(&change.after));
        let new: Vec<_> = around.chain(added).map(written).collect();
        let new = new.join(", ");
        // The common style: spaces inside braces, none inside brackets.
        let new = match node.is_mapping() {
            true => format!("{{ {new} }}"),
            false => format!("[{new}]"),
        };
        draft.edits.push(Edit::replace(node.span.clone(), new));
        return Ok(());
    }
    let children = children(node);
    for (at, change) in changes.iter().enumerate() {
        for new in &change.before {
            let space = space(text, &children, at.max(1) - 1);
            let new = format!("{},{space}", written(new));
            draft.edits.push(Edit::insert(children[at].start, new));
        }
        let is_last = at + 1 == changes.len();
        for new in change.after.iter().chain(added.iter().filter(|_| is_last)) {
            let space = space(text, &children, at);
            let new = format!(",{space}{}", written(new));
            draft.edits.push(Edit::insert(children[at].end, new));
        }
    }
    let mut at = 0;
    while at < changes.len() {
        let first = at;
        while changes.get(at).is_some_and(|change| change.is_gone) {
            at += 1;
        }
        if first < at {
            let range = match (children.get(at), first.checked_sub(1)) {
                (Some(next), _) => children[first].start..next.start,
                (None, before) => {
                    let from = before.map_or(children[first].start, |before| children[before].end);
                    from..children[at - 1].end
                }
            };
            draft.edits.push(Edit::replace(range, ""));
        }
        at += 1;
    }
    Ok(())
}

/// New entries or items as they stand in braces or brackets.
fn written(new: &Yaml) -> String {
    match new.tree() {
        YamlValue::Map(entries) => snippet::pairs(&entries),
        YamlValue::List(items) => items
            .iter()
            .map(snippet::inline)
            .collect::<Vec<_>>()
            .join(", "),
        other => snippet::inline(&other),
    }
}

fn children(node: &Node) -> Vec<Range<usize>> {
    let entries = node.entries().iter();
    let entries = entries.map(|entry| entry.key.start..entry.value.span.end.max(entry.colon));
    let items = node.items().iter();
    let items = items.map(|item| item.dash..item.value.span.end);
    entries.chain(items).collect()
}

/// White space behind the comma after a child, or behind the one before where it is the last.
fn space<'t>(text: &'t str, children: &[Range<usize>], at: usize) -> &'t str {
    let at = at.min(children.len().saturating_sub(2));
    let Some(next) = children.get(at + 1) else {
        return " ";
    };
    let between = &text[children[at].end..next.start];
    between.split_once(',').map_or(" ", |(_, space)| space)
}

/// Offset of the first comment in a flow collection.
fn comment(text: &str, node: &Node) -> Option<usize> {
    let mut at = node.span.start;
    let mut words = Vec::new();
    self::words(node, &mut words);
    words.push(node.span.end..node.span.end);
    for word in words {
        let between = &text[at..word.start.max(at)];
        if let Some(comment) = between.find('#') {
            return Some(at + comment);
        }
        at = word.end.max(at);
    }
    None
}

/// Keys, scalars and aliases in a node, in their order.
fn words(node: &Node, found: &mut Vec<Range<usize>>) {
    for property in [&node.anchor, &node.tag].into_iter().flatten() {
        found.push(property.clone());
    }
    match &node.kind {
        NodeKind::Scalar { .. } | NodeKind::Alias => found.push(node.span.clone()),
        NodeKind::Mapping { entries, .. } => {
            for entry in entries {
                found.push(entry.key.clone());
                words(&entry.value, found);
            }
        }
        NodeKind::Sequence { items, .. } => items.iter().for_each(|item| words(&item.value, found)),
    }
}
