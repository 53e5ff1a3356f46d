//! Every row of the tables of provider changes has a case in `arguments/aws_MAJOR.md`: its title is
//! what the row is about, `before` becomes `after` with `--review`, `report` is what needs manual work, and a second run changes nothing. A case may have several titles.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::cases::{CASES, cases};
use crate::support::{Tree, reports, reviewed};
use diagnostics::finding::Finding;
use engine::selection::Selection;
use upgrade::arguments::facts;

/// A module with this code that requires this version, in a file of its own.
fn module(version: &str, code: &str) -> Tree {
    let required =
        format!("terraform {{\n  required_providers {{\n    aws = \"{version}\"\n  }}\n}}\n");
    Tree::new([("main.tf", code), ("versions.tf", required.as_str())])
}

/// The upgrade alone, with what needs review.
fn upgrade() -> Selection {
    Selection {
        only: ["bump_provider".to_owned(), "upgrade_arguments".to_owned()].into(),
        ..reviewed()
    }
}

#[test]
fn every_case_of_every_table_is_true() {
    let mut untrue = Vec::new();
    for (major, page) in CASES {
        let from = ["~> 4.67", "~> 5.100"][usize::from(major == 6)];
        let config = format!("upgrade {{\n  aws_provider = \"~> {major}.0\"\n}}\n");
        for case in cases(page) {
            let context = format!("provider {major}, {}", case.titles.join(", "));
            for ending in ["\n", "\r\n"] {
                let write = |text: &str| text.replace('\n', ending);
                let before = module(from, &write(&case.before));
                let plan = before.plan(&config, upgrade()).expect(&context);
                let after = before.with(&plan);
                let expected = write(case.after.as_ref().unwrap_or(&case.before));
                let text = &after.0[Path::new("main.tf")];
                if *text != expected {
                    untrue.push(format!("{context}:\n{text}"));
                }
                if reports(&plan) != case.report {
                    untrue.push(format!("{context}: {:#?}", reports(&plan)));
                }
                let again = after.plan(&config, upgrade()).expect(&context);
                assert_eq!(again.changes, [], "{context}: a second run");
            }
        }
    }
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}

#[test]
fn every_row_has_a_case() {
    for (major, page) in CASES {
        let titles: BTreeSet<String> = cases(page)
            .into_iter()
            .flat_map(|case| case.titles)
            .collect();
        let rows: BTreeSet<String> = facts()
            .into_iter()
            .filter(|fact| fact.major == major)
            // A case stands for all the endpoints that are taken out.
            .filter(|fact| !fact.path.starts_with("endpoints.") || fact.what != "is taken out")
            .map(|fact| {
                format!("{} {} {}", fact.kind, fact.type_name, fact.path)
                    .trim_end()
                    .to_owned()
            })
            .collect();
        let without: Vec<_> = rows.difference(&titles).collect();
        assert!(
            without.is_empty(),
            "provider {major}, rows without a case: {without:#?}"
        );
        let unknown: Vec<_> = titles.difference(&rows).collect();
        assert!(
            unknown.is_empty(),
            "provider {major}, cases without a row: {unknown:#?}"
        );
    }
}

#[test]
fn what_is_left_to_a_person_says_what_to_do() {
    let before = module("~> 4.67", "resource \"aws_rds_cluster\" \"a\" {\n}\n");
    let plan = before.plan("", reviewed()).unwrap();
    let open: Vec<&Finding> = plan.open().collect();
    assert!(open.iter().all(|finding| finding.help.is_some()));
}

/// `ignore_changes` names an argument by its whole path, whatever block has it and however often.
#[test]
fn what_is_renamed_is_renamed_in_ignore_changes() {
    let mut count = 0;
    for fact in facts() {
        let is_resource = fact.kind == "resource";
        let renamed = fact.what.strip_suffix("`, where it is read too");
        let Some(to) = renamed.and_then(|it| it.strip_prefix("becomes `")) else {
            continue;
        };
        if !is_resource || to.contains('[') {
            continue;
        }
        count += 1;
        let (blocks, name) = fact.path.rsplit_once('.').unwrap_or(("", &fact.path));
        let blocks: Vec<&str> = blocks.split('.').filter(|it| !it.is_empty()).collect();
        let start: String = blocks.iter().map(|it| format!("  {it} {{\n")).collect();
        let end = "  }\n".repeat(blocks.len());
        let code = |name: &str, entry: &str| {
            let once = format!("{start}  {name} = 1\n{end}");
            let twice = match blocks.is_empty() {
                true => once,
                false => once.repeat(2),
            };
            format!(
                "resource \"{}\" \"x\" {{\n{twice}  lifecycle {{\n    ignore_changes = [tags, {entry}]\n  }}\n}}\n",
                fact.type_name
            )
        };
        for (block, behind) in [("[0].", ""), ("[1].", "[0]")] {
            let way = blocks.join(block) + if blocks.is_empty() { "" } else { block };
            let entry = |name: &str| format!("{way}{name}{behind}");
            let (old, new) = (entry(name), entry(to));
            for (old, new) in [
                (old.clone(), new.clone()),
                (format!("\"{old}\""), format!("\"{new}\"")),
            ] {
                let from = format!("~> {}.0", fact.major - 1);
                let config = format!("upgrade {{\n  aws_provider = \"~> {}.0\"\n}}\n", fact.major);
                let before = module(&from, &code(name, &old));
                let plan = before.plan(&config, upgrade()).unwrap();
                let after = before.with(&plan);
                let text = after.0[Path::new("main.tf")].replace(' ', "");
                let expected = code(to, &new).replace(' ', "");
                assert_eq!(text, expected, "{} {}", fact.type_name, fact.path);
                assert_eq!(after.plan(&config, upgrade()).unwrap().changes, []);
            }
        }
    }
    assert!(count > 10, "{count}");
}
