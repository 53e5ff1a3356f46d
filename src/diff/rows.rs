//! The diff as rows, for a page that shows both texts side by side.

use std::borrow::Cow;
use std::ops::Range;

use super::FileDiff;
use super::emphasis::{body, emphasized};
use super::hunk::{Hunk, HunkLine, Tag};
use super::mask::Mask;

/// The rows of a file's diff, secrets masked and control characters escaped.
pub struct Rows {
    /// Its hunks, in order.
    pub hunks: Vec<HunkRows>,
    /// Whether a secret in them was replaced by `****`.
    pub masked: bool,
}

/// The rows of one hunk.
pub struct HunkRows {
    /// The lines covered before, counted from 1.
    pub before: Range<usize>,
    /// What it stands in: a block, or keys.
    pub section: Vec<String>,
    /// Its lines, in groups.
    pub groups: Vec<Group>,
}

/// Lines that stay, or lines that are replaced by others.
pub struct Group {
    /// Whether they stay: then both sides have the same texts.
    pub is_context: bool,
    /// Those of the text before.
    pub before: Vec<Row>,
    /// Those of the text after.
    pub after: Vec<Row>,
}

/// One line.
pub struct Row {
    /// Its number, from 1, in the text of its side.
    pub number: usize,
    /// It without its end.
    pub text: String,
    /// The bytes of `text` that differ from the line that it replaces, or that replaces it.
    pub emphasized: Option<Range<usize>>,
    /// Whether the file ends with it, without a newline.
    pub lacks_newline: bool,
}

impl FileDiff<'_> {
    /// The diff as rows.
    pub fn rows(&self) -> Rows {
        let mut mask = Mask::new(self);
        let hunks = self
            .hunks
            .iter()
            .map(|hunk| self.hunk_rows(hunk, &mut mask));
        let hunks = hunks.collect();
        let masked = mask.masked;
        Rows { hunks, masked }
    }

    fn hunk_rows(&self, hunk: &Hunk, mask: &mut Mask) -> HunkRows {
        let mut show = |tag, range: &Range<usize>| mask.line(self.text(tag), tag, range.clone());
        let section = hunk.section.iter();
        let section = section.map(|range| show(Tag::Context, range).into_owned());
        let section = section.collect();
        let lines = hunk.lines.iter();
        let lines: Vec<(Tag, Cow<'_, str>)> = lines
            .map(|HunkLine { tag, range }| (*tag, show(*tag, range)))
            .collect();
        let emphasized = emphasized(&lines);
        let mut groups: Vec<Group> = Vec::new();
        let (mut before, mut after) = (hunk.region.before.start, hunk.region.after.start);
        for ((tag, line), emphasized) in lines.iter().zip(emphasized) {
            let is_context = *tag == Tag::Context;
            let continues = |group: &Group| group.is_context == is_context;
            if !groups.last().is_some_and(continues) {
                groups.push(Group {
                    is_context,
                    before: Vec::new(),
                    after: Vec::new(),
                });
            }
            let Some(group) = groups.last_mut() else {
                continue;
            };
            let row = |number: &mut usize| {
                *number += 1;
                Row {
                    number: *number,
                    text: body(line).to_owned(),
                    emphasized: emphasized.clone().filter(|range| !range.is_empty()),
                    lacks_newline: !line.ends_with('\n'),
                }
            };
            if *tag != Tag::Added {
                group.before.push(row(&mut before));
            }
            if *tag != Tag::Removed {
                group.after.push(row(&mut after));
            }
        }
        let Range { start, end } = hunk.region.before;
        HunkRows {
            before: start + 1..end + 1,
            section,
            groups,
        }
    }
}
