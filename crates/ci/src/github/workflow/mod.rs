//! The workflows of a repository and the local actions that they use: jobs, steps, calls.

pub mod call_inputs;
mod calls;
mod env;
pub mod job_values;
pub(in crate::github) mod known;
pub mod known_readings;
mod machine;
mod matrix;
pub mod model;
mod read;
pub mod shell;
mod triggers;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::github::uses::is_commit;
use crate::github::workflow::calls::KnownCalls;
use crate::github::workflow::known_readings::KnownReadings;
use crate::github::workflow::model::{Action, Job, SecretsPassed, Step, Workflow, entry};
use crate::scripts::aws_scripts::AwsScripts;
use crate::scripts::tree::{TreeScripts, Wanted};
use diagnostics::ignore::Ignore;
use syntax::location::Location;
use syntax::yaml::{Yaml, YamlError, YamlPath};
use terraform::static_keys::KeyVariables;

/// The directory in which GitHub looks for workflows.
pub const DIRECTORY: &str = ".github/workflows";

/// Lower-case words; a file with static keys contains one of them. Read before YAML is parsed, so
/// that most repositories cost no parse.
pub const KEY_WORDS: [&str; 3] = ["aws_access_key", "aws-access-key", "access_key="];

/// Lower-case words; a file that runs Terraform contains one of them.
pub const TERRAFORM_WORDS: [&str; 4] = ["terraform", "tofu", "terragrunt", "terrateam"];

/// The input of `configure-aws-credentials` that every sign-in by OIDC has.
pub const SIGN_IN: &str = "role-to-assume";

/// Bound on nested calls, so that files which call one another in a circle end. GitHub connects at
/// most ten levels of workflows ("Reusing workflow configurations") and nests at most ten composite
/// actions (actions/runner, ADR 1144).
pub const MAX_DEPTH: usize = 10;

/// The workflows of a repository with the local actions that they use.
#[derive(Debug, Default)]
pub struct Workflows {
    /// The files that can be read, by path.
    pub sources: Vec<Arc<WorkflowFile>>,
    /// The files that cannot be read.
    pub unread: Vec<UnreadFile>,
    /// The scripts of the repository that use AWS environment variables.
    pub scripts: AwsScripts,
    /// The files of the tree that steps run.
    pub tree: TreeScripts,
    /// The names of the repository on GitHub, as `OWNER/NAME`.
    pub repositories: Vec<String>,
    /// What the modules of the tree take static keys by.
    pub key_takers: KeyTakers,
    /// Whether modules of the tree are downloaded from S3.
    pub has_modules_in_s3: bool,
    /// What the jobs do that were asked for; it depends on all files.
    pub(super) known_readings: KnownReadings,
    /// What was asked for about calls; it depends on all files.
    pub(in crate::github) known_calls: KnownCalls,
}

/// What the modules of a tree take static keys by, so that a job which sets it passes keys on.
#[derive(Debug, Clone, Default)]
pub struct KeyTakers {
    /// The variables that set the keys of providers and remote states.
    pub variables: Vec<KeyVariables>,
    /// Whether an S3 backend is another service's: keys that are passed to one may be, too.
    pub has_foreign_backend: bool,
    /// Whether a backend is of another kind. Some of those have an `access_key` and a `secret_key`, too.
    pub has_other_backend: bool,
}

/// A workflow or action file.
#[derive(Debug)]
pub struct WorkflowFile {
    /// Relative to the root.
    pub path: PathBuf,
    /// The parsed text.
    pub yaml: Yaml,
    /// Whether it is a workflow or an action.
    pub kind: SourceKind,
    /// Why it must not be edited.
    pub obstacle: Option<String>,
}

/// The content of a file.
#[derive(Debug)]
pub enum SourceKind {
    /// A workflow.
    Workflow(Workflow),
    /// A local action.
    Action(Action),
}

/// A file that cannot be read.
#[derive(Debug)]
pub struct UnreadFile {
    /// Where reading it fails.
    pub at: Location,
    /// The reason, as a clause.
    pub why: String,
    /// Its text.
    pub text: String,
}

impl UnreadFile {
    /// Whether a line that is no comment has one of these words, in lower case.
    pub fn speaks_of(&self, words: &[&str]) -> bool {
        let lines = self.text.lines();
        let mut lines = lines.filter(|line| !line.trim_start().starts_with('#'));
        lines.any(|line| {
            let line = line.to_ascii_lowercase();
            words.iter().any(|word| line.contains(word))
        })
    }
}

/// Names what has steps: a job of a workflow, or a composite action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepOwner {
    /// The index of the file in `sources`.
    pub source: usize,
    /// The index of the job in its workflow; `None` for an action.
    pub job: Option<usize>,
}

impl Workflows {
    /// No workflows yet, in a repository with these scripts.
    pub fn beside(scripts: AwsScripts, tree: TreeScripts) -> Self {
        Self {
            scripts,
            tree,
            ..Self::default()
        }
    }

    /// Adds a file: a workflow if it is in the workflows directory, else an action.
    pub fn add(&mut self, path: &Path, text: String, obstacle: Option<String>) {
        self.known_readings = KnownReadings::default();
        self.known_calls = KnownCalls::default();
        let read = Yaml::parse(text.as_str()).and_then(|yaml| {
            let kind = match path.parent() {
                Some(directory) if directory != Path::new(DIRECTORY) => {
                    SourceKind::Action(read::action(&yaml.resolved(), directory))
                }
                _ => SourceKind::Workflow(read::workflow(&yaml.resolved())?),
            };
            Ok((yaml, kind))
        });
        let path = path.to_path_buf();
        match read {
            Ok((yaml, kind)) => self.keep(Arc::new(WorkflowFile {
                path,
                yaml,
                kind,
                obstacle,
            })),
            Err(YamlError { offset, what }) => self.unread.push(UnreadFile {
                at: Location::at(path, &text, offset),
                why: what,
                text,
            }),
        }
    }

    /// Adds a file that is read already.
    pub fn keep(&mut self, file: Arc<WorkflowFile>) {
        self.known_readings = KnownReadings::default();
        self.known_calls = KnownCalls::default();
        self.sources.push(file);
    }

    /// The files of the tree that steps run and that were not added to `tree`. Those may lead to more,
    /// so that it is asked again until nothing is wanted.
    pub fn wanted_scripts(&mut self) -> Wanted {
        let mut all = Wanted::default();
        let mut waiting = Vec::new();
        for owner in self.owners() {
            self.reading(owner);
            let wanted = self.tree.take_wanted();
            if !wanted.is_empty() {
                waiting.push(owner);
                all.add(wanted);
            }
        }
        // What asked for nothing is what it is, whatever is added to the tree.
        self.known_readings.forget(&waiting);
        self.known_calls = KnownCalls::default();
        all
    }

    /// All jobs and actions, in the order of files.
    pub fn owners(&self) -> impl Iterator<Item = StepOwner> + '_ {
        (0..self.sources.len()).flat_map(|source| self.owners_in(source))
    }

    /// The jobs of a workflow, or the action, in a file.
    pub fn owners_in(&self, source: usize) -> impl Iterator<Item = StepOwner> + use<> {
        let jobs = match &self.sources[source].kind {
            SourceKind::Workflow(workflow) => (0..workflow.jobs.len()).map(Some).collect(),
            SourceKind::Action(_) => vec![None],
        };
        jobs.into_iter().map(move |job| StepOwner { source, job })
    }

    /// The file of a job or action.
    pub fn source(&self, owner: StepOwner) -> &WorkflowFile {
        &self.sources[owner.source]
    }

    /// The workflow of a job.
    pub fn workflow(&self, owner: StepOwner) -> Option<&Workflow> {
        self.source(owner).workflow()
    }

    /// The job; `None` for an action.
    pub fn job(&self, owner: StepOwner) -> Option<&Job> {
        self.workflow(owner)?.jobs.get(owner.job?)
    }

    /// The steps of a job or action.
    pub fn steps(&self, owner: StepOwner) -> &[Step] {
        match (&self.source(owner).kind, self.job(owner)) {
            (SourceKind::Action(action), _) => &action.steps,
            (_, Some(job)) => &job.steps,
            _ => &[],
        }
    }

    /// The path of a job or action in its YAML document.
    pub fn place(&self, owner: StepOwner) -> YamlPath {
        match self.job(owner) {
            Some(job) => YamlPath::root().key("jobs").key(&job.id),
            None => YamlPath::root().key("runs"),
        }
    }

    /// The name of a job or action in a message.
    pub fn name(&self, owner: StepOwner) -> String {
        match self.job(owner) {
            Some(job) => format!("job {}", job.id),
            None => "the action".to_owned(),
        }
    }

    /// The name of a job or action in a message about `other`: with its file, where that differs.
    pub fn name_from(&self, owner: StepOwner, other: StepOwner) -> String {
        let path = self.source(owner).path.display();
        match (owner.source == other.source, owner.job) {
            (true, _) => self.name(owner),
            (false, Some(_)) => format!("{} of {path}", self.name(owner)),
            (false, None) => format!("the action {path}"),
        }
    }

    /// Whether a `run:` step of a job that names no `shell:` surely runs in a POSIX shell. GitHub takes
    /// `pwsh` on Windows, and what `defaults.run.shell` says ("Workflow syntax", `steps[*].shell`).
    pub fn has_posix_shell(&self, owner: StepOwner) -> bool {
        let job = self.job(owner);
        let own = job.and_then(|job| job.shell.as_deref());
        let shared = || self.workflow(owner).and_then(|it| it.shell.as_deref());
        match own.or_else(shared) {
            Some(shell) => {
                let program = shell.split_whitespace().next().unwrap_or_default();
                ["bash", "sh"].contains(&program)
            }
            None => job.is_some_and(|job| job.is_unix),
        }
    }

    /// The path of the workflow of this repository that a job calls.
    fn called_path(&self, owner: StepOwner) -> Option<&Path> {
        let uses = &self.job(owner)?.uses.as_ref()?.value;
        let path = uses.strip_prefix("./").or_else(|| {
            let (path, _) = self.called_at_branch(owner)?;
            Some(path)
        });
        path.map(Path::new)
    }

    /// The path and the branch of a job that calls a workflow of this repository by the name of the
    /// repository: `OWNER/NAME/.github/workflows/tf.yml@main`. It runs the file as that branch has it,
    /// whatever the commit of the caller. At a tag or commit it runs an older one, which no edit here
    /// reaches.
    pub fn called_at_branch(&self, owner: StepOwner) -> Option<(&str, &str)> {
        let uses = &self.job(owner)?.uses.as_ref()?.value;
        let (file, at) = uses.split_once('@')?;
        let path = self.own_path(file)?;
        (!is_commit(at) && !is_release(at)).then_some((path, at))
    }

    /// Whether `uses:` names this repository.
    pub(in crate::github) fn is_own(&self, uses: &str) -> bool {
        self.own_path(uses).is_some()
    }

    /// The repository that `uses:` names and that may be this one: it has a workflow of that path.
    pub(in crate::github) fn may_be_own<'u>(&self, uses: &'u str) -> Option<&'u str> {
        let (file, _) = uses.split_once('@')?;
        let at = file.find("/.github/")?;
        let is_there = self.is_file(Path::new(&file[at + 1..]));
        (is_there && !self.is_own(uses)).then(|| &file[..at])
    }

    /// What stands behind the name of this repository.
    pub(in crate::github) fn own_path<'u>(&self, uses: &'u str) -> Option<&'u str> {
        let mut names = self.repositories.iter();
        // GitHub compares owner and repository without case.
        names.find_map(|name| {
            let (own, path) = uses.split_at_checked(name.len())?;
            let is_own = own.eq_ignore_ascii_case(name);
            path.strip_prefix('/').filter(|_| is_own)
        })
    }

    /// The file of the local action that a step uses.
    pub fn action(&self, step: &Step) -> Option<usize> {
        let uses = step.uses.as_ref()?;
        let directory = Path::new(uses.value.strip_prefix("./")?);
        // `./a/` and `./a` name the same action: their components are compared.
        self.action_in(directory)
    }

    /// The jobs and actions that use an action, with the index of the step.
    pub fn users(&self, source: usize) -> impl Iterator<Item = (StepOwner, usize)> + '_ {
        self.owners().flat_map(move |owner| {
            let steps = self.steps(owner).iter().enumerate();
            let using = steps.filter(move |(_, step)| self.action(step) == Some(source));
            using.map(move |(index, _)| (owner, index))
        })
    }

    /// Whether a job, or each that uses an action here, runs on GitHub-hosted runners.
    pub fn is_hosted(&self, owner: StepOwner) -> bool {
        let (mut waiting, mut seen) = (vec![owner], BTreeSet::new());
        while let Some(owner) = waiting.pop() {
            if !seen.insert(owner) {
                continue;
            }
            match self.job(owner) {
                Some(job) if job.is_hosted => {}
                Some(_) => return false,
                None => {
                    let users: Vec<StepOwner> = self.users(owner.source).map(|it| it.0).collect();
                    if users.is_empty() {
                        return false;
                    }
                    waiting.extend(users);
                }
            }
        }
        true
    }

    /// Whether a secret is stored in the repository, and is not the name under which a caller
    /// passes one of its own.
    pub fn is_stored(&self, owner: StepOwner, secret: &str) -> bool {
        let interface = self.workflow(owner).and_then(|it| it.interface.as_ref());
        let is_declared = interface.is_some_and(|it| entry(&it.secrets, secret).is_some());
        let mut callers = self.callers(owner.source);
        let inherits = |caller: StepOwner| {
            let job = self.job(caller);
            job.is_some_and(|job| matches!(job.secrets, SecretsPassed::Inherit))
        };
        !is_declared || callers.any(inherits)
    }
}

/// Whether a ref is the tag of a release: `v1`, `2.0.1`.
fn is_release(at: &str) -> bool {
    let number = at.strip_prefix('v').unwrap_or(at);
    number.starts_with(|letter: char| letter.is_ascii_digit())
}

impl WorkflowFile {
    /// The workflow; `None` for an action.
    pub fn workflow(&self) -> Option<&Workflow> {
        match &self.kind {
            SourceKind::Workflow(workflow) => Some(workflow),
            SourceKind::Action(_) => None,
        }
    }

    /// Line and column of a byte offset of the file.
    pub fn location(&self, offset: usize) -> Location {
        self.yaml.location(&self.path, offset)
    }

    /// The text at a place. Of a file that repeats nodes by aliases it is the whole text, in which stands
    /// what they repeat; `None` where nothing is there.
    pub(in crate::github) fn text_at(&self, place: &YamlPath) -> Option<&str> {
        let text = self.yaml.text();
        if self.yaml.has_aliases() {
            return Some(text);
        }
        Some(&text[self.yaml.at(place)?.span.clone()])
    }

    /// Whether an ignore comment covers that transform at an offset.
    pub fn ignores(&self, offset: usize, transform: &str) -> bool {
        Ignore::keeps_in(self.yaml.text(), offset, transform)
    }

    /// Byte offset of the job with that id.
    pub fn job_offset(&self, id: &str) -> Option<usize> {
        let SourceKind::Workflow(workflow) = &self.kind else {
            return None;
        };
        let mut jobs = workflow.jobs.iter();
        jobs.find(|job| job.id == id).map(|job| job.offset)
    }

    /// The action; `None` for a workflow.
    pub fn as_action(&self) -> Option<&Action> {
        match &self.kind {
            SourceKind::Action(action) => Some(action),
            SourceKind::Workflow(_) => None,
        }
    }
}
