//! The AWS profiles that the steps of a job name.

use crate::github::workflow::model::NamedText;
use crate::github::workflow::{StepOwner, TERRAFORM_WORDS, Workflows};
use crate::scripts::profile;

const VARIABLE: &str = "AWS_PROFILE";

impl Workflows {
    /// The profile that the environment of a step names, as written: an expression, too. Keys in the
    /// environment beat it.
    pub fn profile_of_environment(&self, owner: StepOwner, step: usize) -> Option<String> {
        let own = self.steps(owner).get(step)?;
        let name = |entry: &&NamedText| entry.name == VARIABLE;
        let container = self.job(owner).filter(|job| job.has_container);
        let container = container.map_or(&[][..], |job| &job.container_env);
        let of_container = || container.iter().find(name).map(|entry| &entry.value);
        let found = self.variable(owner, own, VARIABLE).or_else(of_container);
        let found = found.map(|text| text.value.trim().to_owned());
        // A step writes it to the environment file.
        let written = self.steps(owner)[..step].iter().rev().find_map(|step| {
            let lines = step.run.as_ref()?.value.lines();
            let mut written = lines.filter(|line| line.contains("GITHUB_ENV"));
            let (_, value) = written.find_map(|line| line.split_once("AWS_PROFILE="))?;
            let value = value.split([' ', '"', '\'', '>']).next()?;
            Some(value.to_owned())
        });
        let is_own = own.env.iter().any(|entry| entry.name == VARIABLE);
        let named = written.filter(|_| !is_own).or(found);
        named.filter(|name| !name.is_empty())
    }

    /// The profiles that the Terraform commands of a step's script name.
    pub fn profiles_of_script(&self, owner: StepOwner, step: usize) -> Vec<String> {
        let script = self.steps(owner).get(step).and_then(|it| it.run.as_ref());
        let lines = script.map(|it| it.value.as_str()).unwrap_or_default();
        let is_of_terraform = |line: &&str| {
            let is_set = !line.trim().contains(' ') || line.contains("export ");
            is_set || TERRAFORM_WORDS.iter().any(|word| line.contains(word))
        };
        let commands = lines.split(['\n', ';']).flat_map(|line| line.split("&&"));
        let found = commands.filter(is_of_terraform).filter_map(profile::of);
        found.map(str::to_owned).collect()
    }
}
