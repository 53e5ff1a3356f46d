//! Byte-range edits, the shapes of edit that transforms make, and how edits are spliced in.

use std::ops::Range;

use super::hcl::Document;
use super::text;

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

    /// Takes out a block or an attribute: whole lines, with the comment lines attached directly
    /// above and the comment behind it. Where other code shares its lines only the span goes.
    pub fn remove(document: &Document, span: Range<usize>) -> Self {
        let text = document.text();
        let first = text::line_start(text, span.start).max(text::start(text));
        let last = text::line_end(text, span.end);
        let behind = text[span.end..last].trim();
        let alone = text::is_blank(text, first..span.start)
            && (behind.is_empty() || behind.starts_with('#') || behind.starts_with("//"));
        if alone {
            Self::replace(attached_comments(text, first)..last, "")
        } else {
            Self::replace(span, "")
        }
    }
}

/// Start of the comment lines that stand directly above the line beginning at `line`.
fn attached_comments(text: &str, line: usize) -> usize {
    let top = text::start(text);
    let mut from = line;
    while from > top {
        let above = text::line_start(text, from - 1).max(top);
        let content = text[above..from].trim();
        if content.starts_with('#') || content.starts_with("//") {
            from = above;
        } else if content.ends_with("*/") {
            // Only a comment that has its lines for itself.
            let Some(open) = text[..from].rfind("/*") else {
                break;
            };
            let first = text::line_start(text, open).max(top);
            let end = text[open..].find("*/").map_or(0, |end| open + end + 2);
            if !text::is_blank(text, first..open) || !text::is_blank(text, end.min(from)..from) {
                break;
            }
            from = first;
        } else {
            break;
        }
    }
    from
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
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits.dedup();
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

    fn document(text: &str) -> Document {
        Document::new("main.tf".into(), text.to_owned()).expect(text)
    }

    fn removed(text: &str, span: &str) -> String {
        let document = document(text);
        let at = text.find(span).unwrap();
        let mut edits = vec![Edit::remove(&document, at..at + span.len())];
        splice(text, &mut edits).unwrap().0
    }

    #[test]
    fn attached_comments_go_detached_ones_stay() {
        let text =
            "p {\n  # stays\n\n  # goes\n  // too\n  /* and\n     this */\n  a = 1 # trailing\n}\n";
        assert_eq!(removed(text, "a = 1"), "p {\n  # stays\n\n}\n");
        let shared = "p {\n  b = 2 /* x */\n  a = 1\n}\n";
        assert_eq!(removed(shared, "a = 1"), "p {\n  b = 2 /* x */\n}\n");
    }

    #[test]
    fn only_the_span_goes_where_code_shares_the_line() {
        assert_eq!(removed("p { a = 1 }\n", "a = 1"), "p {  }\n");
        assert_eq!(
            removed("\u{feff}a = 1\nb = 1\n", "a = 1"),
            "\u{feff}b = 1\n"
        );
    }

    #[test]
    fn overlapping_edits_are_refused_equal_ones_count_once() {
        let replace = |range: Range<usize>| Edit::replace(range, "x");
        let mut equal = vec![replace(0..2), replace(0..2)];
        assert_eq!(splice("abc", &mut equal).unwrap().0, "xc");
        let mut overlapping = vec![replace(1..3), replace(0..2)];
        assert_eq!(splice("abc", &mut overlapping), Err(Overlap(0..2, 1..3)));
    }
}
