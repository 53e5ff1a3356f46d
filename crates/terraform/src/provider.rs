//! Provider configurations: a block and those that override it.

use std::collections::BTreeMap;

use crate::account::RoleArn;
use crate::account_guard::{AccountGuard, obstacle};
use crate::assume_role::{Role, WEB_IDENTITY, has_web_identity, roles};
use crate::opentofu_file::readings;
use crate::requirement::{IDENTITIES, provider_blocks};
use crate::session_rights::SessionRights;
use crate::static_keys::{
    CONFIG_FILES, CREDENTIALS_FILES, KEYS, has_endpoints, is_key, is_usual_config,
};
use crate::template::is_template;
use syntax::hcl::{Attribute, Block, Document};

/// One configuration of the AWS provider: its block and those that override it.
#[derive(Debug, Clone)]
pub struct Provider<'d> {
    /// The provider's local name.
    pub name: &'d str,
    /// Its alias; `None` for the default configuration.
    pub alias: Option<&'d str>,
    /// Its blocks, overrides last.
    pub blocks: Vec<Block<'d>>,
}

impl<'d> Provider<'d> {
    /// The provider configuration as Terraform reads it, and as OpenTofu does where files of its own take the place of
    /// Terraform's.
    pub fn readings(&self) -> Vec<Self> {
        let Some(read) = readings(&self.blocks, |block| block.document().path()) else {
            return vec![self.clone()];
        };
        let read = read.into_iter().filter(|blocks| !blocks.is_empty());
        let read = read.map(|blocks| Self {
            blocks,
            ..self.clone()
        });
        read.collect()
    }

    /// The roles that it assumes; several are a chain, of which the last one acts.
    pub fn roles(&self) -> Vec<Role<'d>> {
        self.blocks.iter().flat_map(roles).collect()
    }

    /// Its static keys, those that an override replaces among them.
    pub fn keys(&self) -> Vec<Attribute<'d>> {
        let blocks = self.blocks.iter();
        let attributes = blocks.flat_map(|block| block.body().attributes());
        attributes.filter(is_key).collect()
    }

    /// The attribute of that name, an override's before the one it overrides.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'d>> {
        // Terraform's page "Override Files": arguments of an override replace those of the block.
        let mut blocks = self.blocks.iter().rev();
        blocks.find_map(|block| block.attribute(name))
    }

    /// The provider as Terraform refers to it.
    pub fn reference(&self) -> String {
        match self.alias {
            None => format!("provider \"{}\"", self.name),
            Some(alias) => format!("provider \"{}.{alias}\"", self.name),
        }
    }
}

/// The provider configurations of documents, for the local `names` of the AWS provider: default
/// ones first, then by alias.
pub fn configurations<'d>(
    documents: impl IntoIterator<Item = &'d Document>,
    names: &[String],
) -> Vec<Provider<'d>> {
    let mut providers: BTreeMap<(Option<&str>, &str), Vec<Block<'d>>> = BTreeMap::new();
    for document in documents {
        for block in provider_blocks(document, names) {
            let name = block.label(0).unwrap_or_default();
            let alias = alias(&block);
            providers.entry((alias, name)).or_default().push(block);
        }
    }
    let providers = providers.into_iter();
    providers
        .map(|((alias, name), blocks)| Provider {
            name,
            alias,
            blocks,
        })
        .collect()
}

fn alias<'d>(provider: &Block<'d>) -> Option<&'d str> {
    let alias = provider.attribute("alias")?;
    Some(alias.value.literal().unwrap_or(alias.value.text()))
}

/// The identity settings of one `provider` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFacts {
    /// The provider's local name.
    pub name: String,
    /// Its alias.
    pub alias: Option<String>,
    /// The last role of its chain: that one's account is the provider's.
    pub role: Option<RoleArn>,
    /// Whether a role of its chain is assumed with a session policy.
    pub has_session_policy: bool,
    /// How long the session of a role of its chain lasts, as written, where that is more than an hour or not
    /// known.
    pub long_session: Option<String>,
    /// All roles of its chain, in the order in which they are assumed.
    pub chain: Vec<ChainedRole>,
    /// The setting that gives it an identity other than the ambient credentials.
    pub identity: Option<Identity>,
    /// What it says of the accounts in which the provider acts.
    pub guard: Option<AccountGuard>,
    /// The setting because of which no guard can take the place of its role.
    pub guard_obstacle: Option<&'static str>,
    /// Whether it is part of a template.
    pub is_template: bool,
}

/// A role of a provider's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainedRole {
    /// What names it.
    pub arn: RoleArn,
    /// The line of its block.
    pub line: usize,
    /// What whoever assumes it has to be allowed.
    pub rights: SessionRights,
}

/// A setting that gives a provider an identity other than the ambient credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `profile`, `access_key`, `assume_role_with_web_identity`, `endpoints`, ...
    pub setting: String,
    /// Its value as written, of keys all of them; the literal where it is one.
    pub value: String,
}

impl ProviderFacts {
    /// Reads a provider block; `role_remover` is the id of the transform that removes roles.
    pub fn of(provider: &Block<'_>, role_remover: &str) -> Self {
        let mut rights = SessionRights::default();
        let chain = roles(provider).into_iter().map(|role| {
            // A source identity and transitive tags go on to the next role of the chain.
            rights = rights.and(role.rights());
            ChainedRole {
                line: role.block.location().line,
                rights,
                arn: role.arn,
            }
        });
        let chain: Vec<ChainedRole> = chain.collect();
        Self {
            name: provider.label(0).unwrap_or_default().to_owned(),
            alias: alias(provider).map(str::to_owned),
            has_session_policy: roles(provider).iter().any(Role::has_session_policy),
            long_session: roles(provider).iter().find_map(Role::long_session),
            role: chain.last().map(|role| role.arn.clone()),
            chain,
            identity: identity(provider, role_remover),
            guard: AccountGuard::of(provider),
            guard_obstacle: obstacle(provider),
            is_template: is_template(provider),
        }
    }
}

/// The setting that decides the provider's identity: keys only where nothing else does.
fn identity(provider: &Block<'_>, role_remover: &str) -> Option<Identity> {
    let attributes: Vec<_> = provider.body().attributes().collect();
    let set = |attribute: &&Attribute<'_>| {
        let is_files = attribute.name == CONFIG_FILES && !is_usual_config(attribute);
        let is_named = IDENTITIES.contains(&attribute.name) || is_files;
        is_named && !attribute.value.expression().is_null()
    };
    let identity = |attribute: &Attribute<'_>| {
        // One file is the same under its old name and in a list.
        let only = attribute.value.items().filter(|items| items.len() == 1);
        let value = only.map_or(attribute.value, |items| items[0]);
        Identity {
            setting: attribute
                .name
                .replace(CREDENTIALS_FILES[1], CREDENTIALS_FILES[0]),
            value: value.written(),
        }
    };
    let web = has_web_identity(provider).then(|| Identity {
        setting: WEB_IDENTITY.to_owned(),
        value: String::new(),
    });
    // Whatever the other settings are, no identity of AWS is used.
    let foreign = has_endpoints(std::slice::from_ref(provider)).then(|| Identity {
        setting: ENDPOINTS.to_owned(),
        value: String::new(),
    });
    // A role that a comment keeps is an identity that no decision changes.
    let mut roles = roles(provider).into_iter();
    let is_kept = roles.any(|role| role.is_kept(role_remover));
    let kept = is_kept.then(|| Identity {
        setting: KEPT.to_owned(),
        value: String::new(),
    });
    let mut others = attributes.iter().filter(|it| !KEYS.contains(&it.name));
    let other = others.find(set).map(identity);
    let mut keys: Vec<_> = attributes.iter().filter(|it| is_key(it)).collect();
    // The same keys are the same identity in whatever order they are written.
    keys.sort_by_key(|key| key.name);
    let key = keys.first().map(|first| Identity {
        setting: first.name.to_owned(),
        value: keys.iter().map(|key| key.value.written()).collect(),
    });
    foreign.or(kept).or(other).or(web).or(key)
}

/// The setting's name where a comment keeps a role from being removed.
pub const KEPT: &str = "a comment";

/// The block by which a provider talks to something else than AWS.
const ENDPOINTS: &str = "endpoints";

impl Identity {
    /// Whether it is that of another service than AWS.
    pub fn is_foreign(&self) -> bool {
        self.setting == ENDPOINTS
    }

    /// Whether it is a static key.
    pub fn is_key(&self) -> bool {
        KEYS.contains(&self.setting.as_str())
    }
}
