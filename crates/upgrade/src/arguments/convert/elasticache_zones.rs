//! `availability_zones` of an `aws_elasticache_replication_group`: a list under another name.

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::places::What;
use syntax::edit::Edit;

const TO: &str = "preferred_cache_cluster_azs";

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [place] = subject.places else { return None };
    let What::Attribute(zones) = &place.what else {
        return None;
    };
    if place.owner.attribute(TO).is_some() {
        return None;
    }
    let mut edits = vec![Edit::replace(zones.key.clone(), TO)];
    if zones.value.items().is_none() {
        let span = zones.value.span();
        edits.push(Edit::insert(span.start, "tolist("));
        edits.push(Edit::insert(span.end, ")"));
    }
    Some(subject.converted(format!("becomes `{TO}`"), edits))
}
