//! The root modules whose identity changes with the plan: roles or keys are removed, or jobs sign in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use terraform::file_kind::FileKind;

use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::jobs::{owner_of, root_runs};
use crate::repo::Repo;

/// The root modules whose identity changes.
pub(super) struct ChangingRoots {
    /// Those of which a provider configuration loses a role or keys, or is ambient where a job signs in.
    providers: BTreeSet<PathBuf>,
    /// Those that a job runs which signs in: its ambient credentials are another identity's.
    ambient: BTreeSet<PathBuf>,
    /// Whether a job leaves its static keys.
    has_job: bool,
}

impl ChangingRoots {
    /// Those that these findings change, whether their edits are made or need review.
    pub fn by<'f>(findings: &(impl Iterator<Item = &'f Finding> + Clone), repo: &Repo) -> Self {
        let by_purpose = |purpose: Purpose| {
            let id = repo.catalogue().id_of(purpose);
            let findings = findings.clone();
            findings.filter(move |it| it.transform == id && !it.edits.is_empty())
        };
        let removals = [Purpose::RemoveRoles, Purpose::RemoveStaticKeys];
        let edits = removals.into_iter().flat_map(by_purpose);
        let edits = edits.flat_map(|finding| &finding.edits);
        let paths: BTreeSet<&Path> = edits.map(|edit| edit.path.as_path()).collect();
        let mut directories: BTreeSet<&Path> = paths.iter().filter_map(|it| it.parent()).collect();
        // What Terragrunt generates is a provider of the modules that its units deploy.
        let is_terragrunts = |path: &&&Path| FileKind::of(path) == Some(FileKind::Terragrunt);
        let generating: Vec<&&Path> = paths.iter().filter(is_terragrunts).collect();
        directories.extend(generating.iter().flat_map(|it| repo.deployed_by(it)));
        let beside = repo.index().caller_files.iter();
        let beside = beside.filter(|it| is_terragrunts(&&it.as_path()) && !generating.is_empty());
        directories.extend(beside.filter_map(|it| it.parent()));
        let mut providers = BTreeSet::new();
        for directory in directories {
            providers.insert(directory.to_path_buf());
            providers.extend(repo.roots(directory).map(Path::to_path_buf));
        }
        let signed_in = by_purpose(Purpose::SignInJobs).flat_map(|finding| &finding.signed_in);
        let signed_in: BTreeSet<_> = signed_in.filter_map(|job| owner_of(job, repo)).collect();
        let has_job = !signed_in.is_empty();
        let mut ambient = BTreeSet::new();
        if has_job {
            let mut runs = root_runs(repo);
            runs.retain(|run| signed_in.contains(&run.job));
            let modules = &repo.index().modules;
            let roots = modules.all().map(|(number, _)| modules.path(number));
            let roots = roots.filter(|root| modules.is_own_root(root) && !modules.is_called(root));
            let run = roots.filter(|root| runs.iter().any(|run| run.may_run(root)));
            ambient.extend(run.map(Path::to_path_buf));
        }
        let is_ambient = |root: &&PathBuf| {
            let mut own = repo.providers(ProviderScope::Module(root)).iter();
            own.any(ProviderIdentity::is_ambient)
        };
        providers.extend(ambient.iter().filter(is_ambient).cloned());
        Self {
            providers,
            ambient,
            has_job,
        }
    }

    /// Whether nobody's identity changes: no root module's, and no job's that runs none.
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty() && self.ambient.is_empty() && !self.has_job
    }

    /// All of them.
    pub fn all(&self) -> Vec<PathBuf> {
        self.providers.union(&self.ambient).cloned().collect()
    }

    /// Those of `roots` that change.
    pub fn among<'p>(&self, roots: impl Iterator<Item = &'p Path>) -> Vec<PathBuf> {
        let changing =
            roots.filter(|root| self.providers.contains(*root) || self.ambient.contains(*root));
        changing.map(Path::to_path_buf).collect()
    }

    /// Whether provider configurations of a root module act as another identity.
    pub fn moves_providers(&self, root: &Path) -> bool {
        self.providers.contains(root)
    }
}
