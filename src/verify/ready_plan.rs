//! One plan, from its init to what it would change.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use engine::verification::{Obstacle, Program, RootPlan};
use rustix::fs::{FlockOperation, flock};
use syntax::visible;

use super::failure::{FailureContext, PlanFailure};
use super::outcome::{ChangeStatus, PlanOutcome, Reached, RootResult};
use super::plan_output::{PlanOutput, PlannedChange};
use super::programs::{self, PlanCredentials};
use super::root_module::{RootPlanner, place};
use super::state_directory::init_lock;

/// A plan that can be started.
pub struct ReadyPlan<'p> {
    pub planner: &'p RootPlanner<'p>,
    pub plan: &'p RootPlan,
    pub program: &'p Path,
    pub credentials: PlanCredentials,
    pub expected: Option<String>,
    pub found: Option<String>,
    pub directory: PathBuf,
}

/// Why a plan ended before it was made, and how far it came.
struct Stopped(Reached, PlanOutcome);

impl ReadyPlan<'_> {
    /// Makes the plan; also the workspaces that exist.
    ///
    /// # Errors
    /// The run is being ended.
    pub fn run(self, data: &Path) -> io::Result<(RootResult, Vec<String>)> {
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

    /// The result of a plan that is not made.
    pub fn ended(self, outcome: PlanOutcome) -> RootResult {
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
