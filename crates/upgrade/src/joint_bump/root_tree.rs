//! A root module with all modules that it calls: what `terraform init` does with their constraints
//! after the plan is applied.

use std::path::Path;

use super::module_constraints::{Editable, Holds, ModuleConstraints};
use super::policy::UpgradePolicy;
use super::resolution::{ProviderConstraint, Resolution};
use crate::registry::{self, Incompatibility, RegistryCall};
use crate::vpc::VPC;
use crate::{Verdict, provider, vpc};
use syntax::text::shown;
use terraform::constraint::{Bounds, Constraint, Dialect};

/// A module of the tree: its directory, its constraints, and why some of them stay.
pub type Member<'t> = (&'t Path, &'t ModuleConstraints, Option<&'t Holds>);

/// A root module and all that it calls.
#[derive(Debug)]
pub struct RootTree<'t> {
    /// Its modules.
    pub members: Vec<Member<'t>>,
    /// What the user wants upgraded.
    pub policy: &'t UpgradePolicy<'t>,
}

impl RootTree<'_> {
    /// The constraints of the tree with its holds. `free` is the same tree without them.
    pub fn resolve(&self, free: &Self) -> Resolution {
        let aim = provider::bounds(self.policy.provider);
        let planned = free
            .provider()
            .ok()
            .filter(|planned| free.is_of_target(planned));
        let after = self.provider().ok();
        let mut constraints = self.requirements();
        constraints.extend(self.calls(after.as_ref()).filter_map(|(dir, call)| {
            let floor = match call.module == VPC {
                true => vpc::floor(&call.admitted()?),
                false => registry::provider_floor(&call),
            };
            let floor = floor?;
            Some(ProviderConstraint {
                constraint: Constraint::parse(&format!(">= {floor}"), Dialect::Provider).ok()?,
                source: format!("{} needs {floor} or later", named(&call, dir)),
                is_written: call.module == VPC,
            })
        }));
        Resolution {
            constraints,
            is_open: after.as_ref().is_some_and(|after| {
                after.upper.is_none() && aim.is_some_and(|aim| after.intersects(&aim))
            }),
            reaches_target: planned.is_some() && after == planned,
            planned,
        }
    }

    /// Why `terraform init` would fail, or install modules that do not work with the provider, where
    /// the provider moves to its target; `None` where the tree selects another major, which is not
    /// the upgrade's doing.
    pub fn init_failure(&self) -> Option<String> {
        let provider = match self.provider() {
            Ok(provider) => provider,
            Err(why) => return Some(why),
        };
        if !self.is_of_target(&provider) {
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

    /// Whether these releases are of the major that the provider moves to.
    fn is_of_target(&self, provider: &Bounds) -> bool {
        let aim = provider::bounds(self.policy.provider);
        aim.is_some_and(|aim| registry::major(provider) == Some(aim.lower.major))
    }

    /// The releases of the provider that all requirements admit.
    fn provider(&self) -> Result<Bounds, String> {
        let mut all = Bounds::ALL;
        for need in self.requirements() {
            let bounds = need.constraint.bounds();
            all = bounds
                .and_then(|bounds| all.intersection(&bounds))
                .ok_or_else(|| {
                    format!("no release satisfies every requirement: {}", need.source)
                })?;
        }
        Ok(all)
    }

    fn requirements(&self) -> Vec<ProviderConstraint> {
        let members = self.members.iter();
        let needs = members.flat_map(|(dir, module, holds)| {
            let is_held = holds.is_some_and(|holds| holds.provider.is_some());
            module.requirements.iter().filter_map(move |requirement| {
                let written = match is_held {
                    true => requirement.value.clone(),
                    false => module.after(requirement, self.policy),
                };
                let written = written?;
                Some(ProviderConstraint {
                    constraint: Constraint::parse(&written, Dialect::Provider).ok()?,
                    source: format!("`{written}` in {} does not admit it", shown(dir)),
                    is_written: true,
                })
            })
        });
        needs.collect()
    }

    /// The calls of registry modules as they are after the plan is applied.
    fn calls(&self, provider: Option<&Bounds>) -> impl Iterator<Item = (&Path, RegistryCall)> {
        self.members.iter().flat_map(move |(dir, module, holds)| {
            let is_held = holds.is_some_and(|holds| holds.vpc.is_some());
            let calls = module.registry_calls.iter();
            calls.map(move |call| (*dir, self.after(call, is_held, provider)))
        })
    }

    /// A call as it is after the plan is applied.
    fn after(
        &self,
        call: &Editable<RegistryCall>,
        vpc_is_held: bool,
        provider: Option<&Bounds>,
    ) -> RegistryCall {
        let mut after = call.value.clone();
        let is_vpc = after.module == VPC;
        if call.obstacle.is_some() || is_vpc && vpc_is_held {
            return after;
        }
        let verdict = after.configured(self.policy.modules);
        if let Some(Verdict::Change { to, .. }) = &verdict {
            let is_made = verdict
                .as_ref()
                .is_some_and(|it| it.is_made(self.policy.review));
            if self.policy.bumps_modules && is_made {
                after.version = Some(to.clone());
            }
        } else if self.policy.constrains_modules
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
