//! The steps of a job or action: where they sign in, and which keys are removed from them.

use std::collections::BTreeSet;

use ci::aws_names::REGION_VARIABLES;
use ci::github::ambient_use::is_program_for_aws;
use ci::github::expression::{of_condition, outlives_failure};
use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::key_use::KeyUse;
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::sign_ins::{SignInMethod, StepSignIn};
use ci::github::uses::remote_action;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::{Step, entry};
use diagnostics::finding::AssumedRole;
use syntax::yaml::YamlChange;

use super::convert::{Conversion, Converted};
use super::inherited::is_inherited;
use super::later_steps::LaterSignIns;
use super::needs::forget_role;
use super::sign_in::{SignIn, pinned_at, release};

impl Conversion<'_> {
    /// Signs the steps in. The index of the step that does so in place of the keys of an `env:`, which
    /// it took to assume its role.
    pub(super) fn sign_in(
        &self,
        pairs: &[(&KeyPair, RoleSignIn)],
        all: &[KeyUse],
        done: &mut Converted,
    ) -> Result<Option<usize>, JobRefusal> {
        let steps = self.flow.workflows.steps(self.owner);
        let own = self.flow.workflows.sign_ins(self.owner);
        let mut active: Vec<Active> = Vec::new();
        let mut later = LaterSignIns::of(self, all)?;
        let is_of_env = |form| is_inherited(form) || matches!(form, KeyForm::StepEnv(_));
        let in_need = match pairs.iter().any(|(pair, _)| is_of_env(pair.form)) {
            true => self.steps_in_need(pairs),
            false => Vec::new(),
        };
        let by_role = self.sign_in_inherited(pairs, &in_need, &mut active, done)?;
        for (index, step) in steps.iter().enumerate() {
            let condition = condition(step);
            let signs_in = |role| Active::new(role, condition, index);
            let here = |form: KeyForm| {
                let mut pairs = pairs.iter();
                let found = pairs.find(|(pair, _)| pair.form == form);
                found.map(|(pair, sign_in)| (*pair, sign_in.at(index)))
            };
            let signs_in_here = [KeyForm::With(index), KeyForm::Script(index)];
            if self.keep_identity(index, pairs, &mut later, done)? {
                active.clear();
            }
            if !signs_in_here.into_iter().any(|form| here(form).is_some()) {
                self.switch(index, pairs, &mut active, done)?;
            }
            let own_form = KeyForm::StepEnv(index);
            if !in_need.contains(&index) {
                forget_role(own_form, pairs, done);
            } else if let Some((pair, role)) = here(own_form) {
                let is_configure = step.uses.as_ref().and_then(|it| remote_action(&it.value));
                if is_configure.is_some_and(|action| action.is_configure()) {
                    let why = "the action itself gets the keys by `env`";
                    return Err(JobRefusal::new(pair.id.offset, why));
                }
                let region = self.needed_region(index);
                // Each sign-in replaces the credentials of the one before, for all steps that follow.
                let is_same = |it: &Active| it.role == role.text && it.is_in(region.as_deref());
                let serving = active
                    .iter()
                    .rposition(|it| it.serves(steps, index) && is_same(it));
                if !serving.is_some_and(|at| active[at..].iter().all(is_same)) {
                    refuse_own_variables(step, pair)?;
                    let before = Before {
                        condition,
                        is_only: self.is_only(index, role, done),
                        region: region.as_deref().filter(|_| !active.is_empty()),
                    };
                    self.insert(index, pair, role, before, done)?;
                    let text = before.region.map(str::to_owned);
                    let text = text.unwrap_or_else(|| self.region(pair).0);
                    active.push(signs_in(role).to(Some(self.resolved_region(&text))));
                    later.replace(index, condition, pair, (role, text));
                }
            }
            let of_step = pairs.iter().filter(|(it, _)| it.form == own_form);
            of_step.for_each(|(pair, _)| self.drop_entries(pair, done));
            if let Some((pair, role)) = here(KeyForm::With(index)) {
                let is_only = self.is_only(index, role, done);
                self.with(index, pair, role, is_only, done)?;
                active.retain(|it| it.role == role.text);
                active.push(signs_in(role));
            }
            let of_script = pairs
                .iter()
                .filter(|(pair, _)| pair.form == KeyForm::Script(index));
            let of_script: Vec<_> = of_script
                .map(|(pair, sign_in)| (*pair, sign_in.at(index)))
                .collect();
            if !of_script.is_empty() {
                let exported = of_script.iter().find(|(pair, _)| pair.profile().is_none());
                let is_only = exported.is_none_or(|(_, role)| self.is_only(index, role, done));
                self.script(index, &of_script, is_only, done)?;
                // A profile hides nothing that the environment has.
                if let Some((_, role)) = exported {
                    active.retain(|it| it.role == role.text);
                    active.push(signs_in(role));
                }
            }
            // What a step exports that keeps its credentials replaces what is exported before it.
            let stays = |it: &&StepSignIn| it.step == index && it.how != SignInMethod::Keys;
            if own.iter().any(|it| stays(&it)) {
                active.clear();
            }
        }
        if !pairs.is_empty() {
            done.doubts.extend(self.tokenless_doubt());
        }
        let mut forms = pairs.iter().map(|(pair, _)| pair.form);
        let has_own = self.flow.workflows.hides_keys_of_workflow(self.owner);
        let signs_in = |form| match form {
            KeyForm::JobEnv | KeyForm::WorkflowEnv => !in_need.is_empty() && !has_own,
            KeyForm::StepEnv(index) => in_need.contains(&index),
            KeyForm::With(_) | KeyForm::Script(_) => true,
        };
        done.signs_in |= forms.any(signs_in) || by_role.is_some();
        Ok(by_role)
    }

    /// Inserts the sign-ins to the next account where a job signs in to one after the other.
    fn switch<'p>(
        &self,
        index: usize,
        pairs: &'p [(&KeyPair, RoleSignIn)],
        active: &mut Vec<Active<'p>>,
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        for (pair, sign_in) in pairs {
            let mut switches = sign_in.switches.iter();
            let Some((_, role)) = switches.find(|(from, _)| *from == index) else {
                continue;
            };
            // One pair may stand in several `env:`.
            if done.assumed.contains(&(index, role.clone())) {
                continue;
            }
            let before = Before {
                condition: None,
                is_only: false,
                region: None,
            };
            self.insert(index, pair, role, before, done)?;
            active.clear();
            active.push(Active::new(role, None, index));
        }
        Ok(())
    }

    /// Whether a step that may run after a failure acts by the job's credentials.
    pub(super) fn acts_after_failure(&self) -> bool {
        let workflows = self.flow.workflows;
        let runs = workflows.runs(self.owner).into_iter().map(|it| it.step);
        let uses = workflows.ambient_uses(self.owner);
        let mut acting = runs.chain(uses.into_iter().map(|used| used.step));
        let steps = workflows.steps(self.owner);
        acting.any(|step| steps.get(step).is_some_and(outlives))
    }

    /// Whether no sign-in with another role comes before the step at that index.
    pub(super) fn is_only(&self, index: usize, role: &AssumedRole, done: &Converted) -> bool {
        let sign_ins = self.flow.workflows.sign_ins(self.owner);
        let others = sign_ins.iter().filter(|it| it.step < index);
        let mut others = others.filter_map(|it| match &it.how {
            SignInMethod::Role { role, .. } => Some(Some(role)),
            SignInMethod::Temporary | SignInMethod::Unknown(_) => Some(None),
            // Its role is among those assumed so far.
            SignInMethod::Keys => None,
        });
        let mut assumed = done.assumed.iter().filter(|(at, _)| *at <= index);
        assumed.all(|(_, earlier)| earlier.text == role.text)
            && others.all(|other| other == Some(&role.text))
    }

    /// Inserts a sign-in before the step at that index.
    pub(super) fn insert(
        &self,
        index: usize,
        pair: &KeyPair,
        role: &AssumedRole,
        before: Before<'_>,
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        let steps = self.flow.workflows.steps(self.owner);
        let (region, doubt) = match before.region {
            Some(region) => (region.to_owned(), None),
            None => self.region(pair),
        };
        done.doubts.extend(doubt);
        let audience = self.audience(&role.text, &region, pair, done)?;
        let release = release(&self.flow, self.owner);
        self.refuse_inherited_inputs(&release)?;
        let at = pinned_at(&release);
        let closed = self.further_inputs(role, at, before.is_only, done);
        done.name(role);
        done.assumed.push((index, role.clone()));
        done.exports = true;
        let step = SignIn {
            role: role.text.clone(),
            audience,
            closed,
            region,
            condition: before.condition,
            release: release.clone(),
            is_named: steps.iter().all(|step| step.name.is_some()),
        };
        let steps_place = self.steps();
        let text = self.comments_above(pair, done) + &step.text();
        done.changes.push(match steps.len() {
            0 => {
                return Err(JobRefusal::new(
                    pair.id.offset,
                    "there is no step to sign in before",
                ));
            }
            count if index < count => YamlChange::Before(steps_place.item(index), text),
            count => YamlChange::After(steps_place.item(count - 1), text),
        });
        Ok(())
    }

    /// The region to sign in to, and why it may be wrong.
    pub(super) fn region(&self, pair: &KeyPair) -> (String, Option<String>) {
        let workflows = self.flow.workflows;
        if let KeyForm::StepEnv(index) = pair.form
            && entry(&workflows.steps(self.owner)[index].env, REGION_VARIABLES[0]).is_none()
        {
            return self.region_of_step(index);
        }
        let own = pair
            .region
            .as_deref()
            .filter(|_| matches!(pair.form, KeyForm::StepEnv(_) | KeyForm::Script(_)));
        // A further sign-in of the same keys is to the region of the first.
        let with = match pair.form {
            KeyForm::With(index) => entry(&workflows.steps(self.owner)[index].with, "aws-region"),
            _ => None,
        };
        let own = own.or(with.map(|it| it.value.value.as_str()));
        if let Some(own) = own.filter(|own| !own.starts_with('$') || own.starts_with("${{")) {
            return (own.to_owned(), None);
        }
        self.inherited_region()
    }

    /// The same of a step that has keys in its own `env:`, and no AWS_REGION there: the tools take that of
    /// the environment before any AWS_DEFAULT_REGION ("Environment variables", AWS CLI user guide).
    fn region_of_step(&self, index: usize) -> (String, Option<String>) {
        let workflows = self.flow.workflows;
        if let Some(region) = self.exported_region(index) {
            return (region, None);
        }
        if workflows
            .inherited(self.owner, REGION_VARIABLES[0])
            .is_some()
        {
            return self.inherited_region();
        }
        let own = entry(&workflows.steps(self.owner)[index].env, REGION_VARIABLES[1]);
        match own.map(|it| it.value.value.as_str()) {
            Some(own) => (own.to_owned(), None),
            None => self.inherited_region(),
        }
    }

    /// The region that a step with keys of its own had in no AWS_REGION of its own, where something names
    /// one: a sign-in before it must not bring another.
    fn needed_region(&self, index: usize) -> Option<String> {
        let workflows = self.flow.workflows;
        let env = &workflows.steps(self.owner)[index].env;
        if entry(env, REGION_VARIABLES[0]).is_some() {
            return None;
        }
        let inherited = |name: &&str| workflows.inherited(self.owner, name).is_some();
        let is_named = entry(env, REGION_VARIABLES[1]).is_some()
            || REGION_VARIABLES.iter().any(inherited)
            || self.exported_region(index).is_some();
        is_named.then(|| self.resolved_region(&self.region_of_step(index).0))
    }

    /// A region, or what the job's `env:` says of the variable that it reads: a sign-in sets AWS's own
    /// variables, for all steps that follow.
    pub(super) fn resolved_region(&self, region: &str) -> String {
        let variable = REGION_VARIABLES.into_iter();
        let mut variable = variable.filter(|name| region == format!("${{{{ env.{name} }}}}"));
        let value = variable
            .next()
            .and_then(|name| self.flow.workflows.inherited(self.owner, name));
        value.map_or_else(|| region.to_owned(), |it| it.value.clone())
    }

    /// The region that the steps of the job inherit, or that some of them name.
    fn inherited_region(&self) -> (String, Option<String>) {
        let workflows = self.flow.workflows;
        let inherited = REGION_VARIABLES
            .iter()
            .find(|name| workflows.inherited(self.owner, name).is_some());
        if let Some(name) = inherited {
            return (format!("${{{{ env.{name} }}}}"), None);
        }
        match self.region_of_steps() {
            Some(region) => region,
            None => self.written_region(),
        }
    }

    /// The region that the `env:` of steps name as AWS_DEFAULT_REGION, which the AWS_REGION of a sign-in
    /// comes before; with why it may be wrong, where they differ.
    fn region_of_steps(&self) -> Option<(String, Option<String>)> {
        let workflows = self.flow.workflows;
        let steps = workflows.steps(self.owner).iter();
        let named = steps.filter_map(|step| {
            let own = entry(&step.env, REGION_VARIABLES[1])?;
            entry(&step.env, REGION_VARIABLES[0])
                .is_none()
                .then_some(own)
        });
        let named: Vec<_> = named.collect();
        let first = named.first()?;
        let region = first.value.value.trim();
        let is_fixed = !["env.", "steps."].iter().any(|it| region.contains(it));
        let is_one = named.iter().all(|it| it.value.value.trim() == region);
        if is_one && is_fixed && !region.is_empty() {
            return Some((region.to_owned(), None));
        }
        let line = workflows.source(self.owner).location(first.offset).line;
        let why = format!(
            "its steps name several regions: {DEFAULT_REGION} is then in AWS_REGION, which comes before \
             the AWS_DEFAULT_REGION of line {line}"
        );
        Some((DEFAULT_REGION.to_owned(), Some(why)))
    }

    /// The region that a sign-in of the job leaves to the step at that index: what a step writes to the
    /// environment file beats the job's `env:`.
    fn exported_region(&self, index: usize) -> Option<String> {
        let workflows = self.flow.workflows;
        let all = workflows.sign_ins(self.owner);
        let reaching = workflows.reaching(self.owner, all.iter(), index);
        let [only] = reaching.sign_ins[..] else {
            return None;
        };
        let step = &workflows.steps(self.owner)[all[only].step];
        let uses = remote_action(&step.uses.as_ref()?.value)?;
        let region = entry(&step.with, "aws-region").filter(|_| uses.is_configure())?;
        Some(region.value.value.trim().to_owned())
    }

    /// The region that profiles have which scripts of the job write: the sign-in puts one into
    /// AWS_REGION, which comes before that of a profile.
    fn written_region(&self) -> (String, Option<String>) {
        let pairs = self.flow.workflows.key_pairs(self.owner);
        let written = pairs.iter().filter(|pair| pair.written.is_some());
        let regions: BTreeSet<String> = written.filter_map(|pair| pair.region.clone()).collect();
        let is_fixed = |it: &String| {
            let mut of_run = ["env.", "steps."].iter();
            !it.starts_with('$')
                || it.starts_with("${{") && !of_run.any(|context| it.contains(context))
        };
        match regions.first() {
            None => (DEFAULT_REGION.to_owned(), self.region_doubt()),
            Some(only) if regions.len() == 1 && is_fixed(only) => (only.clone(), None),
            Some(_) => {
                let why = format!(
                    "it names no region: {DEFAULT_REGION} is then in AWS_REGION, which comes before \
                     the region of the profile that its script writes"
                );
                (DEFAULT_REGION.to_owned(), Some(why))
            }
        }
    }

    /// Why a script that the steps, or those of a local action, run may fail with a session token.
    fn tokenless_doubt(&self) -> Option<String> {
        let workflows = self.flow.workflows;
        let mut steps = workflows.steps(self.owner).iter().flat_map(|step| {
            let action = workflows.action(step);
            let inner = action.map(|source| workflows.steps(StepOwner { source, job: None }));
            inner.unwrap_or_default().iter().chain([step])
        });
        let script = steps.find_map(|step| workflows.scripts.run_by(&step.run.as_ref()?.value))?;
        Some(format!(
            "it runs {}, which takes keys without AWS_SESSION_TOKEN",
            script.display()
        ))
    }

    /// Why a region that nothing named before may change what steps do.
    fn region_doubt(&self) -> Option<String> {
        let workflows = self.flow.workflows;
        let is_hosted = workflows.is_hosted(self.owner);
        let machine = || (!is_hosted).then(|| "and its machine may know another".to_owned());
        let is_action = self.owner.job.is_none();
        let users = || is_action.then(|| "and the jobs that use it may name another".to_owned());
        let reader = workflows.region_reader(self.owner);
        let why = reader.or_else(users).or_else(machine)?;
        Some(format!(
            "it names no region: {DEFAULT_REGION} is then in AWS_REGION, {why}"
        ))
    }
}

/// The region of a job that names none. `aws-region` is a required input of the action.
const DEFAULT_REGION: &str = "us-east-1";

/// How a sign-in stands before a step.
#[derive(Clone, Copy)]
pub(super) struct Before<'c> {
    /// The step's condition.
    pub(super) condition: Option<&'c str>,
    /// Whether no sign-in with another role comes before it.
    pub(super) is_only: bool,
    /// The region, where it is not that of the keys.
    pub(super) region: Option<&'c str>,
}

/// A sign-in that later steps inherit.
pub(super) struct Active<'s> {
    role: &'s str,
    condition: Option<&'s str>,
    /// The index of the step that it precedes, or is.
    at: usize,
    /// Its region, where that is known.
    region: Option<String>,
}

impl<'s> Active<'s> {
    pub(super) fn new(role: &'s AssumedRole, condition: Option<&'s str>, at: usize) -> Self {
        Self {
            role: &role.text,
            condition,
            at,
            region: None,
        }
    }

    /// The same, to that region.
    pub(super) fn to(mut self, region: Option<String>) -> Self {
        self.region = region;
        self
    }

    /// Whether it is not known to be to another region than this.
    fn is_in(&self, region: Option<&str>) -> bool {
        let own = self.region.as_deref();
        region.is_none() || own.is_none() || own == region
    }

    /// Whether it has run whenever the step at that index runs, which had keys of its own.
    fn serves(&self, steps: &[Step], index: usize) -> bool {
        let step = &steps[index];
        let is_alike = |other: &Step| condition(other) == condition(step);
        match self.condition {
            None => self.at == 0 || !outlives(step),
            Some(own) if is_always(own) => true,
            own if own != condition(step) => false,
            // A step between them that fails makes `failure()` true for the second only.
            _ => !outlives(step) || steps[self.at..index].iter().all(is_alike),
        }
    }
}

pub(super) fn condition(step: &Step) -> Option<&str> {
    step.condition.as_ref().map(|it| it.value.as_str())
}

/// Whether a condition always holds.
pub(super) fn is_always(condition: &str) -> bool {
    let inside = condition.trim().strip_prefix("${{");
    let inside = inside.and_then(|it| it.strip_suffix("}}"));
    inside.unwrap_or(condition).trim() == "always()"
}

/// Whether a step may run after a failure.
pub(super) fn outlives(step: &Step) -> bool {
    condition(step).is_some_and(outlives_failure)
}

/// Refuses a step whose condition reads its own `env:`: the sign-in gets the same condition, not
/// that `env:`.
fn refuse_own_variables(step: &Step, pair: &KeyPair) -> Result<(), JobRefusal> {
    let read = of_condition(condition(step).unwrap_or_default());
    let mut names = read.iter().filter(|it| it.context == "env");
    let is_own = |name: &str| step.env.iter().any(|entry| entry.name == name);
    match names.find(|it| it.name.as_deref().is_some_and(is_own)) {
        None => Ok(()),
        Some(own) => {
            let name = own.name.as_deref().unwrap_or_default();
            let why = format!("the `if` of a step reads `env.{name}`, which only that step has");
            Err(JobRefusal::new(pair.id.offset, why).help(format!("set {name} for the whole job")))
        }
    }
}

pub(super) fn is_checkout(step: &Step) -> bool {
    let uses = step
        .uses
        .as_ref()
        .and_then(|uses| remote_action(&uses.value));
    uses.is_some_and(|used| used.action == "actions/checkout")
}

/// Whether a step only prepares others: it signs in, or is an action that sets something up.
pub(super) fn only_prepares(step: &Step) -> bool {
    let uses = step
        .uses
        .as_ref()
        .and_then(|uses| remote_action(&uses.value));
    uses.is_some_and(|it| {
        // Installers, caches and artifacts call no API of AWS.
        let is_setup = it.action.contains("/setup-") || it.action.starts_with("actions/");
        is_setup && !is_program_for_aws(step) || it.is_configure()
    })
}
