//! A JSON text as a tree of places.

use std::ops::Range;

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::text;

/// A member of an object, an element of an array, or the root: what of it is where.
#[derive(Debug)]
pub struct JsonNode {
    /// Its name and where that stands, quotes included; `None` where it is no member.
    pub key: Option<(String, Range<usize>)>,
    /// Where its value stands.
    pub value: Range<usize>,
    /// What its value is.
    pub kind: JsonType,
    /// What it stands in.
    pub parent: Option<usize>,
    /// What stands in it, in order, members of the same name among it.
    pub children: Vec<usize>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonType {
    /// `{}`
    Object,
    /// `[]`
    Array,
    /// A string, decoded.
    String(String),
    /// `null`
    Null,
    /// A number, `true`, `false`.
    Word,
}

impl JsonNode {
    /// From its key, if it has one, to the end of its value.
    pub fn span(&self) -> Range<usize> {
        let start = self.key.as_ref().map_or(self.value.start, |it| it.1.start);
        start..self.value.end
    }

    /// Its key, empty for what is no member.
    pub fn name(&self) -> &str {
        self.key.as_ref().map_or("", |(name, _)| name)
    }
}

/// The nodes of a text, parents before children; the root is the first.
///
/// # Errors
/// The offset at which the text stops being JSON as Terraform reads it: strict, one value.
pub fn parse(text: &str) -> Result<Vec<JsonNode>, usize> {
    // RFC 8259, chapter 8.1: a parser may ignore a byte order mark.
    let offset = text::start(text);
    // HCL's JSON specification builds on RFC 8259 and nothing beyond it: what this parser could
    // forgive, Terraform refuses.
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let forgiven = forgiven(&text[offset..]);
    let parsed = parse_to_ast(&text[offset..], &CollectOptions::default(), &options);
    let refused = parsed.as_ref().err().map(|error| error.range().start);
    if let Some(at) = refused.into_iter().chain(forgiven).min() {
        return Err(at + offset);
    }
    let value = parsed.ok().and_then(|parsed| parsed.value);
    let value = value.ok_or(offset)?;
    let mut nodes = Nodes {
        offset,
        nodes: Vec::new(),
    };
    nodes.add(None, &value, None);
    Ok(nodes.nodes)
}

/// The first byte that the parser forgives without being asked to: white space that is none of RFC 8259's
/// four (chapter 2), a control character in a string (chapter 7). HCL's scanner ends at both.
fn forgiven(text: &str) -> Option<usize> {
    let mut in_string = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => drop(bytes.next()),
            b'\t' | b'\n' | b'\r' if !in_string => {}
            _ if byte < b' ' || !in_string && !byte.is_ascii() => return Some(at),
            _ => {}
        }
    }
    None
}

struct Nodes {
    offset: usize,
    nodes: Vec<JsonNode>,
}

impl Nodes {
    fn range(&self, it: &impl Ranged) -> Range<usize> {
        it.start() + self.offset..it.end() + self.offset
    }

    fn add(
        &mut self,
        member: Option<&ObjectProp<'_>>,
        value: &Value<'_>,
        parent: Option<usize>,
    ) -> usize {
        let number = self.nodes.len();
        let kind = match value {
            Value::Object(_) => JsonType::Object,
            Value::Array(_) => JsonType::Array,
            Value::StringLit(string) => JsonType::String(string.value.clone().into_owned()),
            Value::NullKeyword(_) => JsonType::Null,
            Value::NumberLit(_) | Value::BooleanLit(_) => JsonType::Word,
        };
        self.nodes.push(JsonNode {
            key: member.map(|it| (it.name.as_str().to_owned(), self.range(&it.name))),
            value: self.range(value),
            kind,
            parent,
            children: Vec::new(),
        });
        let children = match value {
            Value::Object(object) => {
                let members = object.properties.iter();
                let members = members.map(|it| self.add(Some(it), &it.value, Some(number)));
                members.collect()
            }
            Value::Array(array) => {
                let elements = array.elements.iter();
                let elements = elements.map(|it| self.add(None, it, Some(number)));
                elements.collect()
            }
            _ => Vec::new(),
        };
        self.nodes[number].children = children;
        number
    }
}
