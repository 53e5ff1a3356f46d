//! The picture of a plan's accounts, before and after: where each box and line of its graph stands.

mod graph;

use std::collections::HashMap;

use engine::account_table::AccountRow;

use crate::account_table;
use graph::{COLUMNS, Graph, Key, graphs};

/// The titles of the columns.
const TITLES: [&str; COLUMNS] = [
    "Runners",
    "Credentials",
    "Providers and backends",
    "Accounts",
];

/// Rows of the account table that a picture shows: more lines than these cannot be told apart.
const ROWS: usize = 24;

/// How wide the boxes of each column are, in pixels, and how many letters that has room for: a label of
/// 12 pixels takes 7.25 for a letter of a monospaced font.
const WIDTHS: [usize; COLUMNS] = [172, 264, 216, 172];
const LETTERS: [usize; COLUMNS] = [21, 33, 27, 21];

/// How high a box is (the page's style draws it so), from one to the next, and below the titles.
const HEIGHT: usize = 38;
const STEP: usize = 48;
const TOP: usize = 34;

/// Between two columns.
const GAP: usize = 64;

/// Before, or after.
pub struct Picture {
    /// Which.
    pub title: &'static str,
    /// Its width in pixels.
    pub width: usize,
    /// Its height.
    pub height: usize,
    /// The titles of the columns and where they stand.
    pub columns: Vec<(&'static str, usize)>,
    /// What stands in it, and what leads from one to another.
    pub layers: Vec<Layer>,
}

/// All that has one mark.
pub struct Layer {
    /// What becomes of it.
    pub mark: Mark,
    /// What stands there.
    pub nodes: Vec<Node>,
    /// The lines between boxes, as one path of SVG.
    pub lines: String,
}

/// A runner, credentials, an identity or an account.
pub struct Node {
    /// Where its upper left corner is.
    pub x: usize,
    /// The same.
    pub y: usize,
    /// How wide it is.
    pub width: usize,
    /// Its label, cut to its width.
    pub label: String,
    /// The line below that, cut likewise; may be empty.
    pub detail: String,
    /// Both in full, where not all of them is shown.
    pub full: Option<String>,
}

/// Whether something is in both pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// In both.
    Kept,
    /// Before only.
    Removed,
    /// After only.
    Added,
    /// In both, and the plan would change it with `--review`.
    Waits,
}

impl Mark {
    /// The class of its style.
    pub fn class(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Waits => "waits",
        }
    }

    /// The sign before a label: what colour says is said by it, too.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Kept => "",
            Self::Removed => "\u{2212} ",
            Self::Added => "+ ",
            Self::Waits => "? ",
        }
    }
}

/// The pictures before and after, of the rows that change or need review; none where no row does. And
/// how many such rows they leave out.
pub fn pictures(rows: &[AccountRow]) -> (Vec<Picture>, usize) {
    let concerned = rows.iter().filter(|row| account_table::concerns(row));
    let concerned: Vec<&AccountRow> = concerned.collect();
    if concerned.is_empty() {
        return (Vec::new(), 0);
    }
    let (before, after) = graphs(concerned.iter().copied().take(ROWS));
    let left_out = concerned.len().saturating_sub(ROWS);
    let height = TOP + before.longest().max(after.longest()) * STEP;
    let pictures = vec![
        picture("Before", &before, &after, Mark::Removed, height),
        picture("After", &after, &before, Mark::Added, height),
    ];
    (pictures, left_out)
}

fn picture(
    title: &'static str,
    graph: &Graph,
    other: &Graph,
    alone: Mark,
    height: usize,
) -> Picture {
    let mut places: HashMap<&Key, (usize, usize)> = HashMap::new();
    for column in 0..COLUMNS {
        let keys = graph.column(column);
        let free = (height - TOP).saturating_sub(keys.len() * STEP);
        for (number, key) in keys.iter().enumerate() {
            // What is left is shared out above, between and below.
            let y = TOP + number * STEP + free * (number + 1) / (keys.len() + 1);
            places.insert(key, (left(column), y));
        }
    }
    let mark = |is_in_other: bool, waits: bool| match (is_in_other, waits) {
        (_, true) => Mark::Waits,
        (false, _) => alone,
        (true, _) => Mark::Kept,
    };
    let mut layers = [Mark::Kept, alone, Mark::Waits].map(Layer::of);
    for (key, waits) in &graph.nodes {
        // What an identity or an account is does not wait: what leads there does.
        let mark = mark(other.has(key), *waits && key.0 == 1);
        if let Some(layer) = layers.iter_mut().find(|it| it.mark == mark) {
            layer.nodes.push(Node::new(key, places[key], mark));
        }
    }
    for (line, waits) in &graph.lines {
        let ((from_x, from_y), (x, to_y)) = (places[&line.0], places[&line.1]);
        let (from_y, to_y) = (from_y + HEIGHT / 2, to_y + HEIGHT / 2);
        let from_x = from_x + WIDTHS[line.0.0];
        let middle = usize::midpoint(from_x, x);
        let mark = mark(other.leads(line), *waits);
        if let Some(layer) = layers.iter_mut().find(|it| it.mark == mark) {
            layer.lines +=
                &format!("M{from_x} {from_y}C{middle} {from_y} {middle} {to_y} {x} {to_y}");
        }
    }
    let columns = TITLES.iter().enumerate();
    Picture {
        title,
        width: left(COLUMNS) - GAP + 1,
        height,
        columns: columns
            .map(|(number, title)| (*title, left(number)))
            .collect(),
        layers: layers.into_iter().filter(|it| !it.is_empty()).collect(),
    }
}

/// Where a column begins.
fn left(column: usize) -> usize {
    WIDTHS[..column]
        .iter()
        .map(|width| width + GAP)
        .sum::<usize>()
        + 1
}

impl Layer {
    fn of(mark: Mark) -> Self {
        Self {
            mark,
            nodes: Vec::new(),
            lines: String::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.lines.is_empty()
    }
}

impl Node {
    fn new((column, label, detail): &Key, (x, y): (usize, usize), mark: Mark) -> Self {
        let full = match detail.is_empty() {
            true => label.clone(),
            false => format!("{label} ({detail})"),
        };
        let letters = LETTERS[*column];
        let signed = format!("{}{label}", mark.sign());
        let (label, detail) = match detail.is_empty() {
            // It has two lines for itself.
            true => folded(&signed, letters),
            false => (signed, detail.clone()),
        };
        let shown = (cut(&label, letters), cut(&detail, letters + 2));
        Self {
            x,
            y,
            width: WIDTHS[*column],
            full: (shown != (label, detail)).then_some(full),
            label: shown.0,
            detail: shown.1,
        }
    }

    /// How far below the box's top its first line stands: of two, higher than of one.
    pub fn first_line(&self) -> usize {
        if self.detail.is_empty() { 23 } else { 16 }
    }
}

/// The first line of `text` and the rest.
fn folded(text: &str, letters: usize) -> (String, String) {
    if text.chars().count() <= letters {
        return (text.to_owned(), String::new());
    }
    let end = text
        .char_indices()
        .nth(letters)
        .map_or(text.len(), |(at, _)| at);
    // A sign before the text is no word of its own.
    let space = text[..end].rfind(' ').filter(|at| *at > 2);
    let (first, rest) = text.split_at(space.unwrap_or(end));
    (first.to_owned(), rest.trim_start().to_owned())
}

/// The beginning of `text`, of at most so many letters.
fn cut(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(letters - 1).chain(['\u{2026}']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_as_high_as_the_style_draws_it() {
        let style = include_str!("../../../templates/page.css");
        assert!(style.contains(&format!("svg rect {{ height: {HEIGHT}px;")));
    }
}
