//! Keys that encrypt the secrets of clusters: without an argument of their own, the caller administers them.

use diagnostics::finding::Finding;
use engine::migration::MigratingModule;
use syntax::code::sentence;
use syntax::hcl::Block;

use super::clusters::{Admitted, subject};
use super::{Place, about, documents};

/// The module that makes a cluster, with its key.
const MODULE: &str = "terraform-aws-modules/eks/aws";

/// The major version from which on it makes a key unless it is told not to.
const FIRST: u32 = 19;

/// The finding on clusters whose key is administered by who runs Terraform (`key_administrators` in the module's
/// `main.tf`: `kms_key_administrators`, else the role of the session).
pub(super) fn findings(module: &MigratingModule, admitted: &Admitted) -> Option<Finding> {
    let documents = documents(module);
    let calls = documents.iter().flat_map(|it| it.blocks("module"));
    let places = calls.filter(makes_key).map(|call| Place {
        document: call.document(),
        offset: call.span().start,
        subject: subject(&call),
    });
    let message = "makes a key whose administrator is who runs Terraform: its policy changes each time an engineer \
                   and a job alternate";
    let finding = about(places.collect(), message)?;
    let arns = admitted.callers.iter().map(|it| format!("\"{}\"", it.arn));
    let arns: Vec<String> = arns.collect();
    Some(finding.help(sentence!(
        "write `kms_key_administrators = [{}]` before the migration",
        arns.join(", ")
    )))
}

/// Whether a call makes a key, and does not say who administers it.
fn makes_key(call: &Block<'_>) -> bool {
    let literal = |name: &str| call.attribute(name).and_then(|it| it.value.literal());
    let source = literal("source").unwrap_or_default();
    let is_eks = source.trim_start_matches("registry.terraform.io/") == MODULE;
    let is_off = |name: &str, off: &[&str]| {
        let set = call.attribute(name);
        set.is_some_and(|it| off.contains(&it.value.text()))
    };
    let major = literal("version").and_then(|version| {
        let digits = version.trim_start_matches(|it: char| !it.is_ascii_digit());
        let end = digits.find(|it: char| !it.is_ascii_digit());
        digits[..end.unwrap_or(digits.len())].parse::<u32>().ok()
    });
    is_eks
        && major.is_none_or(|major| major >= FIRST)
        && call.attribute("kms_key_administrators").is_none()
        && !is_off("create", &["false"])
        && !is_off("create_kms_key", &["false"])
        // Without encryption the module makes none; with its own settings it takes the key that they name.
        && call.attribute("cluster_encryption_config").is_none()
        && call.attribute("encryption_config").is_none()
}
