//! Trust policies and what they admit.

use serde_json::{Value, json};

use super::*;

const PROVIDER: &str =
    "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
const ISSUER: &str = "token.actions.githubusercontent.com";
const ROLE: &str = "arn:aws:iam::222222222222:role/ci/github";

/// A token with that subject, in which `*` is a gap.
fn token(subject: &str) -> Request {
    Request {
        principal: Principal::Token(PROVIDER.to_owned()),
        keys: vec![
            (format!("{ISSUER}:sub"), Claim::with_gaps(subject)),
            (format!("{ISSUER}:aud"), Claim::text("sts.amazonaws.com")),
        ],
        all_occur: true,
    }
}

fn role() -> Request {
    Request {
        principal: Principal::Role(ROLE.to_owned()),
        keys: vec![
            ("aws:PrincipalArn".to_owned(), Claim::text(ROLE)),
            (
                "aws:PrincipalAccount".to_owned(),
                Claim::text("222222222222"),
            ),
        ],
        all_occur: true,
    }
}

fn statement(condition: &Value) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "Federated": PROVIDER },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    })
}

fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// `yes`, `no`, or `?`.
fn short(truth: &Truth) -> &'static str {
    match truth {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown(_) => "?",
    }
}

#[test]
fn conditions_are_evaluated_or_not_known() {
    let main = "repo:acme/infra:ref:refs/heads/main";
    let sub =
        |operator: &str, values: Value| json!({ operator: { format!("{ISSUER}:sub"): values } });
    let aud = |value: &str| json!({ "StringEquals": { format!("{ISSUER}:aud"): value } });
    for (condition, expected) in [
        (json!({}), "yes"),
        (aud("sts.amazonaws.com"), "yes"),
        (aud("https://github.com/acme"), "no"),
        (sub("StringEquals", json!(main)), "yes"),
        (sub("StringEquals", json!([main, "x"])), "yes"),
        (sub("StringEquals", json!("repo:acme/infra:*")), "no"),
        (
            sub("StringEquals", json!("repo:Acme/infra:ref:refs/heads/main")),
            "no",
        ),
        (
            sub(
                "StringEqualsIgnoreCase",
                json!("repo:Acme/infra:ref:refs/heads/main"),
            ),
            "yes",
        ),
        (sub("StringLike", json!("repo:acme/infra:*")), "yes"),
        (
            sub("StringLike", json!("repo:acme/infra:ref:refs/heads/mai?")),
            "yes",
        ),
        (
            sub("StringLike", json!("repo:acme/*:environment:live")),
            "no",
        ),
        (
            sub("StringNotLike", json!("repo:acme/infra:pull_request")),
            "yes",
        ),
        (sub("StringNotLike", json!(["x", "repo:acme/*"])), "no"),
        (sub("StringNotEquals", json!(main)), "no"),
        (sub("ForAnyValue:StringLike", json!("repo:acme/*")), "yes"),
        (sub("ForAllValues:StringEquals", json!(["x", "y"])), "no"),
        (sub("StringLikeIfExists", json!("repo:acme/*")), "yes"),
        (sub("Null", json!("false")), "yes"),
        (sub("Null", json!("true")), "no"),
        (sub("Null", json!(true)), "?"),
        (sub("StringEquals", json!([])), "?"),
        (sub("StringEquals", json!(7)), "?"),
        (sub("StringEquals", json!("repo:${aws:username}")), "?"),
        (
            sub("StringEquals", json!([main, "repo:${aws:username}"])),
            "yes",
        ),
        (sub("StringMatches", json!(main)), "?"),
        (sub("stringequals", json!(main)), "?"),
        (json!({ "StringEquals": main }), "?"),
        (json!([]), "?"),
        // Names of keys have no case, and all conditions have to hold.
        (
            json!({ "StringEquals": { "TOKEN.actions.githubusercontent.com:SUB": main } }),
            "yes",
        ),
        (
            json!({ "StringEquals": { format!("{ISSUER}:aud"): "x", "aws:SourceIp": "1.2.3.4" } }),
            "no",
        ),
        (
            json!({ "StringEquals": { format!("{ISSUER}:sub"): main, format!("{ISSUER}:repository_id"): "7" } }),
            "?",
        ),
        (
            json!({ "StringEquals": { format!("{ISSUER}:aud"): "sts.amazonaws.com" }, "StringLike": { format!("{ISSUER}:sub"): "repo:other/*" } }),
            "no",
        ),
        // Another issuer's.
        (json!({ "StringEquals": { "gitlab.com:sub": main } }), "?"),
    ] {
        let found = admits(&policy(&[statement(&condition)]), &token(main));
        assert_eq!(short(&found), expected, "{condition}: {found:?}");
    }
}

/// A statement that admits the token, with these elements in place of its own; `null` removes one.
fn with(changes: &Value) -> Value {
    let mut statement = statement(&json!({}));
    let object = statement.as_object_mut().unwrap();
    for (key, value) in changes.as_object().unwrap().clone() {
        match value {
            Value::Null => object.remove(&key),
            value => object.insert(key, value),
        };
    }
    statement
}

#[test]
fn statements_are_about_the_token_or_not() {
    let allow = || with(&json!({}));
    for (statements, expected) in [
        (vec![], "no"),
        (vec![allow()], "yes"),
        (vec![with(&json!({ "Sid": "x" }))], "yes"),
        (vec![with(&json!({ "Action": "sts:*" }))], "yes"),
        (
            vec![with(
                &json!({ "Action": ["sts:TagSession", "STS:assumerolewithwebidentity"] }),
            )],
            "yes",
        ),
        (vec![with(&json!({ "Action": "sts:AssumeRole" }))], "no"),
        (
            vec![with(
                &json!({ "Action": null, "NotAction": "sts:AssumeRole" }),
            )],
            "yes",
        ),
        (
            vec![with(&json!({ "Action": null, "NotAction": "sts:*" }))],
            "no",
        ),
        (vec![with(&json!({ "Action": null }))], "?"),
        (vec![with(&json!({ "Action": 1 }))], "?"),
        (
            vec![with(
                &json!({ "Principal": { "Federated": ["x", PROVIDER] } }),
            )],
            "yes",
        ),
        (
            vec![with(
                &json!({ "Principal": { "Federated": "accounts.google.com" } }),
            )],
            "no",
        ),
        (
            vec![with(&json!({ "Principal": { "AWS": "111111111111" } }))],
            "no",
        ),
        (
            vec![with(
                &json!({ "Principal": { "Service": "ec2.amazonaws.com" } }),
            )],
            "no",
        ),
        (vec![with(&json!({ "Principal": "*" }))], "?"),
        (vec![with(&json!({ "Principal": { "AWS": "*" } }))], "?"),
        (
            vec![with(
                &json!({ "Principal": null, "NotPrincipal": { "Federated": "x" } }),
            )],
            "?",
        ),
        (vec![with(&json!({ "Principal": null }))], "?"),
        (vec![with(&json!({ "Resource": "*" }))], "?"),
        (vec![with(&json!({ "Effect": "allow" }))], "?"),
        (vec![json!("x")], "?"),
    ] {
        let found = admits(&policy(&statements), &token("repo:acme/infra:pull_request"));
        assert_eq!(short(&found), expected, "{statements:?}: {found:?}");
    }
}

#[test]
fn a_statement_that_denies_wins_wherever_it_stands() {
    let allow = || with(&json!({}));
    for (statements, expected) in [
        (vec![allow(), with(&json!({ "Effect": "Deny" }))], "no"),
        (vec![with(&json!({ "Effect": "Deny" })), allow()], "no"),
        (
            vec![
                allow(),
                with(&json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole" })),
            ],
            "yes",
        ),
        (
            vec![
                allow(),
                with(
                    &json!({ "Effect": "Deny", "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
                ),
            ],
            "?",
        ),
        (
            vec![
                with(&json!({ "Condition": { "IpAddress": { "aws:SourceIp": "1.2.3.4" } } })),
                allow(),
            ],
            "yes",
        ),
    ] {
        let found = admits(&policy(&statements), &token("repo:acme/infra:pull_request"));
        assert_eq!(short(&found), expected, "{statements:?}: {found:?}");
    }
    assert_eq!(
        short(&admits(&json!({ "Statement": allow() }), &token("x"))),
        "yes"
    );
    assert_eq!(short(&admits(&json!({}), &token("x"))), "?");
    assert_eq!(short(&admits(&json!("x"), &token("x"))), "?");
}

#[test]
fn a_subject_that_only_the_run_knows_is_admitted_as_a_whole_or_not() {
    let heads = "repo:acme/infra:ref:refs/heads/*";
    let like =
        |values: Value| statement(&json!({ "StringLike": { format!("{ISSUER}:sub"): values } }));
    let deny = |value: &str| {
        let mut statement = like(json!(value));
        statement["Effect"] = json!("Deny");
        statement
    };
    for (statements, all_occur, expected) in [
        (vec![like(json!(heads))], true, "yes"),
        (vec![like(json!("repo:acme/*"))], true, "yes"),
        (
            vec![like(json!("repo:acme/infra:ref:refs/tags/*"))],
            true,
            "no",
        ),
        // A run on another branch is refused.
        (
            vec![like(json!("repo:acme/infra:ref:refs/heads/main"))],
            true,
            "no",
        ),
        (
            vec![like(json!("repo:acme/infra:ref:refs/heads/main"))],
            false,
            "?",
        ),
        (
            vec![like(json!("repo:acme/infra:pull_request"))],
            false,
            "no",
        ),
        (vec![like(json!(heads))], false, "yes"),
        (
            vec![like(json!(heads)), deny("repo:acme/infra:ref:refs/heads/x")],
            true,
            "?",
        ),
        (
            vec![
                like(json!(heads)),
                deny("repo:acme/infra:ref:refs/heads/x*"),
            ],
            true,
            "?",
        ),
        (
            vec![like(json!(heads)), deny("repo:acme/infra:*")],
            true,
            "no",
        ),
        (vec![like(json!(heads)), deny("repo:other/*")], true, "yes"),
        // All of it together, but no one of them.
        (
            vec![like(json!([
                "repo:acme/infra:ref:refs/heads/?*",
                "repo:acme/infra:ref:refs/heads/"
            ]))],
            true,
            "?",
        ),
    ] {
        let request = Request {
            all_occur,
            ..token(heads)
        };
        let found = admits(&policy(&statements), &request);
        assert_eq!(short(&found), expected, "{statements:?}: {found:?}");
    }
}

#[test]
fn roles_are_admitted_by_arn_account_and_patterns_of_arns() {
    let with = |principal: Value, condition: Value| json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition });
    let root = json!({ "AWS": "arn:aws:iam::222222222222:root" });
    let like = |pattern: &str| json!({ "ArnLike": { "aws:PrincipalArn": pattern } });
    for (principal, condition, expected) in [
        (json!({ "AWS": ROLE }), json!({}), "yes"),
        (
            json!({ "AWS": ["arn:aws:iam::222222222222:role/x", ROLE] }),
            json!({}),
            "yes",
        ),
        (
            json!({ "AWS": "arn:aws:iam::222222222222:role/github" }),
            json!({}),
            "no",
        ),
        (
            json!({ "AWS": "arn:aws:iam::222222222222:user/x" }),
            json!({}),
            "no",
        ),
        (root.clone(), json!({}), "yes"),
        (json!({ "AWS": "222222222222" }), json!({}), "yes"),
        (json!({ "AWS": "333333333333" }), json!({}), "no"),
        (
            json!({ "AWS": "arn:aws:iam::333333333333:root" }),
            json!({}),
            "no",
        ),
        (
            json!({ "AWS": "arn:aws-cn:iam::222222222222:root" }),
            json!({}),
            "no",
        ),
        (json!("*"), json!({}), "yes"),
        (json!({ "AWS": "AROAEXAMPLEEXAMPLE" }), json!({}), "?"),
        (
            json!({ "AWS": "arn:aws:sts::222222222222:assumed-role/github/x" }),
            json!({}),
            "?",
        ),
        (json!({ "Federated": PROVIDER }), json!({}), "no"),
        (root.clone(), like(ROLE), "yes"),
        (
            root.clone(),
            like("arn:aws:iam::222222222222:role/*"),
            "yes",
        ),
        (root.clone(), like("arn:aws:iam::*:role/ci/git???"), "yes"),
        (
            root.clone(),
            like("arn:aws:iam::222222222222:role/other/*"),
            "no",
        ),
        // A `*` stays within its part.
        (root.clone(), like("arn:*:role/ci/github"), "?"),
        (
            root.clone(),
            json!({ "StringEquals": { "aws:PrincipalAccount": "222222222222" } }),
            "yes",
        ),
        (
            root.clone(),
            json!({ "StringEquals": { "sts:ExternalId": "x" } }),
            "?",
        ),
        (
            root,
            json!({ "ArnNotLike": { "aws:PrincipalArn": ROLE } }),
            "no",
        ),
    ] {
        let found = admits(
            &policy(&[with(principal.clone(), condition.clone())]),
            &role(),
        );
        assert_eq!(
            short(&found),
            expected,
            "{principal} {condition}: {found:?}"
        );
    }
}

#[test]
fn hostile_policies_end() {
    let long = "a*".repeat(5_000);
    let values: Vec<Value> = (0..50).map(|_| json!("repo:*".repeat(300))).collect();
    for value in [json!(long), json!(values)] {
        let condition = json!({ "StringLike": { format!("{ISSUER}:sub"): value } });
        let found = admits(
            &policy(&[statement(&condition)]),
            &token("repo:acme/infra:ref:refs/heads/*"),
        );
        assert_ne!(found, Truth::True);
    }
}
