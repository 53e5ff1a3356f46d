//! Changes of a JSON tree, written as edits of its text: in the style of what stands beside them,
//! with the commas that belong to them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Json;
use super::lower::{ItemKind, LoweredItem};
use super::tree::JsonNode;
use crate::edit::Edit;
use crate::hcl;
use crate::lexer::Scanner;
use crate::text;

/// A value that is written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// A string, number or word, as JSON.
    Scalar(String),
    /// A list.
    Array(Vec<NewValue>),
    /// An object.
    Object(Vec<(String, NewValue)>),
}

/// An expression of HCL as JSON; `None` for what JSON cannot say.
pub fn value(value: hcl::Value<'_>) -> Option<NewValue> {
    let expression = value.expression();
    if let Some(object) = expression.as_object() {
        let entries = value.entries();
        (entries.len() == object.len()).then_some(())?;
        let entries = entries.into_iter();
        let entries = entries.map(|it| Some((it.name.to_owned(), self::value(it.value)?)));
        return Some(NewValue::Object(entries.collect::<Option<_>>()?));
    }
    if expression.is_array() {
        let elements = value.elements().into_iter().map(self::value);
        return Some(NewValue::Array(elements.collect::<Option<_>>()?));
    }
    let source = value.text();
    let is_word = expression.is_null() || expression.is_bool() || expression.is_number();
    Some(NewValue::Scalar(match source.strip_prefix('"') {
        Some(inner) => quoted(&unescaped(inner.strip_suffix('"')?)?),
        None if is_word => source.to_owned(),
        None if source.contains(['\n', '<']) => return None,
        None => quoted(&format!("${{{source}}}")),
    }))
}

/// The template that stands in a quoted string of HCL: without the escapes of its text.
fn unescaped(source: &str) -> Option<String> {
    let mut template = String::new();
    let mut at = 0;
    while let Some(letter) = source[at..].chars().next() {
        let rest = &source[at + letter.len_utf8()..];
        match letter {
            '\\' => {
                template.push(match rest.chars().next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    plain @ ('"' | '\\') => plain,
                    _ => return None,
                });
                at += 2;
                continue;
            }
            '$' | '%' if rest.starts_with('{') && !template.ends_with(letter) => {
                let mut scanner = Scanner::new(source, at + 1);
                scanner.group().ok()?;
                template.push_str(&source[at..scanner.at]);
                at = scanner.at;
                continue;
            }
            _ => template.push(letter),
        }
        at += letter.len_utf8();
    }
    Some(template)
}

/// Text as a string of JSON.
fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            control if control < ' ' => {
                // Writing to a string does not fail.
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

/// Changes of a tree, by node.
#[derive(Debug, Default)]
pub struct JsonChanges {
    removed: BTreeSet<usize>,
    replaced: BTreeMap<usize, NewValue>,
    renamed: BTreeMap<usize, String>,
    /// For each object: behind which node inside it, and what.
    added: BTreeMap<usize, Vec<(Option<usize>, String, NewValue)>>,
}

impl JsonChanges {
    /// Takes a node out.
    pub fn remove(&mut self, node: usize) {
        self.removed.insert(node);
    }

    /// Gives a node another value.
    pub fn replace(&mut self, node: usize, value: NewValue) {
        self.replaced.insert(node, value);
    }

    /// Gives a member another name.
    pub fn rename(&mut self, node: usize, name: &str) {
        self.renamed.insert(node, name.to_owned());
    }

    /// Adds a member to an object, behind what stands somewhere inside it, else in front.
    pub fn add(&mut self, object: usize, behind: Option<usize>, name: &str, value: NewValue) {
        let added = self.added.entry(object).or_default();
        added.push((behind, name.to_owned(), value));
    }

    /// The edits that make the changes.
    pub fn edits(mut self, json: &Json) -> Vec<Edit> {
        let mut bodies = BTreeSet::from([0]);
        collect_bodies(&json.items, &mut bodies);
        // Children come after parents: what holds only what is removed goes before it is asked.
        for node in (0..json.nodes.len()).rev() {
            let mut children = json.nodes[node].children.iter().peekable();
            let is_emptied =
                children.peek().is_some() && children.all(|child| self.removed.contains(child));
            if is_emptied && !bodies.contains(&node) {
                self.removed.insert(node);
            }
        }
        let mut edits = Vec::new();
        let mut gone = BTreeSet::new();
        for (number, node) in json.nodes.iter().enumerate() {
            let is_inside = node.parent.is_some_and(|parent| gone.contains(&parent));
            if is_inside || self.removed.contains(&number) {
                gone.insert(number);
                continue;
            }
            if let (Some(name), Some((_, key))) = (self.renamed.get(&number), &node.key) {
                edits.push(Edit::replace(key.clone(), quoted(name)));
            }
            if let Some(value) = self.replaced.get(&number) {
                let style = Style::of(json, node.parent.unwrap_or_default());
                edits.push(Edit::replace(node.value.clone(), style.written(value)));
            }
            self.container(json, number, &mut edits);
        }
        edits
    }

    /// The edits of what stands directly in an object or a list.
    fn container(&self, json: &Json, number: usize, edits: &mut Vec<Edit>) {
        let node = &json.nodes[number];
        let nodes = &json.nodes;
        let added = self
            .added
            .get(&number)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let is_gone = |child: usize| self.removed.contains(&child);
        let children = &node.children;
        let has_gone = children.iter().any(|child| is_gone(*child));
        if added.is_empty() && !has_gone {
            return;
        }
        let style = Style::of(json, number);
        let members: Vec<_> = added
            .iter()
            .map(|(behind, name, value)| (*behind, style.member(name, value)))
            .collect();
        let inside = node.value.start + 1..node.value.end - 1;
        if children.iter().all(|child| is_gone(*child)) {
            let members: Vec<_> = members.into_iter().map(|(_, member)| member).collect();
            let members = members.join(&format!(",{}", style.gap));
            edits.push(match (children.first(), children.last()) {
                _ if members.is_empty() => Edit::replace(inside, ""),
                (Some(first), Some(last)) => {
                    let (first, last) = (nodes[*first].span().start, nodes[*last].value.end);
                    Edit::replace(first..last, members)
                }
                _ => Edit::replace(inside, format!("{}{members}{}", style.open, style.close)),
            });
            return;
        }
        let mut at = 0;
        while at < children.len() {
            let first = at;
            while at < children.len() && is_gone(children[at]) {
                at += 1;
            }
            let run = &children[first..at];
            if let (Some(one), Some(last)) = (run.first(), run.last()) {
                let range = match children.get(at) {
                    Some(next) => nodes[*one].span().start..nodes[*next].span().start,
                    None => nodes[children[first - 1]].value.end..nodes[*last].value.end,
                };
                edits.push(Edit::replace(range, ""));
            }
            at += 1;
        }
        let stays = |child: &&usize| !is_gone(**child);
        for (behind, member) in members {
            let behind = behind.and_then(|inner| child_of(nodes, number, inner));
            let upto = behind.map_or(&[][..], |behind| {
                let upto = children.iter().position(|child| *child == behind);
                &children[..upto.map_or(0, |at| at + 1)]
            });
            let gap = &style.gap;
            edits.extend(match upto.iter().rfind(stays) {
                Some(child) => {
                    let end = nodes[*child].value.end;
                    Some(Edit::insert(end, format!(",{gap}{member}")))
                }
                None => children.iter().find(stays).map(|first| {
                    Edit::insert(nodes[*first].span().start, format!("{member},{gap}"))
                }),
            });
        }
    }
}

/// The objects that stay where nothing is left in them: blocks, and objects that are values.
fn collect_bodies(items: &[LoweredItem], bodies: &mut BTreeSet<usize>) {
    for item in items {
        if item.kind != ItemKind::Value {
            bodies.insert(item.node);
        }
        collect_bodies(&item.children, bodies);
    }
}

/// The node directly in `container` in which `inner` stands.
fn child_of(nodes: &[JsonNode], container: usize, inner: usize) -> Option<usize> {
    let mut node = inner;
    while nodes[node].parent? != container {
        node = nodes[node].parent?;
    }
    Some(node)
}

/// How the members of an object are written.
struct Style {
    /// Between a name and its value.
    colon: String,
    /// Behind a comma.
    gap: String,
    /// Behind the opening bracket, and in front of the closing one, where nothing stands between.
    open: String,
    close: String,
    /// One step of indentation, empty where all is on one line.
    step: String,
}

impl Style {
    fn of(json: &Json, container: usize) -> Self {
        let text = &json.text;
        let node = &json.nodes[container];
        let before = |child: usize| {
            let start = json.nodes[child].span().start;
            &text[text[..start].trim_end().len()..start]
        };
        // A colon of its own, of its own member, of any.
        let children = node.children.iter().map(|child| &json.nodes[*child]);
        let near = children.chain([node]).chain(&json.nodes);
        let mut colons = near.filter_map(|it| Some(&text[it.key.as_ref()?.1.end..it.value.start]));
        let colon = colons.next().unwrap_or(": ").to_owned();
        let ending = text::line_ending(text, node.value.start);
        let is_long = text[text::start(text)..].trim_end().contains('\n');
        let step = if is_long { step(text) } else { "" };
        let indentation = text::indentation(text, node.value.start);
        let gap = match (node.children.first(), node.children.last()) {
            (Some(first), Some(last)) => {
                let gap = before(if first == last { *first } else { *last });
                match gap.rfind('\n') {
                    Some(newline) => format!("{ending}{}", &gap[newline + 1..]),
                    None if first == last => colon_gap(&colon).to_owned(),
                    None => gap.to_owned(),
                }
            }
            _ if is_long => format!("{ending}{indentation}{step}"),
            _ => colon_gap(&colon).to_owned(),
        };
        let (open, close) = match is_long {
            true => (gap.clone(), format!("{ending}{indentation}")),
            false => (String::new(), String::new()),
        };
        Self {
            colon,
            gap,
            open,
            close,
            step: step.to_owned(),
        }
    }

    fn member(&self, name: &str, value: &NewValue) -> String {
        format!("{}{}{}", quoted(name), self.colon, self.written(value))
    }

    fn written(&self, value: &NewValue) -> String {
        self.value(value, &self.gap)
    }

    /// A value; `gap` is what stands between the members beside it.
    fn value(&self, value: &NewValue, gap: &str) -> String {
        match value {
            NewValue::Scalar(scalar) => scalar.clone(),
            NewValue::Array(elements) => {
                let elements = elements.iter().map(|it| self.value(it, gap));
                let elements: Vec<_> = elements.collect();
                format!(
                    "[{}]",
                    elements.join(&format!(",{}", colon_gap(&self.colon)))
                )
            }
            NewValue::Object(members) => {
                let is_long = gap.contains('\n');
                let inner = if is_long {
                    format!("{gap}{}", self.step)
                } else {
                    gap.to_owned()
                };
                let members = members.iter().map(|(name, value)| {
                    format!(
                        "{}{}{}",
                        quoted(name),
                        self.colon,
                        self.value(value, &inner)
                    )
                });
                let members: Vec<_> = members.collect();
                let members = members.join(&format!(",{inner}"));
                match is_long {
                    true => format!("{{{inner}{members}{gap}}}"),
                    false => format!("{{{members}}}"),
                }
            }
        }
    }
}

/// The space behind a comma, as wide as that behind a colon.
fn colon_gap(colon: &str) -> &'static str {
    if colon.ends_with(' ') { " " } else { "" }
}

/// One step of a text's indentation: that of its first indented line.
fn step(text: &str) -> &str {
    let lines = text.lines().skip(1);
    let mut steps = lines.filter_map(|line| {
        let content = line.trim_start();
        let is_indented = !content.is_empty() && content.len() < line.len();
        is_indented.then(|| &line[..line.len() - content.len()])
    });
    steps.next().unwrap_or("  ")
}
