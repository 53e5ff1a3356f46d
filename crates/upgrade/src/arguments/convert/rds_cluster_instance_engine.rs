//! `engine` of an `aws_rds_cluster_instance`, which is required from 5.0 on (schemas of 4.67.0 and
//! 5.100.0), gets that of the cluster which the instance names.

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(cluster) = &site.node else {
        return None;
    };
    let text = cluster.value.text();
    let (cluster, attribute) = text.rsplit_once('.')?;
    let is_cluster = cluster.starts_with("aws_rds_cluster.") && !text.contains(char::is_whitespace);
    // Both attributes of a cluster are its identifier.
    let is_id = ["id", "cluster_identifier"].contains(&attribute);
    let edits = Edit::add_to_block(&input.block, "engine", &format!("{cluster}.engine"));
    let made = || input.converted("gets the `engine` of its cluster", edits);
    (is_cluster && is_id).then(made)
}
