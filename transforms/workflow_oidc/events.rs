//! Events that run jobs on what others wrote.

use ci::github::keys::key_use::KeyUse;
use ci::github::keys::refusal::JobRefusal;
use ci::github::workflow::model::PRIVILEGED_EVENTS;
use syntax::code::sentence;

use super::convert::Conversion;

impl Conversion<'_> {
    /// Refuses jobs of privileged events, unless the configuration allows them, or nothing of a fork
    /// reaches the job.
    pub(super) fn refuse_privileged(&self, all: &[KeyUse]) -> Result<(), JobRefusal> {
        let workflows = self.flow.workflows;
        let Some(workflow) = workflows.workflow(self.owner) else {
            return Ok(());
        };
        let offset = workflows.job(self.owner).map_or(0, |job| job.offset);
        let mut events = workflow
            .triggers
            .iter()
            .map(|trigger| trigger.event.as_str())
            .filter(|event| PRIVILEGED_EVENTS.contains(event));
        let privileged = events
            .find(|event| *event != "workflow_run" || !workflows.trusts_triggering_run(self.owner));
        match privileged.filter(|_| !self.flow.ci.allow_pull_request_target) {
            Some(event) => Err(JobRefusal::new(
                all.first().map_or(offset, |used| used.id.offset),
                sentence!("`{event}` runs with the repository's rights on what others wrote"),
            )
            .help("set `ci { allow_pull_request_target = true }` in tfkeyless.hcl to let such jobs assume \
                   a role")),
            None => Ok(()),
        }
    }

    /// What runs for pull requests of forks and of Dependabot get ("Events that trigger workflows",
    /// `pull_request`; "Restrictions when Dependabot triggers events").
    pub(super) fn pull_request_note(&self) -> Option<String> {
        let subjects = self.flow.workflows.subjects(self.owner);
        subjects.iter().any(|it| it == "pull_request").then(|| {
            "runs for pull requests of forks get no token, as they got no secrets, while those of \
             Dependabot may request one"
                .to_owned()
        })
    }
}
