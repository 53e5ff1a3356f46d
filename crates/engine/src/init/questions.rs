//! What the workflows leave open: whose static keys, environments and roles are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ci::github::expression::{expressions, leading, references};
use ci::github::keys::flow::KeyFlow;
use ci::github::uses::remote_action;
use ci::github::values::{fill, filled};
use ci::github::workflow::model::{Step, entry};
use ci::github::workflow::{SIGN_IN, StepOwner, Workflows};
use ci::systems::SystemRunner;

use super::words::words;
use syntax::location::Location;

/// Names whose account only the user knows, with the places they are read at.
pub(super) type Open = BTreeMap<String, BTreeSet<Location>>;

/// What the repository leaves open.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// Secrets with access key ids.
    pub keys: Open,
    /// Environments that have secrets or variables of the same name.
    pub environments: Open,
    /// Expressions that name roles.
    pub roles: Open,
    /// The roles that jobs sign in to, as templates, with the accounts of each.
    pub sign_ins: BTreeMap<String, SignIns>,
    /// The runners beside laptops and GitHub's jobs.
    pub runners: Arc<[SystemRunner]>,
    /// The transform that removes roles.
    pub role_remover: &'static str,
    /// Whether every root module with an S3 backend can lock its state in its bucket.
    pub locks_in_buckets: bool,
}

/// The sign-ins to roles of one name.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    /// The accounts, as written.
    pub accounts: BTreeSet<String>,
    pub places: BTreeSet<Location>,
}

/// A secret or expression, with the environments it is read in; `None` outside of any.
type Reads = BTreeMap<String, BTreeMap<Option<String>, BTreeSet<Location>>>;

impl Questions {
    /// Reads the workflows. Where no provider assumes a role (`has_roles`), nothing depends on the
    /// roles of jobs.
    pub fn of(workflows: &Workflows, has_roles: bool) -> Self {
        let flow = KeyFlow { workflows };
        let mut questions = Self::default();
        let (mut keys, mut roles) = (Reads::new(), Reads::new());
        for owner in workflows.owners() {
            let environments = environments(workflows, owner);
            let read = |reads: &mut Reads, name: String, offset| {
                let at = workflows.source(owner).location(offset);
                let known = reads.keys().find(|known| known.eq_ignore_ascii_case(&name));
                let name = known.cloned().unwrap_or(name);
                let reads = reads.entry(name).or_default();
                for environment in &environments {
                    reads
                        .entry(environment.clone())
                        .or_default()
                        .insert(at.clone());
                }
            };
            for used in flow.key_uses(owner) {
                let found = references(&used.id.value).into_iter();
                let secrets = found.filter(|it| it.context == "secrets");
                for secret in secrets.filter_map(|it| it.name) {
                    if workflows.is_stored(owner, &secret) && is_key_id(&secret) {
                        read(&mut keys, secret, used.id.offset);
                    }
                }
            }
            for step in workflows.steps(owner) {
                let Some((role, offset)) = role_of(workflows, owner, step) else {
                    continue;
                };
                let at = workflows.source(owner).location(offset);
                match expression_in(workflows, owner, &role) {
                    Some(expression) if has_roles => read(&mut roles, expression, offset),
                    Some(_) => {}
                    None => questions.sign_in(&role, at),
                }
            }
        }
        questions.keys = questions.by_environment(keys);
        questions.roles = questions.by_environment(roles);
        questions
    }

    /// The template of all roles that jobs sign in to, where they have one name, and whether they
    /// are of several accounts.
    pub fn template(&self) -> Option<(&str, &SignIns)> {
        match self.sign_ins.iter().collect::<Vec<_>>().as_slice() {
            [(template, sign_ins)] => Some((template, sign_ins)),
            _ => None,
        }
    }

    fn sign_in(&mut self, arn: &str, at: Location) {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let &["arn", partition, "iam", "", account, role] = parts.as_slice() else {
            return;
        };
        let sign_ins = self
            .sign_ins
            .entry(format!("arn:{partition}:iam::{{id}}:{role}"));
        let sign_ins = sign_ins.or_default();
        sign_ins.accounts.insert(account.to_owned());
        sign_ins.places.insert(at);
    }

    /// The names that are one secret or variable each. Of a name that several environments have,
    /// or one beside the repository, the environments are asked about.
    fn by_environment(&mut self, reads: Reads) -> Open {
        let mut open = Open::new();
        for (name, environments) in reads {
            let is_one = environments.len() == 1;
            for (environment, places) in environments {
                let places = places.into_iter();
                match environment.filter(|_| !is_one) {
                    Some(own) => self.environments.entry(own).or_default().extend(places),
                    None => open.entry(name.clone()).or_default().extend(places),
                }
            }
        }
        open
    }
}

/// Whether a secret may be an access key id. A step that gets keys in a way of its own names the
/// secret key alike.
fn is_key_id(secret: &str) -> bool {
    let words = words(secret);
    !["secret", "token"]
        .iter()
        .any(|it| words.iter().any(|word| word == it))
}

/// The environments of a job, as far as its matrix, its form and its callers tell.
fn environments(workflows: &Workflows, owner: StepOwner) -> BTreeSet<Option<String>> {
    let environment = workflows
        .job(owner)
        .and_then(|job| job.environment.as_ref());
    let Some(environment) = environment else {
        return BTreeSet::from([None]);
    };
    let values = workflows.values(owner).into_iter();
    let named = values.map(|values| fill(environment, &values));
    named
        .map(|name| (!name.contains("${{")).then_some(name))
        .collect()
}

/// The role that a step signs in to, with the environment variables of the file filled in.
fn role_of(workflows: &Workflows, owner: StepOwner, step: &Step) -> Option<(String, usize)> {
    let uses = remote_action(&step.uses.as_ref()?.value)?;
    let role = entry(&step.with, SIGN_IN).filter(|_| uses.is_configure())?;
    let variable = |name: &str| {
        let name = name.strip_prefix("env.")?;
        let value = workflows.variable(owner, step, name)?;
        Some(value.value.clone())
    };
    Some((filled(&role.value.value, variable), role.value.offset))
}

/// The expression that a text is, where it reads nothing but variables and secrets of GitHub's.
fn expression_in(workflows: &Workflows, owner: StepOwner, text: &str) -> Option<String> {
    let text = text.trim();
    if leading(text)? != text.len() {
        return None;
    }
    let found = references(text);
    let is_stored = found.iter().all(|it| match (&*it.context, &it.name) {
        ("vars", _) => true,
        ("secrets", Some(name)) => workflows.is_stored(owner, name),
        _ => false,
    });
    let inside = text[expressions(text).pop()?].trim();
    // What stands in a label is written without escapes.
    let is_plain = !inside.contains(['"', '\\', '\n', '$', '%']);
    (is_stored && !found.is_empty() && is_plain).then(|| inside.to_owned())
}
