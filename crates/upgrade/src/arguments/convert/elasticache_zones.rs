//! `availability_zones` of an `aws_elasticache_replication_group` becomes
//! `preferred_cache_cluster_azs`, a list where the old one was a set: an expression needs `tolist`,
//! a literal does not. Removed in 5.0 (schemas of 4.67.0 and 5.100.0).

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::code::sites::SiteNode;
use syntax::code::sentence;
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
    // An expression may be a set, as the old argument was.
    if zones.value.items().is_none() {
        let span = zones.value.span();
        edits.push(Edit::insert(span.start, "tolist("));
        edits.push(Edit::insert(span.end, ")"));
    }
    Some(input.converted(sentence!("becomes `{TO}`"), edits))
}
