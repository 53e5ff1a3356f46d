//! `cpu_core_count` and `cpu_threads_per_core` of an instance: the block `cpu_options`.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::What;
use syntax::edit::Edit;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let owner = subject.places.first()?.owner;
    let is_taken = owner.blocks("cpu_options").next().is_some();
    if is_taken || !text::has_lines(&owner) {
        return None;
    }
    let values = subject.places.iter().map(|place| match &place.what {
        What::Attribute(it) => Some((
            it.name.strip_prefix("cpu_")?,
            text::value(subject, &it.value)?,
        )),
        What::Block(_) | What::Dynamic(_) => None,
    });
    let mut values = values.collect::<Option<Vec<_>>>()?;
    values.sort_unstable();
    let block = text::block("cpu_options", &text::attributes(&values));
    let (first, others) = subject.places.split_first()?;
    let mut edits = vec![text::replace(subject, first.span(), &block)];
    let others = others.iter();
    edits.extend(others.map(|place| Edit::remove(subject.document(), place.span())));
    Some(subject.converted("becomes `cpu_options`", edits))
}
