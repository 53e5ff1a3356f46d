//! Lock files, which follow the constraints or hold them.

use super::{PROVIDER, without};
use super::{lock, module};
use crate::support::{CONFIG, PROVIDER_4, Tree, beside, changed, reports, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

#[test]
fn a_lock_file_follows_the_bump_and_only_that() {
    let locked = lock("4.67.0");
    let tree = Tree::new([("main.tf", PROVIDER_4), (".terraform.lock.hcl", &locked)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), [".terraform.lock.hcl", "main.tf"]);
    let (_, random) = locked.split_once("\n\n").unwrap();
    assert_eq!(plan.changes[0].after, random);

    let off = tree.plan(CONFIG, without("bump_provider")).unwrap();
    assert_eq!(off.changes, []);
    let scope = Selection {
        scope: vec!["main.tf".into()],
        ..Selection::default()
    };
    let scoped = tree.plan(CONFIG, scope).unwrap();
    assert_eq!(
        scoped.changes,
        [],
        "the lock file stays, and init would fail"
    );
    let why = beside(&scoped.findings[0]);
    assert!(
        why.contains("the lock file's 4.67.0 stays, as the file"),
        "{why}"
    );
    let bumped = tree.plan(CONFIG, without("relock_provider")).unwrap();
    assert_eq!(changed(&bumped), ["main.tf"]);
    let commands: Vec<_> = bumped.steps.iter().flat_map(|it| &it.commands).collect();
    assert_eq!(commands, ["terraform init -upgrade"], "asked for like that");

    let waiting = format!(
        "{PROVIDER_4}{}",
        module("terraform-aws-modules/rds/aws", "~> 4.0")
    );
    let waiting = Tree::new([
        ("main.tf", waiting.as_str()),
        (".terraform.lock.hcl", &locked),
    ]);
    assert_eq!(waiting.plan(CONFIG, reviewed()).unwrap().changes, []);
}

#[test]
fn a_lock_file_that_cannot_be_edited_or_read_is_said() {
    let locked = lock("4.67.0");
    let tree = Tree::new([
        (
            "read-only/main.tf",
            PROVIDER_4.replace("~> 4.0", "~> 5.0").as_str(),
        ),
        ("read-only/.terraform.lock.hcl", &locked),
        ("torn/main.tf", PROVIDER_4),
        (
            "torn/.terraform.lock.hcl",
            "<<<<<<< HEAD\nprovider \"x\" {\n",
        ),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["torn/main.tf"]);
    assert_eq!(
        reports(&plan),
        [
            "read-only/.terraform.lock.hcl:1: the locked AWS provider is not changed: read-only/.terraform.lock.hcl is read-only"
        ]
    );
    let skipped = &plan.skipped[0];
    assert_eq!(skipped.path.to_str(), Some("torn/.terraform.lock.hcl"));
    assert!(skipped.reason.starts_with("is not read"), "{skipped:?}");
}

#[test]
fn the_release_that_terraform_would_select_of_a_module_counts_for_the_lock() {
    let five = PROVIDER_4.replace("~> 4.0", "~> 5.0");
    let eks = module("terraform-aws-modules/eks/aws", "~> 20.0");
    let root = format!("{five}{eks}");
    for (locked, edited) in [("5.94.0", true), ("5.95.0", false)] {
        let locked = lock(locked);
        let tree = Tree::new([("main.tf", root.as_str()), (".terraform.lock.hcl", &locked)]);
        assert_eq!(tree.plan(CONFIG, Selection::default()).unwrap().changes, []);
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        assert_eq!(!plan.changes.is_empty(), edited, "{locked}");
    }
}

#[test]
fn a_lock_file_stays_where_no_release_satisfies_all_constraints() {
    let five = PROVIDER_4.replace("~> 4.0", "~> 5.0");
    let locked = lock("5.100.0");
    let kms = module("terraform-aws-modules/kms/aws", "4.2.0");
    let root = format!("{five}{kms}");
    let tree = Tree::new([("main.tf", root.as_str()), (".terraform.lock.hcl", &locked)]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(changed(&plan), [""; 0]);
    assert!(reports(&plan).join("\n").contains("requires provider 6"));
}

#[test]
fn a_plan_settles_where_the_lock_file_contradicts_the_tree() {
    let requirement = |it: Option<&str>| match it {
        Some(it) => {
            format!("terraform {{\n  required_providers {{\n    aws = \"{it}\"\n  }}\n}}\n")
        }
        None => String::new(),
    };
    let constraints = [
        None,
        Some(">= 4.0"),
        Some("~> 4.0"),
        Some("~> 5.0"),
        Some(">= 5.0"),
        Some("!= 6.2.0"),
    ];
    let mut faults = Vec::new();
    for locked in ["4.67.0", "5.31.0", "6.2.0"] {
        let lock = format!(
            "provider \"registry.terraform.io/hashicorp/aws\" {{\n  version = \"{locked}\"\n}}\n"
        );
        let pairs = constraints
            .iter()
            .flat_map(|root| constraints.iter().map(move |it| (root, it)));
        for (root, child) in pairs {
            let main = format!(
                "{}module \"x\" {{\n  source = \"../x\"\n}}\n{PROVIDER}",
                requirement(*root)
            );
            let child_text = requirement(*child);
            let tree = Tree::new([
                ("a/main.tf", main.as_str()),
                ("a/.terraform.lock.hcl", lock.as_str()),
                ("x/main.tf", child_text.as_str()),
            ]);
            for (target, selection) in [
                ("~> 5.0", Selection::default()),
                ("~> 5.0", reviewed()),
                ("~> 6.0", Selection::default()),
            ] {
                let config = format!("upgrade {{\n  aws_provider = \"{target}\"\n}}\n");
                let plan = tree.plan(&config, selection.clone()).unwrap();
                let again = tree.with(&plan).plan(&config, selection.clone()).unwrap();
                let has_bug = |plan: &Plan| reports(plan).iter().any(|it| it.contains("a bug in"));
                if has_bug(&plan) || !again.changes.is_empty() {
                    let review = selection.review;
                    faults.push(format!("{locked} {root:?} {child:?} {target} {review}"));
                }
            }
        }
    }
    assert_eq!(faults, [""; 0]);
}
