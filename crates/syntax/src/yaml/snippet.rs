//! Added text, moved to the columns of the place where it is inserted.

use std::ops::Range;

use super::Yaml;
use super::node::Node;
use super::scalar::{is_special, scalar};
use super::tree::YamlValue;
use crate::text;

/// The lines of `new`, without line endings: its root at `column`, each level `step` columns
/// deeper, `dash` spaces behind the dashes of its outermost list.
pub fn rendered(new: &Yaml, column: usize, step: usize, dash: usize) -> Vec<String> {
    let text = new.text();
    let lines: Vec<&str> = text.lines().collect();
    let mut moved = LineMoves {
        text,
        step,
        by: vec![None; lines.len()],
    };
    let mut dashes = vec![false; lines.len()];
    for item in new.root().items() {
        let line = line(text, item.dash);
        dashes[line] =
            self::line(text, item.value.span.start) == line && !item.value.span.is_empty();
    }
    match new.root().is_block() {
        true => moved.place(new.root(), column, dash),
        false => moved.below(
            new.root().span.start,
            new.root(),
            (column, column),
            (0, column),
        ),
    }
    let mut by = 0;
    let mut rendered = Vec::new();
    for (at, line) in lines.iter().enumerate().rev() {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        by = moved.by[at].unwrap_or(by);
        let indent = " ".repeat(indent.saturating_add_signed(by));
        rendered.push(match content.trim_end_matches('\r') {
            "" => String::new(),
            content if dashes[at] => {
                let value = content.trim_start_matches('-').trim_start();
                format!("{indent}-{}{value}", " ".repeat(dash))
            }
            content => indent + content,
        });
    }
    rendered.reverse();
    // The file says what follows, and whether a blank line does.
    while rendered.last().is_some_and(String::is_empty) {
        rendered.pop();
    }
    rendered
}

struct LineMoves<'t> {
    text: &'t str,
    step: usize,
    /// By how many columns each line moves, where it is known.
    by: Vec<Option<isize>>,
}

impl LineMoves<'_> {
    /// Moves the lines of a block collection to `column`.
    fn place(&mut self, node: &Node, column: usize, dash: usize) {
        for entry in node.entries() {
            let old = self.head(entry.key.start, column);
            // A list may stand in the column of its key, and keeps that.
            let is_level = entry
                .value
                .items()
                .first()
                .is_some_and(|item| entry.value.is_block() && self.column(item.dash) == old);
            let deeper = column + self.step;
            let nested = if is_level { column } else { deeper };
            self.below(
                entry.key.start,
                &entry.value,
                (nested, deeper),
                (old, column),
            );
        }
        for item in node.items() {
            let old = self.head(item.dash, column);
            let nested = column + 1 + dash;
            self.below(item.dash, &item.value, (nested, nested), (old, column));
        }
    }

    /// Moves the lines of a value below the one of its key or dash, which stands at `from` and
    /// moves from column `old` to `column`: a collection to `nested`, a script to `deeper`.
    fn below(
        &mut self,
        from: usize,
        value: &Node,
        (nested, deeper): (usize, usize),
        (old, column): (usize, usize),
    ) {
        if value.is_block() {
            return self.place(value, nested, 1);
        }
        // Lines of a script move together: their indentation against each other is content.
        let lines = line(self.text, from) + 1..line(self.text, value.span.end) + 1;
        let mut by = moved(old, column);
        let header = &self.text[value.span.clone()];
        let header = header.lines().next().unwrap_or_default();
        if value.is_block_scalar() && !header.contains(|any: char| any.is_ascii_digit()) {
            let content = self.content(lines.clone());
            by = content.map_or(by, |content| moved(content, deeper));
        }
        for line in lines {
            if let Some(place) = self.by.get_mut(line) {
                *place = Some(by);
            }
        }
    }

    /// Puts the line of a key or dash that begins it at `column`; returns where the key stood.
    fn head(&mut self, offset: usize, column: usize) -> usize {
        let old = self.column(offset);
        let line = line(self.text, offset);
        if text::indentation(self.text, offset).len() == old {
            self.by[line] = Some(moved(old, column));
        }
        old
    }

    /// Column of the first line that is not blank.
    fn content(&self, lines: Range<usize>) -> Option<usize> {
        let mut content = self.text.lines().skip(lines.start).take(lines.len());
        let first = content.find(|line| !line.trim().is_empty())?;
        Some(first.len() - first.trim_start_matches(' ').len())
    }

    fn column(&self, offset: usize) -> usize {
        offset - text::line_start(self.text, offset)
    }
}

fn moved(old: usize, new: usize) -> isize {
    new.cast_signed() - old.cast_signed()
}

fn line(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count()
}

/// What a tree says, on one line, as it stands in braces.
pub fn inline(tree: &YamlValue) -> String {
    match tree {
        YamlValue::Map(entries) if entries.is_empty() => "{}".to_owned(),
        YamlValue::Map(entries) => format!("{{ {} }}", pairs(entries)),
        YamlValue::List(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        YamlValue::Text(text) => scalar(text, true),
        YamlValue::Special(text) | YamlValue::Alias(text) => text.clone(),
    }
}

/// Entries as they stand in braces.
pub fn pairs(entries: &[(String, YamlValue)]) -> String {
    let pair = |(name, value): &(String, YamlValue)| {
        let name = match is_special(name) {
            true => name.clone(),
            false => scalar(name, true),
        };
        format!("{name}: {}", inline(value))
    };
    entries.iter().map(pair).collect::<Vec<_>>().join(", ")
}
