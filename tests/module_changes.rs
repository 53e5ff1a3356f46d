//! What a bump of the VPC module changes beside the constraint: generated calls are compared, before
//! and after, with an evaluator of the module's own formulas.

#[path = "module_changes/vpc.rs"]
mod vpc;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use crate::support::{Tree, changed, reports, reviewed};
use diagnostics::finding::{Finding, Safety};
use engine::selection::Selection;
use vpc::{Release, Written, resources};

/// Constraints with the release that Terraform selects.
const OLD: &[(&str, Release)] = &[
    ("3.0.0", (3, 0, 0)),
    ("3.2.0", (3, 2, 0)),
    ("3.9.0", (3, 9, 0)),
    ("3.11.0", (3, 11, 0)),
    ("3.18.1", (3, 18, 1)),
    ("~> 3.14", (3, 19, 0)),
    ("~> 3.0", (3, 19, 0)),
    ("4.0.0", (4, 0, 0)),
    ("4.0.1", (4, 0, 1)),
    ("~> 4.0", (4, 0, 2)),
];

const NEW: Release = (5, 16, 0);

const TIERS: [&str; 7] = [
    "public",
    "private",
    "database",
    "elasticache",
    "redshift",
    "intra",
    "outpost",
];

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
fn list(length: usize) -> String {
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
fn call() -> impl Strategy<Value = Written> {
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

/// The text of the call.
fn text(call: &Written, version: &str) -> String {
    let lines = call
        .iter()
        .map(|(name, value)| format!("  {name} = {value}\n"));
    let lines: String = lines.collect();
    format!(
        "module \"vpc\" {{\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"{version}\"\n{lines}}}\n"
    )
}

/// The arguments in a text, one a line.
fn arguments(text: &str) -> Written {
    let lines = text.lines().filter_map(|line| line.split_once(" = "));
    let arguments = lines.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    arguments
        .filter(|(name, _)| name != "source" && name != "version")
        .collect()
}

/// The call with each value that an unknown argument may have.
fn instances(call: &Written, unknown: &[&String]) -> Vec<BTreeMap<String, String>> {
    let mut all = vec![BTreeMap::new()];
    for name in unknown {
        let values: Vec<String> = match call[*name].ends_with("_subnets") {
            true => (0..5).map(list).collect(),
            false => vec!["true".to_owned(), "false".to_owned()],
        };
        let longer = all.iter().flat_map(|known: &BTreeMap<String, String>| {
            values.iter().map(|value| {
                let mut known = known.clone();
                known.insert((*name).clone(), value.clone());
                known
            })
        });
        all = longer.collect();
    }
    all
}

/// The resources that differ between two releases, with the difference of their number.
fn difference(
    old: &Written,
    new: &Written,
    release: Release,
) -> Result<BTreeMap<String, i64>, &'static str> {
    let before = resources(old, release).ok_or("old")?;
    let after = resources(new, NEW).ok_or("new")?;
    let addresses: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differing = addresses.into_iter().filter_map(|address| {
        let none = (0, vec![]);
        let (one, other) = (
            before.get(address).unwrap_or(&none),
            after.get(address).unwrap_or(&none),
        );
        let count = |it: usize| i64::try_from(it).unwrap();
        (one != other).then(|| ((*address).to_owned(), count(other.0) - count(one.0)))
    });
    Ok(differing.collect())
}

/// The resources that a finding names, with the difference of their number where it tells it.
fn named(finding: &Finding) -> BTreeMap<String, Option<i64>> {
    let help = finding.help.as_deref().unwrap_or_default();
    let mut named = BTreeMap::new();
    let mut sign = 1;
    let mut count = None;
    for word in help.split([' ', ',', ':']) {
        let word = word.trim_end_matches('.');
        match word {
            "adds" => sign = 1,
            "destroys" => sign = -1,
            _ if word.starts_with("aws_") && word.contains('.') => {
                named.insert(word.to_owned(), count.take());
            }
            _ => {
                count = word
                    .parse()
                    .ok()
                    .map(|it: i64| it * sign)
                    .or(count.filter(|_| word.is_empty()));
            }
        }
    }
    named
}

fn check(call: &Written, (version, release): (&str, Release)) -> Result<(), TestCaseError> {
    let unknown: Vec<&String> = call
        .iter()
        .filter(|(_, it)| it.starts_with("var."))
        .map(|(name, _)| name)
        .collect();
    if unknown.len() > 3 {
        return Ok(());
    }
    let before = text(call, version);
    let tree = Tree::new([("main.tf", before.as_str())]);
    let selection = Selection {
        only: BTreeSet::from(["bump_module".to_owned()]),
        ..reviewed()
    };
    let plan = tree.plan("", selection).unwrap();
    let mut findings = plan.findings.iter();
    let finding = findings.find(|it| it.transform == "bump_module").unwrap();
    let is_left = finding.edits.is_empty();
    let after = match plan.changes.first() {
        Some(change) => arguments(&change.after),
        None => call.clone(),
    };
    let mut differing: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let (mut works, mut fails) = (false, false);
    for instance in instances(call, &unknown) {
        let of = |written: &Written| {
            let mut written = written.clone();
            written.extend(instance.clone());
            written
        };
        match difference(&of(call), &of(&after), release) {
            Ok(found) => {
                works = true;
                for (address, by) in found {
                    differing.entry(address).or_default().insert(by);
                }
            }
            Err("new") => fails = true,
            // What nobody can apply today changes nothing.
            Err(_) => {}
        }
    }
    if !works && !fails {
        return Ok(());
    }
    let help = finding.help.as_deref().unwrap_or_default();
    let context = format!("{before}\n{help}\n{differing:?} fails: {fails}");
    if is_left {
        prop_assert!(!works && fails, "left, and the plan works: {context}");
        return Ok(());
    }
    // Of what is not known, each failure alone may not be for sure.
    prop_assert!(
        works || help.contains("may fail"),
        "changed, and the plan fails: {context}"
    );
    if finding.safety == Safety::Safe {
        prop_assert!(differing.is_empty() && !fails, "safe: {context}");
        return Ok(());
    }
    prop_assert!(
        !fails || help.contains("may fail"),
        "no failure named: {context}"
    );
    let told = named(finding);
    let addresses: BTreeSet<&String> = differing.keys().collect();
    let is_known = unknown.is_empty();
    // Of what is not known, an instance that nobody can apply today may differ: names may be more.
    let names: BTreeSet<&String> = told.keys().collect();
    prop_assert!(addresses.is_subset(&names), "not named: {context}");
    if is_known {
        prop_assert_eq!(&addresses, &names, "{}", context);
        for (address, by) in told {
            if let Some(by) = by {
                prop_assert_eq!(
                    &differing[&address],
                    &BTreeSet::from([by]),
                    "{}: {}",
                    address,
                    context
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_bump_is_safe_only_where_the_resources_stay_and_else_names_those_that_differ(
        call in call(),
        old in select(OLD),
    ) {
        check(&call, old)?;
    }
}

const CALL: &str = r#"module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "3.18.1"

  cidr            = "10.0.0.0/16"
  private_subnets = ["10.0.11.0/24"]
}
"#;

fn help(tree: &Tree) -> String {
    let plan = tree.plan("", Selection::default()).unwrap();
    let mut findings = plan.findings.iter();
    let finding = findings.find(|it| it.subject.contains("vpc/aws")).unwrap();
    finding.help.clone().unwrap_or_default()
}

#[test]
fn an_output_that_becomes_null_is_followed_to_callers_child_modules_and_remote_states() {
    let export =
        format!("{CALL}output \"gateway\" {{\n  value = {{ id = module.vpc.igw_id }}\n}}\n");
    let root = r#"module "net" {
  source = "../../net"
}
module "child" {
  source  = "../../child"
  gateway = module.net.gateway.id
}
locals {
  is_public = module.net.gateway.id != ""
}
output "gateway" {
  value = module.net.gateway.id
}
"#;
    let child = "variable \"gateway\" {}\nlocals {\n  count = length(var.gateway)\n}\n";
    let consumer = r#"data "terraform_remote_state" "live" {
  backend = "s3"
}
locals {
  name = "of ${data.terraform_remote_state.live.outputs.gateway}"
}
"#;
    let tree = Tree::new([
        ("net/main.tf", export.as_str()),
        ("live/a/main.tf", root),
        ("child/main.tf", child),
        ("apps/main.tf", consumer),
    ]);
    let plan = tree.plan("", reviewed()).unwrap();
    let reports = reports(&plan).join("\n");
    // Of a null length nothing can be planned, whoever reads it.
    assert!(
        reports.contains("would fail: child/main.tf:3 calls `length` with the output `igw_id`"),
        "{reports}"
    );
    let tree = Tree::new([
        ("net/main.tf", export.as_str()),
        ("live/a/main.tf", root),
        ("apps/main.tf", consumer),
    ]);
    let help = help(&tree);
    for place in [
        "live/a/main.tf:9 compares the output `igw_id`, which is null",
        "apps/main.tf:5 has a template with the output `igw_id`, which may be null",
    ] {
        assert!(help.contains(place), "{help}");
    }
}

#[test]
fn an_output_of_a_resource_that_is_there_is_read_as_before() {
    for (argument, reading) in [
        ("", "module.vpc.vpc_id != \"\""),
        ("", "coalesce(module.vpc.igw_id, \"none\")"),
        ("", "module.vpc.private_subnets[0] != \"\""),
        (
            "public_subnets = [\"10.0.1.0/24\"]",
            "\"${module.vpc.igw_id}/x\"",
        ),
        (
            "enable_flow_log = true",
            "length(module.vpc.vpc_flow_log_id)",
        ),
    ] {
        let call = CALL.replace("  cidr ", &format!("  {argument}\n  cidr "));
        let text = format!("{call}locals {{\n  read = {reading}\n}}\n");
        let tree = Tree::new([("main.tf", text.as_str())]);
        let plan = tree.plan("", Selection::default()).unwrap();
        assert_eq!(
            changed(&plan),
            ["main.tf"],
            "{reading}: {:?}",
            reports(&plan)
        );
    }
}

#[test]
fn arguments_are_followed_through_locals_and_variables() {
    let call = |tiers: &str| {
        format!(
            "module \"vpc\" {{\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"~> 3.18\"\n  cidr    = \"10.0.0.0/16\"\n  azs     = local.zones\n{tiers}\n  enable_nat_gateway = var.nat\n}}\n"
        )
    };
    let around = r#"variable "nat" {}
variable "two" {
  default = ["a", "b"]
}
variable "blocks" {}
locals {
  zones = slice(data.aws_availability_zones.all.names, 0, 3)
  three = [for zone in local.zones : cidrsubnet("10.0.0.0/16", 8, zone)]
  data  = concat(var.two, ["c"])
  is_live = terraform.workspace == "live"
}
"#;
    for (tiers, is_safe) in [
        (
            "  private_subnets = local.three\n  public_subnets = local.three",
            true,
        ),
        (
            "  private_subnets = local.three\n  public_subnets = local.data",
            true,
        ),
        (
            "  private_subnets = cidrsubnets(\"10.0.0.0/16\", 8, 8)\n  public_subnets = var.two",
            true,
        ),
        (
            "  private_subnets = var.blocks\n  public_subnets = var.blocks",
            true,
        ),
        ("  private_subnets = var.blocks", true),
        (
            "  private_subnets = var.blocks\n  public_subnets = var.other",
            false,
        ),
        (
            "  private_subnets = var.two\n  public_subnets = local.three",
            false,
        ),
        (
            "  private_subnets = [for b in var.blocks : b if b != \"\"]\n  public_subnets = var.blocks",
            false,
        ),
        (
            "  private_subnets = var.two\n  public_subnets = local.three\n  single_nat_gateway = local.is_live\n  one_nat_gateway_per_az = !local.is_live",
            true,
        ),
        (
            "  private_subnets = var.two\n  public_subnets = local.three\n  single_nat_gateway = local.is_live",
            false,
        ),
        (
            "  private_subnets = var.blocks\n  public_subnets = var.other\n  one_nat_gateway_per_az = true",
            true,
        ),
    ] {
        let text = format!("{around}{}", call(tiers));
        let tree = Tree::new([("main.tf", text.as_str())]);
        let plan = tree.plan("", Selection::default()).unwrap();
        assert_eq!(
            !plan.changes.is_empty(),
            is_safe,
            "{tiers}: {}",
            help(&tree)
        );
    }
}

#[test]
fn what_a_file_of_values_chooses_is_not_known() {
    let text = format!(
        "variable \"public\" {{\n  default = [\"a\"]\n}}\n{}",
        CALL.replace("  cidr ", "  public_subnets = var.public\n  cidr ")
    );
    let root = Tree::new([("main.tf", text.as_str())]);
    assert_eq!(
        changed(&root.plan("", Selection::default()).unwrap()),
        ["main.tf"]
    );
    let chosen = Tree::new([
        ("main.tf", text.as_str()),
        ("live.tfvars", "public = [\"a\", \"b\"]\n"),
    ]);
    assert!(help(&chosen).contains("may add or destroy aws_route_table.private"));
    let loaded = Tree::new([
        ("main.tf", text.as_str()),
        ("terraform.tfvars", "public = [\"a\", \"b\"]\n"),
    ]);
    assert!(
        help(&loaded).contains("adds 1 aws_route_table.private"),
        "{}",
        help(&loaded)
    );
}
