//! Which lines differ.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Lines of the text before that gave way to lines of the text after, counted from 0. Either side
/// may be empty, not both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Lines that went.
    pub before: Range<usize>,
    /// Lines that came.
    pub after: Range<usize>,
}

/// A text cut after each `\n` and nowhere else: a lone carriage return stays inside its line.
pub struct Lines<'a> {
    text: &'a str,
    /// Where each line starts, and where the last one ends.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Cuts `text`.
    pub fn new(text: &'a str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1);
        let mut starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
        if starts.last() != Some(&text.len()) {
            starts.push(text.len());
        }
        Self { text, starts }
    }

    /// How many lines there are; a last line without a newline counts.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The bytes of line `index`, its newline included.
    pub fn range(&self, index: usize) -> Range<usize> {
        self.starts[index]..self.starts[index + 1]
    }

    /// The bytes of the lines of `range`.
    pub fn bytes(&self, range: &Range<usize>) -> Range<usize> {
        self.starts[range.start]..self.starts[range.end]
    }

    /// The lines of `range`.
    fn slices(&self, range: Range<usize>) -> Vec<&'a str> {
        range.map(|line| self.get(line)).collect()
    }

    /// Line `index`, its newline included.
    fn get(&self, index: usize) -> &'a str {
        &self.text[self.range(index)]
    }
}

/// The regions that differ, in order; between two of them stands at least one line in common.
pub fn changed(before: &Lines, after: &Lines) -> Vec<Region> {
    let shorter = before.len().min(after.len());
    // The algorithm takes time in the product of lines and changes; most of a file is the same.
    let head = (0..shorter)
        .take_while(|&line| before.get(line) == after.get(line))
        .count();
    let tail = (0..shorter - head)
        .take_while(|&back| {
            before.get(before.len() - 1 - back) == after.get(after.len() - 1 - back)
        })
        .count();
    let ops = capture_diff_slices(
        // As git by default.
        Algorithm::Myers,
        &before.slices(head..before.len() - tail),
        &after.slices(head..after.len() - tail),
    );
    let shift = |range: Range<usize>| range.start + head..range.end + head;
    let mut regions: Vec<Region> = ops
        .iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| Region {
            before: shift(op.old_range()),
            after: shift(op.new_range()),
        })
        .collect();
    for index in 0..regions.len() {
        let region = &regions[index];
        let up = match index.checked_sub(1) {
            Some(previous) => region.before.start - regions[previous].before.end - 1,
            None => region.before.start,
        };
        let down = match regions.get(index + 1) {
            Some(next) => next.before.start - region.before.end - 1,
            None => before.len() - region.before.end,
        };
        regions[index] = settle(region, before, after, up, down);
    }
    regions
}

/// Where lines only went or only came, the same change can often be told at several places: a
/// block that goes may be shown without its first line and with the first line of the next one.
/// Of the places up to `up` lines above and `down` lines below, this takes the one a reader
/// expects: from the start of a paragraph, or else of a block; the last of them, if several do.
fn settle(region: &Region, before: &Lines, after: &Lines, up: usize, down: usize) -> Region {
    let (lines, run) = match (region.before.is_empty(), region.after.is_empty()) {
        (false, true) => (before, &region.before),
        (true, false) => (after, &region.after),
        _ => return region.clone(),
    };
    let same = |a: usize, b: usize| lines.get(a) == lines.get(b);
    let up = (1..=up)
        .take_while(|by| same(run.start - by, run.end - by))
        .count();
    let down = (0..down)
        .take_while(|by| same(run.start + by, run.end + by))
        .count();
    let best = (run.start - up..=run.start + down)
        .rev()
        .min_by_key(|&start| awkwardness(lines, start))
        .unwrap_or(run.start);
    let moved = |range: &Range<usize>| range.start + best - run.start..range.end + best - run.start;
    Region {
        before: moved(&region.before),
        after: moved(&region.after),
    }
}

/// How odd it looks when a run of changed lines begins at line `start`; less is better.
fn awkwardness(lines: &Lines, start: usize) -> (bool, bool, usize) {
    let first = lines.get(start);
    let text = first.trim_start();
    let indent = first.len() - text.len();
    let begins_nothing = text.is_empty() || text.starts_with(['}', ']', ')']);
    let follows_text = start > 0 && !lines.get(start - 1).trim().is_empty();
    (begins_nothing, follows_text, indent)
}
