//! The subject claims of the OIDC tokens of jobs, which the trust policies of roles have to allow.
//!
//! Source: "OpenID Connect reference" and "Events that trigger workflows" (the ref of each event).

use std::collections::BTreeSet;

use super::job_condition::JobCondition;
use crate::github::keys::role_choice::RoleChoice;
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
        let conditions: Vec<JobCondition> = conditions
            .filter_map(|job| job.condition.as_ref())
            .map(|condition| JobCondition::of(&condition.value))
            .collect();
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
        let narrowed: Vec<String> = workflow.triggers.iter().flat_map(of_event).collect();
        match narrowed.is_empty() {
            // A job that never runs needs no trust: more likely its condition is misread.
            true => subjects(&workflow.triggers, None),
            false => distinct(narrowed),
        }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn on(event: &str, branches: Option<&[&str]>, tags: Option<&[&str]>) -> Trigger {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Trigger {
            event: event.to_owned(),
            branches: branches.map(owned),
            tags: tags.map(owned),
        }
    }

    #[test]
    fn environments_of_matrices_and_forms_are_named() {
        let of = |on: &str, rest: &str, environment: &str| {
            let mut workflows = Workflows::default();
            let text = format!(
                "on: {on}\njobs:\n  a:\n    runs-on: x\n    environment: {environment}\n{rest}    \
                 steps: []\n"
            );
            let path = std::path::Path::new(".github/workflows/a.yml");
            workflows.add(path, text, None);
            let owner = workflows.owners().next().unwrap();
            workflows.subjects(owner)
        };
        let matrix = "    strategy: { matrix: { env: [dev, live] } }\n";
        assert_eq!(
            of("push", matrix, "${{ matrix.env }}"),
            ["environment:dev", "environment:live"]
        );
        let form = "{ workflow_dispatch: { inputs: { env: { options: [dev, live] } } } }";
        assert_eq!(
            of(form, "", "\"x-${{ inputs.env }}\""),
            ["environment:x-dev", "environment:x-live"]
        );
        let both = form.replace("{ workflow", "{ push: , workflow");
        assert_eq!(of(&both, "", "${{ inputs.env }}"), ["environment:*"]);
    }

    #[test]
    fn a_subject_names_the_environment_or_what_ran_the_job() {
        for (triggers, environment, expected) in [
            (
                vec![on("push", None, None)],
                Some("prod"),
                vec!["environment:prod"],
            ),
            (vec![], Some("${{ inputs.env }}"), vec!["environment:*"]),
            (
                vec![],
                Some("${{ github.ref == 'refs/heads/main' && 'prod env' || 'dev' }}"),
                vec!["environment:dev", "environment:prod env"],
            ),
            (
                vec![],
                Some("${{ github.ref == 'refs/heads/main' && 'prod' || inputs.env }}"),
                vec!["environment:*"],
            ),
            (
                vec![
                    on("push", Some(&["main", "release/**", "!x"]), None),
                    on("pull_request", None, None),
                ],
                None,
                vec![
                    "pull_request",
                    "ref:refs/heads/main",
                    "ref:refs/heads/release/*",
                ],
            ),
            (
                vec![on("push", Some(&["v[0-9]+.[0-9].x", "topics?/**"]), None)],
                None,
                vec!["ref:refs/heads/topic*/*", "ref:refs/heads/v*.*.x"],
            ),
            (
                vec![on("push", None, Some(&["v*"]))],
                None,
                vec!["ref:refs/tags/v*"],
            ),
            (
                vec![
                    on("push", Some(&["main"]), None),
                    on("workflow_dispatch", None, None),
                ],
                None,
                vec!["ref:refs/heads/*"],
            ),
            (
                vec![on("schedule", None, None)],
                None,
                vec!["ref:refs/heads/DEFAULT-BRANCH"],
            ),
        ] {
            assert_eq!(subjects(&triggers, environment), expected, "{triggers:?}");
        }
    }

    /// The subjects of a job with that condition.
    fn of_condition(on: &str, condition: &str) -> Vec<String> {
        let mut workflows = Workflows::default();
        let condition = match condition {
            "" => String::new(),
            condition => format!("    if: \"{condition}\"\n"),
        };
        let text = format!("on: {on}\njobs:\n  a:\n    runs-on: x\n{condition}");
        workflows.add(Path::new(".github/workflows/a.yml"), text, None);
        assert!(workflows.unread.is_empty(), "{condition}");
        let owner = StepOwner {
            source: 0,
            job: Some(0),
        };
        workflows.subjects(owner)
    }

    #[test]
    fn a_condition_narrows_the_refs_and_events_of_a_job() {
        let heads = "ref:refs/heads/*";
        let main = "ref:refs/heads/main";
        let tags = "ref:refs/tags/*";
        let pulls = "pull_request";
        for (on, condition, expected) in [
            ("push", "", vec![heads, tags]),
            ("{ push: { branches-ignore: [main] } }", "", vec![heads]),
            ("{ push: { tags-ignore: ['v*'] } }", "", vec![tags]),
            (
                "{ push: { branches-ignore: [main], tags: ['v*'] } }",
                "",
                vec![heads, "ref:refs/tags/v*"],
            ),
            ("push", "github.ref == 'refs/heads/main'", vec![main]),
            (
                "push",
                "${{ github.ref == 'refs/heads/main' && x }}",
                vec![main],
            ),
            (
                "push",
                "github.ref_name == 'main'",
                vec![main, "ref:refs/tags/main"],
            ),
            (
                "{ push: { branches: [main, dev] } }",
                "github.ref_name == 'main'",
                vec![main],
            ),
            (
                "{ push: { branches: ['r/*/x'] } }",
                "github.ref == 'refs/heads/r/1/x'",
                vec!["ref:refs/heads/r/1/x"],
            ),
            (
                "{ push: { branches: ['r/*/x'] } }",
                "github.ref == 'refs/heads/r/1'",
                vec!["ref:refs/heads/r/*/x"],
            ),
            (
                "[push, pull_request]",
                "github.event_name == 'push'",
                vec![heads, tags],
            ),
            (
                "[push, pull_request]",
                "github.event_name != 'pull_request'",
                vec![heads, tags],
            ),
            (
                "[push, pull_request]",
                "github.event_name == 'pull_request'",
                vec![pulls],
            ),
            (
                "[push, pull_request]",
                "github.ref == 'refs/heads/main' && github.event_name == 'push'",
                vec![main],
            ),
            ("schedule", "github.ref == 'refs/heads/main'", vec![main]),
            // As wide as the triggers where it is anything else.
            ("push", "github.ref != 'refs/heads/main'", vec![heads, tags]),
            (
                "push",
                "github.ref == 'refs/heads/main' || x",
                vec![heads, tags],
            ),
            (
                "push",
                "x && github.ref == 'refs/heads/main' || y",
                vec![heads, tags],
            ),
            (
                "push",
                "(github.ref == 'refs/heads/main' || y)",
                vec![heads, tags],
            ),
            (
                "push",
                "!(github.ref == 'refs/heads/main')",
                vec![heads, tags],
            ),
            ("push", "github.ref == vars.REF", vec![heads, tags]),
            (
                "push",
                "startsWith(github.ref, 'refs/heads/main')",
                vec!["ref:refs/heads/main*"],
            ),
            ("pull_request", "github.event_name == 'push'", vec![pulls]),
        ] {
            assert_eq!(of_condition(on, condition), expected, "{on} {condition}");
        }
    }

    #[test]
    fn alternatives_and_beginnings_narrow_the_refs_each_by_itself() {
        let heads = "ref:refs/heads/*";
        let main = "ref:refs/heads/main";
        let tags = "ref:refs/tags/*";
        let pulls = "pull_request";
        for (on, condition, expected) in [
            (
                "push",
                "github.ref == 'refs/heads/main' || startsWith(github.ref, 'refs/tags/')",
                vec![main, tags],
            ),
            (
                "push",
                "github.ref == 'refs/heads/main' || startsWith(github.ref_name, 'v')",
                vec![main, "ref:refs/heads/v*", "ref:refs/tags/v*"],
            ),
            ("push", "github.ref_type == 'tag'", vec![tags]),
            (
                "{ push: { branches: [main, 'r/*/x'] } }",
                "startsWith(github.ref, 'refs/heads/r/1')",
                vec!["ref:refs/heads/r/*/x"],
            ),
            (
                "{ push: { branches: [main, dev] } }",
                "(github.ref_name == 'main' || x) && startsWith(github.ref, 'refs/heads/m')",
                vec![main],
            ),
            (
                "[push, pull_request]",
                "github.event_name == 'pull_request' || github.ref == 'refs/heads/main'",
                vec![pulls, main],
            ),
            (
                "[push, pull_request]",
                "x && (github.event_name == 'push' && github.ref_name == 'a' || github.ref == 'refs/heads/main')",
                vec!["ref:refs/heads/a", main, "ref:refs/tags/a"],
            ),
            (
                "push",
                "!startsWith(github.ref, 'refs/tags/')",
                vec![heads, tags],
            ),
            (
                "{ push: { tags: ['v*'] }, workflow_dispatch: }",
                "startsWith(github.ref, 'refs/tags/')",
                vec![tags],
            ),
            (
                "workflow_dispatch",
                "github.ref == 'refs/heads/main' || github.ref_type == 'tag'",
                vec![main, tags],
            ),
            (
                "workflow_dispatch",
                "github.ref == 'refs/heads/main'",
                vec![main],
            ),
            ("workflow_dispatch", "vars.ON == 'x'", vec![heads]),
            (
                "schedule",
                "startsWith(github.ref, 'refs/heads/')",
                vec!["ref:refs/heads/DEFAULT-BRANCH"],
            ),
        ] {
            assert_eq!(of_condition(on, condition), expected, "{on} {condition}");
        }
    }
}
