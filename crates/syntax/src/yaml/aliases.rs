//! Aliases, replaced by what their anchors name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::node::{Node, NodeKind};
use super::{Entry, Item, Yaml};

/// Nodes that aliases may add to a document: aliases of aliases double it with each line.
const ADDED: usize = 100_000;

impl Yaml {
    /// The document's node with each alias replaced by the node of its anchor, which is the last one of that
    /// name before it (YAML 1.2.2, chapter 3.2.2.2); that node keeps its own place. An alias stays where it
    /// names nothing, and where more than 100,000 nodes would be added.
    pub fn resolved(&self) -> Cow<'_, Node> {
        if !self.has_aliases() {
            return Cow::Borrowed(&self.root);
        }
        let mut root = self.root.clone();
        let mut resolver = Resolver {
            text: &self.text,
            anchored: BTreeMap::new(),
            left: ADDED,
        };
        resolver.node(&mut root);
        Cow::Owned(root)
    }

    /// Whether it repeats nodes by aliases.
    pub fn has_aliases(&self) -> bool {
        fn is_or_has(node: &Node) -> bool {
            matches!(node.kind, NodeKind::Alias) || node.children().any(is_or_has)
        }
        self.text.contains('*') && is_or_has(&self.root)
    }
}

struct Resolver<'y> {
    text: &'y str,
    /// The last node of each anchor above, itself resolved.
    anchored: BTreeMap<&'y str, Node>,
    /// Nodes that may still be added.
    left: usize,
}

impl Resolver<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.kind {
            NodeKind::Scalar { .. } => {}
            NodeKind::Mapping { entries, .. } => {
                for Entry { value, .. } in entries {
                    self.node(value);
                }
            }
            NodeKind::Sequence { items, .. } => {
                for Item { value, .. } in items {
                    self.node(value);
                }
            }
            NodeKind::Alias => {
                let name = self.text[node.span.clone()].trim_start_matches('*');
                let anchored = self.anchored.get(name);
                let added = anchored.map_or(0, size);
                if let Some(anchored) = anchored.filter(|_| added <= self.left) {
                    self.left -= added;
                    *node = anchored.clone();
                }
                return;
            }
        }
        if let Some(anchor) = &node.anchor {
            let name = self.text[anchor.clone()].trim_start_matches('&');
            self.anchored.insert(name, node.clone());
        }
    }
}

/// The number of nodes in a node, itself included.
fn size(node: &Node) -> usize {
    1 + node.children().map(size).sum::<usize>()
}
