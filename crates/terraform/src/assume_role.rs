//! The roles that a provider block assumes.

use crate::account::RoleArn;
use diagnostics::ignore::Ignore;
use syntax::hcl::{Block, Value};

/// The block by which a provider assumes a role without keys.
pub const WEB_IDENTITY: &str = "assume_role_with_web_identity";

/// One `assume_role` or `dynamic "assume_role"` block.
#[derive(Debug)]
pub struct Role<'d> {
    /// The block.
    pub block: Block<'d>,
    /// What names the role.
    pub arn: RoleArn,
    /// Its `role_arn`, as written.
    pub value: Option<Value<'d>>,
}

impl Role<'_> {
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
        arn: RoleArn { arn, each },
        value,
    })
}
