//! `tfkeyless plan` and `tfkeyless apply`.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use rayon::prelude::*;

use crate::cli::{ApplyArgs, Common, PlanArgs};
use crate::config::Run;
use crate::diff::FileDiff;
use crate::repository::Planned;
use crate::say::{say, styled};
use crate::{commit, git, pager, prompt, report};

/// Changes are pending, and `--check` asked.
const PENDING: u8 = 1;

/// Shows the migration and writes nothing.
pub fn plan(args: &PlanArgs) -> anyhow::Result<u8> {
    let run = Run::new(&args.common)?;
    let planned = Planned::new(run)?;
    show(&planned, &args.common)?;
    Ok(if args.check && !planned.plan.changes.is_empty() {
        PENDING
    } else {
        0
    })
}

/// Shows the migration, asks, and writes all of it or nothing.
pub fn apply(args: &ApplyArgs) -> anyhow::Result<u8> {
    if !args.yes && !prompt::is_possible() {
        bail!(
            "there is no terminal to ask on: run with --yes, or look first with `tfkeyless plan`"
        );
    }
    let mut run = Run::new(&args.common)?;
    if let Some(count) = commit::recover(&run.root)? {
        let files = report::counted(count, "file");
        say(&format!(
            "A run that was killed is undone: {files} as before it."
        ));
        // The journal may have been all that made this directory a root.
        run = Run::new(&args.common)?;
    }
    let planned = Planned::new(run)?;
    show(&planned, &args.common)?;
    let Planned {
        root, plan, strays, ..
    } = planned;
    commit::sweep(&strays)?;
    if plan.changes.is_empty() {
        return Ok(0);
    }
    let files: Vec<PathBuf> = plan
        .changes
        .iter()
        .map(|change| change.path.clone())
        .collect();
    if !git::is_work_tree(&root) {
        say(&format!(
            "\n{} is no git repository: nothing to go back to but your own copy.",
            root.display()
        ));
    } else if !args.allow_dirty {
        refuse_dirty(&root, &files)?;
    }
    let count = report::counted(files.len(), "file");
    if !args.yes && !prompt::confirm(&format!("Write {count}?"))? {
        say("Nothing was written.");
        return Ok(0);
    }
    commit::commit(&root, &plan.changes)?;
    say(&format!("\nWritten: {count}."));
    Ok(0)
}

fn refuse_dirty(root: &Path, files: &[PathBuf]) -> anyhow::Result<()> {
    let dirty = git::dirty(root, files)?;
    if dirty.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = dirty
        .iter()
        .take(10)
        .map(|path| format!("\n  {}", path.display()))
        .collect();
    let more = match dirty.len().saturating_sub(10) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    bail!(
        "uncommitted changes in files that would be written; commit or stash them, or run with \
         --allow-dirty:{}{more}",
        shown.concat()
    );
}

/// Shows diff and summary, writes the patch where it was asked for.
fn show(planned: &Planned, common: &Common) -> anyhow::Result<()> {
    let plan = &planned.plan;
    let diffs = planned.diffs();
    if let Some(out) = &common.out {
        let patch: String = diffs.iter().map(FileDiff::patch).collect();
        write_private(out, &patch).with_context(|| out.display().to_string())?;
    }
    let color = pager::is_colored();
    let shown: Vec<_> = diffs.par_iter().map(|diff| diff.shown(color)).collect();
    let text: String = shown.iter().map(|shown| shown.text.as_str()).collect();
    pager::show(&text, !common.no_pager)?;
    let mut summary = report::summary(plan, common.verbose);
    if shown.iter().any(|shown| shown.masked || shown.escaped) {
        summary += "\nThe diff shown has secrets masked or control characters escaped: \
                    it does not apply. `--out FILE` writes the exact patch.\n";
    }
    if !planned.is_configured {
        summary += "\nThere is no tfkeyless.hcl at the repository's root: defaults were used.\n";
    }
    styled(&summary);
    Ok(())
}

/// Writes the patch to `path`, which may be a link to where it shall go: to a file that only its
/// owner can read, or into the pipe or device that stands there.
fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    if path.exists() && !path.is_file() {
        let mut there = File::options().write(true).open(path)?;
        return Ok(there.write_all(text.as_bytes())?);
    }
    let real = match path.is_symlink() {
        true => fs::canonicalize(path)?,
        false => path.to_path_buf(),
    };
    let directory = match real.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600))?;
    file.persist(real)?;
    Ok(())
}
