//! `compute_environments` of an `aws_batch_job_queue`: a block for each element of a literal list, in
//! its order.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::What;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const BLOCK: &str = "compute_environment_order";
    let [place] = subject.places else { return None };
    let What::Attribute(list) = &place.what else {
        return None;
    };
    let items = list.value.items().filter(|items| !items.is_empty())?;
    let is_taken = place.owner.blocks(BLOCK).next().is_some();
    if is_taken || !text::has_lines(&place.owner) {
        return None;
    }
    let blocks = items.iter().enumerate().map(|(order, item)| {
        let values = [
            ("order", order.to_string()),
            ("compute_environment", text::value(subject, item)?),
        ];
        Some(text::block(BLOCK, &text::attributes(&values)))
    });
    let blocks = blocks.collect::<Option<Vec<_>>>()?.join("\n\n");
    let edit = text::replace(subject, place.span(), &blocks);
    let message = format!("becomes `{BLOCK}` blocks");
    Some(subject.converted(message, vec![edit]))
}
