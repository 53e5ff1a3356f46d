//! The kinds of block that have a provider's arguments.

/// A kind of block that has a provider's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockType {
    /// `resource "TYPE" "NAME"`.
    Resource,
    /// `data "TYPE" "NAME"`.
    Data,
    /// `provider "aws"`.
    Provider,
}

impl BlockType {
    /// The keyword that the block begins with.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Data => "data",
            Self::Provider => "provider",
        }
    }

    /// How code refers to a block of this kind.
    pub fn address(self, type_name: &str, name: &str) -> String {
        match self {
            Self::Resource => format!("{type_name}.{name}"),
            Self::Data => format!("data.{type_name}.{name}"),
            Self::Provider => format!("provider.{type_name}"),
        }
    }
}

/// The kind and the labels of a block, the second one empty where there is only one; `None` for
/// other blocks. Its content, of which most is never needed, is not parsed.
pub fn header(text: &str) -> Option<(BlockType, [&str; 2])> {
    let (head, _) = text.split_once('{')?;
    let mut words = head.split([' ', '\t', '"']).filter(|word| !word.is_empty());
    let word = words.next()?;
    let mut kinds = [BlockType::Resource, BlockType::Data, BlockType::Provider].into_iter();
    let kind = kinds.find(|kind| kind.keyword() == word)?;
    Some((kind, [words.next()?, words.next().unwrap_or_default()]))
}
