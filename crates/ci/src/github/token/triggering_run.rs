//! Jobs of `workflow_run`: they run with the repository's rights after a run that anyone may have started
//! from a fork ("Events that trigger workflows", `workflow_run`).

use crate::github::conditions::operands;
use crate::github::workflow::{StepOwner, Workflows};

/// What a job's `if:` says so that the triggering run is one of this repository's own. The name of its
/// branch says nothing: a fork has a `main`, too, and `branches:` compares that name.
const OWN: [&str; 6] = [
    "github.event.workflow_run.head_repository.full_name==github.repository",
    "github.repository==github.event.workflow_run.head_repository.full_name",
    "github.event.workflow_run.head_repository.id==github.repository_id",
    "github.event.workflow_run.head_repository.fork==false",
    "!github.event.workflow_run.head_repository.fork",
    "github.event.workflow_run.repository.full_name==github.event.workflow_run.head_repository.full_name",
];

/// Events of the triggering run that nobody without write access causes.
const OWN_EVENTS: [&str; 4] = ["push", "schedule", "workflow_dispatch", "release"];

/// What brings in something of the triggering run: its commit, its artifacts, texts that others wrote.
const BRINGS: [&str; 11] = [
    "github.event.",
    "github.event }}",
    "tojson(github",
    "github.event_path",
    "github_event_path",
    "artifact",
    "run-id",
    "gh run",
    "gh pr",
    "git fetch",
    "refs/pull",
];

/// What only tells of the triggering run, and is nobody's text.
const FACTS: [&str; 5] = [
    "github.event.workflow_run.conclusion",
    "github.event.workflow_run.event",
    "github.event.workflow_run.id",
    "github.event.workflow_run.html_url",
    "github.event.workflow_run.run_number",
];

impl Workflows {
    /// Whether a job that a run of another workflow triggers takes nothing from what a fork may have
    /// started.
    pub fn trusts_triggering_run(&self, owner: StepOwner) -> bool {
        let Some(job) = self.job(owner).filter(|job| job.uses.is_none()) else {
            return false;
        };
        let condition = job.condition.as_ref().map_or("", |it| it.value.as_str());
        let mut asked = operands(condition).into_iter();
        let is_own = asked.any(|part| {
            let part = part.to_ascii_lowercase();
            let event = part.strip_prefix("github.event.workflow_run.event=='");
            let event = event.and_then(|it| it.strip_suffix('\''));
            OWN.contains(&part.as_str()) || event.is_some_and(|it| OWN_EVENTS.contains(&it))
        });
        is_own || !self.takes_from_triggering_run(owner)
    }

    fn takes_from_triggering_run(&self, owner: StepOwner) -> bool {
        let text = self.source(owner).text_at(&self.place(owner));
        let text = text.unwrap_or_default();
        // An `if:` brings nothing in.
        let condition = self.job(owner).and_then(|job| job.condition.as_ref());
        let text = condition.map_or_else(|| text.to_owned(), |it| text.replace(&it.value, ""));
        let brings = |text: &str| {
            let mut text = text.to_ascii_lowercase();
            for fact in FACTS {
                text = text.replace(fact, "");
            }
            BRINGS.iter().any(|word| text.contains(word))
        };
        let mut steps = self.steps(owner).iter();
        // What a local action does is not looked for in its file.
        let has_action = steps.any(|step| self.action(step).is_some());
        let reading = self.reading(owner);
        let mut commands = reading.executions.values().flat_map(|it| &it.commands);
        has_action || brings(&text) || commands.any(|command| brings(&command.words.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn trusts(condition: &str, step: &str) -> bool {
        let mut workflows = Workflows::default();
        let condition = match condition {
            "" => String::new(),
            condition => format!("    if: {condition}\n"),
        };
        let text = format!(
            "on: {{ workflow_run: {{ workflows: [ci], branches: [main] }} }}\njobs:\n  a:\n    runs-on: \
             ubuntu-latest\n{condition}    steps:\n      - {step}\n"
        );
        workflows.add(Path::new(".github/workflows/a.yml"), text, None);
        assert!(workflows.unread.is_empty(), "{step}");
        workflows.trusts_triggering_run(StepOwner {
            source: 0,
            job: Some(0),
        })
    }

    #[test]
    fn what_a_fork_started_is_told_from_what_the_repository_did() {
        const CHECKOUT: &str = "{ uses: actions/checkout@v4, with: { ref: \"${{ github.event.workflow_run.head_sha }}\" } }";
        const OWN: &str =
            "github.event.workflow_run.head_repository.full_name == github.repository";
        for (condition, step, expected) in [
            ("", "run: terraform apply", true),
            (
                "github.event.workflow_run.conclusion == 'success'",
                "uses: actions/checkout@v4",
                true,
            ),
            ("", CHECKOUT, false),
            (OWN, CHECKOUT, true),
            (
                "${{ success() && github.event.workflow_run.event == 'push' }}",
                CHECKOUT,
                true,
            ),
            (
                "\"!github.event.workflow_run.head_repository.fork\"",
                CHECKOUT,
                true,
            ),
            (
                "github.event.workflow_run.event == 'pull_request'",
                CHECKOUT,
                false,
            ),
            (
                "github.event.workflow_run.head_branch == 'main'",
                CHECKOUT,
                false,
            ),
            (
                "github.event.workflow_run.head_branch == 'main'",
                "run: terraform apply",
                true,
            ),
            (
                "github.event.workflow_run.event == 'push' || github.actor == 'x'",
                CHECKOUT,
                false,
            ),
            (
                "",
                "run: echo ${{ github.event.workflow_run.head_branch }}",
                false,
            ),
            ("", "uses: actions/download-artifact@v4", false),
            ("", "uses: dawidd6/action-download-artifact@v6", false),
            ("", "run: gh run download", false),
            ("", "run: git fetch origin pull/1/head", false),
            ("", "run: jq . $GITHUB_EVENT_PATH", false),
            (
                "",
                "run: 'echo ${{ github.event.workflow_run.html_url }}'",
                true,
            ),
        ] {
            assert_eq!(trusts(condition, step), expected, "{condition} {step}");
        }
    }
}
