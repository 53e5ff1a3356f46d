//! One repository's part of a page.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;

use anstream::adapter::strip_str;
use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use diagnostics::finding::Finding;
use engine::plan::Action;
use syntax::visible;

use super::card::Card;
use super::file::{FileView, Filter};
use super::id::Ids;
use super::picture::{self, Picture};
use super::several::Several;
use super::state::State;
use crate::account_table::{self, COLUMNS};
use crate::format::RepositoryResult;
use crate::format::prose::{self, Span};
use crate::redact::{for_people, on_one_line};
use crate::report::{self, Sources};
use crate::repository::Planned;

/// Files of one repository whose diffs are part of the page from the beginning; those of more are
/// rendered when they are unfolded.
const OPEN: usize = 60;

/// How well repositories are compressed, from 1 to 10: more takes longer and saves nothing that is noticed.
const LEVEL: u8 = 6;

/// One repository's part of a page.
#[derive(Debug, Default)]
pub struct Part {
    /// It, as HTML.
    pub html: String,
    /// For each transform: how many of its findings are changes, need review, need manual work.
    pub transforms: BTreeMap<&'static str, [usize; 3]>,
}

#[derive(Template)]
#[template(path = "repository.html")]
struct RepositoryView {
    id: String,
    name: String,
    /// The name, as a page of several shows it: the directories below the one of all, and its own.
    parent: String,
    own: String,
    is_several: bool,
    badge: &'static str,
    summary: String,
    filter: Filter,
    /// What a filter compares: the paths of files, a line each.
    paths: String,
    /// Why it was not planned.
    error: Option<String>,
    is_configured: bool,
    needs: Vec<Card>,
    /// How many findings these are.
    open: usize,
    jobs: Vec<(String, Vec<(String, String)>)>,
    pictures: Vec<Picture>,
    /// Rows that change or need review and that the pictures leave out.
    left_out: usize,
    accounts: Vec<AccountView>,
    /// How many of these do neither.
    unchanged: usize,
    files: Vec<FileView>,
    are_folded: bool,
    notes: Vec<Card>,
    steps: Vec<Step>,
    warnings: Vec<(String, Vec<Span>)>,
    skipped: Vec<(String, Vec<Span>)>,
}

/// One of several repositories, before it is unfolded.
#[derive(Template)]
#[template(path = "folded.html")]
struct Folded<'v> {
    view: &'v RepositoryView,
    /// What is shown of it, compressed.
    packed: String,
}

/// A row of the account table.
struct AccountView {
    /// Cells, lines and their parts.
    cells: [Vec<Vec<Span>>; 5],
    is_concerned: bool,
    waits: bool,
}

/// A next step.
struct Step {
    id: String,
    /// When it is to be taken, on the first of those of that time.
    moment: Option<&'static str>,
    why: Vec<Span>,
    commands: Vec<String>,
    /// Whether a shell runs these.
    are_run: bool,
}

/// The part of one repository, of a page of it or of several.
pub fn part(subject: &RepositoryResult<'_>, several: Option<&Several>) -> Part {
    let name = name(subject, several.is_some());
    let view = match subject.planned {
        Ok(planned) => planned_view(planned, &name, several),
        Err(why) => failed_view(&name, why, several),
    };
    let mut transforms: BTreeMap<&'static str, [usize; 3]> = BTreeMap::new();
    for finding in subject.planned.iter().flat_map(|it| &it.plan.findings) {
        let column = match State::of(finding) {
            State::Changed => 0,
            State::Review => 1,
            State::Manual => 2,
            State::Note => continue,
        };
        transforms.entry(finding.transform).or_default()[column] += 1;
    }
    // A `String` takes all that is written to it.
    let html = ascii(&view.render().unwrap_or_default());
    let html = match several {
        None => html,
        Some(_) => ascii(&folded(&view, &html)),
    };
    Part { html, transforms }
}

/// A repository that is unfolded where somebody looks at it. Of 2,000 all that they show is 57 MB of HTML, which
/// takes a browser three seconds to read; compressed it is a fifth of that, and read in one.
fn folded(view: &RepositoryView, html: &str) -> String {
    let packed = miniz_oxide::deflate::compress_to_vec(html.as_bytes(), LEVEL);
    let packed = BASE64_STANDARD.encode(packed);
    let folded = Folded { view, packed };
    folded.render().unwrap_or_default()
}

/// Of several repositories as each was named; of one the directory's own name, since a page is passed
/// on to people who have it elsewhere.
pub fn name(subject: &RepositoryResult<'_>, is_several: bool) -> String {
    let own = subject.name.file_name().filter(|_| !is_several);
    on_one_line(
        &own.map_or(subject.name.as_os_str(), |own| own)
            .to_string_lossy(),
    )
}

/// The same page in ASCII. Of a text with any other letter a browser keeps two bytes for each: without, a page
/// of 86 MB opens in three quarters of the processor time, and in 160 MB less (measured in Chromium).
fn ascii(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for letter in html.chars() {
        match letter.is_ascii() {
            true => out.push(letter),
            // A `String` takes all that is written to it.
            false => drop(write!(out, "&#{};", u32::from(letter))),
        }
    }
    out
}

impl RepositoryView {
    /// The heading of a section.
    fn heading(&self) -> &'static str {
        if self.is_several { "h3" } else { "h2" }
    }

    /// The heading of a part of one.
    fn smaller(&self) -> &'static str {
        if self.is_several { "h4" } else { "h3" }
    }

    fn empty(ids: &Ids, name: &str, several: Option<&Several>) -> Self {
        let (parent, own) = several.map_or(("", name), |several| several.split(name));
        Self {
            id: ids.repository().to_owned(),
            name: name.to_owned(),
            parent: parent.to_owned(),
            own: own.to_owned(),
            is_several: several.is_some(),
            badge: "nothing",
            summary: String::new(),
            filter: Filter::default(),
            paths: String::new(),
            error: None,
            is_configured: true,
            needs: Vec::new(),
            open: 0,
            jobs: Vec::new(),
            pictures: Vec::new(),
            left_out: 0,
            accounts: Vec::new(),
            unchanged: 0,
            files: Vec::new(),
            are_folded: false,
            notes: Vec::new(),
            steps: Vec::new(),
            warnings: Vec::new(),
            skipped: Vec::new(),
        }
    }
}

fn failed_view(name: &str, why: &str, several: Option<&Several>) -> RepositoryView {
    let filter = Filter {
        states: "error".to_owned(),
        ..Filter::default()
    };
    RepositoryView {
        badge: "error",
        summary: "Not planned.".to_owned(),
        error: Some(for_people(why)),
        filter,
        ..RepositoryView::empty(&Ids::new(name), name, several)
    }
}

fn planned_view(planned: &Planned, name: &str, several: Option<&Several>) -> RepositoryView {
    let plan = &planned.plan;
    let mut ids = Ids::new(name);
    let changes = plan.changes.iter();
    let files: HashMap<&Path, String> = changes
        .map(|change| {
            let path = change.path.as_path();
            (path, ids.part("file", &[&path.to_string_lossy()]))
        })
        .collect();
    let mut sources = Sources::new(planned);
    let open: Vec<&Finding> = plan.open().collect();
    let mut needs = cards("need", &open, &mut ids, &files, &mut sources);
    needs.sort_by_key(|card| card.state);
    // What changes is explained beside its hunk, where its file has one.
    let is_elsewhere =
        |it: &&Finding| it.is_note || it.applied && !files.contains_key(it.at.path.as_path());
    let elsewhere: Vec<&Finding> = plan.findings.iter().filter(is_elsewhere).collect();
    let notes = cards("note", &elsewhere, &mut ids, &files, &mut sources);
    let (pictures, left_out) = picture::pictures(&plan.accounts);
    let mut filter = Filter::of(&plan.findings);
    if filter.states.is_empty() {
        "nothing".clone_into(&mut filter.states);
    }
    let mut of_file: HashMap<&Path, Vec<&Finding>> = HashMap::new();
    for finding in &plan.findings {
        let applied = finding.edits.iter().filter(|_| finding.applied);
        let mut paths: Vec<&Path> = applied.map(|edit| edit.path.as_path()).collect();
        paths.push(&finding.at.path);
        paths.sort();
        paths.dedup();
        for path in paths {
            of_file.entry(path).or_default().push(finding);
        }
    }
    let diffs = planned.diffs();
    let views = plan.changes.iter().zip(&diffs).map(|(change, diff)| {
        let path = change.path.as_path();
        let findings = of_file.get(path).map_or(&[][..], Vec::as_slice);
        let is_ignored = planned.ignored.contains(path);
        FileView::new((change, diff), findings, is_ignored, &mut ids, &files)
    });
    let views: Vec<FileView> = views.collect();
    let mut before = None;
    let steps = plan.steps.iter().map(|step| {
        let is_first = before.replace(step.when) != Some(step.when);
        let commands: Vec<String> = step.commands.iter().map(|it| on_one_line(it)).collect();
        Step {
            id: ids.part("step", &[&step.why, &commands.join("\n")]),
            moment: is_first.then(|| step.when.heading()),
            why: prose::spans(&step.why),
            commands,
            are_run: step.action == Action::Run,
        }
    });
    let steps = steps.collect();
    let paths = views.iter().map(|file| &file.path);
    let paths: BTreeSet<&String> = paths.chain(needs.iter().flat_map(|it| &it.paths)).collect();
    let paths: Vec<&str> = paths.into_iter().map(String::as_str).collect();
    let skipped = plan.skipped.iter().chain(&plan.kept).map(|skip| {
        let path = visible::path(&skip.path);
        let line = skip.line.map_or(String::new(), |line| format!(":{line}"));
        (path + &line, prose::spans(&skip.reason))
    });
    let jobs = report::job_lists(plan).into_iter().map(|(title, found)| {
        let found = found.iter().map(|job| {
            let place = format!("{}:{}", visible::path(&job.at.path), job.at.line);
            (place, on_one_line(&job.job))
        });
        (title, found.collect::<Vec<_>>())
    });
    RepositoryView {
        badge: badge(&filter.states),
        summary: strip_str(&report::summary(plan)).to_string(),
        paths: paths.join("\n"),
        filter,
        is_configured: planned.is_configured,
        jobs: jobs.filter(|(_, found)| !found.is_empty()).collect(),
        pictures,
        left_out,
        accounts: plan.accounts.iter().map(AccountView::new).collect(),
        unchanged: plan
            .accounts
            .iter()
            .filter(|row| !account_table::concerns(row))
            .count(),
        are_folded: several.is_none() && views.len() > OPEN,
        files: views,
        needs,
        open: open.len(),
        notes,
        steps,
        warnings: plan.warnings.iter().map(warning).collect(),
        skipped: skipped.collect(),
        ..RepositoryView::empty(&ids, name, several)
    }
}

/// The place of a warning, and all that it says.
fn warning(warning: &Finding) -> (String, Vec<Span>) {
    let place = format!("{}:{}", visible::path(&warning.at.path), warning.at.line);
    let help = warning.help.as_deref();
    let help = help.map_or(String::new(), |help| format!("; {help}"));
    (place, prose::spans(&(warning.sentence() + &help)))
}

/// The most urgent of some states.
fn badge(states: &str) -> &'static str {
    let all = ["manual", "review", "changed", "note", "nothing"];
    let mut found = all.into_iter().filter(|state| states.contains(state));
    found.next().unwrap_or("nothing")
}

fn cards(
    kind: &str,
    findings: &[&Finding],
    ids: &mut Ids,
    files: &HashMap<&Path, String>,
    sources: &mut Sources<'_>,
) -> Vec<Card> {
    // Of one message some places may need review and others manual work.
    let states = [State::Manual, State::Review, State::Changed, State::Note];
    let groups = states.into_iter().flat_map(|state| {
        let of_state = findings.iter().filter(|it| State::of(it) == state);
        report::groups(&of_state.copied().collect::<Vec<_>>())
    });
    let groups: Vec<Vec<&Finding>> = groups.collect();
    let groups = groups.iter();
    let cards = groups.filter_map(|group| Card::new(kind, group, ids, files, Some(sources)));
    cards.collect()
}

impl AccountView {
    fn new(row: &engine::account_table::AccountRow) -> Self {
        Self {
            cells: account_table::cells(row)
                .map(|cell| cell.iter().map(|line| prose::spans(line)).collect()),
            is_concerned: account_table::concerns(row),
            waits: row.waits,
        }
    }
}
