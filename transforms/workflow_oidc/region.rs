//! The region that a job signs in to: the sign-in puts it into the environment, for all steps that follow.

use std::collections::BTreeSet;

use ci::aws_names::REGION_VARIABLES;
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::uses::remote_action;
use ci::github::workflow::model::entry;

use super::convert::Conversion;

/// The region of a job that names none. `aws-region` is a required input of the action.
const DEFAULT_REGION: &str = "us-east-1";

impl Conversion<'_> {
    /// The region to sign in to, and why it may be wrong.
    pub(super) fn region(&self, pair: &KeyPair) -> (String, Option<String>) {
        let workflows = self.flow.workflows;
        if let KeyForm::StepEnv(index) = pair.form
            && entry(&workflows.steps(self.owner)[index].env, REGION_VARIABLES[0]).is_none()
        {
            return self.region_of_step(index);
        }
        let own = pair
            .region
            .as_deref()
            .filter(|_| matches!(pair.form, KeyForm::StepEnv(_) | KeyForm::Script(_)));
        // A further sign-in of the same keys is to the region of the first.
        let with = match pair.form {
            KeyForm::With(index) => entry(&workflows.steps(self.owner)[index].with, "aws-region"),
            _ => None,
        };
        let own = own.or(with.map(|it| it.value.value.as_str()));
        if let Some(own) = own.filter(|own| !own.starts_with('$') || own.starts_with("${{")) {
            return (own.to_owned(), None);
        }
        self.inherited_region()
    }

    /// The same of a step that has keys in its own `env:`, and no AWS_REGION there: the tools take that of
    /// the environment before any AWS_DEFAULT_REGION ("Environment variables", AWS CLI user guide).
    fn region_of_step(&self, index: usize) -> (String, Option<String>) {
        let workflows = self.flow.workflows;
        if let Some(region) = self.exported_region(index) {
            return (region, None);
        }
        if workflows
            .inherited(self.owner, REGION_VARIABLES[0])
            .is_some()
        {
            return self.inherited_region();
        }
        let own = entry(&workflows.steps(self.owner)[index].env, REGION_VARIABLES[1]);
        match own.map(|it| it.value.value.as_str()) {
            Some(own) => (own.to_owned(), None),
            None => self.inherited_region(),
        }
    }

    /// The region that a step with keys of its own had in no AWS_REGION of its own, where something names
    /// one: a sign-in before it must not bring another.
    pub(super) fn needed_region(&self, index: usize) -> Option<String> {
        let workflows = self.flow.workflows;
        let env = &workflows.steps(self.owner)[index].env;
        if entry(env, REGION_VARIABLES[0]).is_some() {
            return None;
        }
        let inherited = |name: &&str| workflows.inherited(self.owner, name).is_some();
        let is_named = entry(env, REGION_VARIABLES[1]).is_some()
            || REGION_VARIABLES.iter().any(inherited)
            || self.exported_region(index).is_some();
        is_named.then(|| self.resolved_region(&self.region_of_step(index).0))
    }

    /// A region, or what the job's `env:` says of the variable that it reads: a sign-in sets AWS's own
    /// variables, for all steps that follow.
    pub(super) fn resolved_region(&self, region: &str) -> String {
        let variable = REGION_VARIABLES.into_iter();
        let mut variable = variable.filter(|name| region == format!("${{{{ env.{name} }}}}"));
        let value = variable
            .next()
            .and_then(|name| self.flow.workflows.inherited(self.owner, name));
        value.map_or_else(|| region.to_owned(), |it| it.value.clone())
    }

    /// The region that the steps of the job inherit, or that some of them name.
    fn inherited_region(&self) -> (String, Option<String>) {
        let workflows = self.flow.workflows;
        let inherited = REGION_VARIABLES
            .iter()
            .find(|name| workflows.inherited(self.owner, name).is_some());
        if let Some(name) = inherited {
            return (format!("${{{{ env.{name} }}}}"), None);
        }
        match self.region_of_steps() {
            Some(region) => region,
            None => self.written_region(),
        }
    }

    /// The region that the `env:` of steps name as AWS_DEFAULT_REGION, which the AWS_REGION of a sign-in
    /// comes before; with why it may be wrong, where they differ.
    fn region_of_steps(&self) -> Option<(String, Option<String>)> {
        let workflows = self.flow.workflows;
        let steps = workflows.steps(self.owner).iter();
        let named = steps.filter_map(|step| {
            let own = entry(&step.env, REGION_VARIABLES[1])?;
            entry(&step.env, REGION_VARIABLES[0])
                .is_none()
                .then_some(own)
        });
        let named: Vec<_> = named.collect();
        let first = named.first()?;
        let region = first.value.value.trim();
        let is_fixed = !["env.", "steps."].iter().any(|it| region.contains(it));
        let is_one = named.iter().all(|it| it.value.value.trim() == region);
        if is_one && is_fixed && !region.is_empty() {
            return Some((region.to_owned(), None));
        }
        let line = workflows.source(self.owner).location(first.offset).line;
        let why = format!(
            "its steps name several regions: {DEFAULT_REGION} is then in AWS_REGION, which comes before \
             the AWS_DEFAULT_REGION of line {line}"
        );
        Some((DEFAULT_REGION.to_owned(), Some(why)))
    }

    /// The region that a sign-in of the job leaves to the step at that index: what a step writes to the
    /// environment file beats the job's `env:`.
    fn exported_region(&self, index: usize) -> Option<String> {
        let workflows = self.flow.workflows;
        let all = workflows.sign_ins(self.owner);
        let reaching = workflows.reaching(self.owner, all.iter(), index);
        let [only] = reaching.sign_ins[..] else {
            return None;
        };
        let step = &workflows.steps(self.owner)[all[only].step];
        let uses = remote_action(&step.uses.as_ref()?.value)?;
        let region = entry(&step.with, "aws-region").filter(|_| uses.is_configure())?;
        Some(region.value.value.trim().to_owned())
    }

    /// The region that profiles have which scripts of the job write: the sign-in puts one into
    /// AWS_REGION, which comes before that of a profile.
    fn written_region(&self) -> (String, Option<String>) {
        let pairs = self.flow.workflows.key_pairs(self.owner);
        let written = pairs.iter().filter(|pair| pair.written.is_some());
        let regions: BTreeSet<String> = written.filter_map(|pair| pair.region.clone()).collect();
        let is_fixed = |it: &String| {
            let mut of_run = ["env.", "steps."].iter();
            !it.starts_with('$')
                || it.starts_with("${{") && !of_run.any(|context| it.contains(context))
        };
        match regions.first() {
            None => (DEFAULT_REGION.to_owned(), self.region_doubt()),
            Some(only) if regions.len() == 1 && is_fixed(only) => (only.clone(), None),
            Some(_) => {
                let why = format!(
                    "it names no region: {DEFAULT_REGION} is then in AWS_REGION, which comes before \
                     the region of the profile that its script writes"
                );
                (DEFAULT_REGION.to_owned(), Some(why))
            }
        }
    }

    /// Why a region that nothing named before may change what steps do.
    fn region_doubt(&self) -> Option<String> {
        let workflows = self.flow.workflows;
        let is_hosted = workflows.is_hosted(self.owner);
        let machine = || (!is_hosted).then(|| "while its machine may know another".to_owned());
        let is_action = self.owner.job.is_none();
        let users = || is_action.then(|| "while the jobs that use it may name another".to_owned());
        let reader = workflows.region_reader(self.owner);
        let why = reader.or_else(users).or_else(machine)?;
        Some(format!(
            "it names no region: {DEFAULT_REGION} is then in AWS_REGION, {why}"
        ))
    }
}
