//! Elements of a list that say something else.

use super::value::{JsonValue, quoted, value};
use crate::hcl::{Attribute, Document};
use crate::json::quote::is_reference;
use crate::json::tree::{JsonNode, JsonType};

/// The elements of a list, as nodes, with the values that they have now; `None` where a list of so many
/// elements, of strings, numbers and words, does not say what is there now.
pub fn replaced(
    nodes: &[JsonNode],
    list: usize,
    before: &str,
    now: &Attribute<'_>,
) -> Option<Vec<(usize, JsonValue)>> {
    let document = Document::new("reading.tf".into(), before.to_owned()).ok()?;
    let before = document.body().ok()?.attributes().next()?.value.items()?;
    let now = now.value.items()?;
    let elements = &nodes[list].children;
    (before.len() == elements.len() && now.len() == elements.len()).then_some(())?;
    let mut replaced = Vec::new();
    for ((element, before), now) in elements.iter().zip(before).zip(now) {
        if before.text() == now.text() {
            continue;
        }
        let value = match &nodes[*element].kind {
            JsonType::Object | JsonType::Array => return None,
            // A reference that stands as a plain string, as in `ignore_changes`.
            JsonType::String(written) if written == before.text() => match is_reference(now.text())
            {
                true => JsonValue::Scalar(quoted(now.text())),
                false => return None,
            },
            _ => value(now)?,
        };
        matches!(value, JsonValue::Scalar(_)).then_some(())?;
        replaced.push((*element, value));
    }
    Some(replaced)
}
