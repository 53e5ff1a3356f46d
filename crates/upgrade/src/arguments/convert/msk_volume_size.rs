//! `ebs_volume_size` of the brokers of an `aws_msk_cluster`: that of their `storage_info`.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::{ArgumentSite, What, places};
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block};

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [place] = subject.places else { return None };
    let What::Attribute(size) = &place.what else {
        return None;
    };
    let mut edits = match places(&place.owner, "storage_info").as_slice() {
        [] if text::has_lines(&place.owner) => {
            let block = text::block("storage_info", &ebs(subject, size)?);
            vec![text::replace(subject, place.span(), &block)]
        }
        [one] => {
            let removed = Edit::remove(subject.document(), place.span());
            let mut edits = vec![removed];
            edits.extend(joined(subject, size, &written_out(one)?)?);
            edits
        }
        _ => return None,
    };
    let to = "storage_info[0].ebs_storage_info[0].volume_size";
    edits.extend(subject.ignored_as("broker_node_group_info.ebs_volume_size", to));
    Some(subject.converted("goes into `storage_info`", edits))
}

/// What brings the size into a `storage_info`: nothing where it has the same already.
fn joined(
    subject: &ConversionInput<'_, '_>,
    size: &Attribute<'_>,
    storage: &Block<'_>,
) -> Option<Vec<Edit>> {
    const NAME: &str = "volume_size";
    match places(storage, "ebs_storage_info").as_slice() {
        [] if text::has_lines(storage) => {
            let lines = ebs(subject, size)?;
            Some(vec![text::append(subject, storage, &lines)])
        }
        [one] => {
            let ebs = written_out(one)?;
            let value = subject.text(size.value.span());
            match ebs.attribute(NAME) {
                None => Some(vec![Edit::add_to_block(&ebs, NAME, &value)]),
                Some(has) => (has.value.text() == size.value.text()).then(Vec::new),
            }
        }
        _ => None,
    }
}

fn ebs(subject: &ConversionInput<'_, '_>, size: &Attribute<'_>) -> Option<String> {
    let value = text::value(subject, &size.value)?;
    let line = text::attributes(&[("volume_size", value)]);
    Some(text::block("ebs_storage_info", &line))
}

fn written_out<'d>(place: &ArgumentSite<'d>) -> Option<Block<'d>> {
    match &place.what {
        What::Block(block) => Some(*block),
        What::Attribute(_) | What::Dynamic(_) => None,
    }
}
