//! The steps of a job or action: where they sign in, and which keys are removed from them.

use ci::github::ambient_use::is_program_for_aws;
use ci::github::expression::of_condition;
use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::key_use::KeyUse;
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::sign_ins::{SignInMethod, StepSignIn};
use ci::github::uses::remote_action;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::Step;
use diagnostics::finding::AssumedRole;
use syntax::code::sentence;
use syntax::yaml::YamlChange;

use super::active::{Active, condition, outlives};
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
            let mut forms = pairs.iter().map(|(pair, _)| pair.form);
            if forms.any(|it| !matches!(it, KeyForm::With(_) | KeyForm::Script(_))) {
                done.doubts.extend(self.fork_doubt());
            }
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

    /// Why a pull request of a fork may fail where it did not: its steps had empty keys, with which the first of
    /// them may fail, and now the sign-in before them does.
    fn fork_doubt(&self) -> Option<String> {
        let workflows = self.flow.workflows;
        let mut subjects = workflows.subjects(self.owner).into_iter();
        let runs = workflows.runs(self.owner).into_iter().map(|it| it.step);
        let uses = workflows.ambient_uses(self.owner);
        let first = runs.chain(uses.into_iter().map(|used| used.step)).min()?;
        let step = workflows.steps(self.owner).get(first)?;
        (step.may_fail_on && subjects.any(|it| it == "pull_request")).then(|| {
            "runs for pull requests of forks get no token: the sign-in fails there and with it the job, which \
             `continue-on-error` lets go on today"
                .to_owned()
        })
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
}

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
            let why = sentence!("the `if` of a step reads `env.{name}`, which only that step has");
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
