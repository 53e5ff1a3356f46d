//! The statement of a key's policy, with which other accounts read and write the states that it
//! encrypts.

use anyhow::bail;
use serde_json::json;

use super::RepositoryFacts;
use super::hcl::list;
use super::state_access::{KEY_ACTIONS, Key};
use crate::json_text;

/// A key's statement.
#[derive(Debug)]
pub struct KeyPolicy {
    /// The key, as backends name it.
    pub key: String,
    principals: Vec<String>,
}

const SID: &str = "TerraformState";

impl KeyPolicy {
    /// The statement for a key of the repository: the one that is named, else its only one.
    pub fn new(facts: &RepositoryFacts, key: Option<&str>) -> anyhow::Result<Self> {
        let keys = facts.keys();
        let names = || keys.iter().map(|key| key.name.as_str());
        let found: &Key = match (key, keys.as_slice()) {
            (Some(name), _) => match keys.iter().find(|it| it.name == name || it.arn == name) {
                Some(key) => key,
                None => bail!(
                    "no S3 backend has the key `{name}` as kms_key_id; there is {}",
                    names().collect::<Vec<_>>().join(", ")
                ),
            },
            (None, [key]) => key,
            (None, []) => bail!("no S3 backend has kms_key_id: no key's policy is needed"),
            (None, _) => bail!(
                "several keys encrypt states; name one with --key: {}",
                names().collect::<Vec<_>>().join(", ")
            ),
        };
        let partition = facts.partition();
        let accounts = facts.settings.accounts.iter();
        let mut others: Vec<&str> = accounts
            .map(|account| account.id.as_str())
            .filter(|id| Some(*id) != found.account.as_deref())
            .collect();
        others.sort_unstable();
        others.dedup();
        if others.is_empty() {
            facts.other_accounts(None)?;
        }
        let principals = others.iter();
        Ok(Self {
            key: found.name.clone(),
            principals: principals
                .map(|id| format!("arn:{partition}:iam::{id}:root"))
                .collect(),
        })
    }

    /// As IAM takes it. In a key's policy `*` is the key itself (AWS KMS Developer Guide, "Key policies").
    pub fn json(&self) -> String {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": SID,
                "Effect": "Allow",
                "Principal": { "AWS": self.principals },
                "Action": KEY_ACTIONS,
                "Resource": "*",
            }],
        });
        json_text::pretty(&policy) + "\n"
    }

    /// As Terraform, to be merged into the policy that the key has.
    pub fn hcl(&self) -> String {
        format!(
            r#"data "aws_iam_policy_document" "terraform_state_key" {{
  statement {{
    sid = "{SID}"
    actions = {}
    resources = ["*"]

    principals {{
      type = "AWS"
      identifiers = {}
    }}
  }}
}}
"#,
            list(&KEY_ACTIONS.map(str::to_owned), 4),
            list(&self.principals, 6),
        )
    }
}
