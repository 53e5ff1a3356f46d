//! The hunks of a diff: changed lines with those around them.

use std::ops::Range;

use engine::plan::FileChange;

use super::regions::{Lines, Region};
use super::section;

/// Unchanged lines kept on either side of a hunk: as many as git and diff keep.
const CONTEXT: usize = 3;

/// Changed lines that stand close together, and the lines around them.
pub(super) struct Hunk {
    /// The lines covered, before and after, counted from 0.
    pub(super) region: Region,
    /// What it stands in: ranges of the text before.
    pub(super) section: Vec<Range<usize>>,
    pub(super) lines: Vec<HunkLine>,
}

/// One line of a hunk: a byte range of the text that its tag names, its newline included.
pub(super) struct HunkLine {
    pub(super) tag: Tag,
    pub(super) range: Range<usize>,
}

/// Which text a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Both; the range is one of the text before.
    Context,
    /// The text before only.
    Removed,
    /// The text after only.
    Added,
}

/// The hunks of regions in which the texts of a change differ: of all, or of some as if there were no
/// others.
pub(super) fn hunks(
    regions: &[Region],
    change: &FileChange,
    (before, after): (&Lines<'_>, &Lines<'_>),
) -> Vec<Hunk> {
    // Nearer than that, the lines kept around two regions would touch: one hunk, as git has it.
    let close = |a: &Region, b: &Region| b.before.start - a.before.end <= 2 * CONTEXT;
    let hunks = regions.chunk_by(close);
    let mut hunks: Vec<Hunk> = hunks
        .map(|regions| Hunk::new(regions, before, after))
        .collect();
    let starts: Vec<usize> = hunks.iter().map(Hunk::first_change).collect();
    let sections = section::enclosing(&change.path, &change.before, before, &starts);
    for (hunk, section) in hunks.iter_mut().zip(sections) {
        hunk.section = section;
    }
    let (mut added, mut removed) = (0, 0);
    for hunk in &mut hunks {
        let count = |tag| hunk.lines.iter().filter(|line| line.tag == tag).count();
        let kept = count(Tag::Context) + count(Tag::Added);
        let start = hunk.region.before.start + added - removed;
        added += count(Tag::Added);
        removed += count(Tag::Removed);
        hunk.region.after = start..start + kept;
    }
    hunks
}

impl Hunk {
    /// The line of the text before at which the first change stands.
    fn first_change(&self) -> usize {
        let lines = self.lines.iter();
        let context = lines.take_while(|line| line.tag == Tag::Context);
        self.region.before.start + context.count()
    }

    /// The hunk around `regions`, which are at least one and close together.
    fn new(regions: &[Region], before: &Lines, after: &Lines) -> Self {
        let (first, last) = (&regions[0], &regions[regions.len() - 1]);
        let lead = CONTEXT.min(first.before.start);
        let tail = CONTEXT.min(before.len() - last.before.end);
        let region = Region {
            before: first.before.start - lead..last.before.end + tail,
            // What that is, all hunks before tell.
            after: 0..0,
        };
        let mut lines =
            Vec::with_capacity(region.before.len() + last.after.end - first.after.start);
        let mut push = |tag, text: &Lines, range: Range<usize>| {
            lines.extend(range.map(|line| HunkLine {
                tag,
                range: text.range(line),
            }));
        };
        let mut shown = region.before.start;
        for change in regions {
            push(Tag::Context, before, shown..change.before.start);
            push(Tag::Removed, before, change.before.clone());
            push(Tag::Added, after, change.after.clone());
            shown = change.before.end;
        }
        push(Tag::Context, before, shown..region.before.end);
        let section = Vec::new();
        Self {
            region,
            section,
            lines,
        }
    }
}

/// Lines counted from 0 as a hunk header counts them: from 1, the length left out where it is 1,
/// and an empty range named by the line before it.
pub(super) fn extent(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        n => format!("{},{n}", lines.start + 1),
    }
}
