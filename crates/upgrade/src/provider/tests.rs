//! What requirements become.

use super::*;
use crate::written_for::WrittenFor;
use terraform::constraint::Version;

fn root(written: Option<&str>) -> String {
    said(&verdict(
        written,
        &Requirer::Root(InUse::default()),
        "~> 5.0",
    ))
}

fn child(written: Option<&str>) -> String {
    let requirer = Requirer::Child { is_bounded: true };
    said(&verdict(written, &requirer, "~> 5.0"))
}

fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Keep => "keep".into(),
        Verdict::Leave(_) => "leave".into(),
        Verdict::Beyond(_) => "beyond".into(),
        Verdict::Change { to, safety, .. } => format!("{to} {safety:?}"),
    }
}

#[test]
fn a_root_module_gets_the_target_whole() {
    for (written, expected) in [
        ("4.67.0", "~> 5.0 Safe"),
        ("~> 4.0", "~> 5.0 Safe"),
        ("~>4.67.0", "~> 5.0 Safe"),
        (">= 4.0, < 5.0", "~> 5.0 Safe"),
        (">= 4.0, < 6.0", "~> 5.0 Safe"),
        (">= 4", "~> 5.0 Review"),
        (">= 3.0", "~> 5.0 Review"),
        ("!= 4.9.0", "~> 5.0 Review"),
        ("> 3", "~> 5.0 Review"),
        ("~> 3.74", "~> 5.0 Review"),
        ("2.70.0", "~> 5.0 Review"),
        ("< 4.0", "~> 5.0 Review"),
        (">= 5.0", "~> 5.0 Review"),
        ("< 6.20.1", "~> 5.0 Review"),
        (">= 4.0, < 7.0", "~> 5.0 Review"),
        ("~> 5.0", "keep"),
        ("~> 5", "keep"),
        ("5.31.0", "keep"),
        (">= 5.1, < 6", "keep"),
        ("~> 6.0", "beyond"),
        ("> 4, < 4", "leave"),
        ("v4.0", "leave"),
    ] {
        assert_eq!(root(Some(written)), expected, "{written}");
    }
    assert_eq!(root(None), "~> 5.0 Review");
}

#[test]
fn provider_6_is_a_target_like_5() {
    let root = Requirer::Root(InUse::default());
    for (written, expected) in [
        ("~> 4.0", "~> 6.0 Safe"),
        ("~> 5.0, != 5.86.0", "~> 6.0 Safe"),
        ("5.31.0", "~> 6.0 Safe"),
        (">= 5.0", "~> 6.0 Review"),
        (">= 4.0, < 6.0", "~> 6.0 Safe"),
        (">= 6.0", "~> 6.0 Review"),
        (">= 5.0, < 8.0", "~> 6.0 Review"),
        ("~> 3.0", "~> 6.0 Review"),
        ("~> 6.2", "keep"),
        ("~> 7.0", "beyond"),
    ] {
        let verdict = verdict(Some(written), &root, "~> 6.0");
        assert_eq!(said(&verdict), expected, "{written}");
    }
    let child = Requirer::Child { is_bounded: true };
    let child = |written| said(&verdict(Some(written), &child, "~> 6.0"));
    assert_eq!(child("~> 5.0"), ">= 6.0 Safe");
    assert_eq!(child(">= 4.0"), "keep");
}

#[test]
fn a_child_module_keeps_what_lets_the_target_in() {
    for (written, expected) in [
        (">= 3.0", "keep"),
        (">= 4.0, < 6.0", "keep"),
        ("~> 5.31", "keep"),
        ("~> 4.0", ">= 5.0 Safe"),
        ("< 5", ">= 5.0 Safe"),
        ("4.67.0", ">= 5.0 Safe"),
        ("~> 2.0", ">= 5.0 Review"),
        ("~> 6.0", "beyond"),
    ] {
        assert_eq!(child(Some(written)), expected, "{written}");
    }
    assert_eq!(child(None), "keep");
}

#[test]
fn a_child_module_does_not_lose_the_only_upper_bound_unasked() {
    let alone = Requirer::Child { is_bounded: false };
    assert_eq!(
        said(&verdict(Some("~> 4.0"), &alone, "~> 5.0")),
        ">= 5.0 Review"
    );
    assert_eq!(said(&verdict(Some(">= 4.0"), &alone, "~> 5.0")), "keep");
}

#[test]
fn a_library_keeps_what_is_open_above() {
    let library = |written| said(&verdict(written, &Requirer::Library, "~> 5.0"));
    assert_eq!(library(Some(">= 4.0")), "keep");
    assert_eq!(library(None), "keep");
    assert_eq!(library(Some("~> 4.0")), "~> 5.0 Safe");
}

#[test]
fn what_the_lock_file_holds_is_not_stepped_back_from() {
    let locked = |version: &str| {
        Requirer::Root(InUse {
            locked: Version::parse(version).ok(),
            ..InUse::default()
        })
    };
    let decide = |version: &str| said(&verdict(Some(">= 3.0"), &locked(version), "~> 5.0"));
    assert_eq!(decide("6.2.0"), "beyond");
    assert_eq!(decide("4.67.0"), "~> 5.0 Safe");
    assert_eq!(decide("3.74.0"), "~> 5.0 Review");
}

#[test]
fn a_lock_file_that_init_refuses_tells_nothing_of_the_provider_in_use() {
    for (requirements, locked, written, expected) in [
        (">= 4.0, ~> 5.0", "6.2.0", ">= 4.0", "~> 5.0 Safe"),
        (
            ">= 4.0, != 6.2.0",
            "6.2.0",
            ">= 4.0, != 6.2.0",
            "~> 5.0 Review",
        ),
        ("~> 4.0, ~> 5.0", "6.2.0", "~> 4.0", "~> 5.0 Safe"),
        ("~> 4.0, >= 5.0", "6.2.0", ">= 5.0", "~> 5.0 Review"),
        (">= 4.0, >= 6.0", "4.67.0", ">= 4.0", "~> 5.0 Safe"),
        ("~> 4.0, >= 5.0", "5.31.0", ">= 5.0", "~> 5.0 Safe"),
        (">= 4.0", "6.2.0", ">= 4.0", "beyond"),
        (">= 4.0, != 6.1.0", "6.2.0", ">= 4.0, != 6.1.0", "beyond"),
    ] {
        let requirer = Requirer::Root(InUse {
            locked: Version::parse(locked).ok(),
            requirements: Constraint::parse(requirements, Dialect::Provider).ok(),
            ..InUse::default()
        });
        let found = said(&verdict(Some(written), &requirer, "~> 5.0"));
        assert_eq!(found, expected, "{requirements}, locked {locked}");
    }
}

#[test]
fn a_target_names_releases_of_one_major() {
    for (target, major) in [
        ("2.23.0", Ok(2)),
        ("~> 2.70", Ok(2)),
        ("~> 3.0", Ok(3)),
        ("~> 5", Ok(5)),
        (">= 5.31, < 6.0", Ok(5)),
        ("~> 5.0, != 5.86.0", Ok(5)),
        ("= 9.9.9", Ok(9)),
        (">= 5.0", Err("every later major")),
        ("!= 5.0.0", Err("every later major")),
        (
            ">= 4.0, < 6.0",
            Err("4.x and 5.x: name one major, as in \"~> 5.0\""),
        ),
        ("< 5", Err("0.x and 4.x")),
        ("6.0.0-beta1", Err("a prerelease is no target")),
        ("> 5, < 5", Err("no version satisfies this")),
        ("5.x", Err("a version has no wildcards")),
    ] {
        match (target_major(target), major) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{target}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
            (found, _) => panic!("{target}: {found:?}"),
        }
    }
}

#[test]
fn every_target_moves_what_is_below_it_and_nothing_else() {
    let root = Requirer::Root(InUse::default());
    let child = Requirer::Child { is_bounded: true };
    for (target, written, of_root, of_child) in [
        ("~> 5.100", "5.31.0", "~> 5.100 Safe", ">= 5.100 Safe"),
        ("~> 5.100", "~> 5.31", "~> 5.100 Safe", "keep"),
        ("~> 5.100", "~> 5.31.0", "~> 5.100 Safe", ">= 5.100 Safe"),
        ("5.100.0", "5.31.0", "5.100.0 Safe", ">= 5.100 Safe"),
        ("5.31.0", "~> 5.0", "5.31.0 Review", "keep"),
        ("5.31.0", "5.100.0", "beyond", "beyond"),
        ("5.31.0", "!= 5.31.0", "5.31.0 Review", ">= 5.31 Safe"),
        ("~> 5.31", "5.40.0", "keep", "keep"),
        ("2.23.0", "~> 2.7", "2.23.0 Review", "keep"),
        ("~> 2.70", "~> 2.7", "~> 2.70 Safe", "keep"),
        ("~> 3.0", "~> 2.7", "~> 3.0 Review", ">= 3.0 Review"),
        ("~> 3.0", ">= 3.0", "~> 3.0 Review", "keep"),
        ("~> 3.0", "~> 4.0", "beyond", "beyond"),
        ("~> 4.0", "~> 3.0", "~> 4.0 Review", ">= 4.0 Review"),
        ("~> 7.0", "~> 6.0", "~> 7.0 Review", ">= 7.0 Review"),
        ("~> 7.0", "~> 4.0", "~> 7.0 Review", ">= 7.0 Review"),
        (
            ">= 5.0, < 6.0",
            "~> 4.0",
            ">= 5.0, < 6.0 Safe",
            ">= 5.0 Safe",
        ),
    ] {
        let decide = |requirer| said(&verdict(Some(written), requirer, target));
        assert_eq!(decide(&root), of_root, "{written} to {target}");
        assert_eq!(decide(&child), of_child, "{written} to {target}, child");
    }
}

#[test]
fn what_the_tree_tells_of_the_provider_in_use_decides() {
    let decide = |in_use| {
        let root = Requirer::Root(in_use);
        let open = verdict(Some(">= 4.0"), &root, "~> 5.0");
        let bounded = verdict(Some("~> 4.0"), &root, "~> 5.0");
        (said(&open), said(&bounded))
    };
    let both = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let in_use = InUse::default();
    assert_eq!(decide(in_use), both("~> 5.0 Review", "~> 5.0 Safe"));
    let in_use = InUse {
        requirements: Constraint::parse(">= 4.0, < 5.0", Dialect::Provider).ok(),
        ..InUse::default()
    };
    assert_eq!(decide(in_use), both("~> 5.0 Safe", "~> 5.0 Safe"));
    let in_use = InUse {
        written_for: Some(WrittenFor {
            major: 6,
            by: "`region`".to_owned(),
            before: None,
        }),
        ..InUse::default()
    };
    assert_eq!(decide(in_use.clone()), both("beyond", "~> 5.0 Safe"));
    let in_use = InUse {
        locked: Version::parse("4.67.0").ok(),
        ..in_use
    };
    assert_eq!(decide(in_use), both("~> 5.0 Safe", "~> 5.0 Safe"));
    let in_use = InUse {
        unknown_module: Some("module \"x\"".to_owned()),
        ..InUse::default()
    };
    assert_eq!(
        decide(in_use.clone()),
        both("~> 5.0 Review", "~> 5.0 Review")
    );
    let within = verdict(Some("5.31.0"), &Requirer::Root(in_use), "~> 5.100");
    assert_eq!(said(&within), "~> 5.100 Safe");
}

#[test]
fn a_sign_that_old_releases_share_counts_where_none_of_them_is_admitted() {
    let in_use = InUse {
        written_for: Some(WrittenFor {
            major: 6,
            by: "`region`".to_owned(),
            before: Some(Version::new(3, 0, 0)),
        }),
        ..InUse::default()
    };
    for (written, all, expected) in [
        (Some(">= 2.70"), None, "~> 5.0 Review"),
        (Some(">= 3.0"), None, "beyond"),
        (Some(">= 4.0"), None, "beyond"),
        (None, None, "~> 5.0 Review"),
        (Some(">= 2.0"), Some(">= 2.0, >= 4.9"), "beyond"),
        (Some("~> 4.0"), None, "~> 5.0 Safe"),
    ] {
        let requirements = all.or(written);
        let requirements =
            requirements.and_then(|it| Constraint::parse(it, Dialect::Provider).ok());
        let root = Requirer::Root(InUse {
            requirements,
            ..in_use.clone()
        });
        let found = verdict(written, &root, "~> 5.0");
        assert_eq!(said(&found), expected, "{written:?}");
    }
}
