//! Many repositories in one run: each a transaction of its own.

mod ended;
mod ledger;
mod named;
mod patches;
mod side_by_side;
mod table;

use std::panic;
use std::path::{Path, PathBuf};

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

pub use named::{Named, named};

use crate::cli::{Common, Format};
use crate::commit::Interrupted;
use crate::config::{self, RunConfig};
use crate::diff::FileDiff;
use crate::format::{self, Framing, RepositoryPlan, Task};
use crate::pager;
use crate::repository::Planned;
use crate::say::styled;
use ended::Ended;
use ledger::Ledger;
use patches::Patches;
use side_by_side::side_by_side;

/// What is done with each of many repositories.
pub struct Many<'a> {
    /// What was asked for.
    pub common: &'a Common,
    /// A text that tells this run from one that asks for something else.
    pub asked: String,
    /// How it is told.
    pub format: Format,
    /// Where patches go.
    pub out_dir: Option<&'a Path>,
    /// Plans one, and writes it where that was asked for.
    pub deal: &'a (dyn Fn(Find<'_>) -> anyhow::Result<Planned> + Sync),
}

/// Finds one repository and its configuration.
pub type Find<'f> = &'f dyn Fn() -> anyhow::Result<RunConfig>;

/// What all came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Total {
    /// Repositories that change.
    pub changed: usize,
    /// Repositories that were refused or failed.
    pub errors: usize,
}

/// One repository that was dealt with.
struct Dealt {
    ended: Ended,
    /// What is told of it.
    told: String,
    /// Whether the ledger said it.
    is_old: bool,
}

impl Many<'_> {
    /// Deals with all of them; one that fails stops no other.
    ///
    /// # Errors
    /// What concerns all: the ledger, the directory of patches, standard output, a signal.
    pub fn run(&self, all: &[Named]) -> anyhow::Result<Total> {
        let ledger = self
            .common
            .several
            .ledger
            .as_deref()
            .map(Ledger::open)
            .transpose()?;
        let patches = self.out_dir.map(|out| Patches::new(out, all)).transpose()?;
        let bar = progress(all.len());
        let deal = |number: usize| {
            let dealt = self.one(&all[number], number, ledger.as_ref(), patches.as_ref());
            bar.inc(1);
            dealt
        };
        let mut framing = Framing::new(self.format, true);
        let mut ends: Vec<Dealt> = Vec::with_capacity(all.len());
        side_by_side(all.len(), &deal, |mut dealt| {
            let told = match dealt.is_old {
                true => String::new(),
                false => framing.before().to_owned() + &std::mem::take(&mut dealt.told),
            };
            ends.push(dealt);
            bar.suspend(|| pager::show(&told, false))
        })?;
        pager::show(framing.end(), false)?;
        bar.finish_and_clear();
        let named = all.iter().map(|named| named.name.as_path());
        let rows: Vec<(&Path, &Ended)> = named.zip(ends.iter().map(|dealt| &dealt.ended)).collect();
        if let Some(patches) = &patches {
            patches.index(&rows)?;
        }
        let old = ends.iter().filter(|dealt| dealt.is_old).count();
        styled(&table::table(&rows, old, self.common.verbose));
        let changed = rows.iter().filter(|(_, ended)| ended.files > 0).count();
        let errors = rows.iter().filter(|(_, ended)| ended.outcome.is_error());
        Ok(Total {
            changed,
            errors: errors.count(),
        })
    }

    /// Deals with one; only what concerns all is an error.
    fn one(
        &self,
        named: &Named,
        number: usize,
        ledger: Option<&Ledger>,
        patches: Option<&Patches>,
    ) -> anyhow::Result<Dealt> {
        let root = config::root(&named.paths[0]).unwrap_or_else(|_| named.name.clone());
        let state = || ledger::state(&root, &self.asked);
        if let Some(ledger) = ledger
            && let Some(ended) = ledger.done(&root, &state(), self.common.several.retry)
        {
            return Ok(Dealt {
                ended,
                told: String::new(),
                is_old: true,
            });
        }
        let planned = panic::catch_unwind(panic::AssertUnwindSafe(|| self.planned(named)));
        let planned = planned.unwrap_or_else(|_| {
            Err(anyhow::anyhow!(
                "this is a fault of tfkeyless, please report it"
            ))
        });
        let (ended, told) = match planned {
            Ok(mut planned) => {
                let ended = Ended::planned(&planned.plan);
                if let Some(patches) = patches {
                    patches.write(number, &planned)?;
                }
                (ended, self.told(named, Ok(&mut planned)))
            }
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                let ended = Ended::failed(&error);
                let told = self.told(named, Err(ended.why.as_deref().unwrap_or_default()));
                (ended, told)
            }
        };
        if let Some(ledger) = ledger {
            ledger.note(&root, &state(), &ended)?;
        }
        Ok(Dealt {
            ended,
            told,
            is_old: false,
        })
    }

    fn told(&self, named: &Named, planned: Result<&mut Planned, &str>) -> String {
        match (self.format, planned) {
            (Format::Text, Ok(planned)) => shown(planned, &named.name),
            (format, planned) => {
                let subject = RepositoryPlan {
                    task: Task::Plan,
                    name: &named.name,
                    planned: planned.map(|planned| &*planned),
                };
                format::part(format, &subject, true)
            }
        }
    }

    fn planned(&self, named: &Named) -> anyhow::Result<Planned> {
        let root = config::root(&named.paths[0])?;
        // Its own configuration counts before the common one.
        let common = self.common.config.as_deref();
        let common = common.filter(|_| !root.join(config::NAME).is_file());
        let Common { chosen, review, .. } = self.common;
        (self.deal)(&|| RunConfig::new(&named.paths, common, chosen, *review))
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
        Some(_) => bail!("--out is for one repository; several have `plan --out-dir DIR`"),
        None => Ok(()),
    }
}
