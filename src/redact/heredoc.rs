//! Heredocs: their lines, and where they end.

use std::collections::HashMap;
use std::ops::Range;

use super::values::is_of_name;

/// Where words that stand alone on a line stand last: what may end a heredoc.
#[derive(Debug, Default)]
pub struct Markers<'t>(HashMap<&'t str, usize>);

impl<'t> Markers<'t> {
    /// Of a text.
    pub fn of(text: &'t str) -> Self {
        let mut at = 0;
        let lines = text.split_inclusive('\n').map(|line| {
            at += line.len();
            (ending(line), at)
        });
        Self(lines.filter(|(word, _)| !word.is_empty()).collect())
    }
}

/// The line without what may stand around the word that ends a heredoc.
fn ending(line: &str) -> &str {
    line.trim().trim_end_matches([')', ',', ';'])
}

/// The lines of the heredoc at `start`, each without its indentation, and where it ends; none where
/// it does not end before `limit`.
pub fn heredoc(
    text: &str,
    start: usize,
    limit: usize,
    markers: &Markers<'_>,
) -> (Vec<Range<usize>>, usize) {
    let mut lines = text[start..limit].split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let marker = marker(first);
    // Else each of many that do not end would be followed to the end of the text.
    if marker.is_empty() || markers.0.get(marker).is_none_or(|last| *last <= start) {
        return (Vec::new(), start + first.len());
    }
    let mut found = Vec::new();
    let mut at = start + first.len();
    for line in lines {
        let content = line.trim();
        if ending(line) == marker {
            return (found, at + line.len());
        }
        if !content.is_empty() {
            let indent = line.len() - line.trim_start().len();
            found.push(at + indent..at + indent + content.len());
        }
        at += line.len();
    }
    (Vec::new(), start + first.len())
}

/// The word that ends the heredoc which `opening`, `<<-"EOT" > file`, begins.
pub fn marker(opening: &str) -> &str {
    let word = opening.trim_start_matches(['<', '-', '~', '\'', '"', ' ', '\\']);
    let end = word.find(|c: char| !is_of_name(c)).unwrap_or(word.len());
    &word[..end]
}
