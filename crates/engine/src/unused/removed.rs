//! The code that a plan removes, and the declarations that it references.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::scan::Earlier;
use diagnostics::finding::FileEdit;
use syntax::hcl::Document;
use syntax::ranges::Ranges;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::references::{NamedValue, names_in};

/// Ranges that are removed, by file.
pub type RemovedRanges<'g> = BTreeMap<&'g Path, Ranges>;

/// The ranges that edits remove.
pub(super) fn removed_ranges<'g>(
    edits: impl IntoIterator<Item = &'g FileEdit>,
) -> RemovedRanges<'g> {
    let mut removed = RemovedRanges::new();
    for edit in edits {
        let ranges = removed.entry(&edit.path).or_default();
        ranges.add(&edit.edit.range);
    }
    removed
}

/// The declarations that the removed code of a module references, each once.
pub(super) fn names_removed(module: &Module, removed: &RemovedRanges<'_>) -> BTreeSet<NamedValue> {
    // `local.` in a Terragrunt file means the locals of that file (Terragrunt docs, "Locals").
    let is_terraforms =
        |document: &&Document| FileKind::of(document.path()) != Some(FileKind::Terragrunt);
    let documents = module.documents.iter().filter(is_terraforms);
    let removed = documents.filter_map(|document| Some((document, removed.get(document.path())?)));
    removed
        .flat_map(|(document, ranges)| names_in(document, ranges))
        .collect()
}

/// The declarations that the code references which the plan removes from a module so far.
pub fn names_in_edits(module: &Module, earlier: Earlier<'_>) -> BTreeSet<NamedValue> {
    names_removed(module, &removed_ranges(earlier.edits()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn what_terragrunt_names_is_no_name_of_the_module() {
        let text = "a {\n  b = local.c\n}\n";
        for (path, expected) in [("a.tf", 1), ("root.hcl", 0)] {
            let document = Document::new(path.into(), text.to_owned()).unwrap();
            let module = Module::new(PathBuf::new(), vec![document]);
            let all = 0..text.len();
            let removed = RemovedRanges::from([(Path::new(path), Ranges::from_iter([all]))]);
            assert_eq!(names_removed(&module, &removed).len(), expected, "{path}");
        }
    }
}
