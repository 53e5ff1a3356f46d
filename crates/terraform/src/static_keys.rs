//! Static keys and credentials files in providers and S3 backends.

use syntax::code;
use syntax::hcl::{Attribute, Block};

use crate::assume_role::{WEB_IDENTITY, has_web_identity};
use crate::provider::Provider;

/// Attributes that hold a static key, in providers and S3 backends.
pub const KEYS: [&str; 3] = ["access_key", "secret_key", "token"];

/// Attributes that name a file of credentials, in providers and S3 backends.
// The singular is from before provider 4.0, and gone in 5.0.
pub const CREDENTIALS_FILES: [&str; 2] = ["shared_credentials_file", "shared_credentials_files"];

/// The attribute that names the files in which profiles are sought, and in no other.
pub const CONFIG_FILES: &str = "shared_config_files";

/// Whether a list of configuration files is that of the usual one, or none.
pub fn is_usual_config(setting: &Attribute<'_>) -> bool {
    let items = setting.value.items().unwrap_or_default();
    let is_usual = items.iter().all(|it| it.literal() == Some("~/.aws/config"));
    setting.value.expression().is_null() || setting.value.items().is_some() && is_usual
}

/// Whether an attribute holds a static key: `null` and the empty string are none.
pub fn is_key(attribute: &Attribute<'_>) -> bool {
    let value = &attribute.value;
    KEYS.contains(&attribute.name) && !value.expression().is_null() && value.literal() != Some("")
}

/// Whether an attribute names a file of credentials.
pub fn is_credentials_file(attribute: &Attribute<'_>) -> bool {
    CREDENTIALS_FILES.contains(&attribute.name) && !attribute.value.expression().is_null()
}

/// The setting that a provider would act by without its keys; `None` where it would be ambient.
pub fn other_identity(provider: &Provider<'_>) -> Option<&'static str> {
    let is_set = |name: &&&str| {
        let found = provider.attribute(name);
        found.is_some_and(|found| !found.value.expression().is_null())
    };
    let names = ["profile", CREDENTIALS_FILES[0], CREDENTIALS_FILES[1]];
    let files = provider.attribute(CONFIG_FILES);
    let files = files
        .filter(|it| !is_usual_config(it))
        .map(|_| CONFIG_FILES);
    let set = names.iter().find(is_set).copied().or(files);
    let web = provider.blocks.iter().any(has_web_identity);
    set.or(web.then_some(WEB_IDENTITY))
}

/// Whether a text is the id of an access key.
pub fn is_key_id(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.len() == 20
        // AWS's page "IAM identifiers", "unique ID prefixes": AKIA for keys of users, ASIA for
        // temporary ones of STS.
        && (text.starts_with("AKIA") || text.starts_with("ASIA"))
        && text.bytes().all(is_part)
}

/// The variables that set the static keys of one provider configuration or remote state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyVariables {
    /// That of the access key id.
    pub id: String,
    /// Those of the secret key and of the session token, as far as variables set them.
    pub others: Vec<String>,
}

impl KeyVariables {
    /// The variables of these keys; `None` where the access key id is anything but a variable.
    pub fn of(keys: &[Attribute<'_>]) -> Option<Self> {
        let of_key = |name: &str| {
            let key = keys.iter().find(|key| key.name == name)?;
            only_variable(key.value.text()).map(str::to_owned)
        };
        Some(Self {
            id: of_key(KEYS[0])?,
            others: KEYS[1..].iter().filter_map(|name| of_key(name)).collect(),
        })
    }

    /// All of them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let others = self.others.iter().map(String::as_str);
        std::iter::once(self.id.as_str()).chain(others)
    }
}

/// The variable that an expression is, and nothing else: `var.NAME` or `"${var.NAME}"`.
fn only_variable(expression: &str) -> Option<&str> {
    let bare = expression.trim();
    let inside = bare.strip_prefix("\"${");
    let inside = inside.and_then(|inside| inside.strip_suffix("}\""));
    let name = inside.unwrap_or(bare).trim().strip_prefix("var.")?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    name.bytes().all(is_name).then_some(name)
}

/// The names of keys in a sentence: `access_key` and `secret_key`.
pub fn named(keys: &[Attribute<'_>]) -> String {
    let mut names: Vec<String> = Vec::new();
    for key in keys {
        let name = code::quoted(key.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// What to do about keys that stood literally in the code; `None` where none did.
pub fn revocation(keys: &[Attribute<'_>]) -> Option<String> {
    let literal: Vec<_> = keys
        .iter()
        .filter(|key| key.value.literal().is_some())
        .cloned()
        .collect();
    if literal.is_empty() {
        return None;
    }
    Some(format!(
        "deactivate the key in IAM once the migration is done: the value of {} stays in git history",
        named(&literal)
    ))
}

/// Whether a provider has endpoints of a service that is not AWS.
pub fn has_endpoints(provider: &[Block<'_>]) -> bool {
    let mut blocks = provider.iter().flat_map(|block| block.body().blocks());
    let is_other = |text: &str| !text.contains("amazonaws.com");
    blocks.any(|block| match (block.kind(), block.label(0)) {
        ("endpoints", _) => {
            let mut endpoints = block.body().attributes();
            endpoints.any(|endpoint| is_other(endpoint.value.text()))
        }
        ("dynamic", Some("endpoints")) => is_other(block.text()),
        _ => false,
    })
}
