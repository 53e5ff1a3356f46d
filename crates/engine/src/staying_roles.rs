//! The roles that stay after the migration and are assumed by somebody new: the roles of jobs, and
//! people with SSO sessions. Each has to trust its new callers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::catalogue::Purpose;
use crate::index::scopes::ProviderScope;
use crate::jobs::{TrustedRole, is_plan_role};
use crate::plan::Plan;
use crate::repo::Repo;
use crate::role_callers::RoleCallers;
use ci::settings::StateAccess;
use diagnostics::finding::Safety;
use syntax::visible;
use terraform::account::ModuleNames;
use terraform::backend::SUBJECT;
use terraform::file_kind::{FileKind, is_example};

/// A role that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayingRole {
    /// Its ARN, where the code tells all of it.
    pub arn: Option<String>,
    /// As messages name it: its ARN, or what assumes it.
    pub name: String,
    /// What assumes it.
    pub uses: BTreeSet<RoleUse>,
    /// The principals that assume it.
    pub callers: BTreeSet<RoleCaller>,
    /// Whether it stays only until the changes that need review are made.
    pub until_review: bool,
}

/// A place that assumes a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleUse {
    /// The file, relative to the root.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What it is: `the S3 backend`, `provider aws.dns`.
    pub what: String,
}

/// Who assumes a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleCaller {
    /// Jobs by the role that they sign in with.
    Job(JobRole),
    /// People with the profile of an account.
    People(String),
    /// People who run the root module of that directory, whose account is not known.
    UnknownPeople(PathBuf),
    /// The role before it in a chain, by its ARN.
    Role(String),
}

/// The role that a job signs in with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobRole {
    /// Its account, where that is known.
    pub account: Option<String>,
    /// Its ARN, where the repository or the configuration tells.
    pub arn: Option<String>,
    /// As messages name it.
    pub name: String,
    /// Whether it is `ci.plan_role`.
    pub is_plan: bool,
    /// Whether the job is on static keys before the plan, so that the role is a new caller.
    pub is_new: bool,
}

impl JobRole {
    pub(crate) fn of(role: &TrustedRole, is_new: bool, repo: &Repo) -> Self {
        Self {
            account: role.account.clone(),
            arn: role.arn.clone(),
            name: role.text(repo.settings()),
            is_plan: is_plan_role(role, repo.settings()),
            is_new,
        }
    }
}

/// The roles that stay, by name.
pub(crate) fn staying_roles(plan: &Plan, repo: &Repo, who: &RoleCallers<'_>) -> Vec<StayingRole> {
    let mut collector = Collector::new(plan, repo, who);
    collector.providers();
    collector.states();
    collector.state_role();
    let mut found: Vec<StayingRole> = collector.found.into_values().collect();
    found.retain(|role| !role.callers.is_empty());
    found
}

/// The removals that a plan makes: for each provider configuration and file of it the first.
fn removals<'r>(plan: &'r Plan, repo: &Repo) -> HashMap<(&'r str, &'r Path), (usize, Safety)> {
    let remover = repo.catalogue().id_of(Purpose::RemoveRoles);
    let mut removals = HashMap::new();
    for (number, finding) in plan.applied().enumerate() {
        if finding.transform == remover {
            for edit in &finding.edits {
                let place = (finding.subject.as_str(), edit.path.as_path());
                removals.entry(place).or_insert((number, finding.safety));
            }
        }
    }
    removals
}

struct Collector<'r> {
    plan: &'r Plan,
    repo: &'r Repo,
    who: &'r RoleCallers<'r>,
    /// How safe it is that roles are removed, by the provider configuration and a file of it, with the
    /// number of the finding.
    removals: HashMap<(&'r str, &'r Path), (usize, Safety)>,
    found: BTreeMap<String, StayingRole>,
}

impl<'r> Collector<'r> {
    fn new(plan: &'r Plan, repo: &'r Repo, who: &'r RoleCallers<'r>) -> Self {
        Self {
            plan,
            repo,
            who,
            removals: removals(plan, repo),
            found: BTreeMap::new(),
        }
    }

    /// The roles of provider configurations, and those that Terragrunt assumes.
    fn providers(&mut self) {
        let modules = &self.repo.index().modules;
        for (directory, file) in modules.provider_scopes() {
            let scope = file
                .as_deref()
                .map_or(ProviderScope::Module(&directory), ProviderScope::File);
            let is_test = |file: &Path| FileKind::of(file) == Some(FileKind::Test);
            let directory = modules.module_of(scope);
            let callers = match &file {
                Some(file) if !is_test(file) => self.who.callers_below(directory),
                _ => self.who.callers(directory),
            };
            let files = modules.facts_in(scope);
            // Of several blocks an override file's wins.
            let mut blocks = HashMap::new();
            for (path, facts) in files.iter().rev() {
                let own = facts.terragrunt.as_ref().map(|it| &it.names);
                for block in facts.providers.iter().filter(|it| it.role.is_some()) {
                    let name = (block.name.as_str(), block.alias.as_deref());
                    blocks.entry(name).or_insert((path, block, own));
                }
            }
            let names = self.names(directory);
            for provider in self.repo.providers(scope) {
                let removal = self.removal(&provider.reference(), &provider.files);
                if provider.role.is_none() || provider.is_template || removal == Some(Safety::Safe)
                {
                    continue;
                }
                let name = (provider.name.as_str(), provider.alias.as_deref());
                let Some(&(path, block, own)) = blocks.get(&name) else {
                    continue;
                };
                let names = own.unwrap_or(names);
                let mut callers = callers.clone();
                for (role, line) in &block.chain {
                    let what = provider.reference();
                    let used = RoleUse {
                        path: path.clone(),
                        line: *line,
                        what,
                    };
                    let arns = role.arns(names);
                    self.add(arns.as_ref(), &used, &callers, removal.is_some());
                    // The next role of a chain is assumed by this one.
                    let arns = arns.unwrap_or_default();
                    callers = arns.into_iter().map(RoleCaller::Role).collect();
                }
            }
        }
    }

    /// The roles of S3 backends, their settings files, remote states and Terragrunt.
    fn states(&mut self) {
        let repo = self.repo;
        for (path, part) in repo.backend_parts() {
            let is_block = FileKind::of(&path) == Some(FileKind::Configuration);
            let owners = match is_block {
                true => path.parent().into_iter().collect(),
                false => repo.backend_owners(&path),
            };
            let Some((role, line)) = &part.role else {
                continue;
            };
            for owner in owners {
                let callers = self.who.callers(owner);
                self.stays(role, (&path, *line, SUBJECT), &callers);
            }
        }
        let directories: Vec<PathBuf> = repo.directories().map(Path::to_path_buf).collect();
        for directory in directories {
            let files = repo.index().modules.files(&directory).into_iter().flatten();
            for (name, facts) in files {
                let path = directory.join(name);
                if is_example(&path) {
                    continue;
                }
                let callers = match facts.terragrunt {
                    Some(_) => self.who.callers_below(&directory),
                    None => self.who.callers(&directory),
                };
                for state in &facts.remote_states {
                    if let Some((role, line)) = &state.role {
                        self.stays(role, (&path, *line, &state.reference), &callers);
                    }
                }
                let Some(terragrunt) = &facts.terragrunt else {
                    continue;
                };
                for (role, line) in terragrunt.states.iter().filter_map(|it| it.role.as_ref()) {
                    self.stays(role, (&path, *line, "`remote_state`"), &callers);
                }
                if let Some((role, line)) = &terragrunt.iam_role {
                    let used = RoleUse {
                        path: path.clone(),
                        line: *line,
                        what: "Terragrunt (`iam_role`)".to_owned(),
                    };
                    let arns = role.arns(&terragrunt.names);
                    self.add(arns.as_ref(), &used, &callers, false);
                }
            }
        }
    }

    /// The role by which jobs reach the state, where the configuration has its ARN.
    fn state_role(&mut self) {
        let ci = &self.repo.settings().ci;
        let is_chained = ci.state_access == StateAccess::ChainedProfile;
        if !is_chained || !ci.state_role.starts_with("arn:") {
            return;
        }
        let profiles = self.repo.catalogue().with_purpose(Purpose::AddJobProfiles);
        let profiles = profiles.map(|it| it.id);
        let mut applied = self.plan.applied();
        let found = applied.find(|it| Some(it.transform) == profiles && !it.signed_in.is_empty());
        let Some(at) = found.map(|found| found.at.clone()) else {
            return;
        };
        let callers = self.who.jobs();
        let role = ci.state_role.clone();
        self.stays(&role, (&at.path, at.line, "the profile of jobs"), &callers);
    }

    /// Adds a role that is written out, or not.
    fn stays(
        &mut self,
        role: &str,
        (path, line, what): (&Path, usize, &str),
        callers: &BTreeSet<RoleCaller>,
    ) {
        let is_known = role.starts_with("arn:") && !role.contains("${");
        let arns = is_known.then(|| BTreeSet::from([role.to_owned()]));
        let used = RoleUse {
            path: path.to_path_buf(),
            line,
            what: what.to_owned(),
        };
        self.add(arns.as_ref(), &used, callers, false);
    }

    /// Adds roles; one whose ARN is not known is named by what assumes it.
    fn add(
        &mut self,
        arns: Option<&BTreeSet<String>>,
        used: &RoleUse,
        callers: &BTreeSet<RoleCaller>,
        until_review: bool,
    ) {
        let unnamed = || format!("the role of {} in {}", used.what, visible::path(&used.path));
        let roles: Vec<(Option<String>, String)> = match arns {
            Some(arns) => arns
                .iter()
                .map(|it| (Some(it.clone()), it.clone()))
                .collect(),
            None => vec![(None, unnamed())],
        };
        for (arn, name) in roles {
            let known = self.found.entry(name.clone());
            let known = known.or_insert_with(|| StayingRole {
                arn,
                name,
                uses: BTreeSet::new(),
                callers: BTreeSet::new(),
                until_review,
            });
            known.until_review &= until_review;
            known.uses.insert(used.clone());
            known.callers.extend(callers.iter().cloned());
        }
    }

    /// Whether the plan removes the role of a provider configuration, and how safe that is.
    fn removal(&self, reference: &str, files: &[PathBuf]) -> Option<Safety> {
        let files = files.iter().map(PathBuf::as_path);
        let found = files.filter_map(|file| self.removals.get(&(reference, file)));
        let first = found.min_by_key(|(number, _)| *number);
        first.map(|(_, safety)| *safety)
    }

    /// What names mean in the module of a directory.
    fn names(&self, directory: &Path) -> &'r ModuleNames {
        static NONE: LazyLock<ModuleNames> = LazyLock::new(ModuleNames::default);
        let index = self.repo.index();
        let number = index.modules.number(directory);
        let names = number.and_then(|number| index.names.get(&number));
        names.unwrap_or(&NONE)
    }
}
