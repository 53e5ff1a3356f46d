//! A text in the course of its search for secrets.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::heredoc::Markers;
use super::names::{Telling, is_of_surroundings, telling};
use super::values::{is_harmless, is_random, only_interpolations, only_references};

/// Names that too much else has.
const COMMON: [&str; 10] = [
    "config", "content", "data", "default", "item", "key", "result", "settings", "text", "value",
];

/// The shortest name that is taken for that of a secret because a secret is taken from it.
const SHORTEST: usize = 2;

/// A text that is searched, and what was found in it.
pub struct Scan<'t, 'n> {
    /// The text.
    pub text: &'t str,
    /// Names of locals and variables that are secrets, as `NAME` or `NAME.MEMBER`.
    pub names: &'n HashSet<String>,
    /// Secrets, in no order.
    pub found: Vec<Range<usize>>,
    /// Locals and variables that secrets are taken from.
    pub references: BTreeSet<String>,
    /// Values of telling names that are references, which are still to be read.
    pub interpolations: Vec<Range<usize>>,
    markers: OnceCell<Markers<'t>>,
}

impl<'t, 'n> Scan<'t, 'n> {
    /// Before anything is found.
    pub fn new(text: &'t str, names: &'n HashSet<String>) -> Self {
        Self {
            text,
            names,
            found: Vec::new(),
            references: BTreeSet::new(),
            interpolations: Vec::new(),
            markers: OnceCell::new(),
        }
    }

    /// The words that may end heredocs.
    pub fn markers(&self) -> &Markers<'t> {
        self.markers.get_or_init(|| Markers::of(self.text))
    }

    /// Marks `span` as a secret, line by line and without the indentation.
    pub fn hide(&mut self, span: Range<usize>) {
        let mut at = span.start;
        for line in self.text[span].split_inclusive('\n') {
            let content = line.trim();
            if !content.is_empty() {
                let indent = line.len() - line.trim_start().len();
                self.found.push(at + indent..at + indent + content.len());
            }
            at += line.len();
        }
    }

    /// Notes that a secret is taken from the local or variable `name`, or from an anchor `*NAME`.
    pub fn refer(&mut self, name: &str) {
        let is_common = COMMON.contains(&name) || is_of_surroundings(name);
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '*'));
        if name.len() >= SHORTEST && is_word && !is_common {
            self.references.insert(name.to_owned());
        }
    }

    /// Marks the literal `span`, the value of a telling name, where it is no reference, no word and
    /// no place of a secret; what stands inside its references is read later. Whether there is nothing left in
    /// it to look at.
    pub fn judge(&mut self, span: Range<usize>, telling: Telling) -> bool {
        let is_reference = only_interpolations(&self.text[span.clone()]);
        self.judge_value(span, telling, is_reference)
    }

    /// The same of a word that a shell reads, which replaces `$name` in it.
    pub fn judge_word(&mut self, span: Range<usize>, telling: Telling) -> bool {
        let value = &self.text[span.clone()];
        let is_reference = match self.text[..span.start].ends_with('\'') {
            true => only_interpolations(value),
            false => only_references(value),
        };
        self.judge_value(span, telling, is_reference)
    }

    fn judge_value(&mut self, span: Range<usize>, telling: Telling, is_reference: bool) -> bool {
        let value = &self.text[span.clone()];
        if is_reference {
            if telling == Telling::Always {
                self.interpolations.push(span);
            }
            // What a command is given there may have names of its own.
            return !value.contains(['(', '`']);
        }
        let is_secret = telling == Telling::Always || is_random(value);
        let is_secret = is_secret && !is_harmless(value);
        if is_secret {
            self.hide(span);
        }
        is_secret
    }

    /// Whether `name` is that of a secret, by its words or by what refers to it.
    pub fn telling(&self, name: &str) -> Option<Telling> {
        match self.names.contains(name) {
            true => Some(Telling::Always),
            false => telling(name),
        }
    }
}
