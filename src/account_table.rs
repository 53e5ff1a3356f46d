//! The account table as people read it.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use engine::account_table::{AccountCell, AccountRow, RunnerCell, RunnerName};
use syntax::{code, visible};

use crate::redact::on_one_line;
use crate::terminal;

const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const WAITING: Style = AnsiColor::Yellow.on_default();

/// The titles of the columns.
pub const COLUMNS: [&str; 5] = ["module", "identity", "before", "after: laptop", "after: CI"];

/// What stands before each line.
const INDENT: &str = "  ";

/// What stands between two columns.
const GAP: &str = "  ";

/// Modules, or runners, that one cell names.
const NAMED: usize = 3;

/// Characters to which cells are filled up; an expression in a longer one would push all others away.
const WIDEST: usize = 120;

/// Rows shown without `--verbose`: as many as fit on a screen beside the rest of a summary.
const ROWS: usize = 20;

/// The table, coloured; empty where no row changes or needs review. Rows that do neither are shown
/// with `verbose`.
pub fn table(rows: &[AccountRow], verbose: bool) -> String {
    if !rows.iter().any(concerns) {
        return String::new();
    }
    let limit = if verbose { rows.len() } else { ROWS };
    let shown = rows.iter().filter(|row| verbose || concerns(row));
    let shown: Vec<&AccountRow> = shown.take(limit).collect();
    let (waiting, mut texts): (Vec<bool>, Vec<_>) = merged(&shown).into_iter().unzip();
    // The rows of one module have its name once.
    for at in (1..texts.len()).rev() {
        if texts[at][0] == texts[at - 1][0] {
            texts[at][0].clear();
        }
    }
    let widths = fitted(widths(&texts), &texts, terminal::width());
    let mut out = format!("\n{HEADING}Accounts{HEADING:#}\n");
    if let Some(widths) = &widths {
        let head = line(&COLUMNS, widths);
        let _ = writeln!(out, "{INDENT}{FAINT}{head}{FAINT:#}");
    }
    for (waits, text) in waiting.into_iter().zip(&texts) {
        let lines = match &widths {
            Some(widths) => columns(text, widths),
            None => record(text),
        };
        for text in lines {
            let _ = match waits {
                true => writeln!(out, "{INDENT}{WAITING}{text}{WAITING:#}"),
                false => writeln!(out, "{INDENT}{text}"),
            };
        }
    }
    if rows.len() > shown.len() {
        let _ = writeln!(out, "  and {} more (--verbose)", rows.len() - shown.len());
    }
    out
}

/// Whether each row waits, and its cells, without what sets code apart. Rows of one module that differ in their
/// identities alone, with their variants, are one row with a line for each.
fn merged(rows: &[&AccountRow]) -> Vec<(bool, [Vec<String>; 5])> {
    let mut all: Vec<(bool, [Vec<String>; 5])> = Vec::new();
    for row in rows {
        let mut own = cells(row);
        for line in own[2..].iter_mut().flatten() {
            *line = code::unquoted(line);
        }
        let is_same = |(waits, other): &(bool, [Vec<String>; 5])| {
            *waits == row.waits
                && [0, 2, 3, 4]
                    .iter()
                    .all(|column| other[*column] == own[*column])
        };
        match all.iter_mut().find(|other| is_same(other)) {
            Some((_, [_, identities, ..])) => {
                let [_, own, ..] = own;
                identities.extend(own);
            }
            None => all.push((row.waits, own)),
        }
    }
    all
}

/// How wide each column is.
fn widths(rows: &[[Vec<String>; 5]]) -> [usize; 5] {
    std::array::from_fn(|column| {
        let lines = rows.iter().flat_map(|row| &row[column]);
        let lengths = lines.map(|line| terminal::columns(line));
        let widest = lengths.chain([COLUMNS[column].len()]).max().unwrap_or(0);
        widest.min(WIDEST)
    })
}

/// The widths with which the table fits into `terminal`, cells wrapped; `None` where that would leave
/// cells of single words.
fn fitted(
    widths: [usize; 5],
    rows: &[[Vec<String>; 5]],
    terminal: Option<usize>,
) -> Option<[usize; 5]> {
    let Some(terminal) = terminal else {
        return Some(widths);
    };
    // A word is not broken, and keeps its column as wide as it is.
    let words: [usize; 5] = std::array::from_fn(|column| {
        let lines = rows.iter().flat_map(|row| &row[column]);
        let words = lines.flat_map(|line| terminal::wrapped(line, Some(1)));
        let words = words.map(|word| terminal::columns(&word) + CONTINUED.len());
        words.max().unwrap_or(0).max(COLUMNS[column].len())
    });
    let total = |limit: usize| {
        let limited = |column: usize| widths[column].min(words[column].max(limit));
        let widths: [usize; 5] = std::array::from_fn(limited);
        let gaps = INDENT.len() + (widths.len() - 1) * GAP.len();
        (widths, widths.iter().sum::<usize>() + gaps)
    };
    let limits = (NARROWEST..=WIDEST).rev();
    limits
        .map(total)
        .find_map(|(widths, total)| (total <= terminal).then_some(widths))
}

/// What a line begins with that continues a cell.
const CONTINUED: &str = "  ";

/// Characters that a cell is not made narrower than: two words of the longest labels.
const NARROWEST: usize = 24;

/// The lines of a row of the table.
fn columns(cells: &[Vec<String>; 5], widths: &[usize; 5]) -> Vec<String> {
    let cells: [Vec<String>; 5] = std::array::from_fn(|column| {
        let lines = cells[column].iter();
        lines
            .flat_map(|line| wrapped(line, widths[column]))
            .collect()
    });
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let lines = (0..height).map(|at| {
        let cells = cells
            .each_ref()
            .map(|cell| cell.get(at).map_or("", String::as_str));
        line(&cells, widths)
    });
    lines.collect()
}

/// A line of a cell, wrapped to its column, later lines two columns deeper; an expression that is too
/// long for any column is left.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    if terminal::columns(line) <= width || width == WIDEST {
        return vec![line.to_owned()];
    }
    let lines = terminal::wrapped(line, Some(width.saturating_sub(CONTINUED.len())));
    let mut lines = lines.into_iter();
    let first = lines.next().into_iter();
    first
        .chain(lines.map(|line| format!("{CONTINUED}{line}")))
        .collect()
}

/// The lines of a row where the table is wider than the terminal: the module, the identity, and each of
/// the other cells with its title, below each other.
fn record(cells: &[Vec<String>; 5]) -> Vec<String> {
    let [module, identity, others @ ..] = cells;
    let width = COLUMNS[2..].iter().map(|title| title.len()).max();
    let width = width.unwrap_or(0);
    let mut lines = module.clone();
    lines.extend(identity.iter().map(|line| format!("  {line}")));
    for (title, cell) in COLUMNS[2..].iter().zip(others) {
        let titles = std::iter::once(*title).chain(std::iter::repeat(""));
        let cell = titles.zip(cell);
        lines.extend(cell.map(|(title, line)| format!("    {title:<width$}  {line}")));
    }
    lines
}

/// Whether a plan changes something of an identity, or would with `--review`.
pub fn concerns(row: &AccountRow) -> bool {
    row.changes || row.waits
}

/// The cells of a row, a line each.
pub fn cells(row: &AccountRow) -> [Vec<String>; 5] {
    let modules = row.modules.iter().map(|module| directory(module));
    let identities = match &row.variant {
        Some(variant) => format!("{} ({variant})", row.identities.join(", ")),
        None => row.identities.join(", "),
    };
    let before = format!("{}, {}", row.before.account_text(), row.before.by);
    let runners = row.runners.iter();
    let runners =
        runners.map(|cell| format!("{}: {}", names(cell), after(&cell.cell, &row.before)));
    let cells = [
        vec![few(modules)],
        vec![identities],
        vec![before],
        vec![after(&row.laptop, &row.before)],
        runners.collect(),
    ];
    cells.map(|lines| lines.iter().map(|line| on_one_line(line)).collect())
}

/// By what an identity acts after the plan, with the account where that is another one.
fn after(cell: &AccountCell, before: &AccountCell) -> String {
    match &cell.account {
        Some(id) if before.account.as_ref() != Some(id) => {
            format!("{} in {}", cell.by, cell.account_text())
        }
        None if before.account.is_some() && !names_accounts(&cell.by) => {
            format!("{}, account unknown", cell.by)
        }
        _ => cell.by.clone(),
    }
}

/// Whether a text is ARNs of roles, each with its account.
fn names_accounts(by: &str) -> bool {
    by.split(" or ").all(|arn| {
        let account = arn.strip_prefix("arn:").and_then(|it| it.split(':').nth(3));
        account.is_some_and(|id| id.len() == 12 && id.bytes().all(|it| it.is_ascii_digit()))
    })
}

fn directory(module: &Path) -> String {
    match module.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => visible::path(module),
    }
}

/// The names of some runners.
pub fn names(cell: &RunnerCell) -> String {
    few(cell.runners.iter().map(name))
}

fn name(runner: &RunnerName) -> String {
    match &runner.job {
        Some(job) => format!("job {job}"),
        None => format!("{} ({})", runner.system, visible::path(&runner.path)),
    }
}

/// The first of several names, and how many more there are.
fn few(names: impl ExactSizeIterator<Item = String>) -> String {
    let hidden = names.len().saturating_sub(NAMED);
    let shown: Vec<String> = names.take(NAMED).collect();
    match hidden {
        0 => shown.join(", "),
        _ => format!("{} and {hidden} more", shown.join(", ")),
    }
}

/// A line of the table, without spaces at its end.
fn line(cells: &[&str; 5], widths: &[usize; 5]) -> String {
    let cells = cells.iter().zip(widths);
    let cells: Vec<String> = cells
        .map(|(cell, width)| {
            let missing = width.saturating_sub(terminal::columns(cell));
            format!("{cell}{}", " ".repeat(missing))
        })
        .collect();
    cells.join(GAP).trim_end().to_owned()
}
