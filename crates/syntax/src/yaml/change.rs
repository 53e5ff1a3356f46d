//! Changes to a document, as a caller names them and as they meet one entry or item.

use std::ops::Range;

use super::Yaml;
use super::node::YamlPath;

/// One change. Places are those of the text before any change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum YamlChange {
    /// Takes an entry or an item out, with the comments that belong to it. Where nothing of a
    /// mapping or list is left, the entry it is the value of is removed, too.
    Remove(YamlPath),
    /// Puts a value where one stands; a text keeps the quotes of the one before. A comment behind
    /// the new value replaces the one behind the old.
    Replace(YamlPath, String),
    /// Adds entries or items in front of one, above its comments; below them where that one is removed:
    /// they stand in its place.
    Before(YamlPath, String),
    /// Adds entries or items behind one.
    After(YamlPath, String),
    /// Adds entries or items at the end of a mapping or list.
    Append(YamlPath, String),
    /// Puts lines where lines of a `|` scalar stand: the first line of content is 0.
    Lines(YamlPath, Range<usize>, String),
}

impl YamlChange {
    pub(super) fn place(&self) -> &YamlPath {
        match self {
            Self::Remove(place)
            | Self::Replace(place, _)
            | Self::Before(place, _)
            | Self::After(place, _)
            | Self::Append(place, _)
            | Self::Lines(place, ..) => place,
        }
    }
}

/// What happens to and around one entry or item.
#[derive(Default)]
pub struct EntryChange<'c> {
    pub is_gone: bool,
    pub before: Vec<Yaml>,
    pub after: Vec<Yaml>,
    pub place: YamlPath,
    pub changes: Vec<&'c YamlChange>,
}
