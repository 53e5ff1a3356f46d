//! `ebs_volume_size` of the brokers of an `aws_msk_cluster` moves into their `storage_info`.
//! Removed in 5.0 (Terraform AWS Provider Version 5 Upgrade Guide, resource/aws_msk_cluster).

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::{ArgumentSite, SiteNode, sites};
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block};

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(volume_size) = &site.node else {
        return None;
    };
    let mut edits = match sites(&site.owner, "storage_info").as_slice() {
        [] if text::has_lines(&site.owner) => {
            let block = text::block("storage_info", &ebs(input, volume_size)?);
            vec![text::replace(input, site.span(), &block)]
        }
        [one] => {
            let removed = Edit::remove(input.document(), site.span());
            let mut edits = vec![removed];
            edits.extend(joined(input, volume_size, &written_out(one)?)?);
            edits
        }
        _ => return None,
    };
    let to = "storage_info[0].ebs_storage_info[0].volume_size";
    edits.extend(input.ignored_as("broker_node_group_info.ebs_volume_size", to));
    Some(input.converted("moves into `storage_info`", edits))
}

/// The edits that bring the size into a `storage_info`: none where it has the same already, `None`
/// where it has another one.
fn joined(
    input: &ConversionInput<'_, '_>,
    size: &Attribute<'_>,
    storage: &Block<'_>,
) -> Option<Vec<Edit>> {
    const NAME: &str = "volume_size";
    match sites(storage, "ebs_storage_info").as_slice() {
        [] if text::has_lines(storage) => {
            let lines = ebs(input, size)?;
            Some(vec![text::append(input, storage, &lines)])
        }
        [one] => {
            let ebs = written_out(one)?;
            let value = input.text(size.value.span());
            match ebs.attribute(NAME) {
                None => Some(Edit::add_to_block(&ebs, NAME, &value)),
                Some(has) => (has.value.text() == size.value.text()).then(Vec::new),
            }
        }
        _ => None,
    }
}

fn ebs(input: &ConversionInput<'_, '_>, size: &Attribute<'_>) -> Option<String> {
    let value = text::value(input, &size.value)?;
    let line = text::attributes(&[("volume_size", value)]);
    Some(text::block("ebs_storage_info", &line))
}

fn written_out<'d>(site: &ArgumentSite<'d>) -> Option<Block<'d>> {
    match &site.node {
        SiteNode::Block(block) => Some(*block),
        SiteNode::Attribute(_) | SiteNode::Dynamic(_) => None,
    }
}
