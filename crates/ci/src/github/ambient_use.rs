//! The steps of a job that use the AWS credentials of its environment beside Terraform: they need the
//! account that these are of.

use syntax::code::sentence;

use crate::github::actions::{self, ActionRun};
pub use crate::github::workflow::known_readings::AmbientUse;
use crate::github::workflow::known_readings::{JobReading, StepPath};
use crate::github::workflow::model::{Step, entry};
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};
use crate::scripts::local_commands::Surroundings;

/// Whether a step runs a program for `actions/github-script` that may call AWS.
pub fn is_program_for_aws(step: &Step) -> bool {
    let uses = step.uses.as_ref().map_or("", |uses| uses.value.as_str());
    let input = |name: &str| Some(entry(&step.with, name)?.value.value.clone());
    actions::program(uses, &input).is_some_and(|program| actions::may_call_aws(&program))
}

impl Workflows {
    /// The steps of a job, other than sign-ins and Terraform commands, that use the AWS credentials of
    /// the environment, in their order; of several uses in a step, each that is named apart.
    pub fn ambient_uses(&self, owner: StepOwner) -> Vec<AmbientUse> {
        self.reading(owner).aws_uses.clone()
    }

    /// What of the step at that index may use the AWS credentials of the environment, as a message names
    /// it: all that is not known to use none. `has_other_keys`: whether these may be those of an emulator
    /// or another cloud, which commands with an endpoint use.
    pub fn possible_aws_use(
        &self,
        owner: StepOwner,
        step: usize,
        has_other_keys: bool,
    ) -> Option<String> {
        let text = self.source(owner).yaml.text();
        let search = PossibleUses {
            workflows: self,
            reading: &self.reading(owner),
            surroundings: Surroundings {
                // Amazon ECR's helper for Docker is on GitHub's machines, and used where settings name it.
                pulls_by_helper: !self.is_hosted(owner) || text.contains("ecr-login"),
                has_other_keys,
                has_modules_in_s3: self.has_modules_in_s3,
            },
        };
        search.of(&self.steps(owner)[step], &mut vec![step], MAX_DEPTH)
    }
}

/// A search for possible uses in a step and the steps of local actions.
struct PossibleUses<'w> {
    workflows: &'w Workflows,
    reading: &'w JobReading,
    surroundings: Surroundings,
}

impl PossibleUses<'_> {
    fn of(&self, step: &Step, path: &mut StepPath, depth: usize) -> Option<String> {
        if let Some(execution) = self.reading.executions.get(path) {
            return execution.possible_aws_use(self.surroundings);
        }
        let uses = step.uses.as_ref()?.value.as_str();
        let name = || {
            let name = uses.split('@').next().unwrap_or(uses).trim();
            Some(sentence!("action `{name}`"))
        };
        if let Some(source) = self.workflows.action(step) {
            let action = StepOwner { source, job: None };
            let steps = self.workflows.steps(action);
            let Some(depth) = depth.checked_sub(1).filter(|_| !steps.is_empty()) else {
                return name();
            };
            return steps.iter().enumerate().find_map(|(index, inner)| {
                path.push(index);
                let found = self.of(inner, path, depth);
                path.pop();
                found
            });
        }
        let input = |name: &str| entry(&step.with, name).map(|it| it.value.value.as_str());
        let owned = |name: &str| input(name).map(str::to_owned);
        let texts = step.with.iter().chain(&step.env);
        let texts = texts.map(|it| (it.name.as_str(), it.value.value.as_str()));
        let runs_terraform = matches!(actions::runs(uses, &owned), ActionRun::Terraform(_));
        let is_local = !runs_terraform
            && actions::aws_use(uses, texts.clone()).is_none()
            && actions::is_local(uses, &input, texts);
        if is_local { None } else { name() }
    }
}
