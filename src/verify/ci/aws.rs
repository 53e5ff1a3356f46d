//! Reads of roles and OIDC providers by the AWS CLI, with the profile of their account.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;

use engine::settings::Settings;
use serde_json::Value;
use syntax::code::sentence;
use syntax::shell;
use terraform::partition;

use super::gh::LONGEST_ANSWER;
use super::known::{Known, Unread};
use crate::verify::failure::{FailureContext, PlanFailure};
use crate::verify::identity::{Caller, caller};
use crate::verify::processes::Processes;
use crate::verify::programs::{PlanCredentials, Programs, command};

/// The AWS CLI, and what it has answered.
pub struct Aws<'r> {
    pub programs: &'r Programs,
    pub processes: &'r Processes,
    pub settings: &'r Settings,
    accounts: BTreeMap<String, Known<PlanCredentials>>,
    roles: BTreeMap<String, Known<Option<Value>>>,
    providers: BTreeMap<String, Known<Option<Vec<String>>>>,
}

/// The ARN of a role, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleArn {
    pub arn: String,
    pub partition: String,
    pub account: String,
    /// Without its path.
    pub name: String,
}

impl RoleArn {
    /// Reads one; `None` where it is none.
    pub fn parse(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let &["arn", partition, "iam", "", account, role] = parts.as_slice() else {
            return None;
        };
        let path = role.strip_prefix("role/")?;
        let name = path.rsplit('/').next()?;
        // IAM User Guide, "IAM and AWS STS quotas", name requirements.
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
        let is_partition = partition == "aws" || partition.starts_with("aws-");
        let is_plain = partition
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let is_role = !name.is_empty() && !name.starts_with('-') && path.bytes().all(is_letter);
        let is_arn =
            is_partition && is_plain && is_role && terraform::account::is_account_id(account);
        is_arn.then(|| Self {
            arn: arn.to_owned(),
            partition: partition.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl<'r> Aws<'r> {
    pub fn new(programs: &'r Programs, processes: &'r Processes, settings: &'r Settings) -> Self {
        Self {
            programs,
            processes,
            settings,
            accounts: BTreeMap::new(),
            roles: BTreeMap::new(),
            providers: BTreeMap::new(),
        }
    }

    /// The role as IAM has it; nothing where it is not there.
    ///
    /// # Errors
    /// The AWS CLI cannot be started, or the run is being ended.
    pub fn role(&mut self, role: &RoleArn) -> io::Result<Known<Option<Value>>> {
        if let Some(known) = self.roles.get(&role.arn) {
            return Ok(known.clone());
        }
        let arguments = ["get-role", "--role-name", &role.name];
        let answer = self.iam(role, &arguments)?;
        let found = answer.and_then(|document| match document {
            None => Ok(None),
            Some(document) => match document.get("Role") {
                Some(role) => Ok(Some(role.clone())),
                None => Err(Unread::new("AWS's answer has no role")),
            },
        });
        self.roles.insert(role.arn.clone(), found.clone());
        Ok(found)
    }

    /// The audiences of an OIDC provider in the account of a role; nothing where it is not there.
    ///
    /// # Errors
    /// The same.
    pub fn provider(
        &mut self,
        arn: &str,
        role: &RoleArn,
    ) -> io::Result<Known<Option<Vec<String>>>> {
        if let Some(known) = self.providers.get(arn) {
            return Ok(known.clone());
        }
        let arguments = [
            "get-open-id-connect-provider",
            "--open-id-connect-provider-arn",
            arn,
        ];
        let answer = self.iam(role, &arguments)?;
        let found = answer.and_then(|document| match document {
            None => Ok(None),
            Some(document) => {
                let list = document.get("ClientIDList").and_then(Value::as_array);
                let texts = list.map(|list| {
                    let texts = list.iter().filter_map(Value::as_str);
                    texts.map(str::to_owned).collect()
                });
                texts
                    .map(Some)
                    .ok_or_else(|| Unread::new("AWS's answer has no audiences"))
            }
        });
        self.providers.insert(arn.to_owned(), found.clone());
        Ok(found)
    }

    /// Asks IAM in the account of a role; nothing where there is no such thing.
    fn iam(&mut self, role: &RoleArn, arguments: &[&str]) -> io::Result<Known<Option<Value>>> {
        let credentials = match self.credentials(&role.account)? {
            Ok(credentials) => credentials,
            Err(unread) => return Ok(Err(unread)),
        };
        let Some(aws) = self.programs.get("aws") else {
            return Ok(Err(no_aws()));
        };
        let mut aws = command(aws, &credentials);
        aws.env("AWS_PAGER", "").arg("iam").args(arguments);
        aws.args(["--output", "json"]);
        // Outside of the usual partition IAM is asked where the region lies.
        let region = match role.partition.as_str() {
            partition::AWS => None,
            "aws-cn" => Some("cn-north-1"),
            "aws-us-gov" => Some("us-gov-west-1"),
            _ => None,
        };
        if let Some(region) = region {
            aws.args(["--region", region]);
        }
        let output = match self.processes.output_within(&mut aws, LONGEST_ANSWER) {
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                return Ok(Err(Unread::new("AWS's answer is too long")));
            }
            output => output?,
        };
        let stderr = String::from_utf8_lossy(&output.stderr);
        Ok(match output.status.success() {
            true => match serde_json::from_slice(&output.stdout) {
                Ok(document) => Ok(Some(document)),
                Err(_) => Err(Unread::new("AWS's answer is no JSON")),
            },
            false if stderr.contains("(NoSuchEntity)") => Ok(None),
            false => Err(self.refused(&stderr, &credentials, arguments)),
        })
    }

    /// What an error says.
    fn refused(&self, stderr: &str, credentials: &PlanCredentials, arguments: &[&str]) -> Unread {
        let profile = match credentials {
            PlanCredentials::Profile(profile) => profile.as_str(),
            _ => "",
        };
        if stderr.contains("AccessDenied") {
            let what = arguments.first().unwrap_or(&"");
            let reason = sentence!("AWS denies profile `{profile}` `aws iam {what}`");
            return Unread::new(reason);
        }
        let context = FailureContext {
            profile: Some(profile),
            directory: Path::new(""),
            program: "terraform",
            settings: self.settings,
        };
        match PlanFailure::known(stderr, context) {
            Some(failure) => Unread::new(failure.reason).cured_by(failure.cure),
            None => Unread::new("the AWS CLI failed to ask AWS"),
        }
    }

    /// The credentials of an account: those of its profile, where they are of that account.
    fn credentials(&mut self, account: &str) -> io::Result<Known<PlanCredentials>> {
        if let Some(known) = self.accounts.get(account) {
            return Ok(known.clone());
        }
        let mut accounts = self.settings.accounts.iter();
        let label = accounts.find(|known| known.id == account);
        let found = match label {
            None => {
                let reason = format!("tfkeyless.hcl has no profile for account {account}");
                let line = sentence!(
                    "add `account \"PROFILE\" {{ id = \"{account}\" }}` to tfkeyless.hcl"
                );
                Err(Unread::new(reason).cured_by(line))
            }
            Some(block) => {
                let credentials = PlanCredentials::Profile(block.label.clone());
                match caller(&credentials, self.programs, self.processes, self.settings)? {
                    Caller::Account(id) if id == account => Ok(credentials),
                    Caller::Account(id) => {
                        let profile = shell::quoted(&block.label);
                        let reason = sentence!(
                            "profile `{}` is of account {id}, not of {account}",
                            block.label
                        );
                        let cure = format!(
                            "aws configure set sso_account_id {account} --profile {profile}"
                        );
                        Err(Unread::new(reason).cured_by(cure))
                    }
                    Caller::Refused(failure) => {
                        Err(Unread::new(failure.reason).cured_by(failure.cure))
                    }
                    Caller::Unasked => Err(no_aws()),
                }
            }
        };
        self.accounts.insert(account.to_owned(), found.clone());
        Ok(found)
    }
}

fn no_aws() -> Unread {
    Unread::new("`aws` is not on PATH").cured_by("install the AWS CLI")
}
