//! ARNs of IAM users: policies and maps that go on to name a user when it is deleted.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use diagnostics::finding::{Finding, KeyRemnant};
use engine::repo::Repo;
use syntax::hcl::{Document, Top};
use syntax::location::Location;
use syntax::text::is_commented;

use super::ID;

/// What stands between the account and the name of a user in an ARN.
const USER: &str = ":user/";

/// The user ARNs of a text: each with the bytes that it stands in.
fn arns(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    text.match_indices(USER).filter_map(|(at, _)| {
        let before = &text[..at];
        let start = before.rfind("arn:")?;
        let account = before[start..].split_once(":iam::")?.1;
        // The account may be an expression; `*` is any, as in policies by which users manage themselves.
        let is_account = account.bytes().all(|it| it.is_ascii_digit()) && !account.is_empty()
            || account.starts_with("${") && !account.contains(['"', '\n']);
        // "IAM name requirements": letters, digits and these, behind a path.
        let is_of_name = |it: u8| it.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&it);
        let behind = &text[at + USER.len()..];
        let length = behind.bytes().take_while(|it| is_of_name(*it)).count();
        let rest = behind[length..].bytes().next();
        let is_name = length > 0 && !matches!(rest, Some(b'*' | b'$' | b'{'));
        let is_in_text = !is_commented(text, at);
        (is_account && is_name && is_in_text).then(|| start..at + USER.len() + length)
    })
}

/// The findings on a file of configuration.
pub(super) fn in_configuration(document: &Document, repo: &Repo) -> Vec<Finding> {
    let text = document.text();
    let kind = |at: usize| {
        let mut tops = document.tops();
        let top = tops.find(|top| top.span().contains(&at));
        top.map_or("", |top| kind_of(&top))
    };
    let found = arns(text).map(|range| {
        let at = document.location(range.start);
        (text[range.clone()].to_owned(), at, kind(range.start))
    });
    findings(found, repo)
}

/// The findings on a file beside the configuration.
pub(super) fn in_text(path: &Path, text: &str, repo: &Repo) -> Vec<Finding> {
    let kind = match text {
        _ if text.contains("mapUsers") => "`aws-auth`",
        _ if text.contains("sts:AssumeRole") => TRUST,
        _ if text.contains("kms:") => KEY,
        _ if text.contains("arn:aws:s3:::") => BUCKET,
        _ => "",
    };
    let found = arns(text).map(|range| {
        let at = Location::at(path, text, range.start);
        (text[range].to_owned(), at, kind)
    });
    findings(found, repo)
}

const TRUST: &str = "a trust policy";
const KEY: &str = "a key policy";
const BUCKET: &str = "a bucket policy";

/// What kind of policy a block is; empty where it does not tell.
pub(super) fn kind_of(top: &Top<'_>) -> &'static str {
    let text = top.text();
    let head = text.lines().next().unwrap_or_default();
    let is = |word: &str| head.contains(word);
    match () {
        () if is("aws_s3_bucket") => BUCKET,
        () if is("aws_kms_") => KEY,
        () if is("aws_iam_role") || text.contains("sts:AssumeRole") => TRUST,
        () if text.contains("mapUsers") || text.contains("aws_auth_users") => "`aws-auth`",
        () if is("aws_eks_access_entry") => "an access entry",
        () if text.contains("kms:") => KEY,
        () if text.contains("s3:") => BUCKET,
        () => "",
    }
}

/// What to do about a policy of that kind.
pub(super) fn help(kind: &str) -> &'static str {
    match kind {
        // AWS writes the user's unique id in its place ("IAM identifiers", "Unique identifiers").
        TRUST | KEY | BUCKET => {
            "allow the new roles beside it before the migration if Terraform runs with its keys, and take \
             it out before the user is deleted, or the policy keeps a dead id in its place"
        }
        _ => {
            "add the new roles beside it before the migration if Terraform runs with its keys, and take it \
             out before the user is deleted"
        }
    }
}

/// One finding for each user and kind of policy in a file.
fn findings(
    found: impl Iterator<Item = (String, Location, &'static str)>,
    repo: &Repo,
) -> Vec<Finding> {
    // Users of accounts that nothing here belongs to are others' users: of documentation, of fixtures.
    let accounts = &repo.settings().accounts;
    // Where the accounts of all keys are answered, a user of another one has none of them.
    let of_keys = repo.accounts_of_all_keys();
    let is_known = |arn: &str| {
        let account = arn.split(':').nth(4).unwrap_or_default();
        let is_literal = account.bytes().all(|it| it.is_ascii_digit());
        let is_here = match &of_keys {
            Some(of_keys) => of_keys.contains(account),
            None => accounts.is_empty() || accounts.iter().any(|it| it.id == account),
        };
        !is_literal || is_here
    };
    let mut by_user: BTreeMap<(String, &str), Vec<Location>> = BTreeMap::new();
    for (arn, at, kind) in found.filter(|(arn, ..)| is_known(arn)) {
        by_user.entry((arn, kind)).or_default().push(at);
    }
    let findings = by_user.into_iter().filter_map(|((arn, kind), places)| {
        let (first, others) = places.split_first()?;
        let mut lines: Vec<String> = others.iter().map(|at| at.line.to_string()).collect();
        lines.dedup();
        let also = match lines.is_empty() {
            true => String::new(),
            false => format!(" (and on line {})", lines.join(", ")),
        };
        let subject = if kind.is_empty() { "the file" } else { kind };
        let message = format!("names the IAM user {arn}{also}");
        let finding = Finding::at(ID, first.clone(), 0..0, (subject, message));
        let user = arn.split_once(USER).map(|(_, user)| user.to_owned());
        let user = user.unwrap_or_default();
        Some(
            finding
                .help(help(kind))
                .remnant(KeyRemnant::Policy { user }),
        )
    });
    findings.collect()
}
