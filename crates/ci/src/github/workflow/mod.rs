//! GitHub's workflows and actions: what their jobs do, and how they hang together.

pub mod call_inputs;
mod env;
pub mod job_values;
mod matrix;
pub mod model;
mod read;

use std::path::{Path, PathBuf};

use crate::github::workflow::model::{Action, Job, SecretsPassed, Step, Workflow, entry};
use crate::scripts::aws_scripts::AwsScripts;
use diagnostics::ignore::Ignore;
use syntax::location::Location;
use syntax::yaml::{Yaml, YamlError, YamlPath};

/// The directory of workflows.
pub const DIRECTORY: &str = ".github/workflows";

/// Words, in lower case, of which files that speak of static keys contain one.
pub const KEY_WORDS: [&str; 3] = ["aws_access_key", "aws-access-key", "access_key="];

/// Words, in lower case, of which files that run Terraform contain one.
pub const TERRAFORM_WORDS: [&str; 3] = ["terraform", "tofu", "terragrunt"];

/// What stands in workflows that sign in by OIDC.
pub const SIGN_IN: &str = "role-to-assume";

/// Actions within actions and calls within calls, at most: GitHub allows fewer.
pub(super) const MAX_DEPTH: usize = 10;

/// The workflows of a repository with the local actions that they use.
#[derive(Debug, Default)]
pub struct Workflows {
    /// Those that can be read, by path.
    pub sources: Vec<WorkflowFile>,
    /// The others.
    pub unread: Vec<UnreadFile>,
    /// The scripts of the tree that read variables for AWS.
    pub scripts: AwsScripts,
}

/// A file.
#[derive(Debug)]
pub struct WorkflowFile {
    /// Relative to the root.
    pub path: PathBuf,
    /// Its document.
    pub yaml: Yaml,
    /// What it says.
    pub kind: SourceKind,
    /// Why it must not be edited.
    pub obstacle: Option<String>,
}

/// What a file says.
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
    /// Why, as a clause.
    pub why: String,
    /// Its text.
    pub text: String,
}

/// A list of steps: a job of a workflow, or an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepOwner {
    /// Number of the file.
    pub source: usize,
    /// Number of the job; `None` for an action.
    pub job: Option<usize>,
}

impl Workflows {
    /// Adds the file at `path`: a workflow, or an action, by its directory.
    pub fn add(&mut self, path: &Path, text: String, obstacle: Option<String>) {
        let read = Yaml::parse(text.as_str()).and_then(|yaml| {
            let kind = match path.parent() {
                Some(directory) if directory != Path::new(DIRECTORY) => {
                    SourceKind::Action(read::action(yaml.root(), directory))
                }
                _ => SourceKind::Workflow(read::workflow(yaml.root())?),
            };
            Ok((yaml, kind))
        });
        let path = path.to_path_buf();
        match read {
            Ok((yaml, kind)) => self.sources.push(WorkflowFile {
                path,
                yaml,
                kind,
                obstacle,
            }),
            Err(YamlError { offset, what }) => self.unread.push(UnreadFile {
                at: Location::at(path, &text, offset),
                why: what,
                text,
            }),
        }
    }

    /// All lists of steps.
    pub fn owners(&self) -> impl Iterator<Item = StepOwner> + '_ {
        self.sources.iter().enumerate().flat_map(|(source, it)| {
            let jobs = match &it.kind {
                SourceKind::Workflow(workflow) => (0..workflow.jobs.len()).map(Some).collect(),
                SourceKind::Action(_) => vec![None],
            };
            jobs.into_iter().map(move |job| StepOwner { source, job })
        })
    }

    /// The file of a owner.
    pub fn source(&self, owner: StepOwner) -> &WorkflowFile {
        &self.sources[owner.source]
    }

    /// The workflow of a job.
    pub fn workflow(&self, owner: StepOwner) -> Option<&Workflow> {
        self.source(owner).workflow()
    }

    /// The job that a owner is.
    pub fn job(&self, owner: StepOwner) -> Option<&Job> {
        self.workflow(owner)?.jobs.get(owner.job?)
    }

    /// The steps of a owner.
    pub fn steps(&self, owner: StepOwner) -> &[Step] {
        match (&self.source(owner).kind, self.job(owner)) {
            (SourceKind::Action(action), _) => &action.steps,
            (_, Some(job)) => &job.steps,
            _ => &[],
        }
    }

    /// Where a owner stands in its file.
    pub fn place(&self, owner: StepOwner) -> YamlPath {
        match self.job(owner) {
            Some(job) => YamlPath::root().key("jobs").key(&job.id),
            None => YamlPath::root().key("runs"),
        }
    }

    /// What a owner is called in a sentence.
    pub fn name(&self, owner: StepOwner) -> String {
        match self.job(owner) {
            Some(job) => format!("job {}", job.id),
            None => "the action".to_owned(),
        }
    }

    /// What a owner is called in a sentence on another: with its file, where that is another.
    pub fn name_from(&self, owner: StepOwner, other: StepOwner) -> String {
        let path = self.source(owner).path.display();
        match (owner.source == other.source, owner.job) {
            (true, _) => self.name(owner),
            (false, Some(_)) => format!("{} of {path}", self.name(owner)),
            (false, None) => format!("the action {path}"),
        }
    }

    /// The workflow of this repository that a job calls.
    pub fn callee(&self, owner: StepOwner) -> Option<usize> {
        let uses = self.job(owner)?.uses.as_ref()?;
        self.number(Path::new(uses.value.strip_prefix("./")?))
    }

    /// The jobs that call a workflow.
    pub fn callers(&self, source: usize) -> impl Iterator<Item = StepOwner> + '_ {
        self.owners()
            .filter(move |owner| self.callee(*owner) == Some(source))
    }

    /// The action of this repository that a step uses.
    pub fn action(&self, step: &Step) -> Option<usize> {
        let uses = step.uses.as_ref()?;
        let directory = Path::new(uses.value.strip_prefix("./")?);
        let directory: PathBuf = directory.components().collect();
        self.sources.iter().position(|source| match &source.kind {
            SourceKind::Action(action) => action.directory == directory,
            SourceKind::Workflow(_) => false,
        })
    }

    /// The owners with steps that use an action.
    pub fn users(&self, source: usize) -> impl Iterator<Item = (StepOwner, usize)> + '_ {
        self.owners().flat_map(move |owner| {
            let steps = self.steps(owner).iter().enumerate();
            let using = steps.filter(move |(_, step)| self.action(step) == Some(source));
            using.map(move |(index, _)| (owner, index))
        })
    }

    /// Whether a secret that a owner reads is one of the repository's, and no name by which callers
    /// hand theirs in.
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

    fn number(&self, path: &Path) -> Option<usize> {
        self.sources.iter().position(|source| source.path == path)
    }
}

impl WorkflowFile {
    /// What it says, if it is a workflow.
    pub fn workflow(&self) -> Option<&Workflow> {
        match &self.kind {
            SourceKind::Workflow(workflow) => Some(workflow),
            SourceKind::Action(_) => None,
        }
    }

    /// Line and column of a byte offset of the file.
    pub fn location(&self, offset: usize) -> Location {
        Location::at(&self.path, self.yaml.text(), offset)
    }

    /// Whether a comment keeps what stands at an offset from a transform.
    pub fn ignores(&self, offset: usize, transform: &str) -> bool {
        let all = Ignore::all(&self.path, self.yaml.text());
        !all.is_empty() && {
            let at = self.location(offset);
            all.iter().any(|ignore| ignore.covers(transform, &at))
        }
    }

    /// What it says, if it is an action.
    pub fn as_action(&self) -> Option<&Action> {
        match &self.kind {
            SourceKind::Action(action) => Some(action),
            SourceKind::Workflow(_) => None,
        }
    }
}
