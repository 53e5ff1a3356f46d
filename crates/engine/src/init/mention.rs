//! The places at which account ids stand, and what they tell of whose accounts these are.

use std::collections::BTreeSet;
use std::ops::Range;

use super::evidence::Evidence;
use super::labels::Candidate;
use syntax::hcl::Value;
use syntax::location::Location;

/// A place at which an account's id stands.
#[derive(Debug)]
pub(super) struct Mention {
    pub at: Location,
    pub kind: MentionKind,
    /// What the account may be called.
    pub called: Vec<Candidate>,
}

/// What the id of an account stands there for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MentionKind {
    /// A provider, a backend, Terragrunt or a job acts there.
    Acts,
    /// Something of that name holds it: the way down to it, and whether it is a role's ARN.
    Held { path: Vec<String>, is_role: bool },
}

impl Evidence {
    /// The accounts that the files tell somebody acts in.
    pub fn certain(&self) -> BTreeSet<String> {
        let read = self.names.of_roles();
        let is_certain = |mention: &Mention| match &mention.kind {
            MentionKind::Acts => true,
            MentionKind::Held { path, is_role } => {
                let is_read = path.iter().any(|name| read.contains(name.as_str()));
                is_read && (*is_role || path.len() == 1 || speaks_of_accounts(path))
            }
        };
        let certain = self
            .accounts
            .iter()
            .filter(|(_, mentions)| mentions.iter().any(is_certain));
        certain.map(|(id, _)| id.clone()).collect()
    }

    /// The accounts that something is called after which no provider, backend or job reads.
    pub fn possible(&self) -> BTreeSet<String> {
        let is_one = |mention: &Mention| match &mention.kind {
            MentionKind::Acts => false,
            MentionKind::Held { path, is_role } => !is_role && speaks_of_own_account(path),
        };
        let found = self.accounts.iter();
        let found = found.filter(|(_, mentions)| mentions.iter().any(is_one));
        found.map(|(id, _)| id.clone()).collect()
    }
}

fn speaks_of_accounts(path: &[String]) -> bool {
    path.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("account") || name.contains("acct") || name == "aws_id"
    })
}

/// Words in the names of accounts that are others', or that are let in.
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

fn speaks_of_own_account(path: &[String]) -> bool {
    let is_others = path.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        OTHERS.iter().any(|word| name.contains(word))
    });
    speaks_of_accounts(path) && !is_others
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
