//! Byte-range edits, the shapes of edit that transforms make, and how edits are spliced in.

use std::ops::Range;

use super::hcl::{Attribute, Block, Body, Document};
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

    /// Adds `lines` (without indentation and line ending) to a block's content: behind the last
    /// one-line attribute, in its style, else directly before the closing brace. A block on one
    /// line is opened up.
    pub fn add_to_block(block: &Block<'_>, lines: &[String]) -> Self {
        let text = block.document().text();
        let span = block.span();
        if let Some(edit) = behind_last_attribute(text, &block.body(), lines)
            && edit.range.start <= text::line_start(text, block.closing())
        {
            return edit;
        }
        let ending = text::line_ending(text, span.start);
        let outer = text::indentation(text, span.start);
        let indent = format!("{outer}  ");
        let added = joined(&indent, lines, ending);
        if text[span.clone()].contains('\n') {
            return Self::insert(text::line_start(text, block.closing()), added);
        }
        let open = span.start + text[span.clone()].find('{').unwrap_or_default() + 1;
        let kept = match text[open..block.closing()].trim() {
            "" => String::new(),
            content => format!("{indent}{content}{ending}"),
        };
        Self::replace(
            open..block.closing(),
            format!("{ending}{kept}{added}{outer}"),
        )
    }

    /// Adds an entry to an object behind the entry at `span`: on a line of its own where that one
    /// ends its line, else behind a comma on the same line.
    pub fn insert_item(text: &str, span: &Range<usize>, item: &str) -> Self {
        let end = text::line_end(text, span.end);
        let behind = text[span.end..end].trim();
        let comma = behind.starts_with(',');
        let behind = behind.trim_start_matches(',').trim();
        if behind.is_empty() || behind.starts_with('#') || behind.starts_with("//") {
            let indent = text::indentation(text, span.start);
            let comma = if comma { "," } else { "" };
            let ending = text::line_ending(text, span.start);
            Self::insert(end, format!("{indent}{item}{comma}{ending}"))
        } else {
            Self::insert(span.end, format!(", {item}"))
        }
    }

    /// Adds `lines` to a file of attributes: behind the last one-line attribute, else at its end.
    pub fn add_to_file(document: &Document, body: &Body<'_>, lines: &[String]) -> Self {
        let text = document.text();
        behind_last_attribute(text, body, lines).unwrap_or_else(|| {
            let ending = text::line_ending(text, text.len());
            let added = joined("", lines, ending);
            let apart = text.is_empty() || text.ends_with('\n') || text == text::BOM;
            Self::insert(
                text.len(),
                if apart {
                    added
                } else {
                    ending.to_owned() + &added
                },
            )
        })
    }
}

fn joined(indent: &str, lines: &[String], ending: &str) -> String {
    lines
        .iter()
        .map(|line| format!("{indent}{line}{ending}"))
        .collect()
}

/// The insertion of `lines` behind the last attribute of a body that has its line for itself.
fn behind_last_attribute(text: &str, body: &Body<'_>, lines: &[String]) -> Option<Edit> {
    let one_line = |attribute: &Attribute<'_>| {
        let span = attribute.span();
        let first = text::line_start(text, span.start).max(text::start(text));
        !text[span.clone()].contains('\n') && text::is_blank(text, first..span.start)
    };
    let last = body.attributes().filter(one_line).last()?;
    let ending = text::line_ending(text, last.key.start);
    let first = text::line_start(text, last.key.start).max(text::start(text));
    let added = joined(&text[first..last.key.start], lines, ending);
    let at = text::line_end(text, last.span().end);
    if text[..at].ends_with('\n') {
        return Some(Edit::insert(at, added));
    }
    // The file's last line without its newline: the added lines end without one, too.
    let added = added.strip_suffix(ending).unwrap_or(&added);
    Some(Edit::insert(at, format!("{ending}{added}")))
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
    fn lines_are_added_in_the_style_of_the_neighbour() {
        let line = ["profile = \"x\"".to_owned()];
        for (before, after) in [
            (
                "b {\r\n\ta = 1\r\n\tc {\r\n\t}\r\n}\r\n",
                "b {\r\n\ta = 1\r\n\tprofile = \"x\"\r\n\tc {\r\n\t}\r\n}\r\n",
            ),
            ("b {}", "b {\n  profile = \"x\"\n}"),
            ("b {\n}", "b {\n  profile = \"x\"\n}"),
            ("b { a = 1 }", "b {\n  a = 1\n  profile = \"x\"\n}"),
            (
                "b {\n  # note\n}\n",
                "b {\n  # note\n  profile = \"x\"\n}\n",
            ),
        ] {
            let document = document(before);
            let block = document.blocks("b").next().unwrap();
            let mut edits = vec![Edit::add_to_block(&block, &line)];
            assert_eq!(splice(before, &mut edits).unwrap().0, after);
        }
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
