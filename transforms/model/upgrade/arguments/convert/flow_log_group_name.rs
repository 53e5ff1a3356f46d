//! `log_group_name` of an `aws_flow_log`: the ARN of the log group, where its resource is known.

use super::{Converted, Subject};
use crate::model::edit::Edit;
use crate::model::upgrade::arguments::places::What;

pub fn convert(subject: &Subject<'_, '_>) -> Option<Converted> {
    const DESTINATION: &str = "log_destination";
    let [place] = subject.places else { return None };
    let What::Attribute(attribute) = &place.what else {
        return None;
    };
    let value = attribute.value;
    let is_one = value.expression().as_traversal().is_some();
    let group = value.text().strip_suffix(".name")?;
    let is_group = is_one && group.starts_with("aws_cloudwatch_log_group.");
    if !is_group || group.contains('*') || place.owner.attribute(DESTINATION).is_some() {
        return None;
    }
    let edits = vec![
        Edit::replace(attribute.key.clone(), DESTINATION),
        Edit::replace(value.span(), format!("{group}.arn")),
    ];
    let message = format!("becomes `{DESTINATION}`, the ARN of the log group");
    Some(subject.converted(message, edits))
}
