//! The jobs of GitHub's workflows, one for each caller and each combination of a matrix.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::account::Account;
use super::expression::{Contexts, Value};
use super::step::{Does, Step, keys, set, step};
use super::yaml;
use crate::support::Tree;

/// One run of a job.
#[derive(Clone, Debug)]
pub struct Job {
    /// `FILE:JOB`, with the caller and the values of the matrix.
    pub name: String,
    pub is_hosted: bool,
    pub environment: String,
    /// Whether GitHub gives it a token to sign in with.
    pub has_token: bool,
    /// The keys in `env:` of the workflow or of the job.
    pub keys: Option<Account>,
    /// The keys in variables of Terraform that it sets.
    pub variables: BTreeMap<String, Account>,
    pub steps: Vec<Step>,
}

impl Job {
    /// Whether it has static keys anywhere.
    pub fn has_keys(&self) -> bool {
        let in_step = self.steps.iter().any(|step| match &step.does {
            Does::SignIn(sign_in) => sign_in.keys.is_some(),
            Does::Write(..) => true,
            _ => step.keys.is_some() || !step.variables.is_empty(),
        });
        in_step || self.keys.is_some() || !self.variables.is_empty()
    }
}

/// All jobs of a repository.
pub fn jobs(tree: &Tree) -> Vec<Job> {
    let files = tree.0.iter().filter_map(|(path, text)| {
        let path = path.to_str().expect("tests name files so");
        let name = path.strip_prefix(".github/workflows/")?;
        Some((name.to_owned(), yaml::read(text)))
    });
    let workflows: BTreeMap<String, Json> = files.collect();
    let mut jobs = Vec::new();
    for (file, workflow) in &workflows {
        // What is only called runs as its callers do.
        let is_called = !workflow["on"]["workflow_call"].is_null()
            || workflow["on"]
                .as_object()
                .is_some_and(|on| on.contains_key("workflow_call"));
        if !is_called {
            let reader = Reader {
                workflows: &workflows,
                jobs: &mut jobs,
            };
            reader.workflow(file, workflow, &Contexts::default(), None, file);
        }
    }
    jobs
}

struct Reader<'r> {
    workflows: &'r BTreeMap<String, Json>,
    jobs: &'r mut Vec<Job>,
}

impl Reader<'_> {
    fn workflow(
        mut self,
        file: &str,
        workflow: &Json,
        from: &Contexts,
        caller: Option<bool>,
        name: &str,
    ) {
        assert!(self.workflows.contains_key(file));
        for (id, job) in entries(&workflow["jobs"]) {
            let permissions = [&job["permissions"], &workflow["permissions"]];
            let written = permissions.into_iter().find(|it| !it.is_null());
            // A called job that says nothing has its caller's rights.
            let has_token = match (caller, written) {
                (None, written) => written.is_some_and(has_token),
                (Some(caller), written) => caller && written.is_none_or(has_token),
            };
            for combination in combinations(&job["strategy"]["matrix"]) {
                let values: Vec<_> = combination.values().filter_map(Value::as_str).collect();
                let name = format!("{name}:{id}{values:?}");
                let contexts = Contexts {
                    matrix: combination,
                    environment: String::new(),
                    ..from.clone()
                };
                self.job(&name, workflow, job, contexts, has_token);
            }
        }
    }

    fn job(
        &mut self,
        name: &str,
        workflow: &Json,
        job: &Json,
        mut contexts: Contexts,
        has_token: bool,
    ) {
        if let Some(file) = job["uses"]
            .as_str()
            .and_then(|it| it.strip_prefix("./.github/workflows/"))
        {
            let Some(called) = self.workflows.get(file) else {
                return;
            };
            // A call reads variables of the repository alone.
            let values = |from: &Json| -> BTreeMap<String, Value> {
                entries(from)
                    .map(|(name, text)| (name.clone(), value(text, &contexts)))
                    .collect()
            };
            let secrets = values(&job["secrets"])
                .into_iter()
                .map(|(name, it)| (name.to_ascii_uppercase(), it));
            let passed = Contexts {
                inputs: values(&job["with"]),
                secrets: (job["secrets"] != "inherit").then(|| secrets.collect()),
                ..Contexts::default()
            };
            let reader = Reader {
                workflows: self.workflows,
                jobs: &mut *self.jobs,
            };
            return reader.workflow(file, called, &passed, Some(has_token), name);
        }
        let environment = match &job["environment"] {
            Json::Object(named) => named.get("name").cloned().unwrap_or_default(),
            named => named.clone(),
        };
        let environment = environment.as_str().map(|text| contexts.template(text));
        let environment = match environment {
            None => String::new(),
            Some(value) => value
                .as_str()
                .map_or_else(|| format!("{value:?}"), str::to_owned),
        };
        // `env:` of a workflow is read before a job has its environment.
        for (name, text) in entries(&workflow["env"]) {
            let value = value(text, &contexts);
            contexts.env.insert(name.clone(), value);
        }
        contexts.environment.clone_from(&environment);
        for (name, text) in entries(&job["env"]) {
            let value = value(text, &contexts);
            contexts.env.insert(name.clone(), value);
        }
        let runs_on = &job["runs-on"];
        let is_hosted = runs_on
            .as_str()
            .is_some_and(|it| !it.contains("self-hosted"));
        let directory = [&job["defaults"], &workflow["defaults"]].into_iter();
        let directory = directory
            .map(|it| &it["run"]["working-directory"])
            .find(|it| !it.is_null());
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let steps = job["steps"].as_array().into_iter().flatten().map(|item| {
            let mut step = step(item, &contexts, directory);
            let count = counts.entry(step.key.clone()).or_default();
            *count += 1;
            step.key = format!("{} #{count}", step.key);
            step
        });
        let steps = steps.collect();
        let keys = keys(contexts.env.get("AWS_ACCESS_KEY_ID"));
        self.jobs.push(Job {
            name: name.to_owned(),
            is_hosted,
            environment,
            has_token,
            keys,
            variables: set(&contexts.env),
            steps,
        });
    }
}

pub fn entries(of: &Json) -> impl Iterator<Item = (&String, &Json)> {
    of.as_object().into_iter().flat_map(Map::iter)
}

pub fn value(json: &Json, contexts: &Contexts) -> Value {
    match json.as_str() {
        Some(text) => contexts.template(text),
        None => Value::Known(json.clone()),
    }
}

fn has_token(permissions: &Json) -> bool {
    permissions == "write-all" || permissions["id-token"] == "write"
}

/// What the contexts of a matrix are: one of nothing where there is none.
fn combinations(matrix: &Json) -> Vec<BTreeMap<String, Value>> {
    let mut all = vec![BTreeMap::new()];
    for (name, values) in entries(matrix).filter(|(name, _)| *name != "include") {
        let values = values.as_array().cloned().unwrap_or_default();
        all = all
            .iter()
            .flat_map(|one| {
                values.iter().map(|value| {
                    let mut one: BTreeMap<String, Value> = one.clone();
                    one.insert(name.clone(), Value::Known(value.clone()));
                    one
                })
            })
            .collect();
    }
    if let Some(rows) = matrix["include"].as_array() {
        let rows = rows.iter().map(|row| {
            entries(row)
                .map(|(name, value)| (name.clone(), Value::Known(value.clone())))
                .collect()
        });
        all = rows.collect();
    }
    all
}
