//! The jobs that events start, and the keys that they begin with.

use std::collections::HashSet;

use crate::github::expression::references;
use crate::github::keys::flow::KeyFlow;
use crate::github::workflow::model::{SecretsPassed, Text, entry};
use crate::github::workflow::{MAX_DEPTH, StepOwner};

/// A job that an event starts, with the keys that it uses or passes on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyStart {
    /// The job.
    pub job: StepOwner,
    /// The access key id, as an expression of that job's file.
    pub id: Text,
    /// Whether the secrets are those of the environment of the job that uses them; else they are
    /// the repository's.
    pub is_of_environment: bool,
}

impl KeyFlow<'_> {
    /// The starts that lead to the use of an access key id by a job: the job itself, or those whose
    /// calls pass the keys to its workflow.
    pub fn starts(self, owner: StepOwner, id: &Text) -> Vec<KeyStart> {
        let own = KeyStart {
            job: owner,
            id: id.clone(),
            is_of_environment: true,
        };
        let mut starts = Vec::new();
        self.add_starts(own, MAX_DEPTH, &mut starts, &mut HashSet::new());
        // Many ways of calls may lead from one start.
        let mut known = HashSet::new();
        starts.retain(|start| known.insert(start.clone()));
        starts
    }

    /// Whether only jobs of other repositories call the workflow of a job.
    pub fn has_callers_elsewhere(self, owner: StepOwner) -> bool {
        let workflow = self.workflows.workflow(owner);
        let is_called_only = workflow.is_some_and(|it| {
            let mut events = it.triggers.iter();
            it.interface.is_some() && events.all(|trigger| trigger.event == "workflow_call")
        });
        is_called_only && self.workflows.callers(owner.source).next().is_none()
    }

    /// Adds the starts that lead to a use, for each level of calls once.
    fn add_starts(
        self,
        start: KeyStart,
        depth: usize,
        starts: &mut Vec<KeyStart>,
        seen: &mut HashSet<(KeyStart, usize)>,
    ) {
        if !seen.insert((start.clone(), depth)) {
            return;
        }
        let owner = start.job;
        let workflow = self.workflows.workflow(owner);
        let Some(workflow) = workflow.filter(|it| it.interface.is_some()) else {
            starts.push(start);
            return;
        };
        let mut events = workflow.triggers.iter().map(|it| it.event.as_str());
        if events.any(|event| event != "workflow_call") {
            starts.push(start.clone());
        }
        let found = references(&start.id.value);
        let secret = found.iter().find(|it| it.context == "secrets");
        let (Some(secret), Some(depth)) = (
            secret.and_then(|it| it.name.as_deref()),
            depth.checked_sub(1),
        ) else {
            return;
        };
        for caller in self.workflows.callers(owner.source) {
            let Some(job) = self.workflows.job(caller) else {
                continue;
            };
            let passed = match &job.secrets {
                SecretsPassed::Inherit => Some((
                    Text {
                        value: format!("${{{{ secrets.{secret} }}}}"),
                        offset: job.offset,
                    },
                    start.is_of_environment,
                )),
                SecretsPassed::Named(named) => {
                    entry(named, secret).map(|entry| (entry.value.clone(), false))
                }
                SecretsPassed::None => None,
            };
            if let Some((id, is_of_environment)) = passed {
                let start = KeyStart {
                    job: caller,
                    id,
                    is_of_environment,
                };
                self.add_starts(start, depth, starts, seen);
            }
        }
    }
}
