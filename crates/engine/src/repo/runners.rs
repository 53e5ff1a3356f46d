//! What the runner of a root module needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Repo;
use crate::decisions::role_hold::RoleHold;
use crate::index::scopes::ProviderScope;
use ci::runner::{JobLocation, Runner};
use ci::terraform_run::TerraformRun;
use diagnostics::finding::JobWithoutProfiles;

/// How code uses an AWS profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "who has it, each for itself")]
pub struct ProfileUse {
    /// Whether a backend has it.
    pub in_backend: bool,
    /// Whether a provider configuration has it.
    pub in_provider: bool,
    /// Whether a remote state has it.
    pub in_remote_state: bool,
    /// Whether a backend with it locks its state in a table, not in the bucket.
    pub locks_in_table: bool,
}

/// A job that would run Terraform without profiles which the plan brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerWithoutProfiles {
    /// The job, with what it runs.
    pub runner: Runner,
    /// Its line.
    pub at: JobLocation,
    /// What it lacks, and why.
    pub job: JobWithoutProfiles,
}

impl ProfileUse {
    /// Whether something has it that no setting of a backend reaches.
    pub fn is_beside_backend(self) -> bool {
        self.in_provider || self.in_remote_state
    }
}

impl Repo {
    /// Why the roles of the root modules that the directory is part of stay, or need review: the
    /// reason that nothing lifts, if there is one.
    pub fn role_hold(&self, directory: &Path) -> Option<&RoleHold> {
        let holds = &self.jobs().holds;
        if holds.is_empty() {
            return None;
        }
        let roots = std::iter::once(directory).chain(self.roots(directory));
        let roots = roots.chain(self.index().modules.tested_with(directory));
        let found = roots.filter_map(|root| holds.get(root));
        found.min_by_key(|hold| !hold.is_certain())
    }

    /// Whether a job that keeps its static keys may run that root module.
    pub(crate) fn is_run_by_staying(&self, directory: &Path) -> bool {
        let mut staying = self.jobs().unmoved.staying.iter();
        staying.any(|job| {
            let runs = self.index().workflows.runs(*job);
            runs.iter().any(|it| it.run.may_run(directory))
        })
    }

    /// Whether a run may be of a root module that the directory is part of. A run of Terragrunt,
    /// and one in a directory that is not known, may be of any.
    pub fn is_run(&self, directory: &Path, run: &TerraformRun) -> bool {
        run.may_run(directory) || self.roots(directory).any(|root| run.may_run(root))
    }

    /// The AWS profiles that the code of a run names, in plain text.
    pub fn profiles_of(&self, run: &TerraformRun) -> BTreeMap<String, ProfileUse> {
        let mut profiles: BTreeMap<String, ProfileUse> = BTreeMap::new();
        for directory in self.directories() {
            let is_reached = self.is_run(directory, run);
            let settings = self.backend_files(directory).iter();
            let settings = settings.filter_map(|path| self.index.modules.facts_of(path));
            let facts = self
                .index
                .modules
                .facts(directory)
                // The provider configurations of test files are those of `terraform test` alone.
                .filter(|facts| facts.test.is_none())
                .chain(settings);
            for facts in facts.filter(|_| is_reached) {
                // Tests keep their states to themselves (Terraform docs, "Tests").
                let part = facts.backend_part.as_ref().filter(|_| !run.variant.is_test);
                if let Some((part, profile)) = part.and_then(|it| Some((it, it.profile.as_ref()?)))
                {
                    let used = profiles.entry(profile.clone()).or_default();
                    used.in_backend = true;
                    used.locks_in_table |= !part.locks_in_bucket;
                }
                let terragrunt = facts.terragrunt.as_ref();
                if let Some(profile) = terragrunt.and_then(|it| it.profile.as_ref()) {
                    let used = profiles.entry(profile.clone()).or_default();
                    used.in_backend = true;
                    used.locks_in_table = true;
                }
                let states = facts.remote_states.iter();
                let named = states.filter_map(|state| state.profile.as_ref());
                for profile in named.filter(|profile| is_plain(profile)) {
                    let used = profiles.entry(profile.clone()).or_default();
                    used.in_remote_state = true;
                }
                let identities = facts.providers.iter().filter_map(|it| it.identity.as_ref());
                let named = identities.filter(|it| it.setting == "profile" && is_plain(&it.value));
                for identity in named {
                    profiles
                        .entry(identity.value.clone())
                        .or_default()
                        .in_provider = true;
                }
            }
        }
        if run.variant.is_test {
            for profile in self.profiles_of_tests(run) {
                profiles.entry(profile).or_default().in_provider = true;
            }
        }
        for (file, of) in &self.index.units.of {
            let mut directories = of.units.iter().filter_map(|unit| unit.parent());
            if !directories.any(|directory| self.is_run(directory, run)) {
                continue;
            }
            let facts = self.index.modules.facts_of(file).into_iter();
            let providers = facts.flat_map(|facts| &facts.providers);
            let named = providers.filter_map(|provider| {
                let identity = provider.identity.as_ref()?;
                let identity = Some(identity).filter(|it| it.setting == "profile")?;
                self.profiles_by_unit(file, &identity.value)
            });
            for profile in named.flat_map(BTreeMap::into_values).flatten() {
                profiles.entry(profile).or_default().in_provider = true;
            }
        }
        profiles
    }

    /// The profiles that provider configurations of tests name, in plain text, which a run of tests may have.
    fn profiles_of_tests(&self, run: &TerraformRun) -> BTreeSet<String> {
        let modules = &self.index.modules;
        let tested = modules.tested_modules();
        let tested = tested.filter(|module| self.is_run(module, run));
        let scopes = tested.flat_map(|module| {
            let files = modules.tests_of(module).iter();
            let own = files.map(|file| ProviderScope::File(file));
            let beside = modules.run_by_tests_of(module).into_iter();
            own.chain(beside.map(ProviderScope::Module))
        });
        let identities = scopes
            .flat_map(|scope| self.providers(scope))
            .filter_map(|it| it.identity.as_ref());
        let named = identities.filter(|it| it.setting == "profile" && is_plain(&it.value));
        named.map(|it| it.value.clone()).collect()
    }
}

/// Whether it is a name and not an expression.
pub(crate) fn is_plain(value: &str) -> bool {
    let is_read = ["var.", "local.", "each.", "data."]
        .iter()
        .any(|start| value.starts_with(start));
    !is_read && !value.contains(['$', '(', '[', ' '])
}
