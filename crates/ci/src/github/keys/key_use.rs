//! The uses of key pairs by jobs and actions.

use crate::github::keys::pair::Site;
use crate::github::workflow::model::Text;

/// A pair of keys that a unit uses: by a site of its own, or by handing it on.
pub struct KeyPair {
    /// The id of the key, as an expression of this unit's file.
    pub id: Text,
    /// The secrets or inputs of this unit's file that it is made of.
    pub names: Vec<String>,
    /// Where it goes.
    pub to: To,
}

/// Where a pair of keys goes.
#[derive(Clone)]
pub enum To {
    /// Into steps of the unit itself.
    Here(Site),
    /// Into the action that the step of this number uses, as this pair of its inputs.
    Action(usize, Pair),
    /// Into the workflow that the job calls, as this pair of its secrets.
    Callee(Pair),
    /// Where nothing can be changed, for this reason.
    Elsewhere(String),
}

/// A pair of keys that a file takes from its callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The input or secret with the id.
    pub id: String,
    /// All inputs or secrets of the pair.
    pub names: Vec<String>,
}

impl Pair {
    /// Whether an input or secret is one of it.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}
