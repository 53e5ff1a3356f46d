//! Who commits.

use super::{LAND, ROLE, branch, repository};

#[test]
fn nobody_to_commit_as_takes_everything_back() {
    let checkout = repository();
    checkout.git(&["config", "user.name", ""]);
    checkout
        .run(&LAND)
        .code(2)
        .says("git user.name and user.email are not set");
    assert_eq!(checkout.read("main.tf"), ROLE);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
    assert_eq!(checkout.git(&["status", "--short"]), "");
}

#[test]
fn who_commits_may_stand_in_the_environment() {
    let who = |name: &str| {
        let checkout = repository();
        checkout.git(&["config", "user.name", "of the repository"]);
        let author = [
            ("GIT_AUTHOR_NAME", name),
            ("GIT_COMMITTER_EMAIL", "bulk@example.com"),
        ];
        checkout.run_with(&LAND, &author).code(0);
        checkout.git(&["log", "-1", "--format=%an %ae %cn %ce"])
    };
    assert_eq!(
        who("bulk"),
        "bulk a@example.com of the repository bulk@example.com\n"
    );

    let checkout = repository();
    checkout.git(&["config", "--remove-section", "user"]);
    let settings = [
        ("GIT_CONFIG_COUNT", "2"),
        ("GIT_CONFIG_KEY_0", "user.name"),
        ("GIT_CONFIG_VALUE_0", "by count"),
        ("GIT_CONFIG_KEY_1", "user.email"),
        ("GIT_CONFIG_VALUE_1", "count@example.com"),
    ];
    checkout.run_with(&LAND, &settings).code(0);
    let committed = checkout.git(&["log", "-1", "--format=%an %ae"]);
    assert_eq!(committed, "by count count@example.com\n");

    let checkout = repository();
    checkout.git(&["config", "--remove-section", "user"]);
    let parameters = "'user.name'='by option' 'user.email'='option@example.com'";
    checkout
        .run_with(&LAND, &[("GIT_CONFIG_PARAMETERS", parameters)])
        .code(0);
    let committed = checkout.git(&["log", "-1", "--format=%an %ae"]);
    assert_eq!(committed, "by option option@example.com\n");
}

#[test]
fn an_identity_that_the_user_keeps_for_a_remote_is_found() {
    let checkout = repository();
    checkout.git(&["config", "--remove-section", "user"]);
    checkout.git(&[
        "config",
        "remote.origin.url",
        "git@github.com:work/stacks.git",
    ]);
    checkout.write(
        ".git/work",
        "[user]\n\tname = at work\n\temail = w@example.com\n",
    );
    let work = checkout.path().join(".git/work");
    let condition = "[includeIf \"hasconfig:remote.*.url:git@github.com:work/**\"]";
    checkout.write(
        ".git/global",
        &format!("{condition}\n\tpath = {}\n", work.display()),
    );
    let global = checkout.path().join(".git/global");
    let global = global.to_str().unwrap();
    checkout
        .run_with(&LAND, &[("GIT_CONFIG_GLOBAL", global)])
        .code(0);
    assert_eq!(checkout.git(&["log", "-1", "--format=%an"]), "at work\n");
}
