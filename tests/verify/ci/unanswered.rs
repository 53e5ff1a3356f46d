//! What GitHub and AWS do not answer.

use std::fs;

use serde_json::json;

use super::github::*;

/// Something that keeps an answer away, and how.
type Obstacle<'o> = (&'o str, &'o dyn Fn(&GitHub));

/// A job that finds all that it needs.
fn ready() -> GitHub {
    let github = of_environment();
    github.environment("live", &[]);
    github.variables("actions/", &[("ROLE", LIVE)]);
    github.role("live", LIVE, &["repo:acme/infra:environment:live"]);
    assert_eq!(github.checks(0).len(), 4);
    github
}

/// Checks that what is behind each obstacle is not verified, and nothing is missing.
#[track_caller]
fn are_not_verified(expected: &str, obstacles: &[Obstacle<'_>]) {
    for (name, change) in obstacles {
        let github = ready();
        change(&github);
        let found = github.checks(1);
        let has = |part: &str| found.iter().any(|check| check.ends_with(part));
        assert!(has(expected), "{name}: {found:?}");
        let subject = found.last().unwrap();
        assert!(subject.ends_with("not_verified"), "{name}: {found:?}");
        assert!(!has("missing"), "{name}: {found:?}");
        let shown = github.run(&[]).code(1).stdout;
        assert!(
            !shown.contains('\u{1b}') && !shown.contains("$("),
            "{name}: {shown}"
        );
    }
}

const VARIABLES: &str = "repos/acme/infra/environments/live/variables?per_page=30";

#[test]
fn a_variable_that_may_be_elsewhere_is_not_verified() {
    let file = GitHub::file(VARIABLES);
    are_not_verified(
        "variable vars.ROLE not_verified",
        &[
            ("it is denied", &|it| {
                it.fails(VARIABLES, 1, "gh: x (HTTP 403)");
            }),
            ("it is hidden", &|it| {
                it.fails(VARIABLES, 1, "gh: x (HTTP 404)");
            }),
            ("it is not complete", &|it| {
                it.says(VARIABLES, &json!({ "total_count": 1, "variables": [] }));
            }),
            ("it is no JSON", &|it| it.0.write(&file, "<html>")),
            ("it is empty", &|it| it.0.write(&file, "")),
            ("gh is not signed in", &|it| {
                it.fails("repos/acme/infra", 4, "gh auth login");
            }),
            ("there is no such repository", &|it| {
                it.fails("repos/acme/infra", 1, "(HTTP 404)");
            }),
            ("there is no gh", &|it| {
                fs::remove_file(it.0.path("bin/gh")).unwrap();
            }),
        ],
    );
}

#[test]
fn a_list_of_several_pages_is_read_whole() {
    let page = |name: &str| {
        json!({ "total_count": 2, "variables": [{ "name": name, "value": LIVE }] }).to_string()
    };
    let github = ready();
    github.variables("actions/", &[]);
    github
        .0
        .write(&GitHub::file(VARIABLES), &(page("OTHER") + &page("ROLE")));
    assert_eq!(github.checks(0)[0], "apply: variable vars.ROLE found");
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let github = ready();
    let gh = "#!/bin/sh\nwhile :; do echo '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[['; done\n";
    fs::write(github.0.path("bin/gh"), gh).unwrap();
    assert_eq!(
        github.checks(1)[0],
        "apply: variable vars.ROLE not_verified"
    );
}

#[test]
fn a_role_that_aws_does_not_show_is_not_verified() {
    are_not_verified(
        &format!("role {LIVE} not_verified"),
        &[
            ("it is denied", &|it| {
                fs::remove_file(it.0.path("accounts/live.iam/github-ci")).unwrap();
                it.0.write("accounts/live.iam/github-ci.denied", "\u{1b}[31m$(x)");
            }),
            ("the answer is another", &|it| {
                it.0.write("accounts/live.iam/github-ci", "{}");
            }),
            ("the answer is no JSON", &|it| {
                it.0.write("accounts/live.iam/github-ci", "x");
            }),
            ("the profile is not signed in", &|it| {
                fs::remove_file(it.0.path("accounts/live")).unwrap();
            }),
            ("the profile is of another account", &|it| {
                it.0.write("accounts/live", "444444444444");
            }),
            ("there is no AWS CLI", &|it| {
                fs::remove_file(it.0.path("bin/aws")).unwrap();
            }),
        ],
    );
    let github = ready();
    let config = "account \"dev\" { id = \"111111111111\" }\n";
    github.0.write("repo/tfkeyless.hcl", config);
    let line = "add `account \"PROFILE\" { id = \"222222222222\" }` to tfkeyless.hcl";
    assert!(github.cures(1).contains(&line.to_owned()));
}

#[test]
fn subjects_that_github_does_not_tell_are_not_verified() {
    let path = "repos/acme/infra/actions/oidc/customization/sub";
    are_not_verified(
        "subject environment:live not_verified",
        &[
            ("they are denied", &|it| it.fails(path, 1, "(HTTP 403)")),
            ("they are hidden", &|it| it.fails(path, 1, "(HTTP 404)")),
            ("the answer says nothing", &|it| it.says(path, &json!({}))),
        ],
    );
}
