//! What people read beside the diff: findings, accounts, the summary, next steps.

mod next_steps;
mod skips;
mod snippet;
mod sources;

use std::collections::HashMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use ci::runner::JobLocation;
use diagnostics::finding::{Finding, Safety};
use engine::plan::{NextStep, Plan};
use syntax::code::sentence;
use syntax::location::Location;
use syntax::visible;
use transforms::CATALOGUE;

use crate::account_table;
use crate::counted::counted;
pub use crate::redact::on_one_line;
use crate::repository::Planned;
use crate::terminal;
pub use skips::{kept, skipped};
pub use snippet::Kind;
use snippet::snippet;
pub use sources::Sources;

use crate::written::Written;

const HEADING: Style = Style::new().bold();
const CHANGES: Style = AnsiColor::Green.on_default();
// As the snippets of such findings begin.
const REVIEW: Style = AnsiColor::Yellow.on_default();
const MANUAL: Style = AnsiColor::Red.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();
const COMMAND: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();

/// Everything between the diff and the summary of a plan, coloured: notes on what changes, what
/// needs review or manual work, what is doubtful in the configuration, skipped input, the accounts. `verbose` lists every place.
pub fn report(planned: &Planned, verbose: bool) -> String {
    let plan = &planned.plan;
    let mut out = String::new();
    let noted: Vec<&Finding> = plan.notes().collect();
    let (review, manual): (Vec<&Finding>, Vec<&Finding>) =
        plan.open().partition(|finding| !finding.edits.is_empty());
    let mut sources = Sources::new(planned);
    for (kind, findings) in [
        (Kind::Note, noted),
        (Kind::Review, review),
        (Kind::Manual, manual),
    ] {
        out += &snippets(kind, &findings, &mut sources, verbose);
    }
    let warnings: Vec<&Finding> = plan.warnings.iter().collect();
    out += &snippets(Kind::Warning, &warnings, &mut sources, verbose);
    workflows(&mut out, plan);
    skipped(&mut out, &plan.skipped, verbose);
    out += &account_table::table(&plan.accounts, verbose);
    if verbose {
        changes(&mut out, plan);
    }
    out
}

/// The findings of one question of a review.
pub fn questioned(planned: &Planned, findings: &[&Finding]) -> String {
    let kind = match findings.iter().all(|it| it.safety == Safety::Safe) {
        true => Kind::Change,
        false => Kind::Review,
    };
    snippets(kind, findings, &mut Sources::new(planned), false)
}

/// The findings of an audit.
pub fn audited(planned: &Planned, verbose: bool) -> String {
    let findings: Vec<&Finding> = planned.plan.findings.iter().collect();
    snippets(Kind::Audit, &findings, &mut Sources::new(planned), verbose)
}

/// What to run once the plan is written; empty where that is nothing.
pub fn next_steps(plan: &Plan, verbose: bool) -> String {
    let mut out = String::new();
    next_steps::steps(&mut out, &plan.steps, verbose);
    out
}

/// What git needs next of what is written, and how to undo it.
pub fn git(written: &Written) -> String {
    let mut out = String::new();
    let steps: Vec<&NextStep> = written.git.iter().chain(&written.undo).collect();
    if !steps.is_empty() {
        heading(&mut out, "Git");
        next_steps::listed(&mut out, &steps, true);
    }
    out
}

/// How much changes, and how much needs somebody: `Plan: 25 changes in 12 files; 4 need review, 1
/// needs manual work.`
pub fn summary(plan: &Plan) -> String {
    let changes = match plan.changes.len() {
        0 => "no changes".to_owned(),
        files => made(plan, files),
    };
    summed(&changes, &open(plan))
}

/// The same once changes were asked for: those are in `files` files, `kept` is what is written beside them, and
/// so many were declined.
pub fn reviewed(plan: &Plan, files: usize, kept: &[String], declined: usize) -> String {
    let changes = match files {
        0 => "0 changes".to_owned(),
        _ => made(plan, files),
    };
    let changes = std::iter::once(changes).chain(kept.iter().cloned());
    let changes: Vec<String> = changes.collect();
    let declined = (declined > 0).then(|| format!("{declined} declined"));
    let open: Vec<String> = open(plan).into_iter().chain(declined).collect();
    summed(&changes.join(", "), &open)
}

fn made(plan: &Plan, files: usize) -> String {
    let total = counted(plan.applied().count(), "change");
    format!("{CHANGES}{total}{CHANGES:#} in {}", counted(files, "file"))
}

/// What needs somebody.
fn open(plan: &Plan) -> Vec<String> {
    let (review, manual): (Vec<&Finding>, Vec<&Finding>) =
        plan.open().partition(|finding| !finding.edits.is_empty());
    let needs = |count: usize, what: &str, style: Style| match count {
        0 => None,
        1 => Some(format!("{style}1 needs {what}{style:#}")),
        _ => Some(format!("{style}{count} need {what}{style:#}")),
    };
    let open = [
        needs(review.len(), "review (--review)", REVIEW),
        needs(manual.len(), "manual work", MANUAL),
    ];
    open.into_iter().flatten().collect()
}

fn summed(changes: &str, open: &[String]) -> String {
    let mut text = format!("{HEADING}Plan:{HEADING:#} {changes}");
    if !open.is_empty() {
        text += "; ";
        text += &open.join(", ");
    }
    text + "."
}

fn heading(out: &mut String, text: &str) {
    let text = terminal::folded(text);
    let _ = writeln!(out, "\n{HEADING}{text}{HEADING:#}");
}

/// How often each transform changes something.
fn changes(out: &mut String, plan: &Plan) {
    if !plan.changes.is_empty() {
        heading(out, "Changes");
    }
    for transform in CATALOGUE.iter() {
        let applied = plan
            .applied()
            .filter(|finding| finding.transform == transform.id);
        let (safe, review) = applied.fold((0, 0), |(safe, review), finding| match finding.safety {
            Safety::Safe => (safe + 1, review),
            Safety::Review => (safe, review + 1),
        });
        if safe + review > 0 {
            let note = match review {
                0 => String::new(),
                _ => format!(" ({review} by --review)"),
            };
            let _ = writeln!(out, "  {:<22} {}{note}", transform.id, safe + review);
        }
    }
}

/// Findings of one kind; those that say the same as one.
fn snippets(kind: Kind, findings: &[&Finding], sources: &mut Sources<'_>, verbose: bool) -> String {
    let groups = groups(findings);
    let snippets = groups.iter();
    let snippets = snippets.map(|group| format!("\n{}", snippet(kind, group, sources, verbose)));
    snippets.collect()
}

/// Findings that say the same, together, in the order of the first of each.
pub fn groups<'f>(findings: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut group_of = HashMap::new();
    for finding in findings {
        let beside = (finding.help.as_deref(), finding.notes.as_slice());
        let key = (finding.transform, finding.message.as_str(), beside);
        let group = *group_of.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(finding);
    }
    groups
}

fn place(at: &Location) -> String {
    let path = visible::path(&at.path);
    format!("{PLACE}{path}:{}:{}{PLACE:#}", at.line, at.column)
}

fn workflows(out: &mut String, plan: &Plan) {
    let waiting = plan.open().filter(|it| it.waits_for_token()).count();
    if waiting > 0 {
        let jobs = match waiting {
            1 => "1 job waits".to_owned(),
            count => format!("{count} jobs wait"),
        };
        // `gh` fills in the repository of its directory (its manual, "gh api").
        let ask = "gh api 'repos/{owner}/{repo}/actions/permissions/workflow' --jq .default_workflow_permissions";
        let title = sentence!("{jobs} for `ci {{ default_token = \"...\" }}`: `{ask}`");
        heading(out, &title);
        let _ = writeln!(out, "  read is \"restricted\", write is \"permissive\"");
    }
    for (title, found) in job_lists(plan) {
        jobs(out, &title, found);
    }
}

/// The jobs that need something before the merge, each list with its title.
pub fn job_lists(plan: &Plan) -> [(String, &[JobLocation]); 2] {
    let keyed =
        "Still on static keys: until they are converted, these jobs act in the keys' account";
    let profiles: Vec<&str> = plan.profiles().into_iter().collect();
    let title = format!(
        "Run Terraform where these profiles do not exist, and need them first: {}",
        on_one_line(&profiles.join(", "))
    );
    [
        (keyed.to_owned(), &plan.keyed_jobs),
        (title, &plan.terraform_jobs),
    ]
}

fn jobs(out: &mut String, title: &str, jobs: &[JobLocation]) {
    if jobs.is_empty() {
        return;
    }
    heading(out, title);
    for found in jobs {
        let job = format!("job {}", found.job);
        let _ = writeln!(out, "  {} {}", place(&found.at), on_one_line(&job));
    }
}
