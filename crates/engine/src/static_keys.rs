//! What becomes of the static keys of providers.

use std::path::PathBuf;

use diagnostics::ignore::Ignore;
use syntax::hcl::Attribute;
use terraform::assume_role::{WEB_IDENTITY, has_web_identity};
use terraform::provider::Provider;
use terraform::static_keys::{CREDENTIALS_FILES, has_endpoints, is_key_id};

use crate::catalogue::Purpose;
use crate::repo::Repo;

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
        let remover = self.repo.catalogue().id_of(Purpose::RemoveStaticKeys);
        let is_kept = |key: &Attribute<'_>| Ignore::keeps_setting(key, remover);
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
