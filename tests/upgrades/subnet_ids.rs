//! Everything that names a `data "aws_subnet_ids"` follows it, or it stays.

use std::path::Path;

use crate::support::{CONFIG, PROVIDER_4, Tree, reviewed};

const ONE: &str = "data \"aws_subnet_ids\" \"s\" {\n  vpc_id = \"vpc-1\"\n}\n";
const COUNTED: &str = "data \"aws_subnet_ids\" \"s\" {\n  count  = 2\n  vpc_id = \"vpc-1\"\n}\n";
const EACH: &str =
    "data \"aws_subnet_ids\" \"s\" {\n  for_each = var.vpcs\n  vpc_id   = \"vpc-1\"\n}\n";

/// The code behind the data source once that is planned; `None` where it stays.
fn after(data: &str, code: &str, test: &str) -> Option<(String, String)> {
    let main = format!("{PROVIDER_4}{data}");
    let tree = Tree::new([
        ("main.tf", main.as_str()),
        ("code.tf", code),
        ("tests/a.tftest.hcl", test),
    ]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    let after = tree.with(&plan);
    let again = after.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(again.changes, [], "{code}{test}");
    let texts = after.0;
    let is_moved = texts[Path::new("main.tf")].contains("data \"aws_subnets\"");
    if !is_moved {
        assert_eq!(texts[Path::new("code.tf")], code);
        assert_eq!(texts[Path::new("tests/a.tftest.hcl")], test);
    }
    let written = |path: &str| texts[Path::new(path)].clone();
    is_moved.then(|| (written("code.tf"), written("tests/a.tftest.hcl")))
}

#[test]
fn every_reference_follows() {
    for (data, before, expected) in [
        (
            ONE,
            "data.aws_subnet_ids.s.ids",
            Some("toset(data.aws_subnets.s.ids)"),
        ),
        (
            ONE,
            "data.aws_subnet_ids.s.ids[*]",
            Some("toset(data.aws_subnets.s.ids)[*]"),
        ),
        (
            COUNTED,
            "data.aws_subnet_ids.s[0].ids",
            Some("toset(data.aws_subnets.s[0].ids)"),
        ),
        (
            COUNTED,
            "data.aws_subnet_ids.s[*].ids",
            Some("[for it in data.aws_subnets.s : toset(it.ids)]"),
        ),
        (
            COUNTED,
            "data.aws_subnet_ids.s.*.ids",
            Some("[for it in data.aws_subnets.s : toset(it.ids)]"),
        ),
        (
            COUNTED,
            "data.aws_subnet_ids.s.*.ids[0]",
            Some("[for it in data.aws_subnets.s : toset(it.ids)][0]"),
        ),
        (
            COUNTED,
            "element(data.aws_subnet_ids.s[*].ids, 0)",
            Some("element([for it in data.aws_subnets.s : toset(it.ids)], 0)"),
        ),
        (COUNTED, "data.aws_subnet_ids.s[*].ids[0]", None),
        (
            EACH,
            "data.aws_subnet_ids.s[\"a\"].ids",
            Some("toset(data.aws_subnets.s[\"a\"].ids)"),
        ),
        (EACH, "values(data.aws_subnet_ids.s)[*].ids", None),
        (
            EACH,
            "{ for k, v in data.aws_subnet_ids.s : k => v.ids }",
            None,
        ),
        (ONE, "data.aws_subnet_ids.s[*].ids", None),
    ] {
        let code = |value: &str| format!("output \"o\" {{\n  value = {value}\n}}\n");
        let found = after(data, &code(before), "").map(|(code, _)| code);
        assert_eq!(found, expected.map(code), "{before}");
    }
}

#[test]
fn every_dependency_follows() {
    for (before, expected) in [
        ("[data.aws_subnet_ids.s]", "[data.aws_subnets.s]"),
        (
            "[data.aws_subnet_ids.s, data.aws_subnet_ids.s2]",
            "[data.aws_subnets.s, data.aws_subnet_ids.s2]",
        ),
        ("[\"data.aws_subnet_ids.s\"]", "[\"data.aws_subnets.s\"]"),
        (
            "[\n    data.aws_subnet_ids.s,\n  ]",
            "[\n    data.aws_subnets.s,\n  ]",
        ),
        ("[aws_sqs_queue.s]", "[aws_sqs_queue.s]"),
    ] {
        for head in [
            "resource \"aws_sqs_queue\" \"q\"",
            "data \"aws_region\" \"r\"",
            "module \"m\"",
            "output \"o\"",
        ] {
            let code = |list: &str| format!("{head} {{\n  depends_on = {list}\n}}\n");
            let (found, _) = after(ONE, &code(before), "").unwrap();
            assert_eq!(found, code(expected));
        }
    }
}

#[test]
fn a_check_has_a_data_source_of_its_own() {
    let check = |kind: &str, argument: &str, ids: &str| {
        format!(
            "check \"c\" {{\n  data \"{kind}\" \"s\" {{\n{argument}  }}\n\n  assert {{\n    condition     = length({ids}) > 0\n    error_message = \"x\"\n  }}\n}}\n"
        )
    };
    let before = check(
        "aws_subnet_ids",
        "    vpc_id = \"v\"\n",
        "data.aws_subnet_ids.s.ids",
    );
    let main = format!("{PROVIDER_4}{before}");
    let tree = Tree::new([("main.tf", main.as_str())]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    let filter = "    filter {\n      name   = \"vpc-id\"\n      values = [\"v\"]\n    }\n";
    let expected = check("aws_subnets", filter, "toset(data.aws_subnets.s.ids)");
    let text = tree.with(&plan).0[Path::new("main.tf")].clone();
    assert!(text.ends_with(&expected), "{text}");
}

#[test]
fn tests_follow() {
    let test = |kind: &str, values: &str, ids: &str| {
        format!(
            "mock_provider \"aws\" {{\n  mock_data \"{kind}\" {{\n    defaults = {{}}\n  }}\n}}\noverride_data {{\n  target = data.{kind}.s\n  values = {{\n    {values} = [\"a\"]\n  }}\n}}\nrun \"a\" {{\n  override_data {{\n    target = data.{kind}.s\n  }}\n  assert {{\n    condition     = length({ids}) == 1\n    error_message = \"x\"\n  }}\n}}\n"
        )
    };
    let before = test("aws_subnet_ids", "ids", "data.aws_subnet_ids.s.ids");
    let expected = test("aws_subnets", "ids", "toset(data.aws_subnets.s.ids)");
    assert_eq!(after(ONE, "", &before).unwrap().1, expected);
}

/// What a test overrides is named by its address: nothing is passed as a whole.
#[test]
fn what_a_test_overrides_keeps_nothing() {
    let code = "resource \"aws_db_instance\" \"m\" {\n  identifier = \"m\"\n}\n";
    let main = format!("{PROVIDER_4}{code}");
    let tree = Tree::new([
        ("main.tf", main.as_str()),
        (
            "a.tftest.hcl",
            "override_resource {\n  target = aws_db_instance.m\n}\nrun \"a\" {\n  override_resource {\n    target = aws_db_instance.m\n  }\n}\n",
        ),
    ]);
    let plan = tree.plan(CONFIG, engine::selection::Selection::default());
    let text = tree.with(&plan.unwrap()).0[Path::new("main.tf")].clone();
    assert!(text.contains("~> 5.0"), "{text}");
}
