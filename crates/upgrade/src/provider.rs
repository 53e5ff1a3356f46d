//! What the upgrade makes of one requirement of the AWS provider.

use crate::Verdict;
use diagnostics::finding::Safety;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};

/// The kind of module that requires the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirer {
    /// A root module, with the version its lock file holds.
    Root {
        /// `None` without a lock file.
        locked: Option<Version>,
    },
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

/// The first release that the tables know what the next major changes of.
const OLDEST: Version = Version::new(4, 0, 0);

/// What a requirement becomes. `written` is `None` where it names no version; `target` is the
/// configured constraint, which admits some release.
pub fn verdict(written: Option<&str>, requirer: &Requirer, target: &str) -> Verdict {
    let Some(aim) = bounds(target) else {
        return Verdict::Keep;
    };
    let major = aim.lower.major;
    let next = Version::new(major + 1, 0, 0);
    let admitted = match written {
        None => Bounds::ALL,
        Some(text) => match Constraint::parse(text, Dialect::Provider) {
            Err(error) => return Verdict::Leave(format!("`{text}` is no constraint: {error}")),
            Ok(constraint) => match constraint.bounds() {
                Some(bounds) => bounds,
                None => return Verdict::Leave(format!("no version satisfies `{text}`")),
            },
        },
    };
    if admitted.starts_at_or_above(&next) {
        return Verdict::Leave(format!("it is beyond {major}.x already"));
    }
    match requirer {
        Requirer::Child { is_bounded } => child(written, &admitted, &aim, *is_bounded),
        Requirer::Library if admitted.upper.is_none() => Verdict::Keep,
        Requirer::Root { .. } | Requirer::Library => {
            let locked = match requirer {
                Requirer::Root { locked } => locked.as_ref(),
                _ => None,
            };
            let whole = Bounds::of_major(major);
            // A minor release in use is the user's choice: only the major is moved.
            if admitted.is_within(&whole) {
                return Verdict::Keep;
            }
            if let Some(locked) = locked.filter(|locked| **locked >= next) {
                return Verdict::Leave(format!(
                    "the lock file holds {locked}: `{target}` would be a step back"
                ));
            }
            let old_lock = locked.is_some_and(|locked| *locked < OLDEST);
            change(target, &whole, &admitted, old_lock, written.is_some())
        }
    }
}

/// The change of a constraint to the target, and how safe it is.
fn change(
    target: &str,
    whole: &Bounds,
    admitted: &Bounds,
    old_lock: bool,
    written: bool,
) -> Verdict {
    let (safety, why) = if admitted.is_below(&OLDEST) || old_lock {
        (Safety::Review, Some(BELOW_FOUR.to_owned()))
    } else if written && may_be_later(admitted, whole) {
        let why = "it speaks of later majors: what is in use today may be one of them";
        (Safety::Review, Some(why.to_owned()))
    } else {
        (Safety::Safe, None)
    };
    Verdict::Change {
        to: target.to_owned(),
        safety,
        why,
    }
}

/// Whether the release in use may be of a later major than the target's, so that the target would be
/// a step back: the constraint starts in the target's major and is open above, or its upper bound is
/// beyond it.
fn may_be_later(admitted: &Bounds, whole: &Bounds) -> bool {
    admitted.lower >= whole.lower || admitted.upper.is_some() && admitted.upper > whole.upper
}

const BELOW_FOUR: &str = "below 4.0 the way leads over 4.67 and the guide of version 4 first: \
                          what that one breaks is not known here";

/// What the requirement of a child module becomes.
fn child(written: Option<&str>, admitted: &Bounds, aim: &Bounds, is_bounded: bool) -> Verdict {
    if written.is_none() || admitted.intersects(aim) {
        return Verdict::Keep;
    }
    if admitted.is_within(&Bounds::of_major(aim.lower.major)) {
        return Verdict::Leave(format!(
            "`{}` lies inside {}.x but outside the configured constraint",
            written.unwrap_or_default(),
            aim.lower.major
        ));
    }
    // The new constraint is open above: some root module has to bound the provider.
    let why = if admitted.is_below(&OLDEST) {
        Some(BELOW_FOUR)
    } else if is_bounded {
        None
    } else {
        Some(
            "a root module that calls it has no requirement of its own: init takes the newest release",
        )
    };
    Verdict::Change {
        to: format!(">= {}.{}", aim.lower.major, aim.lower.minor),
        safety: why.map_or(Safety::Safe, |_| Safety::Review),
        why: why.map(str::to_owned),
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
            &Requirer::Root { locked: None },
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
            (">= 4", "~> 5.0 Safe"),
            (">= 3.0", "~> 5.0 Safe"),
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
            ("~> 6.0", "leave"),
            ("> 4, < 4", "leave"),
            ("v4.0", "leave"),
        ] {
            assert_eq!(root(Some(written)), expected, "{written}");
        }
        assert_eq!(root(None), "~> 5.0 Safe");
    }

    #[test]
    fn provider_6_is_a_target_like_5() {
        let root = Requirer::Root { locked: None };
        for (written, expected) in [
            ("~> 4.0", "~> 6.0 Safe"),
            ("~> 5.0, != 5.86.0", "~> 6.0 Safe"),
            ("5.31.0", "~> 6.0 Safe"),
            (">= 5.0", "~> 6.0 Safe"),
            (">= 4.0, < 6.0", "~> 6.0 Safe"),
            (">= 6.0", "~> 6.0 Review"),
            (">= 5.0, < 8.0", "~> 6.0 Review"),
            ("~> 3.0", "~> 6.0 Review"),
            ("~> 6.2", "keep"),
            ("~> 7.0", "leave"),
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
            ("~> 6.0", "leave"),
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
        let locked = |version: &str| Requirer::Root {
            locked: Version::parse(version).ok(),
        };
        let decide = |version: &str| said(&verdict(Some(">= 3.0"), &locked(version), "~> 5.0"));
        assert_eq!(decide("6.2.0"), "leave");
        assert_eq!(decide("4.67.0"), "~> 5.0 Safe");
        assert_eq!(decide("3.74.0"), "~> 5.0 Review");
    }
}
