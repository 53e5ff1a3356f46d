//! The provider configurations of a scope, with the account that each acts in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use terraform::account::{Account, ModuleNames};
use terraform::provider::Identity;

use crate::catalogue::Purpose;
use crate::index::Index;
use crate::index::scopes::ProviderScope;
use crate::request::Request;

/// A provider configuration and as whom it acts, as far as the repository tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its local name.
    pub name: String,
    /// Its alias; `None` for the default configuration.
    pub alias: Option<String>,
    /// The account of the role that it assumes.
    pub role: Option<Account>,
    /// Whether the workspace has a say in which role it is.
    pub by_workspace: bool,
    /// Whether the role may not be assumed at all.
    pub is_conditional: bool,
    /// What makes it somebody of its own, whatever the environment says.
    pub identity: Option<Identity>,
    /// The files of its blocks, overrides last.
    pub files: Vec<PathBuf>,
}

impl Standing {
    /// Whether it acts as whoever the environment says.
    pub fn is_ambient(&self) -> bool {
        self.role.is_none() && self.identity.is_none()
    }

    /// Whether it acts by that profile.
    pub fn has_profile(&self, profile: &str) -> bool {
        let mut identity = self.identity.iter();
        let is_profile = identity.any(|it| it.setting == "profile" && it.value == profile);
        self.role.is_none() && is_profile
    }

    /// Whether it is the default configuration.
    pub fn is_default(&self) -> bool {
        self.alias.is_none()
    }
}

/// The provider configurations of a scope and the accounts of their roles.
pub(super) fn resolve(scope: ProviderScope<'_>, index: &Index, request: &Request) -> Vec<Standing> {
    let modules = &index.modules;
    let directory = scope.directory();
    let none = ModuleNames::default();
    let number = modules.number(directory);
    let names = number.and_then(|number| index.names.get(&number));
    let aws = modules.aws_names(directory);
    let mut providers: BTreeMap<(Option<&str>, &str), Standing> = BTreeMap::new();
    for (path, facts) in modules.facts_in(scope) {
        for found in facts.providers.iter().filter(|it| aws.contains(&it.name)) {
            let key = (found.alias.as_deref(), found.name.as_str());
            let standing = providers.entry(key).or_insert_with(|| Standing {
                name: found.name.clone(),
                alias: found.alias.clone(),
                role: None,
                by_workspace: false,
                is_conditional: false,
                identity: None,
                files: Vec::new(),
            });
            if let Some(role) = &found.role {
                let own = facts.terragrunt.as_ref().map(|it| &it.names);
                let names = own.or(names).unwrap_or(&none);
                let account = Account::of(role, names);
                standing.by_workspace = account.is_by_workspace(role, names);
                standing.is_conditional = role.is_conditional();
                standing.role = Some(account);
            }
            let (own, other) = (standing.identity.take(), found.identity.clone());
            let is_key = own.as_ref().is_none_or(Identity::is_key);
            standing.identity = if is_key { other.or(own) } else { own };
            standing.files.push(path.clone());
        }
    }
    if request.carries_out(Purpose::RemoveStaticKeys) {
        // Keys beside a role only assume it, and are removed together with it.
        for standing in providers.values_mut().filter(|it| it.role.is_some()) {
            standing.identity = standing.identity.take().filter(|it| !it.is_key());
        }
    }
    providers.into_values().collect()
}
