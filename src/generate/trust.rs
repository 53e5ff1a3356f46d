//! Who has to trust whom: the roles that stay, and the statement that lets their new callers in.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::bail;
use engine::staying_roles::{RoleCaller, StayingRole};
use serde_json::json;
use syntax::code::sentence;
use syntax::hcl_string::quoted;
use syntax::visible;
use terraform::partition;

use super::RepositoryFacts;
use super::hcl::list;
use crate::cli::PolicyFormat;
use crate::json_text;
use crate::say::say;

/// A caller, as trust policies name one.
struct Principal {
    /// Its ARN, a pattern for people.
    arns: Vec<String>,
    /// Its account.
    account: String,
}

/// All roles that stay, each with what assumes it, and with which identity.
pub fn table(facts: &RepositoryFacts) -> String {
    if facts.staying_roles.is_empty() {
        return "No role is kept: no trust policy needs a new caller.\n".to_owned();
    }
    let mut text = String::new();
    for role in &facts.staying_roles {
        text += &visible::line(&role.name);
        text += "\n";
        for place in &role.uses {
            let (path, line) = (visible::path(&place.path), place.line);
            text += &format!(
                "  assumed by  {path}:{line}: {}\n",
                visible::line(&place.what)
            );
        }
        for caller in &role.callers {
            text += &format!("  caller      {}\n", described(caller, facts));
        }
        if role.until_review {
            text += "  note        kept until the changes that need review are made\n";
        }
    }
    text + "\nThe statement for a role's trust policy: tfkeyless generate trust --role ROLE\n"
}

/// A caller in words.
fn described(caller: &RoleCaller, facts: &RepositoryFacts) -> String {
    let settings = &facts.settings;
    let label = |id: &str| visible::line(&settings.labelled(id)).to_string();
    match (caller, principal(caller, facts)) {
        (RoleCaller::Job(job), Ok(principal)) => {
            let account = label(&principal.account);
            let jobs = if job.is_plan {
                "jobs that plan"
            } else {
                "jobs"
            };
            format!("{}, {jobs} of account {account}", principal.arns.join(", "))
        }
        (RoleCaller::People(_) | RoleCaller::UnknownPeople(_), Ok(principal)) => {
            let id = &principal.account;
            let set = permission_set(id, facts).unwrap_or_default();
            format!("AWSReservedSSO_{set}_*, people of account {}", label(id))
        }
        (RoleCaller::Role(arn), _) => format!("{}, the role before it", visible::line(arn)),
        (_, Err(unknown)) => unknown,
    }
}

/// The statement for the trust policy of a role.
///
/// # Errors
/// No such role stays, or none of its callers is known.
pub fn statement(
    facts: &RepositoryFacts,
    name: &str,
    format: PolicyFormat,
) -> anyhow::Result<String> {
    let role = named(facts, name)?;
    let mut accounts = BTreeSet::new();
    let mut arns = BTreeSet::new();
    let mut unknown = Vec::new();
    for caller in &role.callers {
        match principal(caller, facts) {
            Ok(principal) => {
                accounts.insert(principal.account);
                arns.extend(principal.arns);
            }
            Err(why) => unknown.push(why),
        }
    }
    if arns.is_empty() {
        bail!(
            "no caller of {} is known: {}",
            visible::line(&role.name),
            unknown.join("; ")
        );
    }
    for why in unknown {
        say(&format!("Not in the statement: {why}."));
    }
    let partition = role.arn.as_deref().and_then(partition::of_arn);
    let partition = partition.unwrap_or(facts.partition());
    // AWS refuses principals that do not exist, and the roles of people have a hash at the end that
    // changes: the accounts, and a condition on the caller (IAM Identity Center User Guide,
    // "Referencing permission sets in resource policies").
    let roots: Vec<String> = accounts
        .iter()
        .map(|id| format!("arn:{partition}:iam::{id}:root"))
        .collect();
    let arns: Vec<String> = arns.into_iter().collect();
    let actions = role.rights.actions();
    Ok(match format {
        PolicyFormat::Json => {
            let policy = json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Sid": SID,
                    "Effect": "Allow",
                    "Principal": { "AWS": roots },
                    "Action": match actions.as_slice() {
                        [one] => json!(one),
                        several => json!(several),
                    },
                    "Condition": { "ArnLike": { "aws:PrincipalArn": arns } },
                }],
            });
            json_text::pretty(&policy) + "\n"
        }
        PolicyFormat::Hcl => format!(
            r#"data "aws_iam_policy_document" "new_callers" {{
  statement {{
    sid     = "{SID}"
    actions = [{}]

    principals {{
      type = "AWS"
      identifiers = {}
    }}

    condition {{
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values = {}
    }}
  }}
}}
"#,
            actions
                .iter()
                .map(|it| quoted(it))
                .collect::<Vec<_>>()
                .join(", "),
            list(&roots, 6),
            list(&arns, 6)
        ),
    })
}

const SID: &str = "NewCallers";

/// The role of that ARN, or of that name, with its path or without.
fn named<'f>(facts: &'f RepositoryFacts, name: &str) -> anyhow::Result<&'f StayingRole> {
    let is_it = |role: &&StayingRole| {
        let own = role.arn.as_ref().and_then(|arn| arn.split_once(":role/"));
        let own = own.map(|(_, own)| own);
        let last = own.and_then(|own| own.rsplit('/').next());
        role.name == name || own == Some(name) || last == Some(name)
    };
    let names = |roles: &[&StayingRole]| {
        let names = roles
            .iter()
            .map(|role| visible::line(&role.name).to_string());
        names.collect::<Vec<_>>().join(", ")
    };
    let all: Vec<&StayingRole> = facts.staying_roles.iter().collect();
    let found: Vec<&StayingRole> = all.iter().copied().filter(|role| is_it(role)).collect();
    match (found.as_slice(), all.is_empty()) {
        ([role], _) => Ok(role),
        ([], true) => bail!("no role is kept: no trust policy needs a new caller"),
        ([], false) => bail!(sentence!(
            "no role `{}` is kept\nhelp: name one of {}",
            visible::line(name),
            names(&all)
        )),
        (several, _) => bail!(sentence!(
            "several roles are called `{}`\nhelp: name one by its ARN: {}",
            visible::line(name),
            names(several)
        )),
    }
}

/// A caller as trust policies name it.
///
/// # Errors
/// What is not known of it.
fn principal(caller: &RoleCaller, facts: &RepositoryFacts) -> Result<Principal, String> {
    match caller {
        RoleCaller::Job(job) => {
            let arn = facts.job_role(job.account.as_deref(), job.arn.as_deref(), job.is_plan);
            let arn = arn.filter(|arn| account_of(arn).is_some());
            let name = visible::line(&job.name);
            let arn = arn.ok_or_else(|| format!("the account of {name} is not known"))?;
            Ok(Principal {
                account: account_of(&arn).unwrap_or_default().to_owned(),
                arns: vec![arn],
            })
        }
        RoleCaller::Role(arn) => Ok(Principal {
            account: account_of(arn)
                .ok_or_else(|| format!("the account of {} is not known", visible::line(arn)))?
                .to_owned(),
            arns: vec![arn.clone()],
        }),
        RoleCaller::UnknownPeople(root) => {
            let root = if root.as_os_str().is_empty() {
                Path::new(".")
            } else {
                root
            };
            Err(format!(
                "the account of people who run {} is not known (write into tfkeyless.hcl: root {} \
                 {{ account = \"...\" }})",
                visible::path(root),
                quoted(&root.to_string_lossy())
            ))
        }
        RoleCaller::People(id) => {
            let set = permission_set(id, facts).ok_or_else(|| {
                format!(
                    "the permission set of people of account {id} is not known (write into \
                     tfkeyless.hcl: sso {{ role_name = \"...\" }})"
                )
            })?;
            let partition = facts.partition();
            let path = format!("arn:{partition}:iam::{id}:role/aws-reserved/sso.amazonaws.com");
            Ok(Principal {
                account: id.clone(),
                // The portal's region is part of the path, but for us-east-1 (the same page of the
                // IAM Identity Center User Guide).
                arns: vec![
                    format!("{path}/AWSReservedSSO_{set}_*"),
                    format!("{path}/*/AWSReservedSSO_{set}_*"),
                ],
            })
        }
    }
}

/// The permission set of an account's profile.
fn permission_set<'f>(id: &str, facts: &'f RepositoryFacts) -> Option<&'f str> {
    let mut accounts = facts.settings.accounts.iter();
    let own = accounts.find(|account| account.id == id);
    let own = own.and_then(|account| account.role_name.as_deref());
    own.or(facts
        .settings
        .sso
        .as_ref()
        .map(|sso| sso.role_name.as_str()))
}

/// The account that an ARN names.
fn account_of(arn: &str) -> Option<&str> {
    let account = arn.split(':').nth(4)?;
    let is_id = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then_some(account)
}
