//! What is decided about static keys that jobs pass on to Terraform.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use ci::github::workflow::StepOwner;
use diagnostics::ask::Help;
use syntax::yaml::YamlPath;
use terraform::references::words;

use crate::error::PlanError;
use crate::index::set_elsewhere::{ENVIRONMENT, times_passed};

/// The keys that jobs of a repository pass on.
#[derive(Debug, Clone, Default)]
pub struct PassedKeys {
    pub(crate) groups: Vec<PassedKeysGroup>,
    /// What the edits of workflows take away.
    pub(crate) taken: HashSet<Taken>,
}

/// What sets a variable in a workflow, and goes with the keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Taken {
    /// The file.
    pub path: PathBuf,
    /// The variable's name.
    pub variable: String,
    /// Where in the file.
    pub place: YamlPath,
    /// Whether `-var` sets it; else the environment does.
    pub is_passed: bool,
}

/// Jobs and the variables to which they pass keys: those of a job are all in one group, and so are the
/// jobs that set a variable, and the modules that pass the keys on. Without jobs, modules alone do so.
#[derive(Debug, Clone, Default)]
pub(crate) struct PassedKeysGroup {
    /// The jobs, and the actions that do it for them.
    pub jobs: BTreeSet<StepOwner>,
    /// Those that the jobs set, by the directory of the root module.
    pub variables: BTreeSet<(PathBuf, String)>,
    /// Those by which modules pass the keys on to each other, the root modules' own among them.
    pub passing: BTreeSet<(PathBuf, String)>,
    /// Why they stay as they are.
    pub hold: Option<PassedKeysHold>,
}

/// Why keys are passed on as before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedKeysHold {
    /// The reason, as a clause.
    pub why: String,
    /// What a person can do about it.
    pub help: Option<Help>,
    /// Whether review lifts it.
    pub is_review: bool,
}

impl PassedKeysHold {
    /// A reason without help, which review does not lift.
    pub(crate) fn new(why: String) -> Self {
        Self {
            why,
            help: None,
            is_review: false,
        }
    }

    /// Adds what a person can do about it.
    #[must_use]
    pub(crate) fn help(self, help: impl Into<Help>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl PassedKeysGroup {
    /// All variables that hold the keys.
    pub(crate) fn all_variables(&self) -> BTreeSet<&(PathBuf, String)> {
        self.variables.union(&self.passing).collect()
    }

    fn shares_variables(&self, other: &Self) -> bool {
        let mut own = self.all_variables().into_iter();
        let others = other.all_variables();
        own.any(|variable| others.contains(variable))
    }
}

impl PassedKeys {
    /// Adds a group, joined with those that it shares a variable or a job with.
    pub(crate) fn add(&mut self, mut group: PassedKeysGroup) {
        let is_joined =
            |it: &PassedKeysGroup| it.shares_variables(&group) || !it.jobs.is_disjoint(&group.jobs);
        let (joined, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.groups)
            .into_iter()
            .partition(is_joined);
        for other in joined {
            group.jobs.extend(other.jobs);
            group.variables.extend(other.variables);
            group.passing.extend(other.passing);
            group.hold = group.hold.or(other.hold);
        }
        self.groups = others;
        self.groups.push(group);
    }

    /// The jobs whose keys are passed on together with those of one.
    pub fn together(&self, owner: StepOwner) -> impl Iterator<Item = StepOwner> {
        let groups = self.groups.iter();
        let own = groups.filter(move |group| group.jobs.contains(&owner));
        own.flat_map(|group| group.jobs.iter().copied())
    }

    /// Whether a module loses keys that jobs pass it: its providers then act as those jobs do.
    pub(crate) fn are_taken_from(&self, directory: &Path) -> bool {
        let mut groups = self.groups.iter().filter(|group| {
            let is_lifted = |hold: &PassedKeysHold| hold.is_review;
            group.hold.as_ref().is_none_or(is_lifted)
        });
        groups.any(|group| {
            let mut variables = group.all_variables().into_iter();
            variables.any(|(root, _)| root == directory)
        })
    }

    /// Why a job passes its keys on as before.
    pub fn hold(&self, owner: StepOwner) -> Option<&PassedKeysHold> {
        let mut groups = self.groups.iter();
        let own = groups.find(|group| group.jobs.contains(&owner));
        own.and_then(|group| group.hold.as_ref())
    }

    /// Whether the edits take away all that sets a variable in the file of a workflow: by `-var`, or in
    /// the environment.
    pub(crate) fn takes_all(
        &self,
        path: &Path,
        text: &str,
        variable: &str,
        by_argument: bool,
    ) -> bool {
        let is_it =
            |it: &&Taken| it.path == path && it.variable == variable && it.is_passed == by_argument;
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
    pub(crate) fn add_holds(
        &mut self,
        holds: Vec<(usize, PassedKeysHold)>,
    ) -> Result<(), PlanError> {
        let mut has_new = false;
        for (number, hold) in holds {
            let Some(group) = self.groups.get_mut(number) else {
                continue;
            };
            // One that review lifts gives way to one that nothing does.
            let is_weaker = |own: &PassedKeysHold| own.is_review && !hold.is_review;
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
}
