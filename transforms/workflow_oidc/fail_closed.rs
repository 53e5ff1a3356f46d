//! Sign-ins whose role may be empty: the action then goes on with the credentials that are there,
//! and exits with 0 (run with v4.3.1 and v6.2.3).

use ci::github::configure_aws_credentials::{can_limit_accounts, can_unset};
use diagnostics::finding::AssumedRole;
use syntax::code::sentence;
use syntax::yaml::scalar;

use super::convert::{Conversion, Converted};

impl Conversion<'_> {
    /// The inputs of a sign-in beside role and region.
    pub(super) fn further_inputs(
        &self,
        role: &AssumedRole,
        at: &str,
        is_only: bool,
        done: &mut Converted,
    ) -> Vec<String> {
        let closed = self.fail_closed(role, at, is_only, done);
        self.session_name().into_iter().chain(closed).collect()
    }

    /// The input that names the session.
    pub(super) fn session_name(&self) -> Option<String> {
        let job = self.flow.workflows.job(self.owner);
        let name = self.flow.ci.session_name.as_ref()?;
        let name = name.of(job.map(|job| job.id.as_str()));
        Some(format!("role-session-name: {}", scalar(&name)))
    }

    /// The inputs by which an empty role is an error, for the release at that ref. `is_only`: no
    /// sign-in with another role comes before it.
    fn fail_closed(
        &self,
        role: &AssumedRole,
        at: &str,
        is_only: bool,
        done: &mut Converted,
    ) -> Vec<String> {
        let job = self.flow.workflows.job(self.owner);
        let is_self_hosted = job.is_some_and(|job| !job.is_hosted);
        let mut inputs = Vec::new();
        if is_self_hosted && self.acts_after_failure() {
            done.doubts.push(
                "if the sign-in fails, steps that run all the same act by the self-hosted runner's own role"
                    .to_owned(),
            );
        }
        // A step that outlives the failure of a sign-in would act by the one before, whatever the
        // role is called. A hosted runner has no credentials before its first sign-in.
        let may_fail = role.is_variable() || !is_only && self.acts_after_failure();
        if !may_fail || is_only && !is_self_hosted {
            return inputs;
        }
        let text = &role.text;
        match can_unset(at) {
            true => inputs.push("unset-current-credentials: true".to_owned()),
            false => done.doubts.push(sentence!(
                "where `{text}` is empty, {at} of the action goes on with the credentials of the \
                 sign-in before: `unset-current-credentials` came with v3"
            )),
        }
        if is_self_hosted && role.is_variable() {
            // The machine may have a role of its own, which nothing unsets.
            match role.accounts.as_slice() {
                [only] if can_limit_accounts(at) => {
                    inputs.push(format!("allowed-account-ids: \"{only}\""));
                }
                _ => done.doubts.push(sentence!(
                    "if `{text}` is empty, steps act by the self-hosted runner's own role: set `ci.role` \
                     to an ARN"
                )),
            }
        }
        inputs
    }
}
