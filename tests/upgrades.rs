//! What moves together when provider and modules are upgraded.

mod bounds;
mod call_overrides;
mod called_outputs;
mod lock_files;
mod module_tests;
mod object_form;
mod passed_variables;
mod sets;
mod subnet_ids;
mod whole_objects;

use std::collections::BTreeSet;

use crate::support::{CONFIG, PROVIDER_4, ROLE_1, Tree, VPC_3, beside, changed, reports, reviewed};
use engine::selection::Selection;

fn without(id: &str) -> Selection {
    Selection {
        skip: BTreeSet::from([id.to_owned()]),
        ..Selection::default()
    }
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
fn skipping_either_of_provider_and_vpc_module_skips_both() {
    let tree = Tree::new([("versions.tf", PROVIDER_4), ("vpc.tf", VPC_3)]);
    let both = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&both), ["versions.tf", "vpc.tf"]);

    let no_module = tree.plan(CONFIG, without("bump_module")).unwrap();
    assert_eq!(no_module.changes, []);
    assert_eq!(
        reports(&no_module),
        ["versions.tf:3: the AWS provider is not upgraded from `~> 4.0` to `~> 5.0`"]
    );
    let said = beside(&no_module.findings[0]);
    assert_eq!(
        said,
        "terraform-aws-modules/vpc/aws `3.18.1` in the root directory passes init with provider 5 and fails validate by aws_default_vpc.enable_classiclink, aws_vpc.enable_classiclink, aws_vpc.enable_classiclink_dns_support and does not move (bump_module is switched off)"
    );

    let no_provider = tree.plan(CONFIG, without("bump_provider")).unwrap();
    assert_eq!(no_provider.changes, []);
    assert_eq!(
        reports(&no_provider),
        [
            "vpc.tf:3: module \"vpc\" (terraform-aws-modules/vpc/aws) is not upgraded from `3.18.1` to `5.16.0`"
        ]
    );
    let said = beside(&no_provider.findings[0]);
    assert!(said.contains("bump_provider is switched off"), "{said}");
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
                .any(|report| report.starts_with(held) && report.contains("is not upgraded")),
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
        ["live/main.tf:3: the AWS provider is not upgraded from `~> 4.0` to `~> 5.0`"]
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
        let said = beside(findings.next().unwrap());
        assert!(said.starts_with(why), "{said}");
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
    let said = beside(&plan.findings[0]);
    assert!(said.contains("needs Terraform 1.0.0 or later"), "{said}");
}

#[test]
fn a_library_keeps_its_open_constraint() {
    let library = "terraform {\n  required_providers {\n    aws = \">= 4.0\"\n  }\n}\n";
    let passed = "terraform {\n  required_providers {\n    aws = {\n      source                = \"hashicorp/aws\"\n      version               = \"~> 4.0\"\n      configuration_aliases = [aws.us]\n    }\n  }\n}\n";
    let alone = Tree::new([("lib/main.tf", library)]);
    let plan = alone.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(
        changed(&plan),
        ["lib/main.tf"],
        "alone in the tree, it is a root"
    );
    let beside_roots = Tree::new([
        ("lib/main.tf", library),
        ("passed/main.tf", passed),
        ("root/main.tf", ROLE_1),
    ]);
    let plan = beside_roots.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["passed/main.tf", "root/main.tf"]);
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
    let said = beside(&plan.findings[0]);
    assert!(
        said.starts_with("JSON in the root directory speaks of providers"),
        "{said}"
    );
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
            let said = beside(found.unwrap());
            assert!(
                said.starts_with("whether module \"m\" (main.tf:6)"),
                "{said}"
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
fn a_bucket_with_a_region_is_of_provider_6_where_none_before_3_may_be_in_use() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  region = \"eu-west-1\"\n}\n";
    for (constraint, is_beyond) in [(">= 4.0", true), (">= 3.0", true), (">= 2.70", false)] {
        let open = PROVIDER_4.replace("~> 4.0", constraint);
        let tree = Tree::new([("versions.tf", open.as_str()), ("main.tf", bucket)]);
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        assert_eq!(plan.changes.is_empty(), is_beyond, "{constraint}");
        let mut findings = plan.findings.iter();
        let is_noted = findings.any(|it| it.message.contains("(main.tf:1) is of provider 6"));
        assert_eq!(is_noted, is_beyond, "{constraint}");
    }
}

#[test]
fn what_provider_6_takes_again_is_left_where_a_root_module_is_at_6() {
    let child = "terraform {\n  required_providers {\n    aws = \">= 5.0\"\n  }\n}\nresource \"aws_s3_bucket\" \"b\" {\n  region = \"eu-west-1\"\n}\n";
    let root = |constraint: &str| {
        let call = "module \"child\" {\n  source = \"../child\"\n}\n";
        format!("{}{call}", PROVIDER_4.replace("~> 4.0", constraint))
    };
    for (roots, expected) in [
        (["~> 6.0", "~> 6.1"], 0),
        (["~> 6.0", "~> 5.0"], 0),
        (["~> 5.0", "~> 6.0"], 0),
        (["~> 5.0", "~> 5.1"], 1),
    ] {
        let [one, other] = roots.map(root);
        let tree = Tree::new([
            ("a/main.tf", one.as_str()),
            ("b/main.tf", other.as_str()),
            ("child/main.tf", child),
        ]);
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        let about = plan
            .findings
            .iter()
            .filter(|it| it.subject == "aws_s3_bucket.b");
        assert_eq!(about.count(), expected, "{roots:?}");
    }
}

#[test]
fn a_target_without_a_table_is_warned_of_with_its_line() {
    let tree = Tree::new([("main.tf", PROVIDER_4)]);
    for (target, is_warned) in [("~> 7.0", true), ("9.9.9", true), ("~> 5.100", false)] {
        let config = format!("upgrade {{\n  aws_provider = \"{target}\"\n}}\n");
        let plan = tree.plan(&config, Selection::default()).unwrap();
        let mut warnings = plan.warnings.iter();
        let warned = warnings.any(|it| it.at.line == 2 && it.message.contains("no table"));
        assert_eq!(warned, is_warned, "{target}");
        assert_eq!(plan.changes.is_empty(), is_warned, "{target}");
    }
}

const PROVIDER: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";

#[test]
fn a_read_is_found_in_a_key_and_in_what_triggers_a_replacement() {
    let database = "resource \"aws_db_instance\" \"d\" {\n  name = \"x\"\n}\n";
    for (read, expected) in [
        (
            "output \"o\" {\n  value = lookup(var.m, aws_db_instance.d.name, \"x\")\n}\n",
            "lookup(var.m, aws_db_instance.d.db_name, \"x\")",
        ),
        (
            "resource \"x\" \"y\" {\n  lifecycle {\n    replace_triggered_by = [aws_db_instance.d.name]\n  }\n}\n",
            "replace_triggered_by = [aws_db_instance.d.db_name]",
        ),
        (
            "resource \"x\" \"y\" {\n  lifecycle {\n    replace_triggered_by = [aws_db_instance.d, aws_db_instance.e]\n  }\n}\n",
            "[aws_db_instance.d, aws_db_instance.e]",
        ),
    ] {
        let other = database.replace("\"d\"", "\"e\"");
        let text = format!("{PROVIDER_4}{database}{other}{read}");
        let tree = Tree::new([("main.tf", text.as_str())]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let after = &plan.changes[0].after;
        assert!(after.contains(expected), "{after}");
        assert_eq!(reports(&plan), [""; 0], "{read}");
    }
}
