//! What is unknown or wrong.

use super::{refuses, settings};

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn everything_unknown_or_wrong_is_an_error_with_its_place() {
    refuses([
        (
            "repository = \"infra\"",
            "1:14: `repository`: the repository's name on GitHub is needed, as in \"OWNER/NAME\"",
        ),
        (
            "ci {\n  session_name = \"a b\"\n}",
            "2:18: `session_name`: a session's name has letters, digits and +=,.@_-, and no ' '; {job} and {run} may stand in it",
        ),
        (
            "profile = \"x\"",
            "1:1: unknown key `profile`; did you mean `state_profile`?",
        ),
        (
            "aws_provider = \"~> 5.0\"",
            "1:1: unknown key `aws_provider`; it belongs in `module_source` or `upgrade`",
        ),
        (
            "sso {\n  issuer = \"https://x\"\n}",
            "2:3: unknown key `issuer`; it belongs in `ci`",
        ),
        (
            "module \"a/b/aws\" {\n  version = \"1.0.0\"\n}",
            "1:1: unknown block `module`; it belongs in `upgrade`",
        ),
        (
            "state_profile = 5",
            "1:17: `state_profile`: a quoted string is needed",
        ),
        ("\n  buckets \"x\" {}", "2:3: unknown block `buckets`"),
        ("account \"dev\" {}", "1:1: `account` needs `id`"),
        (
            "account {\n id = \"111111111111\"\n}",
            "1:1: `account` takes one label",
        ),
        (
            "account \"dev\" { id = \"1111\" }",
            "1:22: `id`: an account id is a string of 12 digits",
        ),
        (
            "account \"dev\" {\n  id = \"111111111111\"\n  name = \"x\"\n}",
            "3:3: unknown key `name`; known here: id, role_name, ci_role",
        ),
        (
            "account \"a\" { id = \"111111111111\" }\naccount \"a\" { id = \"222222222222\" }",
            "2:9: `account \"a\"` is set twice",
        ),
        (
            "module_source \"b\" {\n  repository = \"https://github.com/a/b\"\n  ref = \"v1\"\n}",
            "2:16: `repository`: Terraform does not clone a plain URL",
        ),
        (
            "module_source \"b\" {\n  repository = \"github.com/a/b//c\"\n  ref = \"v1\"\n}",
            "2:16: `repository`: the directory and the ref are added for each module",
        ),
        (
            "module_source \"b\" {\n  repository = \"github.com/a/b\"\n  ref = \"v{tag}\"\n}",
            "3:9: `ref`: a ref is a git ref",
        ),
        (
            "upgrade { aws_provider = \"5.x\" }",
            "1:26: `aws_provider`: ",
        ),
        (
            "upgrade {\n  module \"a/b/c\" { version = \"~> 5\" }\n}",
            "2:30: `version`: this is one release",
        ),
        ("upgrade \"x\" {}", "1:9: `upgrade` takes no label"),
        (
            "ci { state_access = \"magic\" }",
            "1:21: `state_access`: one of chained_profile",
        ),
        (
            "ci { role = \"AWS_ROLE\" }",
            "1:13: `role`: this is \"vars.NAME\", \"secrets.NAME\" or the ARN",
        ),
        (
            "ci { bump_action = \"yes\" }",
            "1:20: `bump_action`: `true` or `false` is needed",
        ),
        ("job \"deploy\" {}", "1:5: a job is named `FILE:JOB`"),
        (
            "transform \"bump\" {}",
            "1:11: unknown transform `bump`; did you mean `bump_module`?",
        ),
        (
            "transform \"bump_module\" { pin = true }",
            "1:27: unknown key `pin`; did you mean `pins`?",
        ),
        (
            "transform \"bump_module\" { pins = \"no\" }",
            "1:34: `pins`: `true` or `false` is needed",
        ),
        (
            "state_profile = \"a\\\"b\"",
            "1:17: `state_profile`: quotes, backslashes",
        ),
        (
            "state_profile = \"$${x}\"",
            "1:17: `state_profile`: quotes, backslashes",
        ),
        ("a = {", "1:5: `{` is never closed"),
    ]);
}

#[test]
fn what_is_no_hcl_is_an_error_where_it_ends_to_be() {
    refuses([
        (
            "state_profile = \"a\"\naccount \"b\" { id = \"1\", role_name = \"c\" }",
            "2:23: this is not HCL: invalid block body",
        ),
        (
            "\u{feff}state_profile = \"a\" b\n",
            "1:21: this is not HCL: ",
        ),
    ]);
}

#[test]
fn all_errors_are_found_at_once_in_the_order_of_the_file() {
    let text = "runner \"a\" { account = \"dv\" }\nci { rle = \"x\" }\naccount \"dev\" { id = \"1\" }\n\
                profil = \"x\"\n";
    let errors = settings(text).map(|_| ()).unwrap_err();
    let places: Vec<_> = errors
        .0
        .iter()
        .map(|it| (it.at.line, it.at.column, it.at.range.len()))
        .collect();
    assert_eq!(places, [(1, 24, 4), (2, 6, 3), (3, 22, 3), (4, 1, 6)]);
}

/// Terraform takes a version without an operator for that release alone, filled up with zeros.
#[test]
fn a_constraint_that_is_one_release_by_mistake_is_an_error() {
    for (constraint, meant) in [
        ("5", Some("\"~> 5.0\", or \"5.0.0\"")),
        ("5.31", Some("\"~> 5.31\", or \"5.31.0\"")),
        ("5.31.0", None),
        ("= 5.0", None),
        ("~> 5", None),
        (">= 5, < 6", None),
    ] {
        for text in [
            format!("upgrade {{ aws_provider = \"{constraint}\" }}"),
            format!(
                "module_source \"b\" {{\n  repository = \"github.com/o/r\"\n  aws_provider = \"{constraint}\"\n}}"
            ),
        ] {
            let error = settings(&text).map(|_| ()).map_err(|it| it.to_string());
            match meant {
                None => assert_eq!(error, Ok(()), "{text}"),
                Some(meant) => assert!(error.unwrap_err().contains(meant), "{text}"),
            }
        }
    }
}

/// What would be written into a workflow, and what would be read of one account for another.
#[test]
fn an_unknown_scope_and_a_second_name_of_an_account_are_errors() {
    for (text, expected) in [
        (
            "job \"a:b\" { permissions = { content = \"write\" } }",
            "1:29: GitHub knows no scope `content`; did you mean `contents`?",
        ),
        (
            "account \"x\" { id = \"111111111111\" }\naccount \"y\" { id = \"111111111111\" }",
            "2:20: `id`: `account \"x\"` has this id already",
        ),
    ] {
        let error = settings(text).map(|_| ()).expect_err(text);
        assert_eq!(error.to_string(), expected);
    }
    let twice =
        "account \"x\" { id = \"111111111111\" }\naccount \"y\" { id = \"222222222222\" }\n";
    settings(twice).unwrap();
}
