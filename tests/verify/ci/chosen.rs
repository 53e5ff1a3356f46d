//! Roles that an expression chooses, and names of variables that it puts together.

use super::github::*;

const PLAN: &str = "arn:aws:iam::222222222222:role/plan";

/// A repository with one job that signs in with that expression.
fn with_role(on: &str, job: &str, expression: &str) -> GitHub {
    let text = workflow(on, job, &format!("${{{{ {expression} }}}}"));
    GitHub::new(&[(WORKFLOW, &text)])
}

const BOTH: &str = "{ push: { branches: [main] }, pull_request: {} }";

#[test]
fn each_role_is_checked_for_the_runs_that_take_it() {
    let github = with_role(
        BOTH,
        "",
        "github.event_name == 'pull_request' && vars.PLAN || vars.APPLY",
    );
    github.variables("actions/", &[("PLAN", PLAN), ("APPLY", LIVE)]);
    github.role("live", PLAN, &["repo:acme/infra:pull_request"]);
    github.role("live", LIVE, &["repo:acme/infra:ref:refs/heads/main"]);
    let found = github.checks(0);
    assert!(
        found
            .iter()
            .all(|it| it.ends_with("found") || it.ends_with("admitted")),
        "{found:?}"
    );
    for expected in [
        "apply: variable vars.PLAN found".to_owned(),
        format!("apply: role {PLAN} found"),
        format!("apply: role {LIVE} found"),
        "apply: subject repo:acme/infra:pull_request admitted".to_owned(),
        "apply: subject repo:acme/infra:ref:refs/heads/main admitted".to_owned(),
    ] {
        assert!(found.contains(&expected), "{expected} {found:?}");
    }
    // The one that is missing is named.
    github.variables("actions/", &[("PLAN", PLAN)]);
    let found = github.checks(1);
    assert!(
        found.contains(&"apply: variable vars.APPLY missing".to_owned()),
        "{found:?}"
    );
    // A role that admits the runs of the other is no help.
    github.variables("actions/", &[("PLAN", LIVE), ("APPLY", LIVE)]);
    let found = github.checks(1);
    assert!(
        found.contains(&"apply: subject repo:acme/infra:pull_request missing".to_owned()),
        "{found:?}"
    );
}

#[test]
fn what_only_the_run_knows_is_not_verified_and_not_missing() {
    let github = with_role(BOTH, "", "github.actor == 'bot' && vars.PLAN || vars.APPLY");
    github.variables("actions/", &[("PLAN", PLAN), ("APPLY", LIVE)]);
    github.role("live", PLAN, &["repo:acme/infra:pull_request"]);
    github.role("live", LIVE, &["repo:acme/infra:*"]);
    let found = github.checks(1);
    assert!(
        found.contains(
            &"apply: subject repo:acme/infra:ref:refs/heads/main not_verified".to_owned()
        ),
        "{found:?}"
    );
    assert!(!found.iter().any(|it| it.ends_with("missing")), "{found:?}");
    github.role("live", PLAN, &["repo:acme/infra:*"]);
    github.checks(0);
}

#[test]
fn a_role_and_an_environment_are_chosen_together() {
    let head = "    environment: \"${{ github.ref == 'refs/heads/main' && 'live' || 'dev' }}\"\n";
    let push = "{ push: { branches: [main, dev] } }";
    let github = with_role(
        push,
        head,
        "github.ref == 'refs/heads/main' && vars.LIVE || vars.DEV",
    );
    github.environment("live", &[("LIVE", LIVE)]);
    github.environment("dev", &[("DEV", DEV)]);
    github.role("live", LIVE, &["repo:acme/infra:environment:live"]);
    github.role("dev", DEV, &["repo:acme/infra:environment:dev"]);
    let document = github.document(&[], 0);
    let environments = document["jobs"].as_array().unwrap().iter();
    let environments: Vec<&str> = environments
        .map(|job| job["environment"].as_str().unwrap())
        .collect();
    assert_eq!(environments, ["dev", "live"]);
}

#[test]
fn names_that_are_put_together_and_documents_of_roles_are_read() {
    let matrix = "    strategy: { matrix: { e: [dev, live] } }\n";
    let roles = format!("{{\"dev\":{{\"arn\":\"{DEV}\"}},\"live\":{{\"arn\":\"{LIVE}\"}}}}");
    for (expression, variables) in [
        (
            "vars[format('ROLE_{0}', matrix.e)]",
            vec![("ROLE_DEV", DEV), ("ROLE_LIVE", LIVE)],
        ),
        (
            "fromJSON(toJSON(vars))[format('{0}_ROLE', matrix.e)]",
            vec![("DEV_ROLE", DEV), ("LIVE_ROLE", LIVE)],
        ),
        (
            "fromJSON(vars.ROLES)[matrix.e].arn",
            vec![("ROLES", &*roles)],
        ),
        (
            "matrix.e == 'live' && vars.L || vars.D",
            vec![("L", LIVE), ("D", DEV)],
        ),
        (
            "format('arn:aws:iam::{0}:role/github-ci', vars[matrix.e])",
            vec![("DEV", "111111111111"), ("LIVE", "222222222222")],
        ),
        (
            "vars[matrix.e] || vars.OTHER",
            vec![("DEV", DEV), ("OTHER", LIVE)],
        ),
    ] {
        let github = with_role(MAIN, matrix, expression);
        github.role("live", LIVE, &["repo:acme/infra:*"]);
        github.role("dev", DEV, &["repo:acme/infra:*"]);
        github.variables("actions/", &variables);
        let found = github.checks(0);
        for role in [DEV, LIVE] {
            assert!(
                found.contains(&format!("apply: role {role} found")),
                "{expression} {found:?}"
            );
        }
        // Without the first variable something is missing, and named.
        github.variables("actions/", &variables[1..]);
        let found = github.checks(i32::from(!expression.contains("OTHER")));
        let is_missing = found.iter().any(|it| it.ends_with("missing"));
        assert_eq!(
            is_missing,
            !expression.contains("OTHER"),
            "{expression} {found:?}"
        );
    }
    // A document without the property is wrong, and so is one that is none.
    for roles in ["{\"dev\":{\"arn\":\"x\"}}", "{\"dev\":1,\"live\":2}", "dev"] {
        let github = with_role(MAIN, "", "fromJSON(vars.ROLES).live.arn");
        github.variables("actions/", &[("ROLES", roles)]);
        let found = github.checks(1);
        assert_eq!(found[0], "apply: variable vars.ROLES wrong", "{roles}");
    }
}
