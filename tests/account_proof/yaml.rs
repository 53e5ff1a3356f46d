//! YAML as values, by a reader that the engine does not use.

use std::str::FromStr as _;

use serde_json::{Map, Value};
use yaml_edit::{Document, YamlNode};

/// What a document says. Scalars are texts, as GitHub's expressions read them.
pub fn read(text: &str) -> Value {
    let document = Document::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    match document.as_mapping() {
        Some(mapping) => value(&YamlNode::Mapping(mapping)),
        None => Value::Null,
    }
}

fn value(node: &YamlNode) -> Value {
    match node {
        YamlNode::Scalar(scalar) if scalar.is_null() => Value::Null,
        YamlNode::Scalar(scalar) => Value::String(scalar.as_string()),
        YamlNode::Sequence(items) => items.values().map(|item| value(&item)).collect(),
        YamlNode::Mapping(mapping) => {
            let entries = mapping.iter().map(|(key, inner)| {
                let key = key.as_scalar().expect("keys are scalars").as_string();
                (key, value(&inner))
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
        other => panic!("no test writes {other:?}"),
    }
}
