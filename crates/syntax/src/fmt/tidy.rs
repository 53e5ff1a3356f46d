//! From a text and its edits to the text that is written: the seams that removals leave are
//! closed, and groups that were aligned stay aligned.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::align::{self, Column, LogicalLine};
use crate::edit::{Edit, Overlap, Splice, splice};
use crate::outline::{self, OutlineError, TopBlock};
use crate::ranges::Ranges;
use crate::text;

/// Why edits do not make a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsettled {
    /// Two edits want the same bytes.
    Overlap(Overlap),
    /// The new text does not close.
    Broken(OutlineError),
}

/// Makes all `edits` in `before`, closes seams and re-aligns the groups that were touched.
///
/// # Errors
/// Where edits overlap or break the text: a bug in the transform that made them.
pub fn settle(before: &str, edits: &mut Vec<Edit>) -> Result<String, Unsettled> {
    let (mut after, mut splices) = splice(before, edits).map_err(Unsettled::Overlap)?;
    close_seams(before, &mut after, &mut splices);
    let old = outline::outline(before).map_err(Unsettled::Broken)?;
    // Comments stand behind values: their column is known once the `=` are in place.
    for column in [Column::Assign, Column::Comment] {
        realign((before, &old), &mut after, &mut splices, column).map_err(Unsettled::Broken)?;
    }
    Ok(after)
}

/// Takes out the blank lines that removals leave doubled.
fn close_seams(before: &str, after: &mut String, splices: &mut [Splice]) {
    let mut gone = Ranges::default();
    // From the end, so that what is above a seam is still as it was.
    for splice in splices.iter().rev() {
        if is_removal_of_lines(before, splice)
            && let Some(line) = doubled_blank(after, splice.after.start, &gone)
        {
            gone.add(&line);
        }
    }
    let edits: Vec<Edit> = gone.iter().map(|line| Edit::replace(line, "")).collect();
    make(after, edits, splices);
}

/// Makes edits that are in order, and moves the splices.
fn make(text: &mut String, edits: Vec<Edit>, splices: &mut [Splice]) {
    if edits.is_empty() {
        return;
    }
    let mut result = String::with_capacity(text.len());
    // For each edit where it is, and where what is behind it comes to.
    let mut ends: Vec<(Range<usize>, usize)> = Vec::with_capacity(edits.len());
    let mut at = 0;
    for edit in edits {
        result += &text[at..edit.range.start];
        result += &edit.text;
        at = edit.range.end;
        ends.push((edit.range, result.len()));
    }
    result += &text[at..];
    *text = result;
    let moved = |offset: usize| {
        let next = ends.partition_point(|(range, _)| range.end <= offset);
        let behind = next.checked_sub(1).map_or(offset, |last| {
            let (range, end) = &ends[last];
            end + (offset - range.end)
        });
        // Inside of what is replaced, an offset comes to where that began.
        let inside = ends
            .get(next)
            .map_or(0, |(range, _)| offset.saturating_sub(range.start));
        behind - inside
    };
    for splice in splices {
        splice.after = moved(splice.after.start)..moved(splice.after.end);
    }
}

fn is_removal_of_lines(before: &str, splice: &Splice) -> bool {
    let Range { start, end } = splice.before;
    splice.after.is_empty()
        && start < end
        && (start == text::start(before) || before[..start].ends_with('\n'))
        && (end == before.len() || before[..end].ends_with('\n'))
}

/// The blank line to drop at a seam: one of two that meet, or one at an edge of the body. The lines of
/// `gone` below it are dropped already.
fn doubled_blank(text: &str, seam: usize, gone: &Ranges) -> Option<Range<usize>> {
    let top = text::start(text);
    let seam = gone.around(seam).map_or(seam, |around| around.start);
    let above = text::line_start(text, seam.saturating_sub(1)).max(top)..seam;
    let next = gone.around(seam).map_or(seam, |around| around.end);
    let below = next..text::line_end(text, next);
    let blank = |line: &Range<usize>| !line.is_empty() && text::is_blank(text, line.clone());
    let opens = seam == top || text[above.clone()].trim_end().ends_with(['{', '[', '(']);
    let closes = below.is_empty()
        || text[below.clone()]
            .trim_start()
            .starts_with(['}', ']', ')']);
    if blank(&below) && (opens || blank(&above)) {
        Some(below)
    } else if blank(&above) && closes {
        Some(above)
    } else {
        None
    }
}

/// Re-aligns `column` around every splice whose neighbourhood was aligned before.
fn realign(
    (before, old): (&str, &[TopBlock]),
    after: &mut String,
    splices: &mut [Splice],
    column: Column,
) -> Result<(), OutlineError> {
    let new = outline::outline(after)?;
    let mut was = Layout::new(before, old, column);
    let mut is = Layout::new(after, &new, column);
    // By its first edit each chain once, however many splices touch it.
    let mut fixed = BTreeMap::new();
    for splice in splices.iter() {
        // A group that its author did not align would change for no reason of the migration.
        let is_aligned = was.fixes(&splice.before)?.is_empty();
        if is_aligned {
            for fix in is.fixes(&splice.after)? {
                fixed.insert(fix[0].range.start, fix);
            }
        }
    }
    let mut edits: Vec<Edit> = fixed.values().flat_map(|fix| fix.iter().cloned()).collect();
    // A chain in a heredoc stands between edits of the chain that the heredoc is in.
    edits.sort_by_key(|edit| edit.range.start);
    make(after, edits, splices);
    Ok(())
}

/// The groups of a text, each looked at once: a file has as many splices as groups, or more.
struct Layout<'t> {
    text: &'t str,
    outline: &'t [TopBlock],
    column: Column,
    regions: HashMap<Range<usize>, Rc<LayoutRegion>>,
}

/// The logical lines of a region, its chains, and the edits that would align each chain.
struct LayoutRegion {
    lines: Vec<LogicalLine>,
    chains: Vec<Range<usize>>,
    fixes: Vec<Rc<[Edit]>>,
}

impl<'t> Layout<'t> {
    fn new(text: &'t str, outline: &'t [TopBlock], column: Column) -> Self {
        Self {
            text,
            outline,
            column,
            regions: HashMap::new(),
        }
    }

    fn region(&mut self, range: Range<usize>) -> Result<Rc<LayoutRegion>, OutlineError> {
        if let Some(known) = self.regions.get(&range) {
            return Ok(Rc::clone(known));
        }
        let lines = align::lines(self.text, range.clone())?;
        let chains = align::chains(&lines, self.column);
        let fixes = chains.iter().map(|chain| {
            let edits = align::align(self.text, &lines[chain.clone()], self.column);
            edits.into()
        });
        let region = Rc::new(LayoutRegion {
            fixes: fixes.collect(),
            chains,
            lines,
        });
        self.regions.insert(range, Rc::clone(&region));
        Ok(region)
    }

    /// What alignment of the chains at and directly around `place` would change, for each chain that is
    /// not aligned.
    fn fixes(&mut self, place: &Range<usize>) -> Result<Vec<Rc<[Edit]>>, OutlineError> {
        let mut own = self.region(region(self.text, self.outline, place))?;
        // Edits in a heredoc are edits of the configuration in it.
        let holds = |inner: &Range<usize>| inner.start <= place.start && place.end <= inner.end;
        loop {
            let at = own
                .lines
                .partition_point(|line| line.span.end < place.start);
            let inner = own.lines.get(at).and_then(|line| line.heredoc.clone());
            match inner.filter(holds) {
                Some(inner) => own = self.region(inner)?,
                None => break,
            }
        }
        let lines = &own.lines;
        let first = lines.partition_point(|line| line.span.end < place.start);
        let last = lines.partition_point(|line| line.span.start <= place.end);
        // A block that comes among attributes parts those behind it from those before.
        let behind = last + usize::from(!place.is_empty());
        let touched = first.saturating_sub(1)..behind;
        let from = own
            .chains
            .partition_point(|chain| chain.end <= touched.start);
        let chains = own.chains[from..].iter().zip(&own.fixes[from..]);
        let chains = chains.take_while(|(chain, _)| chain.start < touched.end);
        let fixes = chains.map(|(_, fix)| fix).filter(|fix| !fix.is_empty());
        Ok(fixes.cloned().collect())
    }
}

/// The block that holds `place`, else the text between blocks around it.
fn region(text: &str, outline: &[TopBlock], place: &Range<usize>) -> Range<usize> {
    let next = outline.partition_point(|block| block.span.end < place.start);
    // One block is enough context and keeps the work small: a group never crosses a brace at the
    // top level.
    match outline.get(next) {
        Some(block) if block.span.start < place.end.max(place.start + 1) => {
            text::line_start(text, block.span.start).max(text::start(text))..block.span.end
        }
        next_block => {
            let above = next.checked_sub(1).and_then(|above| outline.get(above));
            let from = above.map_or(text::start(text), |block| {
                text::line_end(text, block.span.end)
            });
            let to =
                next_block.map_or(text.len(), |block| text::line_start(text, block.span.start));
            from..to.max(from)
        }
    }
}
