//! `data "aws_subnet_ids"`: `data "aws_subnets"` with a filter by VPC; its `ids`, which are a list
//! there, stay a set where they are read.

use std::collections::BTreeSet;

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::block_type::BlockType;
use crate::arguments::code::references::references;
use crate::arguments::code::sites::SiteNode;
use diagnostics::finding::FileEdit;
use syntax::edit::Edit;

const OLD: &str = "aws_subnet_ids";
const NEW: &str = "aws_subnets";

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(vpc) = &site.node else {
        return None;
    };
    let data = input.block;
    let name = data.label(1)?;
    let mut documents = input.module.configuration();
    let is_taken = documents.any(|document| {
        let mut blocks = document.blocks("data");
        blocks.any(|it| it.label(0) == Some(NEW) && it.label(1) == Some(name))
    });
    if is_taken || !text::has_lines(&data) {
        return None;
    }
    let values = format!("[{}]", text::value(input, &vpc.value)?);
    let filter = [("name", "\"vpc-id\"".to_owned()), ("values", values)];
    let filter = text::block("filter", &text::attributes(&filter));
    let head = data.text().find(OLD)?;
    let start = data.span().start + head;
    let mut converted = input.converted(
        format!("becomes a `filter`, and the data source `{NEW}`"),
        vec![
            Edit::replace(start..start + OLD.len(), NEW),
            text::replace(input, site.span(), &filter),
        ],
    );
    for document in input.module.configuration() {
        for reference in references(document, &BTreeSet::from([(BlockType::Data, OLD)])) {
            if reference.name != name {
                continue;
            }
            let text = &document.text()[reference.span.clone()];
            let start = reference.span.start + text.find(OLD)?;
            let end = start + OLD.len();
            let edits = match reference.at("ids") {
                None => vec![Edit::replace(start..end, NEW)],
                Some(ids) => vec![
                    Edit::replace(reference.span.start..end, format!("toset(data.{NEW}")),
                    Edit::replace(ids.span.clone(), "ids)"),
                ],
            };
            let path = document.path();
            converted
                .edits
                .extend(edits.into_iter().map(|edit| FileEdit {
                    path: path.to_path_buf(),
                    edit,
                }));
        }
    }
    Some(converted)
}
