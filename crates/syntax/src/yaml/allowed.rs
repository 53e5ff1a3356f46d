//! Which changes are refused before any edit: to what is not there, and to what aliases repeat.

use std::collections::BTreeSet;

use crate::code::sentence;

use super::change::YamlChange;
use super::node::{Node, NodeKind};
use super::{Yaml, YamlError};

/// Refuses the first of `changes` that cannot be.
pub fn all(yaml: &Yaml, changes: &[YamlChange]) -> Result<(), YamlError> {
    let mut shared = BTreeSet::new();
    aliases(yaml, yaml.root(), &mut shared);
    changes
        .iter()
        .try_for_each(|change| allowed(yaml, change, &shared))
}

/// The names that aliases of the document use.
fn aliases<'y>(yaml: &'y Yaml, node: &Node, names: &mut BTreeSet<&'y str>) {
    if matches!(node.kind, NodeKind::Alias) {
        names.insert(yaml.text()[node.span.clone()].trim_start_matches('*'));
    }
    for child in node.children() {
        aliases(yaml, child, names);
    }
}

/// Refuses a change at a place that is not there, or to what aliases repeat elsewhere.
fn allowed(yaml: &Yaml, change: &YamlChange, shared: &BTreeSet<&str>) -> Result<(), YamlError> {
    let is_shared = |node: &Node| {
        let name = node.anchor.clone().map(|anchor| &yaml.text()[anchor]);
        name.is_some_and(|name| shared.contains(name.trim_start_matches('&')))
    };
    let refuse = |node: &Node| {
        let name = node
            .anchor
            .clone()
            .map_or("", |anchor| &yaml.text()[anchor]);
        let what = sentence!("the anchor `{name}` is used in another place, too");
        Err(YamlError::new(node.span.start, what))
    };
    let mut node = yaml.root();
    let steps = &change.place().0;
    // An alias repeats the node that an anchor names (YAML 1.2.2, chapter 7.1): an edit there would
    // change every place that repeats it, of which the caller knows one.
    let refuse_alias = |alias: &Node| {
        let what = sentence!(
            "the alias `{}` repeats lines of another place",
            &yaml.text()[alias.span.clone()]
        );
        Err(YamlError::new(alias.span.start, what))
    };
    let is_alias = |node: &Node| matches!(node.kind, NodeKind::Alias);
    let changes_inside = matches!(change, YamlChange::Append(..) | YamlChange::Lines(..));
    for step in steps {
        if is_shared(node) {
            return refuse(node);
        }
        if is_alias(node) {
            return refuse_alias(node);
        }
        let Some(next) = node.step(step) else {
            return Err(YamlError::new(
                node.span.start,
                "what was to change is not here",
            ));
        };
        node = next;
    }
    if steps.is_empty() && !matches!(change, YamlChange::Append(..)) {
        return Err(YamlError::new(
            node.span.start,
            "the whole document cannot change",
        ));
    }
    if changes_inside && is_alias(node) {
        return refuse_alias(node);
    }
    if changes_inside && is_shared(node) {
        return refuse(node);
    }
    if matches!(change, YamlChange::Remove(_) | YamlChange::Replace(..))
        && let Some(shared) = find(node, &is_shared)
    {
        return refuse(shared);
    }
    Ok(())
}

fn find<'n>(node: &'n Node, is_meant: &impl Fn(&Node) -> bool) -> Option<&'n Node> {
    if is_meant(node) {
        return Some(node);
    }
    node.children().find_map(|child| find(child, is_meant))
}
