//! The edits inside of code that a conversion writes anew.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use diagnostics::finding::FileEdit;
use syntax::edit::Edit;
use syntax::hcl::Document;

/// The edits that other rows make in the module, by file and offset.
#[derive(Debug, Default)]
pub struct InnerEdits(HashMap<PathBuf, Vec<Edit>>);

impl InnerEdits {
    /// `edits`; those at the same offset stay in their order.
    pub fn of<'e>(edits: impl IntoIterator<Item = &'e FileEdit>) -> Self {
        let mut all: HashMap<PathBuf, Vec<Edit>> = HashMap::new();
        for edit in edits {
            let of_file = all.entry(edit.path.clone()).or_default();
            of_file.push(edit.edit.clone());
        }
        for edits in all.values_mut() {
            edits.sort_by_key(|edit| edit.range.start);
        }
        Self(all)
    }

    /// The edits inside of a range of a document, by offset.
    pub fn inside(&self, document: &Document, range: &Range<usize>) -> Vec<&Edit> {
        let edits = self.0.get(document.path()).map_or(&[][..], Vec::as_slice);
        let from = edits.partition_point(|edit| edit.range.start < range.start);
        let near = edits[from..].iter();
        let near = near.take_while(|edit| edit.range.start <= range.end);
        near.filter(|edit| edit.range.end <= range.end).collect()
    }
}
