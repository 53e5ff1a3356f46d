//! Values as JSON writes them.

use std::fmt::Write as _;

use crate::hcl;
use crate::lexer::Scanner;

/// A value that is written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonValue {
    /// A string, number or word, as JSON.
    Scalar(String),
    /// A list.
    Array(Vec<JsonValue>),
    /// An object.
    Object(Vec<(String, JsonValue)>),
}

/// An expression of HCL as JSON; `None` for what JSON cannot say.
pub fn value(value: hcl::Value<'_>) -> Option<JsonValue> {
    let expression = value.expression();
    if let Some(object) = expression.as_object() {
        let entries = value.entries();
        (entries.len() == object.len()).then_some(())?;
        let entries = entries.into_iter();
        let entries = entries.map(|it| Some((it.name.to_owned(), self::value(it.value)?)));
        return Some(JsonValue::Object(entries.collect::<Option<_>>()?));
    }
    if expression.is_array() {
        let elements = value.elements().into_iter().map(self::value);
        return Some(JsonValue::Array(elements.collect::<Option<_>>()?));
    }
    let source = value.text();
    // Terraform's page on JSON, "Expression Mapping": booleans, numbers and null are JSON's own,
    // every other expression is a string with one `${}`.
    let is_word = expression.is_null() || expression.is_bool() || expression.is_number();
    Some(JsonValue::Scalar(match source.strip_prefix('"') {
        Some(inner) => quoted(&unescaped(inner.strip_suffix('"')?)?),
        None if is_word => source.to_owned(),
        // A heredoc, or an expression over lines, has no form of one line that is surely the same.
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
pub fn quoted(text: &str) -> String {
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
