//! Calls that AWS refuses to roles, in the steps of a job.

use super::convert::Conversion;

impl Conversion<'_> {
    /// Why the job may fail without the keys of a user, each call with its line.
    pub(super) fn user_calls(&self) -> Vec<String> {
        let workflows = self.flow.workflows;
        let source = workflows.source(self.owner);
        let uses = workflows.ambient_uses(self.owner).into_iter();
        let doubts = uses.filter(|used| used.needs_user).map(|used| {
            let step = &workflows.steps(self.owner)[used.step];
            // A script of the tree has the call; the step starts that.
            let start = step.run.as_ref().map_or(step.offset, |run| run.offset);
            let verb = used.what.trim_matches('`').split(' ').next_back();
            let rest = &source.yaml.text()[start..];
            let is_inside = |at: &usize| step.run.as_ref().is_some_and(|run| *at <= run.value.len() * 2);
            let at = verb.and_then(|verb| rest.find(verb)).filter(is_inside);
            let line = source.location(start + at.unwrap_or(0)).line;
            let what = &used.what;
            match verb {
                Some("presign") => format!(
                    "line {line} signs a URL that ends with the session of the role, {what}: with the \
                     keys of a user it lasts longer"
                ),
                Some("assume-role") => format!(
                    "line {line} asks for a session of more than an hour, {what}: AWS refuses that to a \
                     role"
                ),
                _ => format!(
                    "line {line} makes a call that AWS refuses to a role, {what}: it needs the keys of \
                     a user"
                ),
            }
        });
        let mut doubts: Vec<String> = doubts.collect();
        doubts.dedup();
        doubts
    }
}
