//! Terraform's JSON read as HCL: one attribute or brace on each line, so that transforms need not
//! know that it is JSON.
//!
//! What is a block and what an argument follows Terraform's JSON syntax
//! (<https://developer.hashicorp.com/terraform/language/syntax/json>) for the blocks that
//! transforms look into; inside resources the tables of the upgrade tell. Elsewhere nested blocks are
//! read as arguments, which name the same things.

use std::fmt::Write as _;
use std::ops::Range;

use super::IsBlock;
use super::tree::{JsonKind, JsonNode};
use crate::lexer::{Scanner, is_name};

/// An attribute or block of the reading, and what says it in the JSON.
#[derive(Debug)]
pub struct LoweredItem {
    /// Its bytes in the reading: from its name to the end of its value or its closing brace.
    pub hcl: Range<usize>,
    /// The node that says it and nothing else.
    pub node: usize,
    /// Where its value begins in the reading, where it has one.
    pub value: Option<usize>,
    /// What it is.
    pub kind: ItemKind,
    /// What stands in it.
    pub children: Vec<LoweredItem>,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A block.
    Block,
    /// An attribute that is an object, or an entry that is one.
    Object,
    /// Another attribute or entry.
    Value,
}

/// JSON as HCL.
#[derive(Debug, Default)]
pub struct Reading {
    /// The HCL.
    pub text: String,
    /// Its top-level blocks and attributes, in order.
    pub items: Vec<LoweredItem>,
    /// Where in the JSON stands what begins at an offset of the HCL, in order.
    pub marks: Vec<(usize, usize)>,
}

/// Reads the nodes of a JSON `text`.
pub fn lower(text: &str, nodes: &[JsonNode], is_block: IsBlock) -> Reading {
    let mut lowering = Lowering {
        json: text,
        nodes,
        is_block,
        reading: Reading::default(),
        depth: 0,
        path: Vec::new(),
    };
    let mut items = Vec::new();
    for object in lowering.objects(0) {
        lowering.body(object, BodyKind::Root, &mut items);
    }
    lowering.reading.items = items;
    lowering.reading
}

/// A body whose blocks are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyKind {
    Root,
    Terraform,
    RequiredProviders,
    Backend,
    Provider,
    Dynamic,
    Resource,
    /// A block inside a resource.
    Inner,
    Lifecycle,
    Module,
    Variable,
    /// Arguments alone.
    Other,
}

impl BodyKind {
    /// What a member is, if it is a block: how many labels it has and what its body is.
    fn block(self, name: &str) -> Option<(usize, Self)> {
        let block = match (self, name) {
            (Self::Root, "terraform") => (0, Self::Terraform),
            (Self::Root, "provider") => (1, Self::Provider),
            (Self::Root, "resource" | "data" | "ephemeral") => (2, Self::Resource),
            (Self::Root, "module") => (1, Self::Module),
            (Self::Root, "variable") => (1, Self::Variable),
            (Self::Root, "output" | "check") | (Self::Terraform, "provider_meta") => {
                (1, Self::Other)
            }
            (Self::Terraform, "required_providers") => (0, Self::RequiredProviders),
            (Self::Terraform, "backend") => (1, Self::Backend),
            (Self::Root, _)
            | (Self::Terraform, "cloud")
            | (
                Self::Provider,
                "assume_role"
                | "assume_role_with_web_identity"
                | "default_tags"
                | "ignore_tags"
                | "endpoints",
            )
            | (Self::Variable, "validation")
            | (Self::Resource, "connection") => (0, Self::Other),
            (Self::Provider | Self::Resource | Self::Inner, "dynamic") => (1, Self::Dynamic),
            (Self::Dynamic, "content") => (0, Self::Inner),
            (Self::Resource, "lifecycle") => (0, Self::Lifecycle),
            (Self::Resource, "provisioner") => (1, Self::Resource),
            _ => return None,
        };
        Some(block)
    }

    /// What the strings of an argument are.
    fn strings(self, name: &str) -> Strings {
        match (self, name) {
            (Self::Resource, "provider" | "depends_on")
            | (Self::Module, "providers" | "depends_on")
            | (Self::Lifecycle, "ignore_changes" | "replace_triggered_by")
            | (Self::Variable, "type") => Strings::References,
            (Self::Variable, "default") | (Self::Backend | Self::Terraform, _) => Strings::Plain,
            (Self::RequiredProviders, _) => Strings::Requirement,
            _ => Strings::Templates,
        }
    }
}

/// What strings mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strings {
    /// Text with `${}` and `%{}`.
    Templates,
    /// Text.
    Plain,
    /// Names of things, types.
    References,
    /// Text, but for the names in `configuration_aliases`.
    Requirement,
}

struct Lowering<'j> {
    json: &'j str,
    nodes: &'j [JsonNode],
    is_block: IsBlock,
    reading: Reading,
    depth: usize,
    /// The types and labels of the blocks around.
    path: Vec<String>,
}

impl Lowering<'_> {
    /// The objects that a node is: itself, or the elements of its array.
    fn objects(&self, node: usize) -> Vec<usize> {
        match self.nodes[node].kind {
            JsonKind::Object => vec![node],
            JsonKind::Array => {
                let elements = self.nodes[node].children.iter().copied();
                elements.filter(|it| self.is_object(*it)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn is_object(&self, node: usize) -> bool {
        self.nodes[node].kind == JsonKind::Object
    }

    /// Whether a node may be one or more blocks, or none.
    fn may_be_blocks(&self, node: usize) -> bool {
        match self.nodes[node].kind {
            JsonKind::Object | JsonKind::Null => true,
            JsonKind::Array => {
                let mut elements = self.nodes[node].children.iter();
                elements.all(|it| self.is_object(*it))
            }
            _ => false,
        }
    }

    fn body(&mut self, object: usize, body: BodyKind, items: &mut Vec<LoweredItem>) {
        let nodes = self.nodes;
        for &member in &nodes[object].children {
            let name = nodes[member].name();
            match self.block_in(body, name) {
                // A comment.
                _ if name == "//" => {}
                Some((labels, inner)) if self.may_be_blocks(member) => {
                    let header = format!("{}", HclName(name));
                    self.path.push(name.to_owned());
                    self.blocks(member, &header, labels, inner, items);
                    self.path.pop();
                }
                _ => items.push(self.attribute(member, body.strings(name))),
            }
        }
    }

    /// What a member is, if it is a block; inside resources those are known into which an upgrade
    /// looks.
    fn block_in(&self, body: BodyKind, name: &str) -> Option<(usize, BodyKind)> {
        let known = body.block(name);
        if known.is_some() || !matches!(body, BodyKind::Resource | BodyKind::Inner) {
            return known;
        }
        let [word, of, _, inner @ ..] = &self.path[..] else {
            return None;
        };
        let segments = inner.iter().map(String::as_str).chain([name]);
        let segments = segments.filter(|it| !["dynamic", "content"].contains(it));
        let path: Vec<_> = segments.collect();
        (self.is_block)(word, of, &path.join(".")).then_some((0, BodyKind::Inner))
    }

    /// The blocks that a node is; `labels` are still to come.
    fn blocks(
        &mut self,
        node: usize,
        header: &str,
        labels: usize,
        body: BodyKind,
        items: &mut Vec<LoweredItem>,
    ) {
        let nodes = self.nodes;
        for object in self.objects(node) {
            if labels == 0 {
                let item = self.block(object, header, body);
                items.push(item);
                continue;
            }
            for &member in &nodes[object].children {
                let name = nodes[member].name();
                // A comment where it is an object, too.
                if name != "//" && self.may_be_blocks(member) {
                    let header = format!("{header} {}", Quoted(name));
                    self.path.push(name.to_owned());
                    self.blocks(member, &header, labels - 1, body, items);
                    self.path.pop();
                }
            }
        }
    }

    fn block(&mut self, object: usize, header: &str, body: BodyKind) -> LoweredItem {
        let start = self.begin(object);
        self.reading.text += header;
        self.reading.text += " {\n";
        self.depth += 1;
        let mut children = Vec::new();
        self.body(object, body, &mut children);
        self.depth -= 1;
        self.indent();
        self.reading.text += "}";
        let hcl = start..self.reading.text.len();
        self.reading.text += "\n";
        LoweredItem {
            hcl,
            node: object,
            value: None,
            kind: ItemKind::Block,
            children,
        }
    }

    fn attribute(&mut self, member: usize, strings: Strings) -> LoweredItem {
        let node = &self.nodes[member];
        let start = self.begin(member);
        let strings = match (strings, node.name()) {
            (Strings::Requirement, "configuration_aliases") => Strings::References,
            _ => strings,
        };
        // Writing to a string does not fail.
        let _ = write!(self.reading.text, "{} = ", HclName(node.name()));
        self.mark(node.value.start);
        let value = Some(self.reading.text.len());
        let children = self.value(member, strings);
        let hcl = start..self.reading.text.len();
        self.reading.text += "\n";
        LoweredItem {
            hcl,
            node: member,
            value,
            kind: match self.is_object(member) {
                true => ItemKind::Object,
                false => ItemKind::Value,
            },
            children,
        }
    }

    /// Writes a value; the members of an object are items.
    fn value(&mut self, node: usize, strings: Strings) -> Vec<LoweredItem> {
        let nodes = self.nodes;
        let mut items = Vec::new();
        match &nodes[node].kind {
            JsonKind::Object => {
                self.reading.text += "{\n";
                self.depth += 1;
                for &member in &nodes[node].children {
                    items.push(self.attribute(member, strings));
                }
                self.depth -= 1;
                self.indent();
                self.reading.text += "}";
            }
            JsonKind::Array => {
                self.reading.text += "[";
                for (index, &element) in nodes[node].children.iter().enumerate() {
                    if index > 0 {
                        self.reading.text += ", ";
                    }
                    self.mark(nodes[element].value.start);
                    self.value(element, strings);
                }
                self.reading.text += "]";
            }
            JsonKind::String(string) => match strings {
                Strings::References if is_reference(string) => self.reading.text += string,
                Strings::Templates => template(string, &mut self.reading.text),
                _ => {
                    let _ = write!(self.reading.text, "{}", Quoted(string));
                }
            },
            JsonKind::Null | JsonKind::Word => {
                self.reading.text += &self.json[nodes[node].value.clone()];
            }
        }
        items
    }

    /// Begins the line of what a node says; its first byte.
    fn begin(&mut self, node: usize) -> usize {
        self.indent();
        self.mark(self.nodes[node].span().start);
        self.reading.text.len()
    }

    fn mark(&mut self, place: usize) {
        self.reading.marks.push((self.reading.text.len(), place));
    }

    fn indent(&mut self) {
        self.reading.text += &"  ".repeat(self.depth);
    }
}

/// Whether a string is one reference or type, and safe to stand without quotes.
fn is_reference(string: &str) -> bool {
    let starts = string.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let mut bytes = string.bytes();
    starts && bytes.all(|byte| is_name(byte) || byte == b'.')
}

/// A name of HCL; in quotes where it is none.
struct HclName<'s>(&'s str);

impl std::fmt::Display for HclName<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let starts = self
            .0
            .starts_with(|it: char| it.is_alphabetic() || it == '_');
        match starts && self.0.bytes().all(is_name) {
            true => f.write_str(self.0),
            false => Quoted(self.0).fmt(f),
        }
    }
}

/// Text as a quoted string of HCL that means just that.
struct Quoted<'s>(&'s str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut quoted = String::from("\"");
        escape(self.0, &mut quoted);
        quoted.push('"');
        f.write_str(&quoted)
    }
}

/// Appends text as it stands in quotes, template signs made plain.
fn escape(text: &str, out: &mut String) {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            sign @ ('$' | '%') if letters.peek() == Some(&'{') => out.extend([sign, sign]),
            other => out.push(other),
        }
    }
}

/// Appends a template in quotes: its text is escaped, its sequences stand as they are. A sequence
/// that does not close, which Terraform rejects, is text.
fn template(string: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    let mut at = 0;
    while let Some(sign) = string[at..].find(['$', '%']).map(|sign| at + sign) {
        let rest = &string[sign..];
        let doubled = &rest[..1].repeat(2);
        at = sign + 1;
        let end = if rest.starts_with(&format!("{doubled}{{")) {
            Some(sign + 3)
        } else if rest[1..].starts_with('{') {
            let mut scanner = Scanner::new(string, sign + 1);
            scanner.group().is_ok().then_some(scanner.at)
        } else {
            None
        };
        if let Some(end) = end {
            escape(&string[from..sign], out);
            out.push_str(&string[sign..end]);
            (from, at) = (end, end);
        }
    }
    escape(&string[from..], out);
    out.push('"');
}
