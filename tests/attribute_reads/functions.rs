//! Terraform's functions, as far as the generated reads call them (Terraform docs, "Functions").

use std::collections::BTreeMap;

use super::evaluator::Value;

/// The result of a function; `None` for an error.
pub fn result(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("values", [Value::Map(map)]) => Some(Value::List(map.values().cloned().collect())),
        ("tolist", [Value::Set(all)]) => Some(Value::List(all.clone())),
        ("tolist" | "nonsensitive", [only]) => Some(only.clone()),
        ("flatten", [Value::List(all)]) => Some(Value::List(flat(all))),
        ("coalescelist", all) => {
            let is_list = |it: &Value| matches!(it, Value::List(_));
            let mut lists = all.iter().all(is_list).then_some(all)?.iter();
            lists.find(|it| **it != Value::List(Vec::new())).cloned()
        }
        ("zipmap", [keys, Value::List(values)]) => {
            let (Value::List(keys) | Value::Set(keys)) = keys else {
                return None;
            };
            let pairs = keys.iter().zip(values).map(|(key, value)| match key {
                Value::Text(key) => Some((key.clone(), value.clone())),
                _ => None,
            });
            (keys.len() == values.len()).then_some(())?;
            pairs.collect::<Option<_>>().map(Value::Map)
        }
        ("slice", [Value::List(list), Value::Text(from), Value::Text(to)]) => {
            let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
            Some(Value::List(list.get(from..to)?.to_vec()))
        }
        ("index", [Value::List(list), value]) => {
            let at = list.iter().position(|it| it == value)?;
            Some(Value::Text(at.to_string()))
        }
        ("join", [Value::Text(between), Value::List(all) | Value::Set(all)]) => {
            let texts = all.iter().map(|it| match it {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            });
            Some(Value::Text(
                texts.collect::<Option<Vec<_>>>()?.join(between),
            ))
        }
        ("concat", all) => {
            let lists = all.iter().map(|it| match it {
                Value::List(list) => Some(list.clone()),
                _ => None,
            });
            let lists: Option<Vec<_>> = lists.collect();
            Some(Value::List(lists?.concat()))
        }
        ("merge", all) => {
            let mut merged = BTreeMap::new();
            for map in all {
                let Value::Map(map) = map else { return None };
                merged.extend(map.clone());
            }
            Some(Value::Map(merged))
        }
        ("element", [Value::List(list), Value::Text(at)]) => {
            list.get(at.parse::<usize>().ok()?).cloned()
        }
        ("one", [Value::List(list)]) => match list.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        },
        ("lookup", [Value::Map(map), Value::Text(key), rest @ ..]) => {
            map.get(key).or(rest.first()).cloned()
        }
        _ => None,
    }
}

fn flat(all: &[Value]) -> Vec<Value> {
    let parts = all.iter().flat_map(|it| match it {
        Value::List(inner) | Value::Set(inner) => flat(inner),
        other => vec![other.clone()],
    });
    parts.collect()
}
