//! The variables of Terraform that jobs, pipelines and scripts above the root set: no edit takes them away there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ci::terraform_run::TerraformRun;
use syntax::location::Location;
use terraform::references::words;

use super::set_elsewhere;

/// What is set above the root, and what runs there.
#[derive(Debug, Clone, Default)]
pub struct VariablesAbove {
    /// Where each variable is set first, seen from the root.
    places: BTreeMap<String, Location>,
    /// The commands that may run something below the root.
    runs: Vec<TerraformRun>,
}

impl VariablesAbove {
    /// None yet, beside these commands.
    pub(super) fn of(runs: Vec<TerraformRun>) -> Self {
        Self {
            places: BTreeMap::new(),
            runs,
        }
    }

    /// Adds what a file sets, by its path seen from the root.
    pub(super) fn add(&mut self, path: &Path, text: &str) {
        let mut names = BTreeSet::new();
        set_elsewhere::collect(text, &mut names);
        for name in names {
            let in_environment = format!("{}{name}", set_elsewhere::ENVIRONMENT);
            let at = [&name, &in_environment].map(|word| words(text, word).first().copied());
            let at = at.into_iter().flatten().min().unwrap_or_default();
            let place = || Location::at(path.to_path_buf(), text, at);
            self.places.entry(name).or_insert_with(place);
        }
    }

    /// Where a variable of a root module is set; `None` where nothing above that sets it may run the root module.
    pub(crate) fn place(&self, name: &str, root_module: &Path) -> Option<&Location> {
        let place = self.places.get(name)?;
        let mut runs = self.runs.iter();
        runs.any(|run| run.may_run(root_module)).then_some(place)
    }
}
