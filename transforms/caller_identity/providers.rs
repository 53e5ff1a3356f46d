//! Providers beside that of AWS which sign in to it, and the roles that they assume.

use diagnostics::finding::Finding;
use engine::migration::MigratingModule;
use syntax::hcl::{Attribute, Block};

use super::clusters::Admitted;
use super::{Place, about, documents, named};

/// Such providers: where they name a role, and a profile by which they assume it (their pages on the registry).
const PROVIDERS: [(&str, &str, &str); 3] = [
    ("awscc", "assume_role", "profile"),
    ("elasticsearch", "aws_assume_role_arn", "aws_profile"),
    ("opensearch", "aws_assume_role_arn", "aws_profile"),
];

/// The roles that such providers assume by the ambient credentials: their callers are others.
pub(super) fn findings(module: &MigratingModule, admitted: &Admitted) -> Vec<Finding> {
    let documents = documents(module);
    let blocks = documents.iter().flat_map(|it| it.blocks("provider"));
    let findings = blocks.filter_map(|block| {
        let role = role(&block)?;
        let name = block.label(0).unwrap_or_default();
        let alias = block.attribute("alias").and_then(|it| it.value.literal());
        let place = Place {
            document: block.document(),
            offset: role.value.span().start,
            subject: alias.map_or(format!("provider \"{name}\""), |alias| {
                format!("provider {name}.{alias}")
            }),
        };
        let role = role.value.written();
        let message = format!("assumes the role {role}, which new callers have to assume");
        let help = format!(
            "before the migration, allow {} in its trust policy",
            named(&admitted.callers, true)
        );
        Some(about(vec![place], &message)?.help(help).assumes(&role))
    });
    findings.collect()
}

/// What names the role that a provider assumes without a profile.
fn role<'d>(block: &Block<'d>) -> Option<Attribute<'d>> {
    let mut providers = PROVIDERS.iter();
    let (_, argument, profile) = providers.find(|it| Some(it.0) == block.label(0))?;
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
