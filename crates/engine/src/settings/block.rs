//! One block of the configuration, and the values in it.

use std::fmt;
use std::ops::Range;

use super::forms::{form_of, instead_of_key};
use super::{SettingsError, SettingsErrors};
use ci::settings::RoleName;
use diagnostics::suggestion;
use syntax::code::sentence;
use syntax::hcl::{Attribute, Block, Body, Document, Value};
use syntax::location::Region;
use syntax::visible;
use terraform::constraint::{Constraint, Dialect};

pub(super) type Result<T> = std::result::Result<T, SettingsErrors>;

/// A block of the configuration, with what its reader may ask of it. What is wrong is collected: one run tells
/// all of it.
pub(super) struct SettingsBlock<'d> {
    pub block: Block<'d>,
    pub body: Body<'d>,
    pub errors: Vec<SettingsError>,
}

impl<'d> SettingsBlock<'d> {
    pub fn new(block: Block<'d>) -> Self {
        Self {
            block,
            body: block.body(),
            errors: Vec::new(),
        }
    }

    /// What was read, or `None`, its errors added.
    pub fn take<T>(&mut self, read: Result<T>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(errors) => {
                self.errors.extend(errors.0);
                None
            }
        }
    }

    /// Adds an error at the block's type.
    pub fn refuse(&mut self, message: impl fmt::Display) {
        self.refuse_at(self.block.kind_span(), message);
    }

    /// Adds an error at the block's label, or at its type where it has none.
    pub fn refuse_label(&mut self, message: impl fmt::Display) {
        self.refuse_at(place(&self.block), message);
    }

    /// Adds an error at the value of a key, or at the block's type where it is not set.
    pub fn refuse_value(&mut self, key: &str, message: impl fmt::Display) {
        match self.body.attribute(key) {
            Some(attribute) => self.errors.extend(wrong_value(&attribute, message).0),
            None => self.refuse(message),
        }
    }

    fn refuse_at(&mut self, span: Range<usize>, message: impl fmt::Display) {
        let error = error_at(self.block.document(), span, message);
        self.errors.push(error);
    }

    /// Where its label stands, or its type where it has none.
    pub fn at(&self) -> Region {
        self.block.document().region(place(&self.block))
    }

    /// Its one label, which is `what`.
    pub fn label(&mut self, what: &str) -> Option<String> {
        let kind = self.block.kind();
        if let Some(second) = self.block.label_span(1) {
            self.refuse_at(second, sentence!("`{kind}` takes one label: {what}"));
        }
        match self.block.label(0) {
            None => self.refuse(sentence!("`{kind}` takes one label: {what}")),
            Some(label) if label.trim().is_empty() => {
                self.refuse_label(sentence!("the label of `{kind}` must not be empty: {what}"));
            }
            Some(label) if !is_writable(label) => {
                self.refuse_label(sentence!("`{kind} \"{label}\"`: {UNWRITABLE}"));
            }
            Some(label) => return Some(label.to_owned()),
        }
        None
    }

    /// Refuses a label.
    pub fn no_label(&mut self) {
        if self.block.label(0).is_some() {
            self.refuse_label(sentence!("`{}` takes no label", self.block.kind()));
        }
    }

    /// Refuses keys and blocks that its kind does not take, beside these `options`.
    pub fn only_its_own(&mut self, options: &[&str]) {
        let form = form_of(self.block.kind());
        let (keys, blocks) = form.map_or_else(Default::default, |form| (form.keys, form.blocks));
        self.only(&[keys, options].concat(), blocks);
    }

    /// Refuses all other keys and blocks: a misspelled setting would silently have no effect.
    pub fn only(&mut self, keys: &[&str], blocks: &[&str]) {
        let stray = |attribute: &Attribute<'_>| !keys.contains(&attribute.name);
        for attribute in self.body.attributes().filter(stray) {
            self.errors.push(unknown_key(&attribute, keys));
        }
        let own = self.block.kind();
        for block in self.body.blocks() {
            let kind = block.kind();
            let message = match blocks {
                known if known.contains(&kind) => continue,
                [] => sentence!("`{own}` takes no block `{kind}`"),
                _ => {
                    let instead = suggestion::instead(kind, blocks);
                    sentence!("unknown block `{kind}` in `{own}`; {instead}")
                }
            };
            self.refuse_at(block.kind_span(), message);
        }
    }

    /// The value of a key, where it is set and right.
    pub fn read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&Attribute<'d>) -> Result<T>,
    ) -> Option<T> {
        let attribute = self.body.attribute(key)?;
        self.take(read(&attribute))
    }

    /// The string of a key, where it is set.
    pub fn optional(&mut self, key: &str) -> Option<String> {
        self.read(key, name)
    }

    /// The value of a key that has to be set.
    pub fn required<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&Attribute<'d>) -> Result<T>,
    ) -> Option<T> {
        if !self.sets_any(&[key]) {
            self.refuse(sentence!("`{}` needs `{key}`", self.block.kind()));
        }
        self.read(key, read)
    }

    /// Whether one of these keys is set, or seems to be misspelt: the one error about that is enough.
    pub fn sets_any(&self, keys: &[&str]) -> bool {
        let known = form_of(self.block.kind()).map_or(keys, |form| form.keys);
        self.body.attributes().any(|attribute| {
            let name = attribute.name;
            let meant = || suggestion::closest(name, known.iter().copied());
            keys.contains(&name)
                || !known.contains(&name) && meant().is_some_and(|it| keys.contains(&it))
        })
    }
}

/// Where a block's label stands, or its type where it has none.
pub(super) fn place(block: &Block<'_>) -> Range<usize> {
    block.label_span(0).unwrap_or_else(|| block.kind_span())
}

fn error_at(document: &Document, span: Range<usize>, message: impl fmt::Display) -> SettingsError {
    SettingsError {
        at: document.region(span),
        message: message.to_string(),
        first: None,
    }
}

pub(super) fn wrong_value(attribute: &Attribute<'_>, message: impl fmt::Display) -> SettingsErrors {
    let value = &attribute.value;
    let message = sentence!("`{}`: {message}", attribute.name);
    error_at(value.document(), value.span(), message).into()
}

/// An error at a key that is not known.
pub(super) fn unknown_key(attribute: &Attribute<'_>, known: &[&str]) -> SettingsError {
    let instead = instead_of_key(attribute.name, known);
    wrong_key(
        attribute,
        sentence!("unknown key `{}`; {instead}", attribute.name),
    )
}

/// An error at a key.
pub(super) fn wrong_key(attribute: &Attribute<'_>, message: impl fmt::Display) -> SettingsError {
    error_at(attribute.value.document(), attribute.key.clone(), message)
}

/// A quoted string that is not empty and can be written back into HCL and into commands as it is.
pub(super) fn name(attribute: &Attribute<'_>) -> Result<String> {
    match attribute.value.literal() {
        None => Err(wrong_value(attribute, "a quoted string is needed")),
        Some(value) if value.trim().is_empty() => {
            Err(wrong_value(attribute, "the value must not be empty"))
        }
        Some(value) if !is_writable(value) => Err(wrong_value(attribute, UNWRITABLE)),
        Some(value) => Ok(value.to_owned()),
    }
}

/// The strings of a list, each read by `read`.
pub(super) fn each<T>(
    attribute: &Attribute<'_>,
    items: Vec<Value<'_>>,
    read: impl Fn(&Attribute<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    SettingsErrors::none_of(items.into_iter().map(|value| {
        read(&Attribute {
            value,
            ..attribute.clone()
        })
    }))
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
        None => {
            let closest = suggestion::closest(&written, names.iter().map(String::as_str));
            let meant = closest.map_or(String::new(), |it| sentence!("; did you mean `{it}`?"));
            let why = format!("one of {}{meant}", names.join(", "));
            Err(wrong_value(attribute, why))
        }
    }
}

/// `true` or `false`.
pub(super) fn boolean(attribute: &Attribute<'_>) -> Result<bool> {
    let value = attribute.value.expression().as_bool();
    value.ok_or_else(|| wrong_value(attribute, "`true` or `false` is needed"))
}

/// A constraint of provider releases.
pub(super) fn constraint(attribute: &Attribute<'_>) -> Result<String> {
    let text = name(attribute)?;
    Constraint::parse(&text, Dialect::Provider).map_err(|why| wrong_value(attribute, why))?;
    // Terraform fills a version up with zeros and takes one without an operator for `=`, while people who leave
    // a number out mean what npm and pip read: any release that begins so.
    let mut terms = text.split(',').map(str::trim);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let is_short = |term: &&str| term.split('.').count() < 3 && term.split('.').all(is_number);
    match terms.find(is_short) {
        None => Ok(text),
        Some(term) => {
            let (major, minor) = term.split_once('.').unwrap_or((term, "0"));
            Err(wrong_value(
                attribute,
                format!(
                    "Terraform reads \"{term}\" as exactly {major}.{minor}.0: write \"~> {major}.{minor}\", or \
                     \"{major}.{minor}.0\" for that release alone"
                ),
            ))
        }
    }
}
