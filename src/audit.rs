//! `tfkeyless audit`: the ratchet for CI, once the migration is done.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::Style;
use anyhow::bail;
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use engine::plan::Plan;
use syntax::visible;
use transforms::CATALOGUE;

use crate::cli::{AuditArgs, Chosen, Format};
use crate::config::Invocation;
use crate::counted::counted;
use crate::exit::Exit;
use crate::format::{self, RepositoryResult, Task};
use crate::pager;
use crate::redact::on_one_line;
use crate::report;
use crate::repository::Planned;
use crate::say::{say, styled};
use crate::terminal;

/// Audits and prints what was found.
pub fn audit(args: &AuditArgs) -> anyhow::Result<Exit> {
    refuse_others(&args.chosen)?;
    let run = Invocation::new(&args.paths, args.config.as_deref(), &args.chosen, false)?;
    let planned = Planned::audited(run)?;
    let plan = &planned.plan;
    if args.format == Format::Text {
        match pager::is_terminal() {
            true => {
                pager::styled(&report::audited(&planned, args.verbose), false)?;
                if !plan.findings.is_empty() {
                    say("");
                }
            }
            // Editors and scripts read a finding a line.
            false => pager::show(&plan.findings.iter().map(line).collect::<String>(), false)?,
        }
        styled(&summary(plan, args.verbose));
    } else {
        let subject = RepositoryResult {
            task: Task::Audit,
            name: &planned.root,
            planned: Ok(&planned),
        };
        pager::show(&format::whole(args.format, &subject), false)?;
    }
    Ok(Exit::found(!plan.findings.is_empty()))
}

/// Fails where a transform is asked for of which an audit knows nothing.
fn refuse_others(chosen: &Chosen) -> anyhow::Result<()> {
    let audited = CATALOGUE.audited();
    let mut only = chosen.only.iter();
    match only.find(|id| !audited.contains(&id.as_str())) {
        None => Ok(()),
        Some(other) => bail!("an audit is about {}, not {other}", audited.join(", ")),
    }
}

/// A finding in the form of compilers on one line, with its help below.
fn line(finding: &Finding) -> String {
    let at = &finding.at;
    let place = format!("{}:{}:{}", visible::path(&at.path), at.line, at.column);
    let text = on_one_line(&finding.sentence());
    let help = finding.help.iter().flat_map(Help::lines);
    let help = help.map(|help| format!("    help: {}\n", on_one_line(help)));
    let help: String = help.collect();
    format!("{place}: error[{}]: {text}\n{help}", finding.transform)
}

/// What can be done about the findings.
const HELP: &str = " run `tfkeyless plan` for what it can change, or keep what is meant to stay with a comment \
     `tfkeyless: ignore[ID] reason` on its line or the one above";

/// A sentence whose first words are bold.
fn bold(first: &str, rest: &str) -> String {
    terminal::after(first, Style::new().bold(), rest, terminal::width())
}

fn summary(plan: &Plan, verbose: bool) -> String {
    let mut out = String::new();
    report::skipped(&mut out, &plan.skipped, verbose);
    report::kept(&mut out, &plan.kept, verbose);
    if !out.is_empty() {
        out.push('\n');
    }
    let files: BTreeSet<_> = plan.findings.iter().map(|found| &found.at.path).collect();
    let _ = match plan.findings.len() {
        0 => writeln!(out, "Nothing found."),
        count => writeln!(
            out,
            "{}\n{}",
            bold(
                &counted(count, "finding"),
                &format!(" in {}.", counted(files.len(), "file"))
            ),
            bold("help:", HELP),
        ),
    };
    out
}
