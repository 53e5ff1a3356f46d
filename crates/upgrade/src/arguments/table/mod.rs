//! What each major of the AWS provider does to arguments: one file of rows for each, `aws_5.hcl` and
//! on. A new major is one file and one line of [`FILES`].
//!
//! A row is a block in the block of its type, and names its argument by a path:
//!
//! ```hcl
//! resource "aws_db_instance" {
//!   rename "name" { to = "db_name" }
//! }
//! ```
//!
//! | block | what the major does, and what becomes of the code |
//! |---|---|
//! | `rename PATH { to }` | renamed the argument, block or attribute |
//! | `wrap PATH { to, place }` | takes a list under another name: the value joins it `first` or `last` |
//! | `delete PATH { when }` | removed it; its removal is Safe where the value is one of `when` |
//! | `refer PATH { to }` | has the attribute that is read under another name |
//! | `index PATH {}` | has a list where there was a single object: references get `[0]` |
//! | `set PATH {}` | has a set where there was a list: references by an index go through `tolist()` |
//! | `bool PATH {}` | takes no 0 and 1 for a boolean: they become `false` and `true` |
//! | `pin PATH { value }` | has another default: the old one is set where none is set |
//! | `convert NAME { paths }` | takes another shape: the conversion of that name writes it |
//! | `manual PATH {}` | needs a manual change wherever it is set or read |
//! | `missing PATH {}` | requires it: needs a manual change where it is not set |
//! | `removed_type {}` | removed the type |
//!
//! Every row may have `why` (what the user has to know), `help` (what to do: it starts with a verb), `names` (what
//! to append to its path, each a row), `since` (the first release that accepts its result, where the one before the major
//! may not), `until` (the major that accepts the old code again), `review = true` (right for most, the user decides), `fails = false` (the major accepts
//! the old code: nothing fails while it stands), `needed = false` (it means the same, too: the
//! provider may be upgraded without it), and `computed = true` (it can still be read: references
//! stay). `with` and `without` say where it applies: one of the first, none of the second stand in
//! the same block, each a form of [`condition::Test`].

pub mod condition;
mod parse;
pub mod row;

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use self::row::Row;
use super::code::block_type::{BlockType, header};
use syntax::hcl::Document;

/// The majors that are known, oldest first, each with its rows.
const FILES: &[(u64, &str)] = &[
    (4, include_str!("aws_4.hcl")),
    (5, include_str!("aws_5.hcl")),
    (6, include_str!("aws_6.hcl")),
];

/// The tables of [`FILES`].
pub static MAJORS: LazyLock<Vec<(u64, Table<'static>)>> = LazyLock::new(|| {
    // A test reads every table, so that none is empty because of an error.
    let tables = FILES.iter();
    tables
        .map(|(major, text)| (*major, Table::parse(text).unwrap_or_default()))
        .collect()
});

/// The first major of which everything that it changes is known. Of the one before, what it refuses is.
const FIRST_WHOLE: u64 = 5;

/// Whether it is known what a major changes.
pub fn has_table(major: u64) -> bool {
    major >= FIRST_WHOLE && FILES.iter().any(|(known, _)| *known == major)
}

/// The rows of one major.
#[derive(Debug, Default)]
pub struct Table<'t> {
    types: HashMap<(BlockType, String), Type<'t>>,
}

/// The rows of a type. A repository uses few of the types: the rows of each are parsed when they
/// are first asked for.
#[derive(Debug)]
pub struct Type<'t> {
    text: &'t str,
    rows: OnceLock<Vec<Row>>,
}

/// Whether a row leads through the block at `path` in the blocks of a type. JSON writes blocks and
/// arguments alike, so that only a schema can tell which one a name is.
pub fn is_block(keyword: &str, type_name: &str, path: &str) -> bool {
    let kinds = [BlockType::Resource, BlockType::Data];
    let Some(kind) = kinds.into_iter().find(|kind| kind.keyword() == keyword) else {
        return false;
    };
    let leads = |row: &Row| {
        let mut paths = row.paths.iter();
        paths.any(|it| it.strip_prefix(path).is_some_and(|it| it.starts_with('.')))
    };
    let mut majors = MAJORS.iter();
    majors.any(|(_, table)| table.rows(kind, type_name).iter().any(leads))
}

impl<'t> Table<'t> {
    /// Finds the types of a file.
    ///
    /// # Errors
    /// A brace is not closed, or a block is of no known kind.
    fn parse(text: &'t str) -> Result<Self, String> {
        let document = Document::new("table".into(), text.to_owned());
        let document = document.map_err(|(error, _)| error.kind.to_string())?;
        let types = document.tops().map(|top| {
            let text = &text[top.span()];
            let (kind, [type_name, _]) = header(text).ok_or_else(|| format!("no kind: {text}"))?;
            let rows = OnceLock::new();
            Ok(((kind, type_name.to_owned()), Type { text, rows }))
        });
        let types = types.collect::<Result<_, String>>()?;
        Ok(Self { types })
    }

    /// Every row, with its type.
    pub fn all(&self) -> impl Iterator<Item = (BlockType, &str, &Row)> {
        self.types.iter().flat_map(|((kind, type_name), it)| {
            let rows = it.rows().iter();
            rows.map(move |row| (*kind, type_name.as_str(), row))
        })
    }

    /// Every type, with its rows.
    pub fn types(&self) -> impl Iterator<Item = (BlockType, &str, &Type<'t>)> {
        let types = self.types.iter();
        types.map(|((kind, type_name), it)| (*kind, type_name.as_str(), it))
    }

    /// The rows of a type.
    pub fn rows(&self, kind: BlockType, type_name: &str) -> &[Row] {
        let known = self.types.get(&(kind, type_name.to_owned()));
        known.map(Type::rows).unwrap_or_default()
    }
}

impl Type<'_> {
    /// The rows, in the order of the table.
    pub fn rows(&self) -> &[Row] {
        self.rows.get_or_init(|| self.parse().unwrap_or_default())
    }

    /// Parses the rows.
    ///
    /// # Errors
    /// The first malformed row, with its line in the block of the type.
    fn parse(&self) -> Result<Vec<Row>, String> {
        let document = Document::new("table".into(), self.text.to_owned());
        let document = document.map_err(|(error, _)| error.kind.to_string())?;
        let mut rows = Vec::new();
        for top in document.tops() {
            for row in top.parse()?.body().blocks() {
                rows.extend(parse::rows(&row)?);
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A row as a table has it, for the tests of others.
    pub fn row(text: &str) -> &'static Row {
        let text = format!("resource \"aws_x\" {{\n  {text}\n}}\n");
        let table = Table::parse(&text).unwrap();
        let known = &table.types[&(BlockType::Resource, "aws_x".to_owned())];
        Box::leak(Box::new(known.parse().unwrap().remove(0)))
    }

    #[test]
    fn every_embedded_table_is_as_it_should_be() {
        for (major, text) in FILES {
            let table = Table::parse(text).unwrap();
            assert!(!table.types.is_empty(), "{major}");
            for ((_, type_name), it) in &table.types {
                assert!(!it.parse().expect(type_name).is_empty(), "{type_name}");
            }
        }
    }

    #[test]
    fn a_malformed_row_is_reported_with_its_line() {
        for (row, message) in [
            ("rename \"a\" {}", "line 2: `rename` lacks `to`"),
            ("rename \"a\" { too = \"b\" }", "line 2: `rename` has `too`"),
            ("rename { to = \"b\" }", "line 2: `rename` has no path"),
            (
                "manual \"a\" {}",
                "line 2: `manual` does not say what to do",
            ),
            (
                "convert \"a\" { paths = [\"b\"] }",
                "line 2: `convert` names no conversion",
            ),
            ("convert \"eip_domain\" {}", "line 2: `convert` has no path"),
            ("drop \"a\" {}", "line 2: `drop` is no rule"),
        ] {
            let text = format!("resource \"aws_x\" {{\n  {row}\n}}\n");
            let table = Table::parse(&text).unwrap();
            let known = &table.types[&(BlockType::Resource, "aws_x".to_owned())];
            assert_eq!(known.parse().unwrap_err(), message);
        }
        assert!(Table::parse("module \"x\" {}").is_err());
    }
}
