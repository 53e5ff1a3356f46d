//! What override files set of a module call counts as if it stood in the call.

use std::path::Path;

use crate::support::{CONFIG, PROVIDER_4, Tree, reviewed};
use engine::selection::Selection;

/// A VPC with two private and two public subnets, on one line each.
fn vpc(more: &str) -> String {
    format!(
        "module \"vpc\" {{\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.18.1\"\n\n  cidr            = \"10.0.0.0/16\"\n  azs             = [\"a\", \"b\"]\n  private_subnets = [\"10.0.1.0/24\", \"10.0.2.0/24\"]\n  public_subnets  = [\"10.0.3.0/24\", \"10.0.4.0/24\"]\n{more}}}\n"
    )
}

/// The texts after the plan, and what a plain plan changes.
fn planned(override_file: (&str, &str), more: &str, selection: Selection) -> (String, String) {
    let main = format!("{PROVIDER_4}{}", vpc(more));
    let tree = Tree::new([("main.tf", main.as_str()), override_file]);
    let plan = tree.plan(CONFIG, selection).unwrap();
    let after = tree.with(&plan);
    let again = after.plan(CONFIG, reviewed()).unwrap();
    let text = |path: &str| after.0[Path::new(path)].clone();
    if text("main.tf").contains("5.16.0") {
        assert_eq!(again.changes, []);
    }
    (text("main.tf"), text(override_file.0))
}

#[test]
fn arguments_of_override_files_decide_what_the_bump_does() {
    const THREE: &str = "  public_subnets     = [\"10.0.3.0/24\", \"10.0.4.0/24\", \"10.0.5.0/24\"]\n  enable_nat_gateway = true\n";
    for (path, part, is_safe) in [
        ("vpc_override.tf", THREE, false),
        ("override.tf", THREE, false),
        ("vpc_override.tf", "  name = \"x\"\n", true),
        ("vpc_override.tf", "  enable_nat_gateway = true\n", true),
        ("other.tf", "", true),
    ] {
        let part = match part {
            "" => String::new(),
            _ => format!("module \"vpc\" {{\n{part}}}\n"),
        };
        let (safe, _) = planned((path, &part), "", Selection::default());
        assert_eq!(safe.contains("5.16.0"), is_safe, "{path} {part}");
        assert_eq!(safe.contains("~> 5.0"), is_safe, "{path} {part}");
        let (reviewed, _) = planned((path, &part), "", reviewed());
        assert!(reviewed.contains("5.16.0"), "{path} {part}");
    }
}

#[test]
fn what_an_override_file_sets_is_not_pinned() {
    let part = "module \"vpc\" {\n  enable_dns_hostnames = true\n}\n";
    let (main, after) = planned(("vpc_override.tf", part), "", Selection::default());
    assert!(main.contains("map_public_ip_on_launch"), "{main}");
    assert!(!main.contains("enable_dns_hostnames"), "{main}");
    assert_eq!(after, part);
}

#[test]
fn what_moves_with_the_call_and_is_set_in_an_override_file_holds_it() {
    for part in [
        "version = \"3.19.0\"",
        "source = \"terraform-aws-modules/vpc/aws\"",
        "source = \"git::https://example.com/vpc.git\"",
        "enable_classiclink = false",
        "assign_ipv6_address_on_creation = true",
    ] {
        let part = format!("module \"vpc\" {{\n  {part}\n}}\n");
        for selection in [Selection::default(), reviewed()] {
            let main = format!("{PROVIDER_4}{}", vpc(""));
            let tree = Tree::new([("main.tf", main.as_str()), ("vpc_override.tf", &part)]);
            let plan = tree.plan(CONFIG, selection).unwrap();
            assert_eq!(plan.changes, [], "{part}");
            let mut messages = plan.findings.iter().map(|it| it.message.as_str());
            assert!(messages.any(|it| it.contains("override file")), "{part}");
        }
    }
}
