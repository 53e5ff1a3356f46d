//! `availability_zones` of an `aws_elasticache_replication_group`: a list under another name.

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;

const TO: &str = "preferred_cache_cluster_azs";

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(zones) = &site.node else {
        return None;
    };
    if site.owner.attribute(TO).is_some() {
        return None;
    }
    let mut edits = vec![Edit::replace(zones.key.clone(), TO)];
    if zones.value.items().is_none() {
        let span = zones.value.span();
        edits.push(Edit::insert(span.start, "tolist("));
        edits.push(Edit::insert(span.end, ")"));
    }
    Some(input.converted(format!("becomes `{TO}`"), edits))
}
