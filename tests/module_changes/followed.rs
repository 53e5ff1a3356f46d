//! Where arguments and outputs of calls are followed to, and where they are not known.

use crate::support::{Tree, beside, changed, reports, reviewed};
use engine::selection::Selection;

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
    beside(finding)
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

/// Every form in which an element of several calls, or the call itself, has another name.
#[test]
fn an_output_that_becomes_null_is_found_behind_other_names_of_the_module() {
    let repeated = CALL.replace("  source ", "  for_each = toset([\"a\"])\n  source ");
    for (call, code, is_found) in [
        (
            &repeated,
            "output \"o\" {\n  value = { for k, v in module.vpc : k => v.igw_id == \"\" ? 1 : 2 }\n}\n",
            true,
        ),
        (
            &repeated,
            "output \"o\" {\n  value = [for v in module.vpc : v.vpc_id if v.igw_id != \"\"]\n}\n",
            true,
        ),
        (
            &repeated,
            "output \"o\" {\n  value = [for v in values(module.vpc) : \"of ${v.igw_id}\"]\n}\n",
            true,
        ),
        (
            &repeated,
            "output \"o\" {\n  value = [for id in values(module.vpc)[*].igw_id : length(id)]\n}\n",
            true,
        ),
        (
            &repeated,
            "output \"o\" {\n  value = [for v in [module.vpc] : [for w in v : w.igw_id != \"\"]]\n}\n",
            false,
        ),
        (
            &repeated,
            "locals {\n  by = { for k, v in module.vpc : k => v }\n  x  = local.by.a.igw_id != \"\"\n}\n",
            true,
        ),
        (
            &repeated,
            "locals {\n  ids = { for k, v in module.vpc : k => v.igw_id }\n  x   = local.ids[\"a\"] != \"\"\n}\n",
            true,
        ),
        (
            &repeated,
            "locals {\n  ids = [for k, v in module.vpc : { gateway = v.igw_id }]\n  x   = local.ids[0].gateway != \"\"\n}\n",
            true,
        ),
        (
            &repeated,
            "resource \"null_resource\" \"x\" {\n  for_each = module.vpc\n  triggers = { id = \"of ${each.value.igw_id}\" }\n}\n",
            true,
        ),
        (
            &repeated,
            "resource \"x_y\" \"x\" {\n  dynamic \"a\" {\n    for_each = module.vpc\n    content {\n      b = a.value.igw_id != \"\"\n    }\n  }\n}\n",
            true,
        ),
        (
            &repeated,
            "resource \"x_y\" \"x\" {\n  dynamic \"a\" {\n    for_each = module.vpc\n    iterator = it\n    content {\n      b = it.value.igw_id != \"\"\n    }\n  }\n}\n",
            true,
        ),
        (
            &CALL.to_owned(),
            "output \"o\" {\n  value = module.vpc[\"igw_id\"] != \"\"\n}\n",
            true,
        ),
        (
            &CALL.to_owned(),
            "output \"o\" {\n  value = lookup(module.vpc, \"igw_id\", \"x\") != \"\"\n}\n",
            true,
        ),
        // Names that stand for something else, and outputs that are there before and after.
        (
            &repeated,
            "output \"o\" {\n  value = { for k, v in module.vpc : k => v.vpc_id != \"\" }\n}\n",
            false,
        ),
        (
            &repeated,
            "output \"o\" {\n  value = [for v in module.vpc : [for v in var.others : v.igw_id != \"\"]]\n}\nvariable \"others\" {}\n",
            false,
        ),
        (
            &repeated,
            "output \"o\" {\n  value = [for v in var.others : v.igw_id != \"\"]\n}\noutput \"p\" {\n  value = module.vpc\n}\nvariable \"others\" {}\n",
            false,
        ),
    ] {
        let tree = Tree::new([("main.tf", format!("{call}{code}").as_str())]);
        let plan = tree.plan("", reviewed()).unwrap();
        let text = format!("{}{}", help(&tree), reports(&plan).join("\n"));
        assert_eq!(
            text.contains("the output `igw_id`"),
            is_found,
            "{code}{text}"
        );
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
