//! What stands between a module and the target, in short: what the bump of its constraint is decided
//! on.

use super::change::ArgumentChange;
use crate::moves::Aims;
use diagnostics::finding::{FileEdit, Safety};

/// What stands between a module and the target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaks {
    /// Whether anything is said of the module at all.
    pub is_known: bool,
    /// The first thing that has to change.
    first: Option<String>,
    /// The first one whose file must not be edited, and why.
    blocked: Option<String>,
    /// The first one that needs a yes.
    review: Option<String>,
    /// The first one that only a person can change, and how many there are.
    person: Option<(String, usize)>,
}

impl Breaks {
    /// The short form of all changes of a module; `obstacle` says why a file must not be edited.
    pub fn of(changes: &[ArgumentChange], obstacle: impl Fn(&FileEdit) -> Option<String>) -> Self {
        let mut breaks = Self {
            is_known: !changes.is_empty(),
            ..Self::default()
        };
        for change in changes.iter().filter(|change| change.is_needed) {
            let finding = &change.finding;
            let at = &finding.at;
            let place = || format!("`{}` ({}:{})", finding.subject, at.path.display(), at.line);
            breaks.first.get_or_insert_with(place);
            if finding.edits.is_empty() {
                let (_, count) = breaks.person.get_or_insert_with(|| (place(), 0));
                *count += 1;
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

    /// Why the provider of the module must stay.
    pub fn hold(&self, aims: &Aims<'_>) -> Option<String> {
        let first = self.first.as_ref()?;
        if !aims.arguments_move {
            return Some(format!(
                "{first} has to change with it, and upgrade_arguments is switched off"
            ));
        }
        if let Some(blocked) = &self.blocked {
            return Some(format!("{blocked}, and has to change with it"));
        }
        if aims.review {
            return None;
        }
        if let Some((place, count)) = &self.person {
            let more = match count - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            return Some(format!(
                "{place}{more} would fail and only a person can change that; --review moves the \
                 rest all the same"
            ));
        }
        let place = self.review.as_ref()?;
        Some(format!(
            "{place} has to change with it, which needs --review"
        ))
    }
}
