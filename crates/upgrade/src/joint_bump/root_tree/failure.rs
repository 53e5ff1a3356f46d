//! Why `terraform init` fails after the plan is applied, or installs modules that do not work with the
//! provider.

use super::RootTree;
use super::calls::named;
use crate::joint_bump::resolution::ProviderConstraint;
use crate::provider::{self, Requirer};
use crate::registry::{self, Incompatibility};
use diagnostics::finding::Safety;
use syntax::code::sentence;
use terraform::constraint::{Bounds, Constraint, Version};

/// Why `terraform init` fails, or installs modules that do not work with the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitFailure {
    /// A module that the plan moves does not get on with the provider.
    Moved {
        /// Its source.
        source: String,
        /// Why, as a sentence.
        why: String,
    },
    /// The provider's constraints do not get on with each other or with what stays.
    Provider(String),
}

impl RootTree<'_> {
    /// Why `terraform init` would fail after the plan, or install modules that do not work with the
    /// provider, where the plan moves any of it. `free` is the same tree without holds.
    pub fn init_failure(&self, free: &Self) -> Option<InitFailure> {
        let moves = self.members.iter().any(|(_, module)| {
            let mut requirements = module.requirements.iter();
            requirements.any(|it| self.requirement(module, it) != it.value)
        });
        (moves || !self.moved().is_empty())
            .then(|| self.failure(free))
            .flatten()
    }

    fn failure(&self, free: &Self) -> Option<InitFailure> {
        let provider = match self.provider() {
            Ok(provider) => provider,
            Err(why) => return Some(InitFailure::Provider(why)),
        };
        if let Some(conflict) = self.conflict(&provider).or_else(|| self.step_back()) {
            return Some(conflict);
        }
        // What stays comes first, so that what moves is to blame.
        let mut constraints = self.constraints(Some(&provider));
        constraints.sort_by_key(|it| it.moved.is_some());
        let mut together: Option<Constraint> = None;
        for it in &constraints {
            let one = it.constraint.clone();
            let all = match together {
                Some(all) => all.and(one),
                None => one,
            };
            if all.bounds().is_none() {
                return Some(it.failure(&self.opponent(it)));
            }
            together = Some(all);
        }
        let Some(locked) = self.locked(free) else {
            // The newest release is selected: of those that are known, one of the newest major.
            let selected = together.map_or(Some(Bounds::ALL), |all| all.bounds())?;
            let last = selected.upper.as_ref().map(provider::newest_major);
            let known = registry::newest_major();
            let newest = last.map_or(known, |last| last.min(known));
            let newest = Bounds::of_major(newest.max(selected.lower.major));
            return self.conflict(&newest.intersection(&selected)?);
        };
        if let Some(unmet) = constraints.iter().find(|it| !it.constraint.admits(&locked)) {
            let cause = match (&self.root.lock_obstacle, &self.holds.provider) {
                (Some(obstacle), _) => format!("stays, as the file {obstacle}"),
                (None, Some(_)) => "stays with the provider".to_owned(),
                (None, None) => "is taken out with --review alone".to_owned(),
            };
            let lock = format!("the lock file's {locked} {cause}");
            return Some(unmet.failure(&lock));
        }
        let next = Version::new(locked.major, locked.minor, locked.patch + 1);
        self.conflict(&Bounds::new(locked, Some(next))?)
    }

    /// A module that does not work with the provider, of which one of these releases is selected.
    /// One that moves is to blame before one that stays.
    fn conflict(&self, selected: &Bounds) -> Option<InitFailure> {
        let mut stays = None;
        for planned_call in self.calls(Some(selected)) {
            let Some(conflict) = registry::conflict(&planned_call.call, selected) else {
                continue;
            };
            let asks = match conflict.cause {
                Incompatibility::RequiresNewerMajor { bound: Some(_) } => {
                    let why = match (self.policy.review, self.policy.constrains_modules) {
                        (false, _) => "an upper bound needs --review",
                        (true, false) => "constrain_module is switched off",
                        (true, true) => "an upper bound is not written into its file",
                    };
                    format!(" ({why})")
                }
                _ => match (planned_call.stays, &conflict.compatible) {
                    (Some(why), _) => format!(" and does not move ({why})"),
                    (None, Some(releases)) => sentence!(
                        " (releases that work with provider {}: `{releases}`)",
                        conflict.major
                    ),
                    (None, None) => String::new(),
                },
            };
            let named = named(&planned_call.call, planned_call.directory);
            let why = format!("{named} {}{asks}", conflict.predicate());
            if planned_call.is_moved {
                let source = planned_call.call.module;
                return Some(InitFailure::Moved { source, why });
            }
            stays.get_or_insert(InitFailure::Provider(why));
        }
        stays
    }

    /// A module whose move keeps the provider below releases of which one may be in use today; that is
    /// for review, as the same step is where a requirement makes it.
    fn step_back(&self) -> Option<InitFailure> {
        let Requirer::Root(in_use) = &self.root.requirer else {
            return None;
        };
        if self.policy.review {
            return None;
        }
        let requirements = in_use.requirements.as_ref();
        let today = requirements.map_or(Some(Bounds::ALL), Constraint::bounds)?;
        let moved = self.calls(None).filter(|it| it.is_moved);
        let mut bounded = moved.filter_map(|planned_call| {
            let required = registry::required_provider(&planned_call.call)?;
            let end = required.upper.clone()?;
            let is_older = in_use.locked.as_ref().is_some_and(|locked| *locked < end);
            (!is_older && !today.is_below(&end)).then(|| InitFailure::Moved {
                why: sentence!(
                    "{} needs `{required}` while no lock file says that a release before {end} is in use \
                     (a step back of the provider needs --review)",
                    named(&planned_call.call, planned_call.directory)
                ),
                source: planned_call.call.module,
            })
        });
        bounded.next()
    }

    /// The release that the lock file holds after the plan is applied; `None` where it holds none.
    fn locked(&self, free: &Self) -> Option<Version> {
        let Requirer::Root(in_use) = &self.root.requirer else {
            return None;
        };
        let locked = in_use.locked.clone()?;
        let resolution = self.resolve(free);
        // Without the transform that edits lock files the next steps name `init -upgrade`.
        let is_taken_out = match self.policy.relocks {
            true => {
                let stale = resolution.stale_lock(&locked);
                let is_made = stale.is_some_and(|(_, it)| it == Safety::Safe || self.policy.review);
                is_made && self.root.lock_obstacle.is_none()
            }
            false => resolution.reaches_target,
        };
        (!is_taken_out).then_some(locked)
    }

    /// A requirement that does not admit what another constraint does, as a clause.
    fn opponent(&self, constraint: &ProviderConstraint) -> String {
        let mut others = self.requirements().into_iter();
        let other = others.find(|other| {
            let both = other.constraint.clone().and(constraint.constraint.clone());
            both.bounds().is_none()
        });
        let Some(other) = other else {
            return "the requirements admit none".to_owned();
        };
        let cause = if self.holds.provider.is_some() {
            " and does not move"
        } else if self.policy.bumps_provider {
            ""
        } else {
            " and does not move (bump_provider is switched off)"
        };
        format!("{}{cause}", other.source)
    }
}

impl ProviderConstraint {
    /// The failure where this constraint does not get on with `other`, a clause.
    fn failure(&self, other: &str) -> InitFailure {
        let why = format!("{} while {other}", self.source);
        match &self.moved {
            Some(source) => InitFailure::Moved {
                source: source.clone(),
                why,
            },
            None => InitFailure::Provider(why),
        }
    }
}
