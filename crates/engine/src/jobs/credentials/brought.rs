//! What steps of a job bring beside sign-ins and keys.

use ci::github::brought_credentials::Reach;
use ci::github::sign_ins::{SignInMethod, StepSignIn};
use ci::github::workflow::model::Text;
use ci::github::workflow::{StepOwner, Workflows};

use super::{Credentials, JobCredentials};

impl JobCredentials {
    /// Adds what steps bring beside sign-ins and keys, and a role that variables name with a token.
    pub(super) fn brought(&mut self, workflows: &Workflows, owner: StepOwner) {
        let brought = workflows.brought_credentials(owner);
        for brought in brought.iter().filter(|it| it.reach != Reach::Unread) {
            let sign_in = &brought.sign_in;
            let Some(credentials) = credentials_of(workflows, owner, sign_in) else {
                continue;
            };
            let index = self.add(credentials);
            match brought.reach {
                // It is nearer to the command than the environment of its step.
                Reach::Itself => self.own.insert(0, (sign_in.step, index)),
                Reach::Later => self.sign_ins.push((sign_in.clone(), index)),
                Reach::Profile => self.environment = self.environment.or(Some(index)),
                Reach::Unread => {}
            }
        }
        let job = workflows.job(owner);
        let steps = workflows.steps(owner).iter();
        for (number, step) in steps.enumerate().filter(|_| job.is_some()) {
            let token = workflows.variable(owner, step, "AWS_WEB_IDENTITY_TOKEN_FILE");
            let role = workflows.variable(owner, step, "AWS_ROLE_ARN");
            let Some((role, _)) = role.zip(token) else {
                continue;
            };
            let role = Text {
                value: role.value.clone(),
                offset: step.offset,
            };
            let index = self.add(Credentials::Role(role));
            self.profiles.push((number, index));
        }
    }

    /// Adds what only the run determines, where the job runs Terraform and none of its credentials are seen.
    pub(super) fn unread(&mut self, workflows: &Workflows, owner: StepOwner) {
        let brought = workflows.brought_credentials(owner);
        let mut unread = brought.iter().filter(|it| it.reach == Reach::Unread);
        let Some(unread) = unread.next().filter(|_| self.environment.is_none()) else {
            return;
        };
        let runs = workflows.runs(owner);
        let mut steps = runs.iter().map(|run| run.step);
        if steps.any(|step| self.of_step(workflows, owner, step).is_empty()) {
            let credentials = credentials_of(workflows, owner, &unread.sign_in);
            self.environment = credentials.map(|it| self.add(it));
        }
    }
}

/// What a step brings by a role or in a way that is not read.
fn credentials_of(
    workflows: &Workflows,
    owner: StepOwner,
    sign_in: &StepSignIn,
) -> Option<Credentials> {
    let offset = workflows.steps(owner)[sign_in.step].offset;
    let line = workflows.source(owner).location(offset).line;
    match &sign_in.how {
        SignInMethod::Role { role, .. } => Some(Credentials::Role(Text {
            value: role.clone(),
            offset,
        })),
        SignInMethod::Unknown(what) => {
            Some(Credentials::Unknown(format!("by {what} (line {line})")))
        }
        SignInMethod::Keys | SignInMethod::Temporary => None,
    }
}
