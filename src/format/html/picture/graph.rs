//! What a picture of accounts shows: runners, their credentials, what uses them, and the accounts that these lead
//! to.

use engine::account_table::{AccountCell, AccountRow};
use syntax::code;

use crate::account_table;
use crate::redact::on_one_line;

/// Runners, credentials, providers and backends, accounts.
pub const COLUMNS: usize = 4;

/// A box as it is named: its column, label and detail.
pub type Key = (usize, String, String);

/// What leads where, in the order in which it is found, and whether all of it waits for `--review`.
#[derive(Default)]
pub struct Graph {
    /// The boxes.
    pub nodes: Vec<(Key, bool)>,
    /// The lines between two.
    pub lines: Vec<((Key, Key), bool)>,
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

    /// Whether it has a box.
    pub fn has(&self, key: &Key) -> bool {
        self.nodes.iter().any(|(other, _)| other == key)
    }

    /// Whether it has a line.
    pub fn leads(&self, line: &(Key, Key)) -> bool {
        self.lines.iter().any(|(other, _)| other == line)
    }

    /// The boxes of a column from top to bottom: those of credentials and accounts where they cross as
    /// few lines as may be, at the mean of the identities that they belong to.
    pub fn column(&self, column: usize) -> Vec<&Key> {
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

    /// The boxes in its longest column.
    pub fn longest(&self) -> usize {
        let columns = (0..COLUMNS).map(|column| self.column(column).len());
        columns.max().unwrap_or(0)
    }
}

/// Notes that something is there; it waits where all that is noted of it does.
fn note<T: PartialEq>(all: &mut Vec<(T, bool)>, new: T, waits: bool) {
    match all.iter_mut().find(|(other, _)| *other == new) {
        Some((_, all_wait)) => *all_wait &= waits,
        None => all.push((new, waits)),
    }
}

/// What leads where before and after, of some rows of the account table.
pub fn graphs<'r>(rows: impl Iterator<Item = &'r AccountRow>) -> (Graph, Graph) {
    let (mut before, mut after) = (Graph::default(), Graph::default());
    for (number, row) in rows.enumerate() {
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
                let by = code::unquoted(&on_one_line(&cell.by));
                let by = (1, by, String::new());
                [runner.clone(), by, used.clone(), account(cell, number)]
            };
            // Of a row that waits, some runners may have other credentials at once.
            let waits = row.waits && cell.by.contains("--review");
            before.add(way(&row.before), waits);
            after.add(way(cell), waits);
        }
    }
    (before, after)
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
