//! Keys in `env:` of the job or the workflow: one sign-in for all steps that inherit them.

use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::workflow::model::{Step, entry};

use super::active::{Active, condition, is_always, outlives};
use super::convert::{Conversion, Converted};
use super::needs::forget_role;
use super::steps::{Before, is_checkout, only_prepares};

impl Conversion<'_> {
    /// Removes such keys and signs in for the steps that may need them, `in_need`. The index of the step
    /// that signs in because it took them to assume its role.
    pub(super) fn sign_in_inherited<'p>(
        &'p self,
        pairs: &'p [(&KeyPair, RoleSignIn)],
        in_need: &[usize],
        active: &mut Vec<Active<'p>>,
        done: &mut Converted,
    ) -> Result<Option<usize>, JobRefusal> {
        let inherited = pairs.iter().filter(|(pair, _)| is_inherited(pair.form));
        let mut inherited: Vec<_> = inherited.collect();
        // Of equal names the job's `env:` wins over the workflow's.
        inherited.sort_by_key(|(pair, _)| pair.form == KeyForm::WorkflowEnv);
        for (pair, _) in &inherited {
            self.drop_entries(pair, done);
        }
        let Some((pair, sign_in)) = inherited.first() else {
            return Ok(None);
        };
        let role = &sign_in.role;
        if self.flow.workflows.hides_keys_of_workflow(self.owner) {
            done.roles.retain(|known| known != role);
            return Ok(None);
        }
        let steps = self.flow.workflows.steps(self.owner);
        let chained = self.chained_steps().into_iter().next();
        let Some(first) = in_need.first().copied() else {
            let forms = inherited.iter().map(|(pair, _)| pair.form);
            forms.for_each(|form| forget_role(form, pairs, done));
            return Ok(None);
        };
        // A step that also runs after a failure had its keys whichever step failed, so the sign-in
        // comes first.
        let is_outlived = in_need.iter().any(|index| outlives(&steps[*index]));
        // Nothing before it takes the keys: the role is signed in to as one that a step is given with
        // its keys.
        let by_role = chained.filter(|index| {
            let is_first = *index <= first;
            let is_safe = *index == 0 || !is_outlived;
            let is_one = inherited.iter().all(|(_, own)| own.switches.is_empty());
            is_first && is_safe && is_one && self.may_sign_in(*index)
        });
        if let Some(index) = by_role {
            self.with(index, pair, role, true, done)?;
            active.push(Active::new(role, None, index));
            return Ok(by_role);
        }
        // What a step exports beats the keys behind it, so that it is still to come.
        let sign_ins = self.flow.workflows.sign_ins(self.owner);
        let exported = sign_ins.first().map_or(first, |it| it.step);
        let latest = if is_outlived { 0 } else { first.min(exported) };
        // The sign-in runs before the step's own shell variables exist, so only a region that is no
        // `$NAME` can be copied.
        let own = || {
            pairs.iter().filter_map(|(pair, own)| match pair.form {
                KeyForm::With(index) | KeyForm::Script(index) if pair.profile().is_none() => {
                    Some((index, own.at(index)))
                }
                _ => None,
            })
        };
        // What a step exports hides the job's `env:` from all steps behind it: where one has done so
        // before any takes them, nothing signs in with these keys.
        let hides = |step: &Step| {
            let exports = entry(&step.with, "aws-profile").is_none();
            exports
                && match condition(step) {
                    None => !is_outlived,
                    Some(condition) => is_always(condition),
                }
        };
        if own().any(|(index, _)| index <= first && hides(&steps[index])) {
            if !own().any(|(_, own)| own == role) {
                done.roles.retain(|known| known != role);
            }
            return Ok(None);
        }
        let signs_itself = own()
            .any(|(index, own)| index <= latest && own == role && steps[index].condition.is_none());
        if !signs_itself {
            // People put it behind the checkout, before what is installed.
            let checkout = steps.iter().position(is_checkout);
            let is_place =
                |at: &usize| *at <= latest && steps[*at..latest].iter().all(only_prepares);
            let at = checkout.map(|it| it + 1).filter(is_place);
            let at = at.unwrap_or(latest);
            let is_one = inherited.iter().all(|(_, own)| own.switches.is_empty());
            let condition = self.common_condition(in_need).filter(|_| is_one);
            let before = Before {
                condition,
                is_only: self.is_only(at, role, done),
                region: None,
            };
            self.insert(at, pair, role, before, done)?;
            let region = self.resolved_region(&self.region(pair).0);
            active.push(Active::new(role, condition, at).to(Some(region)));
        }
        Ok(None)
    }
}

/// Whether all steps of the job inherit keys of that form.
pub(super) fn is_inherited(form: KeyForm) -> bool {
    matches!(form, KeyForm::JobEnv | KeyForm::WorkflowEnv)
}
