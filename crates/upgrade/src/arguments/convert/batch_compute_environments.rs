//! `compute_environments` of an `aws_batch_job_queue` become `compute_environment_order` blocks,
//! one for each element of a literal list, whose order was the order of the list. Removed in 6.0
//! (schemas of 5.100.0 and 6.25.0).

use syntax::code::sentence;

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const BLOCK: &str = "compute_environment_order";
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(list) = &site.node else {
        return None;
    };
    // A list that is an expression has no elements to number.
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
    let message = sentence!("becomes `{BLOCK}` blocks");
    Some(input.converted(message, vec![edit]))
}
