//! Byte-range edits of a text, and how they are spliced in.

use std::ops::Range;

/// Replaces the bytes of `range` by `text`. An empty range inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the original text that go.
    pub range: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

impl Edit {
    /// Puts `text` where `range` was.
    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { range, text }
    }

    /// Puts `text` at `offset`.
    pub fn insert(offset: usize, text: impl Into<String>) -> Self {
        Self::replace(offset..offset, text)
    }
}

/// Two edits that want the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap(pub Range<usize>, pub Range<usize>);

/// Where one edit stood before and where its text stands after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// Range in the original text.
    pub before: Range<usize>,
    /// Range in the new text.
    pub after: Range<usize>,
}

/// `text` with all `edits` made, sorted by place; edits that say the same twice count once.
///
/// # Errors
/// The first two edits that overlap. Insertions at one offset do not: they keep their order.
pub fn splice(text: &str, edits: &mut Vec<Edit>) -> Result<(String, Vec<Splice>), Overlap> {
    // The sort is stable: insertions at one offset keep the order in which transforms made them.
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    // Two findings may ask for the same edit, which is no conflict.
    edits.dedup();
    // Most edits add less than a line: one allocation is enough.
    let mut result = String::with_capacity(text.len() + 64 * edits.len());
    let mut splices: Vec<Splice> = Vec::with_capacity(edits.len());
    let mut at = 0;
    for edit in edits.iter() {
        if edit.range.start < at {
            let earlier = splices.last().map_or(0..0, |splice| splice.before.clone());
            return Err(Overlap(earlier, edit.range.clone()));
        }
        result.push_str(&text[at..edit.range.start]);
        let start = result.len();
        result.push_str(&edit.text);
        splices.push(Splice {
            before: edit.range.clone(),
            after: start..result.len(),
        });
        at = edit.range.end;
    }
    result.push_str(&text[at..]);
    Ok((result, splices))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_edits_are_refused_equal_ones_count_once() {
        let replace = |range: Range<usize>| Edit::replace(range, "x");
        let mut equal = vec![replace(0..2), replace(0..2)];
        assert_eq!(splice("abc", &mut equal).unwrap().0, "xc");
        let mut overlapping = vec![replace(1..3), replace(0..2)];
        assert_eq!(splice("abc", &mut overlapping), Err(Overlap(0..2, 1..3)));
    }
}
