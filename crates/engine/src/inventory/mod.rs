//! What a repository has on AWS now, for the files that are generated beside it.

mod ci_accounts;
mod named_profiles;
mod plan_reads;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use ci_accounts::CiAccount;
use ci_accounts::ci_accounts;
pub use named_profiles::NamedProfile;
use named_profiles::named_profiles;
pub use plan_reads::PlanRead;

use crate::decisions::jobs::UnmovedJobs;
use crate::error::PlanError;
use crate::index::Index;
use crate::index::scopes::ProviderScope;
use crate::index::survey::Survey;
use crate::jobs;
use crate::proposals::Proposer;
use crate::repo::{Repo, UnmetLock};
use crate::request::Request;
use crate::scan::Scans;
use crate::selection::Selection;
use crate::source::Source;
use ci::runner::{CiSystem, JobLocation, Runner};
use terraform::identity_provider::IdentityProvider;

/// What a repository has on AWS now.
#[derive(Debug, Default)]
pub struct Inventory {
    /// S3 backends: blocks and settings files, by path.
    pub backends: Vec<Backend>,
    /// The profiles that providers and remote states name, by path.
    pub profiles: Vec<NamedProfile>,
    /// The same, and what Terragrunt sets and generates for S3.
    pub states: Vec<Backend>,
    /// OIDC providers of IAM that the tree creates or reads.
    pub identity_providers: Vec<KnownIdentityProvider>,
    /// Lock files with a version that the constraints do not admit.
    pub locks: Vec<UnmetLock>,
    /// Jobs on static keys.
    pub keyed_jobs: Vec<JobLocation>,
    /// Jobs that sign in by OIDC without `id-token: write`.
    pub without_id_token: Vec<JobLocation>,
    /// The roles of the jobs that sign in now or after the plan, by account.
    pub ci_accounts: Vec<CiAccount>,
    /// What plans read beyond `ReadOnlyAccess`, by place; known only where a role of them plans alone.
    pub plan_reads: Vec<PlanRead>,
}

/// An OIDC provider of IAM in the tree.
#[derive(Debug, Clone)]
pub struct KnownIdentityProvider {
    /// The file, relative to the root.
    pub path: PathBuf,
    /// The block.
    pub block: IdentityProvider,
    /// The accounts of the root modules that it belongs to; empty where they are not known.
    pub accounts: BTreeSet<String>,
}

/// A block or a settings file of an S3 backend.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The file, relative to the root.
    pub path: PathBuf,
    /// The first line of its content, from 1.
    pub line: usize,
    /// The settings with literal values.
    pub settings: BTreeMap<String, String>,
    /// Whether it has an identity of its own: a profile, a role or keys.
    pub has_identity: bool,
    /// Whether it assumes a role, by which the state is reached whoever runs Terraform.
    pub has_role: bool,
}

/// The inventory of one repository, whose files a `Surveyor` of `source` has surveyed. The
/// selection does not count.
///
/// # Errors
/// Broken or unreadable files.
pub fn inventory(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    request: Request,
    scans: Scans,
) -> Result<Inventory, PlanError> {
    // A trust policy has to admit the jobs of changes that need review, too.
    let selection = Selection {
        review: true,
        ..Selection::default()
    };
    let request = Request {
        selection,
        ..request
    };
    let index = Index::with_names(source, surveys, &request)?;
    let (before, unreviewed) = (index.clone(), request.clone());
    let workflows = index.workflows.clone();
    let repo = jobs::decide(Repo::new(request, index), UnmovedJobs::default());
    let parts = repo.backend_parts();
    let backends = parts.map(|(path, part)| Backend {
        path,
        line: part.line,
        settings: part.literals.clone(),
        has_identity: !part.claims.is_empty(),
        has_role: part.role.is_some(),
    });
    let backends: Vec<Backend> = backends.collect();
    let states = backends.iter().cloned().chain(terragrunt_states(&repo));
    let states = states.chain(named_states(&repo));
    let states = states.collect();
    let identity_providers = identity_providers(&repo);
    let runners = workflows.runners(&repo.settings().ci);
    let findings = Proposer::new(&repo, scans).scan_workflows(&workflows);
    let ci_accounts = in_either(
        until_review(before, unreviewed, scans),
        ci_accounts(&repo, &findings),
    );
    let plan_reads = match ci_accounts.iter().any(|it| it.is_plan) {
        true => plan_reads::plan_reads(source)?,
        false => Vec::new(),
    };
    Ok(Inventory {
        backends,
        profiles: named_profiles(source, &repo)?,
        states,
        identity_providers,
        locks: repo.unmet_locks(),
        keyed_jobs: runners.iter().filter_map(Runner::on_static_keys).collect(),
        without_id_token: runners
            .iter()
            .filter_map(Runner::without_id_token)
            .collect(),
        ci_accounts,
        plan_reads,
    })
}

/// The roles of jobs without what needs review: until then, jobs assume these.
fn until_review(index: Index, request: Request, scans: Scans) -> Vec<CiAccount> {
    let request = Request {
        selection: Selection::default(),
        ..request
    };
    let workflows = index.workflows.clone();
    let repo = jobs::decide(Repo::new(request, index), UnmovedJobs::default());
    let findings = Proposer::new(&repo, scans).scan_workflows(&workflows);
    ci_accounts(&repo, &findings)
}

/// The roles before the review and after it.
fn in_either(before: Vec<CiAccount>, mut after: Vec<CiAccount>) -> Vec<CiAccount> {
    for account in before {
        let is_same = |known: &&mut CiAccount| {
            (&known.id, &known.arn, known.is_plan) == (&account.id, &account.arn, account.is_plan)
                && known.name == account.name
        };
        match after.iter_mut().find(is_same) {
            Some(known) => {
                known.subjects.extend(account.subjects);
                known.audiences.extend(account.audiences);
                known.reads_states |= account.reads_states;
                known.writes_states |= account.writes_states;
            }
            None => after.push(CiAccount {
                is_until_review: true,
                ..account
            }),
        }
    }
    after
}

/// What Terragrunt files set and generate for states in S3.
fn terragrunt_states(repo: &Repo) -> Vec<Backend> {
    let mut found = Vec::new();
    for (path, facts) in repo.index().modules.all_files() {
        let states = facts.terragrunt.iter().flat_map(|it| &it.states);
        found.extend(states.map(|state| Backend {
            path: path.clone(),
            line: state.line,
            settings: state.literals.clone(),
            has_identity: !state.claims.is_empty(),
            has_role: state.role.is_some(),
        }));
    }
    found
}

fn identity_providers(repo: &Repo) -> Vec<KnownIdentityProvider> {
    let mut found = Vec::new();
    let modules = &repo.index().modules;
    for (path, facts) in modules.all_files() {
        let directory = path.parent().unwrap_or(Path::new(""));
        let account = |root: &Path| {
            let account = repo.deploys_to(root);
            let account = account.and_then(|it| it.id().map(str::to_owned));
            let answer = || repo.settings().account_of_root_module(root);
            account.or_else(|| answer().map(|it| it.id.clone()))
        };
        let accounts: Vec<Option<String>> = match modules.is_called(directory) {
            true => modules.roots(directory).map(account).collect(),
            false => vec![account(directory)],
        };
        let accounts: Option<BTreeSet<String>> = accounts.into_iter().collect();
        found.extend(facts.identity_providers.iter().map(|block| {
            let own = match &block.provider {
                None => accounts.clone(),
                Some(provider) => account_of_provider(provider, directory, repo),
            };
            KnownIdentityProvider {
                path: path.clone(),
                block: block.clone(),
                accounts: own.unwrap_or_default(),
            }
        }));
    }
    found
}

/// The account of a provider configuration that a module has itself, by its reference; `None` where that is not
/// known, or where its callers pass it.
fn account_of_provider(reference: &str, directory: &Path, repo: &Repo) -> Option<BTreeSet<String>> {
    let (name, alias) = match reference.split_once('.') {
        Some((name, alias)) => (name, Some(alias)),
        None => (reference, None),
    };
    let mut providers = repo.providers(ProviderScope::Module(directory)).iter();
    let own = providers.find(|it| it.name == name && it.alias.as_deref() == alias)?;
    let profile = own.identity.as_ref().filter(|it| it.setting == "profile");
    let id = match (own.account(), profile) {
        (Some(account), _) => account.id()?.to_owned(),
        (None, Some(profile)) => repo.settings().account(&profile.value)?.id.clone(),
        (None, None) => return None,
    };
    Some(BTreeSet::from([id]))
}

/// The settings files that commands name.
fn named_states(repo: &Repo) -> Vec<Backend> {
    let named = repo.index().named_settings.values().flatten();
    let read = named.filter_map(|named| Some((&named.path, named.settings.as_ref().ok()?)));
    let read = read.filter(|(_, part)| !part.literals.is_empty());
    let backends = read.map(|(path, part)| Backend {
        path: path.clone(),
        line: part.line,
        settings: part.literals.clone(),
        has_identity: !part.claims.is_empty(),
        has_role: part.role.is_some(),
    });
    backends.collect()
}
