//! What `tfkeyless verify` plans: every root module, in every variant that the runs of the repository
//! tell, with the profile of its account.

mod identity;
mod job_roles;
mod known_runs;
mod units;
mod variants;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::PlanError;
use crate::index::Index;
use crate::index::survey::Survey;
use crate::repo::Repo;
use crate::request::Request;
use crate::source::Source;
pub use job_roles::{JobRole, job_roles};
use known_runs::KnownRuns;
use terraform::file_kind::is_example;

/// What a person says of the plans, in place of what the runs tell.
#[derive(Debug, Clone, Default)]
pub struct AskedVariant {
    /// The workspace.
    pub workspace: Option<String>,
    /// The files of `-var-file`, as Terraform is given them.
    pub var_files: Vec<PathBuf>,
    /// The values of `-backend-config`.
    pub backend_configs: Vec<String>,
    /// The variables that the environment sets by `TF_VAR_`.
    pub variables: BTreeSet<String>,
}

/// What makes a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// `terraform`.
    Terraform,
    /// `tofu`.
    OpenTofu,
    /// `terragrunt`.
    Terragrunt,
}

/// A root module in one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootPlan {
    /// Its directory, relative to the root of the repository.
    pub directory: PathBuf,
    /// What plans it.
    pub program: Program,
    /// What is chosen beside the directory.
    pub variant: PlanVariant,
    /// By what it is planned once the keys are gone, or why that is not known.
    pub identity: Result<PlanIdentity, Obstacle>,
    /// The account of the static keys, where it is known.
    pub keys_account: Option<String>,
    /// Why it cannot be planned as the runs do.
    pub obstacle: Option<Obstacle>,
}

/// The variant of a root module that is planned.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanVariant {
    /// The workspace; `None` for the default one.
    pub workspace: Option<String>,
    /// The files of `-var-file`, relative to the directory.
    pub var_files: Vec<PathBuf>,
    /// The values of `-var`.
    pub variables: BTreeMap<String, String>,
    /// The values of `TF_VAR_`.
    pub environment: BTreeMap<String, String>,
    /// The values of `-backend-config`.
    pub backend_configs: Vec<String>,
}

/// By what a root module is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanIdentity {
    /// The profile of an account: the label of its `account` block, and its twelve digits.
    Profile(String, String),
    /// Nothing in it uses ambient credentials.
    Unneeded,
}

/// Why something is not verified, and what would make it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// A clause.
    pub reason: String,
    /// What to do.
    pub cure: String,
}

impl PlanVariant {
    /// The variant in words; empty for the default workspace without any values.
    pub fn described(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.workspace.as_ref().map(|it| format!("workspace {it}")));
        let files = self.var_files.iter();
        parts.extend(files.map(|file| format!("-var-file={}", file.display())));
        // Values may be secrets: only names are shown.
        let names = self.variables.keys().chain(self.environment.keys());
        parts.extend(names.map(|name| format!("-var {name}")));
        let settings = self
            .backend_configs
            .iter()
            .map(|value| match value.split_once('=') {
                Some((name, _)) => format!("-backend-config={name}=..."),
                None => format!("-backend-config={value}"),
            });
        parts.extend(settings);
        parts.join(", ")
    }
}

/// The plans of one repository, whose files a `Surveyor` of `source` has surveyed, of the root modules
/// in the scope of the request's selection.
///
/// # Errors
/// Broken or unreadable files.
pub fn root_plans(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    request: Request,
    asked: &AskedVariant,
) -> Result<Vec<RootPlan>, PlanError> {
    let index = Index::with_names(source, surveys, &request)?;
    let repo = Repo::new(request, index);
    let runs = KnownRuns::of(&repo);
    let units = units::units(source)?;
    let of_units = units.iter().map(|unit| units::plan(unit, &repo, asked));
    let mut plans: Vec<RootPlan> = of_units.collect();
    for directory in root_modules(&repo, &runs) {
        if units.contains(&directory) {
            continue;
        }
        let program = match repo.program(&directory) {
            "tofu" => Program::OpenTofu,
            _ => Program::Terraform,
        };
        let keys = repo.key_holder(&directory);
        let keys_account = keys.and_then(|it| it.id).map(str::to_owned);
        for (variant, obstacle) in variants::of(&directory, &repo, &runs, asked) {
            plans.push(RootPlan {
                identity: identity::of(&directory, &variant, &repo, source)?,
                directory: directory.clone(),
                program,
                keys_account: keys_account.clone(),
                obstacle,
                variant,
            });
        }
    }
    plans.retain(|plan| repo.selection().contains(&plan.directory));
    plans.sort_by(|one, other| {
        let key = |plan: &RootPlan| (plan.directory.clone(), plan.variant.clone());
        key(one).cmp(&key(other))
    });
    Ok(plans)
}

/// The directories that are root modules by their files, or because a run plans them.
fn root_modules(repo: &Repo, runs: &KnownRuns) -> BTreeSet<PathBuf> {
    let modules = &repo.index().modules;
    let own = (0..modules.count()).map(|number| modules.path(number));
    let own = own.filter(|directory| modules.is_own_root(directory) && !is_example(directory));
    let own = own.filter(|directory| repo.has_configuration(directory));
    let all = own.chain(runs.directories());
    let roots = all.filter(|directory| !repo.is_child(directory) && !is_template(directory, repo));
    roots.map(Path::to_path_buf).collect()
}

/// Whether a directory only becomes configuration elsewhere.
fn is_template(directory: &Path, repo: &Repo) -> bool {
    let mut facts = repo.index().modules.facts(directory);
    facts.any(|facts| facts.providers.iter().any(|provider| provider.is_template))
}
