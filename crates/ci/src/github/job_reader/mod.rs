//! What the steps of a job do: their scripts, with what those call in the tree, and their actions.

mod account_output;
mod checkouts;
mod environment_file;
mod programs;
mod rewritten;
mod selected_workspaces;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unseen_runs;

use checkouts::OtherCheckout;
use environment_file::{EnvironmentFile, may_be_left_out};
use selected_workspaces::SelectedWorkspaces;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use crate::aws_names::is_endpoint;
use crate::github::actions::{self, ActionRun, PRE_RUN};
use crate::github::sign_ins::{assumed_role, both};
use crate::github::values::{Values, fill, filled};
use crate::github::workflow::job_values::plain_inputs;
use crate::github::workflow::known_readings::{AmbientUse, JobReading, JobRun, StepPath};
use crate::github::workflow::model::{NamedText, Step, entry};
use crate::github::workflow::shell::StepShell;
use crate::github::workflow::{MAX_DEPTH, StepOwner, TERRAFORM_WORDS, Workflows};
use crate::scripts::aws_use::may_use_aws;
use crate::scripts::program::imports_sdk;
use crate::scripts::reader::{AwsUse, Execution, ScriptBudget, ScriptContext, ScriptReading, read};
use crate::scripts::user_calls;
use crate::scripts::windows::WindowsScript;
use crate::scripts::working_directory::{GITHUB, WorkingDirectory};
use crate::terraform_run::{RunsIn, TerraformRun};
use crate::variant::Environment;
use syntax::code::{self, sentence};
use syntax::yaml::YamlPath;

use std::sync::Arc;

impl Workflows {
    /// What the steps of a job or action do.
    pub(in crate::github) fn reading(&self, owner: StepOwner) -> Arc<JobReading> {
        self.known_readings.of(owner, || self.read_job(owner))
    }

    fn read_job(&self, owner: StepOwner) -> JobReading {
        let mut all = JobReading::default();
        let (mut runs, mut uses) = (HashSet::new(), HashSet::new());
        let values = self.values(owner).into_iter();
        let values = values.map(|values| self.relevant(owner, &values));
        for values in values.collect::<BTreeSet<Values>>() {
            let reading = self.reading_with(owner, &values);
            for run in &reading.runs {
                if runs.insert(run.clone()) {
                    all.runs.push(run.clone());
                }
            }
            for used in &reading.aws_uses {
                if uses.insert(used.clone()) {
                    all.aws_uses.push(used.clone());
                }
            }
            for (path, execution) in &reading.executions {
                let known = all.executions.entry(path.clone()).or_default();
                known.merge(execution);
            }
        }
        all.runs.sort_by_key(|it| it.step);
        all.aws_uses.sort_by_key(|it| it.step);
        all
    }

    /// The values of a run that its steps read: runs that differ in others do the same. A matrix has up
    /// to 256 combinations, most of them of systems and versions.
    fn relevant(&self, owner: StepOwner, values: &Values) -> Values {
        let is_read = |name: &String| {
            let known = &self.known_calls.reads;
            *known.once((owner, name.clone()), || self.names(owner, name))
        };
        let read = values.iter().filter(|(name, _)| is_read(name));
        read.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Whether what a job says of its steps names a value.
    fn names(&self, owner: StepOwner, name: &str) -> bool {
        let source = self.source(owner);
        let places = [self.place(owner), YamlPath::root()];
        let keys = ["steps", "env", "defaults"];
        let places = places.iter().flat_map(|it| keys.map(|key| it.key(key)));
        let mut texts = places.filter_map(|place| source.text_at(&place));
        texts.any(|text| text.contains(name))
    }

    /// The same for one run of the job, whose context has these values.
    pub(in crate::github) fn reading_with(
        &self,
        owner: StepOwner,
        values: &Values,
    ) -> Arc<JobReading> {
        let values = self.relevant(owner, values);
        let read = || self.read_run(owner, &values);
        self.known_readings.of_run(owner, values.clone(), read)
    }

    fn read_run(&self, owner: StepOwner, values: &Values) -> JobReading {
        let job = self.job(owner);
        let shared = self.workflow(owner).and_then(|it| it.directory.as_deref());
        let directory = job.and_then(|job| job.directory.as_deref()).or(shared);
        let has_container = job.is_some_and(|job| job.has_container);
        let mut reader = JobReader {
            workflows: self,
            prefix: self.checkout(owner),
            speaks: self.steps(owner).iter().any(speaks),
            path: StepPath::new(),
            written: EnvironmentFile::default(),
            is_conditional: false,
            condition: None,
            workspaces: SelectedWorkspaces::default(),
            is_in_cluster: false,
            budget: ScriptBudget::default(),
        };
        let mut outer = environment(&self.envs(owner), &Environment::new(), values);
        // All steps have the home directory of the job: only what a step sets is another.
        outer.remove("HOME");
        let mut reading = JobReading::default();
        let other = self.other_checkout(owner);
        let beside = self.checkouts_beside(owner);
        let last = self.steps(owner).len().saturating_sub(1);
        for (index, step) in self.steps(owner).iter().enumerate() {
            reader.is_conditional = may_be_left_out(step);
            reader.condition = step.condition.as_ref().map(|it| it.value.clone());
            reader.path = vec![index];
            let mut found = reader.step(step, directory, &outer, values, MAX_DEPTH);
            if let Some(other) = &other {
                found.is_of(other);
            }
            for (directory, other) in &beside {
                found.is_beside(directory, other);
            }
            reading.runs.extend(found.runs.into_iter().map(|mut run| {
                run.offset = step.offset;
                let directory = run.directory.take();
                let directory = directory.map(|it| self.tree.linked.resolved(&it).into_owned());
                run.directory = directory.filter(|it| self.tree.has_directory(it));
                let named = run.named.take();
                run.named = named.map(|it| self.tree.linked.resolved(&it).into_owned());
                if has_container && run.runs_in == RunsIn::Runner {
                    run.runs_in = RunsIn::Container;
                }
                JobRun { step: index, run }
            }));
            reading.executions.extend(found.executions);
            let own = found.aws_uses.into_iter().map(|used| (index, used));
            // It acts by what the environment is at the end.
            let at_end = found.at_end.into_iter().map(|used| (last, used));
            reading
                .aws_uses
                .extend(own.chain(at_end).map(|(step, used)| AmbientUse {
                    step,
                    what: used.what,
                    needs_user: used.needs_user,
                    names_profile: used.names_profile,
                }));
        }
        rewritten::mark(&mut reading);
        let used = self.used_accounts(owner).into_iter();
        reading.aws_uses.extend(used.map(|used| AmbientUse {
            // What is signed in by stands before the step that needs it.
            step: (used.step + 1).min(last),
            what: used.what,
            needs_user: false,
            names_profile: false,
        }));
        reading
    }

    /// The `env:` around the steps of a job, the innermost last.
    fn envs(&self, owner: StepOwner) -> Vec<&[NamedText]> {
        let workflow = self.workflow(owner).map(|it| &it.env[..]);
        let job = self.job(owner).map(|it| &it.env[..]);
        workflow.into_iter().chain(job).collect()
    }
}

/// What one step does.
#[derive(Default)]
struct StepFound {
    runs: Vec<TerraformRun>,
    aws_uses: Vec<AwsUse>,
    /// What its action does behind all steps of the job: its `post:` ("Metadata syntax", `runs.post`).
    at_end: Vec<AwsUse>,
    executions: BTreeMap<StepPath, Execution>,
}

impl StepFound {
    /// Terraform that runs in another repository uses the job's credentials, for what is not known, and runs
    /// none of this tree's modules.
    fn is_of(&mut self, other: &OtherCheckout<'_>) {
        if self.runs.is_empty() {
            return;
        }
        let what = format!("Terraform of {}", code::quoted(other.repository));
        self.aws_uses.push(AwsUse::of(what));
        if !other.may_be_own {
            self.runs.clear();
        }
    }

    /// The same of Terraform that runs in a directory of the workspace to which another repository is checked out.
    fn is_beside(&mut self, directory: &Path, other: &OtherCheckout<'_>) {
        let is_there = |run: &TerraformRun| {
            let own = run.directory.as_deref();
            own.is_some_and(|own| own.starts_with(directory))
        };
        if !other.may_be_own && self.runs.iter().any(is_there) {
            self.runs.retain(|run| !is_there(run));
            let what = format!("Terraform of {}", code::quoted(other.repository));
            self.aws_uses.push(AwsUse::of(what));
        }
    }

    /// Adds what another step of the same action does.
    fn add(&mut self, other: Self) {
        self.runs.extend(other.runs);
        self.aws_uses.extend(other.aws_uses);
        self.at_end.extend(other.at_end);
        self.executions.extend(other.executions);
    }
}

/// Reads the steps of a job one after the other, with one set of values.
struct JobReader<'w> {
    workflows: &'w Workflows,
    prefix: PathBuf,
    /// Whether a step of the job names Terraform.
    speaks: bool,
    /// The step that is read.
    path: StepPath,
    written: EnvironmentFile,
    /// Whether the step that is read may be left out.
    is_conditional: bool,
    /// The `if:` of the step that is read, with those around it.
    condition: Option<String>,
    workspaces: SelectedWorkspaces,
    is_in_cluster: bool,
    /// What the scripts and actions of the job may still lead to.
    budget: ScriptBudget,
}

impl JobReader<'_> {
    fn step(
        &mut self,
        step: &Step,
        inherited: Option<&str>,
        outer: &Environment,
        values: &Values,
        depth: usize,
    ) -> StepFound {
        let mut around = outer.clone();
        // A variable of the environment file beats one of the job, and none of the step.
        around.extend(self.written.variables.clone());
        let environment = self::environment(&[&step.env], &around, values);
        let action = self.workflows.action(step);
        if let Some(source) = action.or_else(|| self.action_of_checkout(step)) {
            return self.action(step, source, &environment, values, depth);
        }
        let resolved = |text: &str| resolve(text, &environment, values);
        let mut working = WorkingDirectory::new(Some(Path::new("")), GITHUB);
        working.prefix.clone_from(&self.prefix);
        if let Some(script) = &step.run {
            let own = step.directory.as_deref().or(inherited).map(resolved);
            if let Some(own) = own {
                working.path = working.join(&own);
            }
            let script = resolved(&script.value);
            let windows = match step.shell() {
                StepShell::Program => return self.shell_program(&script, &working),
                StepShell::Posix | StepShell::Wrapped(_) => {
                    return self.script(&script, &working, environment);
                }
                StepShell::PowerShell => WindowsScript::of_powershell(&script),
                StepShell::Cmd => WindowsScript::of_cmd(&script),
            };
            let mut found = self.script(&windows.text, &working, environment);
            if windows.is_opaque {
                for run in &mut found.runs {
                    run.directory = None;
                }
                found.runs.push(TerraformRun::unseen(None, RunsIn::Script));
            }
            return found;
        }
        let Some(uses) = step.uses.as_ref() else {
            return StepFound::default();
        };
        let input = |name: &str| {
            let input = entry(&step.with, name)?;
            Some(resolved(&input.value.value))
        };
        let mut found = StepFound::default();
        if let Some(image) = uses.value.strip_prefix("docker://") {
            let words = (input("entrypoint"), input("args"));
            found = self.image(image, words, &working);
        }
        if self.is_missing_action(step) {
            found.runs.push(TerraformRun::unseen(None, RunsIn::Script));
        }
        match actions::runs(&uses.value, &input) {
            ActionRun::Script(script) => return self.script(&script, &working, environment),
            ActionRun::Terraform(directory) => {
                let directory = directory.map(|it| working.join(&it));
                let directory = directory.unwrap_or(None);
                let directory = directory.and_then(|it| working.in_tree(&it));
                let mut run = TerraformRun::unseen(directory, actions::runs_in(&uses.value));
                run.variant = actions::variant(&input, &environment);
                found.runs.push(run);
                let hook = environment.get(PRE_RUN);
                found
                    .aws_uses
                    .extend(hook.and_then(|hook| self.hook(hook.as_deref(), &working)));
            }
            ActionRun::Other => {
                let place = actions::runs_in(&uses.value);
                for script in actions::scripts(&uses.value, &input) {
                    found.add(self.input_script(&script, place, &working));
                }
                let texts = step.with.iter().chain(&step.env);
                let texts = texts.map(|entry| (entry.name.as_str(), entry.value.value.as_str()));
                let is_elsewhere = environment.keys().any(|name| is_endpoint(name));
                let what = actions::aws_use(&uses.value, texts);
                let what = what.filter(|_| !is_elsewhere && found.aws_uses.is_empty());
                if actions::may_have_post(&uses.value) {
                    found
                        .at_end
                        .extend(what.iter().map(|it| AwsUse::of(it.clone())));
                }
                found.aws_uses.extend(what.map(AwsUse::of));
                if let Some(program) = actions::program(&uses.value, &input) {
                    let program = self.input_program(&program, &working);
                    found.runs.extend(program.runs);
                    if found.aws_uses.is_empty() {
                        found.aws_uses = program.aws_uses;
                    }
                }
            }
        }
        found
    }

    fn script(
        &mut self,
        script: &str,
        working: &WorkingDirectory,
        environment: Environment,
    ) -> StepFound {
        self.written.add(script, self.is_conditional);
        let encryption = environment.get(ENCRYPTION).cloned();
        let context = ScriptContext {
            environment,
            workspaces: self.workspaces.before(self.condition.as_deref()),
            is_in_cluster: self.is_in_cluster,
            is_closed: !self.written.has_others,
            budget: self.budget.clone(),
            ..ScriptContext::new(working.clone())
        };
        let ScriptReading {
            runs,
            aws_uses,
            calls,
            execution,
            end,
            ..
        } = read(script, context, &self.workflows.tree);
        self.workspaces
            .add(self.condition.as_deref(), end.workspaces);
        self.is_in_cluster = end.is_in_cluster;
        let in_tree = |run: TerraformRun| {
            let directory = run.directory.and_then(|it| working.in_tree(&it));
            let named = run.named.and_then(|it| working.in_tree(&it));
            TerraformRun {
                offset: 0,
                directory,
                named,
                ..run
            }
        };
        let mut found = StepFound {
            runs: runs.into_iter().map(in_tree).collect(),
            aws_uses,
            at_end: Vec::new(),
            executions: BTreeMap::from([(self.path.clone(), execution)]),
        };
        let encrypts = encryption.is_some_and(|it| it.is_none_or(|text| text.contains("aws_kms")));
        if encrypts && !found.runs.is_empty() {
            let what = sentence!("OpenTofu, with a key of KMS in `{ENCRYPTION}`");
            found.aws_uses.push(AwsUse::of(what));
        }
        if assumed_role(script).is_some() {
            // That is the sign-in itself, which a role may be refused.
            found
                .aws_uses
                .retain(|used| used.needs_user || !used.what.starts_with("`aws sts assume-role"));
        }
        // A task or script that is not read counts only in a job that names Terraform elsewhere: of
        // 333 CI files, Makefiles and the like in repositories with roles or keys, 227 did not name
        // it.
        if found.runs.is_empty() && self.speaks && !calls.is_empty() {
            found.runs.push(TerraformRun::unseen(None, RunsIn::Script));
        }
        if found.aws_uses.is_empty() && imports_sdk(script) {
            found.aws_uses.push(AwsUse {
                needs_user: user_calls::in_program(script),
                ..AwsUse::of("a program with an SDK of AWS")
            });
        }
        let unread = calls.iter().find(|call| may_use_aws(&call.words));
        if let Some(call) = unread.filter(|_| found.aws_uses.is_empty()) {
            let what = code::quoted(&call.words.join(" "));
            found.aws_uses.push(AwsUse::of(what));
        }
        found
    }

    /// The action of this tree that a step names otherwise than by its path in it: by the name of the repository,
    /// or by the directory that the repository is checked out to. At its ref it may be another than here.
    fn action_of_checkout(&self, step: &Step) -> Option<usize> {
        let uses = &step.uses.as_ref()?.value;
        let directory = match uses.strip_prefix("./") {
            Some(local) if !self.prefix.as_os_str().is_empty() => {
                Path::new(local).strip_prefix(&self.prefix).ok()?
            }
            Some(_) => return None,
            None => Path::new(self.workflows.own_path(uses.split('@').next()?)?),
        };
        self.workflows.action_in(directory)
    }

    /// Whether a step uses an action of a directory which is not in the tree, and that may run Terraform: its job
    /// names it.
    fn is_missing_action(&self, step: &Step) -> bool {
        let uses = step.uses.as_ref().map(|uses| uses.value.as_str());
        self.speaks && uses.is_some_and(|uses| uses.starts_with("./"))
    }

    /// The steps of a local action.
    fn action(
        &mut self,
        step: &Step,
        source: usize,
        environment: &Environment,
        values: &Values,
        depth: usize,
    ) -> StepFound {
        let mut all = StepFound::default();
        let Some(depth) = depth.checked_sub(1) else {
            return all;
        };
        let action = StepOwner { source, job: None };
        let file = self.workflows.sources[source].as_action();
        let Some(file) = file else { return all };
        // Three actions that each use the next one three times are many steps at ten levels.
        if !self.budget.affords(file.steps.len() + 1) {
            let what = "a local action that leads to too many steps";
            all.aws_uses.push(AwsUse::of(what));
            all.runs.push(TerraformRun::unseen(None, RunsIn::Script));
            return all;
        }
        let mut inputs = plain_inputs(&file.inputs, &|text| text.to_owned());
        inputs.retain(|_, value| !value.is_empty());
        for given in &step.with {
            inputs.remove(&format!("inputs.{}", given.name));
        }
        let given = plain_inputs(&step.with, &|text| resolve(text, environment, values));
        inputs.extend(given);
        let place = WorkingDirectory {
            prefix: self.prefix.clone(),
            ..WorkingDirectory::new(None, GITHUB)
        };
        let own = WorkingDirectory {
            path: Some(place.in_workspace(&file.directory)),
            ..place
        };
        inputs.extend(
            own.spelled()
                .map(|path| ("github.action_path".to_owned(), path)),
        );
        let mut environment = environment.clone();
        environment.insert("GITHUB_ACTION_PATH".to_owned(), own.spelled());
        let is_conditional = self.is_conditional;
        let condition = self.condition.clone();
        for (index, inner) in self.workflows.steps(action).iter().enumerate() {
            self.is_conditional = is_conditional || may_be_left_out(inner);
            let own = inner.condition.as_ref().map(|it| it.value.as_str());
            self.condition = both(condition.as_deref(), own);
            self.path.push(index);
            all.add(self.step(inner, None, &environment, &inputs, depth));
            self.path.pop();
        }
        let used = self.workflows.used_accounts(action).into_iter();
        all.aws_uses.extend(used.map(|it| AwsUse::of(it.what)));
        if self.workflows.steps(action).is_empty() {
            let working = WorkingDirectory {
                prefix: self.prefix.clone(),
                ..WorkingDirectory::new(Some(Path::new("")), GITHUB)
            };
            let text = self.workflows.sources[source].yaml.text();
            all.add(self.program_of_action(&file.program, &working, &file.directory, text));
            let texts = step.with.iter().chain(&step.env);
            let texts = texts.map(|entry| (entry.name.as_str(), entry.value.value.as_str()));
            let name = step.uses.as_ref().map_or("", |uses| uses.value.as_str());
            let what = actions::aws_use(name, texts).filter(|_| all.aws_uses.is_empty());
            all.aws_uses.extend(what.map(AwsUse::of));
            let runs = YamlPath::root().key("runs");
            let mut posts = ["post", "post-entrypoint"].iter();
            if posts.any(|it| {
                self.workflows.sources[source]
                    .text_at(&runs.key(it))
                    .is_some()
            }) {
                let used = all.aws_uses.iter();
                all.at_end
                    .extend(used.map(|it| AwsUse::of(it.what.clone())));
            }
        }
        all
    }
}

/// The variable by which OpenTofu takes an `encryption` block ("State and Plan Encryption", its documentation).
const ENCRYPTION: &str = "TF_ENCRYPTION";

/// The environment with these `env:` added, the innermost last.
fn environment(envs: &[&[NamedText]], outer: &Environment, values: &Values) -> Environment {
    let mut environment = outer.clone();
    for entry in envs.iter().copied().flatten() {
        let value = resolve(&entry.value.value, &environment, values);
        let value = Some(value).filter(|value| !value.contains("${{"));
        environment.insert(entry.name.clone(), value);
    }
    environment
}

/// A text with the values of `env.*`, and of the job's other contexts, filled in.
fn resolve(text: &str, environment: &Environment, values: &Values) -> String {
    let resolved = filled(text, |name| {
        environment.get(name.strip_prefix("env.")?)?.clone()
    });
    fill(&resolved, values)
}

fn speaks(step: &Step) -> bool {
    let texts = [&step.uses, &step.run].into_iter().flatten();
    let mut texts = texts.map(|text| &text.value);
    texts.any(|text| TERRAFORM_WORDS.iter().any(|word| text.contains(word)))
}
