//! The code of transforms: what each reads, when it runs, and what it gets of those before it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ci::github::workflow::Workflows;
use diagnostics::finding::{FileEdit, Finding};
use syntax::location::Location;
use terraform::module::Module;

use crate::catalogue::Transform;
use crate::migration::Migration;
use crate::repo::Repo;

/// What a transform reads, and when it runs.
#[derive(Debug, Clone, Copy)]
pub enum Scan {
    /// One module of the repository, as it was read.
    Module(fn(&Module, &Repo) -> Vec<Finding>),
    /// The same, with the findings of the transforms before it in the catalogue.
    ModuleWithEarlier(fn(&Module, Earlier<'_>, &Repo) -> Vec<Finding>),
    /// A module whose edits remove code that references declarations, once all others have
    /// reported.
    Leftovers(fn(&Module, Earlier<'_>, &Repo) -> Vec<Finding>),
    /// What may depend on who runs Terraform, all together, once modules and workflows have reported and
    /// change that.
    Migration(fn(&Migration, &Repo) -> Vec<Finding>),
    /// The repository's workflows, all together, and the static keys in other files that run
    /// Terraform.
    Workflows(fn(&Workflows, &[Location], &Repo) -> Vec<Finding>),
    /// The workflows with their jobs signed in, once all modules have reported.
    SignedInWorkflows(fn(&Workflows, &Introduced, &Repo) -> Vec<Finding>),
}

/// The code of the transforms of a catalogue, by id.
#[derive(Debug, Clone, Copy)]
pub struct Scans(pub &'static [(&'static str, Scan)]);

impl Scans {
    /// The transforms that run, in the order of the catalogue, with their code.
    pub fn running(self, repo: &Repo) -> impl Iterator<Item = (&'static Transform, Scan)> {
        let running = repo.request().running();
        running.filter_map(move |transform| {
            let mut scans = self.0.iter();
            let (_, scan) = scans.find(|(id, _)| *id == transform.id)?;
            Some((transform, *scan))
        })
    }
}

/// The findings of the transforms that ran before on the same module. Each transform sees what
/// those before it remove.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'f>(pub &'f [Finding]);

impl<'f> Earlier<'f> {
    /// The edits that the plan makes so far.
    pub fn edits(self) -> impl Iterator<Item = &'f FileEdit> {
        let made = self.0.iter().filter(|finding| finding.applied);
        made.flat_map(|finding| &finding.edits)
    }
}

/// What the edits of modules introduce that jobs need.
#[derive(Debug, Default)]
pub struct Introduced {
    /// The files that now name an AWS profile, and which.
    pub profiles: BTreeSet<(PathBuf, String)>,
    /// The directories with modules that now come from repositories, and which: `HOST/OWNER/NAME`.
    pub module_repositories: Vec<(PathBuf, String)>,
}

impl Introduced {
    /// What the findings introduce whose edits the plan makes.
    pub(crate) fn by<'f>(applied: impl Iterator<Item = &'f Finding> + Clone) -> Self {
        let profiles = applied.clone().flat_map(|finding| {
            let profiles = finding.profiles.iter();
            profiles.flat_map(|profile| {
                let paths = finding.edits.iter().map(|edit| edit.path.clone());
                paths.map(|path| (path, profile.clone()))
            })
        });
        let repositories = applied.filter_map(|finding| {
            let repository = finding.module_source.as_ref()?.github_repository()?;
            Some((finding.at.path.parent()?.to_path_buf(), repository))
        });
        Self {
            profiles: profiles.collect(),
            module_repositories: repositories.collect(),
        }
    }
}
