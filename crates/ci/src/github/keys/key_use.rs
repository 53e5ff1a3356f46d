//! The uses of key pairs by jobs and actions.

use crate::github::keys::pair::{KeyForm, KeyPair};
use crate::github::workflow::model::Text;

/// One use of static keys by a job or action.
pub struct KeyUse {
    /// The access key id, as an expression of the user's own file.
    pub id: Text,
    /// The secrets or inputs of that file which make up the pair.
    pub names: Vec<String>,
    /// Where the pair is used.
    pub to: Destination,
}

impl KeyUse {
    /// Whether the keys stand in the `env:` of the workflow. GitHub evaluates that before the job
    /// has its environment: they are the repository's.
    pub fn is_of_workflow(&self) -> bool {
        matches!(&self.to, Destination::Steps(pair) if pair.form == KeyForm::WorkflowEnv)
    }
}

/// Where a job or action uses a pair of keys.
#[derive(Clone)]
pub enum Destination {
    /// In its own steps.
    Steps(KeyPair),
    /// In the action that the step of this number uses, which takes them as these inputs.
    Action(usize, KeyInputs),
    /// In the workflow that the job calls, which takes them as these secrets.
    CalledWorkflow(KeyInputs),
    /// Where no edit can replace them, for this reason.
    Unconvertible(String),
}

/// The inputs of an action, or the secrets of a called workflow, that take a pair of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInputs {
    /// The one for the access key id.
    pub id: String,
    /// All of them.
    pub names: Vec<String>,
}

impl KeyInputs {
    /// Whether that input or secret is one of them. GitHub compares such names without case.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}
