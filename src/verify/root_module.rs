//! One root module: which of its plans can be started, and the workspaces that none is of.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use engine::settings::Settings;
use engine::verification::{Obstacle, PlanIdentity, PlanVariant, RootPlan};
use syntax::code::sentence;
use syntax::{shell, visible};

use super::failure::PlanFailure;
use super::identity::Caller;
use super::lock_file::KeptLockFile;
use super::outcome::{PlanOutcome, Reached, RootResult};
use super::processes::Processes;
use super::programs::{self, PlanCredentials, Programs};
use super::ready_plan::ReadyPlan;

/// What the plans of a run share.
pub struct RootPlanner<'r> {
    pub root: &'r Path,
    pub settings: &'r Settings,
    pub programs: &'r Programs,
    pub processes: &'r Processes,
    /// Whether the static keys in the environment are used.
    pub is_before: bool,
    /// Whose the credentials are.
    pub callers: BTreeMap<PlanCredentials, Caller>,
    /// Where notes of lock files go.
    pub notes: PathBuf,
    /// Whether workspaces that no plan is of are listed.
    pub lists_workspaces: bool,
    /// Where the plugin cache is, where the user has none.
    pub cache: Option<PathBuf>,
}

/// The credentials of a plan, and the account that they have to be of.
pub fn credentials(plan: &RootPlan, is_before: bool) -> Option<(PlanCredentials, Option<&str>)> {
    if is_before {
        return Some((PlanCredentials::Environment, plan.keys_account.as_deref()));
    }
    Some(match plan.identity.as_ref().ok()? {
        PlanIdentity::Profile(profile, id) => (PlanCredentials::Profile(profile.clone()), Some(id)),
        PlanIdentity::Unneeded => (PlanCredentials::Nothing, None),
    })
}

impl RootPlanner<'_> {
    /// Plans the variants of one root module, one after the other, with working data in `data`.
    ///
    /// # Errors
    /// The run is being ended.
    pub fn root_module(&self, plans: &[&RootPlan], data: &Path) -> io::Result<Vec<RootResult>> {
        let mut results = Vec::new();
        let Some(first) = plans.first() else {
            return Ok(results);
        };
        // Held for all of them, and put back when it is dropped.
        let mut kept = None;
        let mut existing = Vec::new();
        for plan in plans {
            let result = match self.ready(plan) {
                Err(result) => *result,
                Ok(ready) => {
                    if kept.is_none() {
                        let directory = self.root.join(&first.directory);
                        match KeptLockFile::new(&directory, &self.notes) {
                            Ok(held) => kept = Some(held),
                            Err(error) => {
                                let failure = PlanFailure::new(
                                    format!("the lock file cannot be kept: {error}"),
                                    "see to .terraform.lock.hcl",
                                );
                                results.push(ready.ended(PlanOutcome::Failed(failure)));
                                continue;
                            }
                        }
                    }
                    let (result, workspaces) = ready.run(data)?;
                    existing.push((plan.variant.backend_configs.clone(), workspaces));
                    result
                }
            };
            results.push(result);
        }
        if let Some(kept) = kept {
            kept.restore()?;
        }
        if self.lists_workspaces {
            results.extend(unplanned_workspaces(first, plans, &existing));
        }
        Ok(results)
    }

    /// What is needed to start a plan, or why it is not started.
    fn ready<'p>(&'p self, plan: &'p RootPlan) -> Result<ReadyPlan<'p>, Box<RootResult>> {
        let result = |outcome, expected: Option<&str>, found| {
            Box::new(RootResult {
                plan: plan.clone(),
                expected: expected.map(str::to_owned),
                found,
                reached: Reached::Nothing,
                outcome,
            })
        };
        let unverified = |obstacle: &Obstacle| PlanOutcome::NotVerified(obstacle.clone());
        if let Some(obstacle) = &plan.obstacle {
            return Err(result(unverified(obstacle), None, None));
        }
        let (credentials, expected) = match (credentials(plan, self.is_before), &plan.identity) {
            (Some(known), _) => known,
            (None, Err(obstacle)) => return Err(result(unverified(obstacle), None, None)),
            (None, Ok(_)) => (PlanCredentials::Nothing, None),
        };
        let name = programs::name(plan.program);
        let Some(program) = self.programs.get(name) else {
            let obstacle = Obstacle {
                reason: sentence!("`{name}` is not on PATH"),
                cure: format!("install {name}"),
            };
            return Err(result(unverified(&obstacle), expected, None));
        };
        let directory = self.root.join(&plan.directory);
        let missing = plan.variant.var_files.iter();
        let missing = missing
            .map(|file| directory.join(file))
            .find(|file| !file.is_file());
        if let Some(file) = missing {
            let file = file.strip_prefix(self.root).unwrap_or(&file);
            let obstacle = Obstacle {
                reason: format!("the file of values {} is not there", visible::path(file)),
                cure: format!(
                    "tfkeyless verify {} --var-file FILE",
                    place(&plan.directory)
                ),
            };
            return Err(result(unverified(&obstacle), expected, None));
        }
        let found = match self.callers.get(&credentials) {
            Some(Caller::Refused(failure)) => {
                return Err(result(PlanOutcome::Failed(failure.clone()), expected, None));
            }
            Some(Caller::Account(id)) => Some(id.clone()),
            Some(Caller::Unasked) | None => None,
        };
        if let Some((found, expected)) = found.as_deref().zip(expected)
            && found != expected
        {
            let labelled = |id: &str| self.settings.labelled(id);
            let (is, meant) = (labelled(found), labelled(expected));
            let failure = PlanFailure::new(
                format!("the credentials are of account {is}, not of {meant}"),
                wrong_account_cure(&credentials, expected),
            );
            let found = Some(found.to_owned());
            return Err(result(PlanOutcome::Failed(failure), Some(expected), found));
        }
        Ok(ReadyPlan {
            planner: self,
            plan,
            program,
            credentials,
            expected: expected.map(str::to_owned),
            found,
            directory,
        })
    }
}

fn wrong_account_cure(credentials: &PlanCredentials, expected: &str) -> String {
    match credentials {
        PlanCredentials::Profile(profile) => {
            let profile = shell::quoted(profile);
            format!("aws configure set sso_account_id {expected} --profile {profile}")
        }
        _ => format!("set the static keys of account {expected} in the environment"),
    }
}

/// The workspaces of a root module that exist and that no plan is of.
fn unplanned_workspaces(
    first: &RootPlan,
    plans: &[&RootPlan],
    existing: &[(Vec<String>, Vec<String>)],
) -> Vec<RootResult> {
    let mut rows: Vec<RootResult> = Vec::new();
    for (backend_configs, workspaces) in existing {
        for workspace in workspaces {
            let is_planned = plans.iter().any(|plan| {
                plan.variant.workspace.as_ref() == Some(workspace)
                    && plan.variant.backend_configs == *backend_configs
            });
            // Every backend lists the default workspace, whether it has a state or not.
            if is_planned || workspace == "default" {
                continue;
            }
            let variant = PlanVariant {
                workspace: Some(workspace.clone()),
                backend_configs: backend_configs.clone(),
                ..PlanVariant::default()
            };
            if rows.iter().any(|row| row.plan.variant == variant) {
                continue;
            }
            let place = place(&first.directory);
            let obstacle = Obstacle {
                reason: "the workspace exists, but its variable values are not known".to_owned(),
                cure: format!(
                    "tfkeyless verify {place} --workspace {}",
                    shell::quoted(workspace)
                ),
            };
            rows.push(RootResult {
                plan: RootPlan {
                    variant,
                    ..first.clone()
                },
                expected: None,
                found: None,
                reached: Reached::Nothing,
                outcome: PlanOutcome::NotVerified(obstacle),
            });
        }
    }
    rows
}

/// A directory as an argument of a shell.
pub fn place(directory: &Path) -> String {
    match directory.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => shell::path(directory),
    }
}
