//! The changes of a module's code in short: what the bump of its constraint is decided on.

use super::policy::UpgradePolicy;
use crate::arguments::ArgumentChange;
use diagnostics::finding::{FileEdit, Safety};
use syntax::code::sentence;

/// How many resources that hold a provider are named: each has a finding of its own.
const NAMED: usize = 10;

/// What in a module's code has to change before the provider is upgraded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaks {
    /// Whether the module has any changes, needed or not.
    pub is_known: bool,
    /// The first change that is needed.
    first: Option<String>,
    /// The first one in a file that must not be edited, and why.
    blocked: Option<String>,
    /// The first one that needs review.
    review: Option<String>,
    /// The manual ones.
    manual: Vec<String>,
    /// The first one that something may need which is not seen.
    unseen: Option<String>,
}

impl Breaks {
    /// The short form of a module's changes. `obstacle` says why the file of an edit must not be
    /// edited, `None` where it may.
    pub fn of(changes: &[ArgumentChange], obstacle: impl Fn(&FileEdit) -> Option<String>) -> Self {
        let mut breaks = Self {
            is_known: !changes.is_empty(),
            ..Self::default()
        };
        for change in changes {
            let finding = &change.finding;
            let at = &finding.at;
            let place = || sentence!("`{}` ({}:{})", finding.subject, at.path.display(), at.line);
            if change.is_unseen {
                breaks.unseen.get_or_insert_with(place);
            }
            if !change.is_needed {
                continue;
            }
            breaks.first.get_or_insert_with(place);
            if finding.edits.is_empty() {
                breaks.manual.push(place());
            } else if finding.safety == Safety::Review {
                breaks.review.get_or_insert_with(place);
            }
            if let Some(obstacle) = finding.edits.iter().find_map(&obstacle) {
                breaks
                    .blocked
                    .get_or_insert_with(|| format!("{} {obstacle}", place()));
            }
        }
        breaks
    }

    /// The changes of several modules, as of one.
    pub fn together<'b>(all: impl IntoIterator<Item = &'b Self>) -> Self {
        let mut together = Self::default();
        for breaks in all {
            together.is_known |= breaks.is_known;
            together.first = together.first.or_else(|| breaks.first.clone());
            together.blocked = together.blocked.or_else(|| breaks.blocked.clone());
            together.review = together.review.or_else(|| breaks.review.clone());
            together.manual.extend_from_slice(&breaks.manual);
            together.unseen = together.unseen.or_else(|| breaks.unseen.clone());
        }
        together
    }

    /// Makes what is needed impossible, for this reason.
    pub fn block(&mut self, why: String) {
        self.blocked.get_or_insert(why);
    }

    /// Why the provider is not upgraded; `None` where nothing in the code is against it.
    pub fn hold(&self, policy: &UpgradePolicy<'_>) -> Option<String> {
        self.needed(policy).or_else(|| {
            let unseen = self.unseen.as_ref().filter(|_| !policy.review)?;
            Some(format!(
                "what reads {unseen} is not seen: it may read what changes, which needs --review"
            ))
        })
    }

    /// The same for what is needed.
    fn needed(&self, policy: &UpgradePolicy<'_>) -> Option<String> {
        let first = self.first.as_ref()?;
        if !policy.upgrades_arguments {
            return Some(format!(
                "{first} has to change with it while upgrade_arguments is switched off"
            ));
        }
        if let Some(blocked) = &self.blocked {
            return Some(format!("{blocked} and has to change with it"));
        }
        if policy.review && !policy.waits_for_manual {
            return None;
        }
        if !self.manual.is_empty() {
            let named = self.manual.len().min(NAMED);
            let more = match self.manual.len() - named {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let places = self.manual[..named].join(", ");
            return Some(format!(
                "{places}{more} would fail, which needs manual work (--review moves the rest)"
            ));
        }
        let place = self.review.as_ref().filter(|_| !policy.review)?;
        Some(format!(
            "{place} has to change with it, which needs --review"
        ))
    }
}
