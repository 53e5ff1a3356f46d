//! The roles that a provider block assumes.

use crate::account::RoleArn;
use diagnostics::ignore::Ignore;
use hcl_edit::expr::Expression;
use syntax::hcl::{Attribute, Block, Value};

/// The block by which a provider assumes a role without keys.
pub const WEB_IDENTITY: &str = "assume_role_with_web_identity";

/// Arguments of `assume_role` that narrow what the role's session may do (page "AssumeRole" of the STS
/// API: the session has the permissions that role and session policies both allow).
const SESSION_POLICIES: [&str; 2] = ["policy", "policy_arns"];

/// Arguments of `assume_role` that set something of the role's session, beside its name.
const SESSION: [&str; 8] = [
    SESSION_POLICIES[0],
    SESSION_POLICIES[1],
    "external_id",
    "duration",
    "duration_seconds",
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

/// Whether a value sets nothing: null, or an empty text, list or map.
fn is_empty(value: &Value<'_>) -> bool {
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
