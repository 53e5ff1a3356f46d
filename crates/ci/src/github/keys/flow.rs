//! The flow of static keys through the calls of workflows and actions.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::github::expression::references;
use crate::github::keys::key_use::{Destination, KeyInputs, KeyUse};
use crate::github::keys::origin::{Origin, origin};
use crate::github::workflow::model::{NamedText, SecretsPassed, Text, entry};
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};

use crate::github::keys::unconvertible::unconvertible;

/// The data flow of static keys in a repository.
#[derive(Clone, Copy)]
pub struct KeyFlow<'f> {
    /// The files.
    pub workflows: &'f Workflows,
}

impl KeyFlow<'_> {
    /// The static keys that a job or action uses itself, passes on, or exposes where no edit
    /// reaches.
    pub fn key_uses(self, owner: StepOwner) -> Vec<KeyUse> {
        self.key_uses_within(owner, MAX_DEPTH)
    }

    fn key_uses_within(self, owner: StepOwner, depth: usize) -> Vec<KeyUse> {
        let pairs = self.workflows.key_pairs(owner);
        let own = pairs.iter().filter(|pair| pair.is_static());
        let own = own.map(|pair| KeyUse {
            id: pair.id.clone(),
            names: pair.names(),
            to: Destination::Steps(pair.clone()),
        });
        let mut all: Vec<KeyUse> = own.collect();
        let Some(depth) = depth.checked_sub(1) else {
            return all;
        };
        for (index, step) in self.workflows.steps(owner).iter().enumerate() {
            let Some(action) = self.workflows.action(step) else {
                continue;
            };
            for keys in self.key_inputs_within(action, depth).iter() {
                let to = Destination::Action(index, keys.clone());
                all.extend(passed(&step.with, keys, to));
            }
        }
        let callee = self.workflows.callee(owner);
        let callee = callee.zip(self.workflows.job(owner));
        if let Some((callee, job)) = callee {
            for keys in self.key_inputs_within(callee, depth).iter() {
                let to = Destination::CalledWorkflow(keys.clone());
                all.extend(match &job.secrets {
                    SecretsPassed::None => None,
                    SecretsPassed::Named(named) => passed(named, keys, to),
                    // Inherited secrets keep their names, so the caller reads the same ones.
                    SecretsPassed::Inherit => Some(KeyUse {
                        id: Text {
                            value: format!("${{{{ secrets.{} }}}}", keys.id),
                            offset: job.offset,
                        },
                        names: keys.names.clone(),
                        to,
                    }),
                });
            }
        }
        // Last, because what is passed on properly is not out of reach.
        let unconvertible = unconvertible(self.workflows, owner, &all);
        all.extend(unconvertible);
        all
    }

    /// The profiles into which an action puts all the static keys that it takes; `None` where it puts some into the
    /// environment, or what it does with them is not known.
    pub fn written_profiles(self, action: usize) -> Option<BTreeSet<String>> {
        self.written_profiles_within(action, MAX_DEPTH)
    }

    fn written_profiles_within(self, action: usize, depth: usize) -> Option<BTreeSet<String>> {
        let depth = depth.checked_sub(1)?;
        let owners = self.workflows.owners_in(action);
        let mut profiles = BTreeSet::new();
        for owner in owners {
            for used in self.key_uses_within(owner, depth) {
                match &used.to {
                    Destination::Steps(pair) => profiles.insert(pair.profile()?.to_owned()),
                    Destination::Action(step, _) => {
                        let step = &self.workflows.steps(owner)[*step];
                        let inner = self.workflows.action(step)?;
                        profiles.extend(self.written_profiles_within(inner, depth)?);
                        true
                    }
                    Destination::CalledWorkflow(_) | Destination::Unconvertible(_) => return None,
                };
            }
        }
        (!profiles.is_empty()).then_some(profiles)
    }

    /// The static keys that a file takes from its callers.
    pub fn key_inputs(self, source: usize) -> Vec<KeyInputs> {
        self.key_inputs_within(source, MAX_DEPTH).to_vec()
    }

    fn key_inputs_within(self, source: usize, depth: usize) -> Arc<Vec<KeyInputs>> {
        let make = || self.make_key_inputs(source, depth);
        let known = &self.workflows.known_calls.keys;
        known.once((source, depth), make)
    }

    fn make_key_inputs(self, source: usize, depth: usize) -> Vec<KeyInputs> {
        let file = &self.workflows.sources[source];
        let context = match file.workflow() {
            Some(workflow) if workflow.interface.is_none() => return Vec::new(),
            // Callers pass keys to a workflow as secrets, to an action as inputs: actions have no
            // `secrets` context.
            Some(_) => "secrets",
            None => "inputs",
        };
        let mut all: Vec<KeyInputs> = Vec::new();
        let owners = self.workflows.owners_in(source);
        for used in owners.flat_map(|owner| self.key_uses_within(owner, depth)) {
            let ids = references(&used.id.value).into_iter();
            let ids = ids
                .filter(|it| it.context == context)
                .filter_map(|it| it.name);
            for id in ids {
                let known = all.iter_mut().find(|keys| keys.id == id);
                match known {
                    Some(keys) => {
                        keys.names.extend(used.names.clone());
                        keys.names.sort();
                        keys.names.dedup();
                    }
                    None => all.push(KeyInputs {
                        id,
                        names: used.names.clone(),
                    }),
                }
            }
        }
        all
    }
}

/// The use of keys that entries pass on; `None` where they pass none, or temporary ones.
fn passed(entries: &[NamedText], keys: &KeyInputs, to: Destination) -> Option<KeyUse> {
    let id = &entry(entries, &keys.id)?.value;
    let origin = origin(&id.value);
    let lives = matches!(
        origin,
        Origin::Stored | Origin::Input | Origin::Plain | Origin::Unknown
    );
    let values = keys.names.iter().filter_map(|name| entry(entries, name));
    let found = values.flat_map(|entry| references(&entry.value.value));
    let stored = found.filter(|it| matches!(&*it.context, "secrets" | "inputs"));
    let mut names: Vec<String> = stored.filter_map(|it| it.name).collect();
    names.sort();
    names.dedup();
    lives.then(|| KeyUse {
        id: id.clone(),
        names,
        to,
    })
}
