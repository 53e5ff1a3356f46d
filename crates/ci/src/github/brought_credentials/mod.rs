//! Credentials that steps bring, or may, for Terraform behind them, beside the sign-ins and keys that are
//! read: keys in the text of a script, files of credentials, wrappers, scripts and actions that export some.

mod actions;
mod files;
mod unread;

use std::sync::Arc;

use crate::aws_names::{KEY_VARIABLES, LEGACY_KEY_VARIABLES};
use crate::github::keys::pair::KeyForm;
use crate::github::sign_ins::{SignInMethod, StepSignIn, assumed_role, both};
use crate::github::workflow::model::Step;
use crate::github::workflow::shell::StepShell;
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};
use crate::scripts::brought_credentials::{of_terraform, sets_key};
use crate::scripts::reader::Execution;
use crate::scripts::terragrunt_role;
use files::SecretFiles;
use syntax::code::{self, sentence};
use unread::UnreadFiles;

/// Credentials that a step brings, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroughtCredentials {
    /// The step, and what it brings: a role that it names, or what is not read.
    pub sign_in: StepSignIn,
    /// For whom.
    pub reach: Reach,
}

/// For whom a step brings credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// For its own commands.
    Itself,
    /// For the steps behind it, too.
    Later,
    /// For all that find none in their environment: in the file of profiles.
    Profile,
    /// For all, where nothing else brings a job any: what only the run determines may hold some.
    Unread,
}

impl Workflows {
    /// The credentials that steps of a job bring which has Terraform run, beside those of
    /// [`Workflows::sign_ins`] and the keys that are read.
    pub fn brought_credentials(&self, owner: StepOwner) -> Arc<Vec<BroughtCredentials>> {
        let find = || {
            let runs = self.runs(owner);
            let Some(last) = runs.iter().map(|it| it.step).max() else {
                return Vec::new();
            };
            let mut reader = Reader {
                workflows: self,
                job: owner,
                executes: self.reading(owner),
                files: SecretFiles::default(),
                unread: UnreadFiles::default(),
                terragrunt_role: None,
                left: MAX_STEPS,
                found: Vec::new(),
            };
            reader.environments();
            for (index, step) in self.steps(owner).iter().enumerate().take(last + 1) {
                let is_run = runs.iter().any(|it| it.step == index);
                reader.step(owner, index, step, &[index], None, is_run);
            }
            reader.found
        };
        self.known_calls.brought_credentials.once(owner, find)
    }
}

/// Steps of local actions that are looked at for one job.
// As for sign-ins: ten actions that each use the next one three times are 3^10 steps.
const MAX_STEPS: usize = 10_000;

/// Reads the steps of a job one after the other.
struct Reader<'w> {
    workflows: &'w Workflows,
    job: StepOwner,
    executes: Arc<crate::github::workflow::known_readings::JobReading>,
    files: SecretFiles,
    unread: UnreadFiles,
    /// The role that a step wrote to the environment file for Terragrunt.
    terragrunt_role: Option<String>,
    left: usize,
    found: Vec<BroughtCredentials>,
}

impl Reader<'_> {
    /// Adds what the `env:` of a job and its workflow set which only the run determines.
    fn environments(&mut self) {
        let job = self.workflows.job(self.job);
        let of_job = job.and_then(|job| job.computed_env.as_ref());
        let workflow = self.workflows.workflow(self.job);
        let of_workflow = workflow.and_then(|it| it.computed_env.as_ref());
        if let Some(env) = of_job.or(of_workflow) {
            self.add_unread(0, unread::of_environment(env));
        }
    }

    fn add_unread(&mut self, step: usize, what: String) {
        self.found.push(BroughtCredentials {
            sign_in: StepSignIn {
                step,
                how: SignInMethod::Unknown(what),
                condition: None,
                may_fail_on: false,
            },
            reach: Reach::Unread,
        });
    }

    /// What a step leaves in the environment or in AWS's files which only the run determines.
    fn unread(&mut self, step: &Step, execution: Option<&Execution>) -> Option<String> {
        if let Some(env) = &step.computed_env {
            return Some(unread::of_environment(env));
        }
        let Some(run) = &step.run else {
            return unread::of_action(&step.uses.as_ref()?.value, &step.with);
        };
        if step.is_program() {
            let is_unread = unread::exports_unread(&run.value);
            return is_unread.then(|| "what its program exports".to_owned());
        }
        let own = self.unread.of_script(&run.value);
        own.or_else(|| {
            let commands = execution.into_iter().flat_map(|it| &it.commands);
            let called = commands.filter(|it| it.by.is_some());
            let is_file = |it: &String| it.contains("GITHUB_ENV") || it.contains(".aws/");
            let mut called = called.filter(|it| it.words.iter().any(is_file));
            let script = called.next()?.words.join(" ");
            self.unread.of_script(&script)
        })
    }

    /// The keys in a step's environment that have the older names, which Terraform takes and the CLI does not
    /// (AWS SDK for Go, `envconfig`).
    fn has_legacy_keys(&self, owner: StepOwner, step: &Step) -> bool {
        let job = self.workflows.job(self.job).filter(|job| job.has_container);
        let container = job.map_or(&[][..], |job| &job.container_env);
        LEGACY_KEY_VARIABLES.into_iter().all(|name| {
            let of_container = || {
                let mut entries = container.iter();
                entries.find(|it| it.name == name).map(|it| &it.value)
            };
            let own = self.workflows.variable(owner, step, name);
            let inherited = || self.workflows.inherited(self.job, name);
            let value = own.or_else(inherited).or_else(of_container);
            value.is_some_and(|it| sets_key(&format!("{}={}", LEGACY_KEY_VARIABLES[0], it.value)))
        })
    }

    /// Reads a step of a job or action; `path` leads to it from the job, and `is_run` says whether the job's
    /// step runs Terraform.
    fn step(
        &mut self,
        owner: StepOwner,
        index: usize,
        step: &Step,
        path: &[usize],
        outer: Option<&str>,
        is_run: bool,
    ) {
        let own = step.condition.as_ref().map(|it| it.value.as_str());
        let condition = both(outer, own);
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        let add = |found: &mut Vec<BroughtCredentials>, how: SignInMethod, reach: Reach| {
            found.push(BroughtCredentials {
                sign_in: StepSignIn {
                    step: path[0],
                    how,
                    condition: condition.clone(),
                    may_fail_on: step.may_fail_on,
                },
                reach,
            });
        };
        if let Some(source) = self
            .workflows
            .action(step)
            .filter(|_| path.len() <= MAX_DEPTH)
        {
            let action = StepOwner { source, job: None };
            if self.workflows.exports_unread_of_action(source) {
                let uses = step.uses.as_ref().map_or("", |uses| uses.value.as_str());
                self.add_unread(path[0], sentence!("what action `{uses}` exports"));
            }
            if let Some(what) = self.workflows.exporting_program(source, step) {
                add(&mut self.found, SignInMethod::Unknown(what), Reach::Later);
            }
            for (number, inner) in self.workflows.steps(action).iter().enumerate() {
                let path = [path, &[number]].concat();
                self.step(action, number, inner, &path, condition.as_deref(), is_run);
            }
            return;
        }
        let execution = self.executes.executions.get(path).cloned();
        let execution = execution.as_ref();
        if let Some(what) = self.unread(step, execution) {
            self.add_unread(path[0], what);
        }
        if is_run && self.has_legacy_keys(owner, step) {
            let what = sentence!("keys in `{}`", LEGACY_KEY_VARIABLES[0]);
            add(&mut self.found, SignInMethod::Unknown(what), Reach::Itself);
        }
        if let Some(uses) = &step.uses {
            if let Some(what) = actions::brings(&uses.value, &step.with, &step.env) {
                add(&mut self.found, SignInMethod::Unknown(what), Reach::Later);
            }
            return;
        }
        let Some(run) = &step.run else { return };
        let pairs = self.workflows.key_pairs(owner);
        let is_pair = pairs.iter().any(|pair| pair.form == KeyForm::Script(index));
        let script = run.value.as_str();
        if step.is_program() {
            if exports_credentials(script) {
                let what = "keys that its program exports".to_owned();
                add(&mut self.found, SignInMethod::Unknown(what), Reach::Later);
            }
            return;
        }
        let names = self.workflows.secret_variables(owner, step);
        self.files.add(script, &names);
        if let Some(what) = self.files.written_profile(execution).filter(|_| !is_pair) {
            add(&mut self.found, SignInMethod::Unknown(what), Reach::Profile);
        }
        if let Some(how) = self.exported(step, script, execution).filter(|_| !is_pair) {
            add(&mut self.found, how, Reach::Later);
            return;
        }
        if script.contains("GITHUB_ENV")
            && let Some(role) = terragrunt_role::named(script)
        {
            self.terragrunt_role = Some(role.to_owned());
        }
        let may_have = !self.workflows.is_hosted(self.job);
        if !is_run || is_pair {
            return;
        }
        let assumed = self.terragrunt_role(owner, step);
        let brought = assumed.map(|_| "a role that Terragrunt assumes".to_owned());
        let wrapper = match step.shell() {
            StepShell::Wrapped(command) => of_terraform(&command, may_have),
            _ => None,
        };
        let brought = brought.or(wrapper);
        let brought = brought.or_else(|| of_terraform(script, may_have));
        let Some(what) = brought.or_else(|| self.files.loaded(script)) else {
            return;
        };
        let known = assumed.filter(|role| role.starts_with("arn:"));
        let how = match known.map(str::to_owned).or_else(|| role_of(script)) {
            Some(role) => SignInMethod::Role {
                role,
                is_web_identity: false,
            },
            None => SignInMethod::Unknown(what),
        };
        add(&mut self.found, how, Reach::Itself);
    }

    /// The role that the environment of a step has Terragrunt assume, or its script.
    fn terragrunt_role<'s>(&'s self, owner: StepOwner, step: &'s Step) -> Option<&'s str> {
        let script = step.run.as_ref()?.value.as_str();
        // A script that names Terraform alone runs it without Terragrunt.
        if script.contains("terraform") && !script.contains("terragrunt") {
            return None;
        }
        let variables = terragrunt_role::VARIABLES.iter();
        let set = variables.filter_map(|name| self.workflows.variable(owner, step, name));
        let mut set = set.map(|text| text.value.as_str());
        let set = || set.find(|value| !value.is_empty());
        let written = || self.terragrunt_role.as_deref();
        terragrunt_role::named(script).or_else(set).or_else(written)
    }

    /// What a script, or a file of the tree that it calls, exports to the steps behind it.
    fn exported(
        &self,
        step: &Step,
        script: &str,
        execution: Option<&Execution>,
    ) -> Option<SignInMethod> {
        if assumed_role(script).is_some() {
            // That is a sign-in which is read.
            return None;
        }
        let called = execution.into_iter().flat_map(|it| &it.commands);
        let called: Vec<&str> = called
            .filter(|command| command.by.is_some())
            .flat_map(|command| command.words.iter().map(String::as_str))
            .collect();
        let own: Vec<String> = Execution::of(script)
            .commands
            .into_iter()
            .flat_map(|command| command.words)
            .collect();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let sets = |words: &[&str]| {
            let mut parts = words.iter().flat_map(|word| word.split_whitespace());
            words.iter().any(|word| word.contains("GITHUB_ENV"))
                && parts.any(|part| sets_key(part.trim_matches(['"', '\''])))
        };
        if sets(&own) {
            return Some(SignInMethod::Unknown(
                "keys that its script exports".to_owned(),
            ));
        }
        if sets(&called) {
            let what = "a script that exports keys".to_owned();
            let role = called.iter().position(|word| *word == "--role-arn");
            let role = role.and_then(|at| called.get(at + 1));
            return Some(match role.filter(|role| role.starts_with("arn:")) {
                Some(role) => SignInMethod::Role {
                    role: (*role).to_owned(),
                    is_web_identity: false,
                },
                None => SignInMethod::Unknown(what),
            });
        }
        let program = self.workflows.exporting_file(&own, step)?;
        Some(SignInMethod::Unknown(code::quoted(&program)))
    }
}

/// The role that a script assumes, where it names one.
fn role_of(script: &str) -> Option<String> {
    let all = Execution::of(script).commands;
    let words: Vec<&str> = script.split_whitespace().collect();
    let mut named = words.windows(2).filter(|pair| pair[0] == "--role-arn");
    let role = named.next()?[1].trim_matches(['"', '\'']);
    let is_one = named.next().is_none() && script.contains("assume-role");
    (is_one && !all.is_empty() && role.starts_with("arn:")).then(|| role.to_owned())
}

/// Whether the text of a program exports AWS credentials to the steps behind it.
fn exports_credentials(text: &str) -> bool {
    let exports = ["GITHUB_ENV", "exportVariable", "export_variable"];
    let names = [KEY_VARIABLES[0], KEY_VARIABLES[2], "AWS_PROFILE"];
    exports.iter().any(|word| text.contains(word)) && names.iter().any(|word| text.contains(word))
}
