//! Calls whose plans Terraform made: `planned.md` has what `tests/end_to_end/vpc_moves.py` found.

use std::collections::BTreeMap;

use super::named;
use crate::support::{Tree, reviewed};
use diagnostics::finding::Safety;

const PLANNED: &str = include_str!("planned.md");

/// What is between the first two marks.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).expect(text);
    rest.split_once(to).expect(text).0
}

/// The resources that a plan changes, with how many more there are then; `None` where they are updated or
/// replaced.
fn changes(planned: &str) -> BTreeMap<String, Option<i64>> {
    let changes = planned.split(", ").filter(|it| *it != "no changes");
    let changes = changes.map(|change| {
        let words: Vec<&str> = change.split(' ').collect();
        let [action, count, resource] = words[..] else {
            panic!("{change}");
        };
        let count: i64 = count.parse().unwrap();
        let by = match action {
            "create" => Some(count),
            "delete" => Some(-count),
            _ => None,
        };
        (resource.to_owned(), by)
    });
    changes.collect()
}

#[test]
fn each_finding_says_what_terraform_planned() {
    let sections: Vec<&str> = PLANNED.split("\n## ").skip(1).collect();
    assert!(sections.len() >= 30, "{}", sections.len());
    for section in sections {
        let planned = section.lines().next().unwrap();
        let call = between(section, "```hcl\n", "```");
        let tree = Tree::new([("main.tf", call)]);
        let plan = tree.plan("", reviewed()).unwrap();
        let mut findings = plan.findings.iter();
        let finding = findings.find(|it| it.transform == "bump_module").unwrap();
        let said = format!("{call}\n{planned}\n{}\n{:?}", finding.message, finding.help);
        if planned == "fails" {
            assert!(finding.edits.is_empty(), "{said}");
            continue;
        }
        assert!(!finding.edits.is_empty(), "{said}");
        let is_safe = finding.safety == Safety::Safe;
        assert_eq!(is_safe, planned == "no changes", "{said}");
        assert_eq!(named(finding), changes(planned), "{said}");
    }
}
