//! `tfkeyless plan` and `tfkeyless apply`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use rayon::prelude::*;

use crate::cli::{ApplyArgs, Common, Format, PlanArgs};
use crate::config::Invocation;
use crate::counted::counted;
use crate::exit::Exit;
use crate::format::{self, RepositoryResult, Task, html};
use crate::many::completion::Completion;
use crate::many::{Many, NamedRepository};
use crate::page_file::PageFile;
use crate::patch::write_patch;
use crate::prompt::Choice;
use crate::repository::Planned;
use crate::say::{noted, say, styled};
use crate::writing::Writing;
use crate::{interactive, many, pager, prompt, report, whole_file};

/// Shows the migration and writes nothing.
pub fn plan(args: &PlanArgs) -> anyhow::Result<Exit> {
    let common = &args.common;
    refuse_tracked_out(common)?;
    let exit = |changed: bool| Exit::found(args.check && changed);
    let named = many::named(common)?;
    let page = match args.format {
        Format::Html => Some(PageFile::new(common.out.as_deref())?),
        _ => None,
    };
    if let Some(one) = only(&named, common).filter(|_| args.out_dir.is_none()) {
        let planned = Planned::new(&invocation(&one.paths, common)?)?;
        match args.format {
            Format::Text => {
                show(&planned, common)?;
                if args.next_steps {
                    styled(&report::next_steps(&planned.plan, common.verbose));
                }
            }
            Format::Html => {}
            format => print(&planned, format, common)?,
        }
        if let Some(file) = page {
            write_page(&planned, file, common)?;
        }
        return Ok(exit(!planned.plan.changes.is_empty()));
    }
    if page.is_none() {
        many::refuse_out(common)?;
    }
    let many = Many {
        common,
        asked: asked("plan", common),
        format: args.format,
        out_dir: args.out_dir.as_deref(),
        page,
        writes: false,
        process: &|find| Planned::new(&find()?),
    };
    let total = many.run(&named)?;
    Ok(match total.errors {
        0 => exit(total.changed > 0),
        _ => Exit::Failed,
    })
}

/// Shows the migration, asks, and writes all of it or nothing.
pub fn apply(args: &ApplyArgs) -> anyhow::Result<Exit> {
    if !args.yes && !prompt::is_possible() {
        bail!(
            "there is no terminal to ask on: run with --yes, or look first with `tfkeyless plan`"
        );
    }
    let common = &args.common;
    refuse_tracked_out(common)?;
    let named = many::named(common)?;
    let writing = Writing::new(args)?;
    let Some(one) = only(&named, common) else {
        if !args.yes {
            bail!(
                "several repositories are written with --yes only\nhelp: look first with `tfkeyless plan`"
            );
        }
        many::refuse_out(common)?;
        let many = Many {
            common,
            asked: asked("apply", common),
            format: args.format,
            out_dir: None,
            page: None,
            writes: true,
            process: &|find| {
                let mut planned = Writing::planned(find)?;
                writing.admit(&planned)?;
                writing.write(&mut planned)?;
                Ok(planned)
            },
        };
        let total = many.run(&named)?;
        return Ok(match total.errors {
            0 => Exit::Done,
            _ => Exit::Failed,
        });
    };
    let mut planned = Writing::planned(&|| invocation(&one.paths, common))?;
    if args.format != Format::Text {
        writing.admit(&planned)?;
        writing.write(&mut planned)?;
        let written = match planned.plan.changes.len() {
            1 => "1 file is".to_owned(),
            count => format!("{count} files are"),
        };
        print(&planned, args.format, common)
            .with_context(|| format!("{written} written without the report"))?;
        return Ok(Exit::Done);
    }
    if !args.interactive {
        show(&planned, common)?;
        if planned.plan.changes.is_empty() {
            return Ok(Exit::Done);
        }
        writing.admit(&planned)?;
    }
    let mut answer = match (args.yes, args.interactive) {
        (true, _) => Answer::Write,
        (false, true) => Answer::Review,
        (false, false) => answered(&planned, common)?,
    };
    while answer == Answer::Review {
        let reviewed =
            interactive::review(&invocation(&one.paths, common)?, common.config.is_none())?;
        styled(&reviewed.shown());
        planned = reviewed.planned;
        if planned.plan.changes.is_empty() {
            answer = Answer::Leave;
            break;
        }
        // Of what was edited at a question somebody knows; but no commit takes it in.
        if !reviewed.is_edited || args.commit {
            writing.admit(&planned)?;
        }
        answer = answered(&planned, common)?;
    }
    if answer == Answer::Leave {
        say("Nothing was written.");
        return Ok(Exit::Done);
    }
    writing.write(&mut planned)?;
    let count = counted(planned.plan.changes.len(), "file");
    say(&format!("\nWrote {count}."));
    if !common.quiet {
        if let Some(written) = &planned.written {
            styled(&report::git(written));
        }
        styled(&report::next_steps(&planned.plan, common.verbose));
    }
    Ok(Exit::Done)
}

/// Asks whether to write, as often as the diff is asked for in between.
fn answered(planned: &Planned, common: &Common) -> anyhow::Result<Answer> {
    let count = counted(planned.plan.changes.len(), "file");
    let choices = [
        Choice::new(Answer::Write, "yes", "write all of it"),
        Choice::new(Answer::Leave, "no", "write nothing"),
        Choice::new(
            Answer::Review,
            "review one by one",
            "ask of each change whether it is made",
        ),
        Choice::new(Answer::Diff, "diff", "show the diff again"),
    ];
    loop {
        match prompt::ask(&format!("\nWrite {count}?"), &choices, Answer::Leave)? {
            Answer::Diff => {
                show_diff(planned, common)?;
            }
            answer => return Ok(answer),
        }
    }
}

/// What somebody says of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Write,
    Leave,
    Review,
    Diff,
}

/// Refuses to write what is planned over a file of the repository.
fn refuse_tracked_out(common: &Common) -> anyhow::Result<()> {
    common
        .out
        .as_deref()
        .map_or(Ok(()), whole_file::refuse_tracked)
}

/// What is to be planned of one repository.
fn invocation(paths: &[PathBuf], common: &Common) -> anyhow::Result<Invocation> {
    let (config, chosen) = (common.config.as_deref(), &common.chosen);
    let invocation = Invocation::new(paths, config, chosen, common.review)?;
    Ok(invocation.including_ignored(common.include_ignored))
}

/// What was asked for, as a text: two runs with the same text plan the same of one repository. The
/// version is part of it, since another release may plan something else.
fn asked(command: &str, common: &Common) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let config = common.config.as_ref().map(fs::read);
    format!(
        "{version} {command} {:?} {:?} {} {} {:?}",
        common.chosen.only,
        common.chosen.skip,
        common.review,
        common.include_ignored,
        config.and_then(Result::ok)
    )
}

/// The repository, where the run is about one and as such.
fn only<'n>(named: &'n [NamedRepository], common: &Common) -> Option<&'n NamedRepository> {
    let asked = common.several.repos.is_some()
        || !common.several.each.is_empty()
        || common.several.ledger.is_some();
    match named {
        [one] if !asked => Some(one),
        _ => None,
    }
}

/// Writes the plan to standard output in a form for machines, and the patch where it was asked for.
fn print(planned: &Planned, format: Format, common: &Common) -> anyhow::Result<()> {
    if let Some(out) = &common.out {
        write_patch(planned, out)?;
    }
    let subject = RepositoryResult {
        task: Task::Plan,
        name: &planned.root,
        planned: Ok(planned),
    };
    pager::show(&format::whole(format, &subject), false)
}

/// Writes the review page of one repository.
fn write_page(planned: &Planned, file: PageFile<'_>, common: &Common) -> anyhow::Result<()> {
    let subject = RepositoryResult {
        task: Task::Plan,
        name: &planned.root,
        planned: Ok(planned),
    };
    let mut page = html::Page::new(None)?;
    page.add(
        &html::part(&subject, None),
        &Completion::planned(&planned.plan),
    )?;
    file.write(page, &html::name(&subject, false))?;
    // What goes to standard output is for another program.
    if common.out.is_some() {
        styled(&format!("{}\n", report::summary(&planned.plan)));
    }
    Ok(())
}

/// Shows the diff and what is to be known of it, writes the patch where it was asked for.
fn show(planned: &Planned, common: &Common) -> anyhow::Result<()> {
    if let Some(out) = &common.out {
        write_patch(planned, out)?;
    }
    if !planned.is_configured {
        // Without it backends stay as they are, and with them the roles of their root modules.
        noted("run `tfkeyless init` first: there is no tfkeyless.hcl at the repository's root");
    }
    let is_exact = show_diff(planned, common)?;
    if !common.quiet {
        styled(&report::report(planned, common.verbose));
    }
    if !is_exact {
        say(
            "\nThe diff shown has secrets masked or control characters escaped and does not apply. \
             `--out FILE` writes the exact patch.",
        );
    }
    styled(&format!("\n{}\n", report::summary(&planned.plan)));
    Ok(())
}

/// Shows the diff; whether it is exact, with nothing masked or escaped.
fn show_diff(planned: &Planned, common: &Common) -> anyhow::Result<bool> {
    let color = pager::is_colored();
    let diffs = planned.diffs();
    let shown: Vec<_> = diffs.par_iter().map(|diff| diff.shown(color)).collect();
    let text: String = shown.iter().map(|shown| shown.text.as_str()).collect();
    pager::show(&text, !common.no_pager)?;
    Ok(!shown.iter().any(|shown| shown.masked || shown.escaped))
}
