//! The summary beside the diff: what changes, what needs a person, what to run next.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use ci::runner::JobLocation;
use diagnostics::finding::{Finding, Safety};
use diagnostics::skip::Skip;
use engine::plan::Plan;
use syntax::location::Location;
use transforms::CATALOGUE;

use crate::account_table;
use crate::redact::on_one_line;

const HEADING: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();
const HELP: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();

/// The summary of a plan, coloured. `verbose` lists every place, skip and step.
pub fn summary(plan: &Plan, verbose: bool) -> String {
    let mut out = String::new();
    changes(&mut out, plan);
    notes(&mut out, plan, verbose);
    open(&mut out, plan, verbose);
    workflows(&mut out, plan);
    skipped(&mut out, &plan.skipped, verbose);
    out += &account_table::table(&plan.accounts, verbose);
    steps(&mut out, plan, verbose);
    out
}

fn heading(out: &mut String, text: &str) {
    let _ = writeln!(out, "\n{HEADING}{text}{HEADING:#}");
}

fn changes(out: &mut String, plan: &Plan) {
    if plan.changes.is_empty() {
        let _ = writeln!(out, "{HEADING}Nothing to change.{HEADING:#}");
        return;
    }
    let total = plan.applied().count();
    let files = plan.changes.len();
    let title = format!("{} in {}", counted(total, "change"), counted(files, "file"));
    let _ = writeln!(out, "{HEADING}{title}{HEADING:#}");
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

/// What somebody should know of changes that are made.
fn notes(out: &mut String, plan: &Plan, verbose: bool) {
    let noted: Vec<&Finding> = plan.notes().collect();
    if !noted.is_empty() {
        heading(out, "To know of what changes");
        groups(out, &noted, verbose);
    }
}

fn open(out: &mut String, plan: &Plan, verbose: bool) {
    let (review, person): (Vec<&Finding>, Vec<&Finding>) =
        plan.open().partition(|finding| !finding.edits.is_empty());
    if !review.is_empty() {
        let count = counted(review.len(), "change");
        heading(
            out,
            &format!("{count} to look at first: made only with --review"),
        );
        groups(out, &review, verbose);
    }
    if !person.is_empty() {
        let count = counted(person.len(), "place");
        heading(out, &format!("{count} left to a person"));
        groups(out, &person, verbose);
    }
}

/// Findings with the same message are listed once, with their locations.
fn groups(out: &mut String, findings: &[&Finding], verbose: bool) {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut group_of: HashMap<(&str, &str, Option<&str>), usize> = HashMap::new();
    for finding in findings {
        let key = (
            finding.transform,
            finding.message.as_str(),
            finding.help.as_deref(),
        );
        let group = *group_of.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(finding);
    }
    for group in groups {
        match group.as_slice() {
            [only] => {
                let at = place(&only.at);
                let _ = writeln!(out, "  {at} {FAINT}{}{FAINT:#}", only.transform);
                let _ = writeln!(out, "    {}", on_one_line(&only.sentence()));
                help(out, only);
            }
            several => alike(out, several, verbose),
        }
    }
}

/// Several findings with the same message.
fn alike(out: &mut String, group: &[&Finding], verbose: bool) {
    let first = group[0];
    let is_one_subject = group.iter().all(|other| other.subject == first.subject);
    let subject = match is_one_subject {
        true => first.subject.as_str(),
        false => "each",
    };
    let count = counted(group.len(), "place");
    let _ = writeln!(
        out,
        "  {PLACE}{count}{PLACE:#} {FAINT}{}{FAINT:#}",
        first.transform
    );
    let _ = writeln!(
        out,
        "    {}",
        on_one_line(&format!("{subject} {}", first.message))
    );
    help(out, first);
    let shown = if verbose { group.len() } else { SHOWN };
    for finding in &group[..shown.min(group.len())] {
        let subject = match is_one_subject {
            true => String::new(),
            false => format!(" {}", on_one_line(&finding.subject)),
        };
        let _ = writeln!(out, "      {}{subject}", place(&finding.at));
    }
    if group.len() > shown {
        let _ = writeln!(out, "      and {} more (--verbose)", group.len() - shown);
    }
}

/// Places shown of those that say the same.
const SHOWN: usize = 3;

fn help(out: &mut String, finding: &Finding) {
    if let Some(help) = &finding.help {
        let _ = writeln!(out, "    {HELP}{}{HELP:#}", on_one_line(help));
    }
}

fn place(at: &Location) -> String {
    let path = at.path.to_string_lossy();
    let path = on_one_line(&path);
    format!("{PLACE}{path}:{}:{}{PLACE:#}", at.line, at.column)
}

fn workflows(out: &mut String, plan: &Plan) {
    let waiting = plan.open().filter(|it| it.waits_for_token).count();
    if waiting > 0 {
        let jobs = match waiting {
            1 => "1 job waits".to_owned(),
            count => format!("{count} jobs wait"),
        };
        // `gh` fills in the repository of its directory (its manual, "gh api").
        let ask = "gh api 'repos/{owner}/{repo}/actions/permissions/workflow' --jq .default_workflow_permissions";
        let title = format!("{jobs} for `ci {{ default_token = \"...\" }}`: `{ask}`");
        heading(out, &title);
        let _ = writeln!(out, "  read is \"restricted\", write is \"permissive\"");
    }
    jobs(
        out,
        "Still on static keys: merged before they are converted, these jobs act in the keys' account",
        &plan.keyed_jobs,
    );
    let profiles: Vec<&str> = plan.profiles().into_iter().collect();
    let title = format!(
        "Run Terraform where these profiles do not exist, and need them first: {}",
        on_one_line(&profiles.join(", "))
    );
    jobs(out, &title, &plan.terraform_jobs);
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

/// What was passed over.
pub fn skipped(out: &mut String, skipped: &[Skip], verbose: bool) {
    // What stands in a file that is read is always named, the rest on request.
    let (named, counted): (Vec<&Skip>, Vec<&Skip>) = skipped
        .iter()
        .partition(|skip| verbose || skip.line.is_some());
    if !named.is_empty() {
        heading(out, "Skipped");
        places(out, named);
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skip in counted {
        *reasons.entry(&skip.reason).or_default() += 1;
    }
    if !reasons.is_empty() {
        heading(out, "Not looked at (--verbose lists them)");
        for (reason, count) in reasons {
            let _ = writeln!(out, "  {count} {FAINT}{reason}{FAINT:#}");
        }
    }
}

/// The roles that an audit accepts.
pub fn kept(out: &mut String, kept: &[Skip], verbose: bool) {
    match kept.len() {
        0 => {}
        count if !verbose => {
            let count = counted(count, "role");
            heading(
                out,
                &format!("Kept on purpose: {count} (--verbose lists them)"),
            );
        }
        _ => {
            heading(out, "Kept on purpose");
            places(out, kept);
        }
    }
}

/// Places with what is said of each.
fn places<'s>(out: &mut String, skipped: impl IntoIterator<Item = &'s Skip>) {
    for skip in skipped {
        let path = skip.path.to_string_lossy();
        let path = on_one_line(&path);
        let line = skip.line.map_or(String::new(), |line| format!(":{line}"));
        let reason = on_one_line(&skip.reason);
        let _ = writeln!(out, "  {PLACE}{path}{line}{PLACE:#} {reason}");
    }
}

fn steps(out: &mut String, plan: &Plan, verbose: bool) {
    if !plan.steps.is_empty() {
        heading(out, "Next, once it is written");
    }
    for step in &plan.steps {
        let _ = writeln!(out, "  {}", on_one_line(&step.why));
        let shown = if verbose {
            step.commands.len()
        } else {
            COMMANDS
        };
        for command in step.commands.iter().take(shown) {
            let _ = writeln!(out, "    {HELP}{}{HELP:#}", on_one_line(command));
        }
        if step.commands.len() > shown {
            let more = step.commands.len() - shown;
            let _ = writeln!(out, "    and {more} more of the kind (--verbose)");
        }
    }
}

/// Commands shown of one step.
const COMMANDS: usize = 12;

/// A number of things, as in `1 file` and `2 files`.
pub fn counted(count: usize, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}
