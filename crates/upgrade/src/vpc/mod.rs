//! Facts about terraform-aws-modules/vpc/aws: arguments that later releases removed, defaults that
//! 4.0.0 changed, and what each release requires.
//!
//! Source: the module's `variables.tf` at its tags up to v5.16.0, and plans compared with
//! Terraform 1.11.4 and provider 5.100.0.

mod pins;

pub use pins::{Pins, assign_ipv6, pins};

use diagnostics::finding::Safety;
use terraform::constraint::{Bounds, Version};

use crate::module_changes::Arguments;

/// Source of the VPC module.
pub const VPC: &str = "terraform-aws-modules/vpc/aws";

/// The release that calls move to where the configuration names none.
pub const RELEASE: Version = Version::new(5, 16, 0);

/// The release that changed the defaults which [`PINS`] hold.
pub const CHANGED_DEFAULTS: Version = Version::new(4, 0, 0);

/// Variables of 3.x that 5.x removed. They were for EC2-Classic, and the plans with and without them
/// are equal.
pub const REMOVED: [&str; 3] = [
    "default_vpc_enable_classiclink",
    "enable_classiclink",
    "enable_classiclink_dns_support",
];

/// Removed too, but for a value other than `false` each subnet kind has a variable of its own.
pub const ASSIGN_IPV6: &str = "assign_ipv6_address_on_creation";

/// Arguments with their defaults before 4.0.0. Without them the bump would empty the default security
/// group, take over the default network ACL and route table, stop mapping public addresses and turn
/// DNS hostnames on (plans of 3.18.1 and 5.16.0 on the same state).
pub const PINS: [(&str, &str); 5] = [
    ("map_public_ip_on_launch", "true"),
    ("enable_dns_hostnames", "false"),
    ("manage_default_security_group", "false"),
    ("manage_default_network_acl", "false"),
    ("manage_default_route_table", "false"),
];

/// The kinds of subnet; `<kind>_subnets` lists them.
pub const SUBNET_KINDS: [&str; 7] = [
    "public",
    "private",
    "database",
    "redshift",
    "elasticache",
    "intra",
    "outpost",
];

/// The lowest release of Terraform that 4.0.0 and later accept (`required_version` in versions.tf).
pub const TERRAFORM_FLOOR: Version = Version::new(1, 0, 0);

/// Whether a call that admits these releases fails with provider 5: releases before 4.0.0 pass
/// `terraform init` and fail `terraform validate`, because they set arguments for EC2-Classic that
/// 5.0 removed (Terraform AWS Provider Version 5 Upgrade Guide, EC2 Classic Retirement).
pub fn breaks_on_provider_5(admitted: &Bounds) -> bool {
    admitted.is_below(&CHANGED_DEFAULTS)
}

/// How safe the bump of a call to 5.x is, and why.
///
/// # Errors
/// Why it cannot be bumped.
pub fn safety(
    admitted: &Bounds,
    arguments: &Arguments,
) -> Result<(Safety, Option<String>), String> {
    let three = Version::new(3, 0, 0);
    if !admitted.starts_at_or_above(&three) {
        let removed: Vec<&str> = arguments
            .names()
            .filter(|name| is_removed_since_2(name))
            .collect();
        if !removed.is_empty() {
            return Err(format!(
                "2.x arguments that later releases do not have are in use: {}",
                removed.join(", ")
            ));
        }
    }
    // All of 3.x has the old defaults, all of 4.x and later the new ones: both are known. A range
    // that crosses 4.0.0 or is open above leaves open which ones are in use.
    if admitted.starts_at_or_above(&three) && admitted.is_below(&CHANGED_DEFAULTS)
        || admitted.starts_at_or_above(&CHANGED_DEFAULTS) && admitted.upper.is_some()
    {
        return Ok((Safety::Safe, None));
    }
    let reason = if admitted.is_below(&CHANGED_DEFAULTS) {
        "the move crosses the module's upgrade guides from 2 to 3 and from 3 to 4".to_owned()
    } else if admitted.starts_at_or_above(&CHANGED_DEFAULTS) {
        OPEN.to_owned()
    } else {
        "the constraint admits releases before and after 4.0.0, where defaults changed: whether the old \
         defaults have to be pinned depends on the release in use"
            .to_owned()
    };
    Ok((Safety::Review, Some(reason)))
}

/// Why the move of a constraint needs review that has no upper end below the majors behind the target's.
pub const OPEN: &str = "the constraint admits later majors too, of which one may be in use today";

/// Whether 3.0.0 removed the variable. Endpoints became a submodule then, and the names of all their
/// variables contain the word.
fn is_removed_since_2(argument: &str) -> bool {
    argument.contains("_endpoint") || argument == "assign_generated_ipv6_cidr_block"
}
