//! Static keys that jobs pass on to Terraform, as variables that providers take them from: the job and
//! the module change together, or neither does. Until the job signs in, a provider without the variable
//! has no credentials; once the module has lost the variable, the job passes keys to nobody.

mod beside;
mod others;
mod unmet;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ci::github::keys::pair::{KeyPair, PassedAs};
use ci::github::workflow::{StepOwner, Workflows};
use diagnostics::finding::Finding;
use syntax::yaml::YamlPath;
use terraform::static_keys::KeyVariables;

pub(crate) use beside::JobBeside;

use crate::catalogue::Purpose;
use crate::decisions::passed_keys::{PassedKeys, PassedKeysGroup, PassedKeysHold, Taken};
use crate::index::set_elsewhere::ENVIRONMENT;
use crate::repo::Repo;

/// The keys that the jobs of a repository pass on, and what is known beforehand to hold them.
pub(crate) fn of(repo: &Repo) -> PassedKeys {
    let workflows = &repo.index().workflows;
    let mut found = PassedKeys::default();
    if workflows.key_takers.variables.is_empty() {
        return found;
    }
    for passage in repo.index().key_passages.passages() {
        found.add(PassedKeysGroup {
            passing: passage.variables.clone(),
            ..PassedKeysGroup::default()
        });
    }
    let takers = takers(repo);
    // A variable that a job sets to anything else keeps its module as it is.
    let all = takers
        .iter()
        .flat_map(|(directory, names)| names.iter().map(move |name| (*directory, *name)));
    for (directory, name) in all {
        let hold = others::job_that_sets(name, directory, repo)
            .or_else(|| others::set_above(name, directory, repo));
        if let Some(hold) = hold {
            found.add(PassedKeysGroup {
                variables: BTreeSet::from([(directory.to_path_buf(), name.to_owned())]),
                hold: Some(hold),
                ..PassedKeysGroup::default()
            });
        }
    }
    for owner in workflows.owners() {
        let pairs = workflows.key_pairs(owner);
        let pairs = pairs.iter().filter(|pair| pair.is_static());
        let pairs: Vec<KeyPair> = pairs.cloned().collect();
        let names: BTreeSet<&str> = pairs.iter().flat_map(variables).collect();
        if names.is_empty() {
            continue;
        }
        let mut group = PassedKeysGroup::default();
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
                group.hold = Some(PassedKeysHold::new(why).help("set it only where it is used"));
            }
            let all = all.into_iter();
            group
                .variables
                .extend(all.map(|directory| (directory.to_path_buf(), name.to_owned())));
        }
        group.hold = group.hold.or_else(|| overwritten(owner, repo));
        found.add(group);
        take(&mut found, workflows, owner, &pairs);
    }
    for group in &mut found.groups {
        let settings = group.variables.iter();
        let mut settings =
            settings.filter_map(|(directory, name)| others::set_by(name, directory, repo));
        group.hold = group.hold.take().or_else(|| settings.next());
    }
    found
}

/// Why a job goes on to overwrite a file of values: without the line that does, the file of the tree counts.
fn overwritten(owner: StepOwner, repo: &Repo) -> Option<PassedKeysHold> {
    let index = repo.index();
    let texts = index.workflows.passing_texts(owner);
    let names = texts.iter().flat_map(|text| &text.overwritten);
    let names = names.filter_map(|file| Path::new(file).file_name());
    let mut files = index.modules.all_files();
    let (path, _) = files.find(|(path, facts)| {
        facts.is_values && names.clone().any(|name| path.file_name() == Some(name))
    })?;
    let why = format!("a script overwrites {} with them", path.display());
    let help = "let the script add to another file, such as `keys.auto.tfvars`";
    Some(PassedKeysHold::new(why).help(help))
}

/// Notes what the edits of a job take away. Jobs that share an `env:` take the same away.
fn take(keys: &mut PassedKeys, workflows: &Workflows, owner: StepOwner, pairs: &[KeyPair]) {
    let path = &workflows.source(owner).path;
    let mut add = |variable: &str, place: YamlPath, is_passed: bool| {
        keys.taken.insert(Taken {
            path: path.clone(),
            variable: variable.to_owned(),
            place,
            is_passed,
        });
    };
    for text in workflows.passing_texts(owner) {
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

/// What becomes of each group, as the findings about workflows say.
pub(crate) fn outcomes(findings: &[Finding], repo: &Repo) -> Vec<PassedKeysOutcome> {
    let workflows = &repo.index().workflows;
    let of = |group: &PassedKeysGroup| {
        let mut outcome = PassedKeysOutcome {
            directories: group
                .all_variables()
                .into_iter()
                .map(|(it, _)| it.clone())
                .collect(),
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
                outcome.hold = Some(refusal(group, *owner, repo));
            }
        }
        outcome
    };
    repo.passed_keys().groups.iter().map(of).collect()
}

/// The groups whose jobs change and whose variables do not, with the reasons, as the findings about
/// modules say.
pub(crate) fn unmet<'f>(
    jobs: &[Finding],
    findings: &(impl Iterator<Item = &'f Finding> + Clone),
    repo: &Repo,
) -> Vec<(usize, PassedKeysHold)> {
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
    let remover = repo.catalogue().id_of(Purpose::RemoveStaticKeys);
    let of_keys = findings
        .clone()
        .filter(|it| it.applied && it.transform == remover);
    let losing: BTreeSet<&Path> = of_keys.filter_map(|it| it.at.path.parent()).collect();
    let passes_less = |group: &PassedKeysGroup| {
        let mut passing = group.passing.iter();
        passing.any(|(directory, _)| losing.contains(directory.as_path()))
    };
    let groups = repo.passed_keys().groups.iter().enumerate();
    let changing = groups.filter(|(_, group)| group.jobs.iter().any(changes) || passes_less(group));
    let unmet = changing.filter_map(|(number, group)| {
        let mut variables = group.all_variables().into_iter();
        let hold = variables.find_map(|variable| {
            let (directory, name) = variable;
            let is_set = group.variables.contains(variable);
            unmet::variable(directory, name, is_set, findings.clone(), repo)
        });
        Some((number, hold?))
    });
    unmet.collect()
}

/// Why the modules of the group keep their keys, once one of its jobs stays.
fn refusal(group: &PassedKeysGroup, owner: StepOwner, repo: &Repo) -> PassedKeysHold {
    let workflows = &repo.index().workflows;
    if let Some(hold) = &group.hold {
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
    PassedKeysHold::new(format!("{name} ({path}:{line}) passes it these keys {why}"))
}

/// What becomes of jobs that pass keys on, and of the modules that take them.
#[derive(Debug, Clone)]
pub(crate) struct PassedKeysOutcome {
    directories: BTreeSet<PathBuf>,
    hold: Option<PassedKeysHold>,
}

impl PassedKeysOutcome {
    /// Why a finding about a module must not remove the keys that jobs pass on.
    pub fn obstacle(&self, finding: &Finding) -> Option<&PassedKeysHold> {
        let directory = finding.at.path.parent()?;
        // A backend takes no variables.
        let is_taker = ["provider", "variable", "data", "module", "local"]
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
        let directory = modules.path(number);
        let passed = repo.index().key_passages.takers(directory);
        let names = variables.chain(passed).flat_map(KeyVariables::names);
        (directory, names.collect())
    });
    all.filter(|(_, names): &(_, BTreeSet<&str>)| !names.is_empty())
        .collect()
}

/// The variables of Terraform that a pair is passed to.
fn variables(pair: &KeyPair) -> Vec<&str> {
    match &pair.passed_as {
        Some(PassedAs::Variables(names)) => names.iter().map(String::as_str).collect(),
        Some(PassedAs::Backend) | None => Vec::new(),
    }
}

/// Whether a job may run a root module. One whose commands are not seen may run any, and so may an
/// action.
fn may_run(workflows: &Workflows, owner: StepOwner, directory: &Path) -> bool {
    let runs = workflows.runs(owner);
    owner.job.is_none() || runs.is_empty() || runs.iter().any(|it| it.run.may_run(directory))
}
