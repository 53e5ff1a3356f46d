//! The picture of a plan's accounts: runners, their credentials, what uses them, and the accounts that
//! these lead to, before and after.

use std::collections::HashMap;

use engine::account_table::{AccountCell, AccountRow};

use crate::account_table;
use crate::redact::on_one_line;

/// The titles of the columns.
const COLUMNS: [&str; 4] = [
    "Runners",
    "Credentials",
    "Providers and backends",
    "Accounts",
];

/// Rows of the account table that a picture shows: more lines than these cannot be told apart.
const ROWS: usize = 24;

/// How wide the boxes of each column are, in pixels, and how many letters that has room for: a label of
/// 12 pixels takes 7.25 for a letter of a monospaced font.
const WIDTHS: [usize; 4] = [172, 264, 216, 172];
const LETTERS: [usize; 4] = [21, 33, 27, 21];

/// How high a box is, from one to the next, and below the titles.
pub const HEIGHT: usize = 38;
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
    /// What stands in it.
    pub nodes: Vec<Node>,
    /// What leads from one to another: all lines of a mark are one path.
    pub lines: Vec<Line>,
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
    /// What becomes of it.
    pub mark: Mark,
}

/// The lines between boxes that have one mark.
pub struct Line {
    /// Their path, as SVG has it.
    pub path: String,
    /// What becomes of them.
    pub mark: Mark,
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

/// A box as it is named: its column, label and detail.
type Key = (usize, String, String);

/// What leads where, in the order in which it is found, and whether all of it waits for `--review`.
#[derive(Default)]
struct Graph {
    nodes: Vec<(Key, bool)>,
    lines: Vec<((Key, Key), bool)>,
}

impl Graph {
    fn add(&mut self, way: [Key; 4], waits: bool) {
        for pair in way.windows(2) {
            note(&mut self.lines, (pair[0].clone(), pair[1].clone()), waits);
        }
        for key in way {
            note(&mut self.nodes, key, waits);
        }
    }

    fn has(&self, key: &Key) -> bool {
        self.nodes.iter().any(|(other, _)| other == key)
    }

    fn leads(&self, line: &(Key, Key)) -> bool {
        self.lines.iter().any(|(other, _)| other == line)
    }

    /// The boxes of a column from top to bottom: those of credentials and accounts where they cross as
    /// few lines as may be, at the mean of the identities that they belong to.
    fn column(&self, column: usize) -> Vec<&Key> {
        let of_column = |column| {
            let keys = self.nodes.iter().map(|(key, _)| key);
            keys.filter(move |key| key.0 == column)
        };
        let mut keys: Vec<&Key> = of_column(column).collect();
        if matches!(column, 1 | 3) {
            let identities: Vec<&Key> = of_column(2).collect();
            keys.sort_by_cached_key(|key| {
                let lines = self.lines.iter().map(|((from, to), _)| (from, to));
                let others = lines.filter_map(|(from, to)| match (from == *key, to == *key) {
                    (true, _) => Some(to),
                    (_, true) => Some(from),
                    _ => None,
                });
                let places = others.filter_map(|it| identities.iter().position(|key| *key == it));
                let places: Vec<usize> = places.collect();
                // In thousandths: a mean is seldom whole.
                places.iter().sum::<usize>() * 1000 / places.len().max(1)
            });
        }
        keys
    }

    fn height(&self) -> usize {
        let columns = (0..COLUMNS.len()).map(|column| self.column(column).len());
        TOP + columns.max().unwrap_or(0) * STEP
    }
}

/// Notes that something is there; it waits where all that is noted of it does.
fn note<T: PartialEq>(all: &mut Vec<(T, bool)>, new: T, waits: bool) {
    match all.iter_mut().find(|(other, _)| *other == new) {
        Some((_, all_wait)) => *all_wait &= waits,
        None => all.push((new, waits)),
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
    let (mut before, mut after) = (Graph::default(), Graph::default());
    for (number, row) in concerned.iter().take(ROWS).enumerate() {
        let [module, identity, ..] = account_table::cells(row);
        let used = (2, identity.join(" "), module.join(" "));
        let laptop = (0, "laptop".to_owned(), String::new());
        let runners = row.runners.iter().map(|cell| {
            let names = on_one_line(&account_table::names(cell));
            let runner = (0, names, String::new());
            (runner, &cell.cell)
        });
        for (runner, cell) in std::iter::once((laptop, &row.laptop)).chain(runners) {
            let way = |cell: &AccountCell| {
                let by = on_one_line(&cell.by).replace('`', "");
                let by = (1, by, String::new());
                [runner.clone(), by, used.clone(), account(cell, number)]
            };
            // Of a row that waits, some runners may have other credentials at once.
            let waits = row.waits && cell.by.contains("--review");
            before.add(way(&row.before), waits);
            after.add(way(cell), waits);
        }
    }
    let left_out = concerned.len().saturating_sub(ROWS);
    let height = before.height().max(after.height());
    let pictures = vec![
        picture("Before", &before, &after, Mark::Removed, height),
        picture("After", &after, &before, Mark::Added, height),
    ];
    (pictures, left_out)
}

/// The box of an account. Two that are not known are not the same.
fn account(cell: &AccountCell, row: usize) -> Key {
    match (&cell.account, &cell.label) {
        (Some(id), Some(label)) => (3, label.clone(), id.clone()),
        (Some(id), None) => (3, id.clone(), String::new()),
        (None, _) => {
            let unknown = "account unknown".to_owned();
            (3, unknown, format!("of row {}", row + 1))
        }
    }
}

fn picture(
    title: &'static str,
    graph: &Graph,
    other: &Graph,
    alone: Mark,
    height: usize,
) -> Picture {
    let mut places: HashMap<&Key, (usize, usize)> = HashMap::new();
    for column in 0..COLUMNS.len() {
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
    let nodes = graph.nodes.iter().map(|(key, waits)| {
        // What an identity or an account is does not wait: what leads there does.
        let waits = *waits && key.0 == 1;
        Node::new(key, places[key], mark(other.has(key), waits))
    });
    let mut lines: Vec<Line> = Vec::new();
    for (line, waits) in &graph.lines {
        let ((from_x, from_y), (x, to_y)) = (places[&line.0], places[&line.1]);
        let (from_y, to_y) = (from_y + HEIGHT / 2, to_y + HEIGHT / 2);
        let from_x = from_x + WIDTHS[line.0.0];
        let middle = usize::midpoint(from_x, x);
        let path = format!("M{from_x} {from_y}C{middle} {from_y} {middle} {to_y} {x} {to_y}");
        let mark = mark(other.leads(line), *waits);
        match lines.iter_mut().find(|drawn| drawn.mark == mark) {
            Some(drawn) => drawn.path += &path,
            None => lines.push(Line { path, mark }),
        }
    }
    let columns = COLUMNS.iter().enumerate();
    Picture {
        title,
        width: left(COLUMNS.len()) - GAP + 1,
        height,
        columns: columns
            .map(|(number, title)| (*title, left(number)))
            .collect(),
        nodes: nodes.collect(),
        lines,
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
            mark,
        }
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
