//! Which files call which, and what follows from it.
//!
//! Ways through calls are many where files are few: ten workflows that each call the next three
//! times are 3^10 ways. What a file gets from its callers is worked out once for each file and depth.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::job_values::JobContext;
use super::known::Known;
use super::{SourceKind, StepOwner, Workflows};
use crate::github::brought_credentials::BroughtCredentials;
use crate::github::keys::key_use::KeyInputs;
use crate::github::keys::pair::KeyPair;
use crate::github::permissions::{DefaultToken, Needs};
use crate::github::sign_ins::StepSignIn;
use crate::github::token::rights::PassedByCallers;
use crate::github::values::Values;

/// What was asked for about calls; it depends on all files. Where there is a number beside a file or a
/// job, it is how many levels of calls are followed.
#[derive(Debug, Default)]
pub struct KnownCalls {
    graph: OnceLock<CallGraph>,
    pub contexts: Known<(StepOwner, usize), Vec<JobContext>>,
    pub sign_ins: Known<StepOwner, Vec<StepSignIn>>,
    pub brought_credentials: Known<StepOwner, Vec<BroughtCredentials>>,
    pub key_pairs: Known<StepOwner, Vec<KeyPair>>,
    /// Whether the steps of a job read the value of that name.
    pub reads: Known<(StepOwner, String), bool>,
    pub inputs: Known<(usize, usize), Vec<Values>>,
    pub needs: Known<(StepOwner, usize), Needs>,
    pub passed_rights: Known<DefaultToken, PassedByCallers>,
    pub keys: Known<(usize, usize), Vec<KeyInputs>>,
    /// The inputs for the roles that a file takes beside the keys of that name.
    pub taken_roles: Known<(usize, String, usize), Option<Vec<String>>>,
}

/// The files by the names that calls have for them, and the jobs that call each.
#[derive(Debug, Default)]
struct CallGraph {
    by_path: HashMap<PathBuf, usize>,
    /// By their directories.
    actions: HashMap<PathBuf, usize>,
    callers: HashMap<usize, Vec<StepOwner>>,
}

impl Workflows {
    fn call_graph(&self) -> &CallGraph {
        self.known_calls.graph.get_or_init(|| {
            let mut graph = CallGraph::default();
            for (number, source) in self.sources.iter().enumerate() {
                graph.by_path.entry(source.path.clone()).or_insert(number);
                if let SourceKind::Action(action) = &source.kind {
                    let directory = action.directory.clone();
                    graph.actions.entry(directory).or_insert(number);
                }
            }
            for owner in self.owners() {
                let path = self.called_path(owner);
                let callee = path.and_then(|path| graph.by_path.get(path).copied());
                if let Some(callee) = callee {
                    graph.callers.entry(callee).or_default().push(owner);
                }
            }
            graph
        })
    }

    /// The number of the file at a path.
    pub fn number(&self, path: &Path) -> Option<usize> {
        self.call_graph().by_path.get(path).copied()
    }

    /// The file of the local workflow that a job calls.
    pub fn callee(&self, owner: StepOwner) -> Option<usize> {
        let path = self.called_path(owner)?;
        self.call_graph().by_path.get(path).copied()
    }

    /// The jobs that call a workflow.
    pub fn callers(&self, source: usize) -> impl Iterator<Item = StepOwner> + '_ {
        let callers = self.call_graph().callers.get(&source);
        callers.into_iter().flatten().copied()
    }

    /// Whether there is a workflow or action file at a path.
    pub(super) fn is_file(&self, path: &Path) -> bool {
        self.call_graph().by_path.contains_key(path)
    }

    /// The number of the action in a directory.
    pub(in crate::github) fn action_in(&self, directory: &Path) -> Option<usize> {
        self.call_graph().actions.get(directory).copied()
    }
}
