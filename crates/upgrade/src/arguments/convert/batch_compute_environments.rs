//! `compute_environments` of an `aws_batch_job_queue`: a block for each element of a literal list, in
//! its order.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const BLOCK: &str = "compute_environment_order";
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(list) = &site.node else {
        return None;
    };
    let items = list.value.items().filter(|items| !items.is_empty())?;
    let is_taken = site.owner.blocks(BLOCK).next().is_some();
    if is_taken || !text::has_lines(&site.owner) {
        return None;
    }
    let blocks = items.iter().enumerate().map(|(order, item)| {
        let values = [
            ("order", order.to_string()),
            ("compute_environment", text::value(input, item)?),
        ];
        Some(text::block(BLOCK, &text::attributes(&values)))
    });
    let blocks = blocks.collect::<Option<Vec<_>>>()?.join("\n\n");
    let edit = text::replace(input, site.span(), &blocks);
    let message = format!("becomes `{BLOCK}` blocks");
    Some(input.converted(message, vec![edit]))
}
