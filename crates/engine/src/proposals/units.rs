//! The files above Terragrunt's units, which are edited together with the file that reads them.

use std::path::Path;

use crate::error::PlanError;
use crate::index::document;
use crate::repo::Repo;
use crate::source::Source;
use syntax::hcl::Document;
use terraform::module::Module;

/// Adds to a module the files that the units of its Terragrunt files read their account from.
pub(super) fn add(source: &dyn Source, module: &mut Module, repo: &Repo) -> Result<(), PlanError> {
    let units = &repo.index().units;
    let own = module.documents.iter().map(Document::path);
    if !own.clone().any(|path| units.of.contains_key(path)) {
        return Ok(());
    }
    let known: Vec<&Path> = own.collect();
    let parents = units.parents.iter();
    // What is more than locals is of its own directory's module, and is not edited for units.
    let is_other = |path: &Path| {
        let facts = repo.index().modules.facts_of(path);
        !known.contains(&path) && facts.is_none_or(|facts| !facts.matters())
    };
    let parents = parents.filter(|(path, _)| is_other(path));
    let mut added = Vec::new();
    for (path, parent) in parents {
        if let Some(text) = &parent.text {
            added.push(document::closed(path, text)?);
        }
    }
    for document in added {
        let path = document.path().to_path_buf();
        let obstacle = document::obstacle(source, &document, &path);
        let obstacle = obstacle.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
        let obstacles = &mut module.around.obstacles;
        obstacles.extend(obstacle.map(|obstacle| (path, obstacle)));
        module.documents.push(document);
    }
    Ok(())
}
