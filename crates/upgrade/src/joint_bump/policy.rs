//! What the user wants upgraded.

use std::collections::BTreeMap;

use crate::settings::ModuleTarget;

/// The configured targets, and the switches of the transforms that move constraints to them.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that are independent of each other"
)]
pub struct UpgradePolicy<'s> {
    /// The configured constraint of the provider.
    pub provider: &'s str,
    /// Whether requirements are rewritten.
    pub bumps_provider: bool,
    /// Whether arguments are rewritten.
    pub upgrades_arguments: bool,
    /// The configured releases of registry modules, by source.
    pub modules: &'s BTreeMap<String, ModuleTarget>,
    /// Whether module calls are rewritten.
    pub bumps_modules: bool,
    /// Whether module calls get the upper bound that they lack.
    pub constrains_modules: bool,
    /// Whether lock files lose a release that their constraints do not admit.
    pub relocks: bool,
    /// Whether changes that need review are made.
    pub review: bool,
    /// Whether code that needs manual work holds the provider even with review.
    pub waits_for_manual: bool,
}
