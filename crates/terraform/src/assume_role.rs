//! The roles that a provider block assumes.

use crate::account::RoleArn;
use crate::session_rights::SessionRights;
use diagnostics::ignore::Ignore;
use hcl_edit::expr::Expression;
use syntax::hcl::{Attribute, Block, Value};

/// The block by which a provider assumes a role without keys.
pub const WEB_IDENTITY: &str = "assume_role_with_web_identity";

/// Arguments of `assume_role` that narrow what the role's session may do (page "AssumeRole" of the STS
/// API: the session has the permissions that role and session policies both allow).
const SESSION_POLICIES: [&str; 2] = ["policy", "policy_arns"];

/// Arguments of `assume_role` that say how long the role's session lasts.
const DURATIONS: [&str; 2] = ["duration", "duration_seconds"];

/// Arguments of `assume_role` that set something of the role's session, beside its name.
const SESSION: [&str; 8] = [
    SESSION_POLICIES[0],
    SESSION_POLICIES[1],
    "external_id",
    DURATIONS[0],
    DURATIONS[1],
    "tags",
    "transitive_tag_keys",
    "source_identity",
];

/// One `assume_role` or `dynamic "assume_role"` block.
#[derive(Debug)]
pub struct Role<'d> {
    /// The block.
    pub block: Block<'d>,
    /// What has its arguments: the block, or the `content` of a dynamic one.
    content: Block<'d>,
    /// What names the role.
    pub arn: RoleArn,
    /// Its `role_arn`, as written.
    pub value: Option<Value<'d>>,
}

impl<'d> Role<'d> {
    /// What it sets of the role's session, beside its name, in the order written.
    pub fn session(&self) -> impl Iterator<Item = Attribute<'d>> + use<'d> {
        let attributes = self.content.body().attributes();
        attributes.filter(|it| SESSION.contains(&it.name) && !is_empty(&it.value))
    }

    /// Whether the role's session may do less than the role.
    pub fn has_session_policy(&self) -> bool {
        let mut session = self.session();
        session.any(|it| SESSION_POLICIES.contains(&it.name))
    }

    /// How long its session lasts, as written, where that is more than an hour or not known.
    pub fn long_session(&self) -> Option<String> {
        let mut session = self.session();
        let lasts = session.find(|it| DURATIONS.contains(&it.name))?;
        long_duration(&lasts.value)
    }

    /// What whoever assumes it has to be allowed.
    pub fn rights(&self) -> SessionRights {
        SessionRights::of(&self.session().collect::<Vec<_>>())
    }

    /// Whether a comment keeps it from a transform.
    pub fn is_kept(&self, transform: &str) -> bool {
        let document = self.block.document();
        Ignore::keeps(document, self.block.span().start, transform)
    }
}

/// The roles of a provider block; several are a chain, of which the last one acts.
pub fn roles<'d>(provider: &Block<'d>) -> Vec<Role<'d>> {
    provider.body().blocks().filter_map(role).collect()
}

/// Whether a provider block assumes a role without keys.
pub fn has_web_identity(provider: &Block<'_>) -> bool {
    provider.blocks(WEB_IDENTITY).next().is_some()
}

/// A duration as written, where it is more than an hour or not known: seconds, or Go's form, as in `1h30m`
/// (Terraform docs, "S3", `assume_role.duration`).
pub(crate) fn long_duration(value: &Value<'_>) -> Option<String> {
    let text = match value.expression() {
        Expression::Number(number) => number.to_string(),
        _ => value.literal().unwrap_or_default().to_owned(),
    };
    let is_long = seconds(&text).is_none_or(|seconds| seconds > 3600.0);
    is_long.then(|| value.written())
}

/// The seconds of a duration; `None` where it is none.
fn seconds(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let mut total = None;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].find(|it: char| it.is_ascii_digit());
        let (unit, behind) = rest[digits..].split_at(unit.unwrap_or(rest.len() - digits));
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total = Some(total.unwrap_or(0.0) + number * factor);
        rest = behind;
    }
    total
}

/// Whether a value sets nothing: null, or an empty text, list or map.
pub(crate) fn is_empty(value: &Value<'_>) -> bool {
    match value.expression() {
        Expression::Null(_) => true,
        Expression::String(text) => text.as_str().is_empty(),
        Expression::Array(items) => items.is_empty(),
        Expression::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

fn role(block: Block<'_>) -> Option<Role<'_>> {
    let (content, each) = match block.kind() {
        "assume_role" => (block, None),
        "dynamic" if block.label(0) == Some("assume_role") => {
            // Terraform's page "Dynamic Blocks": without `iterator`, the label of the block names it.
            let iterator = block.attribute("iterator");
            let iterator = iterator.map_or("assume_role", |iterator| iterator.value.text());
            let for_each = block.attribute("for_each");
            let for_each = for_each.map(|for_each| for_each.value.expression().clone());
            let content = block.blocks("content").next()?;
            (content, Some((iterator.to_owned(), for_each)))
        }
        _ => return None,
    };
    let value = content.attribute("role_arn").map(|arn| arn.value);
    let arn = value.map(|value| value.expression().clone());
    Some(Role {
        block,
        content,
        arn: RoleArn { arn, each },
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_seconds_or_gos() {
        for (text, expected) in [
            ("3600", Some(3600.0)),
            ("1h", Some(3600.0)),
            ("1h30m", Some(5400.0)),
            ("90m", Some(5400.0)),
            ("3600s", Some(3600.0)),
            ("0.5h", Some(1800.0)),
            ("1d", None),
            ("h", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
