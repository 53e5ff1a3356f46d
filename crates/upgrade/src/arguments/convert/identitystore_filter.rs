//! `filter` of the data sources for Identity Store users and groups becomes the `unique_attribute`
//! of `alternate_identifier`. The last releases of 5 accept it with a warning, 6 does not (schemas
//! of 5.100.0 and 6.25.0).

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const NAMES: [&str; 2] = ["attribute_path", "attribute_value"];
    let [site] = input.sites else { return None };
    let SiteNode::Block(filter) = &site.node else {
        return None;
    };
    let is_taken = site.owner.blocks("alternate_identifier").next().is_some();
    if is_taken || !text::has_lines(&site.owner) {
        return None;
    }
    let values = NAMES.map(|name| {
        let value = filter.attribute(name)?.value;
        Some((name, text::value(input, &value)?))
    });
    let values = values.into_iter().collect::<Option<Vec<_>>>()?;
    let attribute = text::block("unique_attribute", &text::attributes(&values));
    let block = text::block("alternate_identifier", &attribute);
    let edit = text::replace(input, site.span(), &block);
    Some(input.converted("becomes `alternate_identifier`", vec![edit]))
}
