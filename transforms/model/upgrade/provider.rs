//! What the upgrade does to one requirement of the AWS provider.

use super::Verdict;
use crate::model::constraint::{Bounds, Constraint, Dialect, Version};
use crate::model::finding::Safety;

/// Who asks for the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirer {
    /// A root module, with the version its lock file holds.
    Root {
        /// `None` without a lock file.
        locked: Option<Version>,
    },
    /// A module that others call: it keeps what lets the target in.
    Child,
}

/// Releases before this one are outside the facts that the upgrade is built from.
const OLDEST: Version = Version::new(4, 0, 0);

/// Decides what a requirement becomes, `written` being `None` where it names no version.
///
/// `target` is the configured constraint, which parses and admits something.
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
        let written = written.unwrap_or_default();
        return Verdict::Leave(format!("`{written}` is already beyond {major}.x"));
    }
    match requirer {
        Requirer::Child => child(written, &admitted, &aim),
        Requirer::Root { locked } => {
            let whole = Bounds {
                lower: Version::new(major, 0, 0),
                upper: Some(next.clone()),
            };
            if admitted.is_within(&whole) {
                return Verdict::Keep;
            }
            if let Some(locked) = locked.as_ref().filter(|locked| **locked >= next) {
                return Verdict::Leave(format!(
                    "the lock file holds {locked}: `{target}` would be a step back"
                ));
            }
            let old_lock = locked.as_ref().is_some_and(|locked| *locked < OLDEST);
            change(target, &admitted, old_lock, written.is_some())
        }
    }
}

fn change(target: &str, admitted: &Bounds, old_lock: bool, written: bool) -> Verdict {
    let (safety, why) = if admitted.is_below(&OLDEST) || old_lock {
        (Safety::Review, Some(BELOW_FOUR.to_owned()))
    } else if written && admitted.lower.major >= 5 {
        let why = "it admits later majors too: what is in use today may be one of them";
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

const BELOW_FOUR: &str = "below 4.0 the way leads over 4.67 and the guide of version 4 first: \
                          what that one breaks is not known here";

fn child(written: Option<&str>, admitted: &Bounds, aim: &Bounds) -> Verdict {
    if written.is_none() || admitted.intersects(aim) {
        return Verdict::Keep;
    }
    if admitted.is_within(&Bounds {
        lower: Version::new(aim.lower.major, 0, 0),
        upper: Some(Version::new(aim.lower.major + 1, 0, 0)),
    }) {
        return Verdict::Leave(format!(
            "`{}` lies inside {}.x but outside the configured constraint",
            written.unwrap_or_default(),
            aim.lower.major
        ));
    }
    let old = admitted.is_below(&OLDEST);
    Verdict::Change {
        to: format!(">= {}.{}", aim.lower.major, aim.lower.minor),
        safety: if old { Safety::Review } else { Safety::Safe },
        why: old.then(|| BELOW_FOUR.to_owned()),
    }
}

/// The releases that a provider constraint admits, `None` where it admits or means nothing.
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
        said(&verdict(written, &Requirer::Child, "~> 5.0"))
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
