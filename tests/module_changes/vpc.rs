//! The resources that the VPC module makes of a call, worked out from the module's main.tf and
//! vpc-flow-logs.tf at its tags. Shares nothing with the tables of `upgrade::module_changes`.

#[path = "vpc_resources.rs"]
mod vpc_resources;

use std::collections::BTreeMap;

/// The kinds of subnets.
pub const TIERS: [&str; 7] = [
    "public",
    "private",
    "database",
    "elasticache",
    "redshift",
    "intra",
    "outpost",
];

/// A release: major, minor, patch.
pub type Release = (u64, u64, u64);

/// The arguments of a call as they are written, without what is not known.
pub type Written = BTreeMap<String, String>;

/// A resource: how many there are, and what else of it the releases do not agree on.
pub type Resource = (usize, Vec<String>);

/// The resources by address; `None` where Terraform or AWS refuses.
pub fn resources(call: &Written, release: Release) -> Option<BTreeMap<&'static str, Resource>> {
    let module = Vpc { call, release };
    module.is_accepted().then(|| module.resources())
}

struct Vpc<'c> {
    call: &'c Written,
    release: Release,
}

impl Vpc<'_> {
    fn is(&self, argument: &str) -> bool {
        let is_new = self.release >= (4, 0, 0);
        let default = match argument {
            "create_vpc"
            | "create_igw"
            | "create_egress_only_igw"
            | "create_database_subnet_group"
            | "create_elasticache_subnet_group"
            | "create_private_nat_gateway_route" => true,
            "manage_default_security_group"
            | "manage_default_network_acl"
            | "manage_default_route_table"
            | "enable_dns_hostnames" => is_new,
            "map_public_ip_on_launch" => !is_new,
            _ => argument.ends_with("_dns64") || argument.ends_with("_aaaa_record_on_launch"),
        };
        self.call.get(argument).map_or(default, |it| it == "true")
    }

    fn text(&self, argument: &str) -> Option<&str> {
        Some(self.call.get(argument)?.trim_matches('"'))
    }

    fn length(&self, argument: &str) -> usize {
        let list = self.call.get(argument).map_or("[]", String::as_str);
        let inner = list.trim_start_matches('[').trim_end_matches(']').trim();
        match inner.is_empty() {
            true => 0,
            false => inner.split(',').count(),
        }
    }

    fn tier(&self, tier: &str) -> usize {
        let subnets = self.length(&format!("{tier}_subnets"));
        let prefixes = self.length(&format!("{tier}_subnet_ipv6_prefixes"));
        match self.release >= (4, 0, 0) {
            true => subnets.max(prefixes),
            false => subnets,
        }
    }

    fn largest(&self) -> usize {
        let counted: &[&str] = match self.release {
            release if release < (4, 0, 0) => &["private"],
            (4, 0, 0) => &["public"],
            release if release < (5, 1, 2) => &["private", "public", "intra"],
            _ => &["private", "public"],
        };
        let always = ["elasticache", "database", "redshift"];
        let tiers = counted.iter().chain(&always);
        tiers.map(|tier| self.tier(tier)).max().unwrap_or(0)
    }

    fn gateways(&self) -> usize {
        if self.is("single_nat_gateway") {
            1
        } else if self.is("one_nat_gateway_per_az") {
            self.length("azs")
        } else {
            self.largest()
        }
    }

    fn private_tables(&self) -> usize {
        let has_private = self.release < (4, 0, 0) || self.tier("private") > 0;
        match self.is("create_vpc") && has_private && self.largest() > 0 {
            true => self.gateways(),
            false => 0,
        }
    }

    fn nat(&self) -> usize {
        match self.is("create_vpc") && self.is("enable_nat_gateway") {
            true => self.gateways(),
            false => 0,
        }
    }

    fn public_subnets(&self) -> usize {
        let tier = self.tier("public");
        let is_short = self.is("one_nat_gateway_per_az") && tier < self.length("azs");
        if is_short { 0 } else { tier }
    }

    fn egress_gateway(&self) -> bool {
        self.is("create_vpc")
            && self.is("create_egress_only_igw")
            && self.is("enable_ipv6")
            && self.largest() > 0
    }

    fn egress_routes(&self) -> usize {
        let wants = self.is("create_egress_only_igw") && self.is("enable_ipv6");
        if !self.is("create_vpc") || !wants {
            return 0;
        }
        match self.release {
            release if release < (5, 7, 1) => self.tier("private"),
            release if release >= (5, 7, 2) && self.tier("private") == 0 => 0,
            _ => self.gateways(),
        }
    }

    fn dns64_routes(&self) -> usize {
        let wants = self.is("enable_ipv6") && self.is("private_subnet_enable_dns64");
        if self.release >= (4, 0, 2) && wants {
            self.nat()
        } else {
            0
        }
    }

    fn has_flow_log_role(&self) -> bool {
        self.is("create_vpc")
            && self.is("enable_flow_log")
            && self.text("flow_log_destination_type") != Some("s3")
            && self.is("create_flow_log_cloudwatch_iam_role")
    }

    /// Whether no index is out of a list, no list is empty that one is taken of, and AWS takes what
    /// comes out.
    fn is_accepted(&self) -> bool {
        if !self.is("create_vpc") {
            return true;
        }
        let tables = self.private_tables();
        let is_new = self.release >= (4, 0, 0);
        let has_blank_block = TIERS
            .iter()
            .any(|tier| is_new && self.tier(tier) > self.length(&format!("{tier}_subnets")));
        let has_short_prefixes = self.is("enable_ipv6")
            && TIERS.iter().any(|tier| {
                let prefixes = self.length(&format!("{tier}_subnet_ipv6_prefixes"));
                prefixes > 0 && prefixes < self.tier(tier)
            });
        let takes_private = |tier: &str| {
            let own = format!("create_{tier}_subnet_route_table");
            self.tier(tier) > 0 && !self.is(&own)
        };
        let public = self.tier("public") > 0;
        let misses_private = tables == 0
            && (self.tier("private") > 0
                || self.tier("outpost") > 0
                || takes_private("database")
                || takes_private("elasticache")
                || takes_private("redshift") && !self.is("enable_public_redshift")
                || self.nat() > 0 && self.is("create_private_nat_gateway_route")
                || self.egress_routes() > 0
                || self.dns64_routes() > 0);
        let misses_public = self.public_subnets() == 0 && (public || self.nat() > 0);
        let misses_gateway = self.egress_routes() > 0 && !self.egress_gateway();
        let has_database_table =
            self.tier("database") > 0 && self.is("create_database_subnet_route_table");
        let misses_internet =
            has_database_table && self.is("create_database_internet_gateway_route") && !public;
        let has_blank_policy = self.release >= (5, 12, 0)
            && self.has_flow_log_role()
            && !self.is("create_flow_log_cloudwatch_log_group");
        !(has_blank_block
            || has_short_prefixes
            || misses_private
            || misses_public
            || misses_gateway
            || misses_internet
            || has_blank_policy)
    }
}
