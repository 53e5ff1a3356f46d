//! The resources that the VPC module makes of a call, worked out from the module's main.tf and
//! vpc-flow-logs.tf at its tags. Shares nothing with the tables of `upgrade::module_changes`.

use std::collections::BTreeMap;

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
        let tiers = [
            "public",
            "private",
            "database",
            "elasticache",
            "redshift",
            "intra",
            "outpost",
        ];
        let has_blank_block = tiers
            .iter()
            .any(|tier| is_new && self.tier(tier) > self.length(&format!("{tier}_subnets")));
        let has_short_prefixes = self.is("enable_ipv6")
            && tiers.iter().any(|tier| {
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

    fn resources(&self) -> BTreeMap<&'static str, Resource> {
        let mut all = BTreeMap::new();
        let mut add = |address, count: usize, rest: Vec<String>| {
            if count > 0 {
                all.insert(address, (count, rest));
            }
        };
        let create = self.is("create_vpc");
        let one = |wanted: bool| usize::from(wanted);
        let is_new = self.release >= (4, 0, 0);
        if self.is("manage_default_vpc") {
            let default = if self.release < (3, 11, 3) {
                ""
            } else {
                "default"
            };
            let name = self.text("default_vpc_name").unwrap_or(default);
            add("aws_default_vpc.this", 1, vec![name.to_owned()]);
        }
        if !create {
            return all;
        }
        let hostnames = self.is("enable_dns_hostnames").to_string();
        add("aws_vpc.this", 1, vec![hostnames]);
        for (subnet, association, tier) in TIERS {
            let count = self.tier(tier);
            let subnets = match tier {
                "public" => self.public_subnets(),
                _ => count,
            };
            let dns = [
                "enable_dns64",
                "enable_resource_name_dns_aaaa_record_on_launch",
            ];
            let has_dns = is_new && self.is("enable_ipv6");
            let on = dns.iter().map(|it| self.is(&format!("{tier}_subnet_{it}")));
            let mut rest: Vec<String> = on.map(|on| (has_dns && on).to_string()).collect();
            if tier == "public" {
                rest.push(self.is("map_public_ip_on_launch").to_string());
            }
            add(subnet, subnets, rest);
            // By which table each one of the tier goes.
            let tables = match (tier, self.is("single_nat_gateway")) {
                ("private" | "outpost", false) => self.private_tables(),
                _ => 1,
            };
            let tables = (0..count).map(|it| (it % tables.max(1)).to_string());
            add(association, count, tables.collect());
        }
        let nat = self.nat();
        add("aws_nat_gateway.this", nat, vec![]);
        add(
            "aws_eip.nat",
            if self.is("reuse_nat_ips") { 0 } else { nat },
            vec![],
        );
        add("aws_route.private_nat_gateway", nat, vec![]);
        add("aws_route_table.private", self.private_tables(), vec![]);
        let egress = one(self.egress_gateway());
        add("aws_egress_only_internet_gateway.this", egress, vec![]);
        add(
            "aws_route.private_ipv6_egress",
            self.egress_routes(),
            vec![],
        );
        add(
            "aws_route.private_dns64_nat_gateway",
            self.dns64_routes(),
            vec![],
        );
        let public = one(self.tier("public") > 0 && self.is("create_igw"));
        add("aws_internet_gateway.this", public, vec![]);
        add(
            "aws_route_table.public",
            one(self.tier("public") > 0),
            vec![],
        );
        self.add_database(&mut add);
        self.add_managed(&mut add);
        self.add_flow_logs(&mut add);
        all
    }

    fn add_database(&self, add: &mut impl FnMut(&'static str, usize, Vec<String>)) {
        let database = self.tier("database");
        let is_single = self.is("single_nat_gateway");
        let internet = self.is("create_database_internet_gateway_route");
        let has_table = database > 0 && self.is("create_database_subnet_route_table");
        let tables = match has_table {
            true if is_single || internet => 1,
            true => database,
            false => 0,
        };
        add("aws_route_table.database", tables, vec![]);
        let by_nat = has_table
            && !internet
            && self.is("create_database_nat_gateway_route")
            && self.is("enable_nat_gateway");
        let routes = match by_nat {
            true if is_single => 1,
            true => database,
            false => 0,
        };
        add("aws_route.database_nat_gateway", routes, vec![]);
        let dns64 = if self.dns64_routes() > 0 { routes } else { 0 };
        add("aws_route.database_dns64_nat_gateway", dns64, vec![]);
        if database > 0 && self.is("create_database_subnet_group") {
            let name = self.text("name").unwrap_or_default();
            let name = match self.release >= (3, 2, 0) {
                true => "lower".to_owned(),
                false => name.to_owned(),
            };
            add("aws_db_subnet_group.database", 1, vec![name]);
        }
        if self.tier("elasticache") > 0 && self.is("create_elasticache_subnet_group") {
            let tags = (self.release >= (3, 7, 0)).to_string();
            add("aws_elasticache_subnet_group.elasticache", 1, vec![tags]);
        }
    }

    fn add_managed(&self, add: &mut impl FnMut(&'static str, usize, Vec<String>)) {
        let name = self.text("name").unwrap_or_default();
        let managed = [
            (
                "aws_default_security_group.this",
                "security_group",
                "default",
            ),
            ("aws_default_network_acl.this", "network_acl", ""),
            ("aws_default_route_table.default", "route_table", name),
        ];
        for (address, kind, before) in managed {
            let set = self.text(&format!("default_{kind}_name"));
            let default = match self.release {
                release if release < (3, 11, 3) => before.to_owned(),
                release if release < (4, 0, 0) => name.to_owned(),
                _ => format!("{name}-default"),
            };
            let tag = set.map_or(default, str::to_owned);
            let is_managed = self.is(&format!("manage_default_{kind}"));
            add(address, usize::from(is_managed), vec![tag]);
        }
    }

    fn add_flow_logs(&self, add: &mut impl FnMut(&'static str, usize, Vec<String>)) {
        let is_s3 = self.text("flow_log_destination_type") == Some("s3");
        let has_options = match self.release {
            release if release < (3, 8, 0) => false,
            release if release < (3, 10, 0) => true,
            _ => is_s3,
        };
        let options = has_options.to_string();
        let format = match self.release >= (4, 0, 0) {
            true => self.text("flow_log_file_format").unwrap_or("null"),
            false => "plain-text",
        };
        let format = if is_s3 { format } else { "" };
        if self.is("enable_flow_log") {
            add("aws_flow_log.this", 1, vec![options, format.into()]);
        }
        if !self.has_flow_log_role() {
            return;
        }
        let resources = match self.release >= (5, 12, 0) {
            true => "own",
            false => "*",
        };
        let tags = self.release >= (3, 11, 0) && self.call.contains_key("tags");
        let rest = vec![resources.to_owned(), tags.to_string()];
        add("aws_iam_policy.vpc_flow_log_cloudwatch", 1, rest);
        let id = (self.release >= (3, 3, 0)).to_string();
        add("aws_iam_role.vpc_flow_log_cloudwatch", 1, vec![id]);
    }
}

/// The subnets of each tier with their associations.
const TIERS: [(&str, &str, &str); 7] = [
    (
        "aws_subnet.public",
        "aws_route_table_association.public",
        "public",
    ),
    (
        "aws_subnet.private",
        "aws_route_table_association.private",
        "private",
    ),
    (
        "aws_subnet.database",
        "aws_route_table_association.database",
        "database",
    ),
    (
        "aws_subnet.elasticache",
        "aws_route_table_association.elasticache",
        "elasticache",
    ),
    (
        "aws_subnet.redshift",
        "aws_route_table_association.redshift",
        "redshift",
    ),
    (
        "aws_subnet.intra",
        "aws_route_table_association.intra",
        "intra",
    ),
    (
        "aws_subnet.outpost",
        "aws_route_table_association.outpost",
        "outpost",
    ),
];
