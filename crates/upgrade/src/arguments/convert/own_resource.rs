//! Arguments that become a resource of their own. It has the name of the resource that had them,
//! and as many instances.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::text::line_ending;
use terraform::file_kind::is_override;
use terraform::references::words;

/// A resource that takes arguments of another one.
pub struct OwnResource<'a> {
    /// Its type.
    pub type_name: &'static str,
    /// The argument that refers to the other resource.
    pub key: &'a str,
    /// The attribute of the other resource that it refers to.
    pub value: &'a str,
    /// Further arguments, with their values.
    pub more: &'a [(&'a str, &'a str)],
}

impl OwnResource<'_> {
    /// Moves the arguments into it, behind the block that has them.
    pub fn convert(&self, input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
        let old = input.block;
        let document = input.document();
        let (old_type, name) = (old.label(0)?, old.label(1)?);
        let old_address = format!("{old_type}.{name}");
        let can_follow = !is_override(document.path()) && text::has_lines(&old);
        if !can_follow || self.is_taken(input, name, &old_address) {
            return None;
        }
        let (meta_arguments, index) = meta_arguments(input)?;
        let mut arguments = vec![(self.key, format!("{old_address}{index}.{}", self.value))];
        let mut comments = Vec::new();
        let mut blocks = Vec::new();
        for site in input.sites {
            let mut around = text::comments(input, &site.span());
            match &site.node {
                SiteNode::Attribute(it) => {
                    comments.append(&mut around);
                    arguments.push((it.name, text::value(input, &it.value)?));
                }
                SiteNode::Block(it) | SiteNode::Dynamic(it) => {
                    around.push(text::lines(input, it)?);
                    blocks.push(around.join("\n"));
                }
            }
        }
        let more = self.more.iter();
        arguments.extend(more.map(|(name, value)| (*name, (*value).to_owned())));
        comments.push(text::attributes(&arguments));
        let parts = [text::attributes(&meta_arguments), comments.join("\n")];
        let parts = parts.into_iter().chain(blocks);
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let header = format!("resource \"{}\" \"{name}\"", self.type_name);
        let resource = text::block(&header, &parts.join("\n\n"));
        let ending = line_ending(document.text(), old.span().start);
        let added = format!("\n\n{resource}").replace('\n', ending);
        let sites = input.sites.iter();
        let mut edits: Vec<_> = sites.map(|it| Edit::remove(document, it.span())).collect();
        edits.push(Edit::insert(old.span().end, added));
        Some(input.converted(sentence!("moves into an `{}`", self.type_name), edits))
    }

    /// Whether the module has a resource of the new type that has the name or reads the old one.
    fn is_taken(&self, input: &ConversionInput<'_, '_>, name: &str, old_address: &str) -> bool {
        let mut blocks = input.code.blocks("resource", self.type_name).iter();
        blocks.any(|it| {
            let has_name = || it.label(1) == Some(name);
            let reads_old = || !words(it.text(), old_address).is_empty();
            has_name() || reads_old()
        })
    }
}

/// The meta-arguments that the new resource shares with the old one, and the index by which each of
/// its instances refers to its own.
fn meta_arguments<'d>(
    input: &ConversionInput<'_, 'd>,
) -> Option<(Vec<(&'d str, String)>, &'static str)> {
    let mut shared = Vec::new();
    let mut index = "";
    for (name, of_instance) in [("count", "[count.index]"), ("for_each", "[each.key]")] {
        if let Some(found) = input.block.attribute(name) {
            shared.push((name, text::value(input, &found.value)?));
            index = of_instance;
        }
    }
    if let Some(provider) = input.block.attribute("provider") {
        shared.push(("provider", text::value(input, &provider.value)?));
    }
    Some((shared, index))
}
