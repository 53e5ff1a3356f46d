//! What reads a renamed attribute of a whole object that a variable of a child module holds.

use std::path::Path;

use crate::support::{CONFIG, PROVIDER_4, Tree};
use engine::plan::Plan;
use engine::selection::Selection;

const RESOURCES: &str = "resource \"aws_db_instance\" \"one\" {\n  identifier = \"x\"\n}\nresource \"aws_db_instance\" \"all\" {\n  for_each = var.names\n}\n";

/// A root module with databases and these calls, and a child module with this code.
fn tree(calls: &str, child: &str) -> Tree {
    let root = format!("{PROVIDER_4}{RESOURCES}{calls}");
    Tree::new([("main.tf", root.as_str()), ("child/main.tf", child)])
}

/// A call of the child module with these arguments.
fn call(label: &str, arguments: &str) -> String {
    format!("module \"{label}\" {{\n  source = \"./child\"\n  {arguments}\n}}\n")
}

fn plan(tree: &Tree) -> Plan {
    tree.plan(CONFIG, Selection::default()).unwrap()
}

fn after(tree: &Tree, plan: &Plan, path: &str) -> String {
    tree.with(plan).0[Path::new(path)].clone()
}

/// Where a whole object leaves what is followed.
fn left(plan: &Plan) -> Vec<String> {
    let left = plan
        .open()
        .filter(|it| it.message.contains("passed as a whole"));
    left.map(|it| format!("{}:{}", it.at.path.display(), it.at.line))
        .collect()
}

#[test]
fn a_read_through_a_variable_follows_where_it_is() {
    for (argument, before, expected) in [
        ("v = aws_db_instance.one", "var.v.name", "var.v.db_name"),
        ("v = aws_db_instance.one", "var.v.id", "var.v.identifier"),
        (
            "v = aws_db_instance.one",
            "var.v[\"name\"]",
            "var.v[\"db_name\"]",
        ),
        ("v = aws_db_instance.one", "var.v.arn", "var.v.arn"),
        (
            "v = aws_db_instance.all[\"x\"]",
            "var.v.name",
            "var.v.db_name",
        ),
        (
            "v = [aws_db_instance.one]",
            "var.v[0].name",
            "var.v[0].db_name",
        ),
        (
            "v = aws_db_instance.all",
            "var.v[\"x\"].name",
            "var.v[\"x\"].db_name",
        ),
        (
            "v = values(aws_db_instance.all)",
            "[for db in var.v : db.name]",
            "[for db in var.v : db.db_name]",
        ),
        (
            "v = { db = aws_db_instance.one, name = \"x\" }",
            "\"${var.v.db.name}-${var.v.name}\"",
            "\"${var.v.db.db_name}-${var.v.name}\"",
        ),
        (
            "for_each = aws_db_instance.all\n  v        = each.value",
            "var.v.name",
            "var.v.db_name",
        ),
        (
            "v = var.on ? aws_db_instance.one : null",
            "try(var.v.name, null)",
            "try(var.v.db_name, null)",
        ),
    ] {
        let child =
            |value: &str| format!("variable \"v\" {{}}\noutput \"o\" {{\n  value = {value}\n}}\n");
        let tree = tree(&call("a", argument), &child(before));
        let plan = plan(&tree);
        assert_eq!(
            after(&tree, &plan, "child/main.tf"),
            child(expected),
            "{argument}"
        );
        assert_eq!(left(&plan), [""; 0], "{argument}");
        assert!(after(&tree, &plan, "main.tf").contains("~> 5.0"));
        let again = self::plan(&tree.with(&plan));
        assert_eq!(again.changes, []);
    }
}

#[test]
fn every_call_of_the_module_passes_such_an_object_or_none_is_followed() {
    const READS: &str = "output \"o\" {\n  value = try(var.v.name, \"\")\n}\n";
    let one = call("a", "v = aws_db_instance.one");
    let passed_here = "main.tf:14";
    for (declaration, other, is_followed) in [
        (
            "variable \"v\" {}\n",
            call("b", "v = aws_db_instance.all[\"x\"]"),
            true,
        ),
        (
            "variable \"v\" {\n  type    = any\n  default = null\n}\n",
            call("b", ""),
            true,
        ),
        ("variable \"v\" {}\n", call("b", "v = null"), true),
        (
            "variable \"v\" {}\n",
            call("b", "v = { name = \"x\" }"),
            false,
        ),
        ("variable \"v\" {}\n", call("b", "v = var.other"), false),
        (
            "variable \"v\" {}\n",
            call("b", "v = [aws_db_instance.one]"),
            false,
        ),
        (
            "variable \"v\" {\n  default = { name = \"x\" }\n}\n",
            call("b", ""),
            false,
        ),
        (
            "variable \"v\" {\n  type = object({ name = string })\n}\n",
            String::new(),
            false,
        ),
    ] {
        let child = format!("{declaration}{READS}");
        let tree = tree(&format!("{one}{other}"), &child);
        let plan = plan(&tree);
        let reads = after(&tree, &plan, "child/main.tf");
        let shown = format!("{declaration}{other}");
        assert_eq!(reads.contains("var.v.db_name"), is_followed, "{shown}");
        assert_eq!(
            left(&plan).contains(&passed_here.to_owned()),
            !is_followed,
            "{shown}"
        );
    }
}

#[test]
fn a_caller_in_another_directory_counts_too() {
    for (argument, is_followed) in [("aws_db_instance.two", true), ("{ name = \"x\" }", false)] {
        let root = format!(
            "{PROVIDER_4}{RESOURCES}{}",
            call("a", "v = aws_db_instance.one")
        );
        let other = format!(
            "{PROVIDER_4}resource \"aws_db_instance\" \"two\" {{\n}}\nmodule \"b\" {{\n  source = \"../child\"\n  v      = {argument}\n}}\n"
        );
        let tree = Tree::new([
            ("main.tf", root.as_str()),
            ("other/main.tf", other.as_str()),
            (
                "child/main.tf",
                "variable \"v\" {}\noutput \"o\" {\n  value = var.v.name\n}\n",
            ),
        ]);
        let plan = plan(&tree);
        let reads = after(&tree, &plan, "child/main.tf");
        assert_eq!(reads.contains("var.v.db_name"), is_followed, "{argument}");
        assert_eq!(left(&plan).is_empty(), is_followed, "{argument}");
    }
}

#[test]
fn a_variable_that_a_test_sets_is_not_followed() {
    let root = format!(
        "{PROVIDER_4}{RESOURCES}{}",
        call("a", "v = aws_db_instance.one")
    );
    for (test, is_followed) in [
        ("variables {\n  v = { name = \"x\" }\n}\n", false),
        (
            "run \"r\" {\n  variables {\n    v = { name = \"x\" }\n  }\n}\n",
            false,
        ),
        ("run \"r\" {\n  variables {\n    w = 1\n  }\n}\n", true),
    ] {
        let tree = Tree::new([
            ("main.tf", root.as_str()),
            (
                "child/main.tf",
                "variable \"v\" {}\noutput \"o\" {\n  value = var.v.name\n}\n",
            ),
            ("child/tests/a.tftest.hcl", test),
        ]);
        let plan = plan(&tree);
        let reads = after(&tree, &plan, "child/main.tf");
        assert_eq!(reads.contains("var.v.db_name"), is_followed, "{test}");
        assert_eq!(left(&plan).is_empty(), is_followed, "{test}");
    }
}

#[test]
fn an_object_is_followed_through_several_modules() {
    let root = format!(
        "{PROVIDER_4}{RESOURCES}{}",
        call("a", "v = aws_db_instance.one")
    );
    let tree = Tree::new([
        ("main.tf", root.as_str()),
        (
            "child/main.tf",
            "variable \"v\" {}\nmodule \"inner\" {\n  source = \"../inner\"\n  dbs    = { x = var.v }\n}\noutput \"back\" {\n  value = module.inner.db\n}\n",
        ),
        (
            "inner/main.tf",
            "variable \"dbs\" {}\noutput \"o\" {\n  value = var.dbs.x.name\n}\noutput \"db\" {\n  value = var.dbs.x\n}\n",
        ),
        (
            "reads.tf",
            "output \"o\" {\n  value = module.a.back.name\n}\n",
        ),
    ]);
    let plan = plan(&tree);
    assert!(after(&tree, &plan, "inner/main.tf").contains("var.dbs.x.db_name"));
    assert!(after(&tree, &plan, "reads.tf").contains("module.a.back.db_name"));
    assert_eq!(left(&plan), [""; 0]);
}

#[test]
fn what_leaves_the_called_module_is_reported_there() {
    let tree = tree(
        &call("a", "v = aws_db_instance.one"),
        "variable \"v\" {}\nlocals {\n  x = jsonencode(var.v)\n}\n",
    );
    let plan = plan(&tree);
    assert_eq!(left(&plan), ["child/main.tf:3"]);
    let found = plan.open().find(|it| it.at.line == 3).unwrap();
    assert_eq!(found.subject, "the caller's aws_db_instance.one");
}
