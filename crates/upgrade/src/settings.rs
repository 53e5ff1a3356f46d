//! The `upgrade` block of the configuration.

use std::collections::BTreeMap;

use terraform::constraint::Version;

use crate::vpc::{self, VPC};

/// `upgrade { ... }`.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// The constraint that root modules get, as written.
    pub aws_provider: String,
    /// The release that registry modules are bumped to, by source without host.
    pub modules: BTreeMap<String, ModuleTarget>,
}

/// The release that the calls of a registry module move to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleTarget {
    /// The release.
    pub release: Version,
    /// Whether the configuration names it. Without that only another major is left for it: a minor
    /// release in use is the user's choice.
    pub is_requested: bool,
}

impl ModuleTarget {
    /// The release of the VPC module where the configuration names none.
    pub fn vpc() -> Self {
        Self {
            release: vpc::RELEASE,
            is_requested: false,
        }
    }

    /// A release that the configuration names.
    pub fn requested(release: Version) -> Self {
        Self {
            release,
            is_requested: true,
        }
    }
}

impl Default for Upgrade {
    /// Provider 5 with the release of the VPC module that was compared with it. Both move together:
    /// releases of the module before 4.0.0 fail with provider 5.
    fn default() -> Self {
        Self {
            aws_provider: "~> 5.0".to_owned(),
            modules: BTreeMap::from([(VPC.to_owned(), ModuleTarget::vpc())]),
        }
    }
}
