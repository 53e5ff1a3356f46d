//! How the static keys of provider configurations change.

use std::path::{Path, PathBuf};

use diagnostics::ignore::Ignore;
use syntax::hcl::Attribute;
use terraform::provider::Provider;
use terraform::static_keys::{has_endpoints, is_key_id, other_identity};
use terraform::template::is_template;

use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::provider_accounts::names_kept_role;
use crate::repo::Repo;

/// How the static keys of a provider configuration change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// It has none, or placeholders for a service that is not AWS.
    None,
    /// They are removed.
    Remove,
    /// They are kept.
    Keep(KeepReason),
}

/// Why static keys of a provider configuration are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepReason {
    /// An ignore comment covers them, or their removal is declined.
    Declined,
    /// They assume a role: the decision on the role covers them.
    AssumesRole,
    /// They are temporary: this data source makes them for the run.
    Temporary,
    /// They are those of a template: what fills it in knows whose.
    Template,
    /// Without them the provider would act by this attribute or block.
    OtherIdentity(&'static str),
    /// Its module is called, by this module where that is known, or is passed providers.
    Called(Option<PathBuf>),
    /// It is of a test, and the tested module, in this directory, does not act by the same keys.
    Tested(PathBuf),
    /// It has an alias, and the default provider configuration does not lose the same keys.
    Alias {
        /// Whether the default provider configuration loses others.
        default_loses_keys: bool,
    },
}

/// The provider configurations that are decided together: a module's, or those of one test.
#[derive(Debug, Clone, Copy)]
pub struct KeyScope<'s, 'd> {
    /// The default provider configuration, which an alias is compared with.
    pub default: Option<&'s Provider<'d>>,
    /// The module's directory, relative to the root.
    pub directory: &'s Path,
    /// Whether they are in a test, which nothing calls.
    pub is_test: bool,
    /// The repository.
    pub repo: &'s Repo,
}

impl KeyScope<'_, '_> {
    /// How the keys of `provider` change if the transform that removes them runs.
    pub fn change(&self, provider: &Provider<'_>) -> KeyChange {
        let keys = provider.keys();
        if keys.is_empty() || self.is_placeholder(provider, &keys) {
            return KeyChange::None;
        }
        match self.keep_reason(provider, &keys) {
            None => KeyChange::Remove,
            Some(reason) => KeyChange::Keep(reason),
        }
    }

    /// Whether a role that is kept beside the provider configuration depends on its caller identity,
    /// and no guard says in which account that is.
    pub fn names_kept_role(&self, provider: &Provider<'_>) -> bool {
        let file = provider.blocks.first().map(|block| block.document().path());
        let scope = match (self.is_test, file) {
            (true, Some(file)) => ProviderScope::File(file),
            _ => ProviderScope::Module(self.directory),
        };
        let own = self.repo.providers(scope);
        let mut own = own
            .iter()
            .filter(|it| it.alias.as_deref() == provider.alias);
        let is_guarded = own.any(ProviderIdentity::is_guarded);
        !is_guarded && names_kept_role(scope, provider.alias, self.repo)
    }

    fn keep_reason(&self, provider: &Provider<'_>, keys: &[Attribute<'_>]) -> Option<KeepReason> {
        if !provider.roles().is_empty() {
            return Some(KeepReason::AssumesRole);
        }
        let remover = self.repo.catalogue().id_of(Purpose::RemoveStaticKeys);
        let is_kept = |key: &Attribute<'_>| Ignore::keeps_setting(key, remover);
        let declines = |key: &Attribute<'_>| {
            let (path, subject) = (key.value.document().path(), provider.reference());
            self.repo.declines(remover, path, &subject)
        };
        if keys.iter().any(|key| is_kept(key) || declines(key)) {
            return Some(KeepReason::Declined);
        }
        if provider.blocks.iter().any(is_template) {
            return Some(KeepReason::Template);
        }
        if keys.iter().any(is_temporary) {
            return Some(KeepReason::Temporary);
        }
        if let Some(other) = other_identity(provider) {
            return Some(KeepReason::OtherIdentity(other));
        }
        let is_passed = self.repo.index().key_passages.through(self.directory);
        if !self.is_test && is_passed.is_none() && self.repo.is_child(self.directory) {
            let mut roots = self.repo.roots(self.directory);
            let caller = roots.find(|root| *root != self.directory);
            return Some(KeepReason::Called(caller.map(PathBuf::from)));
        }
        if let Some(tested) = self.tested_by_others(provider) {
            return Some(KeepReason::Tested(tested));
        }
        // Whose keys these are is not in the repository. The default provider configuration's are
        // replaced by the ambient credentials; an alias with the same keys follows it, one with
        // others may act in another account.
        provider.alias?;
        let default = self.default;
        let default = default.filter(|default| self.change(default) == KeyChange::Remove);
        let default_keys = default.map(Provider::keys).unwrap_or_default();
        let id = self.repo.catalogue().id_of(Purpose::RemoveStaticKeys);
        let is_free = |key: &Attribute<'_>| self.repo.is_editable(key.value.document().path(), id);
        if written(&default_keys) == written(keys) && default_keys.iter().all(is_free) {
            return None;
        }
        Some(KeepReason::Alias {
            default_loses_keys: !default_keys.is_empty(),
        })
    }

    /// The module that a test with these keys is of, where it has a default provider configuration that acts
    /// otherwise: both have one ambient account without the keys.
    fn tested_by_others(&self, provider: &Provider<'_>) -> Option<PathBuf> {
        let file = provider.blocks.first()?.document().path();
        if !self.is_test || provider.alias.is_some() {
            return None;
        }
        let scope = ProviderScope::File(file);
        let module = self.repo.index().modules.module_of(scope);
        let default = |scope| {
            let mut providers = self.repo.providers(scope).iter();
            providers.find(|it: &&ProviderIdentity| it.is_default())
        };
        let tested = default(ProviderScope::Module(module))?;
        let own = default(scope)?;
        let is_same = tested.role.is_none() && tested.identity == own.identity;
        (!is_same).then(|| module.to_path_buf())
    }

    /// Whether the keys are for something that is not AWS: a custom endpoint, or a mock.
    fn is_placeholder(&self, provider: &Provider<'_>, keys: &[Attribute<'_>]) -> bool {
        let id = keys.iter().find(|key| key.name == "access_key");
        let id = id.and_then(|key| key.value.literal());
        // With `skip_credentials_validation` the provider does not ask STS about its keys, so that
        // any text passes; a key id of IAM has a form that tells it apart.
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

/// Whether an access key id is a placeholder that tests and emulators use.
fn is_mock(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    let words = ["mock", "fake", "dummy", "localstack"];
    id == "test" || words.iter().any(|word| id.contains(word))
}

/// Keys as they are written, in one order, to compare those of two provider configurations.
fn written<'d>(keys: &[Attribute<'d>]) -> Vec<(&'d str, &'d str)> {
    let pairs = keys.iter().map(|key| (key.name, key.value.text()));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
}
