//! Steps that assume a role with the credentials they find: the action's condition for a sign-in by
//! the OIDC token holds for them, too, once the job may request that token.

use ci::github::configure_aws_credentials::can_chain;
use ci::github::keys::refusal::JobRefusal;
use ci::github::sign_ins::SignInMethod;
use ci::github::uses::remote_action;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::{Step, Text, entry};
use syntax::code::sentence;
use syntax::yaml::YamlChange;

use super::convert::{Conversion, Converted};

/// The longest session of a role that another role assumed, in seconds (IAM user guide, "Role
/// chaining").
const CHAINED_SESSION: u32 = 3600;

impl Conversion<'_> {
    /// The steps of a job or action that assume a role with what they find, in their order.
    pub(super) fn chained_steps(&self) -> Vec<usize> {
        if !self.gets_token() {
            return Vec::new();
        }
        let steps = self.flow.workflows.steps(self.owner).iter().enumerate();
        let chained = steps.filter(|(_, step)| assumed_role(step).is_some());
        chained.map(|(index, _)| index).collect()
    }

    /// Whether the jobs whose steps these are may not request a token yet.
    fn gets_token(&self) -> bool {
        let (workflows, default) = (self.flow.workflows, self.flow.ci.default_token);
        let may_fetch = |owner: StepOwner| workflows.may_fetch_id_token(owner, default);
        match self.owner.job {
            Some(_) => !may_fetch(self.owner),
            None => {
                let mut users = workflows.users(self.owner.source);
                users.any(|(user, _)| user.job.is_none() || !may_fetch(user))
            }
        }
    }

    /// Whether the step at that index, which assumes a role with keys of an `env:`, may be the sign-in
    /// in their place.
    pub(super) fn may_sign_in(&self, index: usize) -> bool {
        let step = &self.flow.workflows.steps(self.owner)[index];
        assumed_role(step).is_some_and(|role| is_arn(&role.value)) && step.condition.is_none()
    }

    /// Makes the steps but that sign-in assume their roles with the credentials they find, as they
    /// did.
    pub(super) fn keep_chains(
        &self,
        sign_in: Option<usize>,
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        if !done.signs_in {
            return Ok(());
        }
        self.refuse_chained_actions()?;
        for index in self.chained_steps() {
            if Some(index) != sign_in {
                self.keep_chain(index, done)?;
            }
        }
        Ok(())
    }

    fn keep_chain(&self, index: usize, done: &mut Converted) -> Result<(), JobRefusal> {
        let step = &self.flow.workflows.steps(self.owner)[index];
        let Some((role, uses)) = assumed_role(step).zip(step.uses.as_ref()) else {
            return Ok(());
        };
        let refuse = |offset, why: String| Err(JobRefusal::new(offset, why));
        let name = role.value.trim();
        if self.owner.job.is_none() && self.has_token_somewhere() {
            let why = format!(
                "it assumes {name} with what it finds in some jobs but with the token of others"
            );
            return refuse(role.offset, why);
        }
        let at = remote_action(&uses.value).map_or("", |action| action.at);
        if !can_chain(at) {
            let why = format!(
                "with the token that the job gets, its step would sign in as {name} by itself \
                 instead of from its keys: {at} of the action has no `role-chaining`"
            );
            return Err(JobRefusal::new(uses.offset, why).help("name v2.1.0 or later"));
        }
        if !is_arn(name) {
            let why =
                sentence!("a step that goes on from a role needs the ARN of its own, not `{name}`");
            let help = "write arn:aws:iam::ACCOUNT:role/NAME";
            return Err(JobRefusal::new(role.offset, why).help(help));
        }
        let duration = entry(&step.with, "role-duration-seconds");
        let is_longer = |text: &str| {
            let seconds = text.trim().parse::<u32>();
            seconds.map_or(true, |seconds| seconds > CHAINED_SESSION)
        };
        if let Some(longer) = duration.filter(|it| is_longer(&it.value.value)) {
            let why = format!(
                "a role that a role assumes has sessions of one hour, while {name} asks for {}",
                longer.value.value
            );
            return refuse(longer.offset, why);
        }
        let place = self.steps().item(index).key("with");
        done.changes.push(match entry(&step.with, "role-chaining") {
            Some(off) => YamlChange::Replace(place.key(&off.name), "true".to_owned()),
            None => {
                let own = entry(&step.with, "role-to-assume");
                let own = own.map_or("role-to-assume", |it| it.name.as_str());
                YamlChange::After(place.key(own), "role-chaining: true\n".to_owned())
            }
        });
        done.notes.push(format!(
            "the role {name} has to trust the role that the job signs in as: its sessions then end after \
             an hour"
        ));
        Ok(())
    }

    /// Whether a job that uses the action may request a token already.
    fn has_token_somewhere(&self) -> bool {
        let (workflows, default) = (self.flow.workflows, self.flow.ci.default_token);
        let mut users = workflows.users(self.owner.source);
        users.any(|(user, _)| user.job.is_some() && workflows.may_fetch_id_token(user, default))
    }

    /// Refuses a job with a local action that would sign in by the job's token where it assumed a
    /// role with the job's keys.
    fn refuse_chained_actions(&self) -> Result<(), JobRefusal> {
        let workflows = self.flow.workflows;
        if self.owner.job.is_none() || !self.gets_token() {
            return Ok(());
        }
        let all = workflows.sign_ins(self.owner);
        let in_action = all.iter().filter_map(|it| match &it.how {
            SignInMethod::Role {
                role,
                is_web_identity: true,
            } => {
                let step = &workflows.steps(self.owner)[it.step];
                let source = workflows.action(step)?;
                let takes_keys = !self.flow.keys().key_inputs(source).is_empty();
                (!takes_keys).then_some((step.offset, role))
            }
            _ => None,
        });
        match in_action.into_iter().next() {
            Some((offset, role)) => {
                let why = format!(
                    "with the token that the job gets, a local action would sign in as {role} by \
                     itself instead of from the job's keys"
                );
                let help = "add `role-chaining: true` to that step of the action, and run again";
                Err(JobRefusal::new(offset, why).help(help))
            }
            None => Ok(()),
        }
    }
}

/// The role that a step assumes with the credentials it finds, where no token is to be had.
fn assumed_role(step: &Step) -> Option<&Text> {
    let uses = step.uses.as_ref()?;
    let has = |name: &str| entry(&step.with, name).is_some();
    let is_on = |name: &str| entry(&step.with, name).is_some_and(|it| it.value.value != "false");
    let is_chained = remote_action(&uses.value).is_some_and(|action| action.is_configure())
        && !has("aws-access-key-id")
        && !has("web-identity-token-file")
        && !is_on("role-chaining");
    let role = entry(&step.with, "role-to-assume")?;
    (is_chained && !role.value.value.trim().is_empty()).then_some(&role.value)
}

/// Whether a role is given by its ARN, or an expression: the action completes a bare name with the
/// account of its keys, and a job without keys has no account yet.
fn is_arn(role: &str) -> bool {
    let role = role.trim();
    role.contains("${{") || role.starts_with("arn:")
}
