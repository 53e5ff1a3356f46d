//! How keys flow into workflows and actions, and what role stands for them there.

use super::expression::references;
use super::origin::{Origin, origin};
use super::refusal::JobRefusal;
use super::role::role_for;
use super::sites::Site;
use super::view::{NamedText, SecretsPassed, Text, entry};
use super::{Unit, Workflows};
use crate::settings::Ci;

use super::elsewhere::elsewhere;

/// What the decisions are made from.
#[derive(Clone, Copy)]
pub struct Flow<'f> {
    /// All of the repository.
    pub workflows: &'f Workflows,
    /// What the configuration says of them.
    pub ci: &'f Ci,
}

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

/// How a role comes into a file that has taken keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// It reads the variable itself.
    Direct(String),
    /// By an input of this name.
    Input(String),
    /// By a secret of this name.
    Secret(String),
}

impl Passage {
    /// The role, as an expression in the file.
    pub fn role(&self) -> String {
        match self {
            Self::Direct(role) => role.clone(),
            Self::Input(name) => format!("${{{{ inputs.{name} }}}}"),
            Self::Secret(name) => format!("${{{{ secrets.{name} }}}}"),
        }
    }
}

/// Calls within calls, at most: GitHub allows fewer.
const DEPTH: usize = 10;

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

    /// The role that stands for a key id in a unit's file.
    ///
    /// # Errors
    /// Where none follows from it.
    pub fn role(&self, unit: Unit, id: &Text) -> Result<String, JobRefusal> {
        self.role_within(unit, id, DEPTH)
    }

    fn role_within(&self, unit: Unit, id: &Text, depth: usize) -> Result<String, JobRefusal> {
        let refuse = |why: &str| Err(JobRefusal::new(id.offset, why));
        let is_action = self.workflows.source(unit).as_action().is_some();
        match origin(&id.value) {
            Origin::Plain => return Ok(self.configured()),
            Origin::Stored if !is_action => {}
            Origin::Input if is_action => {
                let found = references(&id.value);
                let [only] = found.as_slice() else {
                    return refuse("the key's id is put together from several inputs");
                };
                let name = only.name.clone().unwrap_or_default();
                return Ok(Passage::Input(input_for(&name)).role());
            }
            _ => return refuse("it is not known where the key's id comes from"),
        }
        let Some(role) = role_for(&id.value, &self.ci.role) else {
            return Err(match self.ci.role.starts_with("arn:") {
                true => JobRefusal::new(
                    id.offset,
                    "the configuration has one role, and these are other keys than \
                     `AWS_ACCESS_KEY_ID`",
                )
                .help("name a variable instead: ci { role = \"vars.AWS_OIDC_ROLE_ARN\" }"),
                false => JobRefusal::new(
                    id.offset,
                    "no variable follows from the expression that names the key",
                ),
            });
        };
        let source = unit.source;
        let has_interface = self
            .workflows
            .workflow(unit)
            .is_some_and(|it| it.interface.is_some());
        if !has_interface {
            return Ok(role);
        }
        let found = references(&id.value);
        let secrets = found.iter().filter(|it| it.context == "secrets");
        let names: Vec<_> = secrets.map(|it| it.name.clone()).collect();
        match names.as_slice() {
            [Some(name)] => Ok(self.passage_within(source, name, depth)?.role()),
            _ => refuse("the key's id is put together from several secrets of the callers"),
        }
    }

    /// The role of the configuration, as a value.
    fn configured(&self) -> String {
        match self.ci.role.starts_with("arn:") {
            true => self.ci.role.clone(),
            false => format!("${{{{ {} }}}}", self.ci.role),
        }
    }

    /// How the role for a pair comes into the workflow that takes its id as the secret `id`.
    ///
    /// # Errors
    /// Where its callers do not let it.
    pub fn passage(&self, source: usize, id: &str) -> Result<Passage, JobRefusal> {
        self.passage_within(source, id, DEPTH)
    }

    fn passage_within(&self, source: usize, id: &str, depth: usize) -> Result<Passage, JobRefusal> {
        let file = &self.workflows.sources[source];
        let workflow = file.workflow();
        let interface = workflow.and_then(|workflow| workflow.interface.as_ref());
        let Some((workflow, interface)) = workflow.zip(interface) else {
            return Ok(Passage::Input(input_for(id)));
        };
        let offset = entry(&interface.secrets, id).map_or(0, |declared| declared.offset);
        let Some(depth) = depth.checked_sub(1) else {
            return Err(JobRefusal::new(
                offset,
                "workflows call one another in a circle",
            ));
        };
        let own = Text {
            value: format!("${{{{ secrets.{id} }}}}"),
            offset,
        };
        let own = role_for(&own.value, &self.ci.role).ok_or_else(|| {
            JobRefusal::new(
                offset,
                "the configuration has one role, and these are other keys",
            )
        })?;
        let mut callers = self.workflows.callers(source).peekable();
        if callers.peek().is_none() {
            return Err(JobRefusal::new(
                offset,
                "nothing here calls it: who hands the keys in is not known",
            )
            .help(
                "change it together with its callers: an input with the role's ARN, or a variable",
            ));
        }
        let mut roles = Vec::new();
        for caller in callers {
            let Some(job) = self.workflows.job(caller) else {
                continue;
            };
            let passed = match &job.secrets {
                SecretsPassed::Inherit => Some(Text {
                    value: format!("${{{{ secrets.{id} }}}}"),
                    offset: job.offset,
                }),
                SecretsPassed::Named(named) => entry(named, id).map(|entry| entry.value.clone()),
                SecretsPassed::None => None,
            };
            // A caller that hands nothing in gets nothing either.
            if let Some(passed) = passed {
                let role = self.role_within(caller, &passed, depth);
                roles.push(role.map_err(|why| {
                    let path = self.workflows.source(caller).path.display();
                    let what = format!(
                        "{} of {path}, which calls it, stays: {}",
                        self.workflows.name(caller),
                        why.why
                    );
                    JobRefusal::new(offset, what)
                })?);
            }
        }
        let reads_secret = own.contains("secrets.");
        if roles.iter().all(|role| *role == own) {
            return Ok(match reads_secret {
                false => Passage::Direct(own),
                true => Passage::Secret(
                    own.trim_matches(['$', '{', '}', ' '])
                        .trim_start_matches("secrets.")
                        .to_owned(),
                ),
            });
        }
        let is_called_only = workflow
            .triggers
            .iter()
            .all(|it| it.event == "workflow_call");
        match is_called_only && !reads_secret {
            true => Ok(Passage::Input(INPUT.to_owned())),
            false => Err(JobRefusal::new(
                offset,
                "its callers hand in different keys, and it also runs by itself",
            )),
        }
    }
}

/// The input by which a role comes in.
const INPUT: &str = "role-to-assume";

/// The input for a role, in place of that for a key's id.
pub fn input_for(id: &str) -> String {
    for (key, role) in [
        ("aws-access-key-id", INPUT),
        ("aws_access_key_id", "role_to_assume"),
    ] {
        if let Some(at) = id.to_ascii_lowercase().find(key) {
            return format!("{}{role}{}", &id[..at], &id[at + key.len()..]);
        }
    }
    let underscores = id.contains('_') && !id.contains('-');
    match underscores {
        true => "role_to_assume".to_owned(),
        false => INPUT.to_owned(),
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
