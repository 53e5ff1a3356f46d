//! The `cluster_mode` block of an `aws_elasticache_replication_group`: its arguments move to the
//! resource itself. Later releases of 5 have an argument `cluster_mode` that is a string (schemas
//! of 4.67.0 and 5.100.0).

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;

const NAMES: [&str; 2] = ["num_node_groups", "replicas_per_node_group"];

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Block(mode) = &site.node else {
        return None;
    };
    let attributes: Vec<_> = mode.body().attributes().collect();
    // What else is in the block would lose its place.
    let is_known = attributes
        .iter()
        .all(|it| NAMES.contains(&it.name) && site.owner.attribute(it.name).is_none());
    if !is_known || mode.body().blocks().next().is_some() || !text::has_lines(&site.owner) {
        return None;
    }
    let values = attributes
        .iter()
        .map(|it| Some((it.name, text::value(input, &it.value)?)));
    let lines = text::attributes(&values.collect::<Option<Vec<_>>>()?);
    let edit = text::replace(input, site.span(), &lines);
    Some(input.converted("gives its arguments to the resource itself", vec![edit]))
}
