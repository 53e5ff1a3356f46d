//! What a bump of the VPC module changes beside the constraint: generated calls are compared, before
//! and after, with an evaluator of the module's own formulas.

#[path = "module_changes/call.rs"]
mod call;
#[path = "module_changes/followed.rs"]
mod followed;
#[path = "module_changes/instances.rs"]
mod instances;
#[path = "module_changes/planned.rs"]
mod planned;
#[path = "module_changes/root_outputs.rs"]
mod root_outputs;
#[path = "module_changes/vpc.rs"]
mod vpc;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use crate::support::{Tree, reviewed};
use call::{call, list};
use diagnostics::finding::{Finding, Safety};
use engine::selection::Selection;
use vpc::{Release, Written, resources};

/// Constraints with the release that Terraform selects.
const OLD: &[(&str, Release)] = &[
    ("3.0.0", (3, 0, 0)),
    ("3.2.0", (3, 2, 0)),
    ("3.9.0", (3, 9, 0)),
    ("3.11.0", (3, 11, 0)),
    ("3.18.1", (3, 18, 1)),
    ("~> 3.14", (3, 19, 0)),
    ("~> 3.0", (3, 19, 0)),
    ("4.0.0", (4, 0, 0)),
    ("4.0.1", (4, 0, 1)),
    ("~> 4.0", (4, 0, 2)),
];

const NEW: Release = (5, 16, 0);

/// The text of the call.
fn text(call: &Written, version: &str) -> String {
    let lines = call
        .iter()
        .map(|(name, value)| format!("  {name} = {value}\n"));
    let lines: String = lines.collect();
    format!(
        "module \"vpc\" {{\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"{version}\"\n{lines}}}\n"
    )
}

/// The arguments in a text, one a line.
fn arguments(text: &str) -> Written {
    let lines = text.lines().filter_map(|line| line.split_once(" = "));
    let arguments = lines.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    arguments
        .filter(|(name, _)| name != "source" && name != "version")
        .collect()
}

/// The call with each value that an unknown argument may have.
fn instances(call: &Written, unknown: &[&String]) -> Vec<BTreeMap<String, String>> {
    let mut all = vec![BTreeMap::new()];
    for name in unknown {
        let values: Vec<String> = match call[*name].ends_with("_subnets") {
            true => (0..5).map(list).collect(),
            false => vec!["true".to_owned(), "false".to_owned()],
        };
        let longer = all.iter().flat_map(|known: &BTreeMap<String, String>| {
            values.iter().map(|value| {
                let mut known = known.clone();
                known.insert((*name).clone(), value.clone());
                known
            })
        });
        all = longer.collect();
    }
    all
}

/// The resources that differ between two releases, with the difference of their number.
fn difference(
    old: &Written,
    new: &Written,
    release: Release,
) -> Result<BTreeMap<String, i64>, &'static str> {
    let before = resources(old, release).ok_or("old")?;
    let after = resources(new, NEW).ok_or("new")?;
    let addresses: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differing = addresses.into_iter().filter_map(|address| {
        let none = (0, vec![]);
        let (one, other) = (
            before.get(address).unwrap_or(&none),
            after.get(address).unwrap_or(&none),
        );
        let count = |it: usize| i64::try_from(it).unwrap();
        (one != other).then(|| ((*address).to_owned(), count(other.0) - count(one.0)))
    });
    Ok(differing.collect())
}

/// The resources that a finding names, with the difference of their number where it tells it.
fn named(finding: &Finding) -> BTreeMap<String, Option<i64>> {
    let help = finding.help.as_deref().unwrap_or_default();
    let mut named = BTreeMap::new();
    let mut sign = 1;
    let mut count = None;
    for word in help.split([' ', ',', ':']) {
        let word = word.trim_end_matches('.');
        match word {
            "adds" => sign = 1,
            "destroys" => sign = -1,
            _ if word.starts_with("aws_") && word.contains('.') => {
                named.insert(word.to_owned(), count.take());
            }
            _ => {
                count = word
                    .parse()
                    .ok()
                    .map(|it: i64| it * sign)
                    .or(count.filter(|_| word.is_empty()));
            }
        }
    }
    named
}

fn check(call: &Written, (version, release): (&str, Release)) -> Result<(), TestCaseError> {
    let unknown: Vec<&String> = call
        .iter()
        .filter(|(_, it)| it.starts_with("var."))
        .map(|(name, _)| name)
        .collect();
    if unknown.len() > 3 {
        return Ok(());
    }
    let before = text(call, version);
    let tree = Tree::new([("main.tf", before.as_str())]);
    let selection = Selection {
        only: BTreeSet::from(["bump_module".to_owned()]),
        ..reviewed()
    };
    let plan = tree.plan("", selection).unwrap();
    let mut findings = plan.findings.iter();
    let finding = findings.find(|it| it.transform == "bump_module").unwrap();
    let is_left = finding.edits.is_empty();
    let after = match plan.changes.first() {
        Some(change) => arguments(&change.after),
        None => call.clone(),
    };
    let mut differing: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let (mut works, mut fails) = (false, false);
    for instance in instances(call, &unknown) {
        let of = |written: &Written| {
            let mut written = written.clone();
            written.extend(instance.clone());
            written
        };
        match difference(&of(call), &of(&after), release) {
            Ok(found) => {
                works = true;
                for (address, by) in found {
                    differing.entry(address).or_default().insert(by);
                }
            }
            Err("new") => fails = true,
            // What nobody can apply today changes nothing.
            Err(_) => {}
        }
    }
    if !works && !fails {
        return Ok(());
    }
    let help = finding.help.as_deref().unwrap_or_default();
    let context = format!("{before}\n{help}\n{differing:?} fails: {fails}");
    if is_left {
        prop_assert!(!works && fails, "left, and the plan works: {context}");
        return Ok(());
    }
    // Of what is not known, each failure alone may not be for sure.
    prop_assert!(
        works || help.contains("may fail"),
        "changed, and the plan fails: {context}"
    );
    if finding.safety == Safety::Safe {
        prop_assert!(differing.is_empty() && !fails, "safe: {context}");
        return Ok(());
    }
    prop_assert!(
        !fails || help.contains("may fail"),
        "no failure named: {context}"
    );
    let reported = named(finding);
    let addresses: BTreeSet<&String> = differing.keys().collect();
    let is_known = unknown.is_empty();
    // Of what is not known, an instance that nobody can apply today may differ: names may be more.
    let names: BTreeSet<&String> = reported.keys().collect();
    prop_assert!(addresses.is_subset(&names), "not named: {context}");
    if is_known {
        prop_assert_eq!(&addresses, &names, "{}", context);
        for (address, by) in reported {
            if let Some(by) = by {
                prop_assert_eq!(
                    &differing[&address],
                    &BTreeSet::from([by]),
                    "{}: {}",
                    address,
                    context
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_bump_is_safe_only_where_the_resources_stay_and_else_names_those_that_differ(
        call in call(),
        old in select(OLD),
    ) {
        check(&call, old)?;
    }
}
