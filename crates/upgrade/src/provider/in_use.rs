//! The provider that a root module runs today, as far as its tree tells.

use super::target::newest_major;
use crate::written_for::WrittenFor;
use terraform::constraint::{Bounds, Constraint, Version};

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

impl InUse {
    /// The release that the lock file holds, where `terraform init` takes it: one that the
    /// requirements do not admit is refused, and tells nothing of what is in use.
    pub fn installed(&self) -> Option<&Version> {
        let mut requirements = self.requirements.iter();
        let locked = self.locked.as_ref()?;
        requirements.all(|it| it.admits(locked)).then_some(locked)
    }

    /// Why the release in use is `end` or later, where that is known of a requirement that admits it.
    pub(super) fn beyond(&self, admitted: &Bounds, end: &Version) -> Option<String> {
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
    pub(super) fn narrowed(&self, admitted: &Bounds) -> Bounds {
        let all = self.requirements.as_ref().and_then(Constraint::bounds);
        let together = all.and_then(|all| all.intersection(admitted));
        together.unwrap_or_else(|| admitted.clone())
    }

    /// The major in use, up to `to`: that of the lock file, but none that the requirement excludes;
    /// without a lock file the newest that is admitted.
    pub(super) fn major(&self, admitted: &Bounds, to: u64) -> u64 {
        let newest = admitted.upper.as_ref().map_or(to, newest_major).min(to);
        let locked = self.locked.as_ref();
        locked.map_or(newest, |locked| locked.major.min(newest))
    }
}
