//! What moves together when provider and modules are upgraded.

use std::collections::BTreeSet;

use crate::support::{CONFIG, PROVIDER_4, ROLE_1, Tree, VPC_3, changed, reports, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

fn without(id: &str) -> Selection {
    Selection {
        skip: BTreeSet::from([id.to_owned()]),
        ..Selection::default()
    }
}

#[test]
fn skipping_either_of_provider_and_vpc_module_skips_both() {
    let tree = Tree::new([("versions.tf", PROVIDER_4), ("vpc.tf", VPC_3)]);
    let both = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&both), ["versions.tf", "vpc.tf"]);

    let no_module = tree.plan(CONFIG, without("bump_module")).unwrap();
    assert_eq!(no_module.changes, []);
    assert_eq!(
        reports(&no_module),
        ["versions.tf:3: the AWS provider is not upgraded"]
    );
    let help = no_module.findings[0].help.as_deref().unwrap();
    assert_eq!(
        help,
        "terraform-aws-modules/vpc/aws `3.18.1` in the root directory passes init with provider 5 and fails validate, by aws_default_vpc.enable_classiclink; aws_vpc.enable_classiclink; aws_vpc.enable_classiclink_dns_support, and does not move: bump_module is switched off"
    );

    let no_provider = tree.plan(CONFIG, without("bump_provider")).unwrap();
    assert_eq!(no_provider.changes, []);
    assert_eq!(
        reports(&no_provider),
        ["vpc.tf:3: module \"vpc\" (terraform-aws-modules/vpc/aws) is not upgraded"]
    );
    let help = no_provider.findings[0].help.as_deref().unwrap();
    assert!(help.contains("bump_provider is switched off"), "{help}");
}

#[test]
fn the_configuration_switches_a_transform_off_as_a_flag_does() {
    let tree = Tree::new([("versions.tf", PROVIDER_4), ("vpc.tf", VPC_3)]);
    let config = "transform \"bump_module\" { enabled = false }";
    assert_eq!(tree.plan(config, Selection::default()).unwrap().changes, []);
    let only = Selection {
        only: BTreeSet::from(["bump_module".to_owned(), "bump_provider".to_owned()]),
        ..Selection::default()
    };
    let flagged = tree.plan(config, only).unwrap();
    assert_eq!(changed(&flagged), ["versions.tf", "vpc.tf"]);
}

#[test]
fn modules_that_share_what_changes_move_together_others_do_not_wait() {
    let stuck = VPC_3.replace("3.18.1", "2.77.0");
    let stuck = stuck.replace("cidr ", "enable_s3_endpoint = true\n  cidr ");
    let calls_shared = format!("{PROVIDER_4}module \"s\" {{\n  source = \"../shared\"\n}}\n");
    let tree = Tree::new([
        ("a/main.tf", format!("{calls_shared}{stuck}").as_str()),
        ("b/main.tf", &calls_shared),
        ("b/vpc.tf", VPC_3),
        ("shared/main.tf", PROVIDER_4),
        ("c/main.tf", format!("{PROVIDER_4}{VPC_3}").as_str()),
    ]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(changed(&plan), ["c/main.tf"]);
    let said = reports(&plan);
    for held in [
        "a/main.tf:3",
        "b/main.tf:3",
        "shared/main.tf:3",
        "b/vpc.tf:3",
    ] {
        assert!(
            said.iter()
                .any(|report| report.starts_with(held) && report.ends_with("is not upgraded")),
            "{held}: {said:?}"
        );
    }
}

#[test]
fn a_vpc_call_that_needs_a_yes_holds_the_provider_back() {
    let straddling = VPC_3.replace("3.18.1", "~> 2.70");
    let tree = Tree::new([("versions.tf", PROVIDER_4), ("vpc.tf", straddling.as_str())]);
    let unasked = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(unasked.changes, []);
    let reviewed = tree.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(changed(&reviewed), ["versions.tf", "vpc.tf"]);
}

#[test]
fn a_module_outside_the_paths_named_holds_the_others_back() {
    let root = format!("{PROVIDER_4}module \"net\" {{\n  source = \"../net\"\n}}\n");
    let tree = Tree::new([("live/main.tf", root.as_str()), ("net/vpc.tf", VPC_3)]);
    let selection = Selection {
        scope: vec!["live".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        ["live/main.tf:3: the AWS provider is not upgraded"]
    );
}

#[test]
fn one_requirement_that_excludes_the_target_holds_its_roots_back() {
    let root = format!("{PROVIDER_4}module \"m\" {{\n  source = \"../m\"\n}}\n");
    for (child, why) in [
        (
            "~> 3.0",
            "`~> 3.0` in m stays (moving it needs --review) and does not admit `~> 5.0`",
        ),
        (">= 6.2", "`>= 6.2` in m stays"),
    ] {
        let child = PROVIDER_4.replace("~> 4.0", child);
        let tree = Tree::new([
            ("root/main.tf", root.as_str()),
            ("m/main.tf", &child),
            ("n/main.tf", PROVIDER_4),
        ]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(changed(&plan), ["n/main.tf"]);
        let mut findings = plan
            .open()
            .filter(|finding| finding.at.path.starts_with("root"));
        let help = findings
            .next()
            .and_then(|finding| finding.help.clone())
            .unwrap();
        assert!(help.starts_with(why), "{help}");
    }
}

#[test]
fn what_needs_a_yes_is_told_as_that() {
    let old = PROVIDER_4.replace("~> 4.0", "~> 3.0");
    let tree = Tree::new([("main.tf", old.as_str())]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        ["main.tf:3: the AWS provider moves from `~> 3.0` to `~> 5.0`"]
    );
    assert_eq!(plan.findings[0].edits.len(), 1);
}

#[test]
fn terraform_below_what_the_vpc_module_needs_holds_both_back() {
    let old = "terraform {\n  required_version = \"~> 0.14.0\"\n}\n";
    let tree = Tree::new([("a.tf", PROVIDER_4), ("b.tf", VPC_3), ("c.tf", old)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    let help = plan.findings[0].help.as_deref().unwrap();
    assert!(help.contains("needs Terraform 1.0.0 or later"), "{help}");
}

#[test]
fn a_library_keeps_its_open_constraint() {
    let library = "terraform {\n  required_providers {\n    aws = \">= 4.0\"\n  }\n}\n";
    let handed = "terraform {\n  required_providers {\n    aws = {\n      source                = \"hashicorp/aws\"\n      version               = \"~> 4.0\"\n      configuration_aliases = [aws.us]\n    }\n  }\n}\n";
    let alone = Tree::new([("lib/main.tf", library)]);
    let plan = alone.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(
        changed(&plan),
        ["lib/main.tf"],
        "alone in the tree, it is a root"
    );
    let beside_roots = Tree::new([
        ("lib/main.tf", library),
        ("handed/main.tf", handed),
        ("root/main.tf", ROLE_1),
    ]);
    let plan = beside_roots.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["handed/main.tf", "root/main.tf"]);
    assert!(
        plan.changes[0]
            .after
            .contains("version               = \">= 5.0\"")
    );
}

#[test]
fn json_that_is_none_holds_everything_around_it() {
    let json = "{\n  \"provider\": {\"aws\": {},}\n}";
    let tree = Tree::new([
        ("versions.tf", PROVIDER_4),
        ("vpc.tf", VPC_3),
        ("x.tf.json", json),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(plan.skipped.len(), 1, "{:?}", plan.skipped);
    assert_eq!(plan.skipped[0].line, Some(2));
    assert!(plan.skipped[0].reason.starts_with("is not read: no JSON"));
    let help = plan.findings[0].help.as_deref().unwrap();
    assert!(
        help.starts_with("JSON in the root directory speaks of providers"),
        "{help}"
    );
}

fn lock(version: &str) -> String {
    format!(
        "provider \"registry.terraform.io/hashicorp/aws\" {{\n  version = \"{version}\"\n}}\n\nprovider \"registry.terraform.io/hashicorp/random\" {{\n  version = \"3.5.1\"\n}}\n"
    )
}

fn module(source: &str, version: &str) -> String {
    format!("module \"m\" {{\n  source  = \"{source}\"\n  version = \"{version}\"\n}}\n")
}

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
    let why = scoped.findings[0].help.as_deref().unwrap();
    assert!(
        why.contains("the lock file's 4.67.0 stays (the file"),
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
        let waiting = plan.open().find(|it| it.message == "is not upgraded");
        let help = waiting.and_then(|it| it.help.as_deref());
        assert_eq!(plan.changes.is_empty(), why.is_some(), "{child}");
        match why {
            None => assert_eq!(help, None),
            Some(why) => assert!(help.is_some_and(|it| it.starts_with(why)), "{help:?}"),
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
            "main.tf:3: the AWS provider is not upgraded",
            "main.tf:8: module \"m\" (unfunco/oidc-github/aws) moves from `>= 1.4.0` to `>= 1.4.0, < 2.0.0`"
        ]
    );
    let help = plan.findings[0].help.as_deref().unwrap();
    assert!(help.ends_with("(an upper bound needs --review)"), "{help}");
    let unbound = Selection {
        review: true,
        ..without("constrain_module")
    };
    let plan = tree.plan(CONFIG, unbound).unwrap();
    assert_eq!(plan.changes, []);
    let help = plan.findings[0].help.as_deref().unwrap();
    assert!(
        help.ends_with("(constrain_module is switched off)"),
        "{help}"
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
            .filter(|it| it.message == "is not upgraded");
        let reasons: Vec<_> = held.filter_map(|it| it.help.as_deref()).collect();
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

#[test]
fn a_module_that_no_table_knows_needs_review_beside_the_bump() {
    for (source, is_known) in [
        ("git::https://example.com/x.git?ref=v1", false),
        ("github.com/o/r//x", false),
        ("https://example.com/x.zip", false),
        ("s3::https://s3.amazonaws.com/modules/x-1.0.0.zip", false),
        ("o/x/aws", false),
        ("example.com/o/x/aws", false),
        ("cloudposse/label/null", true),
        ("terraform-aws-modules/security-group/aws", true),
    ] {
        let called = format!("{PROVIDER_4}module \"m\" {{\n  source = \"{source}\"\n}}\n");
        let tree = Tree::new([("main.tf", called.as_str())]);
        let plan = tree.plan("", without("github_module_source")).unwrap();
        assert_eq!(!plan.changes.is_empty(), is_known, "{source}");
        if !is_known {
            let found = plan
                .findings
                .iter()
                .find(|it| it.transform == "bump_provider");
            let help = found.and_then(|it| it.help.as_deref()).unwrap();
            assert!(
                help.starts_with("whether module \"m\" (main.tf:6)"),
                "{help}"
            );
        }
    }
    let tree = Tree::new([(
        "main.tf",
        format!("{PROVIDER_4}module \"m\" {{\n  source = \"s3::https://s3.amazonaws.com/modules/x-1.0.0.zip\"\n}}\n").as_str(),
    )]);
    for (works, is_known) in [(">= 4.0", true), ("< 5.0", false)] {
        let config = format!(
            "module_source \"modules\" {{\n  repository = \"github.com/o/r\"\n  ref = \"v{{version}}\"\n  aws_provider = \"{works}\"\n}}\n"
        );
        let plan = tree.plan(&config, without("github_module_source")).unwrap();
        assert_eq!(!plan.changes.is_empty(), is_known, "{works}");
    }
}

#[test]
fn code_that_only_provider_6_takes_is_not_stepped_back() {
    let open = PROVIDER_4.replace("~> 4.0", ">= 4.0");
    let region = "resource \"aws_sqs_queue\" \"q\" {\n  region = \"eu-west-1\"\n}\n";
    let tree = Tree::new([("versions.tf", open.as_str()), ("main.tf", region)]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(plan.changes, []);
    let note = &plan.findings[0];
    assert!(
        note.is_note && note.message.contains("(main.tf:1) is of provider 6"),
        "{note:?}"
    );
}

#[test]
fn a_target_without_a_table_is_warned_of_with_its_line() {
    let tree = Tree::new([("main.tf", PROVIDER_4)]);
    for (target, is_warned) in [("~> 7.0", true), ("9.9.9", true), ("~> 5.100", false)] {
        let config = format!("upgrade {{\n  aws_provider = \"{target}\"\n}}\n");
        let plan = tree.plan(&config, Selection::default()).unwrap();
        let warned = plan
            .skipped
            .iter()
            .any(|it| it.line == Some(2) && it.reason.contains("no table"));
        assert_eq!(warned, is_warned, "{target}");
        assert_eq!(plan.changes.is_empty(), is_warned, "{target}");
    }
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

const PROVIDER: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
