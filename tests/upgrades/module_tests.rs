//! What the tests of a module read of renamed attributes.

use std::path::Path;

use crate::support::{CONFIG, PROVIDER_4, Tree, beside, reviewed};
use engine::plan::Plan;

const MODULE: &str = "resource \"aws_db_instance\" \"one\" {\n  identifier = \"x\"\n}\noutput \"db\" {\n  value = aws_db_instance.one\n}\noutput \"n\" {\n  value = aws_db_instance.one.name\n}\n";

fn tree(path: &str, test: &str) -> Tree {
    let module = format!("{PROVIDER_4}{MODULE}");
    Tree::new([
        ("live/main.tf", module.as_str()),
        (path, test),
        (
            "setup/main.tf",
            "output \"db\" {\n  value = { name = \"x\" }\n}\n",
        ),
    ])
}

fn plan(tree: &Tree) -> Plan {
    // Who reads the output that is a whole object is not seen.
    tree.plan(CONFIG, reviewed()).unwrap()
}

fn after(tree: &Tree, plan: &Plan, path: &str) -> String {
    tree.with(plan).0[Path::new(path)].clone()
}

/// A run with this condition.
fn run(condition: &str) -> String {
    format!(
        "run \"r\" {{\n  assert {{\n    condition     = {condition}\n    error_message = \"x\"\n  }}\n}}\n"
    )
}

#[test]
fn a_test_reads_a_renamed_attribute_by_its_new_name() {
    for path in [
        "live/main.tftest.hcl",
        "live/tests/main.tftest.hcl",
        "live/tests/main.tofutest.hcl",
    ] {
        for (before, expected) in [
            (
                "aws_db_instance.one.name == \"x\"",
                "aws_db_instance.one.db_name == \"x\"",
            ),
            (
                "aws_db_instance.one.id == \"x\"",
                "aws_db_instance.one.identifier == \"x\"",
            ),
            ("output.db.name == \"x\"", "output.db.db_name == \"x\""),
            ("run.r.db.name == \"x\"", "run.r.db.db_name == \"x\""),
            ("output.n == \"x\"", "output.n == \"x\""),
            ("output.db.arn == \"x\"", "output.db.arn == \"x\""),
        ] {
            let tree = tree(path, &run(before));
            let plan = plan(&tree);
            assert_eq!(after(&tree, &plan, path), run(expected), "{path}");
            assert!(after(&tree, &plan, "live/main.tf").contains("~> 5.0"));
            let again = self::plan(&tree.with(&plan));
            assert_eq!(again.changes, []);
        }
    }
}

#[test]
fn a_test_that_must_not_be_edited_holds_the_provider() {
    let path = "live/tests/read-only.tftest.hcl";
    let tree = tree(path, &run("aws_db_instance.one.name == \"x\""));
    let plan = plan(&tree);
    assert_eq!(plan.changes, []);
    let finding = plan
        .open()
        .find(|it| it.message.starts_with("is not upgraded"));
    let said = beside(finding.unwrap());
    assert!(
        said.contains("read-only.tftest.hcl:3) is read-only"),
        "{said}"
    );
}

#[test]
fn what_a_run_of_another_module_reads_stays() {
    let test = "run \"setup\" {\n  module {\n    source = \"../setup\"\n  }\n  assert {\n    condition     = output.db.name == \"x\"\n    error_message = \"x\"\n  }\n}\nrun \"r\" {\n  assert {\n    condition     = run.setup.db.name == \"x\"\n    error_message = \"x\"\n  }\n}\n";
    let path = "live/tests/main.tftest.hcl";
    let tree = tree(path, test);
    let plan = plan(&tree);
    assert_eq!(after(&tree, &plan, path), test);
}

#[test]
fn a_test_of_another_directory_stays() {
    let test = run("aws_db_instance.one.name == \"x\"");
    let path = "other/tests/main.tftest.hcl";
    let tree = tree(path, &test);
    let plan = plan(&tree);
    assert_eq!(after(&tree, &plan, path), test);
}
