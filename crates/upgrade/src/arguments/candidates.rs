//! Which rows of the tables may concern a file, by the words in it. The first reading asks this of
//! every file, so that only modules with a candidate are read again for what a major does to them.

use std::collections::{BTreeSet, HashMap};
use std::ops::BitOrAssign;
use std::sync::{LazyLock, OnceLock};

use memchr::memmem::{self, Finder};

use super::code::block_type::BlockType;
use super::code::mention::{Mention, is_part};
use super::code::words::Words;
use super::in_references::may_concern;
use super::major_upgrade::MajorUpgrade;
use super::may_apply::may_apply;
use super::table::row::{Row, Rule};
use super::table::{MAJORS, Type};
use syntax::lexer::{Scanner, is_name};

/// How the type of every resource and data source of the provider begins.
const PREFIX: &str = "aws_";

/// The type under which the tables have the provider's own block.
const PROVIDER: &[u8] = b"aws";

/// Which rows may concern some files: for each major whether any that fail on it do, and whether any
/// others. A bit each, since there is one of these for each directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CandidateRows(u32);

/// The rows of a type in each table.
static TYPES: LazyLock<HashMap<&[u8], Vec<KnownType>>> = LazyLock::new(|| {
    let mut types: HashMap<&[u8], Vec<KnownType>> = HashMap::new();
    for (index, (_, table)) in MAJORS.iter().enumerate() {
        for (kind, type_name, rows) in table.types() {
            let known = KnownType {
                index,
                kind,
                rows,
                clues: OnceLock::new(),
            };
            types.entry(type_name.as_bytes()).or_default().push(known);
        }
    }
    types
});

/// The rows of a type in one table.
struct KnownType {
    /// The index of the major.
    index: usize,
    kind: BlockType,
    rows: &'static Type<'static>,
    clues: OnceLock<Clues>,
}

/// Names of which a block has one if a row applies to it: a few searches are quicker than a list of
/// all words.
struct Clues {
    /// Each with whether it stands alone: what is part of a longer path may stand behind a dot.
    names: Vec<(Finder<'static>, bool)>,
    /// Whether rows apply to blocks without any of them.
    are_needless: bool,
}

impl Clues {
    fn of(rows: &'static [Row]) -> Self {
        let rows = rows.iter();
        // The others are about references alone.
        let rows = rows.filter(|row| !matches!(row.rule, Rule::Refer(_) | Rule::Index));
        let is_needless =
            |row: &Row| matches!(row.rule, Rule::Pin(_) | Rule::Missing | Rule::RemovedType);
        let paths = rows.clone().flat_map(|row| &row.paths);
        let mut names: BTreeSet<(&str, bool)> = paths
            .map(|path| match path.rsplit_once('.') {
                None => (path.as_str(), true),
                Some((_, name)) => (name, false),
            })
            .collect();
        // A list from elsewhere may stand for the blocks that a conversion is about.
        let converted = rows.clone();
        let converted = converted.filter(|row| matches!(row.rule, Rule::Convert(_)));
        let paths = converted.flat_map(|row| &row.paths);
        let lists = paths.filter_map(|path| path.split_once('.'));
        names.extend(lists.map(|(list, _)| (list, true)));
        let names = names.into_iter();
        Self {
            names: names
                .map(|(name, is_alone)| (Finder::new(name), is_alone))
                .collect(),
            are_needless: rows.clone().any(is_needless),
        }
    }

    fn may_be_in(&self, block: &str) -> bool {
        let text = block.as_bytes();
        let stands = |(name, is_alone): &(Finder<'_>, bool)| {
            name.find_iter(text).any(|at| {
                let before = text[..at].last().copied().unwrap_or(b' ');
                let behind = text.get(at + name.needle().len());
                let is_member = *is_alone && before == b'.';
                !is_member && !is_name(before) && !behind.is_some_and(|byte| is_name(*byte))
            })
        };
        self.are_needless || block.contains("\\u") || self.names.iter().any(stands)
    }
}

impl CandidateRows {
    /// Every row of every major.
    pub const ALL: Self = Self(u32::MAX);

    /// The rows that may concern the resources, data sources and references of a file in HCL.
    /// `is_override` is what its name says.
    pub fn of(content: &[u8], is_override: bool) -> Self {
        let mut candidates = Self::default();
        let mut text = None;
        for at in memmem::find_iter(content, PREFIX) {
            if content[..at].last().is_some_and(|byte| is_part(*byte)) {
                continue;
            }
            let rest = &content[at..];
            let length = rest.iter().take_while(|byte| is_part(**byte)).count();
            let (type_name, behind) = rest.split_at(length);
            let Some(known) = TYPES.get(type_name) else {
                continue;
            };
            // A file that is no UTF-8 is no configuration, as for Terraform.
            let text = *text.get_or_insert_with(|| std::str::from_utf8(content).ok());
            let Some(text) = text else { break };
            match head(&content[..at]) {
                Some((kind, from)) => {
                    let of_kind = known.iter().filter(|known| known.kind == kind);
                    candidates.add_block(of_kind, block(text, from, at), is_override);
                }
                None => {
                    let mention = Mention::of(behind);
                    candidates.add(known, |row| may_concern(row, mention));
                }
            }
        }
        candidates
    }

    /// The rows that may concern a provider block.
    pub fn of_provider(block: &str, is_override: bool) -> Self {
        let mut candidates = Self::default();
        if let Some(known) = TYPES.get(PROVIDER) {
            candidates.add_block(known, Some(block), is_override);
        }
        candidates
    }

    /// Adds the rows that may apply to a block; all where its end is not known.
    fn add_block<'k>(
        &mut self,
        known: impl IntoIterator<Item = &'k KnownType>,
        block: Option<&str>,
        is_override: bool,
    ) {
        let mut words = None;
        for known in known {
            let clues = known.clues.get_or_init(|| Clues::of(known.rows.rows()));
            match block {
                None => self.add([known], |_| true),
                Some(block) if clues.may_be_in(block) => {
                    let words = words.get_or_insert_with(|| Words::of(block));
                    self.add([known], |row| may_apply(row, words, is_override));
                }
                Some(_) => {}
            }
        }
    }

    fn add<'k>(
        &mut self,
        known: impl IntoIterator<Item = &'k KnownType>,
        is_candidate: impl Fn(&Row) -> bool,
    ) {
        for known in known {
            for row in known.rows.rows() {
                let bit = bit(known.index, row.fails);
                if self.0 & bit == 0 && is_candidate(row) {
                    self.0 |= bit;
                }
            }
        }
    }

    /// Whether a row among them applies on the way of the upgrade.
    pub fn apply_to(self, upgrade: MajorUpgrade) -> bool {
        MAJORS.iter().enumerate().any(|(index, (major, _))| {
            let mut both = [false, true].into_iter();
            both.any(|fails| self.0 & bit(index, fails) != 0 && upgrade.takes(*major, fails))
        })
    }
}

impl BitOrAssign for CandidateRows {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

fn bit(index: usize, fails: bool) -> u32 {
    1 << (2 * index + usize::from(fails))
}

/// The kind of the block in whose header a type's name follows this text, and where it begins.
fn head(before: &[u8]) -> Option<(BlockType, usize)> {
    let is_gap = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'"');
    let gap = before.iter().rev().take_while(is_gap).count();
    let before = &before[..before.len() - gap];
    let mut kinds = [BlockType::Resource, BlockType::Data].into_iter();
    let kind = kinds.find(|kind| gap > 0 && before.ends_with(kind.keyword().as_bytes()))?;
    Some((kind, before.len() - kind.keyword().len()))
}

/// The block that begins at `from`, with its type's name at `at`; `None` where it does not close.
fn block(text: &str, from: usize, at: usize) -> Option<&str> {
    let start = at + text[at..].find('{')?;
    let mut scanner = Scanner::new(text, start);
    scanner.group().ok()?;
    text.get(from..scanner.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgrade(from: u64, to: u64) -> MajorUpgrade {
        MajorUpgrade {
            from,
            to,
            newest: to,
        }
    }

    #[test]
    fn candidates_are_known_by_words() {
        let of = |text: &str| CandidateRows::of(text.as_bytes(), false);
        let renamed = of("resource \"aws_db_instance\" \"x\" {\n  name = \"y\"\n}\n");
        assert!(renamed.apply_to(upgrade(4, 5)) && renamed.apply_to(upgrade(5, 5)));
        assert!(!renamed.apply_to(upgrade(4, 4)));
        let read = of("output \"x\" {\n  value = aws_db_instance.x[0].name\n}\n");
        assert!(read.apply_to(upgrade(4, 5)));
        for rest in [
            "resource \"aws_db_instance\" \"x\" {\n  db_name = \"y\"\n}\nname = 1\n",
            "resource \"aws_db_instance\" \"x\" {\n  db_name = \"${var.name}-y\"\n}\n",
            "output \"x\" {\n  value = aws_db_instance.x.arn\n}\n",
            "resource \"aws_unknown\" \"x\" {\n  name = \"y\"\n}\n",
        ] {
            assert_eq!(of(rest), CandidateRows::default(), "{rest}");
        }
        let open = of("resource \"aws_db_instance\" \"x\" {");
        assert!(open.apply_to(upgrade(4, 5)));
        let provider = "provider \"aws\" {\n  s3_force_path_style = true\n}\n";
        assert!(CandidateRows::of_provider(provider, false).apply_to(upgrade(4, 5)));
    }

    #[test]
    fn there_is_a_bit_for_each_major_and_a_prefix_for_each_type() {
        assert!(2 * MAJORS.len() <= 32);
        let mut types = TYPES.keys();
        assert!(types.all(|it| *it == PROVIDER || it.starts_with(PREFIX.as_bytes())));
    }
}
