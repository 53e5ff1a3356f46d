//! One job or action, moved to OIDC.

use std::collections::BTreeSet;

use ci::aws_names::VARIABLES;
use ci::github::keys::flow::Flow;
use ci::github::keys::key_use::{KeyPair, Pair, To};
use ci::github::keys::pair::Site;
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::role_passage::{Passage, input_for};
use ci::github::uses::used;
use ci::github::workflow::Unit;
use ci::github::workflow::model::FOREIGN;
use ci::github::workflow::model::{NamedText, SecretsPassed, entry};
use syntax::yaml::{YamlChange, YamlPath, scalar};

/// What becomes of a unit.
#[derive(Default)]
pub struct Converted {
    /// In its file.
    pub changes: Vec<YamlChange>,
    /// What goes: nothing else may use the keys.
    pub gone: Vec<YamlPath>,
    /// Whether its steps assume a role, by themselves or in an action.
    pub signs_in: bool,
    /// The roles that it names, as expressions.
    pub roles: Vec<String>,
    /// AWS's partitions that it signs in to.
    pub partitions: BTreeSet<String>,
    /// What somebody should know.
    pub notes: Vec<String>,
    /// What somebody should look at first.
    pub doubts: Vec<String>,
}

/// Converts a unit, whose keys are `all`.
pub fn convert(flow: &Flow, unit: Unit, all: &[KeyPair]) -> Result<Converted, JobRefusal> {
    let unit = Conversion { flow: *flow, unit };
    unit.refuse_foreign(all)?;
    let mut done = Converted::default();
    let mut sites: Vec<(&Site, String)> = Vec::new();
    for used in all {
        if let To::Elsewhere(why) = &used.to {
            return Err(JobRefusal::new(used.id.offset, why));
        }
        let role = flow.role(unit.unit, &used.id)?;
        if unit.names_role(used)? && !done.roles.contains(&role) {
            done.roles.push(role.clone());
        }
        match &used.to {
            To::Here(site) => sites.push((site, role)),
            To::Action(step, pair) => {
                let step_place = unit.steps().item(*step);
                let entries = &unit.flow.workflows.steps(unit.unit)[*step].with;
                done.hand(
                    entries,
                    &step_place.key("with"),
                    pair,
                    &input_for(&pair.id),
                    &role,
                );
                done.signs_in = true;
            }
            To::Callee(pair) => unit.call(pair, &role, &mut done)?,
            To::Elsewhere(_) => {}
        }
    }
    if all.is_empty() {
        unit.call_without_keys(&mut done)?;
    }
    unit.refuse_tokenless(&sites)?;
    unit.sign_in(&sites, &mut done)?;
    Ok(done)
}

/// A unit on its way.
pub(super) struct Conversion<'f> {
    pub(super) flow: Flow<'f>,
    pub(super) unit: Unit,
}

impl Conversion<'_> {
    pub(super) fn place(&self) -> YamlPath {
        self.flow.workflows.place(self.unit)
    }

    pub(super) fn steps(&self) -> YamlPath {
        self.place().key("steps")
    }

    /// Jobs that run on what others wrote assume no role unasked.
    fn refuse_foreign(&self, all: &[KeyPair]) -> Result<(), JobRefusal> {
        let Some(workflow) = self.flow.workflows.workflow(self.unit) else {
            return Ok(());
        };
        let offset = self
            .flow
            .workflows
            .job(self.unit)
            .map_or(0, |job| job.offset);
        let mut events = workflow
            .triggers
            .iter()
            .map(|trigger| trigger.event.as_str());
        let foreign = events.find(|event| FOREIGN.contains(event));
        match foreign.filter(|_| !self.flow.ci.allow_pull_request_target) {
            Some(event) => Err(JobRefusal::new(
                all.first().map_or(offset, |used| used.id.offset),
                format!("`{event}` runs with the repository's rights on what others wrote"),
            )
            .help("ci { allow_pull_request_target = true } lets such jobs assume a role")),
            None => Ok(()),
        }
    }

    /// Some actions take keys from the environment, but no session token.
    fn refuse_tokenless(&self, sites: &[(&Site, String)]) -> Result<(), JobRefusal> {
        let steps = self.flow.workflows.steps(self.unit).iter();
        let mut all = steps.filter_map(|step| step.uses.as_ref());
        let found = all.find_map(|uses| {
            let action = used(&uses.value)?.action;
            let is_known = TOKENLESS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(action));
            is_known.then_some((uses.offset, action))
        });
        match found.filter(|_| !sites.is_empty()) {
            Some((offset, action)) => {
                let why = format!("`{action}` takes keys without a session token");
                let help = "write an `aws` command in its place, and run again";
                Err(JobRefusal::new(offset, why).help(help))
            }
            None => Ok(()),
        }
    }

    /// Whether the role is read here, and not where the keys go.
    fn names_role(&self, used: &KeyPair) -> Result<bool, JobRefusal> {
        let (To::Callee(pair), Some(callee)) = (&used.to, self.flow.workflows.callee(self.unit))
        else {
            return Ok(true);
        };
        let passage = self.flow.passage(callee, &pair.id)?;
        Ok(!matches!(passage, Passage::Direct(_)))
    }

    /// The call of a workflow that handed no keys in, and is let fetch a token with the others.
    fn call_without_keys(&self, done: &mut Converted) -> Result<(), JobRefusal> {
        let workflows = self.flow.workflows;
        let (Some(callee), Some(job)) = (workflows.callee(self.unit), workflows.job(self.unit))
        else {
            return Ok(());
        };
        for pair in self.flow.pairs(callee) {
            if !matches!(self.flow.passage(callee, &pair.id)?, Passage::Direct(_)) {
                let why = "it hands no keys to the workflow that it calls, and would have to hand \
                           a role in";
                return Err(JobRefusal::new(job.offset, why));
            }
        }
        done.signs_in = true;
        done.doubts.push(format!(
            "{} hands no keys in, and what it calls would sign in all the same",
            workflows.name(self.unit)
        ));
        Ok(())
    }

    /// The call of a workflow that takes a role, not keys.
    fn call(&self, pair: &Pair, role: &str, done: &mut Converted) -> Result<(), JobRefusal> {
        let (Some(callee), Some(job)) = (
            self.flow.workflows.callee(self.unit),
            self.flow.workflows.job(self.unit),
        ) else {
            return Ok(());
        };
        done.signs_in = true;
        let passage = self.flow.passage(callee, &pair.id)?;
        let at = self.place().key("secrets");
        let handed: &[NamedText] = match &job.secrets {
            SecretsPassed::Named(handed) => handed,
            _ => &[],
        };
        if let Passage::Secret(name) = &passage {
            done.hand(handed, &at, pair, name, role);
            return Ok(());
        }
        let names = pair.names.iter().filter_map(|name| entry(handed, name));
        done.remove(names.map(|entry| at.key(&entry.name)).collect());
        if let Passage::Input(name) = &passage {
            let line = format!("{name}: {}\n", scalar(role));
            let place = self.place();
            done.changes.push(match job.with.is_empty() {
                false => YamlChange::Append(place.key("with"), line),
                true => YamlChange::After(place.key("uses"), format!("with:\n  {line}")),
            });
        }
        Ok(())
    }
}

/// Actions that write the keys alone into a profile of their own, by their sources.
const TOKENLESS: [&str; 2] = [
    "chetan/invalidate-cloudfront-action",
    "jakejarvis/s3-sync-action",
];

impl Converted {
    /// Takes places out of the file.
    pub(super) fn remove(&mut self, places: Vec<YamlPath>) {
        for place in places {
            if !self.gone.contains(&place) {
                self.changes.push(YamlChange::Remove(place.clone()));
                self.gone.push(place);
            }
        }
    }

    /// Takes the variables of a pair out of an `env:`.
    pub(super) fn drop_variables(&mut self, env: &[NamedText], at: &YamlPath) {
        let found = VARIABLES.iter().filter_map(|name| entry(env, name));
        self.remove(found.map(|entry| at.key(&entry.name)).collect());
    }

    /// Puts a role in place of a pair of keys that entries hand on.
    fn hand(&mut self, entries: &[NamedText], at: &YamlPath, pair: &Pair, name: &str, role: &str) {
        let of_pair = entries.iter().filter(|entry| pair.has(&entry.name));
        let handed: Vec<YamlPath> = of_pair.map(|it| at.key(&it.name)).collect();
        if let Some(first) = handed.first() {
            let line = format!("{name}: {}\n", scalar(role));
            self.changes.push(YamlChange::Before(first.clone(), line));
        }
        self.remove(handed);
    }
}
