//! Workflows and actions, as far as credentials, permissions and Terraform are concerned.

use std::path::PathBuf;

use crate::github::permissions::PermissionsBlock;

use crate::github::values::Values;
use crate::github::workflow::shell::StepShell;

/// A scalar and its position.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Text {
    /// The value after YAML has resolved quotes and blocks.
    pub value: String,
    /// Byte offset in the file.
    pub offset: usize,
}

/// An entry of a mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedText {
    /// As written.
    pub name: String,
    /// Byte offset of the name.
    pub offset: usize,
    /// The value; empty where it is no scalar.
    pub value: Text,
}

/// The entry of that name. GitHub compares the names of inputs and secrets without case.
pub fn entry<'e>(entries: &'e [NamedText], name: &str) -> Option<&'e NamedText> {
    entries
        .iter()
        .find(|entry| entry.name.eq_ignore_ascii_case(name))
}

/// A workflow.
#[derive(Debug)]
pub struct Workflow {
    /// `on:`.
    pub triggers: Vec<Trigger>,
    /// `on.workflow_call:`, where the workflow can be called.
    pub interface: Option<Interface>,
    /// The combinations of the choices of `on.workflow_dispatch`.
    pub choices: Vec<Values>,
    /// `env:`.
    pub env: Vec<NamedText>,
    /// `env:` that is one expression.
    pub computed_env: Option<Text>,
    /// `permissions:`.
    pub permissions: Option<PermissionsBlock>,
    /// `defaults.run.working-directory`.
    pub directory: Option<String>,
    /// `defaults.run.shell`.
    pub shell: Option<String>,
    /// `jobs:`, in the order of the file.
    pub jobs: Vec<Job>,
}

/// One trigger: an event of `on:`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// The event: `push`, `pull_request`, `workflow_call`.
    pub event: String,
    /// `branches:`, where it has them.
    pub branches: Option<Vec<String>>,
    /// `tags:`, where it has them.
    pub tags: Option<Vec<String>>,
}

/// Events that run with the repository's secrets and a write token on code or data of a fork
/// ("Security hardening for GitHub Actions"): a job on them assumes no role unless the
/// configuration allows it.
pub const PRIVILEGED_EVENTS: [&str; 2] = ["pull_request_target", "workflow_run"];

/// The inputs and secrets that a workflow or action takes from its callers.
#[derive(Debug, Default)]
pub struct Interface {
    /// `inputs:`, each with its default as value.
    pub inputs: Vec<NamedText>,
    /// `secrets:`.
    pub secrets: Vec<NamedText>,
}

/// A job.
#[derive(Debug)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Byte offset of the id.
    pub offset: usize,
    /// `if:`.
    pub condition: Option<Text>,
    /// `permissions:`.
    pub permissions: Option<PermissionsBlock>,
    /// `environment:`, its name.
    pub environment: Option<String>,
    /// `env:`.
    pub env: Vec<NamedText>,
    /// `env:` that is one expression.
    pub computed_env: Option<Text>,
    /// `container.env` and `services.*.env`: environments that the steps do not share.
    pub container_env: Vec<NamedText>,
    /// `timeout-minutes:`, where it is a number.
    pub timeout: Option<u32>,
    /// Whether it runs on a GitHub-hosted runner, which has no AWS identity or region of its own.
    pub is_hosted: bool,
    /// Whether it surely runs on Linux or macOS.
    pub is_unix: bool,
    /// The combinations of its matrix.
    pub combinations: Vec<Values>,
    /// Whether it has a `container:`, whose home directory is not the runner's.
    pub has_container: bool,
    /// `defaults.run.working-directory`.
    pub directory: Option<String>,
    /// `defaults.run.shell`.
    pub shell: Option<String>,
    /// `uses:`, the workflow that it calls.
    pub uses: Option<Text>,
    /// `with:`, the inputs of that call.
    pub with: Vec<NamedText>,
    /// `secrets:` of that call.
    pub secrets: SecretsPassed,
    /// `steps:`.
    pub steps: Vec<Step>,
}

/// The secrets that a job passes to the workflow that it calls.
#[derive(Debug, Default)]
pub enum SecretsPassed {
    /// No `secrets:`.
    #[default]
    None,
    /// `secrets: inherit`: all that the caller has.
    Inherit,
    /// The named ones.
    Named(Vec<NamedText>),
}

/// A step of a job or composite action.
#[derive(Debug, Default)]
pub struct Step {
    /// Byte offset.
    pub offset: usize,
    /// `id:`.
    pub id: Option<String>,
    /// `name:`.
    pub name: Option<String>,
    /// `if:`.
    pub condition: Option<Text>,
    /// `uses:`.
    pub uses: Option<Text>,
    /// `with:`.
    pub with: Vec<NamedText>,
    /// `env:`.
    pub env: Vec<NamedText>,
    /// `env:` that is one expression.
    pub computed_env: Option<Text>,
    /// `run:`.
    pub run: Option<Text>,
    /// `working-directory:`.
    pub directory: Option<String>,
    /// `shell:`, or else that of `defaults.run` or the default of Windows.
    pub shell: Option<String>,
    /// Whether the job may go on where the step fails: `continue-on-error:` that is not `false`.
    pub may_fail_on: bool,
}

impl Step {
    /// What reads its `run:`.
    pub fn shell(&self) -> StepShell {
        StepShell::of(self.shell.as_deref().unwrap_or_default())
    }

    /// Whether its `run:` is a program of another language than a shell's: `shell: python`.
    pub fn is_program(&self) -> bool {
        self.shell() == StepShell::Program
    }
}

/// A local action.
#[derive(Debug)]
pub struct Action {
    /// `inputs:`, each with its default as value.
    pub inputs: Vec<NamedText>,
    /// `runs.steps:`; empty where it is not a composite action.
    pub steps: Vec<Step>,
    /// The program that it is, where it is not a composite action.
    pub program: ActionProgram,
    /// Its directory, which `uses:` names.
    pub directory: PathBuf,
}

/// The program of an action ("Metadata syntax", `runs`).
#[derive(Debug)]
pub enum ActionProgram {
    /// None: it has steps.
    None,
    /// Files of JavaScript: `pre`, `main` and `post`.
    Node(Vec<String>),
    /// A container.
    Image {
        /// A Dockerfile, or an image behind `docker://`.
        image: String,
        /// The words of its entry points and arguments.
        words: Vec<String>,
    },
}
