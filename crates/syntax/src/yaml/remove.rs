//! Removed lines, and the blank lines around them.

use std::ops::Range;

use crate::edit::Edit;
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
        let here = lines.start..lines.start;
        let is_replaced = edits.iter().any(|edit| edit.range == here);
        let mut below = edits.iter();
        if let Some(added) = below.find(|edit| edit.range == (lines.end..lines.end)) {
            // Its own blank line stands for the one above.
            if added.text.starts_with(['\r', '\n'])
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
                let mut edits = edits.iter_mut();
                let above = edits.rfind(|edit| edit.range == here);
                match above {
                    Some(above) => above.text.truncate(above.text.trim_end().len()),
                    None => range.start -= text::line_ending(text, range.start - 1).len(),
                }
            }
        }
        let mut edits_inside = edits.iter().map(|edit| &edit.range);
        // Blank lines are a nicety: where another edit wants their bytes, that edit wins.
        if edits_inside.any(|edit| edit.start < range.end && range.start < edit.end) {
            range = lines;
        }
        edits.push(Edit::replace(range, ""));
    }
}

/// Neighbours as one, where nothing but blank lines is between them.
fn merged(text: &str, mut gone: Vec<RemovedLines>, edits: &[Edit]) -> Vec<RemovedLines> {
    gone.sort_by_key(|gone| gone.lines.start);
    let mut merged: Vec<RemovedLines> = Vec::new();
    for next in gone {
        let is_added = |range: Range<usize>| {
            let mut added = edits.iter().map(|edit| edit.range.start);
            added.any(|offset| range.start <= offset && offset <= range.end)
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
