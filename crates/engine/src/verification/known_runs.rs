//! The commands of jobs and pipelines that plan a root module.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ci::run_arguments::RunArguments;
use ci::systems::HCP;
use ci::terraform_run::{RunsIn, TerraformRun};
use ci::variant::Variant;
use syntax::code::sentence;
use syntax::visible;

use crate::repo::Repo;

/// A command that plans, in a directory that is known.
pub(super) struct KnownRun {
    pub run: TerraformRun,
    /// What the init before it is given.
    pub init: RunArguments,
    /// Who runs it, as a message names it.
    pub by: String,
}

/// All of them.
pub(super) struct KnownRuns {
    by_directory: HashMap<PathBuf, Vec<KnownRun>>,
    /// Commands that choose a variant in a directory that only the run determines.
    anywhere: Vec<KnownRun>,
    /// The directories of workspaces of HCP Terraform.
    hosted: Vec<PathBuf>,
}

impl KnownRuns {
    pub fn of(repo: &Repo) -> Self {
        let mut known = Self {
            by_directory: HashMap::new(),
            anywhere: Vec::new(),
            hosted: Vec::new(),
        };
        let workflows = &repo.index().workflows;
        for owner in workflows.owners() {
            let Some(job) = workflows.job(owner) else {
                continue;
            };
            // The steps of a job that calls a workflow are those of that workflow.
            if job.uses.is_some() {
                continue;
            }
            let path = visible::path(&workflows.source(owner).path);
            let by = sentence!("job `{}` of {path}", job.id);
            for context in workflows.contexts(owner).iter() {
                let runs = workflows.runs_with(owner, &context.values);
                known.add(runs.into_iter().map(|it| it.run), &by);
            }
        }
        for runner in repo.index().runners.iter() {
            if runner.system == HCP {
                let directories = runner.runs.iter().filter_map(|it| it.run.directory.clone());
                known.hosted.extend(directories);
                continue;
            }
            let by = format!("{} ({})", runner.system, visible::path(&runner.at.path));
            known.add(runner.runs.iter().map(|it| it.run.clone()), &by);
        }
        known
    }

    /// Adds the commands of one runner, in their order.
    fn add(&mut self, runs: impl Iterator<Item = TerraformRun>, by: &str) {
        let mut inits: HashMap<PathBuf, RunArguments> = HashMap::new();
        for run in runs {
            let is_one = run.runs_in == RunsIn::Runner && !run.is_tree && !run.is_terragrunt;
            let Some(directory) = run.directory.clone().filter(|_| is_one) else {
                let is_chosen = run.variant != Variant::default() && run.arguments.makes_plan;
                if is_one && is_chosen {
                    let (init, by) = (RunArguments::default(), by.to_owned());
                    self.anywhere.push(KnownRun { run, init, by });
                }
                continue;
            };
            if run.has_init {
                inits.insert(directory, run.arguments);
                continue;
            }
            if !run.arguments.makes_plan {
                continue;
            }
            let init = inits.get(&directory).cloned().unwrap_or_default();
            let all = self.by_directory.entry(directory).or_default();
            let is_known = all.iter().any(|it| {
                (&it.run.variant, &it.init) == (&run.variant, &init)
                    && it.run.arguments.environment_variables == run.arguments.environment_variables
            });
            if !is_known {
                let by = by.to_owned();
                all.push(KnownRun { run, init, by });
            }
        }
    }

    /// Those of a root module, each in another variant.
    pub fn of_root(&self, directory: &Path) -> &[KnownRun] {
        self.by_directory.get(directory).map_or(&[], Vec::as_slice)
    }

    /// The first command that may plan a root module in a variant of its choice.
    pub fn choosing(&self, directory: &Path) -> Option<&KnownRun> {
        let mut anywhere = self.anywhere.iter();
        anywhere.find(|it| it.run.may_run(directory))
    }

    /// Whether HCP Terraform plans it.
    pub fn is_hosted(&self, directory: &Path) -> bool {
        self.hosted.iter().any(|it| it == directory)
    }

    /// The directories in which a command plans, or HCP Terraform.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        let all = self.by_directory.keys().chain(&self.hosted);
        all.map(PathBuf::as_path)
    }
}
