//! One block of the configuration, and the values in it.

use std::fmt;

use super::SettingsError;
use super::forms::{form_of, instead_of_key};
use ci::settings::RoleName;
use diagnostics::suggestion;
use syntax::hcl::{Attribute, Block, Body};
use syntax::visible;

pub(super) type Result<T> = std::result::Result<T, SettingsError>;

/// A block of the configuration, with what its reader may ask of it. Every error has its line.
pub(super) struct SettingsBlock<'d> {
    pub block: Block<'d>,
    pub body: Body<'d>,
}

impl<'d> SettingsBlock<'d> {
    pub fn new(block: Block<'d>) -> Self {
        let body = block.body();
        Self { block, body }
    }

    /// An error at the block.
    pub fn error(&self, message: impl fmt::Display) -> SettingsError {
        let at = self.block.location();
        SettingsError {
            line: at.line,
            column: at.column,
            length: self.block.kind().len(),
            message: message.to_string(),
        }
    }

    /// An error at the value of a key.
    pub fn wrong(&self, key: &str, message: impl fmt::Display) -> SettingsError {
        match self.body.attribute(key) {
            Some(attribute) => wrong_value(&attribute, message),
            None => self.error(message),
        }
    }

    /// The line of a key, or of the block where it is not set.
    pub fn line_of(&self, key: &str) -> usize {
        let attribute = self.body.attribute(key);
        attribute.map_or(self.block.location().line, |attribute| {
            attribute.value.location().line
        })
    }

    /// Its one label, which is `what`.
    pub fn label(&self, what: &str) -> Result<String> {
        let kind = self.block.kind();
        match (self.block.label(0), self.block.label(1)) {
            (Some(label), None) if !label.is_empty() => match is_writable(label) {
                true => Ok(label.to_owned()),
                false => Err(self.error(format!("`{kind} \"{label}\"`: {UNWRITABLE}"))),
            },
            _ => Err(self.error(format!("`{kind}` takes one label: {what}"))),
        }
    }

    /// Refuses a label.
    pub fn no_label(&self) -> Result<()> {
        match self.block.label(0) {
            None => Ok(()),
            Some(_) => Err(self.error(format!("`{}` takes no label", self.block.kind()))),
        }
    }

    /// Refuses keys and blocks that its kind does not take, beside these `options`.
    pub fn only_its_own(&self, options: &[&str]) -> Result<()> {
        let form = form_of(self.block.kind());
        let (keys, blocks) = form.map_or_else(Default::default, |form| (form.keys, form.blocks));
        self.only(&[keys, options].concat(), blocks)
    }

    /// Refuses all other keys and blocks: a misspelled setting would silently have no effect.
    pub fn only(&self, keys: &[&str], blocks: &[&str]) -> Result<()> {
        let stray = |attribute: &Attribute<'_>| !keys.contains(&attribute.name);
        if let Some(attribute) = self.body.attributes().find(stray) {
            return Err(unknown_key(&attribute, keys));
        }
        let stray = |block: &Block<'_>| !blocks.contains(&block.kind());
        match self.body.blocks().find(stray) {
            None => Ok(()),
            Some(block) => {
                let (kind, own) = (block.kind(), self.block.kind());
                let message = match blocks {
                    [] => format!("`{own}` takes no block `{kind}`"),
                    _ => {
                        let instead = suggestion::instead(kind, blocks);
                        format!("unknown block `{kind}` in `{own}`; {instead}")
                    }
                };
                Err(SettingsBlock::new(block).error(message))
            }
        }
    }

    /// The string of a key, where it is set.
    pub fn optional(&self, key: &str) -> Result<Option<String>> {
        self.body
            .attribute(key)
            .map(|attribute| name(&attribute))
            .transpose()
    }

    /// The string of a key.
    pub fn required(&self, key: &str) -> Result<String> {
        self.optional(key)?
            .ok_or_else(|| self.error(format!("`{}` needs `{key}`", self.block.kind())))
    }

    /// Refuses a second block of the same label.
    pub fn once(&self, new: bool) -> Result<()> {
        match new {
            true => Ok(()),
            false => Err(self.error(format!("`{}` is set twice", self.block.kind()))),
        }
    }
}

pub(super) fn wrong_value(attribute: &Attribute<'_>, message: impl fmt::Display) -> SettingsError {
    let at = attribute.value.location();
    SettingsError {
        line: at.line,
        column: at.column,
        length: attribute.value.span().len(),
        message: format!("`{}`: {message}", attribute.name),
    }
}

/// An error at a key that is not known.
pub(super) fn unknown_key(attribute: &Attribute<'_>, known: &[&str]) -> SettingsError {
    let at = attribute.value.document().location(attribute.key.start);
    let instead = instead_of_key(attribute.name, known);
    SettingsError {
        line: at.line,
        column: at.column,
        length: attribute.key.len(),
        message: format!("unknown key `{}`; {instead}", attribute.name),
    }
}

/// A quoted string that is not empty and can be written back into HCL and into commands as it is.
pub(super) fn name(attribute: &Attribute<'_>) -> Result<String> {
    let value = match attribute.value.literal() {
        Some(value) if !value.trim().is_empty() => value,
        _ => return Err(wrong_value(attribute, "a quoted string is needed")),
    };
    match is_writable(value) {
        true => Ok(value.to_owned()),
        false => Err(wrong_value(attribute, UNWRITABLE)),
    }
}

const UNWRITABLE: &str =
    "quotes, backslashes, templates, control and invisible characters cannot stand here";

/// Whether a text can be written into HCL, commands and diffs as it is: nothing in it needs an escape.
pub(crate) fn is_writable(text: &str) -> bool {
    let is_odd = text.contains(['"', '\\']) || text.contains("${") || text.contains("%{");
    !is_odd && visible::is_plain(text)
}

/// The role that jobs assume.
pub(super) fn role(attribute: &Attribute<'_>) -> Result<RoleName> {
    RoleName::parse(&name(attribute)?).map_err(|why| wrong_value(attribute, why))
}

/// Who makes out the tokens of jobs.
pub(super) fn issuer(attribute: &Attribute<'_>) -> Result<String> {
    let text = name(attribute)?;
    // GitHub's page "OpenID Connect reference": that of Enterprise Server ends in `/_services/token`,
    // that of Enterprise Cloud may end in the enterprise's slug.
    let host = text.strip_prefix("https://").unwrap_or_default();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b".:_-/".contains(&byte);
    match host.is_empty() || host.ends_with('/') || !host.bytes().all(is_letter) {
        true => Err(wrong_value(
            attribute,
            "this is the issuer's address without a slash at the end, as in \
             \"https://HOST/_services/token\"",
        )),
        false => Ok(text),
    }
}

/// The role that reaches the state: one for the whole repository.
pub(super) fn state_role(attribute: &Attribute<'_>) -> Result<String> {
    match role(attribute)? {
        role if role.is_fixed() => Ok(role.to_string()),
        _ => Err(wrong_value(
            attribute,
            "the state has one role: its account stands here as 12 digits",
        )),
    }
}

/// One of a few values, by what it is written as.
pub(super) fn one_of<T: Copy + fmt::Display>(attribute: &Attribute<'_>, values: &[T]) -> Result<T> {
    let written = name(attribute)?;
    let names: Vec<String> = values.iter().map(T::to_string).collect();
    let known = values
        .iter()
        .zip(&names)
        .find(|(_, name)| **name == written);
    match known {
        Some((value, _)) => Ok(*value),
        None => Err(wrong_value(
            attribute,
            format!("one of {}", names.join(", ")),
        )),
    }
}

/// `true` or `false`.
pub(super) fn boolean(attribute: &Attribute<'_>) -> Result<bool> {
    let value = attribute.value.expression().as_bool();
    value.ok_or_else(|| wrong_value(attribute, "`true` or `false` is needed"))
}
