//! The steps that need the keys which all steps of a job have. The sign-in in place of these keys stands before
//! the first of them: where no token is given, as to pull requests of forks, it fails, and what is behind it
//! does not run.

use ci::aws_names::KEY_VARIABLES;
use ci::github::conditions::{Condition, Relation};
use ci::github::expression::{of_condition, outlives_failure};
use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::sign_ins::SignInMethod;
use ci::github::uses::remote_action;
use ci::github::workflow::model::Step;

use super::active::condition;
use super::convert::{Conversion, Converted};

impl Conversion<'_> {
    /// The indices of the steps that may act by keys which all steps have, in order: all but those of which
    /// everything is known, and known to call no AWS. A step that passes keys on to Terraform is one.
    pub(super) fn steps_in_need(&self, pairs: &[(&KeyPair, RoleSignIn)]) -> Vec<usize> {
        let workflows = self.flow.workflows;
        let runs = workflows.runs(self.owner);
        let uses = workflows.ambient_uses(self.owner);
        let sign_ins = workflows.sign_ins(self.owner);
        let chained = self.chained_steps();
        let is_in_need = |index: usize, step: &Step| {
            let action = step.uses.as_ref().and_then(|it| remote_action(&it.value));
            if action.is_some_and(|it| it.is_configure()) {
                let mut env = step.env.iter().map(|it| it.name.as_str());
                return chained.contains(&index) || env.any(|name| KEY_VARIABLES.contains(&name));
            }
            let mut sign_ins = sign_ins.iter().filter(|it| it.step == index);
            let mut passing = pairs.iter().filter(|(pair, _)| pair.passed_as.is_some());
            passing.any(|(pair, _)| pair.form == KeyForm::StepEnv(index))
                || runs.iter().any(|it| it.step == index)
                || uses.iter().any(|it| it.step == index)
                || sign_ins.any(|it| !is_by_token(&it.how))
                || names_keys(step)
                || workflows
                    .possible_aws_use(self.owner, index, true)
                    .is_some()
        };
        let steps = workflows.steps(self.owner).iter().enumerate();
        let in_need = steps.filter(|(index, step)| is_in_need(*index, step));
        in_need.map(|(index, _)| index).collect()
    }

    /// The condition that holds whenever one of these steps runs, and that says the same before all of them;
    /// `None` where there is none but that the job runs.
    pub(super) fn common_condition(&self, in_need: &[usize]) -> Option<&str> {
        let steps = self.flow.workflows.steps(self.owner);
        let common = condition(&steps[*in_need.first()?]).filter(|it| is_fixed(it))?;
        let needed = Condition::of(Some(common));
        let mut conditions = in_need.iter().map(|index| condition(&steps[*index]));
        let holds = |it| Condition::of(it).relation_to(&needed) == Relation::Implies;
        conditions.all(holds).then_some(common)
    }
}

/// Forgets the role of keys that no step needs, where no others have it.
pub(super) fn forget_role(form: KeyForm, pairs: &[(&KeyPair, RoleSignIn)], done: &mut Converted) {
    let (own, others): (Vec<_>, Vec<_>) = pairs.iter().partition(|(it, _)| it.form == form);
    done.roles.retain(|role| {
        let is_of = |all: &[&(&KeyPair, RoleSignIn)]| all.iter().any(|(_, it)| it.role == *role);
        let is_assumed = done.assumed.iter().any(|(_, it)| it == role);
        !is_of(&own) || is_of(&others) || is_assumed
    });
}

/// Whether a sign-in needs nothing but a token.
fn is_by_token(how: &SignInMethod) -> bool {
    let SignInMethod::Role {
        is_web_identity, ..
    } = how
    else {
        return false;
    };
    *is_web_identity
}

/// Whether a step's own text names the variables of keys, beside those that it sets.
fn names_keys(step: &Step) -> bool {
    let env = step.env.iter();
    let env = env.filter(|it| !KEY_VARIABLES.contains(&it.name.as_str()));
    let texts = step.with.iter().chain(env).map(|it| &it.value);
    let mut texts = texts.chain(&step.run);
    texts.any(|text| KEY_VARIABLES.iter().any(|name| text.value.contains(name)))
}

/// Whether a condition says the same at each step of a job: no step changes what it reads.
fn is_fixed(condition: &str) -> bool {
    let fixed = [
        "github", "inputs", "matrix", "needs", "runner", "strategy", "vars",
    ];
    let read = of_condition(condition);
    let mut read = read.iter();
    // `hashFiles` reads what steps may write.
    let reads_files = condition.to_ascii_lowercase().contains("hashfiles");
    !outlives_failure(condition)
        && !reads_files
        && read.all(|it| fixed.contains(&&*it.context.to_ascii_lowercase()))
}
