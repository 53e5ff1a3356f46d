//! After any plan `terraform init` still finds a release of the provider in every root module where
//! it found one before, and the modules that it installs still work with it.
//!
//! What init does is imitated here, from Terraform's documentation and the facts of the tables, with
//! none of the engine's code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::support::Tree;
use engine::selection::Selection;

const REQUIREMENTS: &str = include_str!("../crates/upgrade/src/registry/requirements.tsv");
const MAJORS: [(u64, &str); 2] = [
    (5, include_str!("../crates/upgrade/src/registry/aws_5.tsv")),
    (6, include_str!("../crates/upgrade/src/registry/aws_6.tsv")),
];

type Release = [u64; 3];

fn release(text: &str) -> Release {
    let mut numbers = text.split('.').map(|it| it.parse().expect(text));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

/// Whether a constraint admits a release. `is_provider`: `~> 5` stays below 6.
fn admits(constraint: &str, found: Release, is_provider: bool) -> bool {
    constraint.split(',').all(|term| {
        let term = term.trim();
        let number = term.trim_start_matches(['<', '>', '=', '!', '~', ' ', 'v']);
        let written = release(number);
        let segments = number.split('.').count();
        let operator = term[..term.len() - number.len()].trim_end_matches(['v', ' ']);
        match operator {
            "" | "=" => found == written,
            "!=" => found != written,
            ">" => found > written,
            ">=" => found >= written,
            "<" => found < written,
            "<=" => found <= written,
            "~>" => {
                let fixed = match segments {
                    1 if is_provider => 1,
                    segments => segments - 1,
                };
                found >= written && found[..fixed] == written[..fixed]
            }
            other => panic!("{other}"),
        }
    })
}

/// Every release of the provider that there is, as far as it matters.
fn providers() -> impl DoubleEndedIterator<Item = Release> {
    let majors = [
        (1, 60),
        (2, 70),
        (3, 76),
        (4, 67),
        (5, 100),
        (6, 33),
        (7, 3),
        (9, 9),
    ];
    let minors = majors
        .into_iter()
        .flat_map(|(major, last)| (0..=last).map(move |it| (major, it)));
    // 9.9.9 is none; 5.16.2 and 5.82.1 are required by modules.
    minors.flat_map(|(major, minor)| (0..=2).map(move |patch| [major, minor, patch]))
}

/// The rows about a module, its columns behind the source.
fn rows<'t>(table: &'t str, source: &str) -> impl Iterator<Item = Vec<&'t str>> {
    let prefix = format!("{source}\t");
    let lines = table
        .lines()
        .filter_map(move |line| line.strip_prefix(&prefix));
    lines.map(|line| line.split('\t').collect())
}

/// A call of a registry module.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    source: String,
    version: Option<String>,
}

impl Call {
    /// The newest release that it admits, of those that a row begins with or a call names.
    fn selected(&self) -> Option<Release> {
        let known = rows(REQUIREMENTS, &self.source).map(|row| release(row[0]));
        let named = NAMED.iter().map(|it| release(it));
        let mut all: Vec<Release> = known.chain(named).collect();
        all.sort_unstable();
        let admitted = |it: &Release| {
            let mut version = self.version.iter();
            version.all(|version| admits(version, *it, false))
        };
        all.into_iter().rev().find(admitted)
    }

    /// Whether the module gets on with a release of the provider.
    fn works_with(&self, provider: Release) -> bool {
        let Some(selected) = self.selected() else {
            return rows(REQUIREMENTS, &self.source).next().is_none();
        };
        let required = rows(REQUIREMENTS, &self.source);
        let required = required.filter(|row| release(row[0]) <= selected).last();
        let is_required = required.is_none_or(|row| {
            provider >= release(row[1]) && (row[2] == "-" || provider < release(row[2]))
        });
        let mut tables = MAJORS.iter().filter(|(major, _)| *major <= provider[0]);
        let fails = tables.any(|(_, table)| {
            rows(table, &self.source).any(|row| {
                let Some((from, below)) = row[1].split_once(" < ").filter(|_| row[0] == "fails")
                else {
                    return false;
                };
                release(from) <= selected && selected < release(below)
            })
        });
        is_required && !fails
    }
}

/// Releases that calls and configurations of this test name.
const NAMED: [&str; 10] = [
    "3.18.1", "3.19.0", "5.16.0", "20.37.2", "8.3.1", "19.21.0", "5.2.0", "6.13.1", "4.0.2",
    "2.8.0",
];

/// A directory with a requirement and calls.
#[derive(Debug, Clone, Default)]
struct Directory {
    requirement: Option<String>,
    calls: Vec<Call>,
    children: BTreeSet<&'static str>,
    locked: Option<String>,
}

impl Directory {
    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(requirement) = &self.requirement {
            let _ = write!(
                text,
                "terraform {{\n  required_providers {{\n    aws = \"{requirement}\"\n  }}\n}}\n"
            );
        }
        for (index, call) in self.calls.iter().enumerate() {
            let _ = write!(
                text,
                "module \"m{index}\" {{\n  source = \"{}\"\n",
                call.source
            );
            if let Some(version) = &call.version {
                let _ = writeln!(text, "  version = \"{version}\"");
            }
            text.push_str("}\n");
        }
        for child in &self.children {
            let _ = write!(
                text,
                "module \"{child}\" {{\n  source = \"../{child}\"\n}}\n"
            );
        }
        text
    }

    /// Reads back what a plan has made of a text that [`Self::text`] wrote.
    fn read(text: &str, lock: Option<&str>) -> Self {
        let mut directory = Self::default();
        for line in text.lines() {
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"').to_owned();
            match name.trim() {
                "aws" => directory.requirement = Some(value),
                "source" if value.starts_with("../") => {
                    let child = CHILDREN.into_iter().find(|it| value.ends_with(it));
                    directory.children.extend(child);
                }
                "source" => directory.calls.push(Call {
                    source: value,
                    version: None,
                }),
                "version" => directory.calls.last_mut().unwrap().version = Some(value),
                _ => {}
            }
        }
        let lock = lock.and_then(|lock| lock.split_once("version = \""));
        directory.locked = lock.map(|(_, rest)| rest.split_once('"').unwrap().0.to_owned());
        directory
    }
}

const ROOTS: [&str; 2] = ["a", "b"];
const CHILDREN: [&str; 2] = ["x", "y"];

/// The directories of a tree, read from its files.
fn directories(tree: &Tree) -> Vec<(&'static str, Directory)> {
    let names = ROOTS.into_iter().chain(CHILDREN);
    let found = names.filter_map(|name| {
        let text = tree
            .0
            .get(format!("{name}/main.tf").as_ref() as &std::path::Path)?;
        let lock = format!("{name}/.terraform.lock.hcl");
        let lock = tree.0.get(lock.as_ref() as &std::path::Path);
        Some((name, Directory::read(text, lock.map(String::as_str))))
    });
    found.collect()
}

/// The release that `terraform init` selects in a root module; `None` where it fails, or a module does
/// not work with it.
fn selected(root: &str, tree: &[(&'static str, Directory)]) -> Option<Release> {
    let of = |name: &str| &tree.iter().find(|(it, _)| *it == name).unwrap().1;
    let root = of(root);
    let members: Vec<&Directory> = std::iter::once(root)
        .chain(root.children.iter().map(|it| of(it)))
        .collect();
    let is_admitted = |found: &Release| {
        let mut requirements = members.iter().filter_map(|it| it.requirement.as_deref());
        let mut calls = members.iter().flat_map(|it| &it.calls);
        requirements.all(|it| admits(it, *found, true)) && calls.all(|it| it.requires(*found))
    };
    let locked = root.locked.as_deref().map(release);
    let found = match locked {
        Some(locked) => Some(locked).filter(is_admitted),
        None => providers().rev().find(is_admitted),
    }?;
    let mut calls = members.iter().flat_map(|it| &it.calls);
    calls.all(|call| call.works_with(found)).then_some(found)
}

impl Call {
    /// Whether what its release requires admits a release of the provider: all that init looks at.
    fn requires(&self, provider: Release) -> bool {
        let Some(selected) = self.selected() else {
            return rows(REQUIREMENTS, &self.source).next().is_none();
        };
        let required = rows(REQUIREMENTS, &self.source);
        let required = required.filter(|row| release(row[0]) <= selected).last();
        required.is_none_or(|row| {
            provider >= release(row[1]) && (row[2] == "-" || provider < release(row[2]))
        })
    }
}

const TARGETS: [&str; 14] = [
    "~> 5.0",
    "~> 5.0",
    "~> 5.0",
    "~> 6.0",
    "5.31.0",
    "~> 5.100",
    "~> 3.0",
    "2.23.0",
    "~> 2.70",
    "~> 4.0",
    ">= 5.31, < 6.0",
    "~> 7.0",
    "9.9.9",
    "~> 5.0, != 5.86.0",
];

const MODULES: [(&str, &[&str]); 7] = [
    (
        "terraform-aws-modules/vpc/aws",
        &["3.18.1", "~> 3.0", "~> 4.0", "~> 5.0", ">= 3.0", "~> 2.0"],
    ),
    (
        "terraform-aws-modules/autoscaling/aws",
        &["~> 4.0", "~> 6.0", "~> 8.0", ">= 4.0"],
    ),
    (
        "terraform-aws-modules/eks/aws",
        &["19.21.0", "~> 20.0", "~> 18.0", ">= 19.0, < 22.0"],
    ),
    (
        "terraform-aws-modules/acm/aws",
        &["2.8.0", "~> 4.0", ">= 4.0", "~> 6.0"],
    ),
    ("terraform-aws-modules/rds/aws", &["~> 4.0", "~> 6.0"]),
    ("cloudposse/label/null", &["0.24.1"]),
    ("git::https://example.com/x.git", &[]),
];

const CONFIGURED: [(&str, &str); 5] = [
    ("terraform-aws-modules/vpc/aws", "3.19.0"),
    ("terraform-aws-modules/vpc/aws", "5.16.0"),
    ("terraform-aws-modules/autoscaling/aws", "8.3.1"),
    ("terraform-aws-modules/eks/aws", "20.37.2"),
    ("terraform-aws-modules/acm/aws", "6.0.0"),
];

fn constraint() -> impl Strategy<Value = String> {
    let version = (
        2_u64..8,
        prop_oneof![Just(0), Just(31), Just(67), Just(100)],
        0_usize..3,
    );
    let version = version.prop_map(|(major, minor, more)| match more {
        0 => format!("{major}"),
        1 => format!("{major}.{minor}"),
        _ => format!("{major}.{minor}.0"),
    });
    let operator = select(vec![
        "", "= ", "!= ", "> ", ">= ", "< ", "<= ", "~> ", "~>", "~> ",
    ]);
    let term = (operator, version).prop_map(|(operator, version)| format!("{operator}{version}"));
    let usual = select(vec![
        "~> 4.0",
        "~> 4.67",
        ">= 4.0",
        ">= 4.0, < 6.0",
        "4.67.0",
        "~> 5.0",
        "~> 5.31",
    ]);
    prop_oneof![
        3 => usual.prop_map(str::to_owned),
        2 => proptest::collection::vec(term, 1..3).prop_map(|terms| terms.join(", ")),
    ]
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = select(MODULES.to_vec()).prop_flat_map(|(source, versions)| {
        let version = match versions {
            [] => Just(None).boxed(),
            versions => select(versions.to_vec())
                .prop_map(|it| Some(it.to_owned()))
                .boxed(),
        };
        version.prop_map(move |version| Call {
            source: source.to_owned(),
            version,
        })
    });
    proptest::collection::vec(call, 0..3)
}

fn directory(children: &'static [&'static str]) -> impl Strategy<Value = Directory> {
    let children = subsequence(children, 0..=children.len());
    let locked = select(vec![
        None,
        None,
        Some("3.74.0"),
        Some("4.67.0"),
        Some("5.31.0"),
        Some("5.100.0"),
        Some("6.2.0"),
    ]);
    let requirement = proptest::option::weighted(0.8, constraint());
    (requirement, calls(), children, locked).prop_map(|(requirement, calls, children, locked)| {
        Directory {
            requirement,
            calls,
            children: children.into_iter().collect(),
            locked: locked.map(str::to_owned),
        }
    })
}

fn tree(roots: &[Directory], children: &[Directory]) -> Tree {
    let mut tree = Tree::default();
    let named = ROOTS.iter().zip(roots).map(|it| (it, true));
    let named = named.chain(CHILDREN.iter().zip(children).map(|it| (it, false)));
    for ((name, directory), is_root) in named {
        let mut text = directory.text();
        if is_root {
            text.push_str("provider \"aws\" {\n  region = \"eu-west-1\"\n}\n");
        }
        tree.0.insert(format!("{name}/main.tf").into(), text);
        if let Some(locked) = directory.locked.as_ref().filter(|_| is_root) {
            let lock = format!(
                "provider \"registry.terraform.io/hashicorp/aws\" {{\n  version = \"{locked}\"\n}}\n"
            );
            tree.0
                .insert(format!("{name}/.terraform.lock.hcl").into(), lock);
        }
    }
    tree
}

/// Plans the tree, and compares what init does before and after.
fn check(
    roots: &[Directory],
    children: &[Directory],
    target: &str,
    configured: &[(&str, &str)],
    review: bool,
) -> Result<(), TestCaseError> {
    let before = tree(roots, children);
    let mut config = format!("upgrade {{\n  aws_provider = \"{target}\"\n");
    for (source, version) in configured {
        let _ = write!(
            config,
            "  module \"{source}\" {{\n    version = \"{version}\"\n  }}\n"
        );
    }
    config.push_str("}\n");
    let selection = Selection {
        review,
        ..Selection::default()
    };
    let plan = before.plan(&config, selection);
    let plan =
        plan.map_err(|error| TestCaseError::fail(format!("{error:?}\n{config}{before:?}")))?;
    let after = before.with(&plan);
    let (old, new) = (directories(&before), directories(&after));
    let bug = plan
        .findings
        .iter()
        .find(|it| it.message.contains("a bug in tfkeyless"));
    prop_assert!(bug.is_none(), "{bug:?}\n{config}{before:?}");
    let about = || {
        format!(
            "{config}review: {review}\n{old:#?}\n{new:#?}\n{:?}",
            plan.findings
        )
    };
    for root in ROOTS.iter().take(roots.len()) {
        let of = |tree: &[(&'static str, Directory)]| {
            let (_, found) = tree.iter().find(|(name, _)| name == root).unwrap();
            found.requirement.clone()
        };
        if of(&old) != of(&new) {
            let now = of(&new);
            prop_assert_eq!(now.as_deref(), Some(target), "{}", about());
        }
        let Some(was) = selected(root, &old) else {
            continue;
        };
        // Of majors that are not published yet init finds nothing, whatever asks for them.
        let is_published = providers().any(|it| admits(target, it, true));
        let is = selected(root, &new);
        if !is_published && of(&old) != of(&new) {
            continue;
        }
        prop_assert!(is.is_some(), "{root} worked with {was:?}\n{}", about());
        let is = is.unwrap();
        prop_assert!(
            review || is >= was,
            "{root}: {was:?} -> {is:?}\n{}",
            about()
        );
        if of(&old) != of(&new) {
            prop_assert!(admits(target, is, true), "{root}: {is:?}\n{}", about());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn provider_and_modules_get_on_after_every_plan_where_they_did_before(
        roots in proptest::collection::vec(directory(&CHILDREN), 1..3),
        children in proptest::collection::vec(directory(&[]), 2),
        target in select(TARGETS.to_vec()),
        configured in subsequence(CONFIGURED.to_vec(), 0..2),
        review in any::<bool>(),
    ) {
        check(&roots, &children, target, &configured, review)?;
    }

    #[test]
    fn a_child_module_alone_bounds_the_provider_before_and_after(
        roots in proptest::collection::vec(directory(&CHILDREN), 1..3),
        children in proptest::collection::vec(directory(&[]), 2),
        configured in subsequence(CONFIGURED.to_vec(), 0..2),
        review in any::<bool>(),
    ) {
        let (mut roots, mut children) = (roots, children);
        roots[0].requirement = None;
        roots[0].children.insert(CHILDREN[0]);
        children[0].requirement = Some("~> 4.0".to_owned());
        check(&roots, &children, "~> 5.0", &configured, review)?;
    }
}

/// `init` takes the newest release that the requirements of all child modules admit together, and every
/// registry module has to work with that one.
#[test]
fn a_child_module_opens_the_provider_no_further_than_every_module_works() {
    let call = |source: &str, version: &str| Call {
        source: format!("terraform-aws-modules/{source}/aws"),
        version: Some(version.to_owned()),
    };
    let calls = [
        vec![],
        vec![call("vpc", "~> 3.0"), call("autoscaling", "~> 6.0")],
        vec![
            call("autoscaling", "~> 6.0"),
            call("ec2-instance", "~> 4.0"),
        ],
        vec![call("acm", "~> 4.0"), call("rds", "~> 4.0")],
    ];
    let autoscaling = ("terraform-aws-modules/autoscaling/aws", "8.3.1");
    for sibling in [None, Some("< 7.0"), Some("<= 6.2.0"), Some(">= 4.0, < 6.0")] {
        for locked in [None, Some("4.67.0"), Some("6.2.0")] {
            for (calls, configured) in calls.iter().zip([&[][..], &[], &[autoscaling], &[]]) {
                let root = Directory {
                    calls: calls.clone(),
                    children: CHILDREN.into_iter().collect(),
                    locked: locked.map(str::to_owned),
                    ..Directory::default()
                };
                let bounded = Directory {
                    requirement: Some("~> 4.0".to_owned()),
                    children: [CHILDREN[0]].into(),
                    ..Directory::default()
                };
                let children = [Some("~> 4.0"), sibling].map(|requirement| Directory {
                    requirement: requirement.map(str::to_owned),
                    ..Directory::default()
                });
                for (roots, review) in [(1, false), (1, true), (2, true)] {
                    let roots = &[root.clone(), bounded.clone()][..roots];
                    let checked = check(roots, &children, "~> 5.0", configured, review);
                    checked.unwrap_or_else(|error| panic!("{error}"));
                }
            }
        }
    }
}
