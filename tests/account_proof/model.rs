//! Small repositories as values, and the texts of their files.

mod terraform;
mod workflow;

pub use terraform::{Identity, Root};
pub use workflow::{Condition, Environment, Extra, Job, Keys, Shape, Target, Workflow};

use crate::support::Tree;

/// The ids of the accounts dev, live and shared.
pub const IDS: [&str; 3] = ["111111111111", "222222222222", "333333333333"];
/// The directories of root modules.
pub const DIRECTORIES: [&str; 3] = ["dev", "live", "net"];

/// A repository and its configuration.
#[derive(Clone, Debug)]
pub struct Repository {
    pub roots: Vec<Root>,
    pub workflow: Option<Workflow>,
    pub other: Option<Other>,
    pub config: Config,
}

/// A runner beside GitHub's jobs: its file, the directory that it names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Other {
    Jenkins(Option<usize>),
    Gitlab(Option<usize>),
    Atlantis(Option<usize>),
    /// A target with `AWS_PROFILE`.
    Make(Option<usize>),
    /// One that only formats.
    Lint,
}

/// What `tfkeyless.hcl` says.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub accounts: bool,
    pub role: Option<&'static str>,
    pub state_profile: bool,
    /// Of the other runner.
    pub answer: Option<&'static str>,
    /// Of keys, environments, roles and jobs.
    pub blocks: &'static str,
}

impl Repository {
    /// Whether its jobs have static keys and no other credentials, and nothing else runs it.
    pub fn has_keys_alone(&self) -> bool {
        let mut jobs = self.workflow.iter().flat_map(|workflow| &workflow.jobs);
        let is_keyed = |job: &Job| match job.keys {
            // A job that cannot be converted keeps its keys.
            Keys::With
            | Keys::JobEnv
            | Keys::StepEnv
            | Keys::WorkflowEnv
            | Keys::Profile(_)
            | Keys::TfVar
            | Keys::TfVarBoth
            | Keys::TfArguments
            | Keys::None => job.has_permissions && job.is_hosted,
            Keys::BesideRole(_) | Keys::Oidc(_) | Keys::Vault => false,
        };
        // A profile that takes the place of keys is of the account of the state, and an answer may say
        // that a job's keys are not.
        let is_one = |role: &str| !role.contains("{id}");
        let is_answered = self.config.state_profile && !self.config.blocks.is_empty()
            || self.config.role.is_some_and(is_one);
        // State without a profile is looked for with whatever the job signs in to.
        let mut roots = self.roots.iter();
        let has_profiles = roots.all(|root| !root.has_backend || self.config.state_profile);
        self.other.is_none() && jobs.all(is_keyed) && !is_answered && has_profiles
    }

    pub fn tree(&self) -> Tree {
        let mut tree = Tree::default();
        for (root, directory) in self.roots.iter().zip(DIRECTORIES) {
            tree.0
                .insert(format!("{directory}/main.tf").into(), root.text(directory));
            if let Some(text) = root.opentofu_text(directory) {
                tree.0.insert(format!("{directory}/main.tofu").into(), text);
            }
        }
        if let Some(workflow) = &self.workflow {
            let directories = &DIRECTORIES[..self.roots.len()];
            for (name, text) in workflow.texts(directories) {
                tree.0
                    .insert(format!(".github/workflows/{name}").into(), text);
            }
        }
        if let Some(other) = self.other {
            let (path, text) = other.text();
            tree.0.insert(path.into(), text);
        }
        tree
    }
}

impl Other {
    fn text(self) -> (&'static str, String) {
        let flag = |root: Option<usize>| match root {
            Some(root) => format!(" -chdir={}", DIRECTORIES[root]),
            None => String::new(),
        };
        match self {
            Self::Jenkins(root) => {
                let flag = flag(root);
                (
                    "Jenkinsfile",
                    format!(
                        "node {{\n  sh 'terraform{flag} init'\n  sh 'terraform{flag} apply'\n}}\n"
                    ),
                )
            }
            Self::Gitlab(root) => {
                let flag = flag(root);
                let keys = "  variables:\n    AWS_ACCESS_KEY_ID: $DEPLOY_KEY\n";
                (
                    ".gitlab-ci.yml",
                    format!("apply:\n{keys}  script:\n    - terraform{flag} apply\n"),
                )
            }
            Self::Atlantis(root) => {
                let projects =
                    root.map(|root| format!("projects:\n  - dir: {}\n", DIRECTORIES[root]));
                (
                    "atlantis.yaml",
                    format!("version: 3\n{}", projects.unwrap_or_default()),
                )
            }
            Self::Make(root) => (
                "Makefile",
                format!(
                    "apply:\n\tAWS_PROFILE=shared terraform{} apply\n",
                    flag(root)
                ),
            ),
            Self::Lint => (
                "Jenkinsfile",
                "node {\n  sh 'terraform fmt -check'\n}\n".to_owned(),
            ),
        }
    }
}

impl Config {
    pub fn text(&self, other: Option<Other>) -> String {
        let mut text = String::new();
        if self.state_profile {
            text.push_str("state_profile = \"shared\"\n");
        }
        if self.accounts {
            for (label, id) in ["dev", "live", "shared"].iter().zip(IDS) {
                text.push_str(&format!("account \"{label}\" {{\n  id = \"{id}\"\n}}\n"));
            }
        }
        if let Some(role) = self.role {
            text.push_str(&format!("ci {{\n  role = \"{role}\"\n}}\n"));
        }
        // What a target pins needs no answer.
        let other = other.filter(|other| !matches!(other, Other::Make(_)));
        let path = other.map(|other| other.text().0);
        if self.accounts {
            text.push_str(self.blocks);
        }
        if let (true, Some(path), Some(answer)) = (self.accounts, path, self.answer) {
            text.push_str(&format!("runner \"{path}\" {{\n  {answer}\n}}\n"));
        }
        text
    }
}
