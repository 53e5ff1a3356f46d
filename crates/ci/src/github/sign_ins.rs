//! The steps by which a job signs in to AWS, and which of them a later step acts by.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::sync::Arc;

use crate::aws_names::KEY_VARIABLES;
use crate::github::conditions::{Condition, Relation};
use crate::github::configure_aws_credentials::{KEY_INPUTS, ignores_output, ignores_profiles};
use crate::github::credential_actions::may_bring;
use crate::github::keys::origin::Origin;
use crate::github::keys::pair::{KeyForm, KeyPair};
use crate::github::uses::{ActionReference, remote_action};
use crate::github::values::Values;
use crate::github::workflow::call_inputs::substituted;
use crate::github::workflow::model::{Step, entry};
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};
use crate::scripts::shell;
use syntax::code;

/// A step that leaves AWS credentials in the environment of the steps behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSignIn {
    /// The index of the job's step; for a step of a local action, of the step that uses the action.
    pub step: usize,
    /// How it signs in.
    pub how: SignInMethod,
    /// `if:` of the step; of a step of a local action, with that of the step that uses it.
    pub condition: Option<String>,
    /// Whether the job may go on without it: `continue-on-error:`, `use-existing-credentials`.
    pub may_fail_on: bool,
}

/// How a step signs in to AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInMethod {
    /// With static keys.
    Keys,
    /// As a role.
    Role {
        /// Its ARN or name as written, with what the job's `env:` and the inputs of a local action say.
        role: String,
        /// Whether a token of the OIDC provider is enough; otherwise the credentials that the step
        /// is given or finds assume it, which is role chaining.
        is_web_identity: bool,
    },
    /// With keys that an earlier sign-in, of this job or another, got.
    Temporary,
    /// By what is not read, named as in a message: ``action `hashicorp/vault-action` ``.
    Unknown(String),
}

/// The sign-ins one of which may be the last before a step: by whose credentials the step acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaching {
    /// Indices in the job's sign-ins, in order.
    pub sign_ins: Vec<usize>,
    /// Whether the step may also run where none of them did: it then has the job's environment.
    pub may_be_none: bool,
}

/// Steps of local actions that are followed for one job; an action beyond them may do anything.
// Ten actions that each use the next one three times are 3^10 steps.
pub(super) const MAX_STEPS: usize = 10_000;

/// Sign-ins of one job that are told apart; what signs in behind them is not read.
// Each step is compared with all before it. People write ten.
const MAX_SIGN_INS: usize = 100;

impl Workflows {
    /// The steps by which a job signs in, in their order. Keys in `env:` are none of them: no step
    /// sets those.
    pub fn sign_ins(&self, owner: StepOwner) -> Arc<Vec<StepSignIn>> {
        let left = (MAX_DEPTH, &Cell::new(MAX_STEPS));
        let find = || self.sign_ins_within(owner, &Values::new(), left);
        self.known_calls.sign_ins.once(owner, find)
    }

    fn sign_ins_within(
        &self,
        owner: StepOwner,
        passed: &Values,
        (depth, left): (usize, &Cell<usize>),
    ) -> Vec<StepSignIn> {
        let pairs = self.key_pairs(owner);
        let mut all = Vec::new();
        for (index, step) in self.steps(owner).iter().enumerate() {
            if all.len() > MAX_SIGN_INS {
                all.truncate(MAX_SIGN_INS);
                all.push(StepSignIn {
                    step: index.saturating_sub(1),
                    how: SignInMethod::Unknown(format!("one of more than {MAX_SIGN_INS} sign-ins")),
                    condition: None,
                    may_fail_on: false,
                });
                break;
            }
            let condition = step.condition.as_ref().map(|it| it.value.clone());
            let inner = self.action(step).zip(depth.checked_sub(1));
            if let Some((source, depth)) = inner {
                let steps = self.steps(StepOwner { source, job: None }).len() + 1;
                let Some(now_left) = left.get().checked_sub(steps) else {
                    let uses = step.uses.as_ref().map_or("", |uses| uses.value.as_str());
                    all.push(StepSignIn {
                        step: index,
                        how: SignInMethod::Unknown(format!("action {}", code::quoted(uses))),
                        condition,
                        may_fail_on: step.may_fail_on,
                    });
                    continue;
                };
                left.set(now_left);
                let inputs = self.action_inputs(source, step, passed);
                let action = StepOwner { source, job: None };
                let inner = self
                    .sign_ins_within(action, &inputs, (depth, left))
                    .into_iter();
                all.extend(inner.map(|inner| StepSignIn {
                    step: index,
                    condition: both(condition.as_deref(), inner.condition.as_deref()),
                    may_fail_on: inner.may_fail_on || step.may_fail_on,
                    how: inner.how,
                }));
                continue;
            }
            let how = self.signs_in_by(owner, index, step, &pairs, passed);
            all.extend(how.map(|how| StepSignIn {
                step: index,
                how,
                condition,
                may_fail_on: step.may_fail_on || self.keeps_existing(owner, step),
            }));
        }
        all
    }

    /// Whether a step signs in only where the job has no valid credentials yet: then the action ends early.
    pub fn keeps_existing(&self, owner: StepOwner, step: &Step) -> bool {
        let action = step.uses.as_ref().and_then(|it| remote_action(&it.value));
        let input = entry(&step.with, "use-existing-credentials");
        let value = input.map(|input| self.resolved(owner, Some(step), &input.value).value);
        action.is_some_and(|action| action.is_configure())
            && value.is_some_and(|it| !["", "false"].contains(&it.trim()))
    }

    fn signs_in_by(
        &self,
        owner: StepOwner,
        index: usize,
        step: &Step,
        pairs: &[KeyPair],
        passed: &Values,
    ) -> Option<SignInMethod> {
        if let Some(run) = &step.run {
            let mut written = pairs
                .iter()
                .filter(|pair| pair.form == KeyForm::Script(index));
            let is_export = written.any(|pair| pair.profile().is_none());
            return match is_export {
                true => Some(SignInMethod::Keys),
                false => assumed_role(&run.value),
            };
        }
        let action = remote_action(&step.uses.as_ref()?.value)?;
        if !action.is_configure() {
            let input = |name: &str| entry(&step.with, name).map(|it| it.value.value.as_str());
            let mut named = step.env.iter().map(|entry| entry.name.as_str());
            let is_aws = named.any(|name| name.starts_with("AWS_"));
            let brings = may_bring(action.action, &input, is_aws);
            return brings
                .then(|| SignInMethod::Unknown(format!("action {}", code::quoted(action.action))));
        }
        let input = |name: &str| {
            let text = &entry(&step.with, name)?.value;
            let value = self.resolved(owner, Some(step), text).value;
            let value = substituted(&value, passed);
            (!value.trim().is_empty()).then_some(value)
        };
        // Without variables nothing behind it has them (v4.3.0 and later).
        let is_silent = is_off(input("output-env-credentials")) && !ignores_output(action.at);
        if is_silent || profile_of(action.at, &input).is_some() {
            return None;
        }
        signs_in(index, pairs, &input)
    }

    /// The steps of a job's own that sign in to a profile in place of the environment, each with its
    /// profile.
    pub fn profile_sign_ins(&self, owner: StepOwner) -> Vec<(String, StepSignIn)> {
        let pairs = self.key_pairs(owner);
        let mut all = Vec::new();
        for (index, step) in self.steps(owner).iter().enumerate() {
            let written = pairs
                .iter()
                .filter(|pair| pair.form == KeyForm::Script(index) && pair.is_static());
            let written = written.filter_map(|pair| pair.profile());
            let mut found: Vec<_> = written
                .map(|profile| (profile.to_owned(), SignInMethod::Keys))
                .collect();
            let uses = step.uses.as_ref();
            let action = uses.and_then(|uses| remote_action(&uses.value));
            if let Some(action) = action.filter(ActionReference::is_configure) {
                let input = |name: &str| {
                    let text = &entry(&step.with, name)?.value;
                    let value = self.resolved(owner, Some(step), text).value;
                    (!value.trim().is_empty()).then_some(value)
                };
                let profile = profile_of(action.at, &input);
                found.extend(profile.zip(signs_in(index, &pairs, &input)));
            }
            let condition = step.condition.as_ref().map(|it| it.value.clone());
            all.extend(found.into_iter().map(|(profile, how)| {
                let sign_in = StepSignIn {
                    step: index,
                    how,
                    condition: condition.clone(),
                    may_fail_on: step.may_fail_on,
                };
                (profile, sign_in)
            }));
        }
        all
    }

    /// The sign-ins, of those of the job, one of which may be the last before a step.
    pub fn reaching<'s>(
        &self,
        owner: StepOwner,
        sign_ins: impl DoubleEndedIterator<Item = &'s StepSignIn> + ExactSizeIterator,
        step: usize,
    ) -> Reaching {
        let condition = |at: usize| {
            let step = self.steps(owner).get(at)?;
            step.condition.as_ref().map(|it| it.value.as_str())
        };
        let own = Condition::of(condition(step));
        let mut reaching = Reaching {
            sign_ins: Vec::new(),
            may_be_none: true,
        };
        for (index, sign_in) in sign_ins.enumerate().rev() {
            // The steps of an action have the sign-ins of the same action before them.
            let is_before = sign_in.step < step
                || sign_in.step == step && self.action_of(owner, step).is_some();
            if !is_before {
                continue;
            }
            let other = Condition::of(sign_in.condition.as_deref());
            let within = sign_in.step == step;
            match own.relation_to(&other) {
                Relation::Excludes if !within => {}
                Relation::Implies if !sign_in.may_fail_on => {
                    reaching.sign_ins.push(index);
                    reaching.may_be_none = false;
                    break;
                }
                _ => reaching.sign_ins.push(index),
            }
        }
        reaching.sign_ins.reverse();
        reaching
    }

    fn action_of(&self, owner: StepOwner, step: usize) -> Option<usize> {
        self.action(self.steps(owner).get(step)?)
    }
}

/// How a step of the action signs in, with these inputs.
fn signs_in(
    index: usize,
    pairs: &[KeyPair],
    input: &dyn Fn(&str) -> Option<String>,
) -> Option<SignInMethod> {
    let pair = pairs.iter().find(|pair| pair.form == KeyForm::With(index));
    let has_keys = pair.is_some() && input(KEY_INPUTS[0]).is_some();
    let role = input("role-to-assume");
    let is_chained = input("role-chaining").is_some_and(|it| it.trim() != "false");
    match (role, pair.filter(|_| has_keys)) {
        // `useGitHubOIDCProvider` of the action, as far as inputs decide it.
        (Some(role), pair) => Some(SignInMethod::Role {
            role,
            is_web_identity: pair.is_none() && !is_chained,
        }),
        (None, Some(pair)) => match pair.origin {
            Origin::Temporary => Some(SignInMethod::Temporary),
            // Other clouds' keys and those of emulators open nothing of AWS.
            Origin::OtherCloud | Origin::Placeholder => None,
            Origin::Stored | Origin::Input | Origin::Plain | Origin::Unknown => {
                Some(SignInMethod::Keys)
            }
        },
        (None, None) => None,
    }
}

/// The profile that the release at that ref writes, with these inputs, in place of variables: v6.1.0 does
/// (its README). Before, an input that a release does not know changes nothing (measured with v1.6.0 to
/// v6.0.0).
fn profile_of(at: &str, input: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let exports = input("output-env-credentials").is_some_and(|it| it.trim() == "true");
    input("aws-profile").filter(|_| !ignores_profiles(at) && !exports)
}

fn is_off(input: Option<String>) -> bool {
    input.is_some_and(|value| value.trim() == "false")
}

/// Both conditions, as one.
pub(in crate::github) fn both(outer: Option<&str>, inner: Option<&str>) -> Option<String> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(format!("({}) && ({})", bare(outer), bare(inner))),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// An `if:` without its braces, which may be omitted.
fn bare(condition: &str) -> &str {
    let trimmed = condition.trim();
    let inside = trimmed.strip_prefix("${{");
    let inside = inside.and_then(|rest| rest.strip_suffix("}}"));
    inside.map_or(trimmed, str::trim)
}

/// The role that a script assumes for the steps behind it: its keys are written to the environment
/// file.
pub(super) fn assumed_role(script: &str) -> Option<SignInMethod> {
    if !script.contains("GITHUB_ENV") || !script.contains(KEY_VARIABLES[0]) {
        return None;
    }
    shell::commands(script).iter().find_map(|command| {
        let words = &command.words;
        let mut assumes = words.iter().filter(|word| word.starts_with("assume-role"));
        let verb = assumes.next()?;
        let at = words.iter().position(|word| word == "--role-arn")?;
        Some(SignInMethod::Role {
            role: words.get(at + 1)?.clone(),
            is_web_identity: verb == "assume-role-with-web-identity",
        })
    })
}
