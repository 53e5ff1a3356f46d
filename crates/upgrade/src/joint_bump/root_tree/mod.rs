//! A root module with all modules that it calls: what `terraform init` does with their constraints
//! after the plan is applied.

mod calls;
mod failure;

use std::path::Path;

use super::module_constraints::{Editable, Holds, ModuleConstraints};
use super::policy::UpgradePolicy;
use super::resolution::{ProviderConstraint, Resolution};
use crate::provider;
use crate::registry;
use crate::vpc;
use crate::vpc::VPC;
use syntax::code::{self, sentence};
use syntax::text::shown;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};

use calls::named;
pub use failure::InitFailure;

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
                    source: sentence!("`{written}` in {} does not admit it", shown(dir)),
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
                Some(_) => code::quoted(&text),
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
