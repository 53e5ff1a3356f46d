//! The blocks that the configuration may have, and what each takes.

use diagnostics::suggestion;

/// The keys outside of blocks.
pub(super) const KEYS: [&str; 2] = ["repository", "state_profile"];

/// What a block takes.
pub(super) struct BlockForm {
    pub kind: &'static str,
    pub keys: &'static [&'static str],
    pub blocks: &'static [&'static str],
}

/// The blocks outside of blocks. A `transform` also takes the options of its transform.
const FORMS: [BlockForm; 13] = [
    form("account", &["id", "role_name", "ci_role"]),
    form(
        "ci",
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
    form("environment", &["account"]),
    form("job", &["permissions", "roots", "account"]),
    form("keys", &["account"]),
    form("module_source", &["repository", "ref", "aws_provider"]),
    form("role", &["account"]),
    form("root", &["account"]),
    form("runner", &["account", "terraform"]),
    form("sso", &["start_url", "region", "role_name"]),
    form("state_bucket", &["profile"]),
    form("transform", &["enabled"]),
    BlockForm {
        kind: "upgrade",
        keys: &["aws_provider"],
        blocks: &["module"],
    },
];

const fn form(kind: &'static str, keys: &'static [&'static str]) -> BlockForm {
    let blocks = &[];
    BlockForm { kind, keys, blocks }
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
    let blocks: Vec<String> = forms.map(|form| format!("`{}`", form.kind)).collect();
    match blocks.as_slice() {
        [] => None,
        blocks => Some(format!("it belongs in {}", blocks.join(" or "))),
    }
}
