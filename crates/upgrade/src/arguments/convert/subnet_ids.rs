//! `data "aws_subnet_ids"` becomes `data "aws_subnets"` with a filter by VPC. Its `ids` are a list
//! where the old ones were a set: references get `toset`, so that `for_each` over them keeps its
//! keys. Removed in 5.0 (Terraform AWS Provider Version 5 Upgrade Guide,
//! data-source/aws_subnet_ids).

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::block_type::BlockType;
use crate::arguments::code::references::Reference;
use crate::arguments::code::sites::SiteNode;
use diagnostics::finding::FileEdit;
use syntax::edit::Edit;
use syntax::hcl::Document;

const OLD: &str = "aws_subnet_ids";
const NEW: &str = "aws_subnets";

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(vpc) = &site.node else {
        return None;
    };
    let data = input.block;
    let name = data.label(1)?;
    let mut taken = input.code.blocks("data", NEW).iter();
    let is_taken = taken.any(|it| it.label(1) == Some(name));
    if is_taken || !text::has_lines(&data) {
        return None;
    }
    let values = format!("[{}]", text::value(input, &vpc.value)?);
    let filter = [("name", "\"vpc-id\"".to_owned()), ("values", values)];
    let filter = text::block("filter", &text::attributes(&filter));
    let start = data.span().start + data.text().find(OLD)?;
    let edits = vec![
        Edit::replace(start..start + OLD.len(), NEW),
        text::replace(input, site.span(), &filter),
    ];
    let message = format!("becomes a `filter`, and the data source `{NEW}`");
    let mut converted = input.converted(message, edits);
    let references = input.code.references(BlockType::Data, OLD);
    for (document, reference) in references.get(name).into_iter().flatten() {
        converted.edits.extend(in_reference(document, reference)?);
    }
    Some(converted)
}

/// The edits that make a reference to the data source follow.
fn in_reference(document: &Document, reference: &Reference) -> Option<Vec<FileEdit>> {
    let mut edits = Vec::new();
    let text = &document.text()[reference.span.clone()];
    let start = reference.span.start + text.find(OLD)?;
    let end = start + OLD.len();
    match reference.at("ids") {
        None => edits.push(Edit::replace(start..end, NEW)),
        Some(ids) => {
            let call = format!("toset(data.{NEW}");
            edits.push(Edit::replace(reference.span.start..end, call));
            edits.push(Edit::replace(ids.span.clone(), "ids)"));
        }
    }
    let edits = edits.into_iter().map(|edit| FileEdit {
        path: document.path().to_path_buf(),
        edit,
    });
    Some(edits.collect())
}
