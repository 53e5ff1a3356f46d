//! What a document says, without how it is written: what an edit is measured by.

use granit_parser::ScalarStyle;

use super::Yaml;
use super::node::{Node, NodeKind};
use super::scalar::is_special;

/// Plain data. The order of keys counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum YamlValue {
    /// Keys and values.
    Map(Vec<(String, Self)>),
    /// A list.
    List(Vec<Self>),
    /// A text.
    Text(String),
    /// A number, a truth value or nothing, as written.
    Special(String),
    /// The name of an anchor, with its `*`.
    Alias(String),
}

impl Yaml {
    /// What the document says.
    pub fn tree(&self) -> YamlValue {
        self.tree_of(self.root())
    }

    /// What a node of this document says.
    pub(super) fn tree_of(&self, node: &Node) -> YamlValue {
        match &node.kind {
            NodeKind::Scalar { value, style } => {
                match *style == ScalarStyle::Plain && node.tag.is_none() && is_special(value) {
                    // Chapter 10.3.2 of YAML 1.2.2: five spellings of one value.
                    true if ["", "~", "null", "Null", "NULL"].contains(&value.as_str()) => {
                        YamlValue::Special("null".to_owned())
                    }
                    true => YamlValue::Special(value.clone()),
                    false => YamlValue::Text(value.clone()),
                }
            }
            NodeKind::Mapping { entries, .. } => {
                let entries = entries.iter();
                let pair = entries.map(|entry| (entry.name.clone(), self.tree_of(&entry.value)));
                YamlValue::Map(pair.collect())
            }
            NodeKind::Sequence { items, .. } => {
                let items = items.iter().map(|item| self.tree_of(&item.value));
                YamlValue::List(items.collect())
            }
            NodeKind::Alias => YamlValue::Alias(self.text()[node.span.clone()].to_owned()),
        }
    }
}
