//! The variable that a static key comes from.

use syntax::hcl::{Attribute, Value};
use terraform::module::Module;
use terraform::static_keys::KeyVariables;

/// Locals of which each is the next one: a longer chain is a loop, or nothing that anybody follows.
const LOCALS: usize = 16;

/// A variable that holds a static key, or an object with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeySource {
    /// The variable's name.
    pub variable: String,
    /// The attribute, where the variable is an object.
    pub attribute: Option<String>,
}

/// What holds the keys of one provider configuration or remote state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeySources {
    id: KeySource,
    others: Vec<KeySource>,
}

impl KeySource {
    /// The variable that a value is, or that its attribute of that name is, through the locals of the module.
    /// `None` where the value is anything else.
    #[must_use]
    pub fn of(value: &Value<'_>, attribute: Option<&str>, module: &Module) -> Option<Self> {
        let mut value = *value;
        let mut attribute = attribute.map(str::to_owned);
        for _ in 0..LOCALS {
            if value.expression().as_object().is_some() {
                value = value.entry(&attribute.take()?)?.value;
                continue;
            }
            let reference = Reference::of(value.text())?;
            let inner = match (reference.attribute, attribute.take()) {
                (Some(_), Some(_)) => return None,
                (own, outer) => own.map(str::to_owned).or(outer),
            };
            if !reference.is_local {
                return Some(Self {
                    variable: reference.name.to_owned(),
                    attribute: inner,
                });
            }
            attribute = inner;
            value = local(reference.name, module)?.value;
        }
        None
    }
}

impl KeySources {
    /// The sources of keys, the id first; `None` where one is not known.
    pub fn of(sources: Vec<Option<KeySource>>) -> Option<Self> {
        let sources: Option<Vec<KeySource>> = sources.into_iter().collect();
        let mut sources = sources?.into_iter();
        Some(Self {
            id: sources.next()?,
            others: sources.collect(),
        })
    }

    /// That of the access key id.
    pub fn id(&self) -> &KeySource {
        &self.id
    }

    /// All of them, the id first.
    pub fn all(&self) -> impl Iterator<Item = &KeySource> {
        std::iter::once(&self.id).chain(&self.others)
    }

    /// The names of the variables.
    pub fn variables(&self) -> KeyVariables {
        let others = self.others.iter().map(|it| &it.variable);
        let mut others: Vec<String> = others
            .filter(|it| **it != self.id.variable)
            .cloned()
            .collect();
        others.dedup();
        KeyVariables {
            id: self.id.variable.clone(),
            others,
        }
    }
}

/// A reference to a variable or local: `var.NAME`, `local.NAME.ATTRIBUTE`, `"${var.NAME}"`.
struct Reference<'t> {
    is_local: bool,
    name: &'t str,
    attribute: Option<&'t str>,
}

impl<'t> Reference<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let bare = text.trim();
        let inside = bare.strip_prefix("\"${");
        let inside = inside.and_then(|inside| inside.strip_suffix("}\""));
        let mut steps = inside.unwrap_or(bare).trim().split('.');
        let (root, name, attribute) = (steps.next()?, steps.next()?, steps.next());
        let is_name = |text: &str| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            !text.is_empty() && text.bytes().all(is_letter)
        };
        let is_local = match root {
            "var" => false,
            "local" => true,
            _ => return None,
        };
        let is_plain = is_name(name) && attribute.is_none_or(is_name) && steps.next().is_none();
        is_plain.then_some(Self {
            is_local,
            name,
            attribute,
        })
    }
}

/// The local of that name; `None` where there are several, of which one overrides the other.
pub fn local<'m>(name: &str, module: &'m Module) -> Option<Attribute<'m>> {
    let blocks = module
        .configuration()
        .flat_map(|document| document.blocks("locals"));
    let mut found = blocks.filter_map(|block| block.attribute(name));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
