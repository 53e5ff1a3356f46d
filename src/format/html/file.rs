//! The diff of one file, with the findings about it beside the hunks.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use diagnostics::finding::Finding;
use engine::plan::FileChange;
use syntax::visible;

use super::card::Card;
use super::id::Ids;
use super::state::State;
use crate::diff::FileDiff;
use crate::diff::rows::{Group, HunkRows, Row};

/// One file.
pub struct FileView {
    /// Its id.
    pub id: String,
    /// Its path.
    pub path: String,
    /// The transforms that change it.
    pub transforms: Vec<&'static str>,
    /// Lines that are added.
    pub added: usize,
    /// Lines that are removed.
    pub removed: usize,
    /// Whether a secret in it is masked.
    pub is_masked: bool,
    /// Whether git ignores it.
    pub is_ignored: bool,
    /// What a filter compares.
    pub filter: Filter,
    /// The findings about it that stand beside no hunk.
    pub cards: Vec<Card>,
    /// Its hunks.
    pub hunks: Vec<HunkView>,
}

/// The transforms and states that a part of a page has, for its filter.
#[derive(Default)]
pub struct Filter {
    /// Ids of transforms, with a space between.
    pub transforms: String,
    /// Ids of states, likewise.
    pub states: String,
}

/// One hunk.
pub struct HunkView {
    /// Its place in both texts, and what it stands in.
    pub section: String,
    /// Its lines.
    pub lines: Vec<LinesView>,
    /// The findings about it.
    pub cards: Vec<Card>,
}

/// Lines of one kind that follow each other.
pub struct LinesView {
    /// `del` of those that are removed, `ins` of those that are added, `kept` of the others.
    pub class: &'static str,
    /// The number of the first; in the text before of those that stay.
    pub start: usize,
    /// Of those that stay, the same in the text after.
    pub after: Option<usize>,
    /// They.
    pub rows: Vec<RowView>,
}

/// One line.
pub struct RowView {
    /// The text before, in and behind what is emphasized.
    pub parts: [String; 3],
    /// Whether the file ends with it, without a newline.
    pub lacks_newline: bool,
}

impl Filter {
    /// Of findings.
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let (mut transforms, mut states) = (BTreeSet::new(), BTreeSet::new());
        for finding in findings {
            transforms.insert(finding.transform);
            states.insert(State::of(finding));
        }
        let states: Vec<&str> = states.into_iter().map(State::id).collect();
        Self {
            transforms: transforms.into_iter().collect::<Vec<_>>().join(" "),
            states: states.join(" "),
        }
    }
}

impl FileView {
    /// The view of a change and its diff, with the findings that are about the file or change it.
    pub fn new(
        (change, diff): (&FileChange, &FileDiff<'_>),
        findings: &[&Finding],
        is_ignored: bool,
        ids: &mut Ids,
        files: &HashMap<&Path, String>,
    ) -> Self {
        let (path, rows) = (change.path.as_path(), diff.rows());
        let mut cards: Vec<Vec<Card>> = rows.hunks.iter().map(|_| Vec::new()).collect();
        let mut others = Vec::new();
        for finding in findings {
            let beside = lines(finding, change).find_map(|line| {
                let mut hunks = rows.hunks.iter();
                hunks.position(|hunk| hunk.before.contains(&line))
            });
            let Some(mut card) = Card::new("finding", &[finding], ids, files, None) else {
                continue;
            };
            card.names_places = beside.is_none() || finding.at.path != path;
            match beside {
                Some(number) => cards[number].push(card),
                None => others.push(card),
            }
        }
        let count = |side: fn(&Group) -> &Vec<Row>| {
            let hunks = rows.hunks.iter().flat_map(|hunk| &hunk.groups);
            let changed = hunks.filter(|group| !group.is_context);
            changed.map(|group| side(group).len()).sum()
        };
        Self {
            id: files.get(path).cloned().unwrap_or_default(),
            path: visible::path(path),
            transforms: diff.transforms().to_vec(),
            added: count(|group| &group.after),
            removed: count(|group| &group.before),
            is_masked: rows.masked,
            is_ignored,
            filter: Filter::of(findings.iter().copied()),
            cards: others,
            hunks: rows.hunks.iter().zip(cards).map(HunkView::new).collect(),
        }
    }
}

/// The lines of the text before that a finding is about or changes, from 1.
fn lines<'f>(finding: &'f Finding, change: &'f FileChange) -> impl Iterator<Item = usize> + 'f {
    let own = (finding.at.path == change.path).then_some(finding.at.line);
    // The edits of JSON are those of its reading as HCL.
    let is_json = change.path.extension().is_some_and(|it| it == "json");
    let edits = finding
        .edits
        .iter()
        .filter(move |edit| !is_json && edit.path == change.path);
    let edited = edits.filter_map(|edit| change.before.get(..edit.edit.range.start));
    edited
        .map(|before| before.matches('\n').count() + 1)
        .chain(own)
}

impl HunkView {
    fn new((hunk, cards): (&HunkRows, Vec<Card>)) -> Self {
        Self {
            section: hunk.section.join(" "),
            lines: hunk.groups.iter().flat_map(LinesView::of).collect(),
            cards,
        }
    }
}

impl LinesView {
    /// Those of a group: lines that stay have the same texts on both sides.
    fn of(group: &Group) -> impl Iterator<Item = Self> {
        let sides = match group.is_context {
            true => [("kept", &group.before[..]), ("", &[])],
            false => [("del", &group.before[..]), ("ins", &group.after[..])],
        };
        let after = group.after.first().filter(|_| group.is_context);
        let after = after.map(|row| row.number);
        sides.into_iter().filter_map(move |(class, rows)| {
            Some(Self {
                class,
                start: rows.first()?.number,
                after,
                rows: rows.iter().map(RowView::new).collect(),
            })
        })
    }
}

impl RowView {
    fn new(row: &Row) -> Self {
        let end = row.text.len();
        let marked = row.emphasized.clone().unwrap_or(end..end);
        Self {
            parts: [
                row.text[..marked.start].to_owned(),
                row.text[marked.clone()].to_owned(),
                row.text[marked.end..].to_owned(),
            ],
            lacks_newline: row.lacks_newline,
        }
    }
}
