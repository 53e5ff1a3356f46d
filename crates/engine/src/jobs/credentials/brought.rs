//! What steps of a job bring beside sign-ins and keys.

use ci::github::brought_credentials::Reach;
use ci::github::sign_ins::SignInMethod;
use ci::github::workflow::model::Text;
use ci::github::workflow::{StepOwner, Workflows};

use super::{Credentials, JobCredentials};

impl JobCredentials {
    /// Adds what steps bring beside sign-ins and keys, and a role that variables name with a token.
    pub(super) fn brought(&mut self, workflows: &Workflows, owner: StepOwner) {
        for brought in workflows.brought_credentials(owner).iter() {
            let sign_in = &brought.sign_in;
            let offset = workflows.steps(owner)[sign_in.step].offset;
            let line = workflows.source(owner).location(offset).line;
            let index = self.add(match &sign_in.how {
                SignInMethod::Role { role, .. } => Credentials::Role(Text {
                    value: role.clone(),
                    offset,
                }),
                SignInMethod::Unknown(what) => {
                    Credentials::Unknown(format!("by {what} (line {line})"))
                }
                SignInMethod::Keys | SignInMethod::Temporary => continue,
            });
            match brought.reach {
                // It is nearer to the command than the environment of its step.
                Reach::Itself => self.own.insert(0, (sign_in.step, index)),
                Reach::Later => self.sign_ins.push((sign_in.clone(), index)),
                Reach::Profile => self.environment = self.environment.or(Some(index)),
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
}
