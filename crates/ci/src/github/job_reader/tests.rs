//! What steps leave to later steps.

use std::path::Path;
use std::sync::Arc;

use crate::github::workflow::known_readings::{JobReading, JobRun};
use crate::github::workflow::{StepOwner, Workflows};

const JOB: StepOwner = StepOwner {
    source: 0,
    job: Some(0),
};

fn reading(steps: &str) -> Arc<JobReading> {
    let mut workflows = Workflows::default();
    let text = format!("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}");
    workflows.add(Path::new(".github/workflows/a.yml"), text, None);
    assert!(workflows.unread.is_empty(), "{:?}", workflows.unread);
    workflows.reading(JOB)
}

#[test]
fn a_variable_that_may_not_be_written_is_not_known_afterwards() {
    let write = "echo \"DIR=live\" >> $GITHUB_ENV";
    let branch = |script: &str| format!("|\n          {}", script.replace('\n', "\n          "));
    for (condition, script, expected) in [
        ("", write.to_owned(), Some("live")),
        ("always()", write.to_owned(), Some("live")),
        ("\"${{ success() }}\"", write.to_owned(), Some("live")),
        ("github.ref == 'x'", write.to_owned(), None),
        ("failure()", write.to_owned(), None),
        ("", format!("test -d x && {write}"), None),
        ("", branch(&format!("if x; then\n  {write}\nfi")), None),
        ("", branch(&format!("if x; then {write}; fi")), None),
        (
            "",
            branch(&format!("for i in x; do\n  {write}\ndone")),
            None,
        ),
        (
            "",
            branch(&format!("if x; then\n  echo\nfi\n{write}")),
            Some("live"),
        ),
    ] {
        let condition = match condition {
            "" => String::new(),
            condition => format!("        if: {condition}\n"),
        };
        let steps = format!(
            "      - run: echo DIR=dev >> $GITHUB_ENV\n      - run: {script}\n{condition}      - run: terraform -chdir=$DIR apply\n"
        );
        let reading = reading(&steps);
        let [JobRun { run, .. }] = &reading.runs[..] else {
            panic!("{steps}: {:?}", reading.runs);
        };
        assert_eq!(run.directory.as_deref(), expected.map(Path::new), "{steps}");
    }
}

#[test]
fn a_step_that_signs_in_does_not_use_the_credentials_before_it() {
    let assume = "aws sts assume-role --role-arn r --role-session-name x";
    for (script, expected) in [
        (
            format!("C=$({assume}); echo AWS_ACCESS_KEY_ID=$C >> $GITHUB_ENV"),
            "",
        ),
        (
            format!("C=$({assume}); echo AWS_ACCESS_KEY_ID=$C >> $GITHUB_ENV; aws s3 ls"),
            "`aws s3 ls`",
        ),
        (assume.to_owned(), "`aws sts assume-role`"),
        ("aws > /dev/null".to_owned(), ""),
    ] {
        let reading = reading(&format!("      - run: {script}\n"));
        let uses: Vec<&str> = reading.aws_uses.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(uses.join(" "), expected, "{script}");
    }
}

#[test]
fn what_runs_in_another_repository_is_no_run_of_this_tree() {
    let run = |checkouts: &[&str], own: &[&str]| {
        let mut workflows = Workflows {
            repositories: own.iter().map(|it| (*it).to_owned()).collect(),
            ..Workflows::default()
        };
        let checkouts = checkouts
            .iter()
            .map(|with| format!("      - uses: actions/checkout@v4\n        with: {{ {with} }}\n"));
        let steps: String = checkouts.collect();
        let text = format!(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}      - run: terraform apply\n"
        );
        workflows.add(Path::new(".github/workflows/a.yml"), text, None);
        let reading = workflows.reading(JOB);
        let uses = reading.aws_uses.iter().map(|it| it.what.clone());
        (reading.runs.len(), uses.collect::<Vec<_>>().concat())
    };
    let other = "repository: acme/other";
    let named = "Terraform of `acme/other`";
    for (checkouts, own, runs, used) in [
        (&[other][..], &["acme/infra"][..], 0, named),
        (&[other], &[], 1, named),
        (&["repository: ACME/infra"], &["acme/infra"], 1, ""),
        (
            &["repository: \"${{ github.repository }}\""],
            &["acme/infra"],
            1,
            "",
        ),
        (&["fetch-depth: 0"], &["acme/infra"], 1, ""),
        (
            &["fetch-depth: 0", "repository: acme/other, path: other"],
            &["acme/infra"],
            1,
            "",
        ),
        (
            &["repository: acme/other, path: other"],
            &["acme/infra"],
            1,
            "",
        ),
        (
            &["repository: \"${{ inputs.repository }}\""],
            &["acme/infra"],
            1,
            "Terraform of `${{ inputs.repository }}`",
        ),
    ] {
        assert_eq!(
            run(checkouts, own),
            (runs, used.to_owned()),
            "{checkouts:?} {own:?}"
        );
    }
}
