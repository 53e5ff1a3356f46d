//! The subject claims of the OIDC tokens of jobs, which the trust policies of roles have to allow.
//!
//! Source: "OpenID Connect reference" and "Events that trigger workflows" (the ref of each event).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::job_condition::JobCondition;
use crate::github::keys::role_choice::RoleChoice;
use crate::github::role_expression::Assumptions;
use crate::github::values::fill;
use crate::github::workflow::job_values::JobContext;
use crate::github::workflow::model::{Job, Trigger};
use crate::github::workflow::{StepOwner, Workflows};

/// Placeholder in a subject for the default branch, whose name only GitHub knows.
pub const DEFAULT_BRANCH: &str = "DEFAULT-BRANCH";

/// The subjects of a job's tokens, without `repo:ORG/REPO:`. A job with an environment presents
/// that, any other the event or ref that started it.
pub fn subjects(triggers: &[Trigger], environment: Option<&str>) -> Vec<String> {
    if let Some(environment) = environment {
        if let Some(names) = chosen(environment) {
            let names = names.iter().map(|name| format!("environment:{name}"));
            return distinct(names.collect());
        }
        let name = match environment.contains("${{") {
            true => "*",
            false => environment,
        };
        return vec![format!("environment:{name}")];
    }
    distinct(triggers.iter().flat_map(of_trigger).collect())
}

/// The names that an expression chooses from, where all are written out: `CONDITION && 'a' || 'b'`.
fn chosen(environment: &str) -> Option<Vec<String>> {
    let choice = RoleChoice::of(environment)?;
    let names = choice.values().map(|value| {
        let name = value.strip_prefix('\'')?.strip_suffix('\'')?;
        // `*` and `?` stand for other letters in a policy, and without a name the job has none.
        let is_plain = !name.is_empty() && !name.contains(['\'', '*', '?']);
        is_plain.then(|| name.to_owned())
    });
    names.collect()
}

/// Sorted and unique, without those that the pattern of another covers.
fn distinct(mut subjects: Vec<String>) -> Vec<String> {
    subjects.sort();
    subjects.dedup();
    let starts = subjects.iter().filter_map(|it| it.strip_suffix('*'));
    let starts: BTreeSet<String> = starts.map(str::to_owned).collect();
    subjects.retain(|subject| {
        let own = subject.strip_suffix('*');
        let ends = subject.char_indices().map(|(end, _)| end);
        let mut ends = ends.chain([subject.len()]);
        let others = |end: usize| own != Some(&subject[..end]) && starts.contains(&subject[..end]);
        starts.is_empty() || !ends.any(others)
    });
    subjects
}

impl Workflows {
    /// The subjects of a job's tokens. In a called workflow the caller's events count.
    pub fn subjects(&self, owner: StepOwner) -> Vec<String> {
        let contexts = self.contexts(owner);
        if let Some(job) = self.job(owner).filter(|it| it.environment.is_some()) {
            return of_environment(job, contexts.iter());
        }
        let starts: BTreeSet<StepOwner> = contexts.iter().map(|it| it.started).collect();
        let all = starts.into_iter();
        distinct(
            all.flat_map(|started| self.subjects_from(owner, started))
                .collect(),
        )
    }

    /// The same where that job starts it: the job itself, or one whose calls lead to it.
    pub fn subjects_from(&self, owner: StepOwner, started: StepOwner) -> Vec<String> {
        let all = self.subjects_assuming(owner, started, &Assumptions::new());
        match (all.is_empty(), self.workflow(started), self.job(owner)) {
            // A job that never runs needs no trust: more likely its condition is misread.
            (true, Some(workflow), Some(job))
                if job.uses.is_none() && job.environment.is_none() =>
            {
                subjects(&workflow.triggers, None)
            }
            _ => all,
        }
    }

    /// The subjects of the runs of which these assumptions are true; none where no run is one.
    pub fn subjects_assuming(
        &self,
        owner: StepOwner,
        started: StepOwner,
        assumed: &Assumptions,
    ) -> Vec<String> {
        let (Some(workflow), Some(job)) = (self.workflow(started), self.job(owner)) else {
            return Vec::new();
        };
        if job.uses.is_some() {
            // Tokens belong to the jobs of the called workflow.
            return Vec::new();
        }
        if job.environment.is_some() {
            let contexts = self.contexts(owner);
            let own = contexts.iter().filter(|context| context.started == started);
            return of_environment(job, own);
        }
        // In a called workflow `github` is that of the caller, so both conditions are of one event.
        let conditions = [Some(job), self.job(started)].into_iter().flatten();
        let conditions = conditions
            .filter_map(|job| job.condition.as_ref())
            .map(|condition| JobCondition::of(&condition.value));
        let assumed = assumed.iter().map(|(condition, holds)| match holds {
            true => JobCondition::of(condition),
            false => JobCondition::of_not(condition),
        });
        let conditions: Vec<JobCondition> = conditions.chain(assumed).collect();
        let narrowed = |trigger: &Trigger, mut narrowed: Vec<String>| {
            for condition in &conditions {
                let subjects = narrowed.iter();
                narrowed = subjects
                    .flat_map(|it| condition.narrowed(&trigger.event, it))
                    .collect();
            }
            narrowed
        };
        let of_event = |trigger: &Trigger| {
            let all = of_trigger(trigger);
            let mut own = narrowed(trigger, all.clone());
            // A person may choose a tag, too: it counts where the condition is about refs, and admits tags.
            if trigger.event == "workflow_dispatch" && own != all {
                own.extend(narrowed(trigger, vec!["ref:refs/tags/*".to_owned()]));
            }
            own
        };
        distinct(workflow.triggers.iter().flat_map(of_event).collect())
    }
}

/// The subjects of a job with an environment. A matrix or form that chooses it yields one for each
/// literal value.
fn of_environment<'c>(job: &Job, contexts: impl Iterator<Item = &'c JobContext>) -> Vec<String> {
    let environment = job.environment.as_deref().unwrap_or_default();
    if job.uses.is_some() {
        // Tokens belong to the jobs of the called workflow.
        return Vec::new();
    }
    let named: BTreeSet<String> = contexts
        .map(|context| fill(environment, &context.values))
        .collect();
    let subjects = named.iter().flat_map(|it| subjects(&[], Some(it)));
    distinct(subjects.collect())
}

fn of_trigger(trigger: &Trigger) -> Vec<String> {
    let refs = |kind: &str, names: &[String]| -> Vec<String> {
        // `!` excludes refs, and a condition on `sub` can only include.
        let names = names.iter().filter(|name| !name.starts_with('!'));
        names
            .map(|name| format!("ref:refs/{kind}/{}", as_iam_matches(name)))
            .collect()
    };
    let any = |kind: &str| vec![format!("ref:refs/{kind}/*")];
    match trigger.event.as_str() {
        "push" => match (&trigger.branches, &trigger.tags) {
            (None, None) => [any("heads"), any("tags")].concat(),
            (branches, tags) => {
                let branches = branches.iter().flat_map(|names| refs("heads", names));
                let tags = tags.iter().flat_map(|names| refs("tags", names));
                branches.chain(tags).collect()
            }
        },
        "pull_request" | "pull_request_review" => vec!["pull_request".to_owned()],
        // A release is published at its tag.
        "release" => any("tags"),
        // A person chooses the branch.
        "workflow_dispatch" | "create" => any("heads"),
        // GitHub creates a temporary branch per merge group.
        "merge_group" => vec!["ref:refs/heads/gh-readonly-queue/*".to_owned()],
        // The caller's event decides.
        "workflow_call" => Vec::new(),
        // All other events run on the default branch.
        _ => vec![format!("ref:refs/heads/{DEFAULT_BRANCH}")],
    }
}

/// A filter pattern of GitHub as an IAM pattern. IAM has `*` and `?` only, so whatever else GitHub
/// repeats, makes optional or chooses from becomes `*`.
fn as_iam_matches(filter: &str) -> String {
    let mut pattern = String::new();
    let mut letters = filter.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '[' => {
                letters.by_ref().find(|letter| *letter == ']');
                pattern.push('*');
            }
            '+' | '?' => {
                pattern.pop();
                pattern.push('*');
            }
            '\\' => pattern.extend(letters.next()),
            other => pattern.push(other),
        }
    }
    while pattern.contains("**") {
        pattern = pattern.replace("**", "*");
    }
    pattern
}
