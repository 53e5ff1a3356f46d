//! What an expression comes to, as far as the repository tells.

use std::collections::BTreeMap;

/// Bytes that a text has at most; a longer one is not known.
// Locals that double each other make a text of gigabytes in thirty lines. The ARN of a role has at
// most 2,048 characters ("AssumeRole", AWS STS API Reference); lists of ARNs joined to one text fit.
const LENGTH: usize = 64 * 1024;

/// A value, with symbols in it for what is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolicValue {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A string or a number; with symbols, what is known of one. A lone symbol may be anything.
    Text(Vec<TextPart>),
    /// A list, tuple or set.
    List(Vec<SymbolicValue>),
    /// A map or object.
    Object(BTreeMap<String, SymbolicValue>),
    /// Terraform would refuse the expression: no such key, no such local.
    Missing,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextPart {
    /// Known characters.
    Literal(String),
    /// An expression that is not known, in one spelling.
    Symbol(String),
}

impl TextPart {
    fn length(&self) -> usize {
        match self {
            Self::Literal(text) | Self::Symbol(text) => text.len(),
        }
    }
}

impl SymbolicValue {
    /// A known text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self::Text(vec![TextPart::Literal(text.into())])
    }

    /// Something that is not known.
    pub fn symbol(expression: impl Into<String>) -> Self {
        Self::Text(vec![TextPart::Symbol(expression.into())])
    }

    /// The expression of a lone symbol, or the value as it is.
    pub fn into_symbol(self) -> Result<String, Self> {
        match self {
            Self::Text(parts) => match <[TextPart; 1]>::try_from(parts) {
                Ok([TextPart::Symbol(expression)]) => Ok(expression),
                Ok(parts) => Err(Self::Text(parts.into())),
                Err(parts) => Err(Self::Text(parts)),
            },
            other => Err(other),
        }
    }

    /// The text, where all of it is known.
    pub fn as_literal(&self) -> Option<&str> {
        match self {
            Self::Text(parts) => match parts.as_slice() {
                [] => Some(""),
                [TextPart::Literal(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The expression, where nothing is known of it.
    pub fn as_symbol(&self) -> Option<&str> {
        match self {
            Self::Text(parts) => match parts.as_slice() {
                [TextPart::Symbol(expression)] => Some(expression),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether all of it is known.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Text(parts) => parts
                .iter()
                .all(|part| matches!(part, TextPart::Literal(_))),
            Self::List(items) => items.iter().all(Self::is_known),
            Self::Object(entries) => entries.values().all(Self::is_known),
            Self::Null | Self::Bool(_) => true,
            Self::Missing => false,
        }
    }

    /// How many values and pieces of text it is made of.
    pub fn parts(&self) -> usize {
        match self {
            Self::Text(parts) => 1 + parts.len(),
            Self::List(items) => 1 + items.iter().map(Self::parts).sum::<usize>(),
            Self::Object(entries) => 1 + entries.values().map(Self::parts).sum::<usize>(),
            Self::Null | Self::Bool(_) | Self::Missing => 1,
        }
    }

    /// The texts one behind the other; `None` where one of them is no text, or where they are longer
    /// than [`LENGTH`] together.
    pub fn concat(values: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut parts: Vec<TextPart> = Vec::new();
        let mut length = 0;
        for value in values {
            // Templates convert numbers and booleans to text, and refuse lists, objects and null.
            let more = match value {
                Self::Text(more) => more,
                Self::Bool(value) => vec![TextPart::Literal(value.to_string())],
                Self::Missing => return Some(Self::Missing),
                _ => return None,
            };
            for part in more {
                length += part.length();
                if length > LENGTH {
                    return None;
                }
                match (parts.last_mut(), part) {
                    (Some(TextPart::Literal(text)), TextPart::Literal(more)) => {
                        text.push_str(&more);
                    }
                    (_, TextPart::Literal(more)) if more.is_empty() => {}
                    (_, part) => parts.push(part),
                }
            }
        }
        Some(Self::Text(parts))
    }

    /// The value as Terraform would write it.
    pub fn written(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Text(_) => match (self.as_symbol(), self.as_literal()) {
                (Some(expression), _) => expression.to_owned(),
                (_, Some(text)) => format!("\"{text}\""),
                _ => format!("\"{}\"", self.template()),
            },
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::written).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Object(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|(key, value)| format!("{key} = {}", value.written()));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
            Self::Missing => "nothing".to_owned(),
        }
    }

    /// A text as it stands between quotes.
    pub fn template(&self) -> String {
        match self {
            Self::Text(parts) => parts.iter().map(TextPart::template).collect(),
            _ => self.written(),
        }
    }
}

impl TextPart {
    /// The piece as it stands in a template.
    pub fn template(&self) -> String {
        match self {
            Self::Literal(text) => text.clone(),
            Self::Symbol(expression) => format!("${{{expression}}}"),
        }
    }
}
