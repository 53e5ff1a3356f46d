//! Entries of `tfkeyless.hcl`: where an answer is written.

use std::path::Path;

use syntax::edit::{Edit, splice};
use syntax::hcl::{Attribute, Block, Document};
use syntax::text::line_ending;

use crate::config::NAME;

/// `text`, a configuration, with what `entry` sets: in the block of its type and label where that is
/// there, else at the end. All that is added has the line ends that stand around it.
///
/// The value of a setting takes the place of another only in a block without a label. A label that is
/// there with another value stands twice then, which the reader of the configuration refuses: an answer
/// about one account does not change another.
pub fn with(text: &str, entry: &str) -> String {
    in_block(text, entry).unwrap_or_else(|| at_end(text, entry))
}

/// The same, `None` where no block takes what `entry` sets.
fn in_block(text: &str, entry: &str) -> Option<String> {
    let entry = document(entry)?;
    let block = entry.body().ok()?.blocks().next()?;
    let mut attributes = block.body().attributes();
    attributes.try_fold(text.to_owned(), |text, attribute| {
        with_attribute(&text, &block, &attribute)
    })
}

/// `text` with an attribute in the block of the type and label of `entry`.
fn with_attribute(text: &str, entry: &Block<'_>, attribute: &Attribute<'_>) -> Option<String> {
    let own = document(text)?;
    let same = |block: &Block<'_>| {
        block.kind() == entry.kind() && block.parsed().labels == entry.parsed().labels
    };
    let block = own.body().ok()?.blocks().find(same)?;
    let value = attribute.value.text();
    let mut edits = match block.attribute(attribute.name) {
        Some(_) if entry.label(0).is_some() => return None,
        Some(written) => vec![Edit::replace(written.value.span(), value)],
        None => Edit::add_to_block(&block, attribute.name, value),
    };
    splice(text, &mut edits).ok().map(|(text, _)| text)
}

/// `text` with an entry at its end, one of several lines apart from what is above it.
fn at_end(text: &str, entry: &str) -> String {
    let end = line_ending(text, text.len());
    let open = match text.is_empty() || text.ends_with('\n') {
        true => "",
        false => end,
    };
    let apart = match entry.contains('\n') {
        true => end,
        false => "",
    };
    let entry = entry.replace('\n', end);
    format!("{text}{open}{apart}{entry}{end}")
}

fn document(text: &str) -> Option<Document> {
    Document::new(Path::new(NAME).into(), text.to_owned()).ok()
}

#[cfg(test)]
mod tests;
