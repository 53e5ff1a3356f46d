//! `data "aws_subnet_ids"` becomes `data "aws_subnets"` with a filter by VPC. Its `ids` are a list
//! where the old ones were a set: references get `toset`, so that `for_each` over them keeps its
//! keys. Removed in 5.0 (Terraform AWS Provider Version 5 Upgrade Guide,
//! data-source/aws_subnet_ids). The new one has no `vpc_id`, and another `id`: both were the id of the
//! VPC, and what reads them gets what `vpc_id` was set to.

use hcl_edit::expr::Expression;

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::block_type::BlockType;
use crate::arguments::code::reference::Reference;
use crate::arguments::code::sites::SiteNode;
use diagnostics::finding::FileEdit;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Document, Value};
use terraform::references::words;

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
    let message = sentence!("becomes a `filter` of the data source `{NEW}`");
    let mut converted = input.converted(message, edits);
    let references = input.code.references(BlockType::Data, OLD);
    let in_documents = |document: &Document, edits: Vec<Edit>| {
        let path = document.path().to_path_buf();
        let edits = edits.into_iter().map(move |edit| FileEdit {
            path: path.clone(),
            edit,
        });
        edits.collect::<Vec<_>>()
    };
    let dependencies = input.code.dependencies(OLD);
    for (document, range) in dependencies.get(name).into_iter().flatten() {
        let edits = in_documents(document, vec![Edit::replace(range.clone(), NEW)]);
        converted.edits.extend(edits);
    }
    let is_counted = data.attribute("count").is_some();
    for (document, reference) in references.get(name).into_iter().flatten() {
        let vpc_id = ["vpc_id", "id"]
            .into_iter()
            .any(|it| reference.at(it).is_some());
        let edits = match vpc_id {
            true => vec![Edit::replace(
                reference.span.clone(),
                vpc_of(input, document, reference, &vpc.value)?,
            )],
            false => in_reference(document, reference, is_counted)?,
        };
        converted.edits.extend(in_documents(document, edits));
    }
    for document in input.code.tests() {
        let edits = in_documents(document, in_test(document));
        converted.edits.extend(edits);
    }
    Some(converted)
}

/// The edits by which what a test mocks is of the new data source.
fn in_test(document: &Document) -> Vec<Edit> {
    let mocks = document.blocks("mock_provider");
    let mocks = mocks.flat_map(|it| it.blocks("mock_data").collect::<Vec<_>>());
    let mocks = mocks.filter(|it| it.label(0) == Some(OLD));
    let edits = mocks.filter_map(|mock| {
        let start = mock.span().start + mock.text().find(OLD)?;
        Some(Edit::replace(start..start + OLD.len(), NEW))
    });
    edits.collect()
}

/// What `vpc_id` was set to, as it can stand in place of a reference to it; `None` where it is
/// another one for each instance, or the reference is to a list of them.
fn vpc_of(
    input: &ConversionInput<'_, '_>,
    document: &Document,
    reference: &Reference,
    vpc: &Value<'_>,
) -> Option<String> {
    let reads = &document.text()[reference.span.clone()];
    let is_list = reads.contains('*');
    let names = ["each", "count", "self"].into_iter();
    let mut words = names.map(|it| words(vpc.text(), it));
    if is_list || !reads.contains(OLD) || words.any(|found| !found.is_empty()) {
        return None;
    }
    let text = text::value(input, vpc)?;
    Some(match vpc.expression() {
        Expression::Conditional(_) | Expression::BinaryOp(_) | Expression::UnaryOp(_) => {
            format!("({text})")
        }
        _ => text,
    })
}

/// The edits that make a reference to the data source follow. `is_counted` is whether it has `count`.
fn in_reference(document: &Document, reference: &Reference, is_counted: bool) -> Option<Vec<Edit>> {
    let text = &document.text()[reference.span.clone()];
    let start = reference.span.start + text.find(OLD)?;
    let end = start + OLD.len();
    let Some(ids) = reference.at("ids") else {
        return Some(vec![Edit::replace(start..end, NEW)]);
    };
    let source = document.text();
    let Some(splat) = source[end..ids.span.start].find('*') else {
        let call = format!("toset(data.{NEW}");
        return Some(vec![
            Edit::replace(reference.span.start..end, call),
            Edit::replace(ids.span.clone(), "ids)"),
        ]);
    };
    // Each of the lists is a set. Behind `[*]` more steps are of each, behind `.*` of the result; around
    // a single object, or a map of them, a splat is another list (Terraform docs, "Splat Expressions").
    let all = source[end..end + splat].strip_suffix(['[', '.'])?;
    let is_legacy = source[end..end + splat].ends_with('.');
    if !is_counted || !is_legacy && ids.span.end != reference.span.end {
        return None;
    }
    let each = format!("[for it in data.{NEW}{all} : toset(it.ids)]");
    let all = reference.span.start..ids.span.end;
    Some(vec![Edit::replace(all, each)])
}
