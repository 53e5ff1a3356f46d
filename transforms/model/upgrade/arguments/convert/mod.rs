//! Conversions: what takes another shape than a name or a value. One file, one conversion.

mod autoscaling_group_tags;
mod eip_domain;
mod text;

use super::places::Place;
use crate::model::edit::{Edit, splice};
use crate::model::finding::FileEdit;
use crate::model::hcl::{Block, Document};
use crate::model::module::Module;
use std::ops::Range;

/// What a conversion is given: the places of its row that stand in one block.
pub struct Subject<'c, 'd> {
    /// The module around it.
    pub module: &'c Module,
    /// The resource, data source or provider.
    pub block: Block<'d>,
    /// The places, in order; at least one, all with one owner.
    pub places: &'c [Place<'d>],
    /// What is edited around them.
    pub inner: &'c [FileEdit],
}

/// What a conversion makes of them.
pub struct Converted {
    /// What becomes of the places: the rest of the sentence that their names begin.
    pub message: String,
    /// What a person should know, where the row does not say it.
    pub help: Option<String>,
    /// The edits, one transaction.
    pub edits: Vec<FileEdit>,
}

/// Converts what it is given; `None` where it has a shape that only a person can convert.
pub type Conversion = fn(&Subject<'_, '_>) -> Option<Converted>;

/// The conversion of that name.
pub fn named(name: &str) -> Option<Conversion> {
    Some(match name {
        "autoscaling_group_tags" => autoscaling_group_tags::convert,
        "eip_domain" => eip_domain::convert,
        _ => return None,
    })
}

impl<'d> Subject<'_, 'd> {
    /// The file that it stands in.
    pub fn document(&self) -> &'d Document {
        self.block.document()
    }

    /// The block whose content the places stand in.
    pub fn owner(&self) -> Block<'d> {
        self.places[0].owner
    }

    /// The source text of a range, with what is edited inside it.
    pub fn text(&self, range: Range<usize>) -> String {
        let path = self.document().path();
        let inside = self.inner.iter().filter(|it| {
            it.path == path && range.start <= it.edit.range.start && it.edit.range.end <= range.end
        });
        let mut edits: Vec<Edit> = inside
            .map(|it| {
                let at = &it.edit.range;
                Edit::replace(
                    at.start - range.start..at.end - range.start,
                    it.edit.text.clone(),
                )
            })
            .collect();
        let source = &self.document().text()[range];
        splice(source, &mut edits).map_or_else(|_| source.to_owned(), |(text, _)| text)
    }

    /// A conversion by edits of the one file.
    pub fn converted(&self, message: impl Into<String>, edits: Vec<Edit>) -> Converted {
        let path = self.document().path();
        let edits = edits.into_iter().map(|edit| FileEdit {
            path: path.to_path_buf(),
            edit,
        });
        Converted {
            message: message.into(),
            help: None,
            edits: edits.collect(),
        }
    }
}
