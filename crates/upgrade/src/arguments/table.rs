//! What is known of each major of the AWS provider: one file of rows for each, `aws_5.hcl` and on.
//!
//! A row is a block in the block of its type, and names what it is about by its path:
//!
//! ```hcl
//! resource "aws_db_instance" {
//!   rename "name" { to = "db_name" }
//! }
//! ```
//!
//! | block | what the major does, and what becomes of the code |
//! |---|---|
//! | `rename PATH { to }` | knows the argument, block or attribute under another name only |
//! | `wrap PATH { to, place }` | takes a list under another name: the value joins it `first` or `last` |
//! | `delete PATH { when }` | does not know it; its removal is Safe where the value is one of `when` |
//! | `refer PATH { to }` | has the attribute that is read under another name |
//! | `index PATH {}` | has a list of one where there was one: references get `[0]` |
//! | `bool PATH {}` | takes no 0 and 1 for a boolean: they become `false` and `true` |
//! | `pin PATH { value }` | has another default: the old one is written down where none is set |
//! | `convert NAME { paths }` | takes another shape: a conversion of that name makes it |
//! | `person PATH {}` | leaves it to a person, wherever it is set or read |
//! | `missing PATH {}` | requires it: left to a person where it is not set |
//! | `gone {}` | does not know the type |
//!
//! Every row may have `why` (what a person should know or do), `names` (what to put behind its path,
//! each a row), `since` (a release that knows its result, where the
//! one before the major may not), `review = true`
//! (right for most, a person agrees), `fails = false` (the major accepts it: nothing fails while
//! it stands), `needed = false` (it means the same, too: the provider may move without it),
//! and `computed = true` (it can still be read: references stay). `with` and `without` say where it
//! speaks: one of the first, none of the second stand in the same block, each a path or
//! `path = value`.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::condition::{Condition, Test};
use super::convert::{self, Converter};
use syntax::hcl::{Block, Document};

/// The majors that are known, oldest first.
pub static MAJORS: [(u64, LazyLock<Table<'static>>); 2] = [
    (5, LazyLock::new(|| Table::of(include_str!("aws_5.hcl")))),
    (6, LazyLock::new(|| Table::of(include_str!("aws_6.hcl")))),
];

/// What rows are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockType {
    /// `resource "TYPE" "NAME"`.
    Resource,
    /// `data "TYPE" "NAME"`.
    Data,
    /// `provider "aws"`.
    Provider,
}

impl BlockType {
    /// The block type.
    pub fn word(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Data => "data",
            Self::Provider => "provider",
        }
    }

    /// How code refers to one.
    pub fn address(self, of: &str, name: &str) -> String {
        match self {
            Self::Resource => format!("{of}.{name}"),
            Self::Data => format!("data.{of}.{name}"),
            Self::Provider => format!("provider.{of}"),
        }
    }
}

/// The kind and the labels of a block, the second one empty where there is one only, read without
/// parsing its content.
pub fn header(text: &str) -> Option<(BlockType, [&str; 2])> {
    let (head, _) = text.split_once('{')?;
    let mut words = head.split([' ', '\t', '"']).filter(|word| !word.is_empty());
    let word = words.next()?;
    let mut kinds = [BlockType::Resource, BlockType::Data, BlockType::Provider].into_iter();
    let kind = kinds.find(|kind| kind.word() == word)?;
    Some((kind, [words.next()?, words.next().unwrap_or_default()]))
}

/// The rows of one major.
#[derive(Debug, Default)]
pub struct Table<'t> {
    types: HashMap<(BlockType, String), Type<'t>>,
}

/// What is known of a type. A repository has few of them: its rows are read when they are asked for.
#[derive(Debug)]
struct Type<'t> {
    text: &'t str,
    rows: OnceLock<Vec<Row>>,
}

/// What the major does to one thing.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "properties of a row that have nothing to do with each other"
)]
pub struct Row {
    /// The paths that it is about; empty for the type itself.
    pub paths: Vec<String>,
    /// What becomes of the code.
    pub rule: Rule,
    /// What a person should know or do.
    pub why: Option<String>,
    /// A release that knows the result, where the one before the major may not.
    pub since: Option<String>,
    /// Whether a person has to agree.
    pub review: bool,
    /// Whether the configuration fails while it stands.
    pub fails: bool,
    /// Whether the provider must not move without it.
    pub needed: bool,
    /// Whether what it is about can still be read.
    pub computed: bool,
    /// Where it speaks.
    pub condition: Condition,
}

/// What becomes of the code.
#[derive(Debug, Clone)]
pub enum Rule {
    /// It gets this name.
    Rename(String),
    /// Its value joins the list of this name.
    Wrap {
        /// The list.
        to: String,
        /// Whether it goes before what the list has.
        is_first: bool,
    },
    /// It goes, without asking where its value is one of these, or always where there are none.
    Delete(Vec<String>),
    /// References to it go here.
    Refer(String),
    /// References through it get an index.
    Index,
    /// 0 and 1 become `false` and `true`.
    Bool,
    /// It is set to this where it is not set.
    Pin(String),
    /// The conversion of that name.
    Convert(Converter),
    /// A person looks at it.
    Person,
    /// A person sets it.
    Missing,
    /// The type is not known any more.
    Gone,
}

impl Row {
    /// Whether both do the same to the same.
    pub fn is_same(&self, other: &Self) -> bool {
        let kind = std::mem::discriminant::<Rule>;
        self.paths == other.paths && kind(&self.rule) == kind(&other.rule)
    }
}

impl Rule {
    /// Whether it moves code to another place.
    pub fn moves(&self) -> bool {
        matches!(self, Self::Convert(_) | Self::Wrap { .. })
    }
}

impl<'t> Table<'t> {
    /// The table of an embedded file, which a test has read.
    fn of(text: &'t str) -> Self {
        Self::outline(text).unwrap_or_default()
    }

    /// Finds the types.
    ///
    /// # Errors
    /// The file does not close what it opens, or a block in it is of no kind.
    fn outline(text: &'t str) -> Result<Self, String> {
        let document = Document::new("table".into(), text.to_owned());
        let document = document.map_err(|(error, _)| error.kind.to_string())?;
        let types = document.tops().map(|top| {
            let text = &text[top.span()];
            let (kind, [of, _]) = header(text).ok_or_else(|| format!("no kind: {text}"))?;
            let rows = OnceLock::new();
            Ok(((kind, of.to_owned()), Type { text, rows }))
        });
        let types = types.collect::<Result<_, String>>()?;
        Ok(Self { types })
    }

    /// Every row, with what it is about.
    pub fn all(&self) -> impl Iterator<Item = (BlockType, &str, &Row)> {
        let types = self.types.iter();
        types
            .flat_map(|((kind, of), it)| it.rows().iter().map(move |row| (*kind, of.as_str(), row)))
    }

    /// The rows of a type.
    pub fn rows(&self, kind: BlockType, of: &str) -> &[Row] {
        let known = self.types.get(&(kind, of.to_owned()));
        known.map(Type::rows).unwrap_or_default()
    }
}

impl Type<'_> {
    fn rows(&self) -> &[Row] {
        self.rows.get_or_init(|| self.read().unwrap_or_default())
    }

    /// Reads the rows.
    ///
    /// # Errors
    /// The first that is not as it should be, with its line in the type's block.
    fn read(&self) -> Result<Vec<Row>, String> {
        let document = Document::new("table".into(), self.text.to_owned());
        let document = document.map_err(|(error, _)| error.kind.to_string())?;
        let mut rows = Vec::new();
        for top in document.tops() {
            for row in top.parse()?.body().blocks() {
                rows.extend(read(&row)?);
            }
        }
        Ok(rows)
    }
}

fn bad(block: &Block<'_>, what: &str) -> String {
    format!("line {}: `{}` {what}", block.location().line, block.kind())
}

fn read(block: &Block<'_>) -> Result<Vec<Row>, String> {
    let attributes: Vec<_> = block.body().attributes().collect();
    let known = [
        "to", "place", "when", "value", "paths", "why", "names", "since", "review", "fails",
        "needed", "computed", "with", "without",
    ];
    if let Some(odd) = attributes.iter().find(|it| !known.contains(&it.name)) {
        return Err(bad(block, &format!("has `{}`", odd.name)));
    }
    let text = |name: &str| {
        let found = attributes.iter().find(|it| it.name == name);
        found.and_then(|found| found.value.literal().map(str::to_owned))
    };
    let needed = |name: &str| text(name).ok_or_else(|| bad(block, &format!("lacks `{name}`")));
    let flag = |name: &str, usual: bool| {
        let found = attributes.iter().find(|it| it.name == name);
        found.map_or(usual, |found| found.value.text() == "true")
    };
    let list = |name: &str| -> Vec<String> {
        let found = attributes.iter().find(|it| it.name == name);
        let items = found.and_then(|found| found.value.expression().as_array());
        let texts = items.into_iter().flat_map(|items| items.iter());
        texts
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    let label = block.label(0).unwrap_or_default().to_owned();
    let rule = match block.kind() {
        "rename" => Rule::Rename(needed("to")?),
        "wrap" => Rule::Wrap {
            to: needed("to")?,
            is_first: needed("place")? == "first",
        },
        "delete" => Rule::Delete(list("when")),
        "refer" => Rule::Refer(needed("to")?),
        "index" => Rule::Index,
        "bool" => Rule::Bool,
        "pin" => Rule::Pin(needed("value")?),
        "convert" => {
            Rule::Convert(convert::named(&label).ok_or_else(|| bad(block, "names no conversion"))?)
        }
        "person" => Rule::Person,
        "missing" => Rule::Missing,
        "gone" => Rule::Gone,
        _ => return Err(bad(block, "is no rule")),
    };
    let is_left = matches!(rule, Rule::Person | Rule::Missing | Rule::Gone);
    if is_left && text("why").is_none() {
        return Err(bad(block, "does not say what to do"));
    }
    let names = list("names");
    let paths: Vec<Vec<String>> = match rule {
        Rule::Gone => vec![Vec::new()],
        Rule::Convert(_) => vec![list("paths")],
        _ if names.is_empty() => vec![vec![label.clone()]],
        _ => names
            .iter()
            .map(|name| vec![format!("{label}.{name}")])
            .collect(),
    };
    let is_nameless = |path: &String| path.is_empty() || path.starts_with('.');
    if !matches!(rule, Rule::Gone) && (paths.iter().any(Vec::is_empty)) {
        return Err(bad(block, "has no path"));
    }
    if paths.iter().flatten().any(is_nameless) {
        return Err(bad(block, "has no path"));
    }
    let tests = |name: &str| list(name).iter().map(|text| Test::parse(text)).collect();
    let condition = Condition {
        with: tests("with"),
        without: tests("without"),
    };
    let rows = paths.into_iter().map(|paths| Row {
        paths,
        rule: rule.clone(),
        why: text("why"),
        since: text("since"),
        review: flag("review", false),
        fails: flag("fails", true),
        needed: flag("needed", true),
        computed: flag("computed", false),
        condition: condition.clone(),
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_table_is_as_it_should_be() {
        for text in [include_str!("aws_5.hcl"), include_str!("aws_6.hcl")] {
            let table = Table::outline(text).unwrap();
            assert!(table.types.len() > 50);
            for ((_, of), it) in &table.types {
                assert!(!it.read().expect(of).is_empty(), "{of}");
            }
        }
    }

    #[test]
    fn a_bad_row_is_told_with_its_line() {
        for (row, told) in [
            ("rename \"a\" {}", "line 2: `rename` lacks `to`"),
            ("rename \"a\" { too = \"b\" }", "line 2: `rename` has `too`"),
            ("rename { to = \"b\" }", "line 2: `rename` has no path"),
            (
                "person \"a\" {}",
                "line 2: `person` does not say what to do",
            ),
            (
                "convert \"a\" { paths = [\"b\"] }",
                "line 2: `convert` names no conversion",
            ),
            ("convert \"eip_domain\" {}", "line 2: `convert` has no path"),
            ("drop \"a\" {}", "line 2: `drop` is no rule"),
        ] {
            let text = format!("resource \"aws_x\" {{\n  {row}\n}}\n");
            let table = Table::outline(&text).unwrap();
            let known = &table.types[&(BlockType::Resource, "aws_x".to_owned())];
            assert_eq!(known.read().unwrap_err(), told);
        }
        assert!(Table::outline("module \"x\" {}").is_err());
    }
}
