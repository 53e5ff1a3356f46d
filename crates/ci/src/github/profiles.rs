//! The AWS profiles that the steps of a job name.

use crate::aws_names::PROFILE_VARIABLES;
use crate::github::workflow::model::{NamedText, Step};
use crate::github::workflow::shell::StepShell;
use crate::github::workflow::{StepOwner, TERRAFORM_WORDS, Workflows};
use crate::scripts::profile;

impl Workflows {
    /// The profiles that the environments of a job's steps name, as written: expressions, too. Keys in
    /// the environment beat them.
    pub fn profiles_of_environments(&self, owner: StepOwner) -> Vec<Option<String>> {
        let mut written = None;
        let steps = self.steps(owner).iter();
        let profiles = steps.map(|step| {
            let named = self.profile_of_environment(owner, step, written.as_ref());
            written = written_by(step).or(written.take());
            named
        });
        profiles.collect()
    }

    /// That of a step; `written` is what the steps before it wrote to the environment file.
    fn profile_of_environment(
        &self,
        owner: StepOwner,
        own: &Step,
        written: Option<&String>,
    ) -> Option<String> {
        let container = self.job(owner).filter(|job| job.has_container);
        let container = container.map_or(&[][..], |job| &job.container_env);
        let is_own = |variable| own.env.iter().any(|entry| entry.name == variable);
        PROFILE_VARIABLES.into_iter().find_map(|variable| {
            let name = |entry: &&NamedText| entry.name == variable;
            let of_container = || container.iter().find(name).map(|entry| &entry.value);
            let found = self.variable(owner, own, variable).or_else(of_container);
            let found = found.map(|text| text.value.trim().to_owned());
            let written = written.filter(|_| variable == PROFILE_VARIABLES[0] && !is_own(variable));
            let named = written.cloned().or(found);
            named.filter(|name| !name.is_empty())
        })
    }

    /// The profiles that the Terraform commands of a step's script name.
    pub fn profiles_of_script(&self, owner: StepOwner, step: usize) -> Vec<String> {
        let step = self.steps(owner).get(step);
        let script = step.and_then(|it| it.run.as_ref());
        let wrapper = step.map(Step::shell);
        let lines = script.map(|it| it.value.as_str()).unwrap_or_default();
        let is_of_terraform = |line: &&str| {
            let is_set = !line.trim().contains(' ') || line.contains("export ");
            is_set || TERRAFORM_WORDS.iter().any(|word| line.contains(word))
        };
        let commands = lines.split(['\n', ';']).flat_map(|line| line.split("&&"));
        let found = commands.filter(is_of_terraform).filter_map(profile::of);
        let mut found: Vec<String> = found.map(str::to_owned).collect();
        if let Some(StepShell::Wrapped(command)) = wrapper {
            found.extend(profile::of(&command).map(str::to_owned));
        }
        found
    }
}

/// The profile that a step writes to the environment file.
fn written_by(step: &Step) -> Option<String> {
    let lines = step.run.as_ref()?.value.lines();
    let mut written = lines.filter(|line| line.contains("GITHUB_ENV"));
    let (_, value) = written.find_map(|line| line.split_once("AWS_PROFILE="))?;
    let value = value.split([' ', '"', '\'', '>']).next()?;
    Some(value.to_owned())
}
