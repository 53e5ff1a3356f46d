//! The permissions that a job's token has in the end.
//!
//! A job's block replaces the workflow's; without either the repository's default applies, which
//! never includes id-token. A job of a called workflow has what its own blocks list, else what its
//! caller has; where they list more than the caller has, GitHub refuses the whole run.
//! Source: "Workflow syntax for GitHub Actions" and actions/runner, `PermissionsHelper.cs`.

use std::collections::BTreeSet;
use std::fmt;

use super::block::PermissionsBlock;
use super::scope::{Level, Scope, Scopes};

/// The repository's default for jobs without any block: `ci.default_token`. The repository itself
/// does not tell which one is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DefaultToken {
    /// Either of the two.
    #[default]
    Unknown,
    /// "Restricted": contents and packages are readable.
    Restricted,
    /// "Permissive": everything but id-token is writable.
    Permissive,
}

impl DefaultToken {
    /// All values, in the order in which the documentation lists them.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Restricted, Self::Permissive];
}

impl fmt::Display for DefaultToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Restricted => "restricted",
            Self::Permissive => "permissive",
        })
    }
}

/// The permissions of the restricted default.
pub(super) fn restricted() -> Scopes {
    let scopes = [Scope::Contents, Scope::Packages];
    scopes.map(|scope| (scope, Level::Read)).into()
}

/// A level for every scope.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rights {
    /// The level of scopes that are not listed.
    rest: Level,
    listed: Scopes,
}

impl Rights {
    fn of(block: &PermissionsBlock) -> Self {
        let listed = |scope: &Scope| (scope.clone(), block.level(scope));
        let rest = match block {
            PermissionsBlock::Scopes(_) => Level::None,
            PermissionsBlock::ReadAll => Level::Read,
            PermissionsBlock::WriteAll => Level::Write,
        };
        let listed = Scope::KNOWN.iter().chain(block.named()).map(listed);
        Self {
            rest,
            listed: listed.collect(),
        }
    }

    fn restricted() -> Self {
        Self::of(&PermissionsBlock::Scopes(restricted()))
    }

    fn permissive() -> Self {
        let mut rights = Self::of(&PermissionsBlock::WriteAll);
        rights.listed.insert(Scope::IdToken, Level::None);
        rights
    }

    fn level(&self, scope: &Scope) -> Level {
        self.listed.get(scope).copied().unwrap_or(self.rest)
    }

    /// Compares the scopes that either of them lists.
    fn at_least(&self, other: &Self) -> bool {
        let mut listed = self.listed.keys().chain(other.listed.keys());
        listed.all(|scope| self.level(scope) >= other.level(scope))
    }

    fn meet(&self, other: &Self) -> Self {
        let listed: BTreeSet<_> = self.listed.keys().chain(other.listed.keys()).collect();
        let lower = |scope: &Scope| (scope.clone(), self.level(scope).min(other.level(scope)));
        Self {
            rest: self.rest.min(other.rest),
            listed: listed.into_iter().map(lower).collect(),
        }
    }
}

/// The permissions of a job, both under a restricted and under a permissive default. The two differ
/// only where the default decides and is not known, so what holds for both is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    restricted: Rights,
    permissive: Rights,
}

impl Effective {
    /// The permissions of a job that an event starts.
    pub fn of(
        job: Option<&PermissionsBlock>,
        workflow: Option<&PermissionsBlock>,
        default: DefaultToken,
    ) -> Self {
        let by_default = match default {
            DefaultToken::Unknown => Self {
                restricted: Rights::restricted(),
                permissive: Rights::permissive(),
            },
            DefaultToken::Restricted => Self::in_any_case(Rights::restricted()),
            DefaultToken::Permissive => Self::in_any_case(Rights::permissive()),
        };
        job.or(workflow).map_or(by_default, Self::exactly)
    }

    /// The permissions of a job in a called workflow; both blocks are the called workflow's.
    #[must_use]
    pub fn called(
        &self,
        job: Option<&PermissionsBlock>,
        workflow: Option<&PermissionsBlock>,
    ) -> Self {
        let declared = job.or(workflow);
        declared.map_or_else(|| self.clone(), |block| self.meet(&Self::exactly(block)))
    }

    /// The permissions of a block, which no default changes.
    pub fn exactly(block: &PermissionsBlock) -> Self {
        Self::in_any_case(Rights::of(block))
    }

    fn in_any_case(rights: Rights) -> Self {
        Self {
            restricted: rights.clone(),
            permissive: rights,
        }
    }

    /// The level that it certainly has: the restricted default never gives more than the
    /// permissive.
    pub fn level(&self, scope: &Scope) -> Level {
        self.restricted.level(scope)
    }

    /// Whether it has all that the other has, whatever the default.
    pub fn at_least(&self, other: &Self) -> bool {
        self.restricted.at_least(&other.restricted) && self.permissive.at_least(&other.permissive)
    }

    /// What both have. `before.meet(&needs)` is what a job must not lose.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self {
            restricted: self.restricted.meet(&other.restricted),
            permissive: self.permissive.meet(&other.permissive),
        }
    }
}

/// A call of a workflow.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// The permissions of the calling job.
    pub caller: &'c Effective,
    /// A block of the called workflow: its own, or that of one of its jobs. GitHub checks each one.
    pub asked: Option<&'c PermissionsBlock>,
}

impl Call<'_> {
    /// Whether GitHub accepts the call, whatever the default.
    pub fn runs(&self) -> bool {
        self.by_default() == (true, true)
    }

    /// Whether GitHub accepts the call under every default under which it accepted the other.
    pub fn runs_where(&self, before: &Call<'_>) -> bool {
        let (restricted, permissive) = self.by_default();
        let (restricted_before, permissive_before) = before.by_default();
        (restricted || !restricted_before) && (permissive || !permissive_before)
    }

    /// Under a restricted default, and under a permissive one.
    fn by_default(&self) -> (bool, bool) {
        let Some(asked) = self.asked.map(Rights::of) else {
            return (true, true);
        };
        let Effective {
            restricted,
            permissive,
        } = self.caller;
        (restricted.at_least(&asked), permissive.at_least(&asked))
    }
}
