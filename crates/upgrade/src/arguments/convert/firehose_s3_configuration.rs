//! `s3_configuration` of an `aws_kinesis_firehose_delivery_stream`: it goes into the block of the
//! destination, whose name it takes where that is S3 itself.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;
use syntax::hcl::Block;

const DESTINATIONS: [&str; 5] = [
    "elasticsearch",
    "opensearch",
    "redshift",
    "splunk",
    "http_endpoint",
];
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
    Some(input.converted(format!("goes into `{name}`"), edits))
}

/// The new names of its own arguments.
fn renames(configuration: &Block<'_>) -> Vec<Edit> {
    let found = NAMES.into_iter().filter_map(|(from, to)| {
        let attribute = configuration.attribute(from)?;
        Some(Edit::replace(attribute.key, to))
    });
    found.collect()
}
