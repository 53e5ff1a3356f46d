//! The constraints of a tree of modules, which have to admit one release together.

use super::{lock, module, without};
use crate::support::{CONFIG, PROVIDER_4, Tree, beside, changed, reports, reviewed};
use engine::selection::Selection;

#[test]
fn what_the_constraints_of_a_tree_cannot_satisfy_together_holds_the_bump_back() {
    let calls = "module \"n\" {\n  source = \"./n\"\n}\n";
    let eks = module("terraform-aws-modules/eks/aws", "~> 20.0");
    let acm = module("terraform-aws-modules/acm/aws", "2.8.0");
    for (root, child, why) in [
        (
            calls.to_owned(),
            PROVIDER_4.replace("~> 4.0", "< 5.1"),
            None,
        ),
        (
            format!(
                "{calls}{}",
                PROVIDER_4
                    .replace("4.0", "5.2")
                    .replace("terraform {", "terraform {\n")
            ),
            PROVIDER_4.replace("~> 4.0", "< 5.1"),
            Some("no release satisfies every requirement: `~> 5.2` in the root directory"),
        ),
        (
            calls.to_owned(),
            format!("{}{eks}", PROVIDER_4.replace("~> 4.0", "~> 5.31.0")),
            Some(
                "terraform-aws-modules/eks/aws `~> 20.0` in n selects a release that requires provider 5.95.0",
            ),
        ),
        (
            calls.to_owned(),
            acm,
            Some(
                "terraform-aws-modules/acm/aws `2.8.0` in n requires a provider below 5: init fails with 5",
            ),
        ),
    ] {
        let root = format!("{PROVIDER_4}{root}");
        let tree = Tree::new([("main.tf", root.as_str()), ("n/main.tf", child.as_str())]);
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        let waiting = plan
            .open()
            .find(|it| it.message.starts_with("is not upgraded"));
        let said = waiting.map(beside);
        assert_eq!(plan.changes.is_empty(), why.is_some(), "{child}");
        match why {
            None => assert_eq!(said, None),
            Some(why) => assert!(
                said.as_ref().is_some_and(|it| it.starts_with(why)),
                "{said:?}"
            ),
        }
    }
}

#[test]
fn a_bound_that_needs_a_yes_holds_the_bump_back_until_then() {
    let root = format!(
        "{PROVIDER_4}{}",
        module("unfunco/oidc-github/aws", ">= 1.4.0")
    );
    let tree = Tree::new([("main.tf", root.as_str())]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        [
            "main.tf:3: the AWS provider moves from `~> 4.0` to `~> 5.0`",
            "main.tf:8: module \"m\" (unfunco/oidc-github/aws) moves from `>= 1.4.0` to `>= 1.4.0, < 2.0.0`"
        ]
    );
    let said = beside(&plan.findings[0]);
    assert!(said.ends_with("(an upper bound needs --review)"), "{said}");
    let unbound = Selection {
        review: true,
        ..without("constrain_module")
    };
    let plan = tree.plan(CONFIG, unbound).unwrap();
    assert_eq!(plan.changes, []);
    let said = beside(&plan.findings[0]);
    assert!(
        said.ends_with("(constrain_module is switched off)"),
        "{said}"
    );
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    assert!(plan.changes[0].after.contains("\">= 1.4.0, < 2.0.0\""));
    assert!(plan.changes[0].after.contains("\"~> 5.0\""));
}

#[test]
fn a_module_shared_with_a_root_at_another_major_gets_no_bound() {
    let call = "module \"shared\" {\n  source = \"../shared\"\n}\n";
    let five = format!("{}{call}", PROVIDER_4.replace("~> 4.0", "~> 5.0"));
    let six = format!("{}{call}", PROVIDER_4.replace("~> 4.0", "~> 6.0"));
    let acm = module("terraform-aws-modules/acm/aws", ">= 4.0");
    let tree = Tree::new([
        ("five/main.tf", five.as_str()),
        ("six/main.tf", &six),
        ("shared/main.tf", &acm),
    ]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(plan.changes, []);
    let said = reports(&plan);
    assert!(said[0].starts_with(
        "shared/main.tf:3: module \"m\" (terraform-aws-modules/acm/aws) `>= 4.0` selects"
    ));
}

#[test]
fn provider_6_is_judged_by_its_own_ranges() {
    let config = "upgrade {\n  aws_provider = \"~> 6.0\"\n}\n";
    let ec2 = module("terraform-aws-modules/ec2-instance/aws", "~> 5.0");
    let root = format!("{}{ec2}", PROVIDER_4.replace("4.0", "5.0"));
    let tree = Tree::new([("main.tf", root.as_str())]);
    let plan = tree.plan(config, reviewed()).unwrap();
    assert_eq!(plan.changes, []);
    let last = plan.findings.last().unwrap();
    assert!(
        last.message.ends_with("fails with provider 6"),
        "{}",
        last.message
    );
    assert!(last.help.as_deref().unwrap().contains("`>= 6.0.0`"));

    let later = root.replace("5.0\"\n}\n", "6.0\"\n}\n");
    let tree = Tree::new([
        ("main.tf", later.as_str()),
        (".terraform.lock.hcl", &lock("5.9.0")),
    ]);
    let plan = tree.plan(config, reviewed()).unwrap();
    assert_eq!(changed(&plan), [".terraform.lock.hcl", "main.tf"]);
}

#[test]
fn a_module_does_not_move_past_a_provider_that_is_held() {
    let vpc = module("terraform-aws-modules/vpc/aws", "~> 3.0");
    let group = module("terraform-aws-modules/autoscaling/aws", "~> 4.0").replace("\"m\"", "\"g\"");
    let open = PROVIDER_4.replace("~> 4.0", ">= 4.0");
    let locked = lock("4.67.0");
    let root = format!("{open}{vpc}{group}");
    let tree = Tree::new([("main.tf", root.as_str()), (".terraform.lock.hcl", &locked)]);
    for selection in [Selection::default(), reviewed()] {
        let plan = tree.plan(CONFIG, selection).unwrap();
        assert_eq!(plan.changes, []);
        let held = plan
            .findings
            .iter()
            .filter(|it| it.message.starts_with("is not upgraded"));
        let reasons: Vec<_> = held.map(beside).collect();
        assert!(
            reasons[0].contains("autoscaling/aws `~> 4.0`"),
            "{reasons:?}"
        );
        assert!(
            reasons[1].contains("the lock file's 4.67.0 stays"),
            "{reasons:?}"
        );
    }
}

#[test]
fn terraform_that_cannot_run_the_target_holds_the_provider() {
    let old = |version: &str| {
        PROVIDER_4.replacen(
            "{\n",
            &format!("{{\n  required_version = \"{version}\"\n"),
            1,
        )
    };
    for (version, is_held) in [
        ("~> 0.11.0", true),
        ("< 0.12", true),
        (">= 0.11", false),
        ("~> 0.12.0", false),
    ] {
        let tree = Tree::new([("main.tf", old(version).as_str())]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(plan.changes.is_empty(), is_held, "{version}");
    }
}
