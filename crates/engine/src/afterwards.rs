//! The transforms that run once all others have spoken: on what the edits of a plan leave behind.

use rayon::prelude::*;

use crate::error::PlanError;
use crate::index::around;
use crate::planner::Scanned;
use crate::planner::say;
use crate::repo::Repo;
use crate::source::Source;
use crate::transform::{Transform, When};
use crate::unused::names_in_edits;
use terraform::module::{Module, Scripts};

/// Runs them on the modules whose edits take out code with names. `scripts` are those of the tree
/// where they have been read before.
pub(crate) fn scan(
    source: &dyn Source,
    scanned: &mut [Scanned],
    repo: &Repo,
    scripts: Option<Scripts>,
) -> Result<(), PlanError> {
    let running = repo.catalogue().iter();
    let running: Vec<&Transform> = running
        .filter(|transform| transform.when == When::Afterwards && repo.runs(transform.id))
        .collect();
    if running.is_empty() {
        return Ok(());
    }
    let modules = scanned.par_iter_mut().map(|scanned| &mut scanned.module);
    let modules: Vec<&mut Module> = modules
        .filter(|module| !names_in_edits(module).is_empty())
        .collect();
    if modules.is_empty() {
        return Ok(());
    }
    let scripts = match scripts {
        Some(scripts) => scripts,
        None => around::scripts(source)?,
    };
    let modules = modules.into_par_iter();
    modules.try_for_each_init(Vec::new, |buffer, module| {
        if !repo.may_leave_variables(&module.directory) {
            around::add(source, module, buffer, repo, &scripts)?;
        }
        for transform in &running {
            say(transform, module, repo);
        }
        Ok(())
    })
}
