//! `filter` of an Identity Store user or group: the unique attribute of `alternate_identifier`.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::What;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const NAMES: [&str; 2] = ["attribute_path", "attribute_value"];
    let [place] = subject.places else { return None };
    let What::Block(filter) = &place.what else {
        return None;
    };
    let is_taken = place.owner.blocks("alternate_identifier").next().is_some();
    if is_taken || !text::has_lines(&place.owner) {
        return None;
    }
    let values = NAMES.map(|name| {
        let value = filter.attribute(name)?.value;
        Some((name, text::value(subject, &value)?))
    });
    let values = values.into_iter().collect::<Option<Vec<_>>>()?;
    let attribute = text::block("unique_attribute", &text::attributes(&values));
    let block = text::block("alternate_identifier", &attribute);
    let edit = text::replace(subject, place.span(), &block);
    Some(subject.converted("becomes `alternate_identifier`", vec![edit]))
}
