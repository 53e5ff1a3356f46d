//! Roles that actions and called workflows take from their callers already, beside keys.

use super::key_use::{Destination, KeyInputs};
use super::role_passage::RoleFlow;
use crate::github::expression::references;
use crate::github::keys::pair::KeyForm;
use crate::github::workflow::model::{NamedText, entry};
use crate::github::workflow::{MAX_DEPTH, StepOwner};

impl RoleFlow<'_> {
    /// The inputs by which an action or called workflow takes the roles that its steps assume with the
    /// keys it takes as `id`; none where it names the roles itself. `None` where a step takes the keys
    /// and no role.
    pub fn taken_roles(&self, source: usize, id: &str) -> Option<Vec<String>> {
        self.taken_within(source, id, MAX_DEPTH)
    }

    fn taken_within(&self, source: usize, id: &str, depth: usize) -> Option<Vec<String>> {
        let depth = depth.checked_sub(1)?;
        let known = &self.workflows.known_calls.taken_roles;
        let key = (source, id.to_owned(), depth);
        let taken = known.once(key, || self.taken_in(source, id, depth));
        (*taken).clone()
    }

    fn taken_in(&self, source: usize, id: &str, depth: usize) -> Option<Vec<String>> {
        let mut inputs = Vec::new();
        let mut is_used = false;
        let owners = self.workflows.owners();
        for owner in owners.filter(|owner| owner.source == source) {
            for used in self.keys().key_uses(owner) {
                let mut found = references(&used.id.value).into_iter();
                let is_it =
                    |name: Option<String>| name.is_some_and(|it| it.eq_ignore_ascii_case(id));
                if !found.any(|it| is_it(it.name)) {
                    continue;
                }
                is_used = true;
                inputs.extend(self.taken_by(owner, &used.to, depth)?);
            }
        }
        inputs.sort();
        inputs.dedup();
        is_used.then_some(inputs)
    }

    /// The same for one use of the keys.
    fn taken_by(&self, owner: StepOwner, to: &Destination, depth: usize) -> Option<Vec<String>> {
        match to {
            Destination::Steps(pair) => {
                let KeyForm::With(index) = pair.form else {
                    return None;
                };
                let step = &self.workflows.steps(owner)[index];
                inputs_of(&step.with, "role-to-assume")
            }
            Destination::Action(index, keys) => {
                let step = &self.workflows.steps(owner)[*index];
                let action = self.workflows.action(step)?;
                self.taken_through(action, keys, &step.with, depth)
            }
            Destination::CalledWorkflow(keys) => {
                let callee = self.workflows.callee(owner)?;
                let with = self.workflows.job(owner).map(|job| &job.with[..]);
                self.taken_through(callee, keys, with.unwrap_or_default(), depth)
            }
            Destination::Unconvertible(_) => None,
        }
    }

    fn taken_through(
        &self,
        source: usize,
        keys: &KeyInputs,
        with: &[NamedText],
        depth: usize,
    ) -> Option<Vec<String>> {
        let inner = self.taken_within(source, &keys.id, depth)?;
        let given = inner.iter().map(|name| inputs_of(with, name));
        let given: Option<Vec<Vec<String>>> = given.collect();
        Some(given?.concat())
    }
}

/// The input that is the value of an entry, none for another value; `None` where the entry is missing
/// or empty.
fn inputs_of(with: &[NamedText], name: &str) -> Option<Vec<String>> {
    let value = entry(with, name)?.value.value.trim();
    if value.is_empty() {
        return None;
    }
    let inside = value
        .strip_prefix("${{")
        .and_then(|it| it.strip_suffix("}}"));
    let input = inside.and_then(|inside| inside.trim().strip_prefix("inputs."));
    let is_name = |name: &&str| {
        let mut letters = name.chars();
        letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
    };
    Some(
        input
            .filter(is_name)
            .map(str::to_owned)
            .into_iter()
            .collect(),
    )
}
