# What terraform-aws-modules/vpc/aws makes of its arguments, from 3.0.0 to 5.21.0.
# Sources: every `count` and every resource in main.tf and vpc-flow-logs.tf, and variables.tf, compared
# at the module's tags; plans of 5.16.0 on what 3.18.1 applied (Terraform 1.11.4, provider 5.100.0).
# Resources that are not named here have the same number and the same arguments in all these releases.

source = "terraform-aws-modules/vpc/aws"

# Arguments whose default is, or was, neither false nor an empty list.
default "create_vpc" {
  since = { "3.0.0" = true }
}
default "create_igw" {
  since = { "3.0.0" = true }
}
default "create_egress_only_igw" {
  since = { "3.0.0" = true }
}
default "create_private_nat_gateway_route" {
  since = { "3.0.0" = true }
}
default "create_database_subnet_group" {
  since = { "3.0.0" = true }
}
default "create_elasticache_subnet_group" {
  since = { "3.0.0" = true }
}
default "create_redshift_subnet_group" {
  since = { "3.0.0" = true }
}
default "manage_default_security_group" {
  since = { "3.0.0" = false, "4.0.0" = true }
}
default "manage_default_network_acl" {
  since = { "3.0.0" = false, "4.0.0" = true }
}
default "manage_default_route_table" {
  since = { "3.0.0" = false, "4.0.0" = true }
}
default "enable_dns_hostnames" {
  since = { "3.0.0" = false, "4.0.0" = true }
}
default "default_vpc_enable_dns_hostnames" {
  since = { "3.0.0" = false, "4.0.0" = true }
}
default "map_public_ip_on_launch" {
  since = { "3.0.0" = true, "4.0.0" = false }
}
default "public_subnet_enable_dns64" {
  since = { "3.0.0" = true }
}
default "public_subnet_enable_resource_name_dns_aaaa_record_on_launch" {
  since = { "3.0.0" = true }
}
default "private_subnet_enable_dns64" {
  since = { "3.0.0" = true }
}
default "private_subnet_enable_resource_name_dns_aaaa_record_on_launch" {
  since = { "3.0.0" = true }
}
default "database_subnet_enable_dns64" {
  since = { "3.0.0" = true }
}
default "database_subnet_enable_resource_name_dns_aaaa_record_on_launch" {
  since = { "3.0.0" = true }
}
default "elasticache_subnet_enable_dns64" {
  since = { "3.0.0" = true }
}
default "elasticache_subnet_enable_resource_name_dns_aaaa_record_on_launch" {
  since = { "3.0.0" = true }
}
default "redshift_subnet_enable_dns64" {
  since = { "3.0.0" = true }
}
default "redshift_subnet_enable_resource_name_dns_aaaa_record_on_launch" {
  since = { "3.0.0" = true }
}
default "intra_subnet_enable_dns64" {
  since = { "3.0.0" = true }
}
default "intra_subnet_enable_resource_name_dns_aaaa_record_on_launch" {
  since = { "3.0.0" = true }
}
default "outpost_subnet_enable_dns64" {
  since = { "3.0.0" = true }
}
default "outpost_subnet_enable_resource_name_dns_aaaa_record_on_launch" {
  since = { "3.0.0" = true }
}

# The subnets of each tier. Since 4.0.0 a tier has as many as its longer list.
formula "public" {
  since = {
    "3.0.0" = length(public_subnets)
    "4.0.0" = max(length(public_subnets), length(public_subnet_ipv6_prefixes))
  }
}
formula "private" {
  since = {
    "3.0.0" = length(private_subnets)
    "4.0.0" = max(length(private_subnets), length(private_subnet_ipv6_prefixes))
  }
}
formula "database" {
  since = {
    "3.0.0" = length(database_subnets)
    "4.0.0" = max(length(database_subnets), length(database_subnet_ipv6_prefixes))
  }
}
formula "elasticache" {
  since = {
    "3.0.0" = length(elasticache_subnets)
    "4.0.0" = max(length(elasticache_subnets), length(elasticache_subnet_ipv6_prefixes))
  }
}
formula "redshift" {
  since = {
    "3.0.0" = length(redshift_subnets)
    "4.0.0" = max(length(redshift_subnets), length(redshift_subnet_ipv6_prefixes))
  }
}
formula "intra" {
  since = {
    "3.0.0" = length(intra_subnets)
    "4.0.0" = max(length(intra_subnets), length(intra_subnet_ipv6_prefixes))
  }
}
formula "outpost" {
  since = {
    "3.0.0" = length(outpost_subnets)
    "4.0.0" = max(length(outpost_subnets), length(outpost_subnet_ipv6_prefixes))
  }
}

formula "largest_tier" {
  since = {
    "3.0.0" = max(private, elasticache, database, redshift)
    "4.0.0" = max(public, elasticache, database, redshift)
    "4.0.1" = max(private, public, intra, elasticache, database, redshift)
    "5.1.2" = max(private, public, elasticache, database, redshift)
  }
}

formula "nat_gateways" {
  since = {
    "3.0.0" = single_nat_gateway ? 1 : (one_nat_gateway_per_az ? length(azs) : largest_tier)
  }
}

formula "private_route_tables" {
  since = {
    "3.0.0" = create_vpc && largest_tier > 0 ? nat_gateways : 0
    "4.0.0" = create_vpc && private > 0 && largest_tier > 0 ? nat_gateways : 0
  }
}

formula "dns64" {
  since = {
    "3.0.0" = false
    "4.0.2" = enable_ipv6 && private_subnet_enable_dns64 && enable_nat_gateway
  }
}

formula "database_route_table" {
  since = { "3.0.0" = create_vpc && create_database_subnet_route_table && database > 0 }
}

formula "flow_log_role" {
  since = {
    "3.0.0" = create_vpc && enable_flow_log && flow_log_destination_type != "s3" && create_flow_log_cloudwatch_iam_role
  }
}

count "aws_nat_gateway.this" {
  since = { "3.0.0" = create_vpc && enable_nat_gateway ? nat_gateways : 0 }
}
count "aws_eip.nat" {
  since = { "3.0.0" = create_vpc && enable_nat_gateway && !reuse_nat_ips ? nat_gateways : 0 }
}
count "aws_route_table.private" {
  since = { "3.0.0" = private_route_tables }
}
count "aws_route.private_nat_gateway" {
  since = {
    "3.0.0"  = create_vpc && enable_nat_gateway ? nat_gateways : 0
    "5.15.0" = create_vpc && enable_nat_gateway && create_private_nat_gateway_route ? nat_gateways : 0
  }
}
count "aws_egress_only_internet_gateway.this" {
  since = { "3.0.0" = create_vpc && create_egress_only_igw && enable_ipv6 && largest_tier > 0 ? 1 : 0 }
}
count "aws_route.private_ipv6_egress" {
  since = {
    "3.0.0" = create_vpc && create_egress_only_igw && enable_ipv6 ? private : 0
    "5.7.1" = create_vpc && create_egress_only_igw && enable_ipv6 ? nat_gateways : 0
    "5.7.2" = create_vpc && create_egress_only_igw && enable_ipv6 && private > 0 ? nat_gateways : 0
  }
}
count "aws_route.private_dns64_nat_gateway" {
  since = { "3.0.0" = create_vpc && dns64 ? nat_gateways : 0 }
}
count "aws_route.database_dns64_nat_gateway" {
  since = {
    "3.0.0" = database_route_table && dns64 && create_database_nat_gateway_route && !create_database_internet_gateway_route ? (single_nat_gateway ? 1 : database) : 0
  }
}

# Only 4.0.0 makes fewer private route tables than there are private subnets.
change "private_associations" {
  resources = ["aws_route_table_association.private"]
  differs   = { "3.0.0" = private > private_route_tables && !single_nat_gateway ? private_route_tables : 0 }
  effect    = "a private subnet may move to another private route table"
}
# An outpost subnet is associated with the private route table of its number, counted around: with
# another number of tables it may get another one.
change "outpost_associations" {
  resources = ["aws_route_table_association.outpost"]
  differs   = { "3.0.0" = outpost > private_route_tables && !single_nat_gateway ? private_route_tables : 0 }
  effect    = "an outpost subnet may move to another private route table"
}

failure "private_routes" {
  when   = { "3.0.0" = create_vpc && enable_nat_gateway && create_private_nat_gateway_route && nat_gateways > 0 && private_route_tables == 0 }
  effect = "the routes to NAT gateways have no private route table: those exist only with private subnets"
  cure   = "add private subnets, or set `enable_nat_gateway = false`"
}
failure "database_associations" {
  when   = { "3.0.0" = create_vpc && database > 0 && !create_database_subnet_route_table && private_route_tables == 0 }
  effect = "the database subnets have no route table: private ones exist only with private subnets"
  cure   = "set `create_database_subnet_route_table = true` with release 3.x and apply before the move, or add private subnets"
}
failure "elasticache_associations" {
  when   = { "3.0.0" = create_vpc && elasticache > 0 && !create_elasticache_subnet_route_table && private_route_tables == 0 }
  effect = "the elasticache subnets have no route table: private ones exist only with private subnets"
  cure   = "set `create_elasticache_subnet_route_table = true` with release 3.x and apply before the move, or add private subnets"
}
failure "redshift_associations" {
  when   = { "3.0.0" = create_vpc && redshift > 0 && !create_redshift_subnet_route_table && !enable_public_redshift && private_route_tables == 0 }
  effect = "the redshift subnets have no route table: private ones exist only with private subnets"
  cure   = "set `create_redshift_subnet_route_table = true` with release 3.x and apply before the move, or add private subnets"
}
failure "outpost_associations" {
  when   = { "3.0.0" = create_vpc && outpost > 0 && private_route_tables == 0 }
  effect = "the outpost subnets have no route table: private ones exist only with private subnets"
  cure   = "add private subnets"
}
failure "public_prefixes" {
  when = {
    "3.0.0" = false
    "4.0.0" = create_vpc && length(public_subnet_ipv6_prefixes) > length(public_subnets) && !public_subnet_ipv6_native
  }
  effect = "`public_subnet_ipv6_prefixes` is longer than `public_subnets`: each prefix makes a subnet now"
  cure   = "shorten the prefixes to the number of subnets"
}
failure "private_prefixes" {
  when = {
    "3.0.0" = false
    "4.0.0" = create_vpc && length(private_subnet_ipv6_prefixes) > length(private_subnets) && !private_subnet_ipv6_native
  }
  effect = "`private_subnet_ipv6_prefixes` is longer than `private_subnets`: each prefix makes a subnet now"
  cure   = "shorten the prefixes to the number of subnets"
}
failure "database_prefixes" {
  when = {
    "3.0.0" = false
    "4.0.0" = create_vpc && length(database_subnet_ipv6_prefixes) > length(database_subnets) && !database_subnet_ipv6_native
  }
  effect = "`database_subnet_ipv6_prefixes` is longer than `database_subnets`: each prefix makes a subnet now"
  cure   = "shorten the prefixes to the number of subnets"
}
failure "elasticache_prefixes" {
  when = {
    "3.0.0" = false
    "4.0.0" = create_vpc && length(elasticache_subnet_ipv6_prefixes) > length(elasticache_subnets) && !elasticache_subnet_ipv6_native
  }
  effect = "`elasticache_subnet_ipv6_prefixes` is longer than `elasticache_subnets`: each prefix makes a subnet now"
  cure   = "shorten the prefixes to the number of subnets"
}
failure "redshift_prefixes" {
  when = {
    "3.0.0" = false
    "4.0.0" = create_vpc && length(redshift_subnet_ipv6_prefixes) > length(redshift_subnets) && !redshift_subnet_ipv6_native
  }
  effect = "`redshift_subnet_ipv6_prefixes` is longer than `redshift_subnets`: each prefix makes a subnet now"
  cure   = "shorten the prefixes to the number of subnets"
}
failure "intra_prefixes" {
  when = {
    "3.0.0" = false
    "4.0.0" = create_vpc && length(intra_subnet_ipv6_prefixes) > length(intra_subnets) && !intra_subnet_ipv6_native
  }
  effect = "`intra_subnet_ipv6_prefixes` is longer than `intra_subnets`: each prefix makes a subnet now"
  cure   = "shorten the prefixes to the number of subnets"
}
failure "outpost_prefixes" {
  when = {
    "3.0.0" = false
    "4.0.0" = create_vpc && length(outpost_subnet_ipv6_prefixes) > length(outpost_subnets) && !outpost_subnet_ipv6_native
  }
  effect = "`outpost_subnet_ipv6_prefixes` is longer than `outpost_subnets`: each prefix makes a subnet now"
  cure   = "shorten the prefixes to the number of subnets"
}
failure "flow_log_policy" {
  when = {
    "3.0.0"  = false
    "5.12.0" = flow_log_role && !create_flow_log_cloudwatch_log_group
  }
  effect = "the policy of the flow log's role names the module's own log group alone, which is not made: AWS refuses a policy without resources"
  cure   = "set `create_flow_log_cloudwatch_iam_role = false` and `flow_log_cloudwatch_iam_role_arn` to a role that may write to the log group"
}

change "flow_log_policy" {
  resources = ["aws_iam_policy.vpc_flow_log_cloudwatch"]
  differs = {
    "3.0.0"  = false
    "5.12.0" = flow_log_role && create_flow_log_cloudwatch_log_group
  }
  effect = "its policy narrows from every log group to the module's own"
}
change "flow_log_policy_tags" {
  resources = ["aws_iam_policy.vpc_flow_log_cloudwatch"]
  differs = {
    "3.0.0"  = false
    "3.11.0" = flow_log_role && (set(tags) || set(vpc_flow_log_tags))
  }
  effect = "it gets the tags of the call"
}
change "flow_log_role_statement" {
  resources = ["aws_iam_role.vpc_flow_log_cloudwatch"]
  differs = {
    "3.0.0" = false
    "3.3.0" = flow_log_role
  }
  effect = "the statement of its trust policy gets an id"
}
change "flow_log_options" {
  resources = ["aws_flow_log.this"]
  differs = {
    "3.0.0"  = false
    "3.8.0"  = create_vpc && enable_flow_log
    "3.10.0" = create_vpc && enable_flow_log && flow_log_destination_type == "s3"
  }
  effect = "its destination options change, which may replace it"
}
change "database_subnet_group" {
  resources = ["aws_db_subnet_group.database"]
  differs = {
    "3.0.0" = false
    "3.2.0" = create_vpc && database > 0 && create_database_subnet_group
  }
  effect = "its Name tag becomes lower case"
}
change "elasticache_subnet_group" {
  resources = ["aws_elasticache_subnet_group.elasticache"]
  differs = {
    "3.0.0" = false
    "3.7.0" = create_vpc && elasticache > 0 && create_elasticache_subnet_group
  }
  effect = "it gets tags"
}
change "default_vpc_name" {
  resources = ["aws_default_vpc.this"]
  differs = {
    "3.0.0"  = false
    "3.11.3" = manage_default_vpc && !set(default_vpc_name)
  }
  effect = "its Name tag becomes \"default\""
}
change "default_security_group_name" {
  resources = ["aws_default_security_group.this"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && manage_default_security_group && !set(default_security_group_name)
  }
  effect = "its Name tag becomes \"<name>-default\""
}
change "default_network_acl_name" {
  resources = ["aws_default_network_acl.this"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && manage_default_network_acl && !set(default_network_acl_name)
  }
  effect = "its Name tag becomes \"<name>-default\""
}
change "default_route_table_name" {
  resources = ["aws_default_route_table.default"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && manage_default_route_table && !set(default_route_table_name)
  }
  effect = "its Name tag becomes \"<name>-default\""
}

# Defaults that changed in 4.0.0, which pins keep where they can.
count "aws_default_security_group.this" {
  since = { "3.0.0" = create_vpc && manage_default_security_group ? 1 : 0 }
}
count "aws_default_network_acl.this" {
  since = { "3.0.0" = create_vpc && manage_default_network_acl ? 1 : 0 }
}
count "aws_default_route_table.default" {
  since = { "3.0.0" = create_vpc && manage_default_route_table ? 1 : 0 }
}
change "dns_hostnames" {
  resources = ["aws_vpc.this"]
  differs   = { "3.0.0" = create_vpc && enable_dns_hostnames }
  effect    = "DNS hostnames are turned on"
}
change "default_vpc_dns_hostnames" {
  resources = ["aws_default_vpc.this"]
  differs   = { "3.0.0" = manage_default_vpc && default_vpc_enable_dns_hostnames }
  effect    = "DNS hostnames are turned on"
}
change "public_addresses" {
  resources = ["aws_subnet.public"]
  differs   = { "3.0.0" = create_vpc && public > 0 && map_public_ip_on_launch }
  effect    = "new instances get no public address"
}
change "public_subnet_dns" {
  resources = ["aws_subnet.public"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && public > 0 && enable_ipv6 && (public_subnet_enable_dns64 || public_subnet_enable_resource_name_dns_aaaa_record_on_launch)
  }
  effect = "DNS64 and AAAA records are turned on"
}
change "private_subnet_dns" {
  resources = ["aws_subnet.private"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && private > 0 && enable_ipv6 && (private_subnet_enable_dns64 || private_subnet_enable_resource_name_dns_aaaa_record_on_launch)
  }
  effect = "DNS64 and AAAA records are turned on"
}
change "database_subnet_dns" {
  resources = ["aws_subnet.database"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && database > 0 && enable_ipv6 && (database_subnet_enable_dns64 || database_subnet_enable_resource_name_dns_aaaa_record_on_launch)
  }
  effect = "DNS64 and AAAA records are turned on"
}
change "elasticache_subnet_dns" {
  resources = ["aws_subnet.elasticache"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && elasticache > 0 && enable_ipv6 && (elasticache_subnet_enable_dns64 || elasticache_subnet_enable_resource_name_dns_aaaa_record_on_launch)
  }
  effect = "DNS64 and AAAA records are turned on"
}
change "redshift_subnet_dns" {
  resources = ["aws_subnet.redshift"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && redshift > 0 && enable_ipv6 && (redshift_subnet_enable_dns64 || redshift_subnet_enable_resource_name_dns_aaaa_record_on_launch)
  }
  effect = "DNS64 and AAAA records are turned on"
}
change "intra_subnet_dns" {
  resources = ["aws_subnet.intra"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && intra > 0 && enable_ipv6 && (intra_subnet_enable_dns64 || intra_subnet_enable_resource_name_dns_aaaa_record_on_launch)
  }
  effect = "DNS64 and AAAA records are turned on"
}
change "outpost_subnet_dns" {
  resources = ["aws_subnet.outpost"]
  differs = {
    "3.0.0" = false
    "4.0.0" = create_vpc && outpost > 0 && enable_ipv6 && (outpost_subnet_enable_dns64 || outpost_subnet_enable_resource_name_dns_aaaa_record_on_launch)
  }
  effect = "DNS64 and AAAA records are turned on"
}

# Outputs that are null since 4.0.0, and were an empty text, where the resource is not there.
outputs "vpc" {
  names = [
    "vpc_id", "vpc_arn", "vpc_cidr_block", "default_security_group_id", "default_network_acl_id",
    "default_route_table_id", "vpc_instance_tenancy", "vpc_enable_dns_support",
    "vpc_enable_dns_hostnames", "vpc_main_route_table_id", "vpc_owner_id",
  ]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc }
}
# Of a VPC without IPv6 these are an empty text in all releases.
outputs "vpc_ipv6" {
  names        = ["vpc_ipv6_association_id", "vpc_ipv6_cidr_block"]
  since        = "4.0.0"
  present      = { "3.0.0" = create_vpc }
  may_be_empty = true
}
outputs "dhcp_options" {
  names   = ["dhcp_options_id"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && enable_dhcp_options }
}
outputs "internet_gateway" {
  names   = ["igw_id", "igw_arn", "public_internet_gateway_route_id"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && create_igw && public > 0 }
}
outputs "public_ipv6_route" {
  names   = ["public_internet_gateway_ipv6_route_id"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && create_igw && enable_ipv6 && public > 0 }
}
outputs "public_network_acl" {
  names   = ["public_network_acl_id", "public_network_acl_arn"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && public_dedicated_network_acl && public > 0 }
}
outputs "private_network_acl" {
  names   = ["private_network_acl_id", "private_network_acl_arn"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && private_dedicated_network_acl && private > 0 }
}
outputs "outpost_network_acl" {
  names   = ["outpost_network_acl_id", "outpost_network_acl_arn"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && outpost_dedicated_network_acl && outpost > 0 }
}
outputs "database_network_acl" {
  names   = ["database_network_acl_id", "database_network_acl_arn"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && database_dedicated_network_acl && database > 0 }
}
outputs "redshift_network_acl" {
  names   = ["redshift_network_acl_id", "redshift_network_acl_arn"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && redshift_dedicated_network_acl && redshift > 0 }
}
outputs "elasticache_network_acl" {
  names   = ["elasticache_network_acl_id", "elasticache_network_acl_arn"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && elasticache_dedicated_network_acl && elasticache > 0 }
}
outputs "intra_network_acl" {
  names   = ["intra_network_acl_id", "intra_network_acl_arn"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && intra_dedicated_network_acl && intra > 0 }
}
outputs "database_subnet_group" {
  names   = ["database_subnet_group", "database_subnet_group_name"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && database > 0 && create_database_subnet_group }
}
outputs "redshift_subnet_group" {
  names   = ["redshift_subnet_group"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && redshift > 0 && create_redshift_subnet_group }
}
outputs "elasticache_subnet_group" {
  names   = ["elasticache_subnet_group", "elasticache_subnet_group_name"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && elasticache > 0 && create_elasticache_subnet_group }
}
outputs "database_internet_gateway_route" {
  names   = ["database_internet_gateway_route_id"]
  since   = "4.0.0"
  present = { "3.0.0" = database_route_table && create_igw && create_database_internet_gateway_route && !create_database_nat_gateway_route }
}
outputs "database_ipv6_egress_route" {
  names   = ["database_ipv6_egress_route_id"]
  since   = "4.0.0"
  present = { "3.0.0" = database_route_table && create_egress_only_igw && enable_ipv6 && create_database_internet_gateway_route }
}
outputs "egress_only_internet_gateway" {
  names   = ["egress_only_internet_gateway_id"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && create_egress_only_igw && enable_ipv6 && largest_tier > 0 }
}
outputs "vpn_gateway" {
  names   = ["vgw_id"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && enable_vpn_gateway || set(vpn_gateway_id) && vpn_gateway_id != "" }
}
outputs "own_vpn_gateway" {
  names   = ["vgw_arn"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && enable_vpn_gateway }
}
outputs "default_vpc" {
  names = [
    "default_vpc_id", "default_vpc_arn", "default_vpc_cidr_block",
    "default_vpc_default_security_group_id", "default_vpc_default_network_acl_id",
    "default_vpc_default_route_table_id", "default_vpc_instance_tenancy",
    "default_vpc_enable_dns_support", "default_vpc_enable_dns_hostnames",
    "default_vpc_main_route_table_id",
  ]
  since   = "4.0.0"
  present = { "3.0.0" = manage_default_vpc }
}
outputs "flow_log" {
  names   = ["vpc_flow_log_id"]
  since   = "4.0.0"
  present = { "3.0.0" = create_vpc && enable_flow_log }
}
