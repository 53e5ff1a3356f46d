//! Where an error is: at what is wrong, beside every other error.

use super::settings;

/// A wrong value of each key, with its error.
const WRONG: [(&str, &str, &str, &str); 31] = [
    ("", "state_profile", "\"\"", "the value must not be empty"),
    ("", "repository", "\"infra\"", "the repository's name"),
    ("account \"x\"", "id", "\"1111\"", "an account id is"),
    (
        "account \"x\"",
        "role_name",
        "5",
        "a quoted string is needed",
    ),
    (
        "account \"x\"",
        "ci_role",
        "\"AWS\"",
        "this is \"vars.NAME\"",
    ),
    (
        "ci",
        "role",
        "\"arn:aws:iam::1111:role/x\"",
        "`1111` is no account id",
    ),
    ("ci", "plan_role", "\"vars.A B\"", "this is \"vars.NAME\""),
    ("ci", "state_role", "\"x\"", "this is \"vars.NAME\""),
    (
        "ci",
        "state_access",
        "\"chaned_profile\"",
        "one of chained_profile",
    ),
    (
        "ci",
        "default_token",
        "\"restrictd\"",
        "one of unknown, restricted",
    ),
    ("ci", "allow_pull_request_target", "1", "`true` or `false`"),
    (
        "ci",
        "bump_action",
        "\"yes\"",
        "`true` or `false` is needed",
    ),
    ("ci", "session_name", "\"{jobb}\"", "a session's name"),
    (
        "ci",
        "issuer",
        "\"http://x\"",
        "this is the issuer's address",
    ),
    (
        "environment \"e\"",
        "account",
        "\"dv\"",
        "no `account` block",
    ),
    (
        "job \"a:b\"",
        "permissions",
        "\"write\"",
        "scopes with their levels",
    ),
    (
        "job \"a:b\"",
        "roots",
        "\"envs\"",
        "a list of directories is needed",
    ),
    ("keys \"K\"", "account", "\"dv\"", "no `account` block"),
    (
        "module_source \"b\"",
        "repository",
        "\"x y\"",
        "write github.com",
    ),
    (
        "module_source \"b\"",
        "ref",
        "\"v{ver}\"",
        "a ref is a git ref",
    ),
    ("module_source \"b\"", "aws_provider", "\"nope\"", ""),
    ("role \"vars.R\"", "account", "\"dv\"", "no `account` block"),
    ("root \"r\"", "account", "\"dv\"", "no `account` block"),
    ("runner \"J\"", "account", "\"dv\"", "no `account` block"),
    ("runner \"K\"", "terraform", "true", "only `false`"),
    ("sso", "start_url", "5", "a quoted string is needed"),
    ("sso", "region", "\"\"", "the value must not be empty"),
    ("sso", "role_name", "\"a\\\"b\"", "quotes, backslashes"),
    (
        "state_bucket \"s\"",
        "profile",
        "\"\"",
        "the value must not be empty",
    ),
    (
        "transform \"bump_module\"",
        "pins",
        "\"no\"",
        "`true` or `false`",
    ),
    (
        "upgrade",
        "aws_provider",
        "\"5\"",
        "Terraform reads \"5\" as exactly 5.0.0",
    ),
];

/// No wrong value hides another, of the same block or not.
#[test]
fn any_two_wrong_values_are_both_errors_at_their_values() {
    for (index, one) in WRONG.iter().enumerate() {
        for other in &WRONG[index + 1..] {
            let line = |(_, key, value, _): &(&str, &str, &str, &str)| format!("{key} = {value}\n");
            let text = match (one.0, other.0) {
                ("", "") => line(one) + &line(other),
                ("", block) => format!("{}{block} {{\n{}}}\n", line(one), line(other)),
                (block, second) if block == second => {
                    format!("{block} {{\n{}{}}}\n", line(one), line(other))
                }
                (first, second) => {
                    format!(
                        "{first} {{\n{}}}\n{second} {{\n{}}}\n",
                        line(one),
                        line(other)
                    )
                }
            };
            let errors = settings(&text).map(|_| ()).expect_err(&text);
            for (_, key, value, message) in [one, other] {
                let begin = format!("`{key}`: {message}");
                let mut own = errors.0.iter().filter(|it| it.message.starts_with(&begin));
                let is_there = own.any(|it| &text[it.at.range.clone()] == *value);
                assert!(is_there, "{key}: {text}{errors}");
            }
        }
    }
}

/// The caret is below what is wrong, and each word that is told about once.
#[test]
fn an_error_is_at_the_label_or_the_value_that_is_wrong() {
    let dev = "account \"dev\" { id = \"111111111111\" }\n";
    for (text, at, message) in [
        (
            "transform \"bump_modul\" {}",
            "\"bump_modul\"",
            "did you mean `bump_module`?",
        ),
        (
            "account \"\" { id = \"222222222222\" }",
            "\"\"",
            "the label of `account` must not be empty",
        ),
        (
            "job \"a\" { account = \"dev\" }",
            "\"a\"",
            "a job is named `FILE:JOB`",
        ),
        (
            "account \"dev\" { id = \"111111111111\" }",
            "\"dev\"",
            "`account \"dev\"` is set twice",
        ),
        (
            "keys \"a\" \"b\" { account = \"dev\" }",
            "\"b\"",
            "`keys` takes one label",
        ),
        ("upgrade \"x\" {}", "\"x\"", "`upgrade` takes no label"),
        (
            "keys \"K\" { account = \"111111111111\" }",
            "\"111111111111\"",
            "did you mean `dev`?",
        ),
        (
            "account \"dev\" { id = \"111111111111\" }\nkeys \"K\" { account = \"zzz\" }",
            "\"zzz\"",
            "the label `zzz`; known here: dev",
        ),
        (
            "job \"a:b\" { roots = [\"a\", \"b/\"] }",
            "\"b/\"",
            "named from the root of the repository: \"b\"",
        ),
        (
            "job \"a:b\" {\n  roots = []\n  account = \"dev\"\n}",
            "\"dev\"",
            "`account`: `job` takes either `roots` or `account`",
        ),
        (
            "ci { state_access = \"lockfil\" }",
            "\"lockfil\"",
            "lockfile; did you mean `lockfile`?",
        ),
    ] {
        let text = format!("{dev}{text}");
        let errors = settings(&text).map(|_| ()).expect_err(&text);
        let mut found = errors.0.iter();
        let is_there = found.any(|it| {
            &text[it.at.range.clone()] == at && it.message.ends_with(message)
                || it.message.starts_with(message)
        });
        assert!(is_there, "{text}: {errors}");
    }
}
