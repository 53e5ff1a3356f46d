//! Facts of terraform-aws-modules/vpc/aws: what 2.x and 3.x calls lose and what changed under them.
//!
//! Source: the module's `variables.tf` at its tags up to v5.16.0, and plans compared with
//! Terraform 1.11.4 and provider 5.100.0.

use diagnostics::finding::Safety;
use terraform::constraint::{Bounds, Version};

/// Source of the VPC module.
pub const VPC: &str = "terraform-aws-modules/vpc/aws";

/// The release that calls move to where the configuration names none.
pub const RELEASE: Version = Version::new(5, 16, 0);

/// The release that changed the defaults which [`PINS`] hold.
pub const CHANGED_DEFAULTS: Version = Version::new(4, 0, 0);

/// Variables of 3.x that 5.x does not have and that are simply taken out.
pub const REMOVED: [&str; 3] = [
    "default_vpc_enable_classiclink",
    "enable_classiclink",
    "enable_classiclink_dns_support",
];

/// Removed too, but a value other than `false` lives on per subnet kind.
pub const ASSIGN_IPV6: &str = "assign_ipv6_address_on_creation";

/// Arguments that keep what the defaults did before 4.0.0.
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

/// The lowest release of Terraform that 4.0.0 and later run with.
pub const TERRAFORM_FLOOR: Version = Version::new(1, 0, 0);

/// The lowest provider release that a release of the module admits, newest first.
static PROVIDER_FLOOR: [(Version, Version); 8] = [
    (Version::new(6, 0, 1), Version::new(6, 0, 0)),
    (Version::new(5, 19, 0), Version::new(5, 79, 0)),
    (Version::new(5, 10, 0), Version::new(5, 46, 0)),
    (Version::new(5, 6, 0), Version::new(5, 30, 0)),
    (Version::new(5, 5, 0), Version::new(5, 20, 0)),
    (Version::new(5, 0, 0), Version::new(5, 0, 0)),
    (Version::new(4, 0, 0), Version::new(4, 35, 0)),
    (Version::new(3, 0, 0), Version::new(3, 73, 0)),
];

/// The lowest provider release that `release` of the module runs with.
pub fn provider_floor(release: &Version) -> Version {
    let row = PROVIDER_FLOOR.iter().find(|(from, _)| from <= release);
    row.map_or(Version::new(0, 0, 0), |(_, floor)| floor.clone())
}

/// The lowest provider release that the newest of these releases of the module runs with.
pub fn floor(admitted: &Bounds) -> Option<Version> {
    let mut rows = PROVIDER_FLOOR.iter();
    let (_, floor) = rows.find(|(from, _)| !admitted.is_below(from))?;
    Some(floor.clone())
}

/// Whether a call that admits these releases stops working with provider 5: releases before 4.0.0
/// pass init there and fail validate.
pub fn breaks_on_provider_5(admitted: &Bounds) -> bool {
    admitted.is_below(&CHANGED_DEFAULTS)
}

/// Whether moving such a call to 5.x needs a person.
///
/// # Errors
/// Why it cannot be moved at all.
pub fn safety(admitted: &Bounds, arguments: &[String]) -> Result<(Safety, Option<String>), String> {
    let three = Version::new(3, 0, 0);
    if !admitted.starts_at_or_above(&three) {
        let gone: Vec<&str> = arguments
            .iter()
            .map(String::as_str)
            .filter(|name| is_gone_since_2(name))
            .collect();
        if !gone.is_empty() {
            return Err(format!(
                "2.x arguments that later releases do not have are in use: {}",
                gone.join(", ")
            ));
        }
    }
    if admitted.starts_at_or_above(&three) && admitted.is_below(&CHANGED_DEFAULTS)
        || admitted.starts_at_or_above(&CHANGED_DEFAULTS) && admitted.upper.is_some()
    {
        return Ok((Safety::Safe, None));
    }
    let why = if admitted.is_below(&CHANGED_DEFAULTS) {
        "it crosses the module's upgrade guides from 2 to 3 and from 3 to 4"
    } else if admitted.starts_at_or_above(&CHANGED_DEFAULTS) {
        "it admits later majors too: what is in use today may be one of them"
    } else {
        "it admits releases on both sides of 4.0.0, where defaults changed: whether the old \
         defaults have to be pinned depends on the release in use"
    };
    Ok((Safety::Review, Some(why.to_owned())))
}

/// Endpoints became a submodule in 3.0.0; all their variables contain this word.
fn is_gone_since_2(argument: &str) -> bool {
    argument.contains("_endpoint") || argument == "assign_generated_ipv6_cidr_block"
}
