//! The names under which a resource publishes values, `for_each` of it included.

use std::collections::BTreeSet;

use hcl_edit::expr::Expression;
use syntax::hcl::{Block, Value};

/// The names that an argument of a resource may have; `None` where they are not written out.
pub(super) fn written(resource: &Block<'_>, argument: &str) -> Option<BTreeSet<String>> {
    let name = resource.attribute(argument)?.value;
    if let Some(literal) = name.literal() {
        return Some(BTreeSet::from([literal.to_owned()]));
    }
    let each = resource.attribute("for_each")?.value;
    match name.text() {
        "each.key" | "\"${each.key}\"" => keys(&each),
        "each.value" | "\"${each.value}\"" => values(&each),
        _ => None,
    }
}

/// The keys of an object, or the elements of a set.
fn keys(each: &Value<'_>) -> Option<BTreeSet<String>> {
    let Some(object) = each.expression().as_object() else {
        return set(each.expression());
    };
    let entries = each.entries();
    // A key that is an expression may be any name.
    let is_whole = entries.len() == object.len();
    let names = entries.into_iter().map(|entry| entry.name.to_owned());
    is_whole.then(|| names.collect())
}

/// The values of an object, or the elements of a set.
fn values(each: &Value<'_>) -> Option<BTreeSet<String>> {
    let Some(object) = each.expression().as_object() else {
        return set(each.expression());
    };
    let values = object.iter().map(|(_, value)| value.expr().as_str());
    values.map(|it| it.map(str::to_owned)).collect()
}

/// The elements of `toset([...])`.
fn set(each: &Expression) -> Option<BTreeSet<String>> {
    let call = each.as_func_call()?;
    let is_set = call.name.name.as_str() == "toset" && call.name.namespace.is_empty();
    let list = call.args.iter().next().filter(|_| is_set)?;
    let elements = list.as_array()?.iter().map(Expression::as_str);
    elements.map(|it| it.map(str::to_owned)).collect()
}
