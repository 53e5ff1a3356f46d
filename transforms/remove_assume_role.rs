use std::collections::BTreeMap;

use crate::model::account::Account;
use crate::model::edit::Edit;
use crate::model::finding::Finding;
use crate::model::hcl::{Attribute, Block, Document};
use crate::model::repo::{Module, Repo};
use crate::model::requirement::{aws_names, provider_blocks};
use crate::model::settings::Settings;
use crate::model::survey::FileKind;

const ID: &str = "remove_assume_role";

/// Attributes by which a provider block says who it is without the environment.
const IDENTITIES: [&str; 6] = [
    "profile",
    "access_key",
    "secret_key",
    "token",
    "shared_credentials_file",
    "shared_credentials_files",
];

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let names = aws_names(module.configuration());
    let own = configurations(module.configuration(), &names);
    let mut findings = decide(&own, None, repo.settings());
    // A test overrides the providers that it names; the others are the module's.
    for test in module.of_kind(FileKind::Test) {
        let providers = configurations([test], &names);
        let default = own.iter().find(|provider| provider.alias.is_none());
        findings.extend(decide(&providers, default, repo.settings()));
    }
    findings
}

/// One provider configuration: its block and those that override it.
struct Provider<'d> {
    name: &'d str,
    alias: Option<&'d str>,
    blocks: Vec<Block<'d>>,
}

/// One `assume_role` or `dynamic "assume_role"` block.
struct Role<'d> {
    block: Block<'d>,
    /// What tells it from other roles: the ARN's text, for a dynamic block with its `for_each`.
    text: String,
    account: Account,
}

impl<'d> Provider<'d> {
    fn roles(&self) -> Vec<Role<'d>> {
        let inner = self.blocks.iter().flat_map(|block| block.body().blocks());
        inner.filter_map(role).collect()
    }

    fn identity(&self) -> Option<Attribute<'d>> {
        let attributes = self.blocks.iter().flat_map(|block| block.body().attributes());
        let mut identities = attributes.filter(|attribute| IDENTITIES.contains(&attribute.name));
        identities.find(|attribute| !attribute.value.expression().is_null())
    }

    fn has_web_identity(&self) -> bool {
        let mut blocks = self.blocks.iter().flat_map(|block| block.body().blocks());
        blocks.any(|block| block.kind() == "assume_role_with_web_identity")
    }

    /// The provider as Terraform refers to it.
    fn reference(&self) -> String {
        match self.alias {
            None => format!("provider \"{}\"", self.name),
            Some(alias) => format!("provider {}.{alias}", self.name),
        }
    }
}

fn role(block: Block<'_>) -> Option<Role<'_>> {
    let (content, for_each) = match block.kind() {
        "assume_role" => (block, None),
        "dynamic" if block.label(0) == Some("assume_role") => {
            (block.blocks("content").next()?, block.attribute("for_each"))
        }
        _ => return None,
    };
    let arn = content.attribute("role_arn");
    let arn_text = arn.as_ref().map_or("", |arn| arn.value.text());
    let text = match &for_each {
        Some(for_each) => format!("{arn_text} for each of {}", for_each.value.text()),
        None => arn_text.to_owned(),
    };
    let account = match (&arn, &for_each) {
        (Some(arn), None) => Account::of(&arn.value),
        _ => Account::Expression(text.clone()),
    };
    Some(Role {
        block,
        text,
        account,
    })
}

fn configurations<'d>(
    documents: impl IntoIterator<Item = &'d Document>,
    names: &[&str],
) -> Vec<Provider<'d>> {
    let mut providers: BTreeMap<(Option<&str>, &str), Vec<Block<'d>>> = BTreeMap::new();
    for document in documents {
        for block in provider_blocks(document, names) {
            let name = block.label(0).unwrap_or_default();
            let alias = block.attribute("alias");
            let alias = alias.map(|alias| alias.value.literal().unwrap_or(alias.value.text()));
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

fn decide(
    providers: &[Provider<'_>],
    inherited: Option<&Provider<'_>>,
    settings: &Settings,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let default = providers.iter().find(|provider| provider.alias.is_none());
    // The role that the environment's credentials replace: that of a default provider losing it.
    let replaced = default.or(inherited).filter(|provider| provider.identity().is_none());
    let replaced = replaced.and_then(|provider| provider.roles().pop());
    let any_role = providers.iter().any(|provider| !provider.roles().is_empty());
    for provider in providers {
        let roles = provider.roles();
        let Some(last) = roles.last() else {
            if any_role && provider.identity().is_none() && !provider.has_web_identity() {
                findings.extend(ambient(provider));
            }
            continue;
        };
        let finding = if let Some(identity) = provider.identity() {
            beside_identity(provider, last, &identity)
        } else if provider.alias.is_none() {
            removal(provider, &roles, settings)
        } else {
            match &replaced {
                Some(other) if is_same_account(last, other) => removal(provider, &roles, settings),
                other => left(provider, last, other.as_ref(), settings),
            }
        };
        findings.push(finding);
    }
    findings
}

fn is_same_account(one: &Role<'_>, other: &Role<'_>) -> bool {
    !one.text.is_empty() && (one.text == other.text || one.account == other.account)
}

fn removal(provider: &Provider<'_>, roles: &[Role<'_>], settings: &Settings) -> Finding {
    let first = roles.first().map_or_else(
        || provider.blocks[0],
        |role| role.block,
    );
    let account = roles.last().map(|role| named(&role.account, settings));
    let message = format!(
        "{} no longer assumes a role: credentials for {} come from the environment",
        provider.reference(),
        account.unwrap_or_default()
    );
    let finding = Finding::new(ID, first.document(), first.span(), message);
    roles.iter().fold(finding, |finding, role| {
        let document = role.block.document();
        finding.edit(document, Edit::remove(document, role.block.span()))
    })
}

fn left(
    provider: &Provider<'_>,
    role: &Role<'_>,
    default: Option<&Role<'_>>,
    settings: &Settings,
) -> Finding {
    let account = named(&role.account, settings);
    let message = match default {
        Some(default) => format!(
            "{} assumes a role in {account}, the default provider's was in {}: left alone, \
             without the role its resources would move",
            provider.reference(),
            named(&default.account, settings)
        ),
        None => format!(
            "{} assumes a role in {account} and no default provider loses one: left alone",
            provider.reference()
        ),
    };
    let help = "give it a `profile` of that account, or let the signed-in role assume this one";
    Finding::new(ID, role.block.document(), role.block.span(), message).help(help)
}

fn beside_identity(
    provider: &Provider<'_>,
    role: &Role<'_>,
    identity: &Attribute<'_>,
) -> Finding {
    let message = format!(
        "{} has `{}` beside its role: without the role it would act as that identity, not as \
         the environment's",
        provider.reference(),
        identity.name
    );
    let help = format!("remove `{}` and the role together", identity.name);
    Finding::new(ID, role.block.document(), role.block.span(), message).help(help)
}

fn ambient(provider: &Provider<'_>) -> Option<Finding> {
    let block = provider.blocks.first()?;
    let message = format!(
        "{} has no role, profile or keys: it acted in the account of the keys, after the switch \
         it acts in that of AWS_PROFILE",
        provider.reference()
    );
    let help = "if its resources belong to the keys' account, give it that account's `profile`";
    Some(Finding::new(ID, block.document(), block.span(), message).help(help))
}

/// An account with the profile that the configuration gives it.
fn named(account: &Account, settings: &Settings) -> String {
    match account.profile(settings) {
        Some(profile) => format!("{account} ({profile})"),
        None => account.to_string(),
    }
}
