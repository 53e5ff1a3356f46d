//! The provider configurations of a scope, with the identity that each acts as.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use terraform::account::{Account, AccountId, ModuleNames};
use terraform::account_guard::{AccountGuard, GUARD};
use terraform::opentofu_file::readings;
use terraform::provider::{Identity, ProviderFacts};

use super::twin_files;
use crate::catalogue::Purpose;
use crate::index::Index;
use crate::index::facts::Facts;
use crate::index::scopes::ProviderScope;
use crate::request::Request;

/// A provider configuration with the identity that it acts as, as far as the repository tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "properties that have nothing to do with each other"
)]
pub struct ProviderIdentity {
    /// Its local name.
    pub name: String,
    /// Its alias; `None` for the default configuration.
    pub alias: Option<String>,
    /// The account of the role that it assumes; of a chain of roles, the last one's.
    pub role: Option<Account>,
    /// The ARN of that role: the literal, or the expression as written; `None` where it is one of several.
    pub role_arn: Option<String>,
    /// Whether the role depends on the workspace, or on a variable that is set to several values.
    pub is_chosen: bool,
    /// Whether the role is assumed under a condition only.
    pub is_conditional: bool,
    /// Whether the role's session may do less than the role.
    pub has_session_policy: bool,
    /// How long a role's session lasts, as written, where that is more than an hour or not known.
    pub long_session: Option<String>,
    /// The aliases of the provider configurations whose caller identity names the role's account;
    /// empty for the default one.
    pub callers: BTreeSet<String>,
    /// The setting that takes the place of the ambient credentials: a profile, keys, endpoints.
    pub identity: Option<Identity>,
    /// The accounts in which it may act.
    pub guard: Option<AccountGuard>,
    /// The setting because of which no guard can take the place of its role.
    pub guard_obstacle: Option<&'static str>,
    /// Whether it is part of a template, which only becomes configuration elsewhere.
    pub is_template: bool,
    /// The files of its blocks, override files last.
    pub files: Vec<PathBuf>,
}

impl ProviderIdentity {
    /// Whether it acts as the ambient credentials.
    pub fn is_ambient(&self) -> bool {
        self.role.is_none() && self.identity.is_none()
    }

    /// Whether it acts as the ambient credentials, or may: under a condition it assumes no role.
    pub fn may_be_ambient(&self) -> bool {
        self.identity.is_none() && (self.role.is_none() || self.is_conditional)
    }

    /// Whether a guard admits one account alone: it never acts in another, whatever the ambient
    /// credentials are.
    pub fn is_guarded(&self) -> bool {
        self.guard.as_ref().is_some_and(AccountGuard::is_effective)
    }

    /// The account that it acts in, as far as its role or its guard tell.
    pub fn account(&self) -> Option<Account> {
        self.role.clone().or_else(|| self.guarded_account())
    }

    /// The one account that its guard admits.
    fn guarded_account(&self) -> Option<Account> {
        let id = self.guard.as_ref()?.id()?;
        Some(Account::Id(AccountId {
            partition: None,
            id: id.to_owned(),
        }))
    }

    /// Whether it acts as that profile.
    pub fn has_profile(&self, profile: &str) -> bool {
        let mut identity = self.identity.iter();
        let is_profile = identity.any(|it| it.setting == "profile" && it.value == profile);
        self.role.is_none() && is_profile
    }

    /// How messages name it, as `Provider::reference` does.
    pub fn reference(&self) -> String {
        match &self.alias {
            None => format!("provider \"{}\"", self.name),
            Some(alias) => format!("provider \"{}.{alias}\"", self.name),
        }
    }

    /// Whether it is the default configuration.
    pub fn is_default(&self) -> bool {
        self.alias.is_none()
    }
}

/// The provider configurations of a scope: default ones first, then by alias.
pub(super) fn resolve(
    scope: ProviderScope<'_>,
    index: &Index,
    request: &Request,
) -> Vec<ProviderIdentity> {
    let modules = &index.modules;
    let directory = modules.module_of(scope);
    let none = ModuleNames::default();
    let number = modules.number(directory);
    let names = number.and_then(|number| index.names.get(&number));
    let names = names.unwrap_or(&none);
    // The local name is the module's choice (Terraform docs, "Provider Requirements"): only
    // `required_providers` tells which blocks are the AWS provider's.
    let aws = modules.aws_names(directory);
    let files = modules.facts_in(scope);
    let mut providers = merged(&files, &aws, names);
    if let Some(both) = readings(&files, |(path, _)| path) {
        let mut both = both.map(|files| merged(&files, &aws, names));
        for (key, provider) in &mut providers {
            let read = both.each_mut().map(|read| read.remove(key));
            twin_files::reconcile(provider, &read);
        }
    }
    providers
        .values_mut()
        .for_each(ProviderIdentity::read_guard);
    // Where the code does not tell, the configuration may.
    let answer = request.settings.account_of_root_module(directory);
    for provider in providers.values_mut().filter(|it| it.is_default()) {
        if let (Some(role), Some(answer)) = (&mut provider.role, answer)
            && (role.id().is_none() || provider.is_chosen)
        {
            *role = Account::Id(AccountId {
                partition: None,
                id: answer.id.clone(),
            });
            provider.is_chosen = false;
        }
    }
    if request.carries_out(Purpose::RemoveStaticKeys) {
        // Keys beside a role only assume it, and are removed together with it.
        for provider in providers.values_mut().filter(|it| it.role.is_some()) {
            provider.identity = provider.identity.take().filter(|it| !it.is_key());
        }
    }
    providers.into_values().collect()
}

/// The provider configurations of these files, in the order in which Terraform merges them.
fn merged<'f>(
    files: &[(PathBuf, &'f Facts)],
    aws: &[String],
    names: &ModuleNames,
) -> BTreeMap<(Option<&'f str>, &'f str), ProviderIdentity> {
    let mut providers: BTreeMap<(Option<&str>, &str), ProviderIdentity> = BTreeMap::new();
    for (path, facts) in files {
        // A Terragrunt file has locals of its own.
        let own = facts.terragrunt.as_ref().map(|it| &it.names);
        for block in facts.providers.iter().filter(|it| aws.contains(&it.name)) {
            let key = (block.alias.as_deref(), block.name.as_str());
            let provider = providers
                .entry(key)
                .or_insert_with(|| ProviderIdentity::without_settings(block));
            provider.merge(block, own.unwrap_or(names));
            provider.files.push(path.clone());
        }
    }
    providers
}

impl ProviderIdentity {
    fn without_settings(block: &ProviderFacts) -> Self {
        Self {
            name: block.name.clone(),
            alias: block.alias.clone(),
            role: None,
            role_arn: None,
            is_chosen: false,
            is_conditional: false,
            has_session_policy: false,
            long_session: None,
            callers: BTreeSet::new(),
            identity: None,
            guard: None,
            guard_obstacle: None,
            is_template: false,
            files: Vec::new(),
        }
    }

    /// Takes in the next block of the configuration. Blocks come in the order in which Terraform
    /// merges them, so that a later role wins (Terraform docs, "Override Files").
    fn merge(&mut self, block: &ProviderFacts, names: &ModuleNames) {
        let role = block.role.as_ref();
        let role = role.map(|role| (role, Account::of(role, names)));
        if role.as_ref().is_some_and(|(_, account)| account.is_none()) {
            (self.role, self.role_arn) = (None, None);
        } else if let Some((role, account)) = role {
            self.is_chosen =
                account.is_chosen(role, names) || account.is_default_choice(role, names);
            self.is_conditional = role.is_conditional();
            self.has_session_policy = block.has_session_policy;
            self.long_session.clone_from(&block.long_session);
            self.callers = role.callers(names);
            self.role = Some(account);
            self.role_arn = role.written();
        }
        let (own, other) = (self.identity.take(), block.identity.clone());
        let is_key = own.as_ref().is_none_or(Identity::is_key);
        self.identity = if is_key { other.or(own) } else { own };
        self.is_template |= block.is_template;
        // A guard that one block turns off is off, whatever the others say.
        let is_off = self.guard == Some(AccountGuard::Open);
        if !is_off && block.guard.is_some() {
            self.guard.clone_from(&block.guard);
        }
        // The guard of an override takes the place of the one before.
        let is_replaced = self.guard_obstacle == Some(GUARD) && block.guard.is_some();
        let own = self.guard_obstacle.filter(|_| !is_replaced);
        self.guard_obstacle = block.guard_obstacle.or(own);
    }

    /// Takes the account of a role that is not known from the guard: with the role, conditional or
    /// not, the provider acts there or nowhere.
    fn read_guard(&mut self) {
        let is_known = self.role.as_ref().is_none_or(|role| role.id().is_some());
        if let (false, Some(account)) = (is_known, self.guarded_account()) {
            self.role = Some(account);
            (self.is_chosen, self.is_conditional) = (false, false);
            self.callers.clear();
        }
    }
}
