//! The subjects of a job's tokens, as the repository's template makes them.
//!
//! Source: GitHub docs, "OpenID Connect reference", "Customizing the subject claims".

use std::path::Path;

use ci::github::token::subject::DEFAULT_BRANCH;

use super::github::GitHub;
use super::known::Known;
use super::subject_format::SubjectFormat;
use super::trust::Claim;

/// A subject, or several of one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSubject {
    pub claim: Claim,
    /// Whether the job's tokens have each text of it.
    pub all_occur: bool,
}

/// A job as its subjects are made from it.
pub struct SubjectSource<'j> {
    /// Its workflow.
    pub path: &'j Path,
    /// Its environment, with an expression where the run decides it.
    pub environment: Option<&'j str>,
    /// What stands behind the repository where there is no environment.
    pub subject: &'j str,
}

impl SubjectSource<'_> {
    /// The subject, for each name that the repository may have in it.
    ///
    /// # Errors
    /// What GitHub does not tell.
    pub fn subjects(&self, github: &GitHub) -> Known<Vec<TokenSubject>> {
        let format = github.subjects.clone()?;
        let context = self.context(github)?;
        let repositories = format.repositories.iter();
        let subjects = repositories.map(|repository| {
            let Some(claims) = &format.claims else {
                let start = Claim::text(&format!("repo:{repository}:"));
                return TokenSubject {
                    claim: start.then(context.claim.clone()),
                    all_occur: context.all_occur,
                };
            };
            self.customized(claims, (repository, &github.name), &format, &context)
        });
        Ok(subjects.collect())
    }

    /// `context`, one of the claims: the environment, else the ref or the event.
    fn context(&self, github: &GitHub) -> Known<TokenSubject> {
        match self.environment {
            Some(name) => Ok(environment(name)),
            None => {
                let subject = match self.subject.contains(DEFAULT_BRANCH) {
                    true => {
                        let branch = github.default_branch.clone()?;
                        self.subject.replace(DEFAULT_BRANCH, &branch)
                    }
                    false => self.subject.to_owned(),
                };
                Ok(TokenSubject {
                    claim: Claim::with_gaps(&subject),
                    all_occur: true,
                })
            }
        }
    }

    /// A subject of those claims, `KEY:VALUE` for each but `context`.
    fn customized(
        &self,
        claims: &[String],
        (repository, name): (&str, &str),
        format: &SubjectFormat,
        context: &TokenSubject,
    ) -> TokenSubject {
        let mut whole = TokenSubject {
            claim: Claim::default(),
            all_occur: true,
        };
        let owner = name.split('/').next().unwrap_or_default();
        let (owner_id, id) = format.ids.unzip();
        let text = |key: &str, value: &str| TokenSubject {
            claim: Claim::text(&format!("{key}:{value}")),
            all_occur: true,
        };
        let unknown = |key: &str| TokenSubject {
            claim: Claim::text(&format!("{key}:")).then(Claim::with_gaps("*")),
            all_occur: false,
        };
        for (number, claim) in claims.iter().enumerate() {
            let part = match claim.as_str() {
                "repo" => text("repo", repository),
                "context" => context.clone(),
                "repository" => text("repository", name),
                "repository_owner" => text("repository_owner", owner),
                "repository_id" => {
                    id.map_or_else(|| unknown(claim), |id| text(claim, &id.to_string()))
                }
                "repository_owner_id" => {
                    owner_id.map_or_else(|| unknown(claim), |id| text(claim, &id.to_string()))
                }
                "environment" => match self.environment {
                    Some(name) => environment(name),
                    None => unknown(claim),
                },
                "job_workflow_ref" => {
                    let start = format!("job_workflow_ref:{name}/{}@", self.path.display());
                    let of_ref = self.subject.starts_with("ref:") && self.environment.is_none();
                    match of_ref {
                        // The commit of the run has its workflows, called ones too.
                        true => TokenSubject {
                            claim: Claim::text(&start).then(context.claim.without("ref:")),
                            all_occur: context.all_occur,
                        },
                        false => TokenSubject {
                            claim: Claim::text(&start).then(Claim::with_gaps("*")),
                            all_occur: false,
                        },
                    }
                }
                other => unknown(other),
            };
            let between = if number == 0 { "" } else { ":" };
            whole.claim = whole.claim.then(Claim::text(between)).then(part.claim);
            whole.all_occur &= part.all_occur;
        }
        whole
    }
}

fn environment(name: &str) -> TokenSubject {
    match name.contains("${{") {
        true => TokenSubject {
            claim: Claim::text("environment:").then(Claim::with_gaps("*")),
            all_occur: false,
        },
        // A colon in a value would be taken for the next claim.
        false => TokenSubject {
            claim: Claim::text(&format!("environment:{}", name.replace(':', "%3A"))),
            all_occur: true,
        },
    }
}
