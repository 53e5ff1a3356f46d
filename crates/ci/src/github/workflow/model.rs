//! What a workflow or action says, as far as it matters for signing in.

use std::path::PathBuf;

use crate::github::permissions::PermissionsBlock;

use crate::github::values::Values;

/// A value and where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// What YAML makes of it.
    pub value: String,
    /// Byte offset of its source.
    pub offset: usize,
}

/// A name with its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedText {
    /// As written.
    pub name: String,
    /// Byte offset of the name.
    pub offset: usize,
    /// Empty for what is no scalar.
    pub value: Text,
}

/// The entry of that name, in whatever case.
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
    /// What it takes from its callers, where workflows can call it.
    pub interface: Option<Interface>,
    /// What its form lets choose from, in all combinations.
    pub choices: Vec<Values>,
    /// `env:`.
    pub env: Vec<NamedText>,
    /// `permissions:`.
    pub permissions: Option<PermissionsBlock>,
    /// The directory of its scripts: `defaults.run.working-directory`.
    pub directory: Option<String>,
    /// Its jobs, as they stand.
    pub jobs: Vec<Job>,
}

/// One event of `on:`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// The event: `push`, `pull_request`, `workflow_call`.
    pub event: String,
    /// `branches:`, where it has them.
    pub branches: Option<Vec<String>>,
    /// `tags:`, where it has them.
    pub tags: Option<Vec<String>>,
}

/// Events that run with the repository's rights on what others wrote.
pub const PRIVILEGED_EVENTS: [&str; 2] = ["pull_request_target", "workflow_run"];

/// What a workflow or action takes from its callers.
#[derive(Debug, Default)]
pub struct Interface {
    /// `inputs:`, with their defaults for values.
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
    /// `permissions:`.
    pub permissions: Option<PermissionsBlock>,
    /// `environment:`, its name.
    pub environment: Option<String>,
    /// `env:`.
    pub env: Vec<NamedText>,
    /// What containers of it get: `container.env` and `services.*.env`.
    pub container_env: Vec<NamedText>,
    /// Whether GitHub's own machines run it, which know no region of their own.
    pub is_hosted: bool,
    /// The combinations of its matrix.
    pub combinations: Vec<Values>,
    /// Whether it runs in a container.
    pub has_container: bool,
    /// `defaults.run.working-directory`.
    pub directory: Option<String>,
    /// The workflow that it calls.
    pub uses: Option<Text>,
    /// The inputs of that.
    pub with: Vec<NamedText>,
    /// The secrets of that.
    pub secrets: SecretsPassed,
    /// `steps:`.
    pub steps: Vec<Step>,
}

/// The secrets that a job hands to the workflow that it calls.
#[derive(Debug, Default)]
pub enum SecretsPassed {
    /// None.
    #[default]
    None,
    /// `inherit`: all.
    Inherit,
    /// These.
    Named(Vec<NamedText>),
}

/// A step of a job, or of an action.
#[derive(Debug, Default)]
pub struct Step {
    /// Byte offset.
    pub offset: usize,
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
    /// `run:`.
    pub run: Option<Text>,
    /// `working-directory:`.
    pub directory: Option<String>,
}

/// A local action.
#[derive(Debug)]
pub struct Action {
    /// What it takes, with defaults for values.
    pub inputs: Vec<NamedText>,
    /// Its steps; none where it is no composite action.
    pub steps: Vec<Step>,
    /// The directory that names it.
    pub directory: PathBuf,
}
