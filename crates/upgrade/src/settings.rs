//! The `upgrade` block of the configuration.

use std::collections::BTreeMap;

use crate::vpc::VPC;

/// `upgrade { ... }`.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// The constraint that root modules get, as written.
    pub aws_provider: String,
    /// The release that registry modules are bumped to, by source without host.
    pub modules: BTreeMap<String, String>,
}

impl Default for Upgrade {
    /// Provider 5 with the release of the VPC module that was compared with it. Both move together:
    /// releases of the module before 4.0.0 fail with provider 5.
    fn default() -> Self {
        Self {
            aws_provider: "~> 5.0".to_owned(),
            modules: BTreeMap::from([(VPC.to_owned(), "5.16.0".to_owned())]),
        }
    }
}
