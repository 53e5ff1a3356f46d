//! How GitHub makes the subjects of a repository's tokens.

use std::io;

use serde_json::Value;

use super::gh::{Answer, Gh};
use super::github::one;
use super::known::{Known, Unread};

/// How the subjects of tokens are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectFormat {
    /// What stands for the repository, without `repo:`: `OWNER/NAME`, or with the ids behind both. Two
    /// where GitHub does not say which.
    pub repositories: Vec<String>,
    /// The claims of a subject that the repository or the organization customized.
    pub claims: Option<Vec<String>>,
    /// The ids of owner and repository, where subjects have them.
    pub ids: Option<(u64, u64)>,
}

impl SubjectFormat {
    /// Asks how subjects are made (REST API, "OIDC"). A repository takes the organization's template where it
    /// says that it does not take GitHub's, and has none itself.
    pub fn ask(
        name: &str,
        about: &Value,
        may_have_ids: bool,
        gh: &Gh<'_>,
    ) -> io::Result<Known<Self>> {
        let path = format!("repos/{name}/actions/oidc/customization/sub");
        let denied = "GitHub denies gh's token the repository's OIDC settings";
        let own = match one(gh.get(&path)?, denied) {
            Ok(own) => own,
            Err(unread) => return Ok(Err(unread)),
        };
        let mut claims = None;
        match own.get("use_default").and_then(Value::as_bool) {
            Some(true) => {}
            Some(false) => {
                claims = claims_of(&own);
                if claims.is_none() {
                    let owner = name.split('/').next().unwrap_or_default();
                    let path = format!("orgs/{owner}/actions/oidc/customization/sub");
                    match gh.get(&path)? {
                        Ok(Answer::Absent) => {}
                        Ok(Answer::Pages(pages)) => claims = pages.first().and_then(claims_of),
                        Err(unread) => return Ok(Err(unread)),
                    }
                }
            }
            None => {
                return Ok(Err(Unread::new(
                    "GitHub does not say how subjects are made",
                )));
            }
        }
        let id = |path: &str| about.pointer(path).and_then(Value::as_u64);
        let ids = id("/owner/id").zip(id("/id"));
        let with_ids = ids.zip(name.split_once('/'));
        let with_ids = with_ids
            .map(|((owner_id, id), (owner, name))| format!("{owner}@{owner_id}/{name}@{id}"));
        let plain = name.to_owned();
        let says = own.get("use_immutable_subject").and_then(Value::as_bool);
        let (repositories, ids) = match (says.or((!may_have_ids).then_some(false)), with_ids) {
            (Some(false), _) => (vec![plain], None),
            (Some(true), Some(with_ids)) => (vec![with_ids], ids),
            (None, Some(with_ids)) => (vec![plain, with_ids], None),
            (_, None) => return Ok(Err(Unread::new("GitHub does not say its ids"))),
        };
        Ok(Ok(Self {
            repositories,
            claims,
            ids,
        }))
    }
}

fn claims_of(template: &Value) -> Option<Vec<String>> {
    let claims = template.get("include_claim_keys")?.as_array()?;
    let claims: Option<Vec<String>> = claims
        .iter()
        .map(|claim| claim.as_str().map(str::to_owned))
        .collect();
    claims.filter(|claims| !claims.is_empty())
}
