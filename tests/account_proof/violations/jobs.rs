//! The jobs of GitHub, in every course that they may take.

use std::collections::{BTreeMap, BTreeSet};

use super::Comparison;
use crate::account_proof::account::Account;
use crate::account_proof::expression::Value;
use crate::account_proof::job::{Acted, Course, condition, run};
use crate::account_proof::modules::{Credentials, RootModule};
use crate::account_proof::step::Does;
use crate::account_proof::workflow::{Job, jobs};

/// What a step had for one identity.
#[derive(Clone, Debug, PartialEq)]
enum Had {
    Account(Account),
    /// The state's profile, which the configuration names.
    State,
    Nothing,
}

impl Comparison<'_> {
    pub(super) fn jobs(&mut self) {
        let (before, after) = (jobs(self.trees.0), jobs(self.trees.1));
        let after: BTreeMap<&str, &Job> = after.iter().map(|job| (&*job.name, job)).collect();
        let mut pairs = Vec::new();
        for job in &before {
            match after.get(&*job.name) {
                Some(after) => pairs.push((job, *after)),
                None => panic!("{} is gone", job.name),
            }
        }
        // First what is meant: everything set, nothing fails. It tells what variables have to hold.
        for (before, after) in &pairs {
            for course in conditions(before, after) {
                self.course(before, after, &course);
            }
        }
        for (before, after) in &pairs {
            let mut names = variables(after);
            names.retain(|name| !self.taken.contains(name));
            for course in courses(before, after) {
                self.course(before, after, &course);
                for name in &names {
                    let unset = Some(name.clone());
                    self.course(
                        before,
                        after,
                        &Course {
                            unset,
                            ..course.clone()
                        },
                    );
                }
            }
        }
    }

    /// One course of a job.
    fn course(&mut self, before: &Job, after: &Job, course: &Course) {
        let was = run(before, course, &|name, environment| {
            Some(Account::Variable(name.to_owned(), environment.to_owned()))
        });
        let is = run(after, course, &|name, environment| {
            let environment = self.place(name, environment);
            let fallback = Account::Variable(name.to_owned(), String::new());
            match course.unset.as_deref() == Some(name) {
                false => Some(Account::Variable(name.to_owned(), environment)),
                true if environment.is_empty() => None,
                true => self.demands.has(&fallback).then_some(fallback),
            }
        });
        let had = self.had(before, &was, &self.before);
        let has = self.had(after, &is, &self.after);
        for (identity, had) in had {
            let who = format!("{}: {identity}", before.name);
            match (had, has.get(&identity)) {
                (Had::Account(had), Some(Had::Account(has))) => self.moves(who, &had, has),
                // Its sign-in fails, so that the step does not run, or it has no credentials.
                (Had::Account(had), None | Some(Had::Nothing)) if course.is_meant() => {
                    self.ends(who, &had);
                }
                _ => {}
            }
        }
    }

    /// The environment where the next steps set a variable that a job in `environment` reads.
    fn place(&self, name: &str, environment: &str) -> String {
        let has = |place: &str| self.set.iter().any(|it| it.0 == name && it.1 == place);
        match !has(environment) && has("") {
            true => String::new(),
            false => environment.to_owned(),
        }
    }

    /// By step and identity, what it had.
    fn had(
        &self,
        job: &Job,
        acted: &[Acted<'_>],
        roots: &BTreeMap<String, RootModule>,
    ) -> BTreeMap<String, Had> {
        // A name without the values of a matrix is `FILE:JOB`.
        let answered = self
            .answers
            .roots(job.name.split('[').next().unwrap_or_default());
        let mut all = BTreeMap::new();
        for acted in acted {
            let ambient = match acted.found.account() {
                Some(account) => Had::Account(account.clone()),
                None => Had::Nothing,
            };
            let key = &acted.step.key;
            let Does::Terraform(places) = &acted.step.does else {
                all.insert(key.clone(), ambient);
                continue;
            };
            for (directory, root) in roots {
                let any = || answered.as_ref().is_none_or(|it| it.contains(directory));
                let is_run = places.iter().any(|place| match place {
                    Some(place) => place == directory,
                    None => any(),
                });
                if !is_run {
                    continue;
                }
                for (name, credentials) in &root.identities {
                    let had = match credentials {
                        Credentials::Variable(name) => {
                            let own = acted.step.variables.get(name);
                            let set = own.or_else(|| job.variables.get(name));
                            set.map_or(Had::Nothing, |keys| Had::Account(keys.clone()))
                        }
                        _ if ambient == Had::Nothing => Had::Nothing,
                        Credentials::Ambient => ambient.clone(),
                        Credentials::Role(account) => Had::Account(account.clone()),
                        Credentials::Profile(name) if !acted.profiles.contains_key(name) => {
                            Had::Nothing
                        }
                        // The job's own file says what it is.
                        Credentials::Profile(name) if acted.profiles[name].is_some() => {
                            let account = acted.profiles[name].clone();
                            account.map_or(Had::Nothing, Had::Account)
                        }
                        it if self.is_state_profile(name, it) => Had::State,
                        Credentials::Profile(name) => Had::Account(self.answers.profile(name)),
                    };
                    all.insert(format!("{key}: {name} of {directory}"), had);
                }
            }
        }
        all
    }
}

/// Courses in which nothing fails: each way that the conditions may turn out.
fn conditions(before: &Job, after: &Job) -> Vec<Course> {
    let steps = before.steps.iter().chain(&after.steps);
    let texts: BTreeSet<String> = steps.map(|step| condition(&step.condition)).collect();
    let mut courses = vec![Course::default()];
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        let with = |holds: bool| {
            let text = text.clone();
            courses.clone().into_iter().map(move |mut course| {
                course.conditions.insert(text.clone(), holds);
                course
            })
        };
        courses = with(true).chain(with(false)).collect();
    }
    courses
}

/// All courses: any step may fail, and any role may be refused.
fn courses(before: &Job, after: &Job) -> Vec<Course> {
    let mut all = Vec::new();
    for course in conditions(before, after) {
        let steps = before
            .steps
            .iter()
            .filter(|it| !matches!(it.does, Does::SignIn(_) | Does::Write(..)));
        all.extend(steps.map(|step| Course {
            failing: Some(step.key.clone()),
            ..course.clone()
        }));
        let refused = roles(after).map(|role| Some(role.clone()));
        all.extend(refused.map(|refused| Course {
            refused,
            ..course.clone()
        }));
        all.push(course);
    }
    all
}

/// The roles of a job's sign-ins.
fn roles(job: &Job) -> impl Iterator<Item = &Value> {
    job.steps.iter().filter_map(|step| match &step.does {
        Does::SignIn(sign_in) => sign_in.role.as_ref(),
        _ => None,
    })
}

/// The variables that the sign-ins of a job read.
fn variables(job: &Job) -> BTreeSet<String> {
    let names = roles(job).filter_map(|role| match role {
        Value::Variable(name, _) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}
