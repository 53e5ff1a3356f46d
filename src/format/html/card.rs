//! A finding as a page shows it.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use syntax::visible;

use super::id::Ids;
use super::state::State;
use crate::format::prose::{self, Span};
use crate::redact::on_one_line;
use crate::report::Sources;

/// Findings that say the same, of one state.
pub struct Card {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub state: State,
    /// The transform that reports it.
    pub transform: &'static str,
    /// What is found.
    pub message: Vec<Span>,
    /// What to know beside.
    pub notes: Vec<Vec<Span>>,
    /// What to do.
    pub help: Vec<Vec<Span>>,
    /// Whether it names its places: those beside a hunk of their file do not.
    pub names_places: bool,
    /// Where.
    pub places: Vec<Place>,
    /// The line of the first place, where the card shows it.
    pub source: Option<Source>,
    /// The files.
    pub paths: BTreeSet<String>,
}

/// One place of a finding.
pub struct Place {
    /// The file and the line.
    pub text: String,
    /// The id of the file's diff, where it has one.
    pub file: Option<String>,
    /// What it is about, where that differs from the first place.
    pub subject: Option<String>,
}

/// A line of a file, with a part that is marked.
pub struct Source {
    /// Its number.
    pub number: usize,
    /// What stands before the mark.
    pub before: String,
    /// What is marked.
    pub marked: String,
    /// What stands behind it.
    pub behind: String,
}

impl Card {
    /// The card of findings that say the same, of which there is at least one. `files` has the ids of
    /// the files that have a diff.
    pub fn new(
        kind: &str,
        group: &[&Finding],
        ids: &mut Ids,
        files: &HashMap<&Path, String>,
        sources: Option<&mut Sources<'_>>,
    ) -> Option<Self> {
        let first = *group.first()?;
        let message = first.sentence();
        let (sentence, notes) = first.sentence_and_notes();
        let path = visible::path(&first.at.path);
        let places = group.iter().map(|finding| {
            let path = visible::path(&finding.at.path);
            let differs = finding.subject != first.subject;
            Place {
                text: format!("{path}:{}", finding.at.line),
                file: files.get(finding.at.path.as_path()).cloned(),
                subject: differs.then(|| on_one_line(&finding.subject)),
            }
        });
        let line = sources.and_then(|sources| sources.line(first));
        let line = line.filter(|line| !line.text.trim().is_empty());
        let source = line.map(|line| {
            let (before, rest) = line.text.split_at(line.marked.start);
            let (marked, behind) = rest.split_at(line.marked.len());
            Source {
                number: first.at.line,
                before: before.trim_start().to_owned(),
                marked: marked.to_owned(),
                behind: behind.to_owned(),
            }
        });
        let help = first.help.iter().flat_map(Help::lines);
        Some(Self {
            id: ids.part(kind, &[first.transform, &path, &message]),
            state: State::of(first),
            transform: first.transform,
            message: prose::spans(&sentence),
            notes: notes.into_iter().map(prose::spans).collect(),
            help: help.map(prose::spans).collect(),
            names_places: true,
            places: places.collect(),
            source,
            paths: group.iter().map(|it| visible::path(&it.at.path)).collect(),
        })
    }
}
