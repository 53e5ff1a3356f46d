//! The policy of the state's bucket, with which other accounts read and write their state in it.

use std::collections::BTreeSet;

use anyhow::bail;
use syntax::hcl_string::quoted;

use super::RepositoryFacts;
use super::statement::{Statement, document};
use crate::cli::PolicyFormat;

/// A bucket's policy: one statement, on the bucket and on what is in it.
#[derive(Debug)]
pub struct Policy {
    /// The bucket's name.
    pub bucket: String,
    /// The keys that encrypt the states in it, as backends name them.
    pub keys: Vec<String>,
    statement: Statement,
}

/// What Terraform does with a state, its workspaces and its lock file: enough for `encrypt` and
/// `use_lockfile`, too (run against an imitation of S3).
pub const ACTIONS: [&str; 4] = [
    "s3:ListBucket",
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
];

impl Policy {
    /// The policy of a bucket of the repository: the one that is named, else its only one.
    pub fn new(facts: &RepositoryFacts, bucket: Option<&str>) -> anyhow::Result<Self> {
        let buckets = facts.values("bucket");
        let bucket = match (bucket, buckets.as_slice()) {
            (Some(bucket), _) => bucket,
            (None, [bucket]) => bucket,
            (None, []) => bail!("no S3 backend names a bucket\nhelp: name it with --bucket"),
            (None, several) => bail!(
                "the state lies in several buckets\nhelp: name one with --bucket: {}",
                several.join(", ")
            ),
        };
        let partition = facts.partition();
        let others = facts.other_accounts(facts.state_account(Some(bucket)))?;
        let mut actions = ACTIONS.to_vec();
        let mut backends = facts.inventory.states.iter();
        // With `acl` Terraform sets it at each write, which is a right of its own.
        if backends.any(|backend| backend.settings.contains_key("acl")) {
            actions.push("s3:PutObjectAcl");
        }
        let states = facts.inventory.states.iter();
        let states = states.filter(|it| it.settings.get("bucket").is_none_or(|it| it == bucket));
        let keys = states.filter_map(|it| it.settings.get("kms_key_id").cloned());
        let keys: BTreeSet<String> = keys.collect();
        Ok(Self {
            keys: keys.into_iter().collect(),
            bucket: bucket.to_owned(),
            statement: Statement::for_accounts(
                &others,
                partition,
                &actions,
                resources(partition, bucket),
            ),
        })
    }

    /// As IAM takes it, or as Terraform that sets it.
    pub fn text(&self, format: PolicyFormat) -> String {
        match format {
            PolicyFormat::Json => self.statement.policy(),
            PolicyFormat::Hcl => {
                let document = document("terraform_state", std::slice::from_ref(&self.statement));
                format!(
                    r#"{document}
resource "aws_s3_bucket_policy" "terraform_state" {{
  bucket = {}
  policy = data.aws_iam_policy_document.terraform_state.json
}}
"#,
                    quoted(&self.bucket)
                )
            }
        }
    }
}

/// A bucket and what is in it: both are needed, or workspaces "do not exist".
pub fn resources(partition: &str, bucket: &str) -> Vec<String> {
    vec![
        format!("arn:{partition}:s3:::{bucket}"),
        format!("arn:{partition}:s3:::{bucket}/*"),
    ]
}
