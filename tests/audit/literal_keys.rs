//! Keys that stand literally in files of any kind.

use super::found;
use crate::support::checkout::Checkout;

/// A pair with the form of AWS's, put together here so that no scanner takes it for one.
fn pair() -> (String, String) {
    let id = format!("AKIA{}", "QZ7N3KWV5DJX2RTB");
    let secret = format!("{}/{}", "q7Rz0LkVw3Xy9Tb2Nf", "Hs8Jd5+Gm1PcQe4UaWi6O");
    (id, secret)
}

#[test]
fn every_kind_of_file_is_searched_and_no_value_is_shown() {
    let (id, secret) = pair();
    let env = format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n");
    let paths = [
        ".env",
        ".env.prod",
        ".envrc",
        "Dockerfile",
        "Taskfile.yml",
        "app/settings.py",
        "compose.yml",
        "config/credentials",
        "image.pkr.hcl",
        "justfile",
        "prod.tfvars",
        "prod.tfvars.json",
        "vars/main.yml",
    ];
    let files = paths.map(|path| (path, env.as_str()));
    let checkout = Checkout::bare(&files);
    let outcome = checkout.run(&["audit"]).code(1);
    let expected = paths.map(|path| {
        let column = "AWS_ACCESS_KEY_ID=".len() + 1;
        format!("{path}:1:{column}: error[remove_static_keys]: the file has a static key pair")
    });
    assert_eq!(found(&outcome), expected);
    for format in ["text", "json", "jsonl", "sarif", "github", "markdown"] {
        let outcome = checkout
            .run(&["audit", "--verbose", "--format", format])
            .code(1);
        let all = outcome.stdout + &outcome.stderr;
        assert!(
            !all.contains(&id) && !all.contains(&secret),
            "{format}: {all}"
        );
    }
    checkout
        .run(&["audit", "--skip", "remove_static_keys"])
        .code(0);
}

#[test]
fn a_comment_keeps_a_literal_key() {
    let (id, _) = pair();
    let text =
        format!("# tfkeyless: ignore[remove_static_keys] rotated\nENV AWS_ACCESS_KEY_ID={id}\n");
    let checkout = Checkout::bare(&[("Dockerfile", &text)]);
    checkout.run(&["audit"]).code(0);
    let page = "Write `# tfkeyless: ignore[remove_static_keys] reason`.\n";
    Checkout::bare(&[("README.md", page)])
        .run(&["audit"])
        .code(0);
}

#[test]
fn of_ignored_files_those_of_settings_alone_are_searched() {
    let (id, secret) = pair();
    let env = format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n");
    let checkout = Checkout::committed(&[(".gitignore", ".env\n*.tfvars\ncache.json\n")]);
    for path in [".env", "prod.tfvars", "cache.json"] {
        checkout.write(path, &env);
    }
    let outcome = checkout.run(&["audit"]).code(1);
    let paths: Vec<_> = found(&outcome)
        .into_iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(paths, [".env", "prod.tfvars"]);
}

#[test]
fn binary_files_are_passed_over_and_large_ones_named() {
    let (id, secret) = pair();
    let env = format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n");
    let checkout = Checkout::bare(&[
        ("a.bin", &format!("\0{env}")),
        ("large.txt", &format!("{env}{}", " ".repeat(1 << 20))),
    ]);
    checkout
        .run(&["audit", "--verbose"])
        .code(0)
        .says("large.txt is not searched for keys: it has more than 1 MB");
}

#[test]
fn an_id_alone_counts_where_it_is_no_test_and_no_session_has_it() {
    let (id, secret) = pair();
    let alone = format!("AWS_ACCESS_KEY_ID = \"{id}\"\n");
    let session = alone.replace("AKIA", "ASIA");
    let secret = format!("AWS_SECRET_ACCESS_KEY = \"{secret}\"\n");
    for (path, text, counts) in [
        ("main.go", &alone, true),
        ("main_test.go", &alone, false),
        ("app/test_keys.py", &alone, false),
        ("app/keys.spec.ts", &alone, false),
        ("app/testdata/keys", &alone, false),
        // The environment of that name.
        ("envs/test/keys.env", &alone, true),
        ("test_keys.sh", &alone, true),
        ("main.go", &session, false),
        ("main_test.go", &format!("{alone}{secret}"), true),
        ("main.go", &format!("{session}{secret}"), true),
        ("main_test.go", &secret, true),
    ] {
        let checkout = Checkout::bare(&[(path, text)]);
        let outcome = checkout.run(&["audit"]).code(i32::from(counts));
        assert_eq!(found(&outcome).len(), usize::from(counts), "{path} {text}");
    }
}
