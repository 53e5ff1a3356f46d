//! Variables, secrets, and the environments that they are of.

use super::github::*;

#[test]
fn the_environment_beats_the_repository_and_the_repository_the_organization() {
    let other = "arn:aws:iam::222222222222:role/other";
    let third = "arn:aws:iam::222222222222:role/third";
    for (environment, repository, organization, expected) in [
        (Some(LIVE), Some(other), Some(third), Some(LIVE)),
        (None, Some(LIVE), Some(third), Some(LIVE)),
        (None, None, Some(LIVE), Some(LIVE)),
        (None, None, None, None),
    ] {
        let github = of_environment();
        let list = |value: Option<&'static str>| -> Vec<(&'static str, &'static str)> {
            value.map(|value| ("role", value)).into_iter().collect()
        };
        github.environment("live", &list(environment));
        github.variables("actions/", &list(repository));
        github.variables("actions/organization-", &list(organization));
        github.role("live", LIVE, &["repo:acme/infra:environment:live"]);
        let found = github.checks(i32::from(expected.is_none()));
        match expected {
            Some(arn) => assert_eq!(found[1], format!("apply: role {arn} found")),
            None => assert_eq!(found[0], "apply: variable vars.ROLE missing"),
        }
    }
}

#[test]
fn a_value_that_is_no_role_or_of_another_account_is_wrong() {
    let config = format!(
        "{}environment \"live\" {{ account = \"live\" }}\n",
        crate::verify::world::CONFIG
    );
    for value in [
        DEV,
        "deployment",
        "arn:aws:iam::222222222222:user/x",
        "arn:aws:iam::222222222222:role/x;id\n",
        "--help",
        "",
    ] {
        let github = of_environment();
        github.0.write("repo/tfkeyless.hcl", &config);
        github.environment("live", &[("ROLE", value)]);
        github.role("dev", DEV, &["repo:acme/infra:environment:live"]);
        let found = github.checks(1);
        assert_eq!(found[0], "apply: variable vars.ROLE wrong", "{value}");
        assert!(found[1].ends_with("not_verified"), "{found:?}");
        assert_eq!(found.len(), 2, "{found:?}");
        let calls = github.0.calls();
        assert!(
            !calls.iter().any(|call| call.starts_with("aws")),
            "{calls:?}"
        );
        // What is no ARN may be a key.
        let shown = github.run(&[]).stdout;
        assert!(
            value == DEV || value.is_empty() || !shown.contains(value),
            "{shown}"
        );
    }
}

#[test]
fn several_accounts_matrices_and_called_workflows_are_each_asked() {
    let calls = "on: { push: { branches: [main] } }\npermissions: { id-token: write, contents: read }\njobs:\n  \
                 dev:\n    uses: ./.github/workflows/called.yml\n    with: { stage: dev, role: \"${{ vars.DEV }}\" \
                 }\n  live:\n    uses: ./.github/workflows/called.yml\n    with: { stage: live, role: \"${{ \
                 vars.LIVE }}\" }\n";
    let called = workflow(
        "{ workflow_call: { inputs: { stage: { type: string }, role: { type: string } } } }",
        "    environment: \"${{ inputs.stage }}\"\n",
        "${{ inputs.role }}",
    );
    let github = GitHub::new(&[
        (".github/workflows/calls.yml", calls),
        (".github/workflows/called.yml", &called),
    ]);
    // The caller has no environment: that of the called job has nothing to do with its variables.
    github.environment("live", &[("LIVE", DEV), ("DEV", LIVE)]);
    github.environment("dev", &[]);
    github.variables("actions/", &[("LIVE", LIVE), ("DEV", DEV)]);
    github.role("live", LIVE, &["repo:acme/infra:environment:live"]);
    github.role("dev", DEV, &["repo:acme/infra:environment:dev"]);
    let found = github.checks(0);
    for expected in [
        format!("apply: role {LIVE} found"),
        format!("apply: role {DEV} found"),
        "apply: subject repo:acme/infra:environment:live admitted".to_owned(),
        "apply: subject repo:acme/infra:environment:dev admitted".to_owned(),
    ] {
        assert!(found.contains(&expected), "{found:?}");
    }
    assert_eq!(found.len(), 8, "{found:?}");
    // A matrix with plain values, one that chooses a variable, and one that only the run knows.
    for (matrix, role, code) in [
        (
            format!("role: [\"{DEV}\", \"{LIVE}\"]"),
            "${{ matrix.role }}",
            0,
        ),
        (
            "stage: [dev, live]".to_owned(),
            "${{ vars[fromJSON('{\\\"dev\\\":\\\"DEV\\\",\\\"live\\\":\\\"LIVE\\\"}')[matrix.stage]] }}",
            0,
        ),
        (
            "role: \"${{ fromJSON(needs.x.outputs.y) }}\"".to_owned(),
            "${{ matrix.role }}",
            1,
        ),
    ] {
        let job = format!("    strategy: {{ matrix: {{ {matrix} }} }}\n");
        let text = workflow(MAIN, &job, role);
        let github = GitHub::new(&[(WORKFLOW, &text)]);
        github.variables("actions/", &[("LIVE", LIVE), ("DEV", DEV)]);
        for (profile, arn) in [("live", LIVE), ("dev", DEV)] {
            github.role(profile, arn, &["repo:acme/infra:ref:refs/heads/main"]);
        }
        let found = github.checks(code);
        match code {
            0 => {
                for arn in [LIVE, DEV] {
                    assert!(
                        found.contains(&format!("apply: role {arn} found")),
                        "{found:?}"
                    );
                }
            }
            _ => assert_eq!(
                found,
                [
                    "apply: role ${{ matrix.role }} not_verified",
                    "apply: subject repo:acme/infra:ref:refs/heads/main not_verified",
                ]
            ),
        }
    }
}

#[test]
fn secrets_are_found_by_name_and_their_role_is_not_verified() {
    let text = workflow(MAIN, "    environment: live\n", "${{ secrets.ROLE }}");
    let github = GitHub::new(&[(WORKFLOW, &text)]);
    assert_eq!(github.checks(1)[0], "apply: secret secrets.ROLE missing");
    assert_eq!(
        github.cures(1)[0],
        "gh secret set ROLE --repo acme/infra --env live --body 'arn:aws:iam::<ACCOUNT>:role/github-ci'"
    );
    github.secrets("actions/", &["ROLE"]);
    assert_eq!(
        github.checks(1),
        [
            "apply: secret secrets.ROLE found",
            "apply: role ${{ secrets.ROLE }} not_verified",
            "apply: subject repo:acme/infra:environment:live not_verified",
        ]
    );
}

#[test]
fn an_environment_that_the_run_chooses_leaves_its_variables_and_subject_open() {
    let text = workflow(
        MAIN,
        "    environment: \"${{ github.ref_name }}\"\n",
        "${{ vars.ROLE }}",
    );
    let github = GitHub::new(&[(WORKFLOW, &text)]);
    github.variables("actions/", &[("ROLE", LIVE)]);
    let found = github.checks(1);
    assert_eq!(found[0], "apply: variable vars.ROLE not_verified");
    assert_eq!(
        found.last().unwrap(),
        "apply: subject repo:acme/infra:environment:* not_verified"
    );
    let text = workflow(MAIN, "    environment: \"${{ github.ref_name }}\"\n", LIVE);
    let github = GitHub::new(&[(WORKFLOW, &text)]);
    for (admitted, expected) in [
        ("repo:acme/infra:environment:*", "admitted"),
        ("repo:acme/infra:environment:live", "not_verified"),
        ("repo:acme/infra:ref:*", "missing"),
    ] {
        github.role("live", LIVE, &[admitted]);
        let found = github.checks(i32::from(expected != "admitted"));
        assert!(
            found.last().unwrap().ends_with(expected),
            "{admitted}: {found:?}"
        );
    }
}

#[test]
fn the_account_that_a_job_needs_is_that_of_the_ambient_credentials_of_what_it_runs() {
    const GUARD: &str = "provider \"aws\" {\n  allowed_account_ids = [\"222222222222\"]\n}\n";
    // The role stays, and the job's own role may be of any account that it trusts.
    const ROLE: &str = "provider \"aws\" {\n  allowed_account_ids = [\"222222222222\"]\n\n  assume_role {\n    \
                        role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n  }\n}\n";
    const PROFILE: &str = "provider \"aws\" {\n  profile = \"live\"\n}\n";
    let text = workflow(MAIN, "", "${{ vars.ROLE }}");
    for (provider, arn, expected) in [
        (GUARD, LIVE, "found"),
        (GUARD, DEV, "wrong"),
        (ROLE, DEV, "found"),
        (PROFILE, DEV, "found"),
    ] {
        let github = GitHub::new(&[(WORKFLOW, &text), ("live/main.tf", provider)]);
        github.variables("actions/", &[("ROLE", arn)]);
        github.role("dev", DEV, &["repo:acme/infra:*"]);
        github.role("live", LIVE, &["repo:acme/infra:*"]);
        // The role of a profile has a variable of its own, which is not set here.
        let lacks = expected == "wrong" || provider == PROFILE;
        let found = github.document(&[], i32::from(lacks));
        let found = checks_of(&found);
        assert_eq!(
            found[0],
            format!("apply: variable vars.ROLE {expected}"),
            "{provider}"
        );
    }
    let github = GitHub::new(&[(WORKFLOW, &text), ("live/main.tf", GUARD)]);
    assert_eq!(
        github.cures(1)[0],
        "gh variable set ROLE --repo acme/infra --body arn:aws:iam::222222222222:role/github-ci"
    );
}
