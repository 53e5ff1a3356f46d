//! The calls of registry modules as they are after the plan is applied.

use std::path::Path;

use super::RootTree;
use crate::Verdict;
use crate::registry::{self, Incompatibility, RegistryCall};
use crate::vpc::VPC;
use syntax::code;
use syntax::text::shown;
use terraform::constraint::Bounds;

/// A call of a registry module as it is after the plan is applied.
pub(super) struct PlannedCall<'t> {
    /// The directory of the call.
    pub directory: &'t Path,
    /// The call.
    pub call: RegistryCall,
    /// Whether the plan moves it.
    pub is_moved: bool,
    /// Why it stays although the configuration names its release.
    pub stays: Option<String>,
}

impl<'t> RootTree<'t> {
    /// The sources of the registry modules that the plan moves.
    pub fn moved(&self) -> Vec<String> {
        let calls = self.calls(None);
        let moved = calls.filter(|planned_call| planned_call.is_moved);
        moved.map(|planned_call| planned_call.call.module).collect()
    }

    /// The calls of registry modules as they are after the plan is applied.
    pub(super) fn calls(&self, provider: Option<&Bounds>) -> impl Iterator<Item = PlannedCall<'t>> {
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
            && call.hold.is_none()
            && let Some(conflict) = provider.and_then(|it| registry::conflict(call, it))
            && let Incompatibility::RequiresNewerMajor { bound: Some(bound) } = conflict.cause
        {
            call.version = registry::with_upper_bound(call, &bound);
        }
    }
}

/// `terraform-aws-modules/eks/aws` `~> 17.0` in live.
pub(super) fn named(call: &RegistryCall, dir: &Path) -> String {
    let version = match &call.version {
        Some(version) => code::quoted(version),
        None => "without a version".to_owned(),
    };
    format!("{} {version} in {}", call.module, shown(dir))
}
