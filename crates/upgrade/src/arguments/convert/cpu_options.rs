//! `cpu_core_count` and `cpu_threads_per_core` of an instance become the block `cpu_options`.
//! Removed in 6.0 (schemas of 5.100.0 and 6.25.0).

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let owner = input.sites.first()?.owner;
    let is_taken = owner.blocks("cpu_options").next().is_some();
    if is_taken || !text::has_lines(&owner) {
        return None;
    }
    let values = input.sites.iter().map(|site| match &site.node {
        SiteNode::Attribute(it) => Some((
            it.name.strip_prefix("cpu_")?,
            text::value(input, &it.value)?,
        )),
        SiteNode::Block(_) | SiteNode::Dynamic(_) => None,
    });
    let mut values = values.collect::<Option<Vec<_>>>()?;
    values.sort_unstable();
    let block = text::block("cpu_options", &text::attributes(&values));
    let (first, others) = input.sites.split_first()?;
    let mut edits = vec![text::replace(input, first.span(), &block)];
    let others = others.iter();
    edits.extend(others.map(|site| Edit::remove(input.document(), site.span())));
    Some(input.converted("becomes `cpu_options`", edits))
}
