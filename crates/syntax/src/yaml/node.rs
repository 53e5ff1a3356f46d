//! The nodes of a document and how one walks through them.

use std::ops::Range;

use granit_parser::ScalarStyle;

/// A value, with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// Bytes of the value, without anchor and tag. A block collection begins at its first key or
    /// dash and ends with its last value; a block scalar begins at its `|` or `>` and ends with
    /// its last line of content, without the line ending. Empty where the value is left out.
    pub span: Range<usize>,
    /// Bytes of its `&anchor`.
    pub anchor: Option<Range<usize>>,
    /// Bytes of its `!tag`.
    pub tag: Option<Range<usize>>,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// Text, numbers, `true`, nothing.
    Scalar {
        /// What it says, with line endings of one byte.
        value: String,
        /// How it is written.
        style: ScalarStyle,
    },
    /// Keys and values.
    Mapping {
        /// In braces.
        is_flow: bool,
        /// In their order.
        entries: Vec<Entry>,
    },
    /// A list.
    Sequence {
        /// In brackets.
        is_flow: bool,
        /// In their order.
        items: Vec<Item>,
    },
    /// `*name` of an anchor.
    Alias,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What the key says.
    pub name: String,
    /// Bytes of the key, quotes included.
    pub key: Range<usize>,
    /// Offset behind the colon; the key's end where a flow mapping has none.
    pub colon: usize,
    /// Its value.
    pub value: Node,
}

/// An item of a list.
#[derive(Debug, Clone)]
pub struct Item {
    /// Offset of the dash; of the value in a flow sequence.
    pub dash: usize,
    /// Its value.
    pub value: Node,
}

/// Where a node stands in the tree: the keys and numbers that lead to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct YamlPath(pub(super) Vec<PathStep>);

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum PathStep {
    Key(String),
    Item(usize),
}

impl YamlPath {
    /// The document's own node.
    pub fn root() -> Self {
        Self::default()
    }

    /// The value of that key of the mapping here.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        self.with(PathStep::Key(name.to_owned()))
    }

    /// The item of the list here, counted from 0.
    #[must_use]
    pub fn item(&self, number: usize) -> Self {
        self.with(PathStep::Item(number))
    }

    /// The collection around; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    pub(super) fn with(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl Node {
    /// The value of a key, where this is a mapping that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The entry of a key, where this is a mapping that has it.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.name == name)
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Item] {
        match &self.kind {
            NodeKind::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// What a scalar says; empty where the value is left out.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Whether it is a scalar without quotes and without a tag.
    pub fn is_plain(&self) -> bool {
        let style = match &self.kind {
            NodeKind::Scalar { style, .. } => Some(style),
            _ => None,
        };
        style == Some(&ScalarStyle::Plain) && self.tag.is_none()
    }

    /// Whether it is a mapping, be it empty.
    pub fn is_mapping(&self) -> bool {
        matches!(self.kind, NodeKind::Mapping { .. })
    }

    /// Whether it is written in braces or brackets.
    pub fn is_flow(&self) -> bool {
        match self.kind {
            NodeKind::Mapping { is_flow, .. } | NodeKind::Sequence { is_flow, .. } => is_flow,
            _ => false,
        }
    }

    /// Whether it is a mapping or list over lines of its own.
    pub(super) fn is_block(&self) -> bool {
        matches!(
            self.kind,
            NodeKind::Mapping { is_flow: false, .. } | NodeKind::Sequence { is_flow: false, .. }
        )
    }

    /// How a scalar is written.
    pub fn style(&self) -> Option<ScalarStyle> {
        match self.kind {
            NodeKind::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    /// Whether it is a `|` or `>` scalar.
    pub fn is_block_scalar(&self) -> bool {
        matches!(
            self.style(),
            Some(ScalarStyle::Literal | ScalarStyle::Folded)
        )
    }

    /// The values in it.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match &self.kind {
            NodeKind::Mapping { entries, .. } => Box::new(entries.iter().map(|entry| &entry.value)),
            NodeKind::Sequence { items, .. } => Box::new(items.iter().map(|item| &item.value)),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// The value one step down.
    pub(super) fn step(&self, step: &PathStep) -> Option<&Self> {
        match step {
            PathStep::Key(name) => self.get(name),
            PathStep::Item(number) => self.items().get(*number).map(|item| &item.value),
        }
    }
}
