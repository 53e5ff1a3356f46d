//! Taking out blocks, attributes and entries, with the lines and commas that belong to them.

use std::ops::Range;

use super::{Attribute, Document};
use crate::edit::Edit;
use crate::text;

impl Edit {
    /// Takes out a block or an attribute: whole lines, with the comment lines attached directly
    /// above and the comment behind it. Where other code shares its lines only the span is removed.
    pub fn remove(document: &Document, span: Range<usize>) -> Self {
        let lines = own_lines(document.text(), &span);
        Self::replace(lines.unwrap_or(span), "")
    }

    /// Takes entries out of an object: whole lines as [`Edit::remove`] does, else with the comma
    /// that stands between them and those that stay.
    pub fn remove_entries(
        document: &Document,
        entries: &[Attribute<'_>],
        is_gone: impl Fn(&Attribute<'_>) -> bool,
    ) -> Vec<Self> {
        let text = document.text();
        let is_one_line = |between: Range<usize>| !text[between].contains('\n');
        let mut edits = Vec::new();
        let mut at = 0;
        while let Some(entry) = entries.get(at) {
            let first = at;
            at += 1;
            if !is_gone(entry) {
                continue;
            }
            let mut span = entry.span();
            if let Some(lines) = own_lines(text, &(span.start..comma(text, span.end))) {
                edits.push(Self::replace(lines, ""));
                continue;
            }
            while let Some(next) = entries.get(at)
                && is_gone(next)
                && is_one_line(span.end..next.key.start)
            {
                span.end = next.span().end;
                at += 1;
            }
            let next = entries.get(at).map(|next| next.key.start);
            let before = first.checked_sub(1).and_then(|before| entries.get(before));
            let before = before.map(|before| before.span().end);
            let next = next.filter(|next| is_one_line(span.end..*next));
            let before = before.filter(|before| is_one_line(*before..span.start));
            edits.push(match (next, before) {
                (Some(next), _) => Self::replace(span.start..next, ""),
                (None, Some(before)) => Self::replace(before..span.end, ""),
                (None, None) => Self::replace(span.start..comma(text, span.end), ""),
            });
        }
        edits
    }
}

/// The lines that `span` has for itself, with the comment lines attached directly above and the
/// comment behind it; `None` where other code shares them.
fn own_lines(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let first = text::line_start(text, span.start).max(text::start(text));
    let last = text::line_end(text, span.end);
    let behind = text[span.end..last].trim();
    // A comment behind the span is about the span; a comment in front of it on the same line is not.
    let alone = text::is_blank(text, first..span.start)
        && (behind.is_empty() || behind.starts_with('#') || behind.starts_with("//"));
    alone.then(|| attached_comments(text, first)..last)
}

/// Offset behind the comma that follows on the line, `end` where none does.
fn comma(text: &str, end: usize) -> usize {
    let behind = &text[end..];
    // HCL's specification, "Collection Values": entries are parted by commas or newlines, so there
    // may be none.
    let comma = behind.trim_start_matches([' ', '\t']);
    match comma.starts_with(',') {
        true => end + behind.len() - comma.len() + 1,
        false => end,
    }
}

/// Start of the comment lines that stand directly above the line beginning at `line`.
fn attached_comments(text: &str, line: usize) -> usize {
    let top = text::start(text);
    let mut from = line;
    while from > top {
        let above = text::line_start(text, from - 1).max(top);
        // A blank line sets a comment off from what is below it: it may be about the whole file.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::splice;

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
    fn entries_of_an_object_go_with_their_commas() {
        for (before, after) in [
            ("{ k = 1, a = 2, b = 3 }", "{ a = 2, b = 3 }"),
            ("{ a = 1, k = 2, s = 3 }", "{ a = 1 }"),
            ("{ a = 1, k = 2, s = 3, b = 4 }", "{ a = 1, b = 4 }"),
            ("{ k = 1, a = 2, \"s\" : 3 }", "{ a = 2 }"),
            ("{ k = 1 }", "{  }"),
            (
                "{ a = 1,\n  k = 2, s = 3,\n  b = 4 }",
                "{ a = 1,\n  \n  b = 4 }",
            ),
            ("{ k = 1,\n  s = 2,\n  b = 3 }", "{ \n  b = 3 }"),
            (
                "{\n  a = 1,\n  # why\n  k = 2, # x\n  s = 3\n}",
                "{\n  a = 1,\n}",
            ),
            (
                "{\n  a = 1\n  k = <<E\nx\nE\n  b = 2\n}",
                "{\n  a = 1\n  b = 2\n}",
            ),
        ] {
            let text = format!("o = {before}\n");
            let document = document(&text);
            let object = document.body().unwrap().attribute("o").unwrap();
            let entries = object.value.entries();
            let is_gone = |entry: &Attribute<'_>| ["k", "s"].contains(&entry.name);
            let mut edits = Edit::remove_entries(&document, &entries, is_gone);
            let result = splice(&text, &mut edits).unwrap().0;
            assert_eq!(result, format!("o = {after}\n"), "{before}");
        }
    }
}
