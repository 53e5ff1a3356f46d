//! `s3_configuration` of an `aws_kinesis_firehose_delivery_stream` moves into the block of the
//! destination, which requires it from 5.0 on. Where the destination is S3 itself, that block is
//! `extended_s3_configuration`. Removed in 5.0 (schemas of 4.67.0 and 5.100.0).

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::Block;

/// The values of `destination` whose block takes an `s3_configuration`.
const DESTINATIONS: [&str; 5] = [
    "elasticsearch",
    "opensearch",
    "redshift",
    "splunk",
    "http_endpoint",
];
/// Arguments that have another name from 5.0 on.
const NAMES: [(&str, &str); 2] = [
    ("buffer_size", "buffering_size"),
    ("buffer_interval", "buffering_interval"),
];

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Block(configuration) = &site.node else {
        return None;
    };
    let destination = input.block.attribute("destination")?.value;
    if destination.literal()? == "s3" {
        let start = configuration.span().start;
        let mut edits = renames(configuration);
        edits.push(Edit::replace(
            start..start + configuration.kind().len(),
            "extended_s3_configuration",
        ));
        edits.push(Edit::replace(destination.span(), "\"extended_s3\""));
        return Some(input.converted("becomes `extended_s3_configuration`", edits));
    }
    // Without the one block of its destination there is no place to move to.
    let known = DESTINATIONS
        .iter()
        .find(|it| Some(**it) == destination.literal())?;
    let name = format!("{known}_configuration");
    let mut blocks = input
        .block
        .body()
        .blocks()
        .filter(|block| block.kind() == name);
    let (Some(block), None) = (blocks.next(), blocks.next()) else {
        return None;
    };
    if !text::has_lines(&block) || block.blocks("s3_configuration").next().is_some() {
        return None;
    }
    let mut lines = text::lines(input, configuration)?;
    for (from, to) in NAMES {
        if configuration.attribute(from).is_some() {
            lines = lines.replace(from, to);
        }
    }
    let edits = vec![
        Edit::remove(input.document(), site.span()),
        text::append(input, &block, &lines),
    ];
    Some(input.converted(sentence!("moves into `{name}`"), edits))
}

/// The edits for the new names of its arguments.
fn renames(configuration: &Block<'_>) -> Vec<Edit> {
    let found = NAMES.into_iter().filter_map(|(from, to)| {
        let attribute = configuration.attribute(from)?;
        Some(Edit::replace(attribute.key, to))
    });
    found.collect()
}
