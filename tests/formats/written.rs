//! What apply reports once it has written, and the steps that follow.

use super::{document, reported, schema};
use crate::support::checkout::Checkout;
use serde_json::Value;

#[test]
fn apply_reports_what_it_has_written() {
    let schema = schema();
    let run = |arguments: &[&str]| {
        let checkout = Checkout::of_example("legacy-stack");
        checkout.git(&[
            "remote",
            "add",
            "origin",
            "https://github.com/acme/infra.git",
        ]);
        let arguments: Vec<&str> = ["apply", "--yes", "--format", "json"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let run = checkout.run_with(&arguments, &IDENTITY).code(0);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
        (checkout, document)
    };
    let lines = |document: &Value, part: &str| -> Vec<String> {
        let lines = document["written"][part].as_array().unwrap().iter();
        lines
            .map(|line| line.as_str().unwrap().to_owned())
            .collect()
    };

    let (checkout, document) = run(&["--branch", "keyless", "--commit"]);
    let head = checkout.git(&["rev-parse", "HEAD"]);
    assert_eq!(document["written"]["branch"], "keyless");
    assert_eq!(document["written"]["commit"], head.trim());
    assert_eq!(lines(&document, "git"), ["git push -u origin keyless"]);
    assert_eq!(
        lines(&document, "undo"),
        [format!("git revert --no-edit {}", &head[..12])]
    );
    let changed = checkout.git(&["diff", "--name-only", "HEAD~"]);
    assert_eq!(
        lines(&document, "files"),
        changed.lines().collect::<Vec<_>>()
    );

    // Without a commit the commands come to the same, and undo what was written.
    let (checkout, document) = run(&[]);
    assert_eq!(document["written"]["commit"], Value::Null);
    let git = lines(&document, "git");
    assert_eq!(git[0], "git switch -c off-static-keys");
    assert_eq!(git.last().unwrap(), "git push -u origin off-static-keys");
    let run_all = |commands: &[String]| {
        let script = commands.join(" && ");
        let output = std::process::Command::new("sh")
            .args(["-ec", &script])
            .envs(IDENTITY)
            .current_dir(checkout.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
    };
    run_all(&lines(&document, "undo"));
    assert_eq!(checkout.git(&["status", "--porcelain"]), "");
    checkout.run(&["apply", "--yes"]).code(0);
    run_all(&git[..git.len() - 1]);
    assert_eq!(checkout.git(&["status", "--porcelain"]), "");
    assert_eq!(
        checkout.git(&["branch", "--show-current"]),
        "off-static-keys\n"
    );

    // A plan has written nothing.
    assert!(
        self::document(&Checkout::of_example("legacy-stack"))
            .get("written")
            .is_none()
    );
}

#[test]
fn steps_are_listed_before_on_and_after_the_merge() {
    let document = document(&Checkout::of_example("legacy-stack"));
    let steps = document["next_steps"].as_array().unwrap();
    let when: Vec<&str> = steps
        .iter()
        .map(|it| it["when"].as_str().unwrap())
        .collect();
    let mut order = when.clone();
    order.dedup();
    assert_eq!(order, ["before_merge", "on_merge", "after_merge"]);
    let markdown = reported(&Checkout::of_example("legacy-stack"), "markdown");
    let at = |heading: &str| markdown.find(heading).expect("a heading");
    assert!(at("## Before the merge\n") < at("## With the merge, on each laptop\n"));
    assert!(at("## With the merge") < at("## After the merge, once the jobs have run\n"));
}

/// Who commits.
const IDENTITY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "a"),
    ("GIT_AUTHOR_EMAIL", "a@example.com"),
    ("GIT_COMMITTER_NAME", "a"),
    ("GIT_COMMITTER_EMAIL", "a@example.com"),
];
