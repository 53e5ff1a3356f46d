//! Which releases of the provider a root module admits, and whether its lock file fits.

use diagnostics::finding::Safety;
use terraform::constraint::{Bounds, Constraint, Version};

/// A constraint on the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConstraint {
    /// The constraint.
    pub constraint: Constraint,
    /// Where it comes from, as a sentence about a release that it does not admit.
    pub source: String,
    /// The registry module that requires it, where that moves to a release with this constraint.
    pub moved: Option<String>,
    /// Whether it is in the code. If not, it is that of the newest release of a registry module,
    /// which the lock file of the modules may not have.
    pub is_written: bool,
}

/// The constraints that a root module's tree has after the plan is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// All constraints on the provider.
    pub(super) constraints: Vec<ProviderConstraint>,
    /// The releases of the provider that the tree would admit without holds, where they are inside
    /// the target's major.
    pub planned: Option<Bounds>,
    /// Whether it admits exactly those: no hold is in the way.
    pub reaches_target: bool,
    /// Whether a requirement waits for review, which the lock file was a reason for.
    pub(super) waits: bool,
    /// Whether it admits the target and every later major: `terraform init` takes the newest
    /// release.
    pub(super) is_open: bool,
}

impl Resolution {
    /// The first constraint that does not admit the locked release.
    fn unmet(&self, locked: &Version) -> Option<&ProviderConstraint> {
        let mut constraints = self.constraints.iter();
        constraints.find(|it| !it.constraint.admits(locked))
    }

    /// Whether some release satisfies all constraints.
    fn admits_any(&self) -> bool {
        let constraints = self.constraints.iter().map(|it| it.constraint.clone());
        let all = constraints.reduce(Constraint::and);
        all.is_none_or(|all| all.bounds().is_some())
    }

    /// Whether `terraform init` accepts a lock file with this release of the provider.
    pub fn admits(&self, locked: &Version) -> bool {
        self.unmet(locked).is_none()
    }

    /// Why this release of the provider has to be removed from the lock file, and how safe that is;
    /// `None` where it fits. With a locked release that no longer satisfies its constraints
    /// `terraform init` fails and asks for `-upgrade`, which moves every provider. A tree that does
    /// not reach the target keeps its lock file, whether it fits or not, and so does one that admits no
    /// release: `init` finds none without a lock file, either.
    pub fn stale_lock(&self, locked: &Version) -> Option<(&str, Safety)> {
        let unmet = self.unmet(locked).filter(|_| self.admits_any())?;
        let is_older = |bounds: Bounds| bounds.is_below(locked);
        let mut refusing = self
            .constraints
            .iter()
            .filter(|it| !it.constraint.admits(locked));
        let is_step_back = refusing.any(|it| it.constraint.bounds().is_some_and(&is_older));
        // A step back may meet state that a newer provider has written, and what a registry module
        // requires depends on the release that is installed.
        let is_safe = self.reaches_target && !self.waits && unmet.is_written && !is_step_back;
        let safety = match is_safe {
            true => Safety::Safe,
            false => Safety::Review,
        };
        (self.reaches_target || self.is_open).then_some((&unmet.source, safety))
    }
}
