//! What programs do with the credentials of git: `programs.tsv`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::scope::{Level, Scope, Scopes};

/// What a program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProgramUse {
    /// It pushes nothing, and runs no files that could.
    Nothing,
    /// The same, and the token in its environment it uses to read what it downloads from GitHub.
    Downloads,
    /// It pushes to the repository.
    Pushes,
    /// It makes a release, by a push and by calls of the API that its own settings choose.
    Releases,
}

/// A row: the subcommands, none of which is any, and the use.
type Row = (Vec<&'static str>, ProgramUse);

static TABLE: LazyLock<BTreeMap<&'static str, Vec<Row>>> = LazyLock::new(|| {
    let mut table: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for (name, row) in rows().filter_map(parse) {
        table.entry(name).or_default().push(row);
    }
    table
});

fn rows() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("programs.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).skip(1)
}

fn parse(row: &'static str) -> Option<(&'static str, Row)> {
    let mut cells = row.split('\t');
    let (name, verbs, used) = (cells.next()?, cells.next()?, cells.next()?);
    let used = match used {
        "-" => ProgramUse::Nothing,
        "contents:read" => ProgramUse::Downloads,
        "contents:write" => ProgramUse::Pushes,
        "?" => ProgramUse::Releases,
        _ => return None,
    };
    let verbs = verbs.split(' ').filter(|verb| *verb != "*").collect();
    cells.next().is_none().then_some((name, (verbs, used)))
}

/// What a program does with these arguments; `None` where that is not known.
pub(super) fn uses(program: &str, arguments: &[String]) -> Option<ProgramUse> {
    let file = program.strip_suffix(".exe").unwrap_or(program);
    let name = file.rsplit('/').next().unwrap_or(file);
    // `npx NAME@VERSION`, `python3.12`
    let name = name
        .split('@')
        .next()
        .filter(|it| !it.is_empty())
        .unwrap_or(name);
    let name = match name.strip_prefix("python3.") {
        Some(_) => "python3",
        None => name,
    };
    let rows = TABLE.get(name)?;
    let asks = |word: &String| matches!(word.as_str(), "--version" | "--help" | "-version" | "-h");
    // `yarn` alone installs (its page "yarn install", of both lines of releases).
    let installs = name == "yarn" && arguments.iter().all(|word| word.starts_with('-'));
    if installs || arguments.first().is_some_and(asks) {
        return Some(ProgramUse::Nothing);
    }
    let has = |verb: &str| match verb.ends_with(':') {
        // A prefix of a goal: `release:prepare`.
        true => arguments.iter().any(|word| word.starts_with(verb)),
        false => arguments.iter().any(|word| word == verb),
    };
    // Options may stand before a subcommand, some with values. What `run` is given is a name of the
    // tree's own.
    let runs_own = ["run", "run-script", "exec", "x"]
        .iter()
        .any(|verb| has(verb));
    let is_among = |(verbs, used): &&Row| {
        let is_harmless = matches!(used, ProgramUse::Nothing | ProgramUse::Downloads);
        let is_free = !is_harmless || !runs_own;
        verbs.is_empty()
            || verbs
                .iter()
                .any(|verb| has(verb) && (is_free || verbs.contains(&"run")))
    };
    rows.iter().find(is_among).map(|(_, used)| *used)
}

/// The permission of a download.
pub(super) fn download() -> Scopes {
    Scopes::from([(Scope::Contents, Level::Read)])
}

/// The permissions of a push.
pub(super) fn push() -> Scopes {
    Scopes::from([(Scope::Contents, Level::Write)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_stands_in_its_place() {
        let names: Vec<_> = rows().filter_map(|row| row.split('\t').next()).collect();
        for row in rows() {
            assert!(parse(row).is_some(), "{row}");
        }
        assert!(names.is_sorted());
        let mut all: Vec<_> = rows().collect();
        all.dedup();
        assert_eq!(all.len(), names.len(), "a row stands twice");
        for rows in TABLE.values() {
            let any = rows.iter().position(|(verbs, _)| verbs.is_empty());
            assert!(any.is_none_or(|at| at + 1 == rows.len()), "{rows:?}");
        }
        assert_eq!(parse("a\t*\tissues:read"), None);
    }
}
