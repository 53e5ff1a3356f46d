//! Providers beside that of AWS which sign in to it, and the roles that they assume.

use diagnostics::finding::Finding;
use engine::migration::MigratingModule;
use syntax::code;
use syntax::hcl::{Attribute, Block};
use syntax::text;

use super::clusters::Admitted;
use super::{Place, about, documents, named};

/// Such providers: where they name a role, a profile by which they assume it, and static keys (their pages on the
/// registry).
const PROVIDERS: [(&str, &str, &str, [&str; 2]); 3] = [
    ("awscc", "assume_role", "profile", KEYS),
    (
        "elasticsearch",
        "aws_assume_role_arn",
        "aws_profile",
        AWS_KEYS,
    ),
    ("opensearch", "aws_assume_role_arn", "aws_profile", AWS_KEYS),
];

const KEYS: [&str; 2] = ["access_key", "secret_key"];
const AWS_KEYS: [&str; 2] = ["aws_access_key", "aws_secret_key"];

/// The roles that such providers assume by the ambient credentials, whose callers are others, and the static keys that
/// they are given.
pub(super) fn findings(module: &MigratingModule, admitted: &Admitted) -> Vec<Finding> {
    let documents = documents(module);
    let blocks: Vec<Block<'_>> = documents
        .iter()
        .flat_map(|it| it.blocks("provider"))
        .collect();
    let keyed = blocks.iter().filter_map(keys);
    let findings = blocks.iter().filter_map(|block| {
        let role = role(block)?;
        let place = place(block, &role);
        let role = role.value.written();
        let message = format!("assumes the role {role}, which new callers have to assume");
        let help = format!(
            "allow {} in its trust policy before the migration",
            named(&admitted.callers, true)
        );
        Some(about(vec![place], &message)?.help(help).assumes(&role))
    });
    findings.chain(keyed).collect()
}

fn place<'d>(block: &Block<'d>, set: &Attribute<'d>) -> Place<'d> {
    let name = block.label(0).unwrap_or_default();
    let alias = block.attribute("alias").and_then(|it| it.value.literal());
    Place {
        document: block.document(),
        offset: set.value.span().start,
        subject: alias.map_or(format!("provider \"{name}\""), |alias| {
            format!("provider \"{name}.{alias}\"")
        }),
    }
}

/// The finding on a provider with static keys of its own: they end with the migration.
fn keys(block: &Block<'_>) -> Option<Finding> {
    let mut providers = PROVIDERS.iter();
    let (.., keys) = providers.find(|it| Some(it.0) == block.label(0))?;
    let is_none =
        |it: &Attribute<'_>| it.value.literal() == Some("") || it.value.expression().is_null();
    let set: Vec<Attribute<'_>> = keys
        .iter()
        .filter_map(|name| block.attribute(name))
        .collect();
    let first = set.iter().find(|it| !is_none(it))?;
    let names: Vec<String> = set.iter().map(|it| code::quoted(it.name)).collect();
    let names = text::series(&names);
    let message =
        format!("has static keys of its own ({names}): it fails once they are deactivated");
    let help = format!(
        "remove {names} with the migration: without them it acts as who runs Terraform, or by the profile or the role \
         that is set beside them"
    );
    Some(about(vec![place(block, first)], &message)?.help(help))
}

/// What names the role that a provider assumes without a profile.
fn role<'d>(block: &Block<'d>) -> Option<Attribute<'d>> {
    let mut providers = PROVIDERS.iter();
    let (_, argument, profile, _) = providers.find(|it| Some(it.0) == block.label(0))?;
    if block.attribute(profile).is_some() {
        return None;
    }
    let nested = block.blocks(argument).next();
    if let Some(nested) = nested {
        return nested.attribute("role_arn");
    }
    let set = block.attribute(argument)?;
    let role = match set.value.expression().as_object() {
        Some(_) => set.value.entry("role_arn")?,
        None => set,
    };
    let is_none = role.value.literal() == Some("") || role.value.expression().is_null();
    (!is_none).then_some(role)
}
