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
