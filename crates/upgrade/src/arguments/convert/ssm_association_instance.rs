//! `instance_id` of an `aws_ssm_association`: the only one of its `targets`.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::What;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [place] = subject.places else { return None };
    let What::Attribute(instance) = &place.what else {
        return None;
    };
    let is_taken = place.owner.blocks("targets").next().is_some();
    if is_taken || !text::has_lines(&place.owner) {
        return None;
    }
    let id = text::value(subject, &instance.value)?;
    let values = [
        ("key", "\"InstanceIds\"".to_owned()),
        ("values", format!("[{id}]")),
    ];
    let block = text::block("targets", &text::attributes(&values));
    let edit = text::replace(subject, place.span(), &block);
    Some(subject.converted("becomes `targets`", vec![edit]))
}
