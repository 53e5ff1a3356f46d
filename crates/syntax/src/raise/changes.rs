//! Changes of a JSON tree, written as edits of its text, with the commas that belong to them.

use std::collections::{BTreeMap, BTreeSet};

use super::style::Layout;
use super::value::{JsonValue, quoted};
use crate::edit::Edit;
use crate::json::Json;
use crate::json::lower::{ItemKind, ReadingItem};
use crate::json::tree::JsonNode;

/// Changes of a tree, by node.
#[derive(Debug, Default)]
pub struct TreeChanges {
    removed: BTreeSet<usize>,
    replaced: BTreeMap<usize, JsonValue>,
    renamed: BTreeMap<usize, String>,
    /// For each object: behind which node inside it, and what.
    added: BTreeMap<usize, Vec<(Option<usize>, String, JsonValue)>>,
}

impl TreeChanges {
    /// Takes a node out.
    pub fn remove(&mut self, node: usize) {
        self.removed.insert(node);
    }

    /// Gives a node another value.
    pub fn replace(&mut self, node: usize, value: JsonValue) {
        self.replaced.insert(node, value);
    }

    /// Gives a member another name.
    pub fn rename(&mut self, node: usize, name: &str) {
        self.renamed.insert(node, name.to_owned());
    }

    /// Adds a member to an object, behind what stands somewhere inside it, else in front.
    pub fn add(&mut self, object: usize, behind: Option<usize>, name: &str, value: JsonValue) {
        let added = self.added.entry(object).or_default();
        added.push((behind, name.to_owned(), value));
    }

    /// The edits that make the changes.
    pub fn edits(mut self, json: &Json) -> Vec<Edit> {
        // The root has to stay an object, and an empty block still means something, as `backend "s3"`
        // that leaves all to `-backend-config` does.
        let mut bodies = BTreeSet::from([0]);
        collect_bodies(&json.items, &mut bodies);
        // Children come after parents: from the end, a container that is emptied is removed in time.
        for node in (0..json.nodes.len()).rev() {
            let mut children = json.nodes[node].children.iter().peekable();
            let is_emptied =
                children.peek().is_some() && children.all(|child| self.removed.contains(child));
            if is_emptied && !bodies.contains(&node) {
                self.removed.insert(node);
            }
        }
        let layout = Layout::of(json);
        let mut edits = Vec::new();
        let mut gone = BTreeSet::new();
        for (number, node) in json.nodes.iter().enumerate() {
            let is_inside = node.parent.is_some_and(|parent| gone.contains(&parent));
            if is_inside || self.removed.contains(&number) {
                gone.insert(number);
                continue;
            }
            if let (Some(name), Some((_, key))) = (self.renamed.get(&number), &node.key) {
                edits.push(Edit::replace(key.clone(), quoted(name)));
            }
            if let Some(value) = self.replaced.get(&number) {
                let style = layout.style(node.parent.unwrap_or_default());
                edits.push(Edit::replace(node.value.clone(), style.written(value)));
            }
            self.container(&layout, json, number, &mut edits);
        }
        edits
    }

    /// The edits of what stands directly in an object or a list.
    fn container(&self, layout: &Layout<'_>, json: &Json, number: usize, edits: &mut Vec<Edit>) {
        let node = &json.nodes[number];
        let nodes = &json.nodes;
        let added = self
            .added
            .get(&number)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let is_gone = |child: usize| self.removed.contains(&child);
        let children = &node.children;
        let has_gone = children.iter().any(|child| is_gone(*child));
        if added.is_empty() && !has_gone {
            return;
        }
        let style = layout.style(number);
        let members: Vec<_> = added
            .iter()
            .map(|(behind, name, value)| (*behind, style.member(name, value)))
            .collect();
        let inside = node.value.start + 1..node.value.end - 1;
        if children.iter().all(|child| is_gone(*child)) {
            let members: Vec<_> = members.into_iter().map(|(_, member)| member).collect();
            let members = members.join(&format!(",{}", style.gap));
            edits.push(match (children.first(), children.last()) {
                _ if members.is_empty() => Edit::replace(inside, ""),
                (Some(first), Some(last)) => {
                    let (first, last) = (nodes[*first].span().start, nodes[*last].value.end);
                    Edit::replace(first..last, members)
                }
                _ => Edit::replace(inside, format!("{}{members}{}", style.open, style.close)),
            });
            return;
        }
        self.removals(nodes, children, edits);
        for (behind, member) in members {
            let behind = behind.and_then(|inner| child_of(nodes, number, inner));
            edits.extend(self.addition(nodes, children, behind, &member, &style.gap));
        }
    }

    /// Takes removed children out, neighbours as one.
    fn removals(&self, nodes: &[JsonNode], children: &[usize], edits: &mut Vec<Edit>) {
        let is_gone = |child: usize| self.removed.contains(&child);
        let mut at = 0;
        while at < children.len() {
            let first = at;
            while at < children.len() && is_gone(children[at]) {
                at += 1;
            }
            let run = &children[first..at];
            if let (Some(one), Some(last)) = (run.first(), run.last()) {
                // A comma goes with each member: the one behind it, or for the last ones the one before,
                // because JSON allows no trailing comma (RFC 8259, chapter 4).
                let range = match children.get(at) {
                    Some(next) => nodes[*one].span().start..nodes[*next].span().start,
                    None => nodes[children[first - 1]].value.end..nodes[*last].value.end,
                };
                edits.push(Edit::replace(range, ""));
            }
            at += 1;
        }
    }

    /// Adds a member behind a child, or behind the last one before it that is left; else in front
    /// of the first that is left.
    fn addition(
        &self,
        nodes: &[JsonNode],
        children: &[usize],
        behind: Option<usize>,
        member: &str,
        gap: &str,
    ) -> Option<Edit> {
        let is_left = |child: &&usize| !self.removed.contains(*child);
        let upto = behind.map_or(&[][..], |behind| {
            let upto = children.iter().position(|child| *child == behind);
            &children[..upto.map_or(0, |at| at + 1)]
        });
        match upto.iter().rfind(is_left) {
            Some(child) => {
                let end = nodes[*child].value.end;
                Some(Edit::insert(end, format!(",{gap}{member}")))
            }
            None => children
                .iter()
                .find(is_left)
                .map(|first| Edit::insert(nodes[*first].span().start, format!("{member},{gap}"))),
        }
    }
}

/// The objects that are kept where nothing is left in them: blocks, and objects that are values.
fn collect_bodies(items: &[ReadingItem], bodies: &mut BTreeSet<usize>) {
    for item in items {
        if item.kind != ItemKind::Value {
            bodies.insert(item.node);
        }
        collect_bodies(&item.children, bodies);
    }
}

/// The node directly in `container` in which `inner` stands.
fn child_of(nodes: &[JsonNode], container: usize, inner: usize) -> Option<usize> {
    let mut node = inner;
    while nodes[node].parent? != container {
        node = nodes[node].parent?;
    }
    Some(node)
}
