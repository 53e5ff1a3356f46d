//! What keeps connected modules from their upgrade.

use std::path::Path;

use super::module_constraints::{Editable, Holds, ModuleConstraints};
use super::policy::UpgradePolicy;
use super::root_tree::RootTree;
use crate::registry::RegistryCall;
use crate::vpc::VPC;
use crate::{Verdict, provider, vpc};
use syntax::text::shown;
use terraform::constraint::{Constraint, Dialect};

/// Modules that are upgraded together or not at all.
pub struct ConnectedModules<'g> {
    /// The modules, each with its directory.
    pub members: Vec<(&'g Path, &'g ModuleConstraints)>,
    /// The trees of the root modules among them.
    pub trees: Vec<RootTree<'g>>,
    /// What the user wants upgraded.
    pub policy: &'g UpgradePolicy<'g>,
}

impl ConnectedModules<'_> {
    /// Why they are not upgraded. The first reason is reported: it may hide others, which the next
    /// run finds.
    pub fn holds(&self) -> Holds {
        let old_terraform = self.old_terraform();
        if let Some(unread) = self.unread() {
            return Holds {
                provider: Some(unread.clone()),
                vpc: Some(unread),
            };
        }
        let provider = self
            .excluded()
            .or_else(|| self.failing_vpc_call(old_terraform.as_deref()))
            .or_else(|| self.unchanged_code())
            .or_else(|| self.trees.iter().find_map(RootTree::init_failure))
            .filter(|_| self.policy.bumps_provider);
        let vpc = self.low_requirement(provider.is_some()).or(old_terraform);
        Holds { provider, vpc }
    }

    /// A module whose requirements are not known.
    fn unread(&self) -> Option<String> {
        let (dir, _) = self.members.iter().find(|(_, module)| module.is_unread)?;
        let dir = shown(dir);
        Some(format!(
            "JSON in {dir} speaks of providers and is not read: move it by hand first"
        ))
    }

    /// A requirement that does not admit the target after the plan is applied: `terraform init`
    /// needs one release that every requirement of the tree admits.
    fn excluded(&self) -> Option<String> {
        let aim = provider::bounds(self.policy.provider)?;
        let (dir, module, requirement) = self.requirements().find(|(_, module, requirement)| {
            let after = module.after(requirement, self.policy);
            let bounds = after.and_then(|after| provider::bounds(&after));
            bounds.is_some_and(|bounds| !bounds.intersects(&aim))
        })?;
        let written = requirement.value.as_deref();
        let verdict = provider::verdict(written, &module.requirer, self.policy.provider);
        let cause = match (&requirement.obstacle, verdict) {
            (Some(obstacle), _) => format!(" (the file {obstacle})"),
            (None, Verdict::Change { .. }) => " (moving it needs --review)".to_owned(),
            _ => String::new(),
        };
        let (dir, target) = (shown(dir), self.policy.provider);
        let written = written.unwrap_or_default();
        Some(format!(
            "`{written}` in {dir} stays{cause} and does not admit `{target}`: init would fail"
        ))
    }

    /// A call of the VPC module that fails with provider 5 and is not upgraded.
    fn failing_vpc_call(&self, old_terraform: Option<&str>) -> Option<String> {
        let (dir, call) = self.vpc_calls().find(|(_, call)| {
            let admitted = call.value.admitted();
            let breaks = admitted.is_some_and(|admitted| vpc::breaks_on_provider_5(&admitted));
            let moves = self.policy.bumps_modules
                && call.obstacle.is_none()
                && old_terraform.is_none()
                && call
                    .value
                    .verdict(&self.policy.vpc)
                    .is_made(self.policy.review);
            call.value.is_vpc() && breaks && !moves
        })?;
        let version = call.value.version.as_deref().unwrap_or("any version");
        let cause = match (call.value.verdict(&self.policy.vpc), &call.obstacle) {
            _ if !self.policy.bumps_modules => "bump_module is switched off".to_owned(),
            (_, Some(obstacle)) => format!("its file {obstacle}"),
            (Verdict::Leave(why), None) => why,
            _ => old_terraform
                .unwrap_or("moving it needs --review")
                .to_owned(),
        };
        let dir = shown(dir);
        Some(format!(
            "the VPC module `{version}` in {dir} fails with provider 5 and does not move: {cause}"
        ))
    }

    /// Code that has to change with the provider and is not changed.
    fn unchanged_code(&self) -> Option<String> {
        let mut members = self.members.iter();
        members.find_map(|(_, module)| module.breaks.hold(self.policy))
    }

    /// A requirement that does not admit the provider that the VPC module requires.
    fn low_requirement(&self, provider_is_held: bool) -> Option<String> {
        self.vpc_calls().next()?;
        let floor = vpc::provider_floor(&self.policy.vpc);
        let (dir, written) = self.requirements().find_map(|(dir, module, requirement)| {
            let after = match provider_is_held {
                true => requirement.value.clone(),
                false => module.after(requirement, self.policy),
            };
            let bounds = provider::bounds(&after?)?;
            bounds
                .is_below(&floor)
                .then_some((dir, requirement.value.as_deref().unwrap_or_default()))
        })?;
        let cause = if provider_is_held {
            "does not move"
        } else if self.policy.bumps_provider {
            "does not admit it"
        } else {
            "does not move: bump_provider is switched off"
        };
        let (dir, target) = (shown(dir), &self.policy.vpc);
        Some(format!(
            "VPC module {target} needs provider {floor} or later, and the requirement \
             `{written}` in {dir} {cause}"
        ))
    }

    /// A `required_version` that keeps Terraform below what the VPC module requires.
    fn old_terraform(&self) -> Option<String> {
        self.vpc_calls().next()?;
        let versions = self.members.iter().flat_map(|(dir, module)| {
            let versions = module.required_versions.iter();
            versions.map(move |version| (*dir, version))
        });
        let mut old = versions.filter(|(_, version)| {
            let constraint = Constraint::parse(version, Dialect::Module).ok();
            let bounds = constraint.and_then(|constraint| constraint.bounds());
            bounds.is_some_and(|bounds| bounds.is_below(&vpc::TERRAFORM_FLOOR))
        });
        let (dir, version) = old.next()?;
        let (dir, target, floor) = (shown(dir), &self.policy.vpc, vpc::TERRAFORM_FLOOR);
        Some(format!(
            "VPC module {target} needs Terraform {floor} or later, and {dir} has \
             `required_version = \"{version}\"`"
        ))
    }

    fn requirements(
        &self,
    ) -> impl Iterator<Item = (&Path, &ModuleConstraints, &Editable<Option<String>>)> {
        self.members.iter().flat_map(|(dir, module)| {
            let requirements = module.requirements.iter();
            requirements.map(|requirement| (*dir, *module, requirement))
        })
    }

    fn vpc_calls(&self) -> impl Iterator<Item = (&Path, &Editable<RegistryCall>)> {
        self.members.iter().flat_map(|(dir, module)| {
            let calls = module.registry_calls.iter();
            let vpc = calls.filter(|call| call.value.module == VPC);
            vpc.map(|call| (*dir, call))
        })
    }
}
