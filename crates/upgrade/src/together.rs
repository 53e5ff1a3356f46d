//! All constraints of one root module's tree taken together: what `terraform init` does with them
//! once the plan is written.

use std::path::Path;

use crate::moves::{Aims, Holds, Movable, Mover};
use crate::registry::{self, Incompatibility, RegistryCall};
use crate::vpc::VPC;
use crate::{Verdict, provider, vpc};
use diagnostics::finding::Safety;
use syntax::text::shown;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};

/// A module of the tree: its directory, what it asks for, and what of that is held back.
pub type Member<'t> = (&'t Path, &'t Mover, Option<&'t Holds>);

/// A root module and all that it calls.
#[derive(Debug)]
pub struct RootTree<'t> {
    /// Its modules.
    pub members: Vec<Member<'t>>,
    /// What the user lets move.
    pub aims: &'t Aims<'t>,
}

/// One constraint on the provider that the tree will have.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ProviderConstraint {
    constraint: Constraint,
    /// Whose it is, as a sentence that ends where it fails.
    said: String,
    /// Whether it stands in the code; else it is that of the newest release of a module.
    is_written: bool,
}

/// What a root module's tree comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    needs: Vec<ProviderConstraint>,
    /// The releases of the provider that the tree admits if nothing is held back, where they lie
    /// inside the target's major.
    pub planned: Option<Bounds>,
    /// Whether it really comes to that: nothing that it takes is held back.
    pub comes: bool,
    /// Whether the target is admitted, but nothing keeps the provider below the next major: init takes the newest release.
    is_open: bool,
}

impl Outlook {
    /// The constraint that a lock file with this release of the provider fails by.
    fn unmet(&self, locked: &Version) -> Option<&ProviderConstraint> {
        let mut needs = self.needs.iter();
        needs.find(|need| !need.constraint.admits(locked))
    }

    /// Whether init takes a lock file with this release of the provider.
    pub fn admits(&self, locked: &Version) -> bool {
        self.unmet(locked).is_none()
    }

    /// Why this release of the provider is to be taken out of the lock file, and whether that needs
    /// a person. A tree that does not come to the target keeps what it has, whether that fails or
    /// not.
    pub fn misfit(&self, locked: &Version) -> Option<(&str, Safety)> {
        let unmet = self.unmet(locked)?;
        let is_older = |bounds: Bounds| bounds.is_below(locked);
        let is_step_back = unmet.constraint.bounds().is_some_and(is_older);
        let is_sure = self.comes && unmet.is_written && !is_step_back;
        let safety = if is_sure {
            Safety::Safe
        } else {
            Safety::Review
        };
        (self.comes || self.is_open).then_some((&unmet.said, safety))
    }
}

impl RootTree<'_> {
    /// What the tree comes to with what is held back, `free` being the same without.
    pub fn outlook(&self, free: &Self) -> Outlook {
        let aim = provider::bounds(self.aims.provider);
        let planned = free
            .provider()
            .ok()
            .filter(|planned| free.is_aimed(planned));
        let after = self.provider().ok();
        let mut needs = self.requirements();
        needs.extend(self.calls(after.as_ref()).filter_map(|(dir, call)| {
            let floor = match call.module == VPC {
                true => vpc::floor(&call.admitted()?),
                false => registry::provider_floor(&call),
            };
            let floor = floor?;
            Some(ProviderConstraint {
                constraint: Constraint::parse(&format!(">= {floor}"), Dialect::Provider).ok()?,
                said: format!("{} needs {floor} or later", named(&call, dir)),
                is_written: call.module == VPC,
            })
        }));
        Outlook {
            needs,
            is_open: after.as_ref().is_some_and(|after| {
                after.upper.is_none() && aim.is_some_and(|aim| after.intersects(&aim))
            }),
            comes: planned.is_some() && after == planned,
            planned,
        }
    }

    /// Why init would fail, or what it installs, where the provider moves to its target. `None`
    /// where the tree leaves another major to it: that is no matter of the upgrade.
    pub fn unsatisfied(&self) -> Option<String> {
        let provider = match self.provider() {
            Ok(provider) => provider,
            Err(why) => return Some(why),
        };
        if !self.is_aimed(&provider) {
            return None;
        }
        self.calls(Some(&provider)).find_map(|(dir, call)| {
            let conflict = registry::conflict(&call, &provider)?;
            let asks = match conflict.cause {
                Incompatibility::RequiresNewerMajor { bound: Some(_) } => {
                    " (an upper bound needs --review)"
                }
                _ => "",
            };
            let said = conflict.predicate();
            Some(format!("{} {said}{asks}", named(&call, dir)))
        })
    }

    /// Whether these releases lie inside the major that the provider moves to.
    fn is_aimed(&self, provider: &Bounds) -> bool {
        let aim = provider::bounds(self.aims.provider);
        aim.is_some_and(|aim| registry::major(provider) == Some(aim.lower.major))
    }

    /// The releases of the provider that all requirements admit.
    fn provider(&self) -> Result<Bounds, String> {
        let mut all = Bounds::ALL;
        for need in self.requirements() {
            let bounds = need.constraint.bounds();
            all = bounds
                .and_then(|bounds| all.intersection(&bounds))
                .ok_or_else(|| format!("no release satisfies every requirement: {}", need.said))?;
        }
        Ok(all)
    }

    fn requirements(&self) -> Vec<ProviderConstraint> {
        let members = self.members.iter();
        let needs = members.flat_map(|(dir, mover, holds)| {
            let is_held = holds.is_some_and(|holds| holds.provider.is_some());
            mover.requirements.iter().filter_map(move |requirement| {
                let written = match is_held {
                    true => requirement.what.clone(),
                    false => mover.after(requirement, self.aims),
                };
                let written = written?;
                Some(ProviderConstraint {
                    constraint: Constraint::parse(&written, Dialect::Provider).ok()?,
                    said: format!("`{written}` in {} does not admit it", shown(dir)),
                    is_written: true,
                })
            })
        });
        needs.collect()
    }

    /// The calls of registry modules as they stand once the plan is written.
    fn calls(&self, provider: Option<&Bounds>) -> impl Iterator<Item = (&Path, RegistryCall)> {
        self.members.iter().flat_map(move |(dir, mover, holds)| {
            let is_held = holds.is_some_and(|holds| holds.vpc.is_some());
            let calls = mover.registry_calls.iter();
            calls.map(move |call| (*dir, self.after(call, is_held, provider)))
        })
    }

    fn after(
        &self,
        call: &Movable<RegistryCall>,
        vpc_is_held: bool,
        provider: Option<&Bounds>,
    ) -> RegistryCall {
        let mut after = call.what.clone();
        let is_vpc = after.module == VPC;
        if call.obstacle.is_some() || is_vpc && vpc_is_held {
            return after;
        }
        let verdict = after.configured(self.aims.modules);
        if let Some(Verdict::Change { to, .. }) = &verdict {
            let is_made = verdict
                .as_ref()
                .is_some_and(|it| it.is_made(self.aims.review));
            if self.aims.modules_move && is_made {
                after.version = Some(to.clone());
            }
        } else if self.aims.bounds_are_made
            && !is_vpc
            && let Some(conflict) = provider.and_then(|it| registry::conflict(&after, it))
            && let Incompatibility::RequiresNewerMajor { bound: Some(bound) } = conflict.cause
        {
            after.version = registry::with_upper_bound(&after, &bound);
        }
        after
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
