//! `resolve_conflicts` of an `aws_eks_addon`: said of its creation and of its updates, of which
//! `PRESERVE` is for the latter only.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::What;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const ON: [&str; 2] = ["resolve_conflicts_on_create", "resolve_conflicts_on_update"];
    let [place] = subject.places else { return None };
    let What::Attribute(attribute) = &place.what else {
        return None;
    };
    let names = match attribute.value.literal()? {
        "NONE" | "OVERWRITE" => &ON[..],
        "PRESERVE" => &ON[1..],
        _ => return None,
    };
    let is_taken = ON.iter().any(|name| place.owner.attribute(name).is_some());
    if is_taken || !text::has_lines(&place.owner) {
        return None;
    }
    let value = attribute.value.text();
    let lines: Vec<_> = names.iter().map(|name| (*name, value.to_owned())).collect();
    let edit = text::replace(subject, place.span(), &text::attributes(&lines));
    let message = format!("becomes `{}`", names.join("` and `"));
    Some(subject.converted(message, vec![edit]))
}
