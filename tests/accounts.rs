//! Which provider loses its role, decided across files and modules.
#![allow(missing_docs)]

mod support;

use support::{CONFIG, ROLE_1, Tree, changed, reports};
use transforms::model::selection::Selection;

#[test]
fn a_called_module_loses_its_role_only_where_its_callers_act_in_the_same_account() {
    let other = ROLE_1.replace("111111111111", "222222222222");
    let calls = format!(
        "{ROLE_1}module \"m\" {{\n  source = \"../same\"\n}}\nmodule \"o\" {{\n  source = \"../other\"\n}}\n"
    );
    let tree = Tree::new([
        ("root/main.tf", calls.as_str()),
        ("same/main.tf", ROLE_1),
        ("other/main.tf", &other),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["root/main.tf", "same/main.tf"]);
    assert_eq!(
        reports(&plan),
        [
            "other/main.tf:3: provider \"aws\" of a called module assumes a role in account 222222222222, and root, which calls it, is not known to act there: left alone"
        ]
    );
}

#[test]
fn an_alias_keeps_its_role_where_the_default_provider_keeps_it() {
    let alias = ROLE_1.replace("version = \"~> 5.0\"", "alias   = \"us\"");
    let tree = Tree::new([("a.tf", ROLE_1), ("b.tf", alias.as_str())]);
    let both = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&both), ["a.tf", "b.tf"]);
    let selection = Selection {
        scope: vec!["b.tf".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    let tree = Tree::new([("read-only.tf", ROLE_1), ("b.tf", alias.as_str())]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
}

#[test]
fn a_root_module_without_role_is_told_where_another_loses_one() {
    let roleless = "provider \"aws\" {\n  version = \"~> 5.0\"\n}\n";
    let tree = Tree::new([("a/main.tf", ROLE_1), ("b/main.tf", roleless)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let said = reports(&plan);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("b/main.tf:1: provider \"aws\" has no role, profile or keys"));
    let alone = Tree::new([("b/main.tf", roleless)])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert_eq!(reports(&alone), Vec::<String>::new());
}

const ROLE_2: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n";
const CALLS: &str = "module \"m\" {\n  source = \"../m\"\n}\n";

#[test]
fn an_overrides_role_counts_not_the_one_it_overrides() {
    let alias = ROLE_1.replace("version = \"~> 5.0\"", "alias   = \"us\"");
    for name in ["override.tf", "a_override.tf"] {
        let tree = Tree::new([
            ("main.tf", ROLE_1),
            ("us.tf", alias.as_str()),
            (name, ROLE_2),
        ]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let mut files = changed(&plan);
        files.sort();
        let mut expected = ["main.tf", name];
        expected.sort_unstable();
        assert_eq!(files, expected, "the alias is in another account");
    }
}

#[test]
fn a_test_file_says_nothing_of_the_module_beside_it() {
    let root = format!("{ROLE_2}{CALLS}");
    let tree = Tree::new([
        ("root/z.tftest.hcl", ROLE_1),
        ("root/main.tf", root.as_str()),
        ("m/main.tf", ROLE_1),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["root/main.tf", "root/z.tftest.hcl"]);
}

#[test]
fn a_called_module_keeps_its_role_where_its_caller_keeps_it() {
    let root = format!("{ROLE_1}{CALLS}");
    let identity = "provider \"aws\" {\n  profile = \"p\"\n}\n";
    let overridden = Tree::new([
        ("root/main.tf", root.as_str()),
        ("root/main_override.tf", identity),
        ("m/main.tf", ROLE_1),
    ]);
    let plan = overridden.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    let tree = Tree::new([("root/main.tf", root.as_str()), ("m/main.tf", ROLE_1)]);
    let selection = Selection {
        scope: vec!["m".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(reports(&plan).len(), 1, "{:?}", reports(&plan));
}

#[test]
fn the_directory_above_may_be_called_by_two_dots() {
    let calls = format!("{ROLE_2}module \"m\" {{\n  source = \"..\"\n}}\n");
    let tree = Tree::new([("main.tf", ROLE_1), ("examples/main.tf", calls.as_str())]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(
        changed(&plan),
        ["examples/main.tf"],
        "the caller acts elsewhere"
    );
}

#[test]
fn roles_in_two_files_go_together_or_not_at_all() {
    let tree = Tree::new([("main.tf", ROLE_1), ("main_override.tf", ROLE_2)]);
    let selection = Selection {
        scope: vec!["main.tf".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        [
            "main.tf:3: provider \"aws\" is left alone: main_override.tf, which it needs too, is not among the paths named"
        ]
    );
}

#[test]
fn an_overrides_role_counts_for_the_modules_it_calls_too() {
    let root = format!("{ROLE_1}{CALLS}");
    let tree = Tree::new([
        ("root/a_override.tf", ROLE_2),
        ("root/main.tf", root.as_str()),
        ("m/main.tf", ROLE_1),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["root/a_override.tf", "root/main.tf"]);
}
