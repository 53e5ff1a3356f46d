//! Parsed blocks, what they contain, and where it stands.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::structure::{self, Structure};

use super::{Document, Value};
use crate::location::Location;

/// A parsed block.
#[derive(Debug, Clone, Copy)]
pub struct Block<'d> {
    pub(super) document: &'d Document,
    pub(super) offset: usize,
    pub(super) parsed: &'d structure::Block,
}

impl<'d> Block<'d> {
    /// The file it stands in.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// The parsed block, whose spans count from [`Block::offset`].
    pub fn parsed(&self) -> &'d structure::Block {
        self.parsed
    }

    /// Where the parsed block's spans count from.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The block's type.
    pub fn kind(&self) -> &'d str {
        self.parsed.ident.as_str()
    }

    /// The label at `index`.
    pub fn label(&self, index: usize) -> Option<&'d str> {
        self.parsed
            .labels
            .get(index)
            .map(structure::BlockLabel::as_str)
    }

    /// Its type, in the file.
    pub fn kind_span(&self) -> Range<usize> {
        shift(self.parsed.ident.span(), self.offset)
    }

    /// The label at `index` as it is written, quotes included.
    pub fn label_span(&self, index: usize) -> Option<Range<usize>> {
        let label = self.parsed.labels.get(index)?;
        Some(shift(label.span(), self.offset))
    }

    /// From its type to its closing brace.
    pub fn span(&self) -> Range<usize> {
        shift(self.parsed.span(), self.offset)
    }

    /// Its source text.
    pub fn text(&self) -> &'d str {
        &self.document.text[self.span()]
    }

    /// Offset of its closing brace.
    pub fn closing(&self) -> usize {
        self.span().end.saturating_sub(1)
    }

    /// Its content.
    pub fn body(&self) -> Body<'d> {
        Body {
            document: self.document,
            offset: self.offset,
            parsed: &self.parsed.body,
        }
    }

    /// The attribute of that name in its content.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'d>> {
        self.body().attribute(name)
    }

    /// The blocks of that type in its content.
    pub fn blocks(&self, kind: &'d str) -> impl Iterator<Item = Block<'d>> + use<'d> {
        self.body()
            .blocks()
            .filter(move |block| block.kind() == kind)
    }

    /// Line and column of its first byte.
    pub fn location(&self) -> Location {
        self.document.location(self.span().start)
    }
}

/// The content of a block or of a whole file.
#[derive(Debug, Clone, Copy)]
pub struct Body<'d> {
    pub(super) document: &'d Document,
    pub(super) offset: usize,
    pub(super) parsed: &'d structure::Body,
}

impl<'d> Body<'d> {
    /// Its attributes, in order.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'d>> + use<'d> {
        let (document, offset) = (self.document, self.offset);
        let attributes = self.parsed.iter().filter_map(Structure::as_attribute);
        attributes.map(move |attribute| Attribute {
            name: attribute.key.as_str(),
            key: shift(attribute.key.span(), offset),
            value: Value {
                document,
                offset,
                expression: &attribute.value,
            },
        })
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'d>> {
        self.attributes().find(|attribute| attribute.name == name)
    }

    /// Its blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = Block<'d>> + use<'d> {
        let (document, offset) = (self.document, self.offset);
        let blocks = self.parsed.iter().filter_map(Structure::as_block);
        blocks.map(move |parsed| Block {
            document,
            offset,
            parsed,
        })
    }
}

/// `name = value`, in a body or, with `=` or `:`, in an object.
#[derive(Debug, Clone)]
pub struct Attribute<'d> {
    /// The name, without quotes.
    pub name: &'d str,
    /// Bytes of the name as written.
    pub key: Range<usize>,
    /// The value.
    pub value: Value<'d>,
}

impl Attribute<'_> {
    /// From the name to the end of the value.
    pub fn span(&self) -> Range<usize> {
        self.key.start..self.value.span().end
    }
}

/// A span of a parsed slice as a range of the document. hcl-edit gives every node that is asked
/// for here a span.
pub(super) fn shift(span: Option<Range<usize>>, offset: usize) -> Range<usize> {
    span.map_or(offset..offset, |span| {
        span.start + offset..span.end + offset
    })
}
