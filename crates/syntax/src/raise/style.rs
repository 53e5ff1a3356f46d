//! How new members are written: in the style of what stands beside them.

use super::value::{JsonValue, quoted};
use crate::json::Json;
use crate::text::{self, Lines};

/// How the members of an object are written.
pub struct Style {
    /// Between a name and its value.
    colon: String,
    /// Behind a comma.
    pub gap: String,
    /// Behind the opening bracket, and in front of the closing one, where nothing stands between.
    pub open: String,
    pub close: String,
    /// One step of indentation, empty where all is on one line.
    step: String,
}

/// How a text as a whole is laid out, found once: a text may be one long line, in which each look for
/// where the line begins goes through all of it.
pub struct Layout<'j> {
    json: &'j Json,
    lines: Lines,
    /// Whether it is on more than one line.
    is_long: bool,
    /// One step of indentation, empty where all is on one line.
    step: &'j str,
}

impl<'j> Layout<'j> {
    pub fn of(json: &'j Json) -> Self {
        let text = json.text();
        let is_long = text[text::start(text)..].trim_end().contains('\n');
        Self {
            json,
            lines: Lines::of(text),
            is_long,
            step: if is_long { step(text) } else { "" },
        }
    }

    /// How the members of an object, or the elements of a list, are written.
    pub fn style(&self, container: usize) -> Style {
        let Self {
            json,
            is_long,
            step,
            ..
        } = *self;
        let text = json.text();
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
        let line = self.lines.line(text, node.value.start);
        let indentation = text::indentation(&text[line.clone()], 0);
        let ending = text::ending_of(text, line);
        let gap = match (node.children.first(), node.children.last()) {
            (Some(first), Some(last)) => {
                // The last member shows the gap between members; the first may follow the brace directly.
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
        Style {
            colon,
            gap,
            open,
            close,
            step: step.to_owned(),
        }
    }
}

impl Style {
    pub fn member(&self, name: &str, value: &JsonValue) -> String {
        format!("{}{}{}", quoted(name), self.colon, self.written(value))
    }

    pub fn written(&self, value: &JsonValue) -> String {
        self.value(value, &self.gap)
    }

    /// A value; `gap` is what stands between the members beside it.
    fn value(&self, value: &JsonValue, gap: &str) -> String {
        match value {
            JsonValue::Scalar(scalar) => scalar.clone(),
            JsonValue::Array(elements) => {
                let elements = elements.iter().map(|it| self.value(it, gap));
                let elements: Vec<_> = elements.collect();
                format!(
                    "[{}]",
                    elements.join(&format!(",{}", colon_gap(&self.colon)))
                )
            }
            JsonValue::Object(members) => {
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
