//! The tables up to provider 5 against the real provider: what their rows class as failing fails
//! `terraform validate` by its name, and what they make of it does not.
//!
//! `TFKEYLESS_PLUGIN_DIR` names a mirror of plugins that has the AWS provider 5.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::{env, fs};

use crate::support::cases::{CASES, Case, cases};
use upgrade::arguments::{Fact, facts};

/// Fail for what is missing in or beside them, or once their values are known: not by their names.
const UNSEEN: [&str; 7] = [
    "data aws_iam_policy_document override_json",
    "data aws_iam_policy_document source_json",
    "resource aws_codebuild_project secondary_sources.auth",
    "resource aws_codebuild_project source.auth",
    "resource aws_rds_cluster_instance cluster_identifier",
    "resource aws_wafv2_web_acl rule.statement.managed_rule_group_statement.excluded_rule",
    "resource aws_wafv2_web_acl rule.statement.rule_group_reference_statement.excluded_rule",
];

/// Fail with these words, which do not have the name in quotes.
const SAYS: [(&str, &str); 3] = [
    (
        "resource aws_autoscaling_group instance_refresh.triggers",
        "'tags' is not a recognized parameter name",
    ),
    (
        "resource aws_dx_gateway_association vpn_gateway_id",
        "\"associated_gateway_id\": one of",
    ),
    ("resource aws_rds_cluster engine", "got aurora"),
];

fn terraform(directory: &Path, arguments: &[&str]) -> Output {
    Command::new("terraform")
        .args(arguments)
        .current_dir(directory)
        .env_remove("TF_CLI_CONFIG_FILE")
        .output()
        .expect("terraform runs")
}

/// What `terraform validate` says of each module, by the module's number.
fn validated(plugins: &str, modules: &[(usize, &str)]) -> BTreeMap<usize, String> {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let mut main = "terraform {\n  required_providers {\n    aws = \"~> 5.0\"\n  }\n}\n".to_owned();
    for (number, code) in modules {
        fs::create_dir(root.join(format!("c{number}"))).unwrap();
        fs::write(root.join(format!("c{number}/main.tf")), code).unwrap();
        main += &format!("module \"c{number}\" {{\n  source = \"./c{number}\"\n}}\n");
    }
    fs::write(root.join("main.tf"), main).unwrap();
    let mirror = format!("-plugin-dir={plugins}");
    let init = terraform(root, &["init", "-backend=false", "-input=false", &mirror]);
    let reported = String::from_utf8_lossy(&init.stderr);
    assert!(init.status.success(), "{reported}");
    let output = terraform(root, &["validate", "-json"]);
    let text = String::from_utf8_lossy(&output.stdout).replace("\\\"", "\"");
    let mut reported: BTreeMap<usize, String> = BTreeMap::new();
    for diagnostic in text.split("\"severity\":").skip(1) {
        let place = diagnostic.split("\"filename\": \"c").nth(1);
        let number = place.and_then(|place| place.split('/').next()?.parse().ok());
        if let Some(number) = number {
            *reported.entry(number).or_default() +=
                diagnostic.split("\"range\"").next().unwrap_or_default();
        }
    }
    reported
}

/// The rows of a case that fail in the code of `before`, with what Terraform says of them.
fn failing<'f>(case: &Case, facts: &'f [Fact]) -> Vec<(&'f Fact, String)> {
    let rows = facts.iter().filter(|fact| {
        let title = format!("{} {} {}", fact.kind, fact.type_name, fact.path);
        let is_own = case.titles.iter().any(|it| it == title.trim_end());
        is_own && fact.fails && fact.kind != "provider" && !UNSEEN.contains(&title.as_str())
    });
    let named = rows.filter_map(|fact| {
        let name = fact.path.rsplit('.').next().unwrap_or_default();
        let is_set = [" =", " {"].iter().any(|sign| {
            let set = format!(" {name}{sign}");
            case.before.replace("  ", " ").contains(&set)
        });
        let title = format!("{} {} {}", fact.kind, fact.type_name, fact.path);
        if let Some((_, says)) = SAYS.iter().find(|(it, _)| is_set && *it == title) {
            return Some((fact, (*says).to_owned()));
        }
        let quoted = |name: &str| format!("\"{name}\"");
        match (
            name.is_empty() || fact.type_name == "aws_subnet_ids",
            is_set,
        ) {
            (true, _) => Some((fact, quoted(&fact.type_name))),
            (false, true) => Some((fact, quoted(name))),
            // Read, not set: Terraform looks at what is read only where all else is right.
            (false, false) => None,
        }
    });
    named.collect()
}

#[test]
#[ignore = "needs Terraform and, in TFKEYLESS_PLUGIN_DIR, the AWS provider 5"]
fn what_fails_on_provider_5_fails_before_and_not_after() {
    let plugins = env::var("TFKEYLESS_PLUGIN_DIR").expect("TFKEYLESS_PLUGIN_DIR is set");
    let pages = CASES.into_iter().filter(|(major, _)| *major <= 5);
    let all: Vec<Case> = pages.flat_map(|(_, page)| cases(page)).collect();
    let facts: Vec<Fact> = facts().into_iter().filter(|it| it.major <= 5).collect();
    let tried: Vec<(usize, &Case)> = all
        .iter()
        .enumerate()
        .filter(|(_, case)| !failing(case, &facts).is_empty())
        .collect();
    assert!(tried.len() > 50, "{} cases", tried.len());
    let before: Vec<_> = tried
        .iter()
        .map(|(at, case)| (*at, case.before.as_str()))
        .collect();
    let after = tried.iter().filter(|(_, case)| case.report.is_empty());
    let after = after.filter_map(|(at, case)| Some((*at, case.after.as_deref()?)));
    let after: Vec<_> = after.collect();
    let errors_before = validated(&plugins, &before);
    let errors_after = validated(&plugins, &after);
    let mut wrong = Vec::new();
    for (at, case) in &tried {
        for (fact, name) in failing(case, &facts) {
            let names = |reported: &BTreeMap<usize, String>| {
                let reported = reported.get(at);
                reported.is_some_and(|reported| reported.contains(&name))
            };
            if !names(&errors_before) {
                wrong.push(format!(
                    "{} {}: does not fail before",
                    fact.type_name, fact.path
                ));
            }
            if names(&errors_after) {
                wrong.push(format!("{} {}: fails after", fact.type_name, fact.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} cases before, {} after", before.len(), after.len());
}
