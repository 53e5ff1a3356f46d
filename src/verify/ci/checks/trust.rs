//! OIDC providers, and whom the trust policies of roles admit.

use std::io;

use ci::github::role_sign_ins::RoleCaller;
use engine::verification::JobRole;
use serde_json::Value;
use syntax::shell;

use super::{Checker, Role, unverified};
use crate::verify::ci::aws::RoleArn;
use crate::verify::ci::check::{Check, Need, State};
use crate::verify::ci::known::{Known, Unread};
use crate::verify::ci::subject::{SubjectSource, TokenSubject};
use crate::verify::ci::trust::{Claim, Principal, Request, Truth, admits};

/// Whether a trust policy admits the subjects of a job.
type Admitted<'a> = dyn Fn(&[TokenSubject]) -> Known<Truth> + 'a;

impl Checker<'_, '_> {
    /// The issuer as ARNs and keys of conditions have it.
    fn issuer(&self) -> &str {
        let issuer = &self.settings.ci.issuer;
        issuer.strip_prefix("https://").unwrap_or(issuer)
    }

    fn provider_arn(&self, role: &RoleArn) -> String {
        let (partition, account) = (&role.partition, &role.account);
        format!(
            "arn:{partition}:iam::{account}:oidc-provider/{}",
            self.issuer()
        )
    }

    /// Checks the OIDC provider of the role's account.
    pub(super) fn provider(
        &mut self,
        role: &RoleArn,
        audience: Option<&str>,
        checks: &mut Vec<Check>,
    ) -> io::Result<()> {
        let arn = self.provider_arn(role);
        let found = self.aws.provider(&arn, role)?;
        let mut check = Check {
            need: Need::Provider,
            name: arn.clone(),
            state: State::Found,
            detail: String::new(),
            cures: Vec::new(),
        };
        match (found, audience) {
            (Err(unread), _) => check = unverified(Need::Provider, &arn, &unread),
            (Ok(None), _) => {
                check.state = State::Missing;
                let repository = shell::quoted(&self.github.name);
                check.cures = vec![format!(
                    "tfkeyless generate oidc-role --plain --repository {repository}"
                )];
            }
            (Ok(Some(_)), None) => {
                check.state = State::NotVerified;
                "the audience of the job's token is not known".clone_into(&mut check.detail);
            }
            (Ok(Some(audiences)), Some(audience)) => {
                check.detail = format!("for the audience {audience}");
                if !audiences.iter().any(|it| it == audience) {
                    check.state = State::Wrong;
                    check.detail = format!("lacks the audience {audience}");
                    let mut accounts = self.settings.accounts.iter();
                    let label = accounts.find(|it| it.id == role.account);
                    let profile = shell::quoted(label.map_or("<PROFILE>", |it| &it.label));
                    check.cures = vec![format!(
                        "aws iam add-client-id-to-open-id-connect-provider \
                         --open-id-connect-provider-arn {} --client-id {} --profile {profile}",
                        shell::quoted(&arn),
                        shell::quoted(audience)
                    )];
                }
            }
        }
        checks.push(check);
        Ok(())
    }

    /// Checks that the trust policy admits the job's tokens.
    pub(super) fn tokens(
        &self,
        job: &JobRole,
        role: &RoleArn,
        (subjects, audience): (&[String], Option<&str>),
        policy: &Known<Value>,
        checks: &mut Vec<Check>,
    ) {
        let issuer = self.issuer();
        let admitted = |made: &[TokenSubject]| {
            let policy = policy.as_ref().map_err(Unread::clone)?;
            let verdicts = made.iter().map(|subject| {
                let mut keys = vec![(format!("{issuer}:sub"), subject.claim.clone())];
                keys.extend(audience.map(|it| (format!("{issuer}:aud"), Claim::text(it))));
                let request = Request {
                    principal: Principal::Token(self.provider_arn(role)),
                    keys,
                    all_occur: subject.all_occur,
                };
                admits(policy, &request)
            });
            let verdicts: Vec<Truth> = verdicts.collect();
            match verdicts.as_slice() {
                [first, rest @ ..] if rest.iter().all(|it| it == first) => Ok(first.clone()),
                _ => Err(Unread::new(
                    "GitHub does not say whether subjects have the repository's ids",
                )),
            }
        };
        let cure = self.generate(job, role);
        self.subjects(job, subjects, (&admitted, &cure), checks);
    }

    /// The checks of the subjects of a job's tokens, as `admitted` says.
    fn subjects(
        &self,
        job: &JobRole,
        subjects: &[String],
        (admitted, cure): (&Admitted<'_>, &str),
        checks: &mut Vec<Check>,
    ) {
        if subjects.is_empty() {
            let unread = Unread::new("the workflow is called from other repositories alone");
            checks.push(unverified(Need::Subject, "the caller's subject", &unread));
        }
        for subject in subjects {
            let source = SubjectSource {
                path: &job.path,
                environment: job.sign_in.environment.as_deref(),
                subject,
            };
            let made = match source.subjects(self.github) {
                Ok(made) => made,
                Err(unread) => {
                    checks.push(unverified(Need::Subject, subject, &unread));
                    continue;
                }
            };
            let shown = made.first().map(|it| it.claim.shown()).unwrap_or_default();
            let refused = match made.iter().all(|it| it.claim.is_known()) {
                true => "the trust policy does not admit it",
                false => "the trust policy does not admit all of them",
            };
            checks.push(match admitted(&made) {
                Ok(Truth::False) if job.sign_in.is_chosen => {
                    let reason =
                        format!("{refused}, and only the run knows whether it takes this role");
                    unverified(Need::Subject, &shown, &Unread::new(reason))
                }
                Ok(truth) => judged(Need::Subject, &shown, truth, (refused, cure)),
                Err(unread) => unverified(Need::Subject, &shown, &unread),
            });
        }
    }

    /// Checks that the trust policy admits another role.
    pub(super) fn caller(
        &self,
        job: &JobRole,
        (role, caller): (&RoleArn, &RoleArn),
        policy: &Known<Value>,
    ) -> Check {
        let policy = match policy {
            Ok(policy) => policy,
            Err(unread) => return unverified(Need::Caller, &caller.arn, unread),
        };
        let request = Request {
            principal: Principal::Role(caller.arn.clone()),
            keys: vec![
                ("aws:PrincipalArn".to_owned(), Claim::text(&caller.arn)),
                (
                    "aws:PrincipalAccount".to_owned(),
                    Claim::text(&caller.account),
                ),
            ],
            all_occur: true,
        };
        let refused = format!("the trust policy of {} does not admit it", role.arn);
        judged(
            Need::Caller,
            &caller.arn,
            admits(policy, &request),
            (&refused, &self.generate(job, role)),
        )
    }

    /// The trust of a role that is not known.
    pub(super) fn trust_unknown(
        &self,
        job: &JobRole,
        caller: Option<Role>,
        unread: &Unread,
        checks: &mut Vec<Check>,
    ) {
        // The reason stands with the role or its variable.
        let unread = Unread::new(unread.reason.clone());
        match (&job.sign_in.caller, caller) {
            (RoleCaller::Token { subjects, .. }, _) => {
                let admitted = |_: &[TokenSubject]| Err(unread.clone());
                self.subjects(job, subjects, (&admitted, ""), checks);
            }
            (RoleCaller::Role(_), Some(Role::Known(caller))) => {
                checks.push(unverified(Need::Caller, &caller.arn, &unread));
            }
            (RoleCaller::Role(text), _) => {
                checks.push(unverified(Need::Caller, &text.written(), &unread));
            }
        }
    }
}

fn judged(need: Need, name: &str, truth: Truth, (refused, cure): (&str, &str)) -> Check {
    let (state, detail, cures) = match truth {
        Truth::True => (State::Found, String::new(), Vec::new()),
        Truth::False => (State::Missing, refused.to_owned(), vec![cure.to_owned()]),
        Truth::Unknown(why) => (State::NotVerified, why, Vec::new()),
    };
    Check {
        need,
        name: name.to_owned(),
        state,
        detail,
        cures,
    }
}
