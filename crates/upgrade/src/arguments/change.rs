//! From the rows and a module's documents to what is changed and what is left to a person.

use std::collections::{BTreeSet, HashMap};

use super::convert::{ConversionInput, ConvertedArgument};
use super::in_block::{self, Told};
use super::known::{KnownBlock, known};
use super::places::{ArgumentSite, places};
use super::read;
use super::table::{BlockType, Row, Rule};
use super::{Crossing, ID};
use diagnostics::finding::{FileEdit, Finding, Safety};
use syntax::hcl::Document;
use terraform::constraint::Version;
use terraform::module::Module;

/// One thing that the upgrade changes in a module, or that it leaves to a person.
#[derive(Debug, Clone)]
pub struct ArgumentChange {
    /// What is said of it, with its edits.
    pub finding: Finding,
    /// Whether the provider must not move without it: the configuration fails on the target while it
    /// stands, or means something else.
    pub is_needed: bool,
    /// A release that knows the result, where the one in use may not.
    pub since: Option<String>,
}

impl ArgumentChange {
    /// What a row makes of a place.
    pub(super) fn new(row: &Row, document: &Document, subject: String, told: Told) -> Self {
        let is_left = told.edits.is_empty();
        let safety = match row.review || told.review {
            true => Safety::Review,
            false => Safety::Safe,
        };
        let sentence = (subject, told.message);
        let mut finding = Finding::new(ID, document, told.range, sentence).safety(safety);
        finding.help = told.help.or_else(|| row.why.clone());
        finding.edits = told.edits;
        Self {
            finding,
            is_needed: row.needed && (row.fails || !is_left),
            since: row.since.clone().filter(|_| !is_left),
        }
    }

    /// Whether the last release of that major knows the result.
    pub fn is_known_to(&self, major: u64) -> bool {
        let since = self.since.as_deref().map(Version::parse);
        since.is_none_or(|since| since.is_ok_and(|since| since.major <= major))
    }
}

/// Everything that the crossing does to the module, by place.
pub fn changes(module: &Module, crossing: Crossing) -> Vec<ArgumentChange> {
    let known = known(module, crossing);
    let mut changes = read::changes(module, &known, crossing);
    for it in &known {
        let rows = it.rows.iter().filter(|row| !row.rule.moves());
        changes.extend(rows.flat_map(|row| in_block(it, row, &known, &[])));
    }
    // What moves code takes along what is changed in that; what is read before what reads it.
    for kinds in [
        &[BlockType::Data][..],
        &[BlockType::Resource, BlockType::Provider],
    ] {
        let edits = changes.iter().flat_map(|change| &change.finding.edits);
        let inner: Vec<FileEdit> = edits.cloned().collect();
        let of_kinds = known.iter().filter(|it| kinds.contains(&it.kind));
        let rows = of_kinds.flat_map(|it| it.rows.iter().map(move |row| (it, *row)));
        let moved: Vec<ArgumentChange> = rows
            .filter(|(_, row)| row.rule.moves())
            .flat_map(|(it, row)| match row.rule {
                Rule::Convert(_) => {
                    let mut changes = converted(it, row, module, &inner);
                    let mut left = in_block(it, row, &known, &inner);
                    left.retain(|left| !changes.iter().any(|change| makes(change, left)));
                    changes.extend(left);
                    changes
                }
                _ => in_block(it, row, &known, &inner),
            })
            .collect();
        changes.extend(moved);
    }
    absorb(&mut changes);
    for change in &mut changes {
        module.leave_inexact(&mut change.finding);
    }
    changes.sort_by(|one, other| one.finding.at.cmp(&other.finding.at));
    together(changes)
}

/// What fails nowhere is said once of each type in a module, with the number of its places.
fn together(changes: Vec<ArgumentChange>) -> Vec<ArgumentChange> {
    let key = |change: &ArgumentChange| {
        let finding = &change.finding;
        let of = finding
            .subject
            .rsplit_once('.')
            .map(|(of, _)| of.to_owned());
        let is_one = !change.is_needed && finding.edits.is_empty();
        is_one.then(|| (of, finding.message.clone()))
    };
    let mut counts: HashMap<_, usize> = HashMap::new();
    for key in changes.iter().filter_map(key) {
        *counts.entry(key).or_default() += 1;
    }
    let mut told = Vec::new();
    for mut change in changes {
        let key = key(&change);
        match key.map(|key| counts.insert(key, 0)) {
            None | Some(None | Some(1)) => {}
            Some(Some(0)) => continue,
            Some(Some(count)) => {
                change.finding.message += &format!(" ({count} places in this module)");
            }
        }
        told.push(change);
    }
    told
}

/// What the row makes of what stands in a block.
fn in_block(
    it: &KnownBlock<'_>,
    row: &Row,
    all: &[KnownBlock<'_>],
    inner: &[FileEdit],
) -> Vec<ArgumentChange> {
    let told = in_block::told(it, row, all, inner).into_iter();
    let change = |told| ArgumentChange::new(row, it.block.document(), it.address(), told);
    told.map(change).collect()
}

/// What the row's conversion makes of the places in a block, those of one owner together.
fn converted(
    it: &KnownBlock<'_>,
    row: &'static Row,
    module: &Module,
    inner: &[FileEdit],
) -> Vec<ArgumentChange> {
    let Rule::Convert(convert) = row.rule else {
        return Vec::new();
    };
    let paths = row.paths.iter();
    let mut places: Vec<ArgumentSite<'_>> =
        paths.flat_map(|path| places(&it.block, path)).collect();
    places.retain(|place| row.condition.holds(&place.owner));
    places.sort_by_key(|place| (place.owner.span().start, place.span().start));
    let of_one_owner = places.chunk_by(|one, other| one.owner.span() == other.owner.span());
    let changes = of_one_owner.map(|places| {
        let subject = ConversionInput {
            module,
            block: it.block,
            places,
            inner,
        };
        let range = places[0].span();
        let names: BTreeSet<&str> = places.iter().map(ArgumentSite::name).collect();
        let names = names.into_iter().collect::<Vec<_>>().join("` and `");
        let told = match convert(&subject) {
            Some(ConvertedArgument {
                message,
                help,
                edits,
            }) => Told {
                range,
                message: format!("`{names}` {message}"),
                help,
                review: false,
                edits,
            },
            None => Told::left(range, format!("`{names}` {}", in_block::left(row))),
        };
        ArgumentChange::new(row, it.block.document(), it.address(), told)
    });
    changes.collect()
}

/// Whether a change edits the very place that another one is about.
fn makes(change: &ArgumentChange, other: &ArgumentChange) -> bool {
    let (path, range) = (&other.finding.at.path, &other.finding.range);
    let mut edits = change.finding.edits.iter();
    edits.any(|it| it.path == *path && it.edit.range == *range)
}

/// An edit inside a larger one is made by that: its change takes all edits of the larger one's.
fn absorb(changes: &mut [ArgumentChange]) {
    for index in 0..changes.len() {
        while let Some(around) = around(changes, index) {
            let (edits, safety) = {
                let finding = &changes[around].finding;
                (finding.edits.clone(), finding.safety)
            };
            let finding = &mut changes[index].finding;
            finding
                .edits
                .retain(|it| !edits.iter().any(|wide| is_inside(it, wide)));
            finding.edits.extend(edits);
            let all = finding.edits.clone();
            let is_own = |it: &FileEdit| all.iter().any(|wide| is_inside(it, wide));
            finding.edits.retain(|it| !is_own(it));
            finding.safety = finding.safety.max(safety);
        }
    }
}

/// A change that has an edit of this one inside of one of its own.
fn around(changes: &[ArgumentChange], index: usize) -> Option<usize> {
    let own = &changes[index].finding.edits;
    let is_around = |change: &ArgumentChange| {
        let mut edits = change.finding.edits.iter();
        edits.any(|wide| own.iter().any(|it| is_inside(it, wide)))
    };
    let mut others = changes.iter().enumerate();
    others
        .find(|(other, change)| *other != index && is_around(change))
        .map(|(other, _)| other)
}

fn is_inside(it: &FileEdit, wide: &FileEdit) -> bool {
    let (inside, around) = (&it.edit.range, &wide.edit.range);
    // What is put at an end of something stands beside it.
    let is_beside = inside.is_empty() && [around.start, around.end].contains(&inside.start);
    it.path == wide.path
        && !is_beside
        && around.start <= inside.start
        && inside.end <= around.end
        && inside != around
        && !around.is_empty()
}
