//! Terraform's configuration in JSON: read as HCL, on which all transforms run; what they edit
//! there is edited in the JSON where that is exact.

pub(crate) mod lower;
pub(crate) mod quote;
pub(crate) mod schema;
#[cfg(test)]
mod tests;
pub mod tree;

use std::path::Path;

use lower::{Reading, ReadingItem};
use schema::BlockSchema;
use tree::{JsonNode, JsonType};

/// Whether `(kind, type, path)` names nested blocks: in a `resource` or `data` block of that type,
/// at that path of names joined by dots. JSON writes blocks and arguments alike.
pub type IsBlock = fn(&str, &str, &str) -> bool;

/// A file of JSON, and how it is read.
#[derive(Debug)]
pub struct Json {
    text: String,
    pub(crate) nodes: Vec<JsonNode>,
    pub(crate) items: Vec<ReadingItem>,
    marks: Vec<(usize, usize)>,
}

impl Json {
    /// Reads `text`, of which the blocks of `root` are known: the JSON and its reading as HCL.
    ///
    /// # Errors
    /// The offset at which it stops being JSON as Terraform reads it, and the text.
    pub(crate) fn new(
        text: String,
        root: BlockSchema,
        is_block: IsBlock,
    ) -> Result<(Self, String), (usize, String)> {
        let nodes = match tree::parse(&text) {
            Ok(nodes) => nodes,
            Err(offset) => return Err((offset, text)),
        };
        let Reading {
            text: reading,
            items,
            marks,
        } = lower::lower(&text, &nodes, root, is_block);
        let json = Self {
            text,
            nodes,
            items,
            marks,
        };
        Ok((json, reading))
    }

    /// The file's content.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Gives the text back.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Where in the JSON stands what stands at `offset` of the reading.
    pub fn origin(&self, offset: usize) -> usize {
        // The last mark at or before the offset: what is inside a value has the place of the value.
        let next = self.marks.partition_point(|(hcl, _)| *hcl <= offset);
        let mark = next.checked_sub(1).and_then(|mark| self.marks.get(mark));
        mark.map_or(0, |(_, place)| *place)
    }

    /// The value, as the JSON writes it, whose reading begins at `offset`.
    pub fn written(&self, offset: usize) -> Option<&str> {
        let place = self.origin(offset);
        // Parents stand before what is in them, so that values begin in order.
        let at = self.nodes.partition_point(|node| node.value.start < place);
        let node = self.nodes.get(at)?;
        if node.value.start != place {
            return None;
        }
        Some(&self.text[node.value.clone()])
    }

    /// Whether a program wrote the file at `path`, so that a change of it would not last.
    pub fn is_generated(&self, path: &Path) -> bool {
        // CDK for Terraform and its output directory.
        let is_cdk = |segment: &std::ffi::OsStr| segment == "cdk.tf.json" || segment == "cdktf.out";
        let root = self.nodes[0].children.iter().map(|it| &self.nodes[*it]);
        let mut comments = root.filter(|node| node.name() == "//");
        path.iter().any(is_cdk)
            || comments.any(|comment| match &comment.kind {
                JsonType::Object => {
                    let mut members = comment.children.iter().map(|it| self.nodes[*it].name());
                    members.any(|name| name == "metadata")
                }
                _ => {
                    let words = self.text[comment.value.clone()].to_ascii_lowercase();
                    words.contains("generated") && !words.contains("not generated")
                }
            })
    }
}
