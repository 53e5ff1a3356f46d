//! The blocks that the configuration may have, and what each takes.

use super::account_answer::expression_of;
use diagnostics::suggestion;
use syntax::code;

/// The keys outside of blocks.
pub(super) const KEYS: [&str; 2] = ["repository", "state_profile"];

/// What labels are compared by; `None` of a block that takes none.
pub(super) type Label = Option<fn(&str) -> String>;

/// What a block takes.
pub(super) struct BlockForm {
    pub kind: &'static str,
    pub label: Label,
    pub keys: &'static [&'static str],
    pub blocks: &'static [&'static str],
}

/// The blocks outside of blocks. A `transform` also takes the options of its transform.
const FORMS: [BlockForm; 13] = [
    form("account", AS_WRITTEN, &["id", "role_name", "ci_role"]),
    form(
        "ci",
        None,
        &[
            "role",
            "plan_role",
            "state_role",
            "state_access",
            "default_token",
            "allow_pull_request_target",
            "bump_action",
            "session_name",
            "issuer",
        ],
    ),
    form("environment", OF_GITHUB, &["account"]),
    form("job", AS_WRITTEN, &["permissions", "roots", "account"]),
    form("keys", OF_GITHUB, &["account"]),
    form(
        "module_source",
        AS_WRITTEN,
        &["repository", "ref", "aws_provider"],
    ),
    form("role", Some(expression_of), &["account"]),
    form("root", AS_WRITTEN, &["account"]),
    form("runner", AS_WRITTEN, &["account", "terraform"]),
    form("sso", None, &["start_url", "region", "role_name"]),
    form("state_bucket", AS_WRITTEN, &["profile"]),
    form("transform", AS_WRITTEN, &["enabled"]),
    BlockForm {
        kind: "upgrade",
        label: None,
        keys: &["aws_provider"],
        blocks: &["module"],
    },
];

pub(super) const AS_WRITTEN: Label = Some(str::to_owned);

/// Names of GitHub's are compared without case.
const OF_GITHUB: Label = Some(str::to_ascii_lowercase);

const fn form(kind: &'static str, label: Label, keys: &'static [&'static str]) -> BlockForm {
    BlockForm {
        kind,
        label,
        keys,
        blocks: &[],
    }
}

/// The form of a block that stands outside of blocks.
pub(super) fn form_of(kind: &str) -> Option<&'static BlockForm> {
    FORMS.iter().find(|form| form.kind == kind)
}

/// What an error about an unknown key ends with: the blocks that take it, else the closest of `known`. One
/// of `known` that the name is a part of is nearer than another block.
pub(super) fn instead_of_key(name: &str, known: &[&str]) -> String {
    let elsewhere = match known.iter().any(|it| it.contains(name)) {
        true => None,
        false => belongs(name, |form| form.keys),
    };
    elsewhere.unwrap_or_else(|| suggestion::instead(name, known))
}

/// The same about an unknown block outside of blocks.
pub(super) fn instead_of_block(kind: &str) -> String {
    belongs(kind, |form| form.blocks)
        .unwrap_or_else(|| suggestion::instead(kind, &FORMS.map(|form| form.kind)))
}

fn belongs(name: &str, taken: impl Fn(&BlockForm) -> &'static [&'static str]) -> Option<String> {
    let forms = FORMS.iter().filter(|form| taken(form).contains(&name));
    let blocks: Vec<String> = forms.map(|form| code::quoted(form.kind)).collect();
    match blocks.as_slice() {
        [] => None,
        blocks => Some(format!("it belongs in {}", blocks.join(" or "))),
    }
}
