//! One module with many arguments that provider 5 does not take: what is not rewritten is reported,
//! in the block and in `ignore_changes` too.

use crate::support::{Tree, reports, reviewed};
use engine::selection::Selection;

const MODULE: &str = include_str!("data/provider_4_arguments.tf");

#[test]
fn every_argument_that_provider_5_does_not_take_is_rewritten_or_reported() {
    let tree = Tree::new([("main.tf", MODULE)]);
    let waiting = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        waiting.changes,
        [],
        "what only a person can change holds the rest"
    );
    let hold = waiting.findings[0].notes.join("; ");
    assert!(
        hold.contains("would fail, which needs manual work"),
        "{hold}"
    );

    let plan = tree.plan("", reviewed()).unwrap();
    let left: Vec<&str> = plan
        .findings
        .iter()
        .filter(|it| !it.applied && !it.is_note)
        .map(|it| it.message.as_str())
        .collect();
    let fails = "fails after the upgrade and needs manual work";
    assert_eq!(
        left,
        [
            format!("`triggers` {fails}"),
            format!("`ignore_changes` names `tags`, which {fails}"),
            format!("`rotation_lambda_arn` and `rotation_rules` {fails}"),
            format!("`ignore_changes` names `rotation_rules`, which {fails}"),
            format!("`policy_document` {fails}"),
            format!("`ignore_changes` names `s3_configuration[0].buffer_size`, which {fails}"),
            format!("is read by `.s3_configuration`, which {fails}"),
        ]
    );
    // By `terraform validate` on 5.100.0 nothing else fails in what is written.
    let written = &plan.changes[0].after;
    for part in [
        "  tag {\n    key                 = \"Name\"\n",
        "  dynamic \"tag\" {\n    for_each = flatten(",
        "resource \"aws_ecs_cluster_capacity_providers\" \"each\" {\n  for_each = toset([\"x\"])\n",
        "  network_interface_id   = aws_instance.nat[count.index].primary_network_interface_id\n",
        "    ignore_changes = [broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size]\n",
        "    values = [\"Amazon Elastic Compute Cloud - Compute\", \"Amazon S3\"]\n",
        "  engine             = aws_rds_cluster.c[0].engine\n",
        "      buffering_size     = var.size\n",
    ] {
        assert!(written.contains(part), "{part}\n{written}");
    }
    let again = tree.with(&plan).plan("", reviewed()).unwrap();
    assert_eq!(again.changes, []);
}

#[test]
fn what_ignore_changes_names_inside_of_a_block_that_goes_is_reported() {
    let module = |entries: &str| {
        format!(
            "terraform {{\n  required_providers {{\n    aws = \"~> 4.67\"\n  }}\n}}\n\
             resource \"aws_kinesis_firehose_delivery_stream\" \"a\" {{\n  destination = \"s3\"\n\n  \
             s3_configuration {{\n    role_arn = \"r\"\n  }}\n\n  lifecycle {{\n    \
             ignore_changes = [{entries}]\n  }}\n}}\n"
        )
    };
    for (entries, reported) in [
        ("name", false),
        ("s3_configuration_of_mine", false),
        ("extended_s3_configuration[0].buffering_size", false),
        ("s3_configuration", true),
        ("s3_configuration[0]", true),
        ("name, s3_configuration[0].role_arn", true),
        (
            "s3_configuration[0].cloudwatch_logging_options[0].enabled",
            true,
        ),
    ] {
        let plan = Tree::new([("main.tf", module(entries).as_str())]);
        let plan = plan.plan("", reviewed()).unwrap();
        let found = reports(&plan);
        let is_reported = found
            .iter()
            .any(|it| it.contains("`ignore_changes` names `s3"));
        assert_eq!(is_reported, reported, "{entries}: {found:?}");
    }
}

#[test]
fn lock_files_that_stay_for_the_same_reason_are_one_finding() {
    let lock = |version: &str| {
        format!(
            "provider \"registry.terraform.io/hashicorp/aws\" {{\n  version = \"{version}\"\n}}\n"
        )
    };
    let (four, other) = (lock("4.67.0"), lock("4.9.0"));
    let tree = Tree::new([
        ("units/a/.terraform.lock.hcl", four.as_str()),
        ("units/b/.terraform.lock.hcl", four.as_str()),
        ("units/c/.terraform.lock.hcl", other.as_str()),
        ("units/d/.terraform.lock.hcl", four.as_str()),
    ]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        reports(&plan),
        [
            "units/a/.terraform.lock.hcl:1: the locked AWS provider 4.67.0 is not changed: no requirement is known of what this file locks (3 lock files)",
            "units/c/.terraform.lock.hcl:1: the locked AWS provider 4.9.0 is not changed: no requirement is known of what this file locks",
        ]
    );
    let others = "the same in units/b/.terraform.lock.hcl, units/d/.terraform.lock.hcl";
    assert_eq!(plan.findings[0].notes, [others]);
}

#[test]
fn a_hold_names_what_fails_in_every_module_of_the_tree() {
    let group = |name: &str| {
        format!("resource \"aws_db_security_group\" \"{name}\" {{\n  name = \"{name}\"\n}}\n")
    };
    let call = |name: &str| format!("module \"{name}\" {{\n  source = \"../modules/{name}\"\n}}\n");
    let required = "terraform {\n  required_providers {\n    aws = \"~> 4.67\"\n  }\n}\n";
    let provider = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let root = |own: &str, calls: &[&str]| {
        let calls: String = calls.iter().map(|it| call(it)).collect();
        format!("{required}{provider}{own}{calls}")
    };
    let reasons = |tree: &Tree| {
        let plan = tree.plan("", Selection::default()).unwrap();
        assert_eq!(plan.changes, []);
        let findings = plan.findings.iter();
        let held = findings.filter(|it| it.message.contains("is not upgraded"));
        let held = held.filter(|it| it.transform == "bump_provider");
        held.map(|it| (it.at.path.display().to_string(), it.notes.join("; ")))
            .collect::<Vec<_>>()
    };
    let place = |name: &str, at: &str| format!("`aws_db_security_group.{name}` ({at})");
    let (x, y) = (
        place("x", "modules/x/main.tf:1"),
        place("y", "modules/y/main.tf:1"),
    );
    let own = place("own", "live/main.tf:9");
    let tree = |own: &str, calls: &[&str]| {
        Tree::new([
            ("live/main.tf", root(own, calls).as_str()),
            ("modules/x/main.tf", group("x").as_str()),
            ("modules/y/main.tf", group("y").as_str()),
        ])
    };
    let own_group = group("own");
    for (code, calls, named) in [
        (own_group.as_str(), vec![], vec![&own]),
        ("", vec!["x"], vec![&x]),
        ("", vec!["x", "y"], vec![&x, &y]),
        (own_group.as_str(), vec!["x", "y"], vec![&own, &x, &y]),
    ] {
        let found = reasons(&tree(code, &calls));
        let [(path, why)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(path, "live/main.tf");
        for it in [&own, &x, &y] {
            assert_eq!(
                why.contains(it.as_str()),
                named.contains(&it),
                "{it}: {why}"
            );
        }
    }
}
