//! Blocks that are set twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use syntax::code::sentence;
use syntax::hcl::Block;

use super::SettingsError;
use super::block::place;
use super::forms::{AS_WRITTEN, form_of};

/// The errors of blocks that stand beside each other: each that is about the same as one above it.
pub(super) fn repeated<'d>(blocks: impl Iterator<Item = Block<'d>>) -> Vec<SettingsError> {
    let mut first = HashMap::new();
    let mut errors = Vec::new();
    for block in blocks {
        // A block that is not known has an error of its own, as has one without the label that it needs.
        let about = match block.kind() {
            "module" => AS_WRITTEN,
            kind => match form_of(kind) {
                Some(form) => form.label,
                None => continue,
            },
        };
        let label = block.label(0).filter(|label| !label.trim().is_empty());
        let about = match (about, label) {
            (None, _) => String::new(),
            (Some(compared), Some(label)) => compared(label),
            (Some(_), None) => continue,
        };
        match first.entry((block.kind(), about)) {
            Entry::Vacant(entry) => drop(entry.insert(block)),
            Entry::Occupied(entry) => errors.push(error(entry.get(), &block)),
        }
    }
    errors
}

fn error(first: &Block<'_>, second: &Block<'_>) -> SettingsError {
    let region = |block: &Block<'_>| block.document().region(place(block));
    let label = second.label(0);
    let label = label.map_or(String::new(), |label| format!(" \"{label}\""));
    SettingsError {
        at: region(second),
        message: sentence!("`{}{label}` is set twice", second.kind()),
        first: Some(region(first)),
    }
}
