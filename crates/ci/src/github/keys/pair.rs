//! The pairs of AWS keys that steps get, in every form that workflows have for them.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::aws_names::{KEY_VARIABLES, REGION_VARIABLES};
use crate::github::configure_aws_credentials::KEY_INPUTS;
use crate::github::expression::{of_inside, references};
use crate::github::keys::exported::{ExportedKeys, ScriptKeys};
use crate::github::keys::origin::{Origin, origin};
use crate::github::uses::remote_action;
use crate::github::values::filled;
use crate::github::workflow::model::{NamedText, Step, Text, entry};
use crate::github::workflow::{StepOwner, Workflows};

/// AWS keys that steps get, in one form.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The form.
    pub form: KeyForm,
    /// The access key id; a variable of `env:` that it reads is replaced by its value.
    pub id: Text,
    /// Where the id comes from.
    pub origin: Origin,
    /// The secret key and the session token, as far as they are given.
    pub others: Vec<Text>,
    /// The region that is given beside them.
    pub region: Option<String>,
    /// Where a script writes them.
    pub written: Option<WrittenKeys>,
    /// The variables of `env:` that hold them, each with where it stands.
    pub entries: Vec<(KeyForm, String)>,
    /// How Terraform gets them; `None` where the steps have them as AWS's own variables.
    pub passed_as: Option<PassedAs>,
}

/// Where a script writes keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenKeys {
    /// The profile that has to hold them; `None` where the environment of later steps may.
    pub profile: Option<String>,
    /// The lines that write them, where the script does more.
    pub lines: Option<Vec<Range<usize>>>,
}

/// How a job passes static keys on to Terraform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassedAs {
    /// As the values of these variables.
    Variables(Vec<String>),
    /// As settings of the backend.
    Backend,
}

/// The form in which steps get keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// Inputs of `configure-aws-credentials`, in the step of this number.
    With(usize),
    /// `env:` of the step of this number.
    StepEnv(usize),
    /// `env:` of the job.
    JobEnv,
    /// `env:` of the workflow.
    WorkflowEnv,
    /// The script of the step of this number, which passes them on to later steps.
    Script(usize),
}

impl KeyPair {
    /// Whether the keys are static, so that a role has to replace them. Keys of unknown origin
    /// count, so that their job is refused rather than half converted.
    pub fn is_static(&self) -> bool {
        matches!(
            self.origin,
            Origin::Stored | Origin::Input | Origin::Plain | Origin::Unknown
        )
    }

    /// The profile that has to hold the keys in place of the environment.
    pub fn profile(&self) -> Option<&str> {
        self.written.as_ref()?.profile.as_deref()
    }

    /// The names of the secrets or inputs that make up the pair.
    pub fn names(&self) -> Vec<String> {
        let texts = self.others.iter().chain([&self.id]);
        let found = texts.flat_map(|text| references(&text.value));
        let stored = found.filter(|it| matches!(&*it.context, "secrets" | "inputs"));
        // A script that exports keys may read the region from a secret, too, which is still used
        // afterwards.
        let region = references(self.region.as_deref().unwrap_or_default());
        let is_region = |name: &String| {
            let is_it = region.iter().any(|it| it.name.as_ref() == Some(name));
            is_it || name.to_ascii_lowercase().contains("region")
        };
        let mut names: Vec<String> = stored.filter_map(|it| it.name).collect();
        names.retain(|name| !is_region(name));
        names.sort();
        names.dedup();
        names
    }
}

impl Workflows {
    /// The pairs of keys that the steps of a job or action get.
    pub fn key_pairs(&self, owner: StepOwner) -> Arc<Vec<KeyPair>> {
        let find = || self.find_key_pairs(owner);
        self.known_calls.key_pairs.once(owner, find)
    }

    fn find_key_pairs(&self, owner: StepOwner) -> Vec<KeyPair> {
        let mut pairs = Vec::new();
        let is_caller = self.job(owner).is_some_and(|job| job.uses.is_some());
        // A job that calls a workflow passes no `env:` on ("Reusing workflow configurations", limitations).
        if !is_caller {
            let workflow = self.workflow(owner).map(|it| &it.env[..]);
            let job = self.job(owner).map(|it| &it.env[..]);
            pairs.extend(workflow.and_then(|env| {
                self.of_entries(owner, None, env, KEY_VARIABLES, KeyForm::WorkflowEnv)
            }));
            pairs.extend(
                job.and_then(|env| {
                    self.of_entries(owner, None, env, KEY_VARIABLES, KeyForm::JobEnv)
                }),
            );
            let envs = [(workflow, KeyForm::WorkflowEnv), (job, KeyForm::JobEnv)];
            for (env, form) in envs {
                pairs.extend(self.passed_in_env(owner, None, env.unwrap_or_default(), form));
            }
        }
        for (index, step) in self.steps(owner).iter().enumerate() {
            pairs.extend(self.of_entries(
                owner,
                Some(step),
                &step.env,
                KEY_VARIABLES,
                KeyForm::StepEnv(index),
            ));
            let form = KeyForm::StepEnv(index);
            pairs.extend(self.passed_in_env(owner, Some(step), &step.env, form));
            let uses = step
                .uses
                .as_ref()
                .and_then(|uses| remote_action(&uses.value));
            if uses.is_some_and(|action| action.is_configure()) {
                pairs.extend(self.of_entries(
                    owner,
                    Some(step),
                    &step.with,
                    KEY_INPUTS,
                    KeyForm::With(index),
                ));
            }
            pairs.extend(self.passed_in_arguments(owner, index));
            if let (Some(run), ScriptKeys::Keys(all)) = (&step.run, self.script_keys(owner, step)) {
                let all = all.into_iter();
                pairs.extend(all.map(|mut keys| {
                    let id = Text {
                        value: keys.id,
                        offset: run.offset,
                    };
                    keys.id = self.resolved(owner, Some(step), &id).value;
                    of_script(index, run.offset, keys)
                }));
            }
        }
        // `env:` of a step whose script exports the keys only feeds that script: one pair, not two.
        let of_script = pairs.iter().filter_map(|pair| match pair.form {
            KeyForm::Script(index) => Some(index),
            _ => None,
        });
        let scripts: HashSet<usize> = of_script.collect();
        pairs.retain(|pair| match pair.form {
            KeyForm::StepEnv(index) => !scripts.contains(&index),
            _ => true,
        });
        self.keep_profiles(owner, &mut pairs);
        pairs
    }

    /// Whether the `env:` of a job gives other keys, those of an emulator or another cloud, the names of
    /// both keys of its workflow: it inherits none of them.
    pub fn hides_keys_of_workflow(&self, owner: StepOwner) -> bool {
        let Some(job) = self.job(owner) else {
            return false;
        };
        let names = [KEY_VARIABLES[0], KEY_VARIABLES[1]];
        let is_named = names.iter().all(|name| entry(&job.env, name).is_some());
        let own = || self.of_entries(owner, None, &job.env, KEY_VARIABLES, KeyForm::JobEnv);
        is_named && own().is_some_and(|pair| !pair.is_static())
    }

    fn of_entries(
        &self,
        owner: StepOwner,
        step: Option<&Step>,
        entries: &[NamedText],
        names: [&str; 3],
        form: KeyForm,
    ) -> Option<KeyPair> {
        let id = entry(entries, names[0]).or_else(|| entry(entries, names[1]))?;
        let others = names[1..].iter().filter_map(|name| entry(entries, name));
        let id = self.resolved(owner, step, &id.value);
        let others = others.map(|entry| self.resolved(owner, step, &entry.value));
        let others: Vec<Text> = others.collect();
        let has_token = entry(entries, names[2]).is_some();
        let origin = match form {
            KeyForm::With(index) | KeyForm::StepEnv(index)
                if has_token && self.are_of_sign_in(owner, index, &id) =>
            {
                Origin::Temporary
            }
            _ => origin(&id.value),
        };
        let region = REGION_VARIABLES
            .iter()
            .find_map(|name| entry(entries, name));
        let held = names.iter().filter_map(|name| entry(entries, name));
        let held = held.map(|entry| (form, entry.name.clone()));
        Some(KeyPair {
            form,
            origin,
            id,
            others,
            region: region.map(|entry| entry.value.value.clone()),
            written: None,
            entries: match form {
                KeyForm::With(_) => Vec::new(),
                _ => held.collect(),
            },
            passed_as: None,
        })
    }

    /// Whether an access key id is that which a step before `index` left in the environment.
    fn are_of_sign_in(&self, owner: StepOwner, index: usize, id: &Text) -> bool {
        let is_own = references(&id.value)
            .iter()
            .all(|it| it.is("env", KEY_VARIABLES[0]));
        let signs_in = |step: &Step| {
            let uses = step.uses.as_ref();
            let configures = uses
                .is_some_and(|uses| remote_action(&uses.value).is_some_and(|it| it.is_configure()));
            let inputs = [KEY_INPUTS[0], "role-to-assume"];
            configures && inputs.iter().any(|name| entry(&step.with, name).is_some())
        };
        let is_read = id.value.contains("env");
        is_read && is_own && self.steps(owner)[..index].iter().any(signs_in)
    }

    /// A value, with those of the variables of `env:` that it reads.
    pub(in crate::github) fn resolved(
        &self,
        owner: StepOwner,
        step: Option<&Step>,
        text: &Text,
    ) -> Text {
        let value = filled(&text.value, |inside| {
            let read = of_inside(inside);
            let only = read.first().filter(|it| it.whole == (0..inside.len()))?;
            let name = only.name.as_deref().filter(|_| only.context == "env")?;
            let held = match step {
                Some(step) => self.variable(owner, step, name),
                None => self.inherited(owner, name),
            };
            held.map(|held| held.value.clone())
        });
        Text {
            value,
            offset: text.offset,
        }
    }
}

fn of_script(index: usize, offset: usize, keys: ExportedKeys) -> KeyPair {
    let text = |value| Text { value, offset };
    KeyPair {
        form: KeyForm::Script(index),
        origin: origin(&keys.id),
        id: text(keys.id),
        others: keys.others.into_iter().map(text).collect(),
        region: keys.region,
        written: Some(WrittenKeys {
            profile: keys.profile,
            lines: keys.lines,
        }),
        entries: Vec::new(),
        passed_as: None,
    }
}
