//! The subject claims of the OIDC tokens of jobs, which the trust policies of roles have to allow.
//!
//! Source: "OpenID Connect reference" and "Events that trigger workflows" (the ref of each event).

use crate::github::values::fill;
use crate::github::workflow::model::Trigger;
use crate::github::workflow::{StepOwner, Workflows};

/// Placeholder in a subject for the default branch, whose name only GitHub knows.
pub const DEFAULT_BRANCH: &str = "DEFAULT-BRANCH";

/// The subjects of a job's tokens, without `repo:ORG/REPO:`. A job with an environment presents
/// that, any other the event or ref that started it.
pub fn subjects(triggers: &[Trigger], environment: Option<&str>) -> Vec<String> {
    if let Some(environment) = environment {
        let name = match environment.contains("${{") {
            true => "*",
            false => environment,
        };
        return vec![format!("environment:{name}")];
    }
    distinct(triggers.iter().flat_map(of_trigger).collect())
}

/// Sorted and unique, without those that the pattern of another covers.
fn distinct(mut subjects: Vec<String>) -> Vec<String> {
    subjects.sort();
    subjects.dedup();
    let all = subjects.clone();
    subjects.retain(|subject| {
        let mut others = all.iter().filter(|other| *other != subject);
        !others.any(|other| {
            other
                .strip_suffix('*')
                .is_some_and(|start| subject.starts_with(start))
        })
    });
    subjects
}

impl Workflows {
    /// The subjects of a job's tokens. In a called workflow the caller's events count.
    pub fn subjects(&self, owner: StepOwner) -> Vec<String> {
        let (Some(workflow), Some(job)) = (self.workflow(owner), self.job(owner)) else {
            return Vec::new();
        };
        if job.uses.is_some() {
            // Tokens belong to the jobs of the called workflow.
            return Vec::new();
        }
        let environment = job.environment.as_deref();
        let mut all = match environment {
            None => subjects(&workflow.triggers, None),
            Some(environment) => {
                // A matrix or form that chooses the environment yields one subject per literal
                // value.
                let values = self.values(owner).into_iter();
                let named = values.map(|values| fill(environment, &values));
                named.flat_map(|it| subjects(&[], Some(&it))).collect()
            }
        };
        if environment.is_none() && workflow.interface.is_some() {
            for caller in self.callers(owner.source) {
                if let Some(calling) = self.workflow(caller) {
                    all.extend(subjects(&calling.triggers, None));
                }
            }
        }
        distinct(all)
    }
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
}
