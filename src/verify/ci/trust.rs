//! Whether the trust policy of a role admits a request, as far as the policy and the request tell.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements" (Principal, Action,
//! Condition operators), "Multivalued context keys".

mod condition;
mod pattern;
mod principal;
mod truth;

#[cfg(test)]
mod model;

use serde_json::Value;

use condition::conditions;
pub use pattern::Claim;
use pattern::{Comparison, LONGEST};
use principal::principal;
use syntax::code::sentence;
pub use truth::Truth;

/// Who asks for the credentials of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A token that the OIDC provider of this ARN answers for.
    Token(String),
    /// The session of the role of this ARN.
    Role(String),
}

/// A request for the credentials of a role.
#[derive(Debug, Clone)]
pub struct Request {
    pub principal: Principal,
    /// Context keys with one value each. Of others nothing is known: they may be there or not.
    pub keys: Vec<(String, Claim)>,
    /// Whether each text of the claims occurs; else it is not known which of them do.
    pub all_occur: bool,
}

impl Request {
    /// The action that it needs.
    fn action(&self) -> &'static str {
        match self.principal {
            Principal::Token(_) => "sts:AssumeRoleWithWebIdentity",
            Principal::Role(_) => "sts:AssumeRole",
        }
    }

    /// The same for one of the texts of each claim.
    fn example(&self, longest: usize) -> Self {
        let keys = self.keys.iter();
        let keys = keys.map(|(name, claim)| (name.clone(), claim.example(longest)));
        Self {
            principal: self.principal.clone(),
            keys: keys.collect(),
            all_occur: true,
        }
    }
}

/// Whether a trust policy admits a request: `True` and `False` hold for every text of its claims. Where all
/// of these occur and one is refused, that is `False`, too.
pub fn admits(policy: &Value, request: &Request) -> Truth {
    let verdict = verdict(policy, request);
    let has_gaps = request.keys.iter().any(|(_, claim)| !claim.is_known());
    if !(matches!(verdict, Truth::Unknown(_)) && has_gaps && request.all_occur) {
        return verdict;
    }
    match self::verdict(policy, &request.example(longest(policy))) {
        Truth::False => Truth::False,
        _ => verdict,
    }
}

/// The length of the longest text in a document, up to that of the values that are compared.
fn longest(value: &Value) -> usize {
    let longest = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(all) => all.iter().map(longest).max().unwrap_or(0),
        Value::Object(all) => all.values().map(longest).max().unwrap_or(0),
        _ => 0,
    };
    longest.min(LONGEST)
}

fn verdict(policy: &Value, request: &Request) -> Truth {
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Truth::unknown("the trust policy has no statements"),
    };
    let (mut allowed, mut denied) = (Vec::new(), Vec::new());
    for statement in statements {
        let applies = applies(statement, request);
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => allowed.push(applies),
            Some("Deny") => denied.push(applies),
            // It may be either.
            _ => {
                let unknown = Truth::all([applies, Truth::unknown("a statement has no effect")]);
                allowed.push(unknown.clone());
                denied.push(unknown);
            }
        }
    }
    // A statement that denies beats all that allow.
    Truth::all([Truth::any(denied).negated(), Truth::any(allowed)])
}

/// The elements of a statement that are read.
const ELEMENTS: [&str; 7] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Condition",
];

/// Whether a statement is about the request.
fn applies(statement: &Value, request: &Request) -> Truth {
    let Some(object) = statement.as_object() else {
        return Truth::unknown("a statement is no object");
    };
    if let Some(other) = object.keys().find(|key| !ELEMENTS.contains(&key.as_str())) {
        return Truth::unknown(sentence!("a statement has `{other}`"));
    }
    let who = match (object.get("Principal"), object.get("NotPrincipal")) {
        (Some(value), None) => principal(value, request),
        _ => Truth::unknown("a statement has `NotPrincipal`"),
    };
    let what = match (object.get("Action"), object.get("NotAction")) {
        (Some(value), None) => action(value, request),
        (None, Some(value)) => action(value, request).negated(),
        _ => Truth::unknown("a statement has no action"),
    };
    let when = object.get("Condition");
    let when = when.map_or(Truth::True, |value| conditions(value, request));
    Truth::all([who, what, when])
}

fn action(value: &Value, request: &Request) -> Truth {
    let how = Comparison {
        is_pattern: true,
        ignores_case: true,
    };
    let own = Claim::text(request.action());
    match texts(value) {
        Some(actions) => Truth::any(actions.into_iter().map(|it| own.is_as(it, how))),
        None => Truth::unknown("an action is no text"),
    }
}

/// A text, or a list of texts with at least one.
fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(all) if !all.is_empty() => all.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
