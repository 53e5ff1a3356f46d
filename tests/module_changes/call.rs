//! Calls of the VPC module, as they are written.

use proptest::prelude::*;
use proptest::sample::select;

use super::vpc::{TIERS, Written};

/// Arguments that are truth values, the ones that decide most often first.
const FLAGS: [&str; 20] = [
    "enable_nat_gateway",
    "enable_nat_gateway",
    "single_nat_gateway",
    "one_nat_gateway_per_az",
    "enable_ipv6",
    "reuse_nat_ips",
    "create_database_subnet_route_table",
    "create_database_nat_gateway_route",
    "create_database_internet_gateway_route",
    "create_elasticache_subnet_route_table",
    "create_redshift_subnet_route_table",
    "enable_public_redshift",
    "manage_default_security_group",
    "manage_default_network_acl",
    "manage_default_route_table",
    "manage_default_vpc",
    "enable_dns_hostnames",
    "enable_flow_log",
    "create_flow_log_cloudwatch_iam_role",
    "create_flow_log_cloudwatch_log_group",
];

/// A list of so many elements, or one whose length is not known.
pub fn list(length: usize) -> String {
    let items: Vec<_> = (0..length).map(|it| format!("\"{it}\"")).collect();
    format!("[{}]", items.join(", "))
}

fn tier() -> impl Strategy<Value = Option<Option<usize>>> {
    prop_oneof![
        6 => Just(None),
        6 => (1..4_usize).prop_map(|it| Some(Some(it))),
        1 => Just(Some(None)),
    ]
}

/// A call as it is written: what is not known is `var.NAME` of the argument.
pub fn call() -> impl Strategy<Value = Written> {
    let tiers = proptest::collection::vec(tier(), TIERS.len());
    let flags = proptest::collection::btree_set(select(&FLAGS[..]), 0..7);
    let prefixes = proptest::option::weighted(0.15, (select(&TIERS[..]), 1..4_usize));
    let unknown = proptest::option::weighted(0.1, select(&FLAGS[..5]));
    (
        tiers,
        flags,
        prefixes,
        unknown,
        2..4_usize,
        any::<[bool; 3]>(),
    )
        .prop_map(
            |(tiers, flags, prefixes, unknown, zones, [has_tags, is_s3, no_vpc])| {
                let mut call = Written::new();
                let mut set = |name: &str, value: String| call.insert(name.to_owned(), value);
                set("name", "\"Main\"".to_owned());
                set("cidr", "\"10.0.0.0/16\"".to_owned());
                set("azs", list(zones));
                for (name, tier) in TIERS.iter().zip(tiers) {
                    let name = format!("{name}_subnets");
                    match tier {
                        None => continue,
                        Some(Some(length)) => set(&name, list(length)),
                        Some(None) => set(&name, format!("var.{name}")),
                    };
                }
                for flag in flags {
                    set(flag, "true".to_owned());
                }
                if let Some((tier, length)) = prefixes {
                    set(&format!("{tier}_subnet_ipv6_prefixes"), list(length));
                }
                if let Some(flag) = unknown {
                    set(flag, format!("var.{flag}"));
                }
                if has_tags {
                    set("tags", "{}".to_owned());
                }
                if is_s3 && no_vpc {
                    set("flow_log_destination_type", "\"s3\"".to_owned());
                }
                if no_vpc && has_tags && !is_s3 {
                    set("create_vpc", "false".to_owned());
                }
                call
            },
        )
}
