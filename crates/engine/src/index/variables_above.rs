//! The variables of Terraform that jobs, pipelines and scripts above the root set: no edit takes them away there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ci::terraform_run::TerraformRun;
use syntax::location::Location;
use terraform::references::words;

use super::set_elsewhere;

/// What runs Terraform, as files name it.
const PROGRAMS: [&str; 3] = ["terraform", "tofu", "terragrunt"];

/// What is set above the root, and what runs there.
#[derive(Debug, Clone, Default)]
pub struct VariablesAbove {
    /// Where workflows set each variable first, seen from the root.
    in_workflows: BTreeMap<String, Location>,
    /// Where other files that run Terraform do. Whoever calls them may do so for any root module.
    in_scripts: BTreeMap<String, Location>,
    /// The commands that may run something below the root.
    runs: Vec<TerraformRun>,
}

impl VariablesAbove {
    /// None yet, beside these commands.
    pub(super) fn of(runs: Vec<TerraformRun>) -> Self {
        Self {
            runs,
            ..Self::default()
        }
    }

    /// Adds what a file sets, by its path seen from the root.
    pub(super) fn add(&mut self, path: &Path, text: &str, is_workflow: bool) {
        let places = match is_workflow {
            true => &mut self.in_workflows,
            false if PROGRAMS.iter().any(|it| text.contains(it)) => &mut self.in_scripts,
            false => return,
        };
        let mut names = BTreeSet::new();
        set_elsewhere::collect(text, &mut names);
        for name in names {
            let in_environment = format!("{}{name}", set_elsewhere::ENVIRONMENT);
            let at = [&name, &in_environment].map(|word| words(text, word).first().copied());
            let at = at.into_iter().flatten().min().unwrap_or_default();
            let place = || Location::at(path.to_path_buf(), text, at);
            places.entry(name).or_insert_with(place);
        }
    }

    /// Where a variable of a root module is set; `None` where nothing above that sets it may run the root module.
    pub(crate) fn place(&self, name: &str, root_module: &Path) -> Option<&Location> {
        let is_run = |_: &&Location| self.runs.iter().any(|run| run.may_run(root_module));
        let by_job = self.in_workflows.get(name).filter(is_run);
        by_job.or_else(|| self.in_scripts.get(name))
    }
}
