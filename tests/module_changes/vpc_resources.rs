//! The resources of an accepted call, one group after the other.

use std::collections::BTreeMap;

use super::{Resource, Vpc};

impl Vpc<'_> {
    /// The resources by address, without those of which there are none.
    pub fn resources(&self) -> BTreeMap<&'static str, Resource> {
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
