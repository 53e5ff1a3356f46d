//! Many repositories in one run: each a transaction of its own.

pub mod completion;
mod ledger;
mod named;
mod patches;
mod side_by_side;
mod table;

use std::panic;
use std::path::{Path, PathBuf};

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use completion::Completion;
pub use named::{NamedRepository, named};

use crate::cli::{Common, Format};
use crate::commit::Interrupted;
use crate::config::{self, Invocation};
use crate::counted::repositories;
use crate::diff::FileDiff;
use crate::format::html::{self, Several};
use crate::format::{self, Framing, RepositoryResult, Task};
use crate::machine;
use crate::page_file::PageFile;
use crate::pager;
use crate::repository::Planned;
use crate::say::styled;
use ledger::Ledger;
use patches::Patches;
use side_by_side::side_by_side;

/// What is done with each of many repositories.
pub struct Many<'a> {
    /// What was asked for.
    pub common: &'a Common,
    /// What was asked for, as a text: the ledger compares it between runs.
    pub asked: String,
    /// The form of standard output.
    pub format: Format,
    /// Where patches go.
    pub out_dir: Option<&'a Path>,
    /// Where the review page goes, if that is the form.
    pub page: Option<PageFile<'a>>,
    /// Whether it is written.
    pub writes: bool,
    /// Plans one, and writes it where that was asked for.
    pub process: &'a (dyn Fn(Find<'_>) -> anyhow::Result<Planned> + Sync),
}

/// Finds one repository and its configuration.
pub type Find<'f> = &'f dyn Fn() -> anyhow::Result<Invocation>;

/// The totals of a run over several repositories.
#[derive(Debug, Clone, Copy, Default)]
pub struct Total {
    /// Repositories that change.
    pub changed: usize,
    /// Repositories that were refused or failed.
    pub errors: usize,
}

/// What a page says of a repository that was passed over.
const RECORDED: &str = "Not planned again: unchanged since the run that the ledger records.";

/// One repository that was planned, or written.
struct Processed {
    completion: Completion,
    /// Its part of standard output.
    output: format::Part,
    /// Its part of the review page.
    part: html::Part,
    /// Whether the result is the ledger's.
    is_recorded: bool,
}

impl Many<'_> {
    /// Runs all of them; one that fails stops no other.
    ///
    /// # Errors
    /// What concerns all: the ledger, the directory of patches, standard output, a signal.
    pub fn run(&self, all: &[NamedRepository]) -> anyhow::Result<Total> {
        let ledger = self
            .common
            .several
            .ledger
            .as_deref()
            .map(Ledger::open)
            .transpose()?;
        let patches = self.out_dir.map(|out| Patches::new(out, all)).transpose()?;
        let several = Several::of(all.iter().map(|named| named.name.as_path()));
        let bar = progress(all.len());
        let process = |number: usize| {
            let (ledger, patches) = (ledger.as_ref(), patches.as_ref());
            let processed = self.process_one(&all[number], number, ledger, patches, &several);
            bar.inc(1);
            processed
        };
        let mut framing = Framing::new(self.format, true);
        let page = self.page.as_ref();
        let page_of = |_| html::Page::new(Some(several.clone()));
        let mut page = page.map(page_of).transpose()?;
        let mut ends: Vec<Processed> = Vec::with_capacity(all.len());
        side_by_side(all.len(), &process, |mut processed| {
            let output = match processed.is_recorded {
                true => String::new(),
                false => framing.add(std::mem::take(&mut processed.output)),
            };
            if let Some(page) = &mut page {
                page.add(&processed.part, &processed.completion)?;
                processed.part = html::Part::default();
            }
            ends.push(processed);
            bar.suspend(|| pager::show(&output, false))
        })?;
        pager::show(&framing.end(), false)?;
        if let (Some(page), Some(file)) = (page, &self.page) {
            file.write(page, &repositories(all.len()))?;
        }
        bar.finish_and_clear();
        let named = all.iter().map(|named| named.name.as_path());
        let rows: Vec<(&Path, &Completion)> = named
            .zip(ends.iter().map(|processed| &processed.completion))
            .collect();
        if let Some(patches) = &patches {
            patches.index(&rows)?;
        }
        let recorded = ends
            .iter()
            .filter(|processed| processed.is_recorded)
            .count();
        styled(&table::table(
            &rows,
            recorded,
            self.writes,
            self.common.verbose,
        ));
        let changed = rows
            .iter()
            .filter(|(_, completion)| completion.files > 0)
            .count();
        let errors = rows
            .iter()
            .filter(|(_, completion)| completion.outcome.is_error());
        Ok(Total {
            changed,
            errors: errors.count(),
        })
    }

    /// Runs one; only what concerns all is an error.
    fn process_one(
        &self,
        named: &NamedRepository,
        number: usize,
        ledger: Option<&Ledger>,
        patches: Option<&Patches>,
        several: &Several,
    ) -> anyhow::Result<Processed> {
        let root = config::root(&named.paths[0]).unwrap_or_else(|_| named.name.clone());
        let state = || ledger::state(&root, &self.asked);
        if let Some(ledger) = ledger
            && let Some(completion) = ledger.done(&root, &state(), self.common.several.retry)
        {
            return Ok(Processed {
                completion,
                output: format::Part::default(),
                part: self.part(named, Err(RECORDED), several),
                is_recorded: true,
            });
        }
        let planned = panic::catch_unwind(panic::AssertUnwindSafe(|| self.planned(named)));
        let planned = planned.unwrap_or_else(|panic| {
            Err(match machine::refusal(&*panic) {
                Some(refusal) => anyhow::anyhow!("the system refuses: {refusal}"),
                None => anyhow::anyhow!("this is a bug in tfkeyless, please report it"),
            })
        });
        let (completion, output, part) = match planned {
            Ok(mut planned) => {
                let completion = Completion::planned(&planned.plan);
                if let Some(patches) = patches {
                    patches.write(number, &planned)?;
                }
                let part = self.part(named, Ok(&planned), several);
                (completion, self.output(named, Ok(&mut planned)), part)
            }
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                let completion = Completion::failed(&error);
                let why = completion.why.as_deref().unwrap_or_default();
                let output = self.output(named, Err(why));
                let part = self.part(named, Err(why), several);
                (completion, output, part)
            }
        };
        if let Some(ledger) = ledger {
            ledger.note(&root, &state(), &completion)?;
        }
        Ok(Processed {
            completion,
            output,
            part,
            is_recorded: false,
        })
    }

    fn output(&self, named: &NamedRepository, planned: Result<&mut Planned, &str>) -> format::Part {
        match (self.format, planned) {
            (Format::Text, Ok(planned)) => shown(planned, &named.name).into(),
            (format, planned) => {
                let subject = RepositoryResult {
                    task: Task::Plan,
                    name: &named.name,
                    planned: planned.map(|planned| &*planned),
                };
                format::part(format, &subject, true)
            }
        }
    }

    /// Its part of the review page, where that is the form.
    fn part(
        &self,
        named: &NamedRepository,
        planned: Result<&Planned, &str>,
        several: &Several,
    ) -> html::Part {
        let subject = RepositoryResult {
            task: Task::Plan,
            name: &named.name,
            planned,
        };
        match self.page {
            Some(_) => html::part(&subject, Some(several)),
            None => html::Part::default(),
        }
    }

    fn planned(&self, named: &NamedRepository) -> anyhow::Result<Planned> {
        let root = config::root(&named.paths[0])?;
        // Its own configuration counts before the common one.
        let common = self.common.config.as_deref();
        let common = common.filter(|_| !root.join(config::NAME).is_file());
        let asked = self.common;
        (self.process)(&|| {
            let invocation = Invocation::new(&named.paths, common, &asked.chosen, asked.review)?;
            Ok(invocation.including_ignored(asked.include_ignored))
        })
    }
}

/// The diff for standard output. Its names begin with the repository's where that lies below the
/// working directory, so that all diffs together are one patch there.
fn shown(planned: &mut Planned, name: &Path) -> String {
    let name = name.strip_prefix("./").unwrap_or(name);
    let below: PathBuf = name
        .components()
        .filter(|part| part.as_os_str() != "/")
        .collect();
    for change in &mut planned.plan.changes {
        change.path = below.join(&change.path);
    }
    let color = pager::is_colored();
    let diffs = planned.diffs();
    diffs
        .iter()
        .map(|diff: &FileDiff<'_>| diff.shown(color).text)
        .collect()
}

fn progress(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} repositories, {eta} left");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Fails where `out` was asked for, which one repository alone can have.
///
/// # Errors
/// As above.
pub fn refuse_out(common: &Common) -> anyhow::Result<()> {
    match &common.out {
        Some(_) => bail!("--out is for one repository\nhelp: use `plan --out-dir DIR` for several"),
        None => Ok(()),
    }
}
