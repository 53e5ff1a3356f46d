//! The places of account ids, and what each tells of the account.

use std::ops::Range;

use super::labels::LabelCandidate;
use syntax::hcl::Value;
use syntax::location::Location;

/// A place of an account's id.
#[derive(Debug)]
pub(super) struct AccountMention {
    pub at: Location,
    pub kind: MentionKind,
    /// Labels that the account may get.
    pub candidates: Vec<LabelCandidate>,
}

/// What an id is there for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MentionKind {
    /// A provider, a backend, Terragrunt or a job acts there.
    Acts,
    /// A value is it: the names on the way to the value, and whether it is a role's ARN.
    Held { path: Vec<String>, is_role: bool },
}

/// Whether a name on the way to a value is one of accounts.
pub(super) fn names_accounts(path: &[String]) -> bool {
    path.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("account") || name.contains("acct") || name == "aws_id"
    })
}

/// Words in the names of accounts of others (AWS's load balancers, owners of images, vendors), or
/// of those that get access: what has such a name is not proposed.
const OTHERS: [&str; 25] = [
    "allow",
    "ami",
    "auth",
    "bucket",
    "consumer",
    "cross",
    "datadog",
    "deny",
    "ecr",
    "elb",
    "external",
    "image",
    "lb_",
    "log_delivery",
    "owner",
    "partner",
    "principal",
    "registry",
    "remote",
    "service_account",
    "share",
    "source",
    "third",
    "trust",
    "vendor",
];

/// Whether the names on the way to a value are those of an own account, not of another's.
pub(super) fn names_own_account(path: &[String]) -> bool {
    let is_others = path.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        OTHERS.iter().any(|word| name.contains(word))
    });
    names_accounts(path) && !is_others
}

/// The account that a value is, or that its role is of.
pub(super) fn id_of(value: &Value<'_>) -> Option<(String, bool)> {
    let written = value.written();
    if is_id(&written) {
        return Some((written, false));
    }
    let text = value.literal()?;
    let role = role_ids(text).next()?;
    Some((text[role].to_owned(), true))
}

/// Whether it is twelve digits.
pub(super) fn is_id(text: &str) -> bool {
    // Every AWS account id has twelve digits (AWS docs, "View AWS account identifiers").
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where twelve digits stand alone in a text.
pub(super) fn ids(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let starts = (0..bytes.len())
        .filter(move |at| bytes[*at].is_ascii_digit() && (*at == 0 || !is_word(bytes.get(at - 1))));
    starts.filter_map(move |at| {
        let end = at
            + bytes[at..]
                .iter()
                .take_while(|it| it.is_ascii_digit())
                .count();
        (end - at == 12 && !is_word(bytes.get(end))).then_some(at..end)
    })
}

/// Where the accounts of roles stand in a text: `arn:aws:iam::ID:role/`.
pub(super) fn role_ids(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    ids(text)
        .filter(|id| text[..id.start].ends_with(":iam::") && text[id.end..].starts_with(":role/"))
}
