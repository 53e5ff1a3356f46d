//! The edits of one file: spliced, tidied, and parsed again.

use diagnostics::finding::Finding;
use syntax::edit::{Edit, splice};
use syntax::fmt::tidy::{Unsettled, settle};
use syntax::hcl::Document;
use terraform::file_kind::FileKind;
use terraform::terragrunt::{self, generated::Generated};

use crate::index::document::document as read;

/// The text of a file with the edits of some findings, and its document; `None` where the text is
/// the same as before.
///
/// # Errors
/// Why the edits do not make a text that can be parsed, as a clause.
pub(super) fn edit(
    document: &Document,
    findings: &[&Finding],
) -> Result<Option<(String, Document)>, String> {
    let edits = findings.iter().flat_map(|finding| &finding.edits);
    let edits = edits.filter(|edit| edit.path == document.path());
    let mut edits: Vec<Edit> = edits.map(|edit| edit.edit.clone()).collect();
    let after = match document.json() {
        Some(json) => {
            let raised = json.raise(document.text(), &edits);
            let after = raised.and_then(|mut raised| splice(json.text(), &mut raised).ok());
            let (after, _) = after.ok_or("the edits together are not exact in JSON")?;
            after
        }
        None => native(document.text(), &mut edits)?,
    };
    if after == document.source() {
        return Ok(None);
    }
    let result = read(document.path().to_path_buf(), after.clone());
    let result = result.map_err(|(error, _)| error.kind.to_string())?;
    let rejected = rejected(&result);
    // hcl-edit rejects some files that Terraform accepts (21 of 30,890 measured): a block that it
    // rejected before is no fault of the edits.
    if rejected > 0 && rejected > self::rejected(document) {
        return Err("a block of the result does not parse".to_owned());
    }
    Ok(Some((after, result)))
}

/// The edits of native syntax, with the white space around them tidied.
fn native(text: &str, edits: &mut Vec<Edit>) -> Result<String, String> {
    let after = settle(text, edits).map_err(|why| match why {
        Unsettled::Overlap(overlap) => format!("two edits overlap: {overlap:?}"),
        Unsettled::Broken(error) => format!("the result is broken: {}", error.kind),
    })?;
    match is_layout_alone(text, edits, &after) {
        true => Ok(after),
        false => Err("closing seams and aligning changed more than white space".to_owned()),
    }
}

/// Whether `after` is what the edits make of `before`, but for white space: every other byte
/// outside an edit stays.
fn is_layout_alone(before: &str, edits: &mut Vec<Edit>, after: &str) -> bool {
    fn ink(text: &str) -> impl Iterator<Item = u8> {
        text.bytes().filter(|byte| !byte.is_ascii_whitespace())
    }
    splice(before, edits).is_ok_and(|(spliced, _)| ink(&spliced).eq(ink(after)))
}

/// How many blocks that transforms read hcl-edit rejects.
fn rejected(document: &Document) -> usize {
    if FileKind::of(document.path()) == Some(FileKind::Terragrunt) {
        return terragrunt::unread(document, &Generated::of(document)).len();
    }
    let kinds = ["terraform", "provider", "module"].into_iter();
    let tops = kinds.flat_map(|kind| document.top_blocks(kind));
    tops.filter(|top| top.parse().is_err()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settling_may_move_white_space_and_nothing_else() {
        let mut edits = vec![Edit::replace(0..1, "b")];
        assert!(is_layout_alone("a = 1\n", &mut edits, "b  =  1\n"));
        assert!(!is_layout_alone("a = 1\n", &mut edits, "b = 2\n"));
        assert!(!is_layout_alone("a = 1\n", &mut edits, "b = 1\nc\n"));
    }
}
