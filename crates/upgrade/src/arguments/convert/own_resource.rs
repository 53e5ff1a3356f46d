//! What becomes a resource of its own: of the same name, one for each of those that had it.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::What;
use syntax::edit::Edit;
use syntax::text::line_ending;
use terraform::file_kind::is_override;
use terraform::references::words;

/// A resource that takes arguments of another one.
pub struct OwnResource<'a> {
    /// Its type.
    pub of: &'a str,
    /// The argument that says whose it is.
    pub key: &'a str,
    /// The attribute that it has there.
    pub value: &'a str,
    /// What it is given beside the arguments that it takes.
    pub more: &'a [(&'a str, &'a str)],
}

impl OwnResource<'_> {
    /// Moves the places into it, behind the block that has them.
    pub fn convert(&self, subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
        let old = subject.block;
        let (kind, name) = (old.label(0)?, old.label(1)?);
        let document = subject.document();
        let is_taken = subject.module.configuration().any(|document| {
            let mut blocks = document.blocks("resource");
            blocks.any(|it| {
                let is_named = || it.label(1) == Some(name);
                let is_its = || !words(it.text(), &format!("{kind}.{name}")).is_empty();
                it.label(0) == Some(self.of) && (is_named() || is_its())
            })
        });
        if is_taken || is_override(document.path()) || !text::has_lines(&old) {
            return None;
        }
        let mut head = Vec::new();
        let mut index = "";
        for (meta, each) in [("count", "[count.index]"), ("for_each", "[each.key]")] {
            if let Some(found) = old.attribute(meta) {
                head.push((meta, text::value(subject, &found.value)?));
                index = each;
            }
        }
        if let Some(provider) = old.attribute("provider") {
            head.push(("provider", text::value(subject, &provider.value)?));
        }
        let mut own = vec![(self.key, format!("{kind}.{name}{index}.{}", self.value))];
        let mut said = Vec::new();
        let mut blocks = Vec::new();
        for place in subject.places {
            let mut comments = text::comments(subject, &place.span());
            match &place.what {
                What::Attribute(it) => {
                    said.append(&mut comments);
                    own.push((it.name, text::value(subject, &it.value)?));
                }
                What::Block(it) | What::Dynamic(it) => {
                    comments.push(text::lines(subject, it)?);
                    blocks.push(comments.join("\n"));
                }
            }
        }
        let more = self.more.iter();
        own.extend(more.map(|(name, value)| (*name, (*value).to_owned())));
        said.push(text::attributes(&own));
        let parts = [text::attributes(&head), said.join("\n")];
        let parts = parts.into_iter().chain(blocks);
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let header = format!("resource \"{}\" \"{name}\"", self.of);
        let resource = text::block(&header, &parts.join("\n\n"));
        let ending = line_ending(document.text(), old.span().start);
        let added = format!("\n\n{resource}").replace('\n', ending);
        let places = subject.places.iter();
        let mut edits: Vec<_> = places.map(|it| Edit::remove(document, it.span())).collect();
        edits.push(Edit::insert(old.span().end, added));
        Some(subject.converted(format!("goes into an `{}`", self.of), edits))
    }
}
