//! Removed lines, and the blank lines around them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::edit::Edit;
use crate::ranges::Ranges;
use crate::text;

/// Lines that are removed.
pub struct RemovedLines {
    pub lines: Range<usize>,
    /// No sibling is left above them.
    pub is_first: bool,
    /// End of the value above: blank lines before it are its own.
    pub floor: usize,
}

/// Turns removed lines into edits: neighbours as one, and no blank line left doubled.
pub fn lines(text: &str, gone: Vec<RemovedLines>, edits: &mut Vec<Edit>) {
    let start = text::start(text);
    let mut known = KnownEdits::of(edits);
    for RemovedLines {
        lines,
        is_first,
        floor,
    } in merged(text, gone, edits)
    {
        let blank_above = |from: usize| {
            let above = text::line_start(text, from.saturating_sub(1)).max(start);
            (from > start && text::is_blank(text, above..from)).then_some(above)
        };
        let mut range = lines.clone();
        let is_replaced = known.inserted.contains_key(&lines.start);
        if let Some((added, _)) = known.inserted.get(&lines.end) {
            // Its own blank line stands for the one above.
            if edits[*added].text.starts_with(['\r', '\n'])
                && lines.end < text.len()
                && let Some(above) = blank_above(range.start)
                && above > floor
            {
                range.start = above;
            }
        } else if !is_replaced
            && (is_first || lines.start == start || blank_above(lines.start).is_some())
        {
            while range.end < text.len() {
                let next = text::line_end(text, range.end);
                if !text::is_blank(text, range.end..next) {
                    break;
                }
                range.end = next;
            }
        }
        if range.end == text.len() {
            while let Some(above) = blank_above(range.start)
                && above > floor
            {
                range.start = above;
            }
            if !text.ends_with('\n') && range.start > start {
                match known.inserted.get(&lines.start) {
                    Some((_, above)) => {
                        let above = &mut edits[*above].text;
                        above.truncate(above.trim_end().len());
                    }
                    None => range.start -= text::line_ending(text, range.start - 1).len(),
                }
            }
        }
        // Blank lines are a nicety: where another edit wants their bytes, that edit wins.
        if known.are_in(&range) {
            range = lines;
        }
        edits.push(Edit::replace(range, ""));
        known.add(edits.len() - 1, &edits[edits.len() - 1]);
    }
}

/// Edits by their places.
struct KnownEdits {
    /// By the offset at which they insert, the first and the last of them.
    inserted: BTreeMap<usize, (usize, usize)>,
    /// What the others replace.
    replaced: Ranges,
}

impl KnownEdits {
    fn of(edits: &[Edit]) -> Self {
        let mut all = Self {
            inserted: BTreeMap::new(),
            replaced: Ranges::default(),
        };
        for (number, edit) in edits.iter().enumerate() {
            all.add(number, edit);
        }
        all
    }

    fn add(&mut self, number: usize, edit: &Edit) {
        self.replaced.add(&edit.range);
        if edit.range.is_empty() {
            let numbers = self.inserted.entry(edit.range.start);
            numbers.or_insert((number, number)).1 = number;
        }
    }

    /// Whether one is inside the range, or reaches into it.
    fn are_in(&self, range: &Range<usize>) -> bool {
        let inside = range.start + 1..range.end.max(range.start + 1);
        self.replaced.touches(range) || self.inserted.range(inside).next().is_some()
    }
}

/// Neighbours as one, where nothing but blank lines is between them.
fn merged(text: &str, mut gone: Vec<RemovedLines>, edits: &[Edit]) -> Vec<RemovedLines> {
    gone.sort_by_key(|gone| gone.lines.start);
    let starts: BTreeSet<usize> = edits.iter().map(|edit| edit.range.start).collect();
    let mut merged: Vec<RemovedLines> = Vec::new();
    for next in gone {
        let is_added = |range: Range<usize>| {
            range.start <= range.end && starts.range(range.start..=range.end).next().is_some()
        };
        match merged.last_mut() {
            Some(last)
                if text::is_blank(text, last.lines.end..next.lines.start)
                    && !is_added(last.lines.end..next.lines.start) =>
            {
                last.lines.end = next.lines.end;
            }
            _ => merged.push(next),
        }
    }
    merged
}
