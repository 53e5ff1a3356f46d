//! A YAML document: read with the place of everything in it, and changed by edits that touch
//! nothing else.
//!
//! How to use it: `Yaml::parse(text)?`, walk with [`Node::get`], [`Node::entries`],
//! [`Node::items`], [`Node::as_str`]; name what changes with a [`YamlPath`]
//! (`YamlPath::root().key("jobs").key("plan").key("steps").item(0)`); then
//! `yaml.apply(&[YamlChange::Remove(place), ..])?` gives the [`Edit`]s of one transaction. All places
//! are those of the text before. There is no other way to an edit: `apply` splices, parses again
//! and compares with the tree that was meant.
//!
//! Added text is YAML written as if it stood alone, at column 0 with steps of two spaces: entries
//! (`id-token: write\n`) for a mapping, items (`- uses: x # v4\n  with:\n    a: b\n`) for a list.
//! It takes on the file's columns, line endings and blank lines between items. [`scalar`] writes a
//! text as a YAML scalar.
//!
//! Refused, with a sentence: what GitHub itself does not read (a key twice, `<<`, a second
//! document), `? key`, a change to what an alias repeats, a comment inside braces that change.

mod aliases;
mod allowed;
mod apply;
mod block;
mod change;
mod draft;
mod flow;
mod lines;
mod node;
mod parse;
mod part;
mod remove;
mod replace;
mod scalar;
mod snippet;
#[cfg(test)]
mod tests;
mod tree;

pub use granit_parser::ScalarStyle;

pub use change::YamlChange;
pub use node::{Entry, Item, Node, NodeKind, YamlPath};
pub use tree::YamlValue;

use std::path::Path;
use std::sync::OnceLock;

use crate::edit::{Edit, splice};
use crate::location::Location;
use crate::text::Lines;

/// A document and its text.
#[derive(Debug, Clone)]
pub struct Yaml {
    text: String,
    root: Node,
    lines: OnceLock<Lines>,
    has_anchors: OnceLock<bool>,
}

/// Why a document is not read or not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Byte offset in the text.
    pub offset: usize,
    /// The reason, a clause without a full stop.
    pub what: String,
}

impl YamlError {
    /// What is wrong, and where.
    pub fn new(offset: usize, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { offset, what }
    }
}

impl Yaml {
    /// Reads a text of one document.
    ///
    /// # Errors
    /// What is wrong with it, or is not read here, and where.
    pub fn parse(text: impl Into<String>) -> Result<Self, YamlError> {
        let text = text.into();
        let root = parse::parse(&text)?;
        Ok(Self {
            text,
            root,
            lines: OnceLock::new(),
            has_anchors: OnceLock::new(),
        })
    }

    /// The text, as it was.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, for the file at `path`.
    pub fn location(&self, path: &Path, offset: usize) -> Location {
        let lines = self.lines.get_or_init(|| Lines::of(&self.text));
        Location::among(lines, path, &self.text, offset)
    }

    /// The document's node.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The node of a place.
    pub fn at(&self, place: &YamlPath) -> Option<&Node> {
        let mut steps = place.0.iter();
        steps.try_fold(&self.root, |node, step| node.step(step))
    }

    /// The edits that make all `changes`, proved: the text they give reads as what was meant.
    ///
    /// # Errors
    /// The first change that cannot be made without touching more than is meant; none is made then.
    pub fn apply(&self, changes: &[YamlChange]) -> Result<Vec<Edit>, YamlError> {
        match self.apply_in_part(changes) {
            Some(edits) => Ok(edits),
            None => self.apply_to_all(changes),
        }
    }

    fn apply_to_all(&self, changes: &[YamlChange]) -> Result<Vec<Edit>, YamlError> {
        let (mut edits, meant) = apply::apply(self, changes)?;
        let offset = edits.first().map_or(0, |edit| edit.range.start);
        let refuse = |what: &str| YamlError::new(offset, what);
        let (after, _) = splice(&self.text, &mut edits)
            .map_err(|_| refuse("two of the changes here touch the same text"))?;
        if after.ends_with('\n') != self.text.ends_with('\n') {
            return Err(refuse("the end of the file would change"));
        }
        match Self::parse(after) {
            Ok(after) if after.tree() == meant => Ok(edits),
            Ok(_) => Err(refuse(
                "the text around here reads otherwise once it is changed",
            )),
            Err(error) => Err(refuse(&format!("changed, {}", error.what))),
        }
    }
}

/// `text` as a YAML scalar: plain where every reader takes that for this text, else in quotes.
pub fn scalar(text: &str) -> String {
    scalar::scalar(text, false)
}
