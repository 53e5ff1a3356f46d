//! `tfkeyless audit`: the ratchet for CI, once the migration is done.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::bail;
use diagnostics::finding::Finding;
use engine::plan::Plan;
use transforms::CATALOGUE;

use crate::cli::{AuditArgs, Chosen, Format};
use crate::config::Invocation;
use crate::exit::Exit;
use crate::format::{self, RepositoryResult, Task};
use crate::pager;
use crate::redact::on_one_line;
use crate::report::{self, counted};
use crate::repository::Planned;
use crate::say::styled;

/// Audits and prints what was found.
pub fn audit(args: &AuditArgs) -> anyhow::Result<Exit> {
    refuse_others(&args.chosen)?;
    let run = Invocation::new(&args.paths, args.config.as_deref(), &args.chosen, false)?;
    let planned = Planned::audited(run)?;
    let plan = &planned.plan;
    if args.format == Format::Text {
        let lines: String = plan.findings.iter().map(line).collect();
        pager::show(&lines, false)?;
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

/// A finding in the form of compilers, which editors and CI can read.
fn line(finding: &Finding) -> String {
    let at = &finding.at;
    let path = at.path.to_string_lossy();
    let place = format!("{path}:{}:{}", at.line, at.column);
    let text = format!("{place}: {} [{}]", finding.sentence(), finding.transform);
    let help = finding.help.as_deref().map(on_one_line);
    let help = help.map_or(String::new(), |help| format!("    {help}\n"));
    format!("{}\n{help}", on_one_line(&text))
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
            "{} in {}. `tfkeyless plan` shows what it can change; what is meant to stay has \
             `tfkeyless: ignore[ID] reason` in a comment on its line or the one above.",
            counted(count, "place"),
            counted(files.len(), "file"),
        ),
    };
    out
}
