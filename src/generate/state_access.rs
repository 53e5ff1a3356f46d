//! What reaching the state takes: the bucket, the lock table, the key that encrypts the states.

use std::collections::BTreeSet;

use engine::inventory::Backend;

use super::RepositoryFacts;
use super::bucket_policy::{ACTIONS, resources};
use super::statement::Statement;

/// What Terraform does with a lock table (documentation of the S3 backend, "DynamoDB Table
/// Permissions").
const TABLE_ACTIONS: [&str; 4] = [
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
];

/// What an object encrypted by a customer's key takes (Amazon S3 User Guide, "Using server-side
/// encryption with AWS KMS keys": GenerateDataKey to write, Decrypt to read; Encrypt for copies).
pub const KEY_ACTIONS: [&str; 3] = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"];

/// A key that encrypts states.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// As the backend names it.
    pub name: String,
    /// The resource of statements that allow its use.
    pub arn: String,
    /// The account it is in, where that is known.
    pub account: Option<String>,
    /// The alias, where that names it.
    pub alias: Option<String>,
}

impl RepositoryFacts {
    /// The backends whose state is reached with the credentials of who runs Terraform.
    fn own_states(&self) -> impl Iterator<Item = &Backend> {
        self.inventory.states.iter().filter(|it| !it.has_role)
    }

    /// The accounts that hold these states, that of the configured state first; empty where none is known.
    pub fn accounts_of_states(&self) -> Vec<&str> {
        let first = self.state_account(None);
        let accounts = self.own_states().filter_map(|it| self.account_of_state(it));
        let accounts: BTreeSet<&str> = accounts.collect();
        let others = accounts.iter().copied().filter(|it| Some(*it) != first);
        let first = first.filter(|it| accounts.contains(it));
        first.into_iter().chain(others).collect()
    }

    /// The account that holds a state: that of the profile which its backend has, or gets.
    fn account_of_state(&self, backend: &Backend) -> Option<&str> {
        let bucket = backend.settings.get("bucket").map(String::as_str);
        match backend.settings.get("profile") {
            Some(profile) => self.settings.account_of(profile),
            None => self.state_account(bucket),
        }
    }

    /// Whether a state is reached with the credentials of who runs Terraform.
    pub fn has_own_states(&self) -> bool {
        self.own_states().next().is_some()
    }

    /// Whether a state lies in an account, as far as that is known.
    pub fn lies_in(&self, backend: &Backend, account: &str) -> bool {
        self.account_of_state(backend)
            .is_none_or(|it| it == account)
    }

    /// The keys that encrypt states.
    pub fn keys(&self) -> Vec<Key> {
        let keys = self.inventory.states.iter().filter_map(|it| self.key(it));
        let keys: BTreeSet<Key> = keys.collect();
        keys.into_iter().collect()
    }

    fn key(&self, backend: &Backend) -> Option<Key> {
        let name = backend.settings.get("kms_key_id")?;
        let bucket = backend.settings.get("bucket").map(String::as_str);
        let region = backend.settings.get("region").map_or("*", String::as_str);
        let mut parts = name.splitn(6, ':');
        let (arn_account, id) = match name.starts_with("arn:") {
            true => (parts.nth(4), parts.next().unwrap_or_default()),
            false => (None, name.as_str()),
        };
        let account = arn_account.or_else(|| self.state_account(bucket));
        let alias = id.starts_with("alias/").then(|| id.to_owned());
        // Policies name keys by their ARN, never by an alias (AWS KMS Developer Guide, "Using aliases to
        // control access to KMS keys").
        let arn = match (&alias, arn_account) {
            (None, Some(_)) => name.clone(),
            _ => {
                let key = if alias.is_some() {
                    "*"
                } else {
                    id.trim_start_matches("key/")
                };
                let partition = self.partition();
                let region = name.split(':').nth(3).unwrap_or(region);
                let account = account.unwrap_or("*");
                format!("arn:{partition}:kms:{region}:{account}:key/{key}")
            }
        };
        Some(Key {
            name: name.clone(),
            arn,
            account: account.map(str::to_owned),
            alias,
        })
    }

    /// What a role needs to reach states that no role of their own reaches: `account` is that of the
    /// lock tables, `is_one` says which states. Only what planning takes where `reads` is set.
    pub fn state_statements(
        &self,
        account: Option<&str>,
        reads: bool,
        is_one: &dyn Fn(&Backend) -> bool,
    ) -> Vec<Statement> {
        let partition = self.partition();
        let states = || self.own_states().filter(|it| is_one(it));
        let value = |name: &'static str| {
            let values = states();
            let values = values.filter_map(move |it| it.settings.get(name).map(String::as_str));
            values.collect::<BTreeSet<&str>>()
        };
        let buckets = value("bucket");
        let mut statements = Vec::new();
        if !buckets.is_empty() {
            let all = buckets.iter().flat_map(|it| resources(partition, it));
            match reads {
                false => {
                    let mut actions = ACTIONS.to_vec();
                    if !value("acl").is_empty() {
                        actions.push("s3:PutObjectAcl");
                    }
                    statements.push(Statement::new(&actions, all.collect()));
                }
                true => {
                    let read = ["s3:ListBucket", "s3:GetObject"];
                    statements.push(Statement::new(&read, all.collect()));
                    // The lock of `use_lockfile` is beside the state, under its name and this ending.
                    let locks = buckets.iter();
                    let locks = locks.map(|it| format!("arn:{partition}:s3:::{it}/*.tflock"));
                    let mut lock = vec!["s3:PutObject", "s3:DeleteObject"];
                    if !value("acl").is_empty() {
                        lock.push("s3:PutObjectAcl");
                    }
                    statements.push(Statement::new(&lock, locks.collect()));
                }
            }
        }
        let tables: BTreeSet<String> = states()
            .filter_map(|backend| {
                let table = backend.settings.get("dynamodb_table")?;
                let region = backend.settings.get("region").map_or("*", String::as_str);
                let account = account?;
                Some(format!(
                    "arn:{partition}:dynamodb:{region}:{account}:table/{table}"
                ))
            })
            .collect();
        if !tables.is_empty() {
            let tables: Vec<String> = tables.into_iter().collect();
            statements.extend(match reads {
                false => vec![Statement::new(&TABLE_ACTIONS, tables)],
                true => locks_alone(tables),
            });
        }
        let keys: BTreeSet<Key> = states().filter_map(|it| self.key(it)).collect();
        let (aliased, named): (Vec<Key>, Vec<Key>) =
            keys.into_iter().partition(|key| key.alias.is_some());
        if !named.is_empty() {
            let named = named.into_iter().map(|key| key.arn).collect();
            statements.push(Statement::new(&KEY_ACTIONS, named));
        }
        statements.extend(aliased.into_iter().map(|key| Statement {
            condition: Some((
                "ForAnyValue:StringEquals",
                "kms:ResourceAliases",
                key.alias.into_iter().collect(),
            )),
            ..Statement::new(&KEY_ACTIONS, vec![key.arn])
        }));
        statements
    }
}

/// Reading a lock table, and writing the locks in it alone. Beside them are the digests of states, under the name of
/// the lock and this ending: Terraform refuses a state that does not have its digest.
fn locks_alone(tables: Vec<String>) -> Vec<Statement> {
    let reads = ["dynamodb:DescribeTable", "dynamodb:GetItem"];
    let writes = ["dynamodb:PutItem", "dynamodb:DeleteItem"];
    let no_digest = (
        "ForAllValues:StringNotLike",
        "dynamodb:LeadingKeys",
        vec!["*-md5".to_owned()],
    );
    vec![
        Statement::new(&reads, tables.clone()),
        Statement {
            condition: Some(no_digest),
            ..Statement::new(&writes, tables)
        },
    ]
}
