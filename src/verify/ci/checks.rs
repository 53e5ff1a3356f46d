//! The checks of every job that signs in with a role.

mod trust;
mod variables;

use std::io;

use ci::github::role_sign_ins::RoleCaller;
use engine::settings::Settings;
use engine::verification::JobRole;
use serde_json::Value;
use syntax::shell;

use super::aws::{Aws, RoleArn};
use super::check::{Check, JobChecks, Need, State};
use super::github::GitHub;
use super::known::{Known, Unread};

/// What checks are made with.
pub struct Checker<'r, 'a> {
    pub settings: &'r Settings,
    pub github: &'r GitHub,
    pub aws: &'r mut Aws<'a>,
}

/// A role, as far as it is known.
enum Role {
    Known(RoleArn),
    /// Some of what its ARN is read from is missing, or wrong; that is said there.
    Open,
    Unknown(Unread),
}

impl Checker<'_, '_> {
    /// Makes the checks, each job and environment together.
    ///
    /// # Errors
    /// The AWS CLI cannot be started, or the run is being ended.
    pub fn jobs(&mut self, roles: &[JobRole]) -> io::Result<Vec<JobChecks>> {
        let mut jobs: Vec<JobChecks> = Vec::new();
        for role in roles {
            let is_it = |it: &&mut JobChecks| {
                (&it.path, &it.job, &it.environment)
                    == (&role.path, &role.job, &role.sign_in.environment)
            };
            let checks = self.role(role)?;
            let job = match jobs.iter_mut().find(is_it) {
                Some(job) => job,
                None => {
                    jobs.push(JobChecks {
                        path: role.path.clone(),
                        line: role.line,
                        job: role.job.clone(),
                        environment: role.sign_in.environment.clone(),
                        checks: Vec::new(),
                    });
                    let last = jobs.len() - 1;
                    &mut jobs[last]
                }
            };
            job.line = job.line.min(role.line);
            for check in checks {
                if !job.checks.contains(&check) {
                    job.checks.push(check);
                }
            }
        }
        Ok(jobs)
    }

    fn role(&mut self, job: &JobRole) -> io::Result<Vec<Check>> {
        let mut checks = Vec::new();
        let role = self.resolved(&job.sign_in.role, job, true, &mut checks);
        for read in &job.sign_in.reads {
            // What it is worth only the step needs.
            let _ = self.stored(read, job, "<VALUE>", &mut checks);
        }
        let caller = match &job.sign_in.caller {
            RoleCaller::Token { .. } => None,
            // What it is read from is checked where the job assumes it.
            RoleCaller::Role(text) => Some(self.resolved(text, job, false, &mut Vec::new())),
        };
        let role = match role {
            Role::Known(role) => role,
            Role::Open => {
                let unread = Unread::new("the role is not known yet");
                self.trust_unknown(job, caller, &unread, &mut checks);
                return Ok(checks);
            }
            Role::Unknown(unread) => {
                checks.push(unverified(Need::Role, &job.sign_in.role.written(), &unread));
                self.trust_unknown(job, caller, &unread, &mut checks);
                return Ok(checks);
            }
        };
        let found = self.aws.role(&role)?;
        let (state, detail, cures) = self.existence(&role, job, &found);
        checks.push(Check {
            need: Need::Role,
            name: role.arn.clone(),
            state,
            detail,
            cures,
        });
        let policy = found.and_then(|found| {
            let found = found.ok_or_else(|| Unread::new("the role is not there"))?;
            policy_of(&found)
        });
        match (&job.sign_in.caller, caller) {
            (RoleCaller::Token { subjects, audience }, _) => {
                self.provider(&role, audience.as_deref(), &mut checks)?;
                let token = (subjects.as_slice(), audience.as_deref());
                self.tokens(job, &role, token, &policy, &mut checks);
            }
            (RoleCaller::Role(_), Some(Role::Known(caller))) => {
                checks.push(self.caller(job, (&role, &caller), &policy));
            }
            (RoleCaller::Role(text), _) => {
                let unread = Unread::new("the role that is assumed before is not known");
                checks.push(unverified(Need::Caller, &text.written(), &unread));
            }
        }
        Ok(checks)
    }

    fn existence(
        &self,
        role: &RoleArn,
        job: &JobRole,
        found: &Known<Option<Value>>,
    ) -> (State, String, Vec<String>) {
        let place = format!("account {}", self.settings.labelled(&role.account));
        match found {
            Ok(Some(found)) => {
                let arn = found.get("Arn").and_then(Value::as_str);
                match arn {
                    Some(arn) if arn == role.arn => {
                        (State::Found, format!("in {place}"), Vec::new())
                    }
                    // A path belongs to the ARN.
                    Some(arn) if RoleArn::parse(arn).is_some() => {
                        let read = job.sign_in.role.as_stored();
                        let cures = read.map(|read| self.set(read, job, arn));
                        let detail = format!("in {place} it is {arn}");
                        (State::Wrong, detail, cures.unwrap_or_default())
                    }
                    _ => (
                        State::NotVerified,
                        "AWS's answer has no ARN".to_owned(),
                        Vec::new(),
                    ),
                }
            }
            Ok(None) => (
                State::Missing,
                format!("in {place}"),
                vec![self.generate(job, role)],
            ),
            Err(unread) => (
                State::NotVerified,
                unread.reason.clone(),
                unread.cure.iter().cloned().collect(),
            ),
        }
    }

    /// The command that prints the role with its trust policy.
    fn generate(&self, job: &JobRole, role: &RoleArn) -> String {
        let repository = shell::quoted(&self.github.name);
        if let RoleCaller::Role(_) = job.sign_in.caller {
            return match self.state_role(job).is_some() {
                true => format!("tfkeyless generate state-role --repository {repository}"),
                false => format!(
                    "tfkeyless generate trust --role {}",
                    shell::quoted(&role.arn)
                ),
            };
        }
        let ids = self.github.subjects.as_ref().ok().and_then(|it| it.ids);
        let ids =
            ids.map(|(owner, id)| format!(" --plain --owner-id {owner} --repository-id {id}"));
        format!(
            "tfkeyless generate oidc-role --repository {repository}{}",
            ids.unwrap_or_default()
        )
    }
}

/// The trust policy of a role, which the CLI decodes.
fn policy_of(role: &Value) -> Known<Value> {
    match role.get("AssumeRolePolicyDocument") {
        Some(policy @ Value::Object(_)) => Ok(policy.clone()),
        _ => Err(Unread::new("AWS's answer has no trust policy")),
    }
}

fn unverified(need: Need, name: &str, unread: &Unread) -> Check {
    Check {
        need,
        name: name.to_owned(),
        state: State::NotVerified,
        detail: unread.reason.clone(),
        cures: unread.cure.iter().cloned().collect(),
    }
}
