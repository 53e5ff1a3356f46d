//! Static keys that jobs hand on to Terraform, as variables that providers take them from: the job and
//! the module change together, or neither does. Until the job signs in, a provider without the variable
//! has no credentials; once the module has lost the variable, the job hands keys to nobody.

mod beside;
mod others;
mod unmet;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use ci::github::keys::pair::{HandedOn, KeyPair};
use ci::github::workflow::{StepOwner, Workflows};
use diagnostics::finding::Finding;
use syntax::yaml::YamlPath;
use terraform::references::words;
use terraform::static_keys::KeyVariables;

pub(crate) use beside::JobBeside;

use crate::catalogue::Purpose;
use crate::error::PlanError;
use crate::index::set_elsewhere::{ENVIRONMENT, times_passed};
use crate::repo::Repo;

/// The keys that jobs of a repository hand on.
#[derive(Debug, Clone, Default)]
pub struct HandedKeys {
    groups: Vec<HandedGroup>,
    /// What the edits of workflows take away.
    taken: HashSet<Taken>,
}

/// What sets a variable in a workflow, and goes with the keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Taken {
    path: PathBuf,
    variable: String,
    place: YamlPath,
    /// Whether `-var` sets it; else the environment does.
    is_passed: bool,
}

/// Jobs and the variables to which they hand keys: those of a job are all in one group, and so are the
/// jobs that set a variable.
#[derive(Debug, Clone, Default)]
struct HandedGroup {
    jobs: BTreeSet<StepOwner>,
    /// By the directory of the root module.
    variables: BTreeSet<(PathBuf, String)>,
    hold: Option<HandedHold>,
}

/// Why keys are handed on as before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedHold {
    /// The reason, as a clause.
    pub why: String,
    /// What a person can do about it.
    pub help: Option<String>,
    /// Whether review lifts it.
    pub is_review: bool,
}

impl HandedHold {
    fn new(why: String) -> Self {
        Self {
            why,
            help: None,
            is_review: false,
        }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl HandedKeys {
    /// The keys that the jobs of a repository hand on, and what is known beforehand to hold them.
    pub(crate) fn of(repo: &Repo) -> Self {
        let workflows = &repo.index().workflows;
        let mut found = Self::default();
        if workflows.key_takers.variables.is_empty() {
            return found;
        }
        let takers = takers(repo);
        // A variable that a job sets to anything else keeps its module as it is.
        let all = takers
            .iter()
            .flat_map(|(directory, names)| names.iter().map(move |name| (*directory, *name)));
        for (directory, name) in all {
            let hold = others::job_that_sets(name, directory, repo);
            found.groups.extend(hold.map(|hold| HandedGroup {
                variables: BTreeSet::from([(directory.to_path_buf(), name.to_owned())]),
                hold: Some(hold),
                ..HandedGroup::default()
            }));
        }
        for owner in workflows.owners() {
            let pairs = workflows.key_pairs(owner).into_iter();
            let pairs: Vec<KeyPair> = pairs.filter(KeyPair::is_static).collect();
            let names: BTreeSet<&str> = pairs.iter().flat_map(variables).collect();
            if names.is_empty() {
                continue;
            }
            let mut group = HandedGroup::default();
            group.jobs.insert(owner);
            for name in names {
                let of_job = takers.iter().filter(|(directory, taken)| {
                    taken.contains(name) && may_run(workflows, owner, directory)
                });
                let all: Vec<&Path> = of_job.map(|(directory, _)| *directory).collect();
                if all.is_empty() {
                    let why = format!(
                        "no root module that it runs takes keys from variable \"{name}\", which it sets"
                    );
                    group.hold = Some(HandedHold::new(why).help("set it only where it is used"));
                }
                let all = all.into_iter();
                group
                    .variables
                    .extend(all.map(|directory| (directory.to_path_buf(), name.to_owned())));
            }
            found.add(group);
            found.take(workflows, owner, &pairs);
        }
        for group in &mut found.groups {
            let settings = group.variables.iter();
            let mut settings =
                settings.filter_map(|(directory, name)| others::set_by(name, directory, repo));
            group.hold = group.hold.take().or_else(|| settings.next());
        }
        found
    }

    /// Adds a group, joined with those that it shares a variable or a job with.
    fn add(&mut self, mut group: HandedGroup) {
        let is_joined = |it: &HandedGroup| {
            !it.variables.is_disjoint(&group.variables) || !it.jobs.is_disjoint(&group.jobs)
        };
        let (joined, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.groups).into_iter().partition(is_joined);
        for other in joined {
            group.jobs.extend(other.jobs);
            group.variables.extend(other.variables);
            group.hold = group.hold.or(other.hold);
        }
        self.groups = others;
        self.groups.push(group);
    }

    /// Notes what the edits of a job take away. Jobs that share an `env:` take the same away.
    fn take(&mut self, workflows: &Workflows, owner: StepOwner, pairs: &[KeyPair]) {
        let path = &workflows.source(owner).path;
        let mut add = |variable: &str, place: YamlPath, is_passed: bool| {
            self.taken.insert(Taken {
                path: path.clone(),
                variable: variable.to_owned(),
                place,
                is_passed,
            });
        };
        for text in workflows.handing_texts(owner) {
            let all = [(&text.passed, true), (&text.assigned, false)];
            for (names, is_passed) in all {
                for (nth, name) in names.iter().enumerate() {
                    add(name, text.place.item(nth), is_passed);
                }
            }
        }
        for (scope, name) in pairs.iter().flat_map(|pair| &pair.entries) {
            if let Some(variable) = name.strip_prefix(ENVIRONMENT) {
                let place = workflows.environment(owner, *scope).key(name);
                add(variable, place, false);
            }
        }
    }

    /// The jobs whose keys are handed on together with those of one.
    pub fn together(&self, owner: StepOwner) -> impl Iterator<Item = StepOwner> {
        let groups = self.groups.iter();
        let own = groups.filter(move |group| group.jobs.contains(&owner));
        own.flat_map(|group| group.jobs.iter().copied())
    }

    /// Why a job hands its keys on as before.
    pub fn hold(&self, owner: StepOwner) -> Option<&HandedHold> {
        let mut groups = self.groups.iter();
        let own = groups.find(|group| group.jobs.contains(&owner));
        own.and_then(|group| group.hold.as_ref())
    }

    /// Whether the edits take away all that sets a variable in the file of a workflow: by `-var`, or in
    /// the environment.
    pub(crate) fn takes_all(&self, path: &Path, text: &str, variable: &str, by_argument: bool) -> bool {
        let is_it = |it: &&Taken| {
            it.path == path && it.variable == variable && it.is_passed == by_argument
        };
        let taken = self.taken.iter().filter(is_it).count();
        let all = match by_argument {
            true => times_passed(text, variable),
            false => words(text, &format!("{ENVIRONMENT}{variable}")).len(),
        };
        taken > 0 && taken == all
    }

    /// Holds more groups.
    ///
    /// # Errors
    /// All of them are held already.
    pub(crate) fn add_holds(&mut self, holds: Vec<(usize, HandedHold)>) -> Result<(), PlanError> {
        let mut has_new = false;
        for (number, hold) in holds {
            let Some(group) = self.groups.get_mut(number) else {
                continue;
            };
            // One that review lifts gives way to one that nothing does.
            let is_weaker = |own: &HandedHold| own.is_review && !hold.is_review;
            if group.hold.as_ref().is_none_or(is_weaker) {
                group.hold = Some(hold);
                has_new = true;
            }
        }
        match has_new {
            true => Ok(()),
            false => {
                let what = "a job and a module do not change together";
                Err(PlanError::Unsound(what.to_owned()))
            }
        }
    }

    /// What becomes of each group, as the findings about workflows say.
    pub(crate) fn outcomes(&self, findings: &[Finding], repo: &Repo) -> Vec<HandedOutcome> {
        let workflows = &repo.index().workflows;
        let of = |group: &HandedGroup| {
            let mut outcome = HandedOutcome {
                directories: group.variables.iter().map(|(it, _)| it.clone()).collect(),
                hold: match group.jobs.is_empty() {
                    true => group.hold.clone(),
                    false => None,
                },
            };
            for owner in &group.jobs {
                let (path, job) = (&workflows.source(*owner).path, workflows.job(*owner));
                let job = job.map(|job| job.id.as_str());
                let mut findings = findings.iter();
                let found = findings.find(|finding| {
                    let mut jobs = finding.signed_in.iter();
                    jobs.any(|it| it.path == *path && it.job.as_deref() == job)
                });
                if found.is_none_or(|found| found.edits.is_empty()) {
                    outcome.hold = Some(group.refusal(*owner, repo));
                }
            }
            outcome
        };
        self.groups.iter().map(of).collect()
    }

    /// The groups whose jobs change and whose variables do not, with the reasons, as the findings about
    /// modules say.
    pub(crate) fn unmet<'f>(
        &self,
        jobs: &[Finding],
        findings: impl Iterator<Item = &'f Finding> + Clone,
        repo: &Repo,
    ) -> Vec<(usize, HandedHold)> {
        let workflows = &repo.index().workflows;
        let changes = |owner: &StepOwner| {
            let (path, job) = (&workflows.source(*owner).path, workflows.job(*owner));
            let job = job.map(|job| job.id.as_str());
            let mut applied = jobs.iter().filter(|finding| finding.applied);
            applied.any(|finding| {
                let mut jobs = finding.signed_in.iter();
                jobs.any(|it| it.path == *path && it.job.as_deref() == job)
            })
        };
        let groups = self.groups.iter().enumerate();
        let changing = groups.filter(|(_, group)| group.jobs.iter().any(changes));
        let unmet = changing.filter_map(|(number, group)| {
            let mut variables = group.variables.iter();
            let hold = variables.find_map(|(directory, name)| {
                unmet::variable(directory, name, findings.clone(), repo)
            });
            Some((number, hold?))
        });
        unmet.collect()
    }
}

impl HandedGroup {
    /// Why the modules of the group keep their keys, once one of its jobs stays.
    fn refusal(&self, owner: StepOwner, repo: &Repo) -> HandedHold {
        let workflows = &repo.index().workflows;
        if let Some(hold) = &self.hold {
            return hold.clone();
        }
        let source = workflows.source(owner);
        let offset = workflows.job(owner).map_or(0, |job| job.offset);
        let at = source.location(offset);
        let (path, line) = (at.path.display(), at.line);
        let name = workflows.name(owner);
        let signer = repo.catalogue().id_of(Purpose::SignInJobs);
        let why = match repo.carries_out(Purpose::SignInJobs) {
            false => format!("and {signer} does not run"),
            true if !repo.is_in_scope(&at.path) => "and is not among the paths named".to_owned(),
            true => "and stays on them".to_owned(),
        };
        HandedHold::new(format!("{name} ({path}:{line}) hands it these keys, {why}"))
    }
}

/// What becomes of jobs that hand keys on, and of the modules that take them.
#[derive(Debug, Clone)]
pub(crate) struct HandedOutcome {
    directories: BTreeSet<PathBuf>,
    hold: Option<HandedHold>,
}

impl HandedOutcome {
    /// Why a finding about a module must not remove the keys that jobs hand on.
    pub fn obstacle(&self, finding: &Finding) -> Option<&HandedHold> {
        let directory = finding.at.path.parent()?;
        // A backend takes no variables.
        let is_taker = ["provider", "variable", "data"]
            .iter()
            .any(|kind| finding.subject.starts_with(kind));
        let hold = self.hold.as_ref()?;
        (is_taker && self.directories.contains(directory)).then_some(hold)
    }
}

/// The directories with providers that take keys from variables, and those variables.
fn takers(repo: &Repo) -> Vec<(&Path, BTreeSet<&str>)> {
    let modules = &repo.index().modules;
    let all = modules.all().map(|(number, files)| {
        let variables = files.values().flat_map(|facts| &facts.key_variables);
        let names = variables.flat_map(KeyVariables::names).collect();
        (modules.path(number), names)
    });
    all.filter(|(_, names): &(_, BTreeSet<&str>)| !names.is_empty())
        .collect()
}

/// The variables of Terraform that a pair is handed to.
fn variables(pair: &KeyPair) -> Vec<&str> {
    match &pair.handed_on {
        Some(HandedOn::Variables(names)) => names.iter().map(String::as_str).collect(),
        Some(HandedOn::Backend) | None => Vec::new(),
    }
}

/// Whether a job may run a root module. One whose commands are not seen may run any, and so may an
/// action.
fn may_run(workflows: &Workflows, owner: StepOwner, directory: &Path) -> bool {
    let runs = workflows.runs(owner);
    owner.job.is_none() || runs.is_empty() || runs.iter().any(|it| it.run.may_run(directory))
}
