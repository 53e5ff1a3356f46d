//! Static keys, and what becomes of a provider's.

use std::path::PathBuf;

use super::hcl::{Attribute, Block};
use super::provider::Provider;
use super::repo::Repo;
use super::role::{WEB_IDENTITY, has_web_identity};

/// The transform that takes static keys away: whoever decides beside keys asks whether it runs.
pub const REMOVER: &str = "remove_static_keys";

/// Attributes that hold a static key, in providers and S3 backends.
pub const KEYS: [&str; 3] = ["access_key", "secret_key", "token"];

/// Attributes that name a file of credentials, in providers and S3 backends.
pub const CREDENTIALS_FILES: [&str; 2] = ["shared_credentials_file", "shared_credentials_files"];

/// Whether an attribute holds a static key: `null` and the empty string are none.
pub fn is_key(attribute: &Attribute<'_>) -> bool {
    let value = &attribute.value;
    KEYS.contains(&attribute.name) && !value.expression().is_null() && value.literal() != Some("")
}

/// Whether a comment says that a key is meant to stay.
pub fn is_kept(key: &Attribute<'_>) -> bool {
    key.value.document().keeps(key.span().start, REMOVER)
}

/// Whether an attribute names a file of credentials.
pub fn is_credentials_file(attribute: &Attribute<'_>) -> bool {
    CREDENTIALS_FILES.contains(&attribute.name) && !attribute.value.expression().is_null()
}

/// Whether a text is the id of an access key.
pub fn is_key_id(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.len() == 20
        && (text.starts_with("AKIA") || text.starts_with("ASIA"))
        && text.bytes().all(is_part)
}

/// The names of keys as a person reads them: `access_key` and `secret_key`.
pub fn named(keys: &[Attribute<'_>]) -> String {
    let mut names: Vec<String> = Vec::new();
    for key in keys {
        let name = format!("`{}`", key.name);
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

/// What to do about keys that stood in the code as they are; nothing where none did.
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
        "the value of {} stays in git history: deactivate the key in IAM once the switch is done",
        named(&literal)
    ))
}

/// What becomes of the static keys of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFate {
    /// It has none, or placeholders for a service that is not AWS.
    None,
    /// They go.
    Go,
    /// They stay.
    Stay(Stay),
}

/// Why keys of a provider stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stay {
    /// A comment says so.
    Kept,
    /// They assume a role: keys and role are decided together.
    Role,
    /// They are temporary: this data source makes them for the run.
    Temporary,
    /// Without them it would act as what this attribute or block names.
    Beside(&'static str),
    /// Another module calls this one, or hands it providers.
    Called(Option<PathBuf>),
    /// It has an alias, and the default provider does not lose the same keys.
    Alias {
        /// Whether the default provider loses others.
        default_goes: bool,
    },
}

/// The providers that are decided together: a module's, or those of one test.
#[derive(Debug, Clone, Copy)]
pub struct KeyScope<'s, 'd> {
    /// The default provider that an alias is compared with.
    pub default: Option<&'s Provider<'d>>,
    /// The module's directory, relative to the root.
    pub directory: &'s std::path::Path,
    /// Whether they stand in a test, which nothing calls.
    pub is_test: bool,
    /// The tree.
    pub repo: &'s Repo,
}

impl KeyScope<'_, '_> {
    /// What becomes of the keys of `provider`, while its transform runs. This is the one place
    /// where that is decided.
    pub fn fate(&self, provider: &Provider<'_>) -> KeyFate {
        let keys = provider.keys();
        if keys.is_empty() || self.is_placeholder(provider, &keys) {
            return KeyFate::None;
        }
        match self.stay(provider, &keys) {
            None => KeyFate::Go,
            Some(stay) => KeyFate::Stay(stay),
        }
    }

    fn stay(&self, provider: &Provider<'_>, keys: &[Attribute<'_>]) -> Option<Stay> {
        if !provider.roles().is_empty() {
            return Some(Stay::Role);
        }
        if keys.iter().any(is_kept) {
            return Some(Stay::Kept);
        }
        if keys.iter().any(is_temporary) {
            return Some(Stay::Temporary);
        }
        if let Some(other) = beside(provider) {
            return Some(Stay::Beside(other));
        }
        if !self.is_test && self.repo.is_child(self.directory) {
            let mut roots = self.repo.roots(self.directory);
            let caller = roots.find(|root| *root != self.directory);
            return Some(Stay::Called(caller.map(PathBuf::from)));
        }
        provider.alias?;
        let default = self.default;
        let default = default.filter(|default| self.fate(default) == KeyFate::Go);
        let default_keys = default.map(Provider::keys).unwrap_or_default();
        let is_free = |key: &Attribute<'_>| self.repo.is_editable(key.value.document().path());
        if written(&default_keys) == written(keys) && default_keys.iter().all(is_free) {
            return None;
        }
        Some(Stay::Alias {
            default_goes: !default_keys.is_empty(),
        })
    }

    /// Whether the keys are there for something that is not AWS: an endpoint of its own, or a mock.
    fn is_placeholder(&self, provider: &Provider<'_>, keys: &[Attribute<'_>]) -> bool {
        let id = keys.iter().find(|key| key.name == "access_key");
        let id = id.and_then(|key| key.value.literal());
        let is_no_id = id.is_some_and(|id| !is_key_id(id));
        let skips = provider.attribute("skip_credentials_validation");
        let skips = skips.and_then(|skips| skips.value.expression().as_bool());
        has_endpoints(&provider.blocks)
            || is_no_id && (self.is_test || skips == Some(true))
            || id.is_some_and(is_mock)
    }
}

/// Whether Vault makes the key for the run.
fn is_temporary(key: &Attribute<'_>) -> bool {
    key.value.text().contains("vault_aws_access_credentials.")
}

/// What an access key is called that nobody means.
fn is_mock(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    let words = ["mock", "fake", "dummy", "localstack"];
    id == "test" || words.iter().any(|word| id.contains(word))
}

/// Whether a provider talks to a service that is not AWS.
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

/// What a provider would act as without its keys, if not as the environment's credentials.
fn beside(provider: &Provider<'_>) -> Option<&'static str> {
    let is_set = |name: &&&str| {
        let found = provider.attribute(name);
        found.is_some_and(|found| !found.value.expression().is_null())
    };
    let names = ["profile", CREDENTIALS_FILES[0], CREDENTIALS_FILES[1]];
    let set = names.iter().find(is_set).copied();
    let web = provider.blocks.iter().any(has_web_identity);
    set.or(web.then_some(WEB_IDENTITY))
}

/// Keys as they are written, to compare those of two providers.
fn written<'d>(keys: &[Attribute<'d>]) -> Vec<(&'d str, &'d str)> {
    let pairs = keys.iter().map(|key| (key.name, key.value.text()));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
}
