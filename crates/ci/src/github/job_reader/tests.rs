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

#[test]
fn another_repository_in_a_directory_of_the_workspace_uses_the_credentials_and_runs_nothing_here() {
    let own = vec!["acme/infra".to_owned()];
    for (directory, expected) in [
        ("other/x", (0, "Terraform of `acme/other`")),
        ("other", (0, "Terraform of `acme/other`")),
        ("others", (1, "")),
        ("dev", (1, "")),
    ] {
        let mut workflows = Workflows {
            repositories: own.clone(),
            ..Workflows::default()
        };
        let text = format!(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/checkout@v4\n        with: {{ repository: acme/other, path: other }}\n      - run: terraform -chdir={directory} apply\n"
        );
        workflows.add(Path::new(".github/workflows/a.yml"), text, None);
        let reading = workflows.reading(JOB);
        let uses: Vec<&str> = reading.aws_uses.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(
            (reading.runs.len(), uses.concat().as_str()),
            expected,
            "{directory}"
        );
    }
}

#[test]
fn a_key_of_kms_and_a_hook_use_the_credentials_of_their_runs() {
    let step = |env: &str, step: &str| format!("      - {step}\n        env: {{ {env} }}\n");
    let apply = "run: tofu apply";
    let dflook = "uses: dflook/terraform-apply@v1";
    let kms = "'key_provider \"aws_kms\" \"k\" { kms_key_id = \"a\" }'";
    for (steps, expected) in [
        (
            step(&format!("TF_ENCRYPTION: {kms}"), apply),
            "OpenTofu, with a key of KMS in `TF_ENCRYPTION`",
        ),
        (
            step("TF_ENCRYPTION: \"${{ vars.X }}\"", apply),
            "OpenTofu, with a key of KMS in `TF_ENCRYPTION`",
        ),
        (step(&format!("TF_ENCRYPTION: {kms}"), "run: ls"), ""),
        (
            step("TF_ENCRYPTION: 'key_provider \"pbkdf2\" \"k\" {}'", apply),
            "",
        ),
        (
            step("TERRAFORM_PRE_RUN: aws s3 cp s3://a b", dflook),
            "`aws s3 cp`",
        ),
        (
            step("TERRAFORM_PRE_RUN: \"${{ vars.X }}\"", dflook),
            "the script in `TERRAFORM_PRE_RUN`",
        ),
        (step("TERRAFORM_PRE_RUN: apt-get install jq", dflook), ""),
    ] {
        let reading = reading(&steps);
        let uses: Vec<&str> = reading.aws_uses.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(uses.join(" "), expected, "{steps}");
    }
}
