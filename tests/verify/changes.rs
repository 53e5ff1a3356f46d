//! The changes of a plan: which count, and what is shown and kept of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::world::{CHANGES, World, root};
use crate::support::checkout::tree;

#[test]
fn only_what_is_new_since_the_record_and_not_expected_counts() {
    let world = World::new(&[
        ("dev/main.tf", &root("111111111111")),
        ("dev/plan.json", CHANGES),
        ("dev/plan.code", "2"),
    ]);
    world.verify(&[]).code(1);
    world.calls();
    let recorded = world.verify(&["--before"]).code(0);
    assert!(
        recorded.stdout.contains("1 plan recorded"),
        "{}",
        recorded.stdout
    );
    let calls = world.calls();
    assert!(
        calls.iter().all(|call| call.contains("|profile=|key=old|")),
        "{calls:?}"
    );
    let known = |arguments: &[&str], code| {
        let result = world.results(arguments, code).remove(0);
        let changes = result["changes"].as_array().unwrap().clone();
        let known = changes.iter().map(|it| {
            let text = |key: &str| it[key].as_str().unwrap();
            format!("{} {}", text("known"), text("address"))
        });
        known.collect::<Vec<_>>()
    };
    let before = [
        "before aws_x.y[\"a b\"]",
        "before aws_x.z",
        "before output.o",
    ];
    assert_eq!(known(&[], 0), before);
    // Another action on the same address is new.
    world.write(
        "repo/dev/plan.json",
        &CHANGES.replace("\"update\"", "\"replace\""),
    );
    let new = ["new aws_x.y[\"a b\"]", "before aws_x.z", "before output.o"];
    assert_eq!(known(&[], 1), new);
    let list = "# The provider's upgrade.\ndev: replace aws_x.y[\"a b\"]\nlive: create aws_x.z\n";
    world.write("known.txt", list);
    let expected = [
        "expected aws_x.y[\"a b\"]",
        "before aws_x.z",
        "before output.o",
    ];
    assert_eq!(known(&["--expect", "../known.txt"], 0), expected);
    let reported = world.verify(&["--expect", "../known.txt"]).code(0).stdout;
    assert!(
        reported.contains("expected in line 3, and in no plan: live: create aws_x.z"),
        "{reported}"
    );
    world.write("known.txt", "dev replace aws_x.y\n");
    world
        .verify(&["--expect", "../known.txt"])
        .code(2)
        .says("line 1 is not `ROOT: ACTION ADDRESS`");
}

#[test]
fn a_plan_whose_output_cannot_be_read_is_never_without_changes() {
    for (json, code, reason) in [
        ("No changes.\n", "0", "what plan prints is no whole plan"),
        (
            "{\"type\":\"change_summary\",\"changes\":{\"operation\":\"plan\"}}\n",
            "2",
            "the plan has changes that it does not name",
        ),
        (
            "No value for required variable\n",
            "1",
            "a variable has no value",
        ),
    ] {
        let world = World::new(&[
            ("dev/main.tf", &root("111111111111")),
            ("dev/plan.json", json),
            ("dev/plan.code", code),
        ]);
        let results = world.results(&[], 2);
        assert_eq!(results[0]["result"], "not_verified");
        assert_eq!(results[0]["reason"], reason);
        assert_eq!(results[0]["reached"], "state");
    }
}

#[test]
fn directories_of_any_name_are_planned_and_shown_on_one_line() {
    let names = [
        "a b",
        "-x",
        "$(touch pwned)",
        "it's",
        "new\nline",
        "\u{1b}[31m",
        "a: b",
    ];
    let text = root("111111111111");
    let paths = names.map(|name| format!("{name}/main.tf"));
    let files: Vec<(&str, &str)> = paths
        .iter()
        .map(|path| (path.as_str(), text.as_str()))
        .collect();
    let world = World::new(&files);
    for name in names {
        world.write(&format!("repo/{name}/plan.json"), CHANGES);
        world.write(&format!("repo/{name}/plan.code"), "2");
    }
    let before = tree(&world.path("repo"));
    let results = world.results(&[], 1);
    assert_eq!(results.len(), names.len());
    assert!(
        results.iter().all(|it| it["result"] == "changes"),
        "{results:#?}"
    );
    let reported = world.verify(&[]).code(1).stdout;
    assert!(
        !reported.contains('\u{1b}') && reported.contains("new\\nline: create aws_x.z"),
        "{reported}"
    );
    // What is shown can be listed as expected.
    let lines = reported
        .lines()
        .filter(|line| line.contains(": create ") || line.contains(": update "));
    world.write(
        "known.txt",
        &lines.map(|line| format!("{line}\n")).collect::<String>(),
    );
    world.verify(&["--expect", "../known.txt"]).code(0);
    assert_eq!(tree(&world.path("repo")), before);
}

#[test]
fn no_value_of_a_plan_is_shown_or_kept_and_what_is_kept_is_for_the_user_alone() {
    let failing = "{\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"error\",\"summary\":\"expected x, got pl4in\",\"detail\":\"pl4in\",\"address\":\"aws_x.y\"}}\n";
    let world = World::new(&[
        ("dev/main.tf", &root("111111111111")),
        ("dev/plan.json", CHANGES),
        ("dev/plan.code", "2"),
        ("live/main.tf", &root("222222222222")),
        ("live/plan.json", failing),
        ("live/plan.code", "1"),
    ]);
    for arguments in [&["--before"][..], &[], &["--format", "json"]] {
        let outcome = world.verify(arguments).code(1);
        let reported = outcome.stdout + &outcome.stderr;
        assert!(
            !reported.contains("pl4in") && reported.contains("(aws_x.y)"),
            "{reported}"
        );
    }
    let mut names = Vec::new();
    for entry in walkdir::WalkDir::new(world.path("state/tfkeyless")) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        if entry.file_type().is_file() {
            assert_eq!(mode, 0o600, "{}", entry.path().display());
            let text = fs::read_to_string(entry.path()).unwrap();
            assert!(!text.contains("pl4in"), "{text}");
            names.push(entry.file_name().to_string_lossy().into_owned());
        } else {
            assert_eq!(mode, 0o700, "{}", entry.path().display());
        }
    }
    names.sort();
    assert_eq!(names, ["before.json", "init.lock", "last.json", "run.lock"]);
}
