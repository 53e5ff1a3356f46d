//! A root module with all modules that it calls: what `terraform init` does with their constraints
//! after the plan is applied.

use std::path::Path;

use super::module_constraints::{Editable, Holds, ModuleConstraints};
use super::policy::UpgradePolicy;
use super::resolution::{ProviderConstraint, Resolution};
use crate::provider::{self, Requirer};
use crate::registry::{self, Incompatibility, RegistryCall};
use crate::vpc::VPC;
use crate::{Verdict, vpc};
use diagnostics::finding::Safety;
use syntax::text::shown;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};

/// A root module and all that it calls.
#[derive(Debug)]
pub struct RootTree<'t> {
    /// The root module.
    pub root: &'t ModuleConstraints,
    /// Its modules, the root module among them, each with its directory.
    pub members: Vec<(&'t Path, &'t ModuleConstraints)>,
    /// Why some of their constraints stay.
    pub holds: Holds,
    /// What the user wants upgraded.
    pub policy: &'t UpgradePolicy<'t>,
}

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

/// A call of a registry module as it is after the plan is applied.
struct PlannedCall<'t> {
    directory: &'t Path,
    call: RegistryCall,
    /// Whether the plan moves it.
    is_moved: bool,
    /// Why it stays although the configuration names its release.
    stays: Option<String>,
}

impl<'t> RootTree<'t> {
    /// The constraints of the tree with its holds. `free` is the same tree without them.
    pub fn resolve(&self, free: &Self) -> Resolution {
        let aim = provider::bounds(self.policy.provider);
        let planned = free
            .provider()
            .ok()
            .filter(|planned| free.is_of_target(planned));
        let after = self.provider().ok();
        let is_held = self.holds.provider.is_some();
        Resolution {
            constraints: self.constraints(after.as_ref()),
            // A tree whose provider is held keeps its lock file: the newest release is no upgrade.
            is_open: !is_held
                && after.as_ref().is_some_and(|after| {
                    after.upper.is_none() && aim.is_some_and(|aim| after.intersects(&aim))
                }),
            waits: self
                .members
                .iter()
                .any(|(_, module)| module.waits(self.policy)),
            reaches_target: planned.is_some() && after == planned,
            planned,
        }
    }

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

    /// The sources of the registry modules that the plan moves.
    pub fn moved(&self) -> Vec<String> {
        let calls = self.calls(None);
        let moved = calls.filter(|planned_call| planned_call.is_moved);
        moved.map(|planned_call| planned_call.call.module).collect()
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
                (Some(obstacle), _) => format!("stays (the file {obstacle})"),
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
                _ => planned_call
                    .stays
                    .map_or(String::new(), |why| format!(", and does not move: {why}")),
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
                why: format!(
                    "{} needs `{required}`, and no lock file says that a release before {end} is in \
                     use (a step back of the provider needs --review)",
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
            " and does not move: bump_provider is switched off"
        };
        format!("{}{cause}", other.source)
    }

    /// Whether these releases are of the major that the provider moves to.
    fn is_of_target(&self, provider: &Bounds) -> bool {
        let aim = provider::bounds(self.policy.provider);
        aim.is_some_and(|aim| provider.is_within(&Bounds::of_major(aim.lower.major)))
    }

    /// The releases of the provider that all requirements admit.
    fn provider(&self) -> Result<Bounds, String> {
        let mut together: Option<Constraint> = None;
        let mut bounds = Bounds::ALL;
        for need in self.requirements() {
            let all = match together {
                Some(all) => all.and(need.constraint),
                None => need.constraint,
            };
            bounds = all.bounds().ok_or_else(|| {
                format!("no release satisfies every requirement: {}", need.source)
            })?;
            together = Some(all);
        }
        Ok(bounds)
    }

    fn requirements(&self) -> Vec<ProviderConstraint> {
        let members = self.members.iter();
        let needs = members.flat_map(|(dir, module)| {
            module.requirements.iter().filter_map(move |requirement| {
                let written = self.requirement(module, requirement)?;
                Some(ProviderConstraint {
                    constraint: Constraint::parse(&written, Dialect::Provider).ok()?,
                    source: format!("`{written}` in {} does not admit it", shown(dir)),
                    moved: None,
                    is_written: true,
                })
            })
        });
        needs.collect()
    }

    /// A requirement as it is after the plan is applied.
    fn requirement(
        &self,
        module: &ModuleConstraints,
        requirement: &Editable<Option<String>>,
    ) -> Option<String> {
        match self.holds.provider.is_some() {
            true => requirement.value.clone(),
            false => module.after(requirement, self.policy),
        }
    }

    /// The requirements, and what the registry modules require. `provider` is what the requirements
    /// admit.
    fn constraints(&self, provider: Option<&Bounds>) -> Vec<ProviderConstraint> {
        let mut constraints = self.requirements();
        constraints.extend(self.calls(provider).filter_map(|planned_call| {
            let required = registry::required_provider(&planned_call.call)?;
            let text = required.to_string();
            let needs = match &required.upper {
                None => format!("{} or later", required.lower),
                Some(_) => format!("`{text}`"),
            };
            Some(ProviderConstraint {
                constraint: Constraint::parse(&text, Dialect::Provider).ok()?,
                source: format!(
                    "{} needs {needs}",
                    named(&planned_call.call, planned_call.directory)
                ),
                is_written: planned_call.call.module == VPC,
                moved: planned_call.is_moved.then_some(planned_call.call.module),
            })
        }));
        constraints
    }

    /// The calls of registry modules as they are after the plan is applied.
    fn calls(&self, provider: Option<&Bounds>) -> impl Iterator<Item = PlannedCall<'t>> {
        self.members.iter().flat_map(move |(directory, module)| {
            let calls = module.registry_calls.iter();
            calls.map(move |call| {
                let mut planned_call = PlannedCall {
                    directory,
                    call: call.value.clone(),
                    is_moved: false,
                    stays: None,
                };
                self.plan(&mut planned_call, call.obstacle.as_deref(), provider);
                planned_call
            })
        })
    }

    /// Brings a call to where it is after the plan is applied.
    fn plan(
        &self,
        planned_call: &mut PlannedCall<'_>,
        obstacle: Option<&str>,
        provider: Option<&Bounds>,
    ) {
        let call = &mut planned_call.call;
        let verdict = call.configured(self.policy.modules);
        if let Some(Verdict::Change { to, .. }) = &verdict {
            let is_made = verdict
                .as_ref()
                .is_some_and(|it| it.is_made(self.policy.review));
            let hold = self.holds.modules.get(&call.module).cloned();
            planned_call.stays = if !self.policy.bumps_modules {
                Some("bump_module is switched off".to_owned())
            } else if let Some(obstacle) = obstacle {
                Some(format!("its file {obstacle}"))
            } else if !is_made {
                Some("moving it needs --review".to_owned())
            } else {
                hold
            };
            if planned_call.stays.is_none() {
                call.version = Some(to.clone());
                planned_call.is_moved = true;
            }
            return;
        }
        if let Some(Verdict::Leave(why)) = verdict {
            planned_call.stays = Some(why);
        }
        if obstacle.is_none()
            && self.policy.constrains_modules
            && call.module != VPC
            && let Some(conflict) = provider.and_then(|it| registry::conflict(call, it))
            && let Incompatibility::RequiresNewerMajor { bound: Some(bound) } = conflict.cause
        {
            call.version = registry::with_upper_bound(call, &bound);
        }
    }

    /// A `required_version` of the tree that keeps Terraform below a release, with its directory.
    pub fn terraform_before(&self, first: &Version) -> Option<(&'t Path, &'t str)> {
        let mut together: Option<Constraint> = None;
        let versions = self.members.iter().flat_map(|(dir, module)| {
            let versions = module.required_versions.iter();
            versions.map(move |version| (*dir, version.as_str()))
        });
        let mut versions = versions.filter_map(|(dir, version)| {
            Some((
                dir,
                version,
                Constraint::parse(version, Dialect::Module).ok()?,
            ))
        });
        versions.find_map(|(dir, version, constraint)| {
            let all = match together.take() {
                Some(all) => all.and(constraint),
                None => constraint,
            };
            let is_old = all.bounds().is_some_and(|bounds| bounds.is_below(first));
            together = Some(all);
            is_old.then_some((dir, version))
        })
    }

    /// Whether a call of the VPC module moves to a release that needs a newer Terraform.
    pub fn moves_vpc(&self) -> bool {
        let target = self.policy.modules.get(VPC);
        let is_newer = target.is_some_and(|it| it.release >= vpc::CHANGED_DEFAULTS);
        let mut members = self.members.iter();
        is_newer
            && members.any(|(_, module)| {
                let mut calls = module.registry_calls.iter();
                calls.any(|call| call.value.module == VPC)
            })
    }
}

impl ProviderConstraint {
    /// The failure where this constraint does not get on with `other`, a clause.
    fn failure(&self, other: &str) -> InitFailure {
        let why = format!("{}, and {other}", self.source);
        match &self.moved {
            Some(source) => InitFailure::Moved {
                source: source.clone(),
                why,
            },
            None => InitFailure::Provider(why),
        }
    }
}

/// `terraform-aws-modules/eks/aws` `~> 17.0` in live.
fn named(call: &RegistryCall, dir: &Path) -> String {
    let version = match &call.version {
        Some(version) => format!("`{version}`"),
        None => "without a version".to_owned(),
    };
    format!("{} {version} in {}", call.module, shown(dir))
}
