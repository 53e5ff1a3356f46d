"""Generated calls of the VPC module: root modules of one call each, as people write them."""

import random
from dataclasses import dataclass

ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
# Constraints, with the release that `terraform init` selects.
RELEASES = [
    ("3.18.1", "3.18.1"),
    ("= 3.18.1", "3.18.1"),
    ("~> 3.18.0", "3.18.1"),
    ("~> 3.14", "3.19.0"),
    ("~> 3.0", "3.19.0"),
    ("3.11.0", "3.11.0"),
    ("4.0.2", "4.0.2"),
    ("~> 4.0", "4.0.2"),
    ("4.0.0", "4.0.0"),
]
TIERS = ["public", "private", "database", "elasticache", "redshift", "intra"]
# Arguments that are of interest with subnets of their kind only.
OF_TIERS = {
    "database": [
        "create_database_subnet_route_table = true",
        "create_database_nat_gateway_route = true",
        "create_database_internet_gateway_route = true",
        "create_database_subnet_group = false",
        "database_dedicated_network_acl = true",
    ],
    "elasticache": [
        "create_elasticache_subnet_route_table = true",
        "create_elasticache_subnet_group = false",
    ],
    "redshift": ["create_redshift_subnet_route_table = true", "enable_public_redshift = true"],
    "public": [
        "map_public_ip_on_launch = false",
        "public_dedicated_network_acl = true",
        'public_subnet_tags = { Tier = "public" }',
        'public_subnet_suffix = "outer"',
    ],
    "private": ["private_dedicated_network_acl = true", 'private_subnet_tags = { Tier = "inner" }'],
    "intra": ["intra_dedicated_network_acl = true"],
}
ANY = [
    "enable_dns_hostnames = true",
    "enable_vpn_gateway = true",
    "create_igw = false",
    "create_egress_only_igw = false",
    "manage_default_security_group = true",
    "manage_default_network_acl = true",
    "manage_default_route_table = true",
    "manage_default_security_group = true\ndefault_security_group_name = \"theirs\"",
    "manage_default_network_acl = true\ndefault_network_acl_name = \"theirs\"",
    "manage_default_route_table = true\ndefault_route_table_name = \"theirs\"",
    "manage_default_vpc = true",
    "manage_default_vpc = true\ndefault_vpc_name = \"old\"",
    'tags = { Team = "network" }',
    'vpc_tags = { Name = "renamed" }',
    'enable_dhcp_options = true\ndhcp_options_domain_name = "example.internal"',
    'secondary_cidr_blocks = ["10.1.0.0/16"]',
    'customer_gateways = { office = { bgp_asn = 65112, ip_address = "192.0.2.1" } }',
    "propagate_private_route_tables_vgw = true\nenable_vpn_gateway = true",
]
FLOW_LOGS = [
    "create_flow_log_cloudwatch_log_group = true\ncreate_flow_log_cloudwatch_iam_role = true",
    "create_flow_log_cloudwatch_log_group = true\ncreate_flow_log_cloudwatch_iam_role = true\n"
    'vpc_flow_log_tags = { Kind = "flow" }',
    "create_flow_log_cloudwatch_iam_role = true\n"
    "flow_log_destination_arn = aws_cloudwatch_log_group.own.arn",
    'flow_log_destination_type = "s3"\nflow_log_destination_arn = aws_s3_bucket.logs.arn',
    "flow_log_destination_arn = aws_cloudwatch_log_group.own.arn\n"
    "flow_log_cloudwatch_iam_role_arn = aws_iam_role.logs.arn",
]
# How often a call is made, with a name for each time.
REPEATED = [("", "main")] * 5 + [
    ("count = 1", "main"),
    ("count = 2", "main-${count.index}"),
    ('for_each = toset(["a", "b"])', "main-${each.key}"),
]
# What calls refer to.
BESIDE = {
    "aws_eip.nat": 'resource "aws_eip" "nat" {\n  count = 3\n}\n',
    "aws_s3_bucket.logs": 'resource "aws_s3_bucket" "logs" {\n  bucket = "logs-of-vpc"\n}\n',
    "aws_cloudwatch_log_group.own": 'resource "aws_cloudwatch_log_group" "own" {\n'
    '  name = "own"\n}\n',
    "aws_iam_role.logs": 'resource "aws_iam_role" "logs" {\n  name               = "logs"\n'
    "  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [] })\n}\n",
}
HEAD = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 4.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}
"""


@dataclass
class Call:
    """A root module with one call, `module.vpc`; `release` is what its constraint selects."""

    text: str
    constraint: str
    release: str


def generated(seed: int) -> Call:
    """The call of a number: the same for the same number."""
    return Generator(random.Random(seed)).call()


class Generator:
    def __init__(self, draw: random.Random):
        self.draw = draw
        self.declared = []

    def maybe(self, chance: float) -> bool:
        return self.draw.random() < chance

    def call(self) -> Call:
        constraint, release = self.draw.choice(RELEASES)
        zones = ZONES[: self.draw.choice([2, 3, 3])]
        lines = ['cidr = "10.0.0.0/16"', f"azs = {self.spelled('azs', zones)}"]
        # Most have private and public subnets, of about as many zones.
        tiers = [it for it in TIERS if self.maybe({"public": 0.9, "private": 0.8}.get(it, 0.25))]
        lengths = {}
        for tier in tiers:
            lengths[tier] = number = self.draw.choice([len(zones)] * 3 + [1, 2, 3])
            block = 10 * TIERS.index(tier)
            subnets = [f"10.0.{block + it}.0/24" for it in range(number)]
            lines.append(f"{tier}_subnets = {self.spelled(f'{tier}_subnets', subnets)}")
            lines += self.some(OF_TIERS[tier], 0.25)
            if self.maybe(0.1):
                names = ", ".join(f'"{tier}-{it}"' for it in range(number))
                lines.append(f"{tier}_subnet_names = [{names}]")
        lines += self.gateways()
        if self.maybe(0.25):
            lines.append("enable_ipv6 = true")
            for tier, length in [it for it in lengths.items() if self.maybe(0.6)]:
                number = length if self.maybe(0.85) else self.draw.choice([2, 3])
                # Two kinds of subnets must not have the same block.
                first = 3 * TIERS.index(tier)
                lines.append(f"{tier}_subnet_ipv6_prefixes = {list(range(first, first + number))}")
            if self.maybe(0.4):
                lines.append("assign_ipv6_address_on_creation = true")
        if self.maybe(0.25):
            lines.append("enable_flow_log = true")
            lines.append(self.draw.choice(FLOW_LOGS))
        lines += self.some(ANY, 0.08)
        if not release.startswith("4") and self.maybe(0.2):
            lines += ["enable_classiclink = false", "enable_classiclink_dns_support = false"]
        if self.maybe(0.03):
            lines.append("create_vpc = false")
        return Call(self.root_module(constraint, lines), constraint, release)

    def some(self, arguments: list, chance: float) -> list:
        return [it for it in arguments if self.maybe(chance)]

    def gateways(self) -> list:
        """None, one, one per zone, one per subnet; with addresses of their own or others'."""
        if self.maybe(0.25):
            return self.some(["single_nat_gateway = true"], 0.2)
        lines = ["enable_nat_gateway = " + self.draw.choice(["true", "true", "true", '"true"'])]
        kind = self.draw.choice(["", "", "single_nat_gateway", "one_nat_gateway_per_az"])
        if kind:
            lines.append(f"{kind} = {self.truth(kind)}")
        if self.maybe(0.15):
            lines.append("reuse_nat_ips = true\nexternal_nat_ip_ids = aws_eip.nat[*].id")
        return lines

    def truth(self, name: str) -> str:
        kind = self.draw.choice(["literal", "literal", "local", "variable"])
        if kind == "literal":
            return "true"
        if kind == "local":
            self.declared.append(f"locals {{\n  {name} = true\n}}\n")
            return f"local.{name}"
        self.declared.append(f'variable "{name}" {{\n  default = true\n}}\n')
        return f"var.{name}"

    def spelled(self, name: str, items: list) -> str:
        """A list as an expression."""
        literal = "[" + ", ".join(f'"{it}"' for it in items) + "]"
        kind = self.draw.choice(["literal"] * 6 + ["local", "variable", "for", "concat", "slice"])
        if kind == "local":
            self.declared.append(f"locals {{\n  {name} = {literal}\n}}\n")
            return f"local.{name}"
        if kind == "variable":
            self.declared.append(f'variable "{name}" {{\n  default = {literal}\n}}\n')
            return f"var.{name}"
        if kind == "for" and name != "azs":
            first = items[0].split(".")[2]
            return f'[for it in range({len(items)}) : cidrsubnet("10.0.0.0/16", 8, {first} + it)]'
        if kind == "concat":
            rest = ", ".join(f'"{it}"' for it in items[1:])
            return f'concat(["{items[0]}"], [{rest}])'
        if kind == "slice":
            longer = literal.replace("]", ', "unused"]')
            return f"slice({longer}, 0, {len(items)})"
        return literal

    def root_module(self, constraint: str, lines: list) -> str:
        argument, name = self.draw.choice(REPEATED)
        body = "\n".join([argument] * bool(argument) + [f'name = "{name}"', *lines])
        # The first of two lines for one argument.
        written = {}
        for line in body.splitlines():
            written.setdefault(line.split(" = ")[0], line)
        body = "".join(f"  {line}\n" for line in written.values())
        parts = [HEAD, *self.declared]
        parts += [text for address, text in BESIDE.items() if address in body]
        parts.append(
            'module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n'
            f'  version = "{constraint}"\n\n{body}}}\n'
        )
        return "\n".join(parts)
