//! What jobs need to sign in, by stand-ins for `gh` and the AWS CLI.

mod chosen;
mod github;
mod subjects;
mod unanswered;
mod variables;

use std::fs;

use serde_json::json;

use crate::support::checkout::Outcome;
use github::*;

#[test]
fn a_job_whose_variable_role_provider_and_subject_are_there_is_ready() {
    let github = of_environment();
    github.environment("live", &[("ROLE", LIVE)]);
    github.role("live", LIVE, &["repo:acme/infra:environment:live"]);
    let provider = format!("arn:aws:iam::222222222222:oidc-provider/{ISSUER}");
    assert_eq!(
        github.checks(0),
        [
            "apply: variable vars.ROLE found".to_owned(),
            format!("apply: role {LIVE} found"),
            format!("apply: provider {provider} found"),
            "apply: subject repo:acme/infra:environment:live admitted".to_owned(),
        ]
    );
    let shown = github.run(&[]).code(0);
    for line in [
        ".github/workflows/tf.yml:8: job apply, environment live\n",
        "  variable  vars.ROLE ",
        &format!("found in environment live: {LIVE}\n"),
        "1 job, 4 found, 0 missing, 0 not verified.\n",
    ] {
        assert!(shown.stdout.contains(line), "{line}\n{}", shown.stdout);
    }
    shown.says("Nothing is written.");
}

#[test]
fn gh_and_aws_only_read_and_act_with_no_other_credentials() {
    let github = of_environment();
    github.environment("live", &[("ROLE", LIVE)]);
    github.role("live", LIVE, &["repo:acme/infra:environment:live"]);
    github.run(&[]).code(0);
    let api = "gh|/|api --hostname github.com --method GET --paginate repos/acme/infra";
    let provider = format!("arn:aws:iam::222222222222:oidc-provider/{ISSUER}");
    assert_eq!(
        github.0.calls(),
        [
            api.to_owned(),
            format!("{api}/actions/variables?per_page=30"),
            format!("{api}/actions/organization-variables?per_page=30"),
            format!("{api}/environments/live"),
            format!("{api}/environments/live/variables?per_page=30"),
            format!("{api}/actions/oidc/customization/sub"),
            "aws|live||iam get-role --role-name github-ci --output json".to_owned(),
            format!(
                "aws|live||iam get-open-id-connect-provider --open-id-connect-provider-arn {provider} \
                 --output json"
            ),
        ]
    );
}

#[test]
fn what_is_missing_comes_with_the_command_that_sets_it() {
    let github = of_environment();
    assert_eq!(
        github.checks(1),
        [
            "apply: variable vars.ROLE missing",
            "apply: subject repo:acme/infra:environment:live not_verified",
        ]
    );
    let set = "gh variable set ROLE --repo acme/infra --env live --body";
    assert_eq!(
        github.cures(1),
        [format!("{set} 'arn:aws:iam::<ACCOUNT>:role/github-ci'")]
    );
    let config =
        "environment \"live\" { account = \"live\" }\nci { role = \"arn:aws:iam::{id}:role/x\" }\n";
    let config = format!("{}{config}", crate::verify::world::CONFIG);
    github.0.write("repo/tfkeyless.hcl", &config);
    assert_eq!(
        github.cures(1),
        [format!("{set} arn:aws:iam::222222222222:role/x")]
    );
    // GitHub makes the environment at the first run: then it has no variable.
    fs::remove_file(
        github
            .0
            .path(&GitHub::file("repos/acme/infra/environments/live")),
    )
    .unwrap();
    assert_eq!(
        github.cures(1),
        [
            "gh api --method PUT repos/acme/infra/environments/live".to_owned(),
            format!("{set} arn:aws:iam::222222222222:role/x"),
        ]
    );
    // The variable is there, the role is not.
    github.environment("live", &[("ROLE", LIVE)]);
    fs::remove_file(github.0.path(&format!("accounts/live.iam/{ISSUER}"))).unwrap();
    let provider = format!("arn:aws:iam::222222222222:oidc-provider/{ISSUER}");
    assert_eq!(
        github.checks(1),
        [
            "apply: variable vars.ROLE found".to_owned(),
            format!("apply: role {LIVE} missing"),
            format!("apply: provider {provider} missing"),
            "apply: subject repo:acme/infra:environment:live not_verified".to_owned(),
        ]
    );
    assert_eq!(
        github.cures(1),
        [
            "tfkeyless generate oidc-role --repository acme/infra",
            "tfkeyless generate oidc-role --plain --repository acme/infra",
        ]
    );
}

#[test]
fn names_and_answers_with_escapes_and_shell_characters_stay_inert() {
    let name = "a'b$(id)\u{1b}[31m";
    let text = workflow(
        MAIN,
        "    environment: \"a'b$(id)\\e[31m\"\n",
        "${{ vars.ROLE }}",
    );
    let github = GitHub::new(&[(WORKFLOW, &text)]);
    github.says(
        &format!(
            "repos/acme/infra/environments/{}",
            "a_27b_24_28id_29_1B_5B31m"
        ),
        &json!({ "name": name }),
    );
    let shown = github.run(&[]).code(1);
    assert!(!shown.stdout.contains('\u{1b}'), "{}", shown.stdout);
    for command in github.cures(1) {
        let words = shlex_words(&command.replace("<ACCOUNT>", "1").replace("<ROLE>", "r"));
        assert!(!words.contains(&"id".to_owned()), "{command}");
    }
    // A redirect to a name that is none is not followed.
    let github = of_environment();
    github.says(
        "repos/acme/infra",
        &json!({ "full_name": "../../x;id", "default_branch": "main" }),
    );
    github.run(&[]).code(1);
    let calls = github.0.calls();
    assert!(calls.iter().all(|call| !call.contains("..")), "{calls:?}");
    let refused = ["--repository", "acme/infra/x", "--repository", "acme/.."];
    for pair in refused.chunks(2) {
        let arguments = [&["--ci"], pair].concat();
        let output = github.0.command(&arguments).output().unwrap();
        Outcome::from(output)
            .code(2)
            .says("--repository takes OWNER/NAME");
    }
}

/// The words of a command, as a POSIX shell reads it.
fn shlex_words(command: &str) -> Vec<String> {
    let script = format!("for word in {command}; do printf '%s\\0' \"$word\"; done");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split('\0').map(str::to_owned).collect()
}

#[test]
fn the_answer_is_the_same_before_and_after_apply() {
    let role = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n    region = \
                \"eu-west-1\"\n  }\n}\n\nprovider \"aws\" {\n  region = \"eu-west-1\"\n  assume_role {\n    role_arn = \
                \"arn:aws:iam::222222222222:role/deploy\"\n  }\n}\n";
    let keys = "on: { push: { branches: [main] } }\npermissions: { contents: read }\njobs:\n  apply:\n    runs-on: \
                ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: \
                aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ \
                secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY \
                }}\n          aws-region: eu-west-1\n      - run: terraform -chdir=live init && terraform \
                -chdir=live apply -auto-approve\n";
    let github = GitHub::new(&[("live/main.tf", role), (WORKFLOW, keys)]);
    let before = github.document(&["--review"], 1);
    let found = checks_of(&before);
    assert!(
        found
            .iter()
            .any(|it| it.starts_with("apply: variable vars.") && it.ends_with("missing")),
        "{found:?}"
    );
    let mut apply = crate::support::environment::tfkeyless();
    apply
        .args(["apply", "--review", "--yes", "--allow-dirty"])
        .current_dir(github.0.path("repo"));
    Outcome::from(apply.output().unwrap()).code(0);
    let text = fs::read_to_string(github.0.path(&format!("repo/{WORKFLOW}"))).unwrap();
    assert!(text.contains("role-to-assume"), "{text}");
    let after = github.document(&["--review"], 1);
    assert_eq!(before["jobs"], after["jobs"], "{before:#}\n{after:#}");
    let cures = github.cures(1);
    assert!(
        cures
            .iter()
            .any(|it| it.contains("arn:aws:iam::222222222222:role/")),
        "{cures:?}"
    );
}

#[test]
fn where_nothing_signs_in_nothing_is_asked() {
    let github = GitHub::new(&[(
        WORKFLOW,
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n",
    )]);
    github
        .run(&[])
        .code(0)
        .says("No job signs in to AWS with a role.");
    assert_eq!(github.0.calls(), Vec::<String>::new());
}
