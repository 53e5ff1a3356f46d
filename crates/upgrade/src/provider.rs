//! What the upgrade makes of one requirement of the AWS provider.

use crate::Verdict;
use crate::arguments;
use crate::written_for::WrittenFor;
use diagnostics::finding::Safety;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};

/// The kind of module that requires the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirer {
    /// A root module.
    Root(InUse),
    /// A module that nothing calls and that has neither a backend nor a provider configuration, in a
    /// repository where other modules have: a root module, or one that other repositories call.
    Library,
    /// A module that others call. It does not choose the release, and keeps a constraint that admits
    /// the target.
    Child {
        /// Whether every root module that calls it has a requirement of its own.
        is_bounded: bool,
    },
}

/// What a root module and all that it calls tell of the provider in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InUse {
    /// The release that the lock file holds; `None` without one.
    pub locked: Option<Version>,
    /// All requirements together; `None` where there are none.
    pub requirements: Option<Constraint>,
    /// The newest major that the code is written for, and by what, where it tells.
    pub written_for: Option<WrittenFor>,
    /// A module of which no table knows with which provider it works.
    pub unknown_module: Option<String>,
}

impl Requirer {
    /// What its tree tells of the provider in use; nothing where it is no root module.
    fn in_use(&self) -> Option<&InUse> {
        match self {
            Self::Root(in_use) => Some(in_use),
            Self::Library | Self::Child { .. } => None,
        }
    }
}

/// The major that a configured constraint moves to.
///
/// # Errors
/// Why the constraint is no target. It has to name releases of one major: of several, the lock file
/// of each root module would decide which one its code has to be right for.
pub fn target_major(text: &str) -> Result<u64, String> {
    let constraint =
        Constraint::parse(text, Dialect::Provider).map_err(|error| error.to_string())?;
    let Some(admitted) = constraint.bounds() else {
        let is_prerelease = constraint
            .terms
            .iter()
            .any(|it| it.version.prerelease.is_some());
        return Err(match is_prerelease {
            true => "a prerelease is no target: name a release".to_owned(),
            false => "no version satisfies this".to_owned(),
        });
    };
    let major = admitted.lower.major;
    let Some(upper) = &admitted.upper else {
        let (lower, next) = (&admitted.lower, major + 1);
        return Err(format!(
            "it admits every later major too: name one, as in \"~> {major}.{}\" or \
             \">= {lower}, < {next}.0.0\"",
            lower.minor
        ));
    };
    if admitted.is_within(&Bounds::of_major(major)) {
        return Ok(major);
    }
    let newest = newest_major(upper);
    Err(format!(
        "it admits releases of {major}.x and {newest}.x: name one major, as in \"~> {newest}.0\""
    ))
}

/// The major of the newest releases below a version.
pub fn newest_major(upper: &Version) -> u64 {
    match (upper.minor, upper.patch) {
        (0, 0) => upper.major.saturating_sub(1),
        _ => upper.major,
    }
}

/// What a requirement becomes. `written` is `None` where it names no version; `target` is the
/// configured constraint, which [`target_major`] accepts.
pub fn verdict(written: Option<&str>, requirer: &Requirer, target: &str) -> Verdict {
    let Some((aim, Some(end))) = bounds(target).map(|aim| (aim.clone(), aim.upper)) else {
        return Verdict::Keep;
    };
    let constraint = match written.map(|text| Constraint::parse(text, Dialect::Provider)) {
        Some(Err(error)) => {
            let written = written.unwrap_or_default();
            return Verdict::Leave(format!("`{written}` is no constraint: {error}"));
        }
        Some(Ok(constraint)) => Some(constraint),
        None => None,
    };
    let admitted = constraint
        .as_ref()
        .map_or(Some(Bounds::ALL), Constraint::bounds);
    let Some(admitted) = admitted else {
        let written = written.unwrap_or_default();
        return Verdict::Leave(format!("no version satisfies `{written}`"));
    };
    if admitted.starts_at_or_above(&end) {
        return Verdict::Beyond(format!("is beyond `{target}` already"));
    }
    match requirer {
        Requirer::Child { is_bounded } => {
            // What `!=` takes out of the middle counts here.
            let aimed = Constraint::parse(target, Dialect::Provider).ok();
            let meets = match (constraint, aimed) {
                (Some(written), Some(aimed)) => written.and(aimed).bounds().is_some(),
                _ => true,
            };
            match meets {
                true => Verdict::Keep,
                false => child(&admitted, &aim, *is_bounded),
            }
        }
        Requirer::Library if admitted.upper.is_none() => Verdict::Keep,
        Requirer::Root { .. } | Requirer::Library if admitted.is_within(&aim) => Verdict::Keep,
        Requirer::Root { .. } | Requirer::Library => {
            let unknown = InUse::default();
            let in_use = requirer.in_use().unwrap_or(&unknown);
            match in_use.beyond(&admitted, &end) {
                Some(why) => Verdict::Beyond(format!("is beyond `{target}` already: {why}")),
                None => root(&admitted, in_use, target, &aim, &end),
            }
        }
    }
}

impl InUse {
    /// The release that the lock file holds, where `terraform init` takes it: one that the
    /// requirements do not admit is refused, and tells nothing of what is in use.
    pub fn installed(&self) -> Option<&Version> {
        let mut requirements = self.requirements.iter();
        let locked = self.locked.as_ref()?;
        requirements.all(|it| it.admits(locked)).then_some(locked)
    }

    /// Why the release in use is `end` or later, where that is known of a requirement that admits it.
    fn beyond(&self, admitted: &Bounds, end: &Version) -> Option<String> {
        match (self.installed(), &self.written_for) {
            (Some(locked), _) => (locked >= end && admitted.contains(locked))
                .then(|| format!("the lock file holds {locked}")),
            (None, Some(sign)) => {
                let is_later = sign.major >= end.major && !admitted.is_below(end);
                let counts = sign.counts_from(&self.narrowed(admitted).lower);
                let WrittenFor { major, by, .. } = sign;
                (is_later && counts).then(|| format!("{by} is of provider {major}"))
            }
            (None, None) => None,
        }
    }

    /// The releases of which one is in use, where a requirement admits these.
    fn narrowed(&self, admitted: &Bounds) -> Bounds {
        let all = self.requirements.as_ref().and_then(Constraint::bounds);
        let together = all.and_then(|all| all.intersection(admitted));
        together.unwrap_or_else(|| admitted.clone())
    }

    /// The major in use, up to `to`: that of the lock file, but none that the requirement excludes;
    /// without a lock file the newest that is admitted.
    fn major(&self, admitted: &Bounds, to: u64) -> u64 {
        let newest = admitted.upper.as_ref().map_or(to, newest_major).min(to);
        let locked = self.locked.as_ref();
        locked.map_or(newest, |locked| locked.major.min(newest))
    }
}

/// What the requirement of a root module becomes, which admits releases outside of the target
/// (`aim`, which ends at `end`).
fn root(admitted: &Bounds, in_use: &InUse, target: &str, aim: &Bounds, end: &Version) -> Verdict {
    let admitted = in_use.narrowed(admitted);
    let (from, to) = (in_use.major(&admitted, aim.lower.major), aim.lower.major);
    let later = || {
        // Without a lock file `terraform init` selects the newest release that is admitted. One that is
        // refused today tells what was in use before.
        let is_older = in_use.locked.as_ref().is_some_and(|locked| locked < end);
        let may_be_later = !is_older && !admitted.is_below(end);
        may_be_later.then(|| {
            format!(
                "it admits {end} and later, and no lock file says that an older release is in use: \
                 `{target}` may be a step back"
            )
        })
    };
    let unknown = || {
        let module = in_use.unknown_module.as_ref().filter(|_| from < to)?;
        Some(format!(
            "whether {module} works with provider {to} is not known: check its `required_providers` \
             and its resources; of modules that come from S3, `aws_provider` in their \
             `module_source` block says so"
        ))
    };
    let why = unknown_majors(from, to).or_else(later).or_else(unknown);
    Verdict::Change {
        to: target.to_owned(),
        safety: why.as_ref().map_or(Safety::Safe, |_| Safety::Review),
        why,
    }
}

/// What is not known of the way to the target, where a table of a major on it is missing.
fn unknown_majors(from: u64, to: u64) -> Option<String> {
    let mut missing = (from + 1..=to).filter(|major| !arguments::has_table(*major));
    let first = missing.next()?;
    let majors = match missing.next_back() {
        None => format!("version {first} breaks is"),
        Some(last) => format!("versions {first} to {last} break is"),
    };
    Some(format!(
        "what {majors} not known here: follow the provider's upgrade guides, one major at a time"
    ))
}

/// What the requirement of a child module becomes, of which no release is inside the target.
fn child(admitted: &Bounds, aim: &Bounds, is_bounded: bool) -> Verdict {
    let to = format!(">= {}.{}", aim.lower.major, aim.lower.minor);
    // The new constraint is open above: some root module has to bound the provider.
    let from = InUse::default().major(admitted, aim.lower.major);
    let why = unknown_majors(from, aim.lower.major).or_else(|| {
        let open = "a root module that calls it has no requirement of its own: init takes the \
                    newest release";
        (!is_bounded).then(|| open.to_owned())
    });
    Verdict::Change {
        to,
        safety: why.as_ref().map_or(Safety::Safe, |_| Safety::Review),
        why,
    }
}

/// The releases that a provider constraint admits; `None` where it admits none or is malformed.
pub fn bounds(constraint: &str) -> Option<Bounds> {
    Constraint::parse(constraint, Dialect::Provider)
        .ok()?
        .bounds()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
