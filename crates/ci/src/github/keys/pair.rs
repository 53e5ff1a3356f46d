//! Where the credentials of a job or an action stand.

use crate::aws_names::{REGIONS, VARIABLES};
use crate::github::configure_aws_credentials::KEYS;
use crate::github::expression::references;
use crate::github::keys::exported::plumbing;
use crate::github::keys::origin::{Origin, origin};
use crate::github::uses::used;
use crate::github::workflow::model::{NamedText, Step, Text, entry};
use crate::github::workflow::{Unit, Workflows};

/// A pair of keys, where steps get it.
#[derive(Debug, Clone)]
pub struct Site {
    /// In which form.
    pub form: KeyForm,
    /// The id of the key, what the environment hands on put in its place.
    pub id: Text,
    /// Where it comes from.
    pub origin: Origin,
    /// The secret key and the session token, as far as they are there.
    pub others: Vec<Text>,
    /// The region that stands beside it.
    pub region: Option<String>,
}

/// In which form steps get keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// The inputs of the configure action, the step of this number.
    With(usize),
    /// `env:` of the step of this number.
    StepEnv(usize),
    /// `env:` of the job.
    JobEnv,
    /// `env:` of the workflow.
    WorkflowEnv,
    /// The step of this number hands them on, and does nothing else.
    Plumbing(usize),
}

impl Site {
    /// Whether the keys live on, so that a role has to take their place.
    pub fn is_static(&self) -> bool {
        matches!(
            self.origin,
            Origin::Stored | Origin::Input | Origin::Plain | Origin::Unknown
        )
    }

    /// The secrets or inputs that the pair is made of.
    pub fn names(&self) -> Vec<String> {
        let texts = self.others.iter().chain([&self.id]);
        let found = texts.flat_map(|text| references(&text.value));
        let stored = found.filter(|it| matches!(&*it.context, "secrets" | "inputs"));
        // A script that hands keys on may name the region as well, which stays.
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
    /// The pairs of keys that the steps of a unit get.
    pub fn sites(&self, unit: Unit) -> Vec<Site> {
        let mut sites = Vec::new();
        let is_caller = self.job(unit).is_some_and(|job| job.uses.is_some());
        if !is_caller {
            let workflow = self.workflow(unit).map(|it| &it.env[..]);
            let job = self.job(unit).map(|it| &it.env[..]);
            sites.extend(
                workflow.and_then(|env| {
                    self.of_entries(unit, None, env, VARIABLES, KeyForm::WorkflowEnv)
                }),
            );
            sites.extend(
                job.and_then(|env| self.of_entries(unit, None, env, VARIABLES, KeyForm::JobEnv)),
            );
        }
        for (index, step) in self.steps(unit).iter().enumerate() {
            sites.extend(self.of_entries(
                unit,
                Some(step),
                &step.env,
                VARIABLES,
                KeyForm::StepEnv(index),
            ));
            let uses = step.uses.as_ref().and_then(|uses| used(&uses.value));
            if uses.is_some_and(|used| used.is_configure()) {
                sites.extend(self.of_entries(
                    unit,
                    Some(step),
                    &step.with,
                    KEYS,
                    KeyForm::With(index),
                ));
            }
            let variable = |name: &str| self.variable(unit, step, name).map(|it| it.value.clone());
            let run = step.run.as_ref();
            let found = run.and_then(|run| Some((run, plumbing(&run.value, &variable)?)));
            if let Some((run, found)) = found {
                let origin = origin(&found.id);
                let of_step = step.env.iter().map(|entry| entry.value.clone());
                sites.push(Site {
                    form: KeyForm::Plumbing(index),
                    id: Text {
                        value: found.id,
                        offset: run.offset,
                    },
                    origin,
                    others: of_step.chain([run.clone()]).collect(),
                    region: found.region,
                });
            }
        }
        // What a script hands on stands in the environment of its step.
        let scripts: Vec<KeyForm> = sites.iter().map(|site| site.form).collect();
        sites.retain(|site| match site.form {
            KeyForm::StepEnv(index) => !scripts.contains(&KeyForm::Plumbing(index)),
            _ => true,
        });
        sites
    }

    fn of_entries(
        &self,
        unit: Unit,
        step: Option<&Step>,
        entries: &[NamedText],
        names: [&str; 3],
        form: KeyForm,
    ) -> Option<Site> {
        let id = entry(entries, names[0]).or_else(|| entry(entries, names[1]))?;
        let others = names[1..].iter().filter_map(|name| entry(entries, name));
        let id = self.resolved(unit, step, &id.value);
        let others = others.map(|entry| self.resolved(unit, step, &entry.value));
        let region = REGIONS.iter().find_map(|name| entry(entries, name));
        Some(Site {
            form,
            origin: origin(&id.value),
            id,
            others: others.collect(),
            region: region.map(|entry| entry.value.value.clone()),
        })
    }

    /// A value, or what the variable holds that is all it names.
    fn resolved(&self, unit: Unit, step: Option<&Step>, text: &Text) -> Text {
        let found = references(&text.value);
        let [only] = found.as_slice() else {
            return text.clone();
        };
        let Some(name) = only.name.as_deref().filter(|_| only.context == "env") else {
            return text.clone();
        };
        let held = match step {
            Some(step) => self.variable(unit, step, name),
            None => self.inherited(unit, name),
        };
        let value = held.map_or_else(|| text.value.clone(), |held| held.value.clone());
        Text {
            value,
            offset: text.offset,
        }
    }
}
