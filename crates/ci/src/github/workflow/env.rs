//! The environment variables of a step: `env:` of the step, its job and its workflow.

use crate::github::values::{Values, fill, filled};
use crate::github::workflow::model::{Step, Text};
use crate::github::workflow::{StepOwner, Workflows};
use syntax::yaml::YamlPath;

impl Workflows {
    /// The value of an environment variable of a step. Of several `env:` the innermost wins
    /// ("Workflow syntax for GitHub Actions", `env`).
    pub fn variable<'w>(
        &'w self,
        owner: StepOwner,
        step: &'w Step,
        name: &str,
    ) -> Option<&'w Text> {
        let own = step.env.iter().find(|entry| entry.name == name);
        own.map(|entry| &entry.value)
            .or_else(|| self.inherited(owner, name))
    }

    /// Whether a job reads a secret beside its token, or what another job passes on: without either,
    /// nothing on GitHub's runners gives it credentials.
    pub fn is_given_secrets(&self, owner: StepOwner) -> bool {
        let source = self.source(owner);
        let places = [self.place(owner), YamlPath::root().key("env")];
        let mut texts = places.iter().filter_map(|place| source.text_at(place));
        texts.any(|text| {
            let text = text
                .to_ascii_lowercase()
                .replace("secrets.github_token", "");
            [
                "secrets.",
                "secrets[",
                "needs.",
                "tojson(",
                "download-artifact",
            ]
            .iter()
            .any(|word| text.contains(word))
        })
    }

    /// A text with the step's environment variables and the job's context values filled in.
    pub fn filled_in(&self, owner: StepOwner, step: &Step, values: &Values, text: &str) -> String {
        let resolved = filled(text, |name| {
            let variable = self.variable(owner, step, name.strip_prefix("env.")?)?;
            Some(variable.value.clone())
        });
        fill(&resolved, values)
    }

    /// The value of an environment variable that all steps of a job inherit from the job or
    /// workflow.
    pub fn inherited(&self, owner: StepOwner, name: &str) -> Option<&Text> {
        let job = self.job(owner).map(|job| &job.env);
        let workflow = self.workflow(owner).map(|workflow| &workflow.env);
        let envs = [job, workflow].into_iter().flatten();
        let mut found = envs.filter_map(|env| env.iter().find(|entry| entry.name == name));
        found.next().map(|entry| &entry.value)
    }
}
