//! A root module with all modules that it calls: what `terraform init` does with their constraints,
//! before the plan and after it is applied.

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

/// Before the plan, or after it is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Before,
    After,
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

/// A call of a registry module at one stage.
struct StagedCall<'t> {
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
            .provider(Stage::After)
            .ok()
            .filter(|planned| free.is_of_target(planned));
        let after = self.provider(Stage::After).ok();
        let is_held = self.holds.provider.is_some();
        Resolution {
            constraints: self.constraints(Stage::After, after.as_ref()),
            // A tree whose provider is held keeps its lock file: the newest release is no upgrade.
            is_open: !is_held
                && after.as_ref().is_some_and(|after| {
                    after.upper.is_none() && aim.is_some_and(|aim| after.intersects(&aim))
                }),
            reaches_target: planned.is_some() && after == planned,
            planned,
        }
    }

    /// Why `terraform init` would fail after the plan, or install modules that do not work with the
    /// provider, where it did not before or the plan moves the provider. `free` is the same tree
    /// without holds.
    pub fn init_failure(&self, free: &Self) -> Option<InitFailure> {
        let failure = self.failure(Stage::After, free)?;
        let moves = self.members.iter().any(|(_, module)| {
            let mut requirements = module.requirements.iter();
            requirements.any(|it| self.requirement(module, it, Stage::After) != it.value)
        });
        (moves || self.failure(Stage::Before, free).is_none()).then_some(failure)
    }

    /// The sources of the registry modules that the plan moves.
    pub fn moved(&self) -> Vec<String> {
        let calls = self.calls(Stage::After, None);
        let moved = calls.filter(|staged| staged.is_moved);
        moved.map(|staged| staged.call.module).collect()
    }

    fn failure(&self, stage: Stage, free: &Self) -> Option<InitFailure> {
        let provider = match self.provider(stage) {
            Ok(provider) => provider,
            Err(why) => return Some(InitFailure::Provider(why)),
        };
        // What stays comes first, so that what moves is to blame.
        let mut constraints = self.constraints(stage, Some(&provider));
        constraints.sort_by_key(|it| it.moved.is_some());
        let mut together: Option<Constraint> = None;
        for it in &constraints {
            let one = it.constraint.clone();
            let all = match together {
                Some(all) => all.and(one),
                None => one,
            };
            if all.bounds().is_none() {
                return Some(it.failure(self.opponent(it, stage)));
            }
            together = Some(all);
        }
        let selected = match self.locked(stage, free) {
            Some(locked) => {
                if let Some(unmet) = constraints.iter().find(|it| !it.constraint.admits(&locked)) {
                    let stays = match &self.holds.provider {
                        Some(_) => "stays",
                        None => "cannot be taken out without --review",
                    };
                    let lock = format!("the lock file holds {locked}, which {stays}");
                    return Some(unmet.failure(lock));
                }
                let next = Version::new(locked.major, locked.minor, locked.patch + 1);
                Bounds::new(locked, Some(next))
            }
            None => together.map_or(Some(Bounds::ALL), |all| all.bounds()),
        }?;
        let calls = self.calls(stage, Some(&selected));
        let conflicts = calls.filter_map(|staged| {
            let conflict = registry::conflict(&staged.call, &selected)?;
            let asks = match conflict.cause {
                Incompatibility::RequiresNewerMajor { bound: Some(_) } => {
                    " (an upper bound needs --review)".to_owned()
                }
                _ => staged.stays.map_or(String::new(), |why| format!(", and does not move: {why}")),
            };
            let named = named(&staged.call, staged.directory);
            let why = format!("{named} {}{asks}", conflict.predicate());
            Some(match staged.is_moved {
                true => InitFailure::Moved {
                    source: staged.call.module,
                    why,
                },
                false => InitFailure::Provider(why),
            })
        });
        let mut conflicts: Vec<InitFailure> = conflicts.collect();
        conflicts.sort_by_key(|it| matches!(it, InitFailure::Provider(_)));
        conflicts.into_iter().next()
    }

    /// The release that the lock file holds at a stage; `None` where it holds none.
    fn locked(&self, stage: Stage, free: &Self) -> Option<Version> {
        let Requirer::Root(in_use) = &self.root.requirer else {
            return None;
        };
        let locked = in_use.locked.clone()?;
        if stage == Stage::Before {
            return Some(locked);
        }
        let resolution = self.resolve(free);
        // Without the transform that edits lock files the next steps name `init -upgrade`.
        let is_taken_out = match self.policy.relocks {
            true => {
                let stale = resolution.stale_lock(&locked);
                let is_made =
                    stale.is_some_and(|(_, it)| it == Safety::Safe || self.policy.review);
                is_made && self.root.lock_obstacle.is_none()
            }
            false => resolution.reaches_target,
        };
        (!is_taken_out).then_some(locked)
    }

    /// A requirement that does not admit what another constraint does, as a clause.
    fn opponent(&self, constraint: &ProviderConstraint, stage: Stage) -> String {
        let mut others = self.requirements(stage).into_iter();
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
    fn provider(&self, stage: Stage) -> Result<Bounds, String> {
        let mut together: Option<Constraint> = None;
        let mut bounds = Bounds::ALL;
        for need in self.requirements(stage) {
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

    fn requirements(&self, stage: Stage) -> Vec<ProviderConstraint> {
        let members = self.members.iter();
        let needs = members.flat_map(|(dir, module)| {
            module.requirements.iter().filter_map(move |requirement| {
                let written = self.requirement(module, requirement, stage)?;
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

    /// A requirement at a stage.
    fn requirement(
        &self,
        module: &ModuleConstraints,
        requirement: &Editable<Option<String>>,
        stage: Stage,
    ) -> Option<String> {
        match stage == Stage::Before || self.holds.provider.is_some() {
            true => requirement.value.clone(),
            false => module.after(requirement, self.policy),
        }
    }

    /// The requirements, and what the registry modules require. `provider` is what the requirements
    /// admit.
    fn constraints(&self, stage: Stage, provider: Option<&Bounds>) -> Vec<ProviderConstraint> {
        let mut constraints = self.requirements(stage);
        constraints.extend(self.calls(stage, provider).filter_map(|staged| {
            let required = registry::required_provider(&staged.call)?;
            let (text, needs) = match &required.upper {
                None => (format!(">= {}", required.lower), format!("{} or later", required.lower)),
                Some(upper) => {
                    let text = format!(">= {}, < {upper}", required.lower);
                    (text.clone(), format!("`{text}`"))
                }
            };
            Some(ProviderConstraint {
                constraint: Constraint::parse(&text, Dialect::Provider).ok()?,
                source: format!("{} needs {needs}", named(&staged.call, staged.directory)),
                is_written: staged.call.module == VPC,
                moved: staged.is_moved.then_some(staged.call.module),
            })
        }));
        constraints
    }

    /// The calls of registry modules at a stage.
    fn calls(
        &self,
        stage: Stage,
        provider: Option<&Bounds>,
    ) -> impl Iterator<Item = StagedCall<'t>> {
        self.members.iter().flat_map(move |(directory, module)| {
            let calls = module.registry_calls.iter();
            calls.map(move |call| {
                let mut staged = StagedCall {
                    directory,
                    call: call.value.clone(),
                    is_moved: false,
                    stays: None,
                };
                if stage == Stage::After {
                    self.plan(&mut staged, call.obstacle.as_deref(), provider);
                }
                staged
            })
        })
    }

    /// Brings a call to where it is after the plan is applied.
    fn plan(&self, staged: &mut StagedCall<'_>, obstacle: Option<&str>, provider: Option<&Bounds>) {
        let call = &mut staged.call;
        let verdict = call.configured(self.policy.modules);
        if let Some(Verdict::Change { to, .. }) = &verdict {
            let is_made = verdict
                .as_ref()
                .is_some_and(|it| it.is_made(self.policy.review));
            let hold = self.holds.modules.get(&call.module).cloned();
            staged.stays = if !self.policy.bumps_modules {
                Some("bump_module is switched off".to_owned())
            } else if let Some(obstacle) = obstacle {
                Some(format!("its file {obstacle}"))
            } else if !is_made {
                Some("moving it needs --review".to_owned())
            } else {
                hold
            };
            if staged.stays.is_none() {
                call.version = Some(to.clone());
                staged.is_moved = true;
            }
            return;
        }
        if let Some(Verdict::Leave(why)) = verdict {
            staged.stays = Some(why);
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
            Some((dir, version, Constraint::parse(version, Dialect::Module).ok()?))
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
    fn failure(&self, other: String) -> InitFailure {
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
