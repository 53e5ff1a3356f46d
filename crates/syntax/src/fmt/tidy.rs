//! From a text and its edits to the text that is written: the seams that removals leave are
//! closed, and groups that were aligned stay aligned.

use std::ops::Range;

use super::align::{self, Column};
use crate::edit::{Edit, Overlap, Splice, splice};
use crate::lexer::{self, OutlineError, TopBlock};
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
/// Where edits overlap or break the text: a fault of the transform that made them.
pub fn settle(before: &str, edits: &mut Vec<Edit>) -> Result<String, Unsettled> {
    let (mut after, mut splices) = splice(before, edits).map_err(Unsettled::Overlap)?;
    // From the end, so that the splices still to come keep their offsets.
    for index in (0..splices.len()).rev() {
        if is_removal_of_lines(before, &splices[index])
            && let Some(gone) = doubled_blank(&after, splices[index].after.start)
        {
            after.replace_range(gone.clone(), "");
            let back = |offset: usize| offset - (offset.clamp(gone.start, gone.end) - gone.start);
            for splice in &mut splices {
                splice.after = back(splice.after.start)..back(splice.after.end);
            }
        }
    }
    let old = lexer::outline(before).map_err(Unsettled::Broken)?;
    // Comments stand behind values: their column is known once the `=` are in place.
    for column in [Column::Assign, Column::Comment] {
        realign((before, &old), &mut after, &mut splices, column).map_err(Unsettled::Broken)?;
    }
    Ok(after)
}

fn is_removal_of_lines(before: &str, splice: &Splice) -> bool {
    let Range { start, end } = splice.before;
    splice.after.is_empty()
        && start < end
        && (start == text::start(before) || before[..start].ends_with('\n'))
        && (end == before.len() || before[..end].ends_with('\n'))
}

/// The blank line to drop at a seam: one of two that meet, or one at an edge of the body.
fn doubled_blank(text: &str, seam: usize) -> Option<Range<usize>> {
    let top = text::start(text);
    let above = text::line_start(text, seam.saturating_sub(1)).max(top)..seam;
    let below = seam..text::line_end(text, seam);
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
    let new = lexer::outline(after)?;
    let mut edits = Vec::new();
    for splice in splices.iter() {
        // A group that its author did not align would change for no reason of the migration.
        if fixes(before, old, &splice.before, column)?.is_empty() {
            edits.extend(fixes(after, &new, &splice.after, column)?);
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    edits.dedup();
    for edit in edits.into_iter().rev() {
        after.replace_range(edit.range.clone(), &edit.text);
        let moved = |offset: usize| match offset >= edit.range.end {
            true => offset + edit.text.len() - edit.range.len(),
            false => offset,
        };
        for splice in splices.iter_mut() {
            splice.after = moved(splice.after.start)..moved(splice.after.end);
        }
    }
    Ok(())
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

/// What alignment of the chains at and directly around `place` would change.
fn fixes(
    text: &str,
    outline: &[TopBlock],
    place: &Range<usize>,
    column: Column,
) -> Result<Vec<Edit>, OutlineError> {
    let mut lines = align::lines(text, region(text, outline, place))?;
    // Edits in a heredoc are edits of the configuration in it.
    let holds = |inner: &Range<usize>| inner.start <= place.start && place.end <= inner.end;
    while let Some(inner) = lines
        .iter()
        .find_map(|line| line.heredoc.clone().filter(holds))
    {
        lines = align::lines(text, inner)?;
    }
    let first = lines.partition_point(|line| line.span.end < place.start);
    let last = lines.partition_point(|line| line.span.start <= place.end);
    // A block that comes among attributes parts those behind it from those before.
    let behind = last + usize::from(!place.is_empty());
    let chains = align::chains(&lines, column, &(first.saturating_sub(1)..behind));
    let edits = chains
        .into_iter()
        .flat_map(|chain| align::align(text, &lines[chain], column));
    Ok(edits.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Removes every line that contains `gone`.
    fn without(before: &str, gone: &str) -> String {
        let mut edits = Vec::new();
        let mut at = 0;
        for line in before.split_inclusive('\n') {
            if line.contains(gone) {
                edits.push(Edit::replace(at..at + line.len(), ""));
            }
            at += line.len();
        }
        settle(before, &mut edits).unwrap()
    }

    #[test]
    fn no_blank_line_is_left_doubled() {
        assert_eq!(
            without("a {\n  b = 1\n\n  gone = 1\n\n  c = 1\n}\n", "gone"),
            "a {\n  b = 1\n\n  c = 1\n}\n"
        );
        assert_eq!(
            without("a {\n  gone = 1\n\n  c = 1\n}\n", "gone"),
            "a {\n  c = 1\n}\n"
        );
        assert_eq!(
            without("a {\n  c = 1\n\n  gone = 1\n}\n", "gone"),
            "a {\n  c = 1\n}\n"
        );
        assert_eq!(without("gone = 1\n\na {}\n\ngone = 2\n", "gone"), "a {}\n");
        assert_eq!(
            without(
                "a {\r\n  b {}\r\n\r\n  gone {}\r\n\r\n  gone {}\r\n\r\n  c {}\r\n}\r\n",
                "gone"
            ),
            "a {\r\n  b {}\r\n\r\n  c {}\r\n}\r\n"
        );
        assert_eq!(
            without("a {\n  b = 1\n  gone = 1\n\n\n  c = 1\n}\n", "gone"),
            "a {\n  b = 1\n\n\n  c = 1\n}\n"
        );
    }

    #[test]
    fn an_aligned_group_stays_aligned() {
        assert_eq!(
            without(
                "a {\n  b     = 1 # x\n  gone2 = 1\n  cc    = 1 # y\n}\n",
                "gone"
            ),
            "a {\n  b  = 1 # x\n  cc = 1 # y\n}\n"
        );
        assert_eq!(
            without("a {\n  b = 1\n  gone {}\n  cccc = 1\n}\n", "gone"),
            "a {\n  b    = 1\n  cccc = 1\n}\n"
        );
    }

    #[test]
    fn a_group_that_was_not_aligned_is_left_alone() {
        let before = "a {\n  b = 1\n  gone = 1\n  cccc = 1\n}\n";
        assert_eq!(without(before, "gone"), "a {\n  b = 1\n  cccc = 1\n}\n");
    }

    #[test]
    fn only_the_touched_group_moves() {
        let before = "a {\n  b = 1\n  cc = 1\n\n  d    = 1\n  gone = 1\n}\n";
        assert_eq!(
            without(before, "gone"),
            "a {\n  b = 1\n  cc = 1\n\n  d = 1\n}\n"
        );
    }

    #[test]
    fn a_group_in_a_heredoc_is_one_of_its_own() {
        assert_eq!(
            without(
                "g {\n  a  = 1\n  cc = <<-EOF\n  b {\n    gone = 1\n    x    = \"${y}\" # z\n  }\n  EOF\n}\n",
                "gone"
            ),
            "g {\n  a  = 1\n  cc = <<-EOF\n  b {\n    x = \"${y}\" # z\n  }\n  EOF\n}\n"
        );
    }

    #[test]
    fn a_group_beside_a_heredoc_is_not_one_in_it() {
        for before in [
            "g {\n  gone = 1\n  a    = 1\n  b    = <<EOF\nx    = 1\nEOF\n}\n",
            "g {\n  b    = <<EOF\nx    = 1\nEOF\n  gone = 1\n  a    = 1\n}\n",
        ] {
            let after = without(before, "gone");
            assert!(after.contains("  a = 1\n"), "{after}");
            assert!(after.contains("\nx    = 1\n"), "{after}");
        }
    }

    #[test]
    fn a_file_of_attributes_is_one_group() {
        assert_eq!(
            without("bucket = 1\ngone   = 1\nkey    = 1\n", "bucket"),
            "gone = 1\nkey  = 1\n"
        );
    }
}
