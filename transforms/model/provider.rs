//! Provider configurations: a block and those that override it.

use std::collections::BTreeMap;

use super::hcl::{Attribute, Block, Document};
use super::requirement::{IDENTITIES, provider_blocks};
use super::role::{Role, WEB_IDENTITY, has_web_identity, roles};

/// One configuration of the AWS provider: its block and those that override it.
#[derive(Debug)]
pub struct Provider<'d> {
    /// The provider's local name.
    pub name: &'d str,
    /// Its alias; `None` for the default configuration.
    pub alias: Option<&'d str>,
    /// Its blocks, overrides last.
    pub blocks: Vec<Block<'d>>,
}

impl<'d> Provider<'d> {
    /// The roles that it assumes; several are a chain, of which the last one acts.
    pub fn roles(&self) -> Vec<Role<'d>> {
        self.blocks.iter().flat_map(roles).collect()
    }

    /// The attribute of that name, an override's before the one it overrides.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'d>> {
        let mut blocks = self.blocks.iter().rev();
        blocks.find_map(|block| block.attribute(name))
    }

    /// What makes it somebody of its own, whatever the environment says.
    pub fn identity(&self) -> Option<&'d str> {
        let mut attributes = self
            .blocks
            .iter()
            .flat_map(|block| block.body().attributes());
        let set = attributes.find(|attribute| {
            IDENTITIES.contains(&attribute.name) && !attribute.value.expression().is_null()
        });
        let web = self.blocks.iter().any(has_web_identity);
        set.map(|attribute| attribute.name)
            .or(web.then_some(WEB_IDENTITY))
    }

    /// The provider as Terraform refers to it.
    pub fn reference(&self) -> String {
        match self.alias {
            None => format!("provider \"{}\"", self.name),
            Some(alias) => format!("provider {}.{alias}", self.name),
        }
    }
}

/// The provider configurations of documents, for the local `names` of the AWS provider: default
/// ones first, then by alias.
pub fn configurations<'d>(
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
