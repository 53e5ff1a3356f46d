//! The statement of a key's policy, with which other accounts read and write the states that it
//! encrypts.

use anyhow::bail;
use syntax::code::sentence;

use super::RepositoryFacts;
use super::state_access::{KEY_ACTIONS, Key};
use super::statement::{Statement, document};
use crate::cli::PolicyFormat;

/// A key's statement.
#[derive(Debug)]
pub struct KeyPolicy {
    /// The key, as backends name it.
    pub key: String,
    statement: Statement,
}

impl KeyPolicy {
    /// The statement for a key of the repository: the one that is named, else its only one.
    pub fn new(facts: &RepositoryFacts, key: Option<&str>) -> anyhow::Result<Self> {
        let keys = facts.keys();
        let names = || keys.iter().map(|key| key.name.as_str());
        let found: &Key = match (key, keys.as_slice()) {
            (Some(name), _) => match keys.iter().find(|it| it.name == name || it.arn == name) {
                Some(key) => key,
                None => bail!(sentence!(
                    "no S3 backend has the key `{name}` as kms_key_id; there is {}",
                    names().collect::<Vec<_>>().join(", ")
                )),
            },
            (None, [key]) => key,
            (None, []) => bail!("no S3 backend has kms_key_id: no key's policy is needed"),
            (None, _) => bail!(
                "several keys encrypt states\nhelp: name one with --key: {}",
                names().collect::<Vec<_>>().join(", ")
            ),
        };
        let others = facts.other_accounts(found.account.as_deref())?;
        // In a key's policy `*` is the key itself (AWS KMS Developer Guide, "Key policies").
        let itself = vec!["*".to_owned()];
        let statement = Statement::for_accounts(&others, facts.partition(), &KEY_ACTIONS, itself);
        Ok(Self {
            key: found.name.clone(),
            statement,
        })
    }

    /// As IAM takes it, or as Terraform, to be merged into the policy that the key has.
    pub fn text(&self, format: PolicyFormat) -> String {
        match format {
            PolicyFormat::Json => self.statement.policy(),
            PolicyFormat::Hcl => {
                document("terraform_state_key", std::slice::from_ref(&self.statement))
            }
        }
    }
}
