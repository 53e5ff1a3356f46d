//! One value in the place of another.

use std::ops::Range;

use super::draft::Draft;
use super::node::{Entry, Item, Node};
use super::scalar::styled;
use super::tree::YamlValue;
use super::{Yaml, YamlError, block, snippet};
use crate::edit::Edit;
use crate::text;

/// Where a value stands.
pub struct ValueSlot {
    /// Offset of its key or dash.
    head: usize,
    /// Offset behind the colon or dash.
    from: usize,
    is_item: bool,
    is_flow: bool,
    /// By how many columns a mapping here is indented deeper than its key.
    pub step: usize,
}

impl ValueSlot {
    pub fn of_entry(entry: &Entry, is_flow: bool, step: usize) -> Self {
        Self {
            head: entry.key.start,
            from: entry.colon,
            is_item: false,
            is_flow,
            step,
        }
    }

    pub fn of_item(item: &Item, is_flow: bool, step: usize) -> Self {
        Self {
            head: item.dash,
            from: item.dash + usize::from(!is_flow),
            is_item: true,
            is_flow,
            step,
        }
    }
}

/// Puts the value of `new` where `old` stands.
pub fn edit(
    draft: &mut Draft<'_>,
    old: &Node,
    new: &Yaml,
    slot: &ValueSlot,
) -> Result<YamlValue, YamlError> {
    let text = draft.yaml.text();
    let tree = new.tree();
    // A tag says how the old value is read; whether it fits the new one is not known.
    if old.tag.is_some() {
        return Err(YamlError::new(old.span.start, "a value with a tag"));
    }
    let is_inline = |node: &Node| !node.is_block() && !node.is_block_scalar();
    let is_one_line = is_inline(old) && is_inline(new.root());
    if slot.is_flow || is_one_line {
        draft
            .edits
            .push(inline(text, old, new, &tree, slot.is_flow));
        return Ok(tree);
    }
    let from = old
        .anchor
        .as_ref()
        .map_or(slot.from, |anchor| anchor.end.max(slot.from));
    if slot.is_item {
        draft.edits.push(in_item(text, old, new, slot));
        return Ok(tree);
    }
    if text[from..old.span.start].contains('#') && !old.is_block() {
        return Err(YamlError::new(
            from,
            "a comment between a key and its value",
        ));
    }
    // A list may stand at the column of its key, a mapping not: YAML 1.2.2, chapter 8.2.3.
    let is_alike =
        old.is_block() && new.root().is_block() && old.is_mapping() == new.root().is_mapping();
    let column = match is_alike {
        true => column(text, old.span.start),
        false => column(text, slot.head) + slot.step,
    };
    let mut lines = match is_inline(new.root()) {
        true => Vec::new(),
        false => snippet::rendered(new, column, slot.step, 1),
    };
    let first = match new.root() {
        root if root.is_block() => String::new(),
        root if root.is_block_scalar() => format!(" {}", lines.remove(0).trim()),
        // A key without a value.
        _ if tree == YamlValue::Special("null".to_owned()) => String::new(),
        _ => format!(" {}", snippet::inline(&tree)),
    };
    let (head, below) = parts(text, old, slot, from);
    if !(head.is_empty() && first.is_empty()) {
        draft.edits.push(Edit::replace(head.clone(), first));
    }
    draft.edits.extend(self::below(text, below, &lines));
    Ok(tree)
}

/// A value that takes lines in the place of an item of a block list.
fn in_item(text: &str, old: &Node, new: &Yaml, slot: &ValueSlot) -> Edit {
    let column = match old.span.is_empty() {
        true => column(text, slot.head) + 2,
        false => column(text, old.span.start),
    };
    let ending = text::line_ending(text, slot.head);
    let lines = snippet::rendered(new, column, slot.step, 1);
    let lines = lines.join(ending).trim_start().to_owned();
    let space = if old.span.is_empty() { " " } else { "" };
    // The comment behind the old value's last line belonged to that.
    let last = text::line_end(text, old.span.end);
    let last = old.span.end + text[old.span.end..last].trim_end().len();
    let range = old.span.start..last;
    Edit::replace(range, space.to_owned() + &lines)
}

/// What of a value stands on the line of its key, and what on lines below.
fn parts(text: &str, old: &Node, slot: &ValueSlot, from: usize) -> (Range<usize>, Range<usize>) {
    let last = text::line_end(text, old.span.end);
    if old.is_block() {
        let last = block::body_end(text, old.span.end, column(text, slot.head));
        return (from..from, text::line_end(text, from)..last);
    }
    if old.is_block_scalar() {
        let header = text::line_end(text, old.span.start);
        let indicators = text[old.span.start..header]
            .split([' ', '\t', '\r', '\n'])
            .next();
        let end = old.span.start + indicators.map_or(0, str::len);
        return (from..end, header..last.max(header));
    }
    (from..old.span.end.max(from), last..last)
}

/// Puts `lines` where those of `range` are, with the line endings and the last line's as there.
fn below(text: &str, mut range: Range<usize>, lines: &[String]) -> Option<Edit> {
    let ending = text::line_ending(text, range.start.saturating_sub(1));
    let ends = text[..range.end].ends_with('\n');
    let begins = text[..range.start].ends_with('\n');
    let mut new = lines.join(ending);
    if lines.is_empty() {
        if range.is_empty() {
            return None;
        }
        if !ends && begins {
            range.start -= ending.len();
        }
    } else {
        if !begins {
            new = ending.to_owned() + &new;
        }
        if ends {
            new += ending;
        }
    }
    Some(Edit::replace(range, new))
}

/// A value on one line in the place of one.
fn inline(text: &str, old: &Node, new: &Yaml, tree: &YamlValue, is_flow: bool) -> Edit {
    let mut written = match (tree, old.style()) {
        (YamlValue::Text(text), Some(style)) => styled(text, style, is_flow),
        (YamlValue::Text(text), None) => super::scalar::scalar(text, is_flow),
        _ => snippet::inline(tree),
    };
    let mut range = old.span.clone();
    if range.is_empty() {
        written.insert(0, ' ');
    }
    let comment = new.text()[new.root().span.end..]
        .lines()
        .next()
        .unwrap_or_default();
    if !is_flow && comment.trim().starts_with('#') {
        let line = text::line_end(text, range.end);
        let behind = text[range.end..line].trim_end();
        let space = match behind.trim_start().starts_with('#') {
            true => &behind[..behind.len() - behind.trim_start().len()],
            false => " ",
        };
        written = written + space + comment.trim();
        range.end += behind.len();
    }
    Edit::replace(range, written)
}

fn column(text: &str, offset: usize) -> usize {
    offset - text::line_start(text, offset).max(text::start(text))
}
