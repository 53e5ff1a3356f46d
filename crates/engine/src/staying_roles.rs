//! The roles that stay after the migration and are assumed by somebody new: the roles of jobs, and
//! people with SSO sessions. Each has to trust its new callers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::catalogue::Purpose;
use crate::index::scopes::ProviderScope;
use crate::plan::Plan;
use crate::repo::Repo;
use crate::role_callers::RoleCallers;
use ci::settings::StateAccess;
use diagnostics::finding::Safety;
use syntax::visible;
use terraform::account::{ModuleNames, RoleArn};
use terraform::backend::SUBJECT;
use terraform::file_kind::{FileKind, is_example};
use terraform::session_rights::SessionRights;

pub use crate::staying_role::{JobRole, RoleCaller, RoleUse, StayingRole};

/// The roles that stay, by name.
pub(crate) fn staying_roles(plan: &Plan, repo: &Repo, who: &RoleCallers<'_>) -> Vec<StayingRole> {
    let mut collector = Collector::new(plan, repo, who);
    collector.providers();
    collector.states();
    collector.commands();
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

/// How a role is assumed.
#[derive(Clone, Copy, Default)]
struct Assumption {
    /// What its callers have to be allowed.
    rights: SessionRights,
    /// Whether it is assumed only until the changes that need review are made.
    until_review: bool,
}

/// The ARN of a role as the code writes it, where it is one.
fn written_out(role: &str) -> Option<BTreeSet<String>> {
    let is_known = role.starts_with("arn:") && !role.contains("${");
    is_known.then(|| BTreeSet::from([role.to_owned()]))
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
                for role in &block.chain {
                    let used = RoleUse {
                        path: path.clone(),
                        line: role.line,
                        what: provider.reference(),
                    };
                    let how = Assumption {
                        rights: role.rights,
                        until_review: removal.is_some(),
                    };
                    let own = role.arn.arns(names);
                    let is_alone = block.chain.len() == 1;
                    if own.is_none()
                        && is_alone
                        && self.of_units(path, (&role.arn, names), &used, &callers, how)
                    {
                        continue;
                    }
                    let arns = own;
                    self.add(arns.as_ref(), &used, &callers, how);
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
                self.stays(role, (&path, *line, SUBJECT), &callers, part.rights);
            }
        }
        let directories: Vec<PathBuf> = repo.directories().map(Path::to_path_buf).collect();
        for directory in directories {
            let given = repo.given_settings(&directory).iter();
            for setting in given.filter(|it| it.name == "role_arn") {
                let Some(role) = &setting.arn else {
                    continue;
                };
                let used = (setting.at.path.as_path(), setting.at.line, SUBJECT);
                let callers = self.who.callers(&directory);
                self.stays(role, used, &callers, SessionRights::default());
            }
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
                        let used = (path.as_path(), *line, state.reference.as_str());
                        self.stays(role, used, &callers, state.rights);
                    }
                }
                let Some(terragrunt) = &facts.terragrunt else {
                    continue;
                };
                for state in &terragrunt.states {
                    if let Some((role, line)) = &state.role {
                        let used = (path.as_path(), *line, "`remote_state`");
                        self.stays(role, used, &callers, state.rights);
                    }
                }
                if let Some((role, line)) = &terragrunt.iam_role {
                    let used = RoleUse {
                        path: path.clone(),
                        line: *line,
                        what: "Terragrunt (`iam_role`)".to_owned(),
                    };
                    let how = Assumption::default();
                    let arns = role.arns(&terragrunt.names);
                    let of_file = (role, &terragrunt.names);
                    if arns.is_some() || !self.of_units(&path, of_file, &used, &callers, how) {
                        self.add(arns.as_ref(), &used, &callers, how);
                    }
                }
            }
        }
    }

    /// The roles that commands of the configuration assume: `exec`, `local-exec`, `external`.
    fn commands(&mut self) {
        for finding in self.plan.findings.iter().filter(|it| !it.applied) {
            let Some(role) = &finding.assumes else {
                continue;
            };
            let directory = finding.at.path.parent().unwrap_or(Path::new(""));
            let callers = self.who.callers(directory);
            let used = RoleUse {
                path: finding.at.path.clone(),
                line: finding.at.line,
                what: finding.subject.clone(),
            };
            let how = Assumption {
                until_review: !finding.edits.is_empty(),
                ..Assumption::default()
            };
            self.add(written_out(role).as_ref(), &used, &callers, how);
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
        let used = (at.path.as_path(), at.line, "the profile of jobs");
        let reads =
            |caller: &RoleCaller| matches!(caller, RoleCaller::Job(job) if job.reads_states);
        let (reading, writing) = self.who.jobs().into_iter().partition(reads);
        for (only_plans, callers) in [(false, writing), (true, reading)] {
            let callers: BTreeSet<RoleCaller> = callers;
            let role = ci.state_role_of(only_plans);
            self.stays(&role, used, &callers, SessionRights::default());
        }
    }

    /// Adds the role of each unit of a Terragrunt file, where these are known. People run a unit with the profile of its
    /// own account.
    fn of_units(
        &mut self,
        file: &Path,
        (role, names): (&RoleArn, &ModuleNames),
        used: &RoleUse,
        callers: &BTreeSet<RoleCaller>,
        how: Assumption,
    ) -> bool {
        let Some(arns) = self.repo.unit_arns(file, role, names) else {
            return false;
        };
        for arn in arns.into_values().collect::<BTreeSet<_>>() {
            let id = arn.split(':').nth(4).unwrap_or_default().to_owned();
            let mut callers = callers.clone();
            let people = callers.len();
            callers.retain(|it| !matches!(it, RoleCaller::UnknownPeople(_)));
            if callers.len() < people {
                callers.insert(RoleCaller::People(id));
            }
            self.add(Some(&BTreeSet::from([arn])), used, &callers, how);
        }
        true
    }

    /// Adds a role that is written out, or not.
    fn stays(
        &mut self,
        role: &str,
        (path, line, what): (&Path, usize, &str),
        callers: &BTreeSet<RoleCaller>,
        rights: SessionRights,
    ) {
        let used = RoleUse {
            path: path.to_path_buf(),
            line,
            what: what.to_owned(),
        };
        let how = Assumption {
            rights,
            until_review: false,
        };
        self.add(written_out(role).as_ref(), &used, callers, how);
    }

    /// Adds roles; one whose ARN is not known is named by what assumes it.
    fn add(
        &mut self,
        arns: Option<&BTreeSet<String>>,
        used: &RoleUse,
        callers: &BTreeSet<RoleCaller>,
        how: Assumption,
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
                rights: SessionRights::default(),
                callers: BTreeSet::new(),
                until_review: how.until_review,
            });
            known.until_review &= how.until_review;
            known.rights = known.rights.and(how.rights);
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
