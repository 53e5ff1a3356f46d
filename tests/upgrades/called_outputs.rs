//! What reads a renamed attribute of a whole object that an output of a child module holds.

use std::path::Path;

use crate::support::{CONFIG, PROVIDER_4, Tree, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

const CHILD: &str = "resource \"aws_db_instance\" \"one\" {\n  identifier = \"x\"\n}\nresource \"aws_db_instance\" \"all\" {\n  for_each = var.names\n}\nresource \"aws_db_proxy\" \"p\" {\n}\nlocals {\n  both = { db = aws_db_instance.one, other = 1 }\n}\noutput \"db\" {\n  value = aws_db_instance.one\n}\noutput \"dbs\" {\n  value = aws_db_instance.all\n}\noutput \"list\" {\n  value = values(aws_db_instance.all)\n}\noutput \"both\" {\n  value = local.both\n}\noutput \"auth\" {\n  value = aws_db_proxy.p.auth\n}\n";

/// A root module that calls a child module once and once for each of some names, with this code in a
/// file of its own.
fn tree(code: &str) -> Tree {
    let root = format!(
        "{PROVIDER_4}module \"a\" {{\n  source = \"./child\"\n}}\nmodule \"b\" {{\n  source   = \"./child\"\n  for_each = var.names\n}}\n"
    );
    Tree::new([
        ("main.tf", root.as_str()),
        ("child/main.tf", CHILD),
        ("reads.tf", code),
    ])
}

/// What needs manual work.
fn manual(plan: &Plan) -> Vec<&str> {
    let findings = plan.findings.iter();
    let manual = findings.filter(|it| !it.applied && !it.is_note);
    manual.map(|it| it.message.as_str()).collect()
}

fn after(tree: &Tree, plan: &Plan, path: &str) -> String {
    tree.with(plan).0[Path::new(path)].clone()
}

#[test]
fn a_read_through_an_output_follows_where_it_is() {
    for (before, expected) in [
        ("module.a.db.name", "module.a.db.db_name"),
        ("module.a.db.id", "module.a.db.identifier"),
        ("module.a.db[\"name\"]", "module.a.db[\"db_name\"]"),
        ("module.a.dbs[\"x\"].name", "module.a.dbs[\"x\"].db_name"),
        ("module.a.list[0].name", "module.a.list[0].db_name"),
        ("module.a.list[*].name", "module.a.list[*].db_name"),
        ("module.a.both.db.name", "module.a.both.db.db_name"),
        ("module.b[\"x\"].db.name", "module.b[\"x\"].db.db_name"),
        (
            "values(module.b)[*].db.name",
            "values(module.b)[*].db.db_name",
        ),
        (
            "[for m in module.b : m.db.name]",
            "[for m in module.b : m.db.db_name]",
        ),
        (
            "[for k, db in module.a.dbs : \"${k}-${db.name}\"]",
            "[for k, db in module.a.dbs : \"${k}-${db.db_name}\"]",
        ),
        (
            "values(module.a.dbs)[*].name",
            "values(module.a.dbs)[*].db_name",
        ),
        (
            "lookup(module.a.db, \"name\", null)",
            "lookup(module.a.db, \"db_name\", null)",
        ),
        ("module.a.db.arn", "module.a.db.arn"),
        ("module.a.both.other", "module.a.both.other"),
    ] {
        let code = |value: &str| format!("locals {{\n  x = {value}\n}}\n");
        let tree = tree(&code(before));
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(after(&tree, &plan, "reads.tf"), code(expected));
        assert_eq!(manual(&plan), [""; 0], "{before}");
        assert!(after(&tree, &plan, "main.tf").contains("~> 5.0"));
        let again = tree.with(&plan).plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(again.changes, []);
    }
}

#[test]
fn an_index_of_a_set_through_an_output_follows_where_it_is() {
    let tree = tree("output \"o\" {\n  value = module.a.auth[0].iam_auth\n}\n");
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    let reads = after(&tree, &plan, "reads.tf");
    assert!(reads.contains("value = tolist(module.a.auth)[0].iam_auth"));
    assert_eq!(manual(&plan), [""; 0]);
    let held = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(held.changes, [], "the provider waits for what needs review");
}

#[test]
fn what_leaves_the_root_module_is_reported_there() {
    for (code, line) in [
        ("output \"db\" {\n  value = module.a.db\n}\n", 2),
        (
            "module \"other\" {\n  source = \"git::https://example.com/x.git\"\n  dbs = module.a.dbs\n}\n",
            3,
        ),
        ("locals {\n  x = jsonencode(module.a.list)\n}\n", 2),
        ("locals {\n  x = jsonencode(module.a)\n}\n", 2),
    ] {
        let tree = tree(code);
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        let mut left: Vec<_> = plan
            .findings
            .iter()
            .filter(|it| it.message.contains("passed as a whole") && !it.is_note)
            .map(|it| (it.at.path.clone(), it.at.line))
            .collect();
        left.dedup();
        assert_eq!(left, [("reads.tf".into(), line)], "{code}");
    }
}

#[test]
fn an_output_that_callers_read_is_a_note() {
    let tree = tree("");
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(manual(&plan), [""; 0]);
    let notes = plan.findings.iter().filter(|it| it.is_note);
    let notes: Vec<_> = notes.map(|it| (it.at.line, it.message.as_str())).collect();
    let message = "is an output as a whole: only the calls in this repository are followed";
    assert_eq!(
        notes,
        [(13, message), (16, message), (19, message), (22, message)]
    );
}

#[test]
fn an_output_is_followed_through_several_modules() {
    let middle = "module \"inner\" {\n  source = \"../child\"\n}\noutput \"of_inner\" {\n  value = { db = module.inner.db }\n}\n";
    let root = format!("{PROVIDER_4}module \"m\" {{\n  source = \"./middle\"\n}}\n");
    let tree = Tree::new([
        ("main.tf", root.as_str()),
        ("child/main.tf", CHILD),
        ("middle/main.tf", middle),
        (
            "reads.tf",
            "output \"o\" {\n  value = module.m.of_inner.db.name\n}\n",
        ),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let reads = after(&tree, &plan, "reads.tf");
    assert!(reads.contains("module.m.of_inner.db.db_name"), "{reads}");
}
