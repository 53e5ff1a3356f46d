//! Whether the conditions of a statement hold.

use serde_json::Value;
use syntax::code::sentence;

use super::pattern::{Claim, Comparison};
use super::truth::Truth;
use super::{Request, texts};

/// Whether all of them hold.
pub fn conditions(value: &Value, request: &Request) -> Truth {
    let Some(operators) = value.as_object() else {
        return Truth::unknown("the conditions are no object");
    };
    let all = operators.iter().flat_map(|(operator, keys)| {
        let Some(keys) = keys.as_object() else {
            return vec![Truth::unknown(sentence!("`{operator}` has no keys"))];
        };
        let keys = keys.iter();
        keys.map(|(key, values)| holds(operator, (key, values), request))
            .collect()
    });
    Truth::all(all)
}

/// How an operator compares.
struct Operator {
    how: Comparison,
    is_negated: bool,
    /// Whether the six parts of an ARN are compared one by one.
    is_arn: bool,
}

/// The operator of that name, without what stands before and behind it; `None` where it is not read.
fn operator(name: &str) -> Option<Operator> {
    // A key that is there has one value here, so that both mean the same ("Multivalued context keys").
    let name = ["ForAnyValue:", "ForAllValues:"]
        .into_iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name);
    // The keys that are known are there.
    let name = name.strip_suffix("IfExists").unwrap_or(name);
    let (is_pattern, ignores_case, is_negated, is_arn) = match name {
        "StringEquals" => (false, false, false, false),
        "StringNotEquals" => (false, false, true, false),
        "StringEqualsIgnoreCase" => (false, true, false, false),
        "StringNotEqualsIgnoreCase" => (false, true, true, false),
        "StringLike" => (true, false, false, false),
        "StringNotLike" => (true, false, true, false),
        "ArnEquals" | "ArnLike" => (true, false, false, true),
        "ArnNotEquals" | "ArnNotLike" => (true, false, true, true),
        _ => return None,
    };
    Some(Operator {
        how: Comparison {
            is_pattern,
            ignores_case,
        },
        is_negated,
        is_arn,
    })
}

fn holds(name: &str, (key, values): (&str, &Value), request: &Request) -> Truth {
    // Names of keys are compared without case ("Condition").
    let mut known = request.keys.iter();
    let Some((_, claim)) = known.find(|(known, _)| known.eq_ignore_ascii_case(key)) else {
        return Truth::unknown(sentence!("a condition is about `{key}`"));
    };
    let Some(values) = texts(values) else {
        return Truth::unknown(sentence!("a value of `{key}` is no text"));
    };
    if name == "Null" {
        let is_absent = |value: &str| match value {
            "true" => Truth::False,
            "false" => Truth::True,
            other => Truth::unknown(sentence!("`Null` is `{other}`")),
        };
        return Truth::any(values.into_iter().map(is_absent));
    }
    let Some(operator) = operator(name) else {
        return Truth::unknown(sentence!("a condition has the operator `{name}`"));
    };
    let is_as = |value: &str| match operator.is_arn {
        true => is_arn_as(claim, value, operator.how),
        false => claim.is_as(value, operator.how),
    };
    let found = Truth::any(values.into_iter().map(is_as));
    match operator.is_negated {
        true => found.negated(),
        false => found,
    }
}

/// Whether an ARN is as another: each of the six parts is compared, and a `*` does not reach beyond one
/// ("ARN condition operators").
fn is_arn_as(claim: &Claim, value: &str, how: Comparison) -> Truth {
    let Some(own) = claim.known() else {
        return Truth::unknown("an ARN is not known");
    };
    let (own, value): (Vec<&str>, Vec<&str>) =
        (own.splitn(6, ':').collect(), value.splitn(6, ':').collect());
    if own.len() != 6 || value.len() != 6 {
        return Truth::unknown("a value is no ARN");
    }
    let parts = own.iter().zip(value);
    Truth::all(parts.map(|(own, value)| Claim::text(own).is_as(value, how)))
}
