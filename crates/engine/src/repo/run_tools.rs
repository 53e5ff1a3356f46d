//! The tools that root modules are run with.

use std::path::{Path, PathBuf};

use super::Repo;
use crate::index::run_tools::RunAllForms;
use terraform::account::Account;

impl Repo {
    /// The program that a root module is run with: `tofu` where the names of its files, the nearest
    /// file of a version manager or its lock file are OpenTofu's, or workflows run OpenTofu and none
    /// runs Terraform; else `terraform`.
    pub fn program(&self, directory: &Path) -> &'static str {
        let files = |directory| self.index.modules.files(directory).into_iter().flatten();
        // OpenTofu's page "Files and Configuration Structure".
        let endings = [".tofu", ".tofu.json"];
        let is_own = |name: &str| endings.iter().any(|ending| name.ends_with(ending));
        let has_own = files(directory).any(|(name, _)| is_own(&name.to_string_lossy()));
        let mut above = directory.ancestors();
        let pinned = above.find_map(|it| self.index.run_tools.programs.get(it).copied());
        let is_run = || {
            let mut workflows = files(Path::new(".github/workflows"));
            workflows.any(|(_, facts)| facts.runs_opentofu)
        };
        let is_opentofus = match (pinned, self.lock(directory)) {
            (Some("tofu"), _) => true,
            // A file of Terraform's may be left over from before the move to OpenTofu.
            (_, Some(lock)) => lock.is_opentofu,
            (Some(_), None) => false,
            (None, None) => is_run(),
        };
        match has_own || is_opentofus {
            true => "tofu",
            false => "terraform",
        }
    }

    /// The Terraspace project that a directory is in, and the stacks that it belongs to: a stack
    /// itself, or every stack where it is the project's configuration of Terraform.
    pub fn terraspace(&self, directory: &Path) -> Option<(&Path, Vec<String>)> {
        let mut above = directory.ancestors();
        let project = above.find_map(|it| self.index.run_tools.terraspace.get(it))?;
        let stacks = project.join("app/stacks");
        let stack_of = |path: &Path| {
            let mut names = path.strip_prefix(&stacks).ok()?.components();
            let name = names.next()?.as_os_str().to_str()?;
            Some(name.to_owned())
        };
        if let Some(stack) = stack_of(directory) {
            return Some((project, vec![stack]));
        }
        if directory != project.join("config/terraform") {
            return None;
        }
        let modules = &self.index.modules;
        let directories = modules.all().map(|(number, _)| modules.path(number));
        let mut stacks: Vec<String> = directories.filter_map(stack_of).collect();
        stacks.sort();
        stacks.dedup();
        Some((project, stacks))
    }

    /// How scripts and workflows run Terragrunt in many units.
    pub fn run_all_forms(&self) -> RunAllForms {
        self.index.run_tools.run_all
    }

    /// Whether the file of that path is of a Terragrunt unit alone: it includes what is above it, or
    /// names the module that it deploys.
    pub fn is_terragrunt_unit(&self, file: &Path) -> bool {
        let facts = self.index.modules.facts_of(file);
        let directory = file.parent().unwrap_or(Path::new(""));
        let deployments = &self.index.deployments;
        facts.is_some_and(|it| it.terragrunt.as_ref().is_some_and(|it| it.is_unit))
            || deployments.modules.contains_key(directory)
            || deployments.remote_units.contains(directory)
    }

    /// The directories of the Terragrunt units that deploy the module of a directory: what is run for it
    /// is run in these.
    pub fn deploying_units(&self, directory: &Path) -> impl Iterator<Item = &Path> {
        let units = self.index.deployments.units.get(directory);
        units.into_iter().flatten().map(PathBuf::as_path)
    }

    /// The account of the modules that a Terragrunt unit deploys.
    pub fn account_of_unit(&self, unit: &Path) -> Option<Account> {
        let modules = self.index.deployments.modules.get(unit)?;
        let mut accounts = modules.iter().map(|module| self.deploys_to(module));
        let first = accounts.next()??;
        accounts
            .all(|it| it.as_ref() == Some(&first))
            .then_some(first)
    }
}
