//! What the configuration says of upgrades.

use std::collections::BTreeMap;

use crate::vpc::VPC;

/// `upgrade { ... }`.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// Constraint that root modules get, as written.
    pub aws_provider: String,
    /// Release that registry modules move to, by source without host.
    pub modules: BTreeMap<String, String>,
}

impl Default for Upgrade {
    fn default() -> Self {
        Self {
            aws_provider: "~> 5.0".to_owned(),
            modules: BTreeMap::from([(VPC.to_owned(), "5.16.0".to_owned())]),
        }
    }
}
