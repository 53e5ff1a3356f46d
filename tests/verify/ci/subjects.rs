//! The subjects of tokens, the trust policies of roles, and OIDC providers.

use serde_json::json;

use super::github::*;

#[test]
fn subjects_follow_the_triggers_the_environment_and_the_template() {
    let sub = "repos/acme/infra/actions/oidc/customization/sub";
    let heads = "{ push: }";
    let dispatch = "[schedule]";
    let pulls = "[pull_request]";
    let default = json!({ "use_default": true, "use_immutable_subject": false });
    let ids = json!({ "use_default": true, "use_immutable_subject": true });
    let silent = json!({ "use_default": true });
    let claims = |claims: &[&str]| json!({ "use_default": false, "include_claim_keys": claims, "use_immutable_subject": false });
    for (on, template, admitted, expected) in [
        (
            MAIN,
            &default,
            "repo:acme/infra:ref:refs/heads/main",
            "admitted",
        ),
        (MAIN, &default, "repo:acme/infra:*", "admitted"),
        (MAIN, &default, "repo:acme/infra:environment:*", "missing"),
        (MAIN, &default, "repo:Acme/infra:*", "missing"),
        (
            dispatch,
            &default,
            "repo:acme/infra:ref:refs/heads/main",
            "admitted",
        ),
        (pulls, &default, "repo:acme/infra:pull_request", "admitted"),
        (pulls, &default, "repo:acme/infra:ref:*", "missing"),
        // A push to another branch is refused.
        (
            heads,
            &default,
            "repo:acme/infra:ref:refs/heads/main",
            "missing",
        ),
        (heads, &default, "repo:acme/infra:ref:refs/*", "admitted"),
        (
            MAIN,
            &ids,
            "repo:acme@5/infra@7:ref:refs/heads/main",
            "admitted",
        ),
        (MAIN, &ids, "repo:acme/infra:*", "missing"),
        (MAIN, &silent, "repo:acme/infra:*", "not_verified"),
        (
            MAIN,
            &silent,
            "repo:acme*/infra*:ref:refs/heads/main",
            "admitted",
        ),
        (MAIN, &silent, "repo:other/*", "missing"),
        (
            MAIN,
            &claims(&["repo", "context"]),
            "repo:acme/infra:ref:refs/heads/main",
            "admitted",
        ),
        (
            MAIN,
            &claims(&["repository_owner", "context"]),
            "repository_owner:acme:ref:refs/heads/main",
            "admitted",
        ),
        (
            MAIN,
            &claims(&["repository_owner", "context"]),
            "repo:acme/infra:*",
            "missing",
        ),
        (
            MAIN,
            &claims(&["job_workflow_ref"]),
            "job_workflow_ref:acme/infra/.github/workflows/tf.yml@refs/heads/main",
            "admitted",
        ),
        (
            MAIN,
            &claims(&["job_workflow_ref"]),
            "job_workflow_ref:acme/infra/.github/workflows/*",
            "admitted",
        ),
        (
            pulls,
            &claims(&["job_workflow_ref"]),
            "job_workflow_ref:acme/infra/.github/workflows/tf.yml@refs/heads/main",
            "not_verified",
        ),
        (
            MAIN,
            &claims(&["repo", "actor"]),
            "repo:acme/infra:actor:*",
            "admitted",
        ),
        (
            MAIN,
            &claims(&["repo", "actor"]),
            "repo:acme/infra:actor:x",
            "not_verified",
        ),
        (
            MAIN,
            &claims(&["repo", "actor"]),
            "repo:acme/infra:ref:*",
            "missing",
        ),
    ] {
        let text = workflow(on, "", "${{ vars.ROLE }}");
        let github = GitHub::new(&[(WORKFLOW, &text)]);
        github.variables("actions/", &[("ROLE", LIVE)]);
        github.says(sub, template);
        github.role("live", LIVE, &[admitted]);
        let found = github.checks(i32::from(expected != "admitted"));
        let of_subjects = found
            .iter()
            .filter(|check| check.starts_with("apply: subject"));
        let states: Vec<&str> = of_subjects
            .map(|check| check.rsplit(' ').next().unwrap())
            .collect();
        assert!(
            states.contains(&expected),
            "{on} {template} {admitted}: {found:?}"
        );
        if expected == "admitted" {
            assert!(states.iter().all(|state| *state == expected), "{found:?}");
        }
    }
}

#[test]
fn an_organization_s_template_counts_where_the_repository_has_none() {
    let text = workflow(MAIN, "", "${{ vars.ROLE }}");
    let github = GitHub::new(&[(WORKFLOW, &text)]);
    github.variables("actions/", &[("ROLE", LIVE)]);
    github.role("live", LIVE, &["repository_owner:acme:*"]);
    github.says(
        "repos/acme/infra/actions/oidc/customization/sub",
        &json!({ "use_default": false, "use_immutable_subject": false }),
    );
    assert!(github.checks(1)[3].ends_with("missing"));
    github.says(
        "orgs/acme/actions/oidc/customization/sub",
        &json!({ "include_claim_keys": ["repository_owner", "context"] }),
    );
    assert_eq!(
        github.checks(0)[3],
        "apply: subject repository_owner:acme:ref:refs/heads/main admitted"
    );
}

#[test]
fn the_state_role_of_jobs_that_plan_is_set_to_the_one_that_reads() {
    let text = workflow(MAIN, "", "${{ vars.ROLE }}")
        + "      - run: |\n          aws configure set profile.shared.role_arn \"$TF_STATE_PLAN_ROLE_ARN\"\n          \
           aws configure set profile.shared.credential_source Environment\n        env: { \
           TF_STATE_PLAN_ROLE_ARN: \"${{ vars.TF_STATE_PLAN_ROLE_ARN }}\" }\n";
    let github = GitHub::new(&[(WORKFLOW, &text)]);
    github.variables("actions/", &[("ROLE", LIVE)]);
    github.role("live", LIVE, &["repo:acme/infra:*"]);
    assert_eq!(
        github.cures(1)[0],
        "gh variable set TF_STATE_PLAN_ROLE_ARN --repo acme/infra --body \
         arn:aws:iam::333333333333:role/terraform-state-plan"
    );
}

#[test]
fn a_role_that_is_assumed_next_has_to_admit_the_one_before() {
    let text = workflow(MAIN, "", "${{ vars.ROLE }}")
        + "      - run: |\n          aws configure set profile.shared.role_arn \"$TF_STATE_ROLE_ARN\"\n          aws \
           configure set profile.shared.credential_source Environment\n        env: { TF_STATE_ROLE_ARN: \"${{ \
           vars.TF_STATE_ROLE_ARN }}\" }\n";
    let state = "arn:aws:iam::333333333333:role/terraform-state";
    let github = GitHub::new(&[(WORKFLOW, &text)]);
    github.variables("actions/", &[("ROLE", LIVE)]);
    github.role("live", LIVE, &["repo:acme/infra:*"]);
    let cures = github.cures(1);
    assert_eq!(
        cures[0],
        "gh variable set TF_STATE_ROLE_ARN --repo acme/infra --body arn:aws:iam::333333333333:role/terraform-state"
    );
    github.variables("actions/", &[("ROLE", LIVE), ("TF_STATE_ROLE_ARN", state)]);
    for (principal, expected) in [
        (json!({ "AWS": LIVE }), "admitted"),
        (
            json!({ "AWS": "arn:aws:iam::222222222222:root" }),
            "admitted",
        ),
        (json!({ "AWS": DEV }), "missing"),
    ] {
        github.trusts(
            "shared",
            state,
            &json!([{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }]),
        );
        let found = github.checks(i32::from(expected != "admitted"));
        assert_eq!(
            *found.last().unwrap(),
            format!("apply: caller {LIVE} {expected}"),
            "{found:?}"
        );
        assert!(
            found.contains(&format!("apply: role {state} found")),
            "{found:?}"
        );
    }
    assert_eq!(
        github.cures(1),
        ["tfkeyless generate state-role --repository acme/infra"]
    );
}

#[test]
fn a_provider_without_the_audience_or_a_role_with_another_path_is_wrong() {
    let github = of_environment();
    github.environment("live", &[("ROLE", LIVE)]);
    github.role("live", LIVE, &["repo:acme/infra:*"]);
    github.provider("live", &["https://github.com/acme"]);
    let found = github.checks(1);
    assert!(
        found[2].ends_with("wrong") && found[3].ends_with("admitted"),
        "{found:?}"
    );
    assert_eq!(
        github.cures(1),
        [format!(
            "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn \
             arn:aws:iam::222222222222:oidc-provider/{ISSUER} --client-id sts.amazonaws.com --profile live"
        )]
    );
    let github = of_environment();
    github.environment("live", &[("ROLE", LIVE)]);
    github.role(
        "live",
        "arn:aws:iam::222222222222:role/ci/github-ci",
        &["repo:acme/infra:*"],
    );
    assert!(github.checks(1)[1].ends_with("wrong"));
    assert_eq!(
        github.cures(1),
        ["gh variable set ROLE --repo acme/infra --env live --body \
             arn:aws:iam::222222222222:role/ci/github-ci"]
    );
}
