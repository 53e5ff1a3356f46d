//! What stands between modules and the configured provider: all their code is read for it.

use std::path::PathBuf;

use rayon::prelude::*;

use super::around;
use crate::error::PlanError;
use crate::repo::Repo;
use crate::source::Source;
use terraform::module::Module;
use upgrade::arguments::{Breaks, changes};

/// Learns it for every module that passes majors or is at the target.
pub(crate) fn learn(source: &dyn Source, repo: &mut Repo) -> Result<(), PlanError> {
    let directories = repo.crossing_directories().into_par_iter();
    let learned = directories.map_init(Vec::new, |buffer, directory| {
        let mut module = Module::new(directory, Vec::new());
        around::configuration(source, &mut module, buffer)?;
        let crossing = repo.crossing(&module.directory);
        let changes = crossing.map(|crossing| changes(&module, crossing));
        let breaks = Breaks::of(&changes.unwrap_or_default(), |edit| {
            let path = &edit.path;
            match repo.selection().contains(path) {
                true => module.obstacle(path).map(str::to_owned),
                false => Some("is not among the paths named".to_owned()),
            }
        });
        Ok(breaks.is_known.then_some((module.directory, breaks)))
    });
    let learned: Vec<(PathBuf, Breaks)> = learned
        .filter_map(Result::transpose)
        .collect::<Result<_, PlanError>>()?;
    repo.learn_breaks(learned);
    Ok(())
}
