//! One root module: init, the state, the plan.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use engine::settings::Settings;
use engine::verification::{Obstacle, PlanIdentity, PlanVariant, Program, RootPlan};
use rustix::fs::{FlockOperation, flock};
use syntax::{shell, visible};

use super::failure::{FailureContext, PlanFailure};
use super::identity::Caller;
use super::lock_file::KeptLockFile;
use super::outcome::{ChangeStatus, PlanOutcome, Reached, RootResult};
use super::plan_output::{PlanOutput, PlannedChange};
use super::processes::Processes;
use super::programs::{self, PlanCredentials, Programs};
use super::state_directory::init_lock;

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
    /// Whether workspaces that no plan is of are told.
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
    fn ready<'p>(&'p self, plan: &'p RootPlan) -> Result<Ready<'p>, Box<RootResult>> {
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
                reason: format!("`{name}` is not on PATH"),
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
        Ok(Ready {
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
                reason: "the workspace exists, and no run tells its values".to_owned(),
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

fn place(directory: &Path) -> String {
    match directory.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => shell::path(directory),
    }
}

/// A plan that can be started.
struct Ready<'p> {
    planner: &'p RootPlanner<'p>,
    plan: &'p RootPlan,
    program: &'p Path,
    credentials: PlanCredentials,
    expected: Option<String>,
    found: Option<String>,
    directory: PathBuf,
}

/// Why a plan ended before it was made, and how far it came.
struct Stopped(Reached, PlanOutcome);

impl Ready<'_> {
    /// Makes the plan; also the workspaces that exist.
    fn run(self, data: &Path) -> io::Result<(RootResult, Vec<String>)> {
        let mut workspaces = Vec::new();
        let (reached, outcome) = match self.steps(data, &mut workspaces) {
            Ok(Ok(outcome)) => (Reached::Plan, outcome),
            Ok(Err(Stopped(reached, outcome))) => (reached, outcome),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                let program = programs::name(self.plan.program);
                let failure = PlanFailure::new(
                    format!("{program} cannot be run: {error}"),
                    format!("{program} version"),
                );
                (self.identified(), PlanOutcome::Failed(failure))
            }
        };
        let mut result = self.ended(outcome);
        result.reached = reached;
        Ok((result, workspaces))
    }

    fn ended(self, outcome: PlanOutcome) -> RootResult {
        RootResult {
            plan: self.plan.clone(),
            expected: self.expected,
            found: self.found,
            reached: Reached::Nothing,
            outcome,
        }
    }

    /// How far a plan is before init.
    fn identified(&self) -> Reached {
        match self.found {
            Some(_) => Reached::Identity,
            None => Reached::Nothing,
        }
    }

    fn steps(
        &self,
        data: &Path,
        workspaces: &mut Vec<String>,
    ) -> io::Result<Result<PlanOutcome, Stopped>> {
        let variant = &self.plan.variant;
        let init = self.init(data)?;
        if !init.status.success() {
            return Ok(Err(self.failed(self.identified(), &init)));
        }
        let is_terragrunt = self.plan.program == Program::Terragrunt;
        if !is_terragrunt || variant.workspace.is_some() {
            let mut list = self.terraform(data);
            let listed = self
                .planner
                .processes
                .output(list.args(["workspace", "list"]))?;
            let text = String::from_utf8_lossy(&listed.stdout);
            workspaces.extend(text.lines().filter_map(listed_workspace));
        }
        let mut state = self.terraform(data);
        if let Some(workspace) = &variant.workspace {
            // Terraform would make its state: a plan in a workspace that is not there writes one.
            if !workspaces.contains(workspace) {
                let obstacle = Obstacle {
                    reason: "the workspace does not exist in its backend".to_owned(),
                    cure: format!(
                        "tfkeyless verify {} --workspace NAME",
                        place(&self.plan.directory)
                    ),
                };
                return Ok(Err(Stopped(
                    Reached::Init,
                    PlanOutcome::NotVerified(obstacle),
                )));
            }
            state.env("TF_WORKSPACE", workspace);
        }
        let state = self
            .planner
            .processes
            .output(state.args(["state", "list"]))?;
        let is_empty = String::from_utf8_lossy(&state.stderr).contains("No state file was found");
        if !state.status.success() && !is_empty {
            return Ok(Err(self.failed(Reached::Init, &state)));
        }
        let planned = self.planner.processes.output(&mut self.planning(data))?;
        Ok(self.planned(&planned))
    }

    /// What a plan that ended came to.
    fn planned(&self, planned: &Output) -> Result<PlanOutcome, Stopped> {
        let read = PlanOutput::read(&String::from_utf8_lossy(&planned.stdout));
        let unread = |reason: &str| {
            let obstacle = Obstacle {
                reason: reason.to_owned(),
                cure: "use Terraform 1.0 or newer, without a wrapper that filters its output"
                    .to_owned(),
            };
            Err(Stopped(Reached::State, PlanOutcome::NotVerified(obstacle)))
        };
        match planned.status.code() {
            Some(0 | 2) if !read.is_complete => unread("what plan prints is no whole plan"),
            Some(0) if read.changes.is_empty() => Ok(PlanOutcome::NoChanges),
            Some(2) if read.changes.is_empty() => {
                unread("the plan has changes that it does not name")
            }
            Some(0 | 2) => {
                let changes = read.changes.into_iter();
                let new = |change: PlannedChange| (change, ChangeStatus::New);
                Ok(PlanOutcome::Changes(changes.map(new).collect()))
            }
            _ => {
                let mut stopped = self.failed(Reached::State, planned);
                if let (PlanOutcome::Failed(failure), Some(at)) = (&mut stopped.1, read.error_at) {
                    failure.reason += &format!(" ({})", visible::line(&at));
                }
                Err(stopped)
            }
        }
    }

    /// Runs `init`, one at a time on this machine: it writes the plugin cache.
    fn init(&self, data: &Path) -> io::Result<Output> {
        let mut command = self.terraform(data);
        command.args(["init", "-reconfigure", "-input=false", "-no-color"]);
        for setting in &self.plan.variant.backend_configs {
            command.arg(format!("-backend-config={setting}"));
        }
        let _held = self.lock_inits()?;
        self.planner.processes.output(&mut command)
    }

    fn lock_inits(&self) -> io::Result<File> {
        let file = init_lock().map_err(io::Error::other)?;
        // Waiting inside of the system a run would not see that it is to end.
        while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            if self.planner.processes.is_stopped() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            thread::sleep(WAIT);
        }
        Ok(file)
    }

    fn planning(&self, data: &Path) -> Command {
        let variant = &self.plan.variant;
        let mut command = self.terraform(data);
        command.args([
            "plan",
            "-json",
            "-input=false",
            "-lock=false",
            "-detailed-exitcode",
        ]);
        for file in &variant.var_files {
            let mut argument = std::ffi::OsString::from("-var-file=");
            argument.push(file);
            command.arg(argument);
        }
        for (name, value) in &variant.variables {
            command.arg(format!("-var={name}={value}"));
        }
        for (name, value) in &variant.environment {
            command.env(format!("TF_VAR_{name}"), value);
        }
        if let Some(workspace) = &variant.workspace {
            command.env("TF_WORKSPACE", workspace);
        }
        command
    }

    fn terraform(&self, data: &Path) -> Command {
        let cache = self.planner.cache.as_deref();
        programs::terraform(
            self.program,
            &self.credentials,
            &self.directory,
            data,
            cache,
        )
    }

    /// What a program failed of.
    fn failed(&self, reached: Reached, output: &Output) -> Stopped {
        let text = [&output.stderr[..], b"\n", &output.stdout[..]].concat();
        let profile = match &self.credentials {
            PlanCredentials::Profile(profile) => Some(profile.as_str()),
            _ => None,
        };
        let context = FailureContext {
            profile,
            directory: &self.plan.directory,
            program: programs::name(self.plan.program),
            settings: self.planner.settings,
        };
        let failure = PlanFailure::of(&String::from_utf8_lossy(&text), context);
        let outcome = match failure.is_unknown {
            true => PlanOutcome::NotVerified(Obstacle {
                reason: failure.reason,
                cure: failure.cure,
            }),
            false => PlanOutcome::Failed(failure),
        };
        Stopped(reached, outcome)
    }
}

/// The workspace of a line of `workspace list`; warnings stand among them.
fn listed_workspace(line: &str) -> Option<String> {
    let name = line
        .strip_prefix("* ")
        .or_else(|| line.strip_prefix("  "))?;
    // What a path of a URL takes as it is (Go's `url.PathEscape`), which Terraform asks of names.
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~$&+:=@".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_letter)).then(|| name.to_owned())
}

/// How long an init waits before it looks again whether it is its turn.
const WAIT: Duration = Duration::from_millis(50);
