//! `ci.role`, `ci.plan_role` and an account's `ci_role`: how the role that a job assumes is written.

use std::fmt;

use syntax::code::sentence;
use terraform::partition;

/// What stands for the id of an account in an ARN.
const ID: &str = "{id}";
/// What stands for the label of an account in the name of a variable.
pub const ACCOUNT: &str = "{ACCOUNT}";

/// How the role that a job assumes is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleName {
    /// An ARN whose account is `{id}`: a role of this name in every account.
    Template(String),
    /// The ARN of one role.
    Literal(String),
    /// A variable or secret of GitHub's that holds the ARN.
    Variable {
        /// `vars` or `secrets`.
        context: String,
        /// Its name, in which `{ACCOUNT}` may stand for the label of the account.
        name: String,
    },
}

impl RoleName {
    /// A variable of GitHub's.
    pub fn variable(name: &str) -> Self {
        Self::Variable {
            context: "vars".to_owned(),
            name: name.to_owned(),
        }
    }

    /// Reads a role as the configuration writes it.
    ///
    /// # Errors
    /// What is wrong with it, as a clause.
    pub fn parse(text: &str) -> Result<Self, String> {
        for context in ["vars", "secrets"] {
            let name = text.strip_prefix(context);
            if let Some(name) = name.and_then(|rest| rest.strip_prefix('.')) {
                check_variable(name)?;
                return Ok(Self::Variable {
                    context: context.to_owned(),
                    name: name.to_owned(),
                });
            }
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &["arn", partition, "iam", "", account, role] = parts.as_slice() else {
            return Err(FORMS.to_owned());
        };
        let Some(name) = role.strip_prefix("role/") else {
            return Err(FORMS.to_owned());
        };
        if account == ID && name.contains(ID) {
            return Err("`{id}` stands for the account, once".to_owned());
        }
        if let Some(found) = placeholder(&text.replace(ID, "")) {
            return Err(sentence!(
                "unknown placeholder `{found}`; did you mean `{ID}`?"
            ));
        }
        if account != ID && name.contains(ID) {
            return Err(sentence!(
                "`{ID}` stands for the account: arn:{partition}:iam::{ID}:role/NAME"
            ));
        }
        // AWS's page "IAM and AWS STS quotas", "IAM name requirements"; a path is of the same
        // letters and slashes.
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
        if name.is_empty() {
            return Err("the role has no name".to_owned());
        }
        if name.ends_with('/') || !name.bytes().all(is_letter) {
            return Err(sentence!("`{name}` is no name of a role"));
        }
        if partition != "aws" && !partition.starts_with("aws-") {
            return Err(sentence!("`{partition}` is no partition of AWS"));
        }
        let is_id = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        match account {
            ID => Ok(Self::Template(text.to_owned())),
            _ if is_id => Ok(Self::Literal(text.to_owned())),
            _ => Err(sentence!(
                "`{account}` is no account id: 12 digits, or `{ID}` for the account of each job"
            )),
        }
    }

    /// The ARN, where the configuration has one; with `{id}` for the account in a template.
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Template(arn) | Self::Literal(arn) => Some(arn),
            Self::Variable { .. } => None,
        }
    }

    /// The ARN of the role in that account; `None` for a variable, and for the ARN of a role in
    /// another account.
    pub fn arn_in(&self, id: &str) -> Option<String> {
        match self {
            Self::Template(arn) => Some(arn.replacen(ID, id, 1)),
            Self::Literal(arn) => (arn.split(':').nth(4) == Some(id)).then(|| arn.clone()),
            Self::Variable { .. } => None,
        }
    }

    /// The name of the role without its path, where an ARN tells.
    pub fn role(&self) -> Option<&str> {
        self.arn()?.rsplit('/').next()
    }

    /// The partition, where an ARN tells.
    pub fn partition(&self) -> Option<&str> {
        partition::of_arn(self.arn()?)
    }

    /// Whether it is the name of a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Variable { context, .. } if context == "secrets")
    }

    /// Whether it is one role, or one variable, for all accounts.
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Template(_) => false,
            Self::Literal(_) => true,
            Self::Variable { name, .. } => !name.contains(ACCOUNT),
        }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template(arn) | Self::Literal(arn) => f.write_str(arn),
            Self::Variable { context, name } => write!(f, "{context}.{name}"),
        }
    }
}

/// The forms that there are.
const FORMS: &str = "this is \"vars.NAME\", \"secrets.NAME\" or the ARN of a role, as in \
                     \"arn:aws:iam::{id}:role/github-ci\"";

/// Checks the name of a variable or secret.
fn check_variable(name: &str) -> Result<(), String> {
    let fixed = name.replacen(ACCOUNT, "", 1);
    match placeholder(&fixed) {
        Some(ACCOUNT) => {
            return Err(sentence!(
                "`{ACCOUNT}` stands for the account's label, once"
            ));
        }
        Some(found) => {
            return Err(sentence!(
                "unknown placeholder `{found}`; did you mean `{ACCOUNT}`?"
            ));
        }
        None => {}
    }
    // GitHub's page "Secrets reference", "Naming your secrets"; variables follow the same rules.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !fixed.bytes().all(is_name) {
        return Err(FORMS.to_owned());
    }
    let is_reserved = name.to_ascii_uppercase().starts_with("GITHUB_");
    if is_reserved || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("GitHub's names start with a letter or `_`, and not with `GITHUB_`".to_owned());
    }
    Ok(())
}

/// The first `{...}` of a text.
fn placeholder(text: &str) -> Option<&str> {
    let start = text.find('{')?;
    let length = text[start..].find('}').map_or(1, |end| end + 1);
    Some(&text[start..start + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_written_in_one_of_three_forms() {
        for (text, arn) in [
            (
                "arn:aws:iam::{id}:role/ci",
                Some("arn:aws:iam::111111111111:role/ci"),
            ),
            (
                "arn:aws-cn:iam::{id}:role/a/ci",
                Some("arn:aws-cn:iam::111111111111:role/a/ci"),
            ),
            (
                "arn:aws:iam::111111111111:role/ci",
                Some("arn:aws:iam::111111111111:role/ci"),
            ),
            ("arn:aws:iam::222222222222:role/ci", None),
            ("vars.AWS_OIDC_ROLE_ARN", None),
            ("secrets.{ACCOUNT}_ROLE", None),
        ] {
            let role = RoleName::parse(text).unwrap();
            assert_eq!(role.to_string(), text);
            assert_eq!(role.arn_in("111111111111").as_deref(), arn, "{text}");
            assert_eq!(role.is_fixed(), !text.contains('{'), "{text}");
            assert_eq!(role.is_secret(), text.starts_with("secrets."), "{text}");
        }
    }

    #[test]
    fn an_arn_tells_partition_and_name() {
        let role = RoleName::parse("arn:aws-cn:iam::{id}:role/a/ci").unwrap();
        assert_eq!(
            (role.partition(), role.role()),
            (Some("aws-cn"), Some("ci"))
        );
        let role = RoleName::variable("X");
        assert_eq!((role.partition(), role.role()), (None, None));
    }

    #[test]
    fn what_is_wrong_with_a_role_is_said() {
        for (text, expected) in [
            (
                "AWS_ROLE",
                "this is \"vars.NAME\", \"secrets.NAME\" or the ARN of a role",
            ),
            ("vars.", "this is \"vars.NAME\""),
            ("vars.A-B", "this is \"vars.NAME\""),
            ("env.ROLE", "this is \"vars.NAME\""),
            ("vars.GITHUB_ROLE", "GitHub's names start with"),
            ("vars.2_ROLE", "GitHub's names start with"),
            (
                "vars.{account}_ROLE",
                "unknown placeholder `{account}`; did you mean `{ACCOUNT}`?",
            ),
            (
                "vars.{id}_ROLE",
                "unknown placeholder `{id}`; did you mean `{ACCOUNT}`?",
            ),
            (
                "vars.{ACCOUNT}_{ACCOUNT}",
                "`{ACCOUNT}` stands for the account's label, once",
            ),
            ("vars.{ACCOUNT}_{env}", "unknown placeholder `{env}`"),
            ("vars.{ACCOUNT", "unknown placeholder `{`"),
            (
                "arn:aws:iam::{account}:role/ci",
                "unknown placeholder `{account}`; did you mean `{id}`?",
            ),
            (
                "arn:aws:iam::{ID}:role/ci",
                "unknown placeholder `{ID}`; did you mean `{id}`?",
            ),
            (
                "arn:aws:iam::{id}:role/{ACCOUNT}",
                "unknown placeholder `{ACCOUNT}`; did you mean `{id}`?",
            ),
            (
                "arn:aws:iam::{id}:role/ci-{id}",
                "`{id}` stands for the account, once",
            ),
            (
                "arn:aws:iam::111111111111:role/{id}",
                "`{id}` stands for the account: arn:aws:iam::{id}:role/NAME",
            ),
            ("arn:aws:iam::1111:role/ci", "`1111` is no account id"),
            (
                "arn:aws:iam::ACCOUNT_ID:role/ci",
                "`ACCOUNT_ID` is no account id",
            ),
            ("arn:amazon:iam::{id}:role/ci", "`amazon` is no partition"),
            ("arn:aws:iam::{id}:role/", "the role has no name"),
            ("arn:aws:iam::{id}:role/a b", "`a b` is no name of a role"),
            ("arn:aws:iam::{id}:user/ci", "this is \"vars.NAME\""),
            ("arn:aws:sts::{id}:role/ci", "this is \"vars.NAME\""),
        ] {
            let error = RoleName::parse(text).expect_err(text);
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
