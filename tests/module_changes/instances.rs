//! What a bump does to calls with `count` and `for_each`, and to lists of which a part is known.

use crate::support::Tree;
use diagnostics::finding::Safety;
use engine::selection::Selection;

const TWO: &str = r#"["10.0.1.0/24", "10.0.2.0/24"]"#;
const THREE: &str = r#"["10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24"]"#;

/// What the plan does, as the finding about a call says it; `None` where it is safe. `TWO` and `THREE` stand
/// for lists.
fn plan(arguments: &str, beside: &str) -> Option<String> {
    let text = format!(
        "module \"vpc\" {{\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.18.1\"\n\n  cidr               = \"10.0.0.0/16\"\n  enable_nat_gateway = true\n{arguments}\n}}\n{beside}"
    );
    let text = text.replace("TWO", TWO).replace("THREE", THREE);
    let tree = Tree::new([("main.tf", text.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    let mut findings = plan.findings.iter();
    let finding = findings.find(|it| it.subject.contains("vpc/aws")).unwrap();
    let help = finding.help.as_deref().unwrap_or_default();
    let (_, said) = help
        .split_once("check the plan: the plan")
        .unwrap_or(("", help));
    (finding.safety == Safety::Review).then(|| said.trim_start().to_owned())
}

/// What is added where one subnet more is public than private, so many times.
fn adds(times: u64) -> String {
    let resources = [
        "aws_nat_gateway.this",
        "aws_eip.nat",
        "aws_route_table.private",
        "aws_route.private_nat_gateway",
    ];
    format!(
        "adds {}",
        resources.map(|it| format!("{times} {it}")).join(", ")
    )
}

#[test]
fn resources_are_counted_over_the_instances_that_are_known() {
    let of_value =
        "  public_subnets = each.value.public\n  private_subnets = each.value[\"private\"]";
    let both = "{\n a = { public = THREE, private = TWO }\n \"b\" = { public = TWO, private = TWO }\n c = { public = THREE, private = TWO }\n}";
    let plain = "  public_subnets = THREE\n  private_subnets = TWO";
    for (arguments, beside, expected) in [
        ("  for_each = { a = THREE, b = TWO }\n  public_subnets = each.value\n  private_subnets = TWO".to_owned(), String::new(), Some(adds(1))),
        (format!("  for_each = {both}\n{of_value}"), String::new(), Some(adds(2))),
        (format!("  for_each = local.nets\n{of_value}"), format!("locals {{\n  nets = {both}\n}}\n"), Some(adds(2))),
        (format!("  for_each = var.nets\n{of_value}"), format!("variable \"nets\" {{\n  default = {both}\n}}\n"), Some(adds(2))),
        (format!("  for_each = {{ a = {{ public = TWO, private = THREE }} }}\n{of_value}"), String::new(), None),
        (format!("  for_each = {{}}\n{plain}"), String::new(), None),
        (format!("  for_each = toset([\"a\", \"b\", \"a\"])\n{plain}"), String::new(), Some(adds(2))),
        (format!("  count = 3\n{plain}"), String::new(), Some(adds(3))),
        (format!("  count = 0\n{plain}"), String::new(), None),
        // How many there are is not known.
        (format!("  count = var.on ? 1 : 0\n{plain}"), "variable \"on\" {}\n".to_owned(), Some(format!("in each instance {}", adds(1)))),
        (format!("  count = 1000000000000\n{plain}"), String::new(), Some(format!("in each instance {}", adds(1)))),
        (format!("  for_each = toset(var.names)\n{plain}"), "variable \"names\" {}\n".to_owned(), Some(format!("in each instance {}", adds(1)))),
        (format!("  for_each = {{ (var.key) = 1 }}\n{plain}"), "variable \"key\" {}\n".to_owned(), Some(format!("in each instance {}", adds(1)))),
        // A part of an object, without instances.
        ("  public_subnets = local.net.public\n  private_subnets = local.net.inner[\"private\"]".to_owned(), "locals {\n  net = { public = THREE, inner = { private = TWO } }\n}\n".to_owned(), Some(adds(1))),
    ] {
        assert_eq!(plan(&arguments, &beside), expected, "{arguments}\n{beside}");
    }
}

#[test]
fn what_differs_between_instances_that_are_not_known_is_named() {
    let said = plan(
        "  for_each = var.nets\n  public_subnets = each.value.public\n  private_subnets = TWO",
        "variable \"nets\" {}\n",
    );
    let said = said.unwrap();
    assert!(
        said.starts_with("in each instance may add or destroy aws_nat_gateway.this"),
        "{said}"
    );
    assert!(
        said.ends_with("not known here: `each.value.public`"),
        "{said}"
    );
}

#[test]
fn a_list_of_which_a_part_is_known_is_as_long_as_its_parts_together() {
    let more = "variable \"more\" {\n  type = list(string)\n}\nvariable \"other\" {\n  type = list(string)\n}\n";
    for (public, private, is_safe) in [
        ("TWO", "concat(TWO, var.more)", true),
        ("concat(TWO, var.more)", "concat(var.more, THREE)", true),
        (
            "concat(var.more, var.other)",
            "concat(var.other, var.more)",
            true,
        ),
        ("var.more", "concat(var.more, var.other)", true),
        ("THREE", "concat(TWO, var.more)", false),
        ("concat(TWO, var.more)", "TWO", false),
        ("concat(THREE, var.more)", "concat(TWO, var.more)", false),
        (
            "concat(var.more, var.other)",
            "concat(var.more, var.more)",
            false,
        ),
        ("concat(var.more, var.more)", "concat(var.more, TWO)", false),
        (
            "range(18446744073709551615)",
            "concat(range(18446744073709551615), var.more)",
            false,
        ),
    ] {
        let arguments = format!("  public_subnets = {public}\n  private_subnets = {private}");
        let said = plan(&arguments, more);
        // The private subnets of none are no subnets, and have no route table.
        let said = said.filter(|it| !it.starts_with("the move may fail"));
        assert_eq!(said.is_none(), is_safe, "{arguments}: {said:?}");
    }
}
