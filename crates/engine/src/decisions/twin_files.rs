//! Provider configurations in files of OpenTofu that take the place of Terraform's.

use terraform::account::Account;

use super::providers::ProviderIdentity;

/// The account of a role that the two files do not agree on.
const EITHER: &str = "the file of Terraform or that of OpenTofu";

/// Makes a provider configuration that the two programs do not read alike one that may act as either says: `both` is
/// what Terraform and OpenTofu read, `None` where they read no block.
pub(super) fn reconcile(provider: &mut ProviderIdentity, both: &[Option<ProviderIdentity>; 2]) {
    if let [Some(terraform), Some(opentofu)] = both
        && is_same(terraform, opentofu)
    {
        return;
    }
    // Without a block, a program takes the default provider for one without settings.
    let is_ambient = both
        .iter()
        .any(|it| it.as_ref().is_none_or(ProviderIdentity::may_be_ambient));
    let guards = both
        .each_ref()
        .map(|it| it.as_ref().and_then(|it| it.guard.as_ref()));
    if guards[0] != guards[1] {
        provider.guard = None;
    }
    if is_ambient {
        provider.identity = None;
    }
    if provider.role.is_some() {
        // Which file counts, the program tells that runs it.
        provider.role = Some(Account::Expression(EITHER.to_owned()));
        provider.role_arn = None;
        (provider.is_chosen, provider.is_conditional) = (true, is_ambient);
    }
}

/// Whether both act as the same identity.
fn is_same(one: &ProviderIdentity, other: &ProviderIdentity) -> bool {
    let has_same_role = match (&one.role, &other.role) {
        (None, None) => true,
        (Some(one), Some(other)) => one.is_same(other),
        (Some(_), None) | (None, Some(_)) => false,
    };
    let has_same_condition = one.is_conditional == other.is_conditional;
    has_same_role
        && has_same_condition
        && one.identity == other.identity
        && one.guard == other.guard
}
