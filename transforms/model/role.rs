//! The roles that a provider block assumes.

use super::account::Account;
use super::hcl::Block;

/// The block by which a provider assumes a role without keys.
pub const WEB_IDENTITY: &str = "assume_role_with_web_identity";

/// One `assume_role` or `dynamic "assume_role"` block.
#[derive(Debug)]
pub struct Role<'d> {
    /// The block.
    pub block: Block<'d>,
    /// What tells it from other roles: the ARN's text, for a dynamic block with its `for_each`.
    pub text: String,
    /// Where the role lies.
    pub account: Account,
}

impl Role<'_> {
    /// Whether the workspace chooses the role.
    pub fn is_by_workspace(&self) -> bool {
        self.text.contains("terraform.workspace")
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

fn role(block: Block<'_>) -> Option<Role<'_>> {
    let (content, for_each) = match block.kind() {
        "assume_role" => (block, None),
        "dynamic" if block.label(0) == Some("assume_role") => {
            (block.blocks("content").next()?, block.attribute("for_each"))
        }
        _ => return None,
    };
    let arn = content.attribute("role_arn");
    let arn_text = arn.as_ref().map_or("", |arn| arn.value.text());
    let text = match &for_each {
        Some(for_each) => format!("{arn_text} for each of {}", for_each.value.text()),
        None => arn_text.to_owned(),
    };
    let account = match (&arn, &for_each) {
        (Some(arn), None) => Account::of(&arn.value),
        _ => Account::Expression(text.clone()),
    };
    Some(Role {
        block,
        text,
        account,
    })
}
