//! Terraform's JSON read as HCL: one attribute or brace on each line, so that transforms need not
//! know that it is JSON.

use std::fmt::Write as _;
use std::ops::Range;

use super::IsBlock;
use super::quote::{Quoted, QuotedIfNeeded, is_reference, template};
use super::schema::{BlockSchema, Strings};
use super::tree::{JsonNode, JsonType};

/// An attribute or block of the reading, and what says it in the JSON.
#[derive(Debug)]
pub struct ReadingItem {
    /// Its bytes in the reading: from its name to the end of its value or its closing brace.
    pub hcl: Range<usize>,
    /// The node that says it and nothing else.
    pub node: usize,
    /// Where its value begins in the reading, where it has one.
    pub value: Option<usize>,
    /// What it is.
    pub kind: ItemKind,
    /// What stands in it.
    pub children: Vec<ReadingItem>,
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
    pub items: Vec<ReadingItem>,
    /// Where in the JSON stands what begins at an offset of the HCL, in order.
    pub marks: Vec<(usize, usize)>,
}

/// Reads the nodes of a JSON `text`.
pub fn lower(text: &str, nodes: &[JsonNode], root: BlockSchema, is_block: IsBlock) -> Reading {
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
        lowering.body(object, root, &mut items);
    }
    lowering.reading.items = items;
    lowering.reading
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
            JsonType::Object => vec![node],
            // HCL's JSON specification, "Bodies": an array of objects stands for its members in order.
            JsonType::Array => {
                let elements = self.nodes[node].children.iter().copied();
                elements.filter(|it| self.is_object(*it)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn is_object(&self, node: usize) -> bool {
        self.nodes[node].kind == JsonType::Object
    }

    /// Whether a node may be one or more blocks, or none.
    fn may_be_blocks(&self, node: usize) -> bool {
        match self.nodes[node].kind {
            JsonType::Object | JsonType::Null => true,
            JsonType::Array => {
                let mut elements = self.nodes[node].children.iter();
                elements.all(|it| self.is_object(*it))
            }
            _ => false,
        }
    }

    /// Whether an object has members that are no blocks.
    fn has_values(&self, node: usize) -> bool {
        let mut members = self.nodes[node].children.iter();
        members.any(|it| !self.may_be_blocks(*it))
    }

    fn body(&mut self, object: usize, body: BlockSchema, items: &mut Vec<ReadingItem>) {
        let nodes = self.nodes;
        for &member in &nodes[object].children {
            let name = nodes[member].name();
            match self.block_in(body, name) {
                // A comment: section "Comment Properties" of Terraform's page on JSON.
                _ if name == "//" => {}
                Some((labels, inner)) if self.may_be_blocks(member) => {
                    // Terragrunt's first `include` had no label, and is still read so.
                    let labels = match (body, name) {
                        (BlockSchema::Terragrunt, "include") if self.has_values(member) => 0,
                        _ => labels,
                    };
                    let header = format!("{}", QuotedIfNeeded(name));
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
    fn block_in(&self, body: BlockSchema, name: &str) -> Option<(usize, BlockSchema)> {
        let known = body.block(name);
        if known.is_some() || !matches!(body, BlockSchema::Resource | BlockSchema::Inner) {
            return known;
        }
        let [word, of, _, inner @ ..] = &self.path[..] else {
            return None;
        };
        let segments = inner.iter().map(String::as_str).chain([name]);
        // A dynamic block makes blocks of its label's type: its own words are no part of the path.
        let segments = segments.filter(|it| !["dynamic", "content"].contains(it));
        let path: Vec<_> = segments.collect();
        (self.is_block)(word, of, &path.join(".")).then_some((0, BlockSchema::Inner))
    }

    /// The blocks that a node is; `labels` are still to come.
    fn blocks(
        &mut self,
        node: usize,
        header: &str,
        labels: usize,
        body: BlockSchema,
        items: &mut Vec<ReadingItem>,
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

    fn block(&mut self, object: usize, header: &str, body: BlockSchema) -> ReadingItem {
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
        ReadingItem {
            hcl,
            node: object,
            value: None,
            kind: ItemKind::Block,
            children,
        }
    }

    fn attribute(&mut self, member: usize, strings: Strings) -> ReadingItem {
        let node = &self.nodes[member];
        let start = self.begin(member);
        let strings = match (strings, node.name()) {
            (Strings::Requirement, "configuration_aliases") => Strings::References,
            _ => strings,
        };
        // Writing to a string does not fail.
        let _ = write!(self.reading.text, "{} = ", QuotedIfNeeded(node.name()));
        self.mark(node.value.start);
        let value = Some(self.reading.text.len());
        let children = self.value(member, strings);
        let hcl = start..self.reading.text.len();
        self.reading.text += "\n";
        ReadingItem {
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
    fn value(&mut self, node: usize, strings: Strings) -> Vec<ReadingItem> {
        let nodes = self.nodes;
        let mut items = Vec::new();
        match &nodes[node].kind {
            JsonType::Object => {
                self.reading.text += "{\n";
                self.depth += 1;
                for &member in &nodes[node].children {
                    items.push(self.attribute(member, strings));
                }
                self.depth -= 1;
                self.indent();
                self.reading.text += "}";
            }
            JsonType::Array => {
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
            JsonType::String(string) => match strings {
                Strings::References if is_reference(string) => self.reading.text += string,
                Strings::Templates => template(string, &mut self.reading.text),
                _ => {
                    let _ = write!(self.reading.text, "{}", Quoted(string));
                }
            },
            JsonType::Null | JsonType::Word => {
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
