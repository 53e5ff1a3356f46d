//! The arguments that keep what a call of the VPC module below 4.0.0 got by default.

use super::{ASSIGN_IPV6, PINS, SUBNET_KINDS};
use crate::module_changes::Arguments;
use terraform::constraint::{Bounds, Version};

/// The release from which on managed defaults are named after the VPC.
const NAMED_AFTER_VPC: Version = Version::new(3, 11, 3);

/// The managed defaults, each with the argument that names it.
const MANAGED: [(&str, &str); 3] = [
    (
        "manage_default_security_group",
        "default_security_group_name",
    ),
    ("manage_default_network_acl", "default_network_acl_name"),
    ("manage_default_route_table", "default_route_table_name"),
];

/// Arguments with their values, as they are written.
pub type Pins = Vec<(String, String)>;

/// The pins of a call that admits these releases, all below 4.0.0. Some matter only with others:
/// there is a default for public addresses only with public subnets, for IPv6 only with
/// `enable_ipv6`.
pub fn pins(admitted: &Bounds, arguments: &Arguments) -> Pins {
    let mut pins: Pins = PINS
        .iter()
        .filter(|(name, _)| *name != "map_public_ip_on_launch" || arguments.has("public_subnets"))
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    for (manage, name) in MANAGED {
        let value = former_name(admitted, name, arguments);
        let value = value.filter(|_| arguments.may_be_true(manage));
        pins.extend(value.map(|value| (name.to_owned(), value)));
    }
    if arguments.may_be_true("manage_default_vpc") {
        pins.push(("default_vpc_enable_dns_hostnames".into(), "false".into()));
    }
    let destination = "flow_log_destination_type";
    if arguments.is_set(destination) && arguments.text(destination) != Some("cloud-watch-logs") {
        pins.push(("flow_log_file_format".into(), "\"plain-text\"".into()));
    }
    if arguments.may_be_true("enable_ipv6") {
        let kinds = kinds(arguments);
        for kind in &kinds {
            for name in [
                "enable_dns64",
                "enable_resource_name_dns_aaaa_record_on_launch",
            ] {
                pins.push((format!("{kind}_subnet_{name}"), "false".into()));
            }
        }
        // It decides on the NAT64 routes of the database subnets, too.
        if kinds.contains(&"database") && !kinds.contains(&"private") {
            pins.push(("private_subnet_enable_dns64".into(), "false".into()));
        }
    }
    pins.retain(|(name, _)| !arguments.has(name));
    pins
}

/// `assign_ipv6_address_on_creation` as 4.0.0 and later have it: a variable for each kind of subnet.
pub fn assign_ipv6(arguments: &Arguments, value: &str) -> Pins {
    let names = kinds(arguments).into_iter();
    let names = names.map(|kind| format!("{kind}_subnet_{ASSIGN_IPV6}"));
    let missing = names.filter(|name| !arguments.has(name));
    missing.map(|name| (name, value.to_owned())).collect()
}

/// The Name tag of a managed default, as an argument; `None` where no argument can keep it.
fn former_name(admitted: &Bounds, name: &str, arguments: &Arguments) -> Option<String> {
    // The newest release that the constraint admits is in use.
    let is_before = admitted.is_below(&NAMED_AFTER_VPC);
    match name {
        "default_security_group_name" if is_before => Some("\"default\"".to_owned()),
        "default_network_acl_name" if is_before => None,
        _ => arguments.written("name"),
    }
}

/// The kinds of subnet that a call creates.
fn kinds(arguments: &Arguments) -> Vec<&'static str> {
    let used = |kind: &&str| arguments.has(&format!("{kind}_subnets"));
    SUBNET_KINDS.into_iter().filter(used).collect()
}
