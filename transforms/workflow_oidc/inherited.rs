//! Keys in `env:` of the job or the workflow: one sign-in for all steps that inherit them.

use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::workflow::model::{Step, entry};

use super::convert::{Conversion, Converted};
use super::steps::{Active, Before, condition, is_always, is_checkout, may_need_aws, outlives};

impl Conversion<'_> {
    /// Removes such keys and signs in for the steps that may need them. The index of the step that
    /// signs in because it took them to assume its role.
    pub(super) fn sign_in_inherited<'p>(
        &self,
        pairs: &'p [(&KeyPair, RoleSignIn)],
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
        let first = steps.iter().position(may_need_aws);
        // A step that also runs after a failure had its keys whichever step failed, so the sign-in
        // comes first.
        let is_outlived = steps.iter().any(|it| may_need_aws(it) && outlives(it));
        // Nothing before it takes the keys: the role is signed in to as one that a step is given with
        // its keys.
        let by_role = chained.filter(|index| {
            let is_first = first.is_none_or(|first| *index < first);
            let is_safe = *index == 0 || !is_outlived;
            let is_one = inherited.iter().all(|(_, own)| own.switches.is_empty());
            is_first && is_safe && is_one && self.may_sign_in(*index)
        });
        if let Some(index) = by_role {
            self.with(index, pair, role, true, done)?;
            active.push(Active::new(role, None, index));
            return Ok(by_role);
        }
        let Some(first) = first.into_iter().chain(chained).min() else {
            return Ok(None);
        };
        let latest = if is_outlived { 0 } else { first };
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
            // After the checkout and before the first step that may call AWS, where people put it.
            let checkout = steps.iter().position(is_checkout);
            let at = checkout.map(|it| it + 1).filter(|at| *at <= latest);
            let at = at.unwrap_or(latest);
            let before = Before {
                condition: None,
                is_only: self.is_only(at, role, done),
                region: None,
            };
            self.insert(at, pair, role, before, done)?;
            let region = self.resolved_region(&self.region(pair).0);
            active.push(Active::new(role, None, at).to(Some(region)));
        }
        Ok(None)
    }
}

/// Whether all steps of the job inherit keys of that form.
pub(super) fn is_inherited(form: KeyForm) -> bool {
    matches!(form, KeyForm::JobEnv | KeyForm::WorkflowEnv)
}
