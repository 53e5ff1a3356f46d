//! How keys flow into workflows and actions, and what role stands for them there.

use crate::github::expression::references;
use crate::github::keys::key_use::{KeyPair, Pair, To};
use crate::github::keys::origin::{Origin, origin};
use crate::github::keys::pair::Site;
use crate::github::workflow::model::{NamedText, SecretsPassed, Text, entry};
use crate::github::workflow::{DEPTH, Unit, Workflows};
use crate::settings::Ci;

use crate::github::keys::unconvertible::elsewhere;

/// What the decisions are made from.
#[derive(Clone, Copy)]
pub struct Flow<'f> {
    /// All of the repository.
    pub workflows: &'f Workflows,
    /// What the configuration says of them.
    pub ci: &'f Ci,
}

impl Flow<'_> {
    /// The pairs of keys that a unit uses and that live on.
    pub fn used(&self, unit: Unit) -> Vec<KeyPair> {
        self.used_within(unit, DEPTH)
    }

    fn used_within(&self, unit: Unit, depth: usize) -> Vec<KeyPair> {
        let sites = self.workflows.sites(unit).into_iter();
        let own = sites.filter(Site::is_static).map(|site| KeyPair {
            id: site.id.clone(),
            names: site.names(),
            to: To::Here(site),
        });
        let mut all: Vec<KeyPair> = own.collect();
        let Some(depth) = depth.checked_sub(1) else {
            return all;
        };
        for (index, step) in self.workflows.steps(unit).iter().enumerate() {
            let Some(action) = self.workflows.action(step) else {
                continue;
            };
            for pair in self.pairs_within(action, depth) {
                let to = To::Action(index, pair.clone());
                all.extend(handed(&step.with, &pair, to));
            }
        }
        let callee = self.workflows.callee(unit);
        let callee = callee.zip(self.workflows.job(unit));
        if let Some((callee, job)) = callee {
            for pair in self.pairs_within(callee, depth) {
                let to = To::Callee(pair.clone());
                all.extend(match &job.secrets {
                    SecretsPassed::None => None,
                    SecretsPassed::Named(named) => handed(named, &pair, to),
                    SecretsPassed::Inherit => Some(KeyPair {
                        id: Text {
                            value: format!("${{{{ secrets.{} }}}}", pair.id),
                            offset: job.offset,
                        },
                        names: pair.names.clone(),
                        to,
                    }),
                });
            }
        }
        let elsewhere = elsewhere(self.workflows, unit, &all);
        all.extend(elsewhere);
        all
    }

    /// The pairs of keys that a file takes from its callers.
    pub fn pairs(&self, source: usize) -> Vec<Pair> {
        self.pairs_within(source, DEPTH)
    }

    fn pairs_within(&self, source: usize, depth: usize) -> Vec<Pair> {
        let file = &self.workflows.sources[source];
        let context = match file.workflow() {
            Some(workflow) if workflow.interface.is_none() => return Vec::new(),
            Some(_) => "secrets",
            None => "inputs",
        };
        let mut pairs: Vec<Pair> = Vec::new();
        let units = self.workflows.units().filter(|unit| unit.source == source);
        for used in units.flat_map(|unit| self.used_within(unit, depth)) {
            let ids = references(&used.id.value).into_iter();
            let ids = ids
                .filter(|it| it.context == context)
                .filter_map(|it| it.name);
            for id in ids {
                let known = pairs.iter_mut().find(|pair| pair.id == id);
                match known {
                    Some(pair) => {
                        pair.names.extend(used.names.clone());
                        pair.names.sort();
                        pair.names.dedup();
                    }
                    None => pairs.push(Pair {
                        id,
                        names: used.names.clone(),
                    }),
                }
            }
        }
        pairs
    }
}

/// The pair, where the entries hand it on and it lives on.
fn handed(entries: &[NamedText], pair: &Pair, to: To) -> Option<KeyPair> {
    let id = &entry(entries, &pair.id)?.value;
    let origin = origin(&id.value);
    let lives = matches!(
        origin,
        Origin::Stored | Origin::Input | Origin::Plain | Origin::Unknown
    );
    let values = pair.names.iter().filter_map(|name| entry(entries, name));
    let found = values.flat_map(|entry| references(&entry.value.value));
    let stored = found.filter(|it| matches!(&*it.context, "secrets" | "inputs"));
    let mut names: Vec<String> = stored.filter_map(|it| it.name).collect();
    names.sort();
    names.dedup();
    lives.then(|| KeyPair {
        id: id.clone(),
        names,
        to,
    })
}
