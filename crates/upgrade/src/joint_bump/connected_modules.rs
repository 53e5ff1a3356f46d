//! What keeps connected modules from their upgrade.

use std::path::Path;

use super::breaks::Breaks;
use super::module_constraints::{Editable, Holds, ModuleConstraints};
use super::policy::UpgradePolicy;
use super::root_tree::{InitFailure, RootTree};
use crate::vpc::VPC;
use crate::{Verdict, provider, vpc};
use syntax::code::sentence;
use syntax::text::shown;
use terraform::constraint::{Constraint, Dialect, Version};

/// The first Terraform that runs provider 3.0 and later (its upgrade guide of version 3, "Provider
/// Terraform 0.11 support").
const TERRAFORM_FLOOR: Version = Version::new(0, 12, 0);

/// The first major that needs it.
const NEEDS_TERRAFORM_FLOOR: u64 = 3;

/// Modules that are upgraded together or not at all.
pub struct ConnectedModules<'g> {
    /// The modules, each with its directory.
    pub members: Vec<(&'g Path, &'g ModuleConstraints)>,
    /// The trees of the root modules among them, without holds.
    pub trees: Vec<RootTree<'g>>,
    /// What the user wants upgraded.
    pub policy: &'g UpgradePolicy<'g>,
}

impl ConnectedModules<'_> {
    /// Why they are not upgraded. The first reason is reported: it may hide others, which the next
    /// run finds.
    pub fn holds(&self) -> Holds {
        let mut holds = Holds::default();
        if let Some(unread) = self.unread() {
            holds.provider = Some(unread.clone());
            self.hold_modules(&mut holds, &unread);
            return holds;
        }
        holds.provider = self
            .excluded()
            .or_else(|| self.terraform_before_provider())
            .or_else(|| self.unchanged_code())
            .filter(|_| self.policy.bumps_provider);
        let old_terraform = self.terraform_before_vpc();
        holds
            .modules
            .extend(old_terraform.map(|why| (VPC.to_owned(), why)));
        // Each round holds something more; with all of it held, everything is as it was.
        while let Some(failure) = self.init_failure(&holds) {
            let (source, why) = match failure {
                InitFailure::Moved { source, why } => (Some(source), why),
                InitFailure::Provider(why) => (None, why),
            };
            match source {
                Some(source) if !holds.modules.contains_key(&source) => {
                    holds.modules.insert(source, why);
                }
                _ if holds.provider.is_none() && self.policy.bumps_provider => {
                    holds.provider = Some(why);
                }
                _ => {
                    let before = holds.modules.len();
                    self.hold_modules(&mut holds, &why);
                    if holds.modules.len() == before {
                        break;
                    }
                }
            }
        }
        holds
    }

    /// Holds every module that would move.
    fn hold_modules(&self, holds: &mut Holds, why: &str) {
        for source in self.trees.iter().flat_map(RootTree::moved) {
            holds
                .modules
                .entry(source)
                .or_insert_with(|| why.to_owned());
        }
    }

    /// Why `init` would fail in one of the root modules with these holds.
    fn init_failure(&self, holds: &Holds) -> Option<InitFailure> {
        self.trees.iter().find_map(|free| {
            let held = RootTree {
                root: free.root,
                members: free.members.clone(),
                holds: holds.clone(),
                policy: free.policy,
            };
            held.init_failure(free)
        })
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
        let aim = Constraint::parse(self.policy.provider, Dialect::Provider).ok()?;
        let (dir, module, requirement) = self.requirements().find(|(_, module, requirement)| {
            let after = module.after(requirement, self.policy);
            let after = after.and_then(|it| Constraint::parse(&it, Dialect::Provider).ok());
            after.is_some_and(|after| after.and(aim.clone()).bounds().is_none())
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
        Some(sentence!(
            "`{written}` in {dir} stays{cause} and does not admit `{target}`: init would fail"
        ))
    }

    /// Code that has to change with the provider and is not changed.
    fn unchanged_code(&self) -> Option<String> {
        let members = self.members.iter();
        let breaks = members.map(|(_, module)| &module.breaks);
        Breaks::together(breaks).hold(self.policy)
    }

    /// A `required_version` that keeps Terraform below what the provider requires.
    fn terraform_before_provider(&self) -> Option<String> {
        let major = provider::bounds(self.policy.provider)?.lower.major;
        if major < NEEDS_TERRAFORM_FLOOR {
            return None;
        }
        let mut trees = self.trees.iter();
        let (dir, version) = trees.find_map(|tree| tree.terraform_before(&TERRAFORM_FLOOR))?;
        let dir = shown(dir);
        Some(sentence!(
            "provider {major} needs Terraform {TERRAFORM_FLOOR} or later, while {dir} has \
             `required_version = \"{version}\"`"
        ))
    }

    /// A `required_version` that keeps Terraform below what the VPC module requires.
    fn terraform_before_vpc(&self) -> Option<String> {
        let floor = vpc::TERRAFORM_FLOOR;
        let mut trees = self.trees.iter().filter(|tree| tree.moves_vpc());
        let (dir, version) = trees.find_map(|tree| tree.terraform_before(&floor))?;
        let target = &self.policy.modules.get(VPC)?.release;
        let dir = shown(dir);
        Some(sentence!(
            "VPC module {target} needs Terraform {floor} or later, while {dir} has \
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
}
