//! Keys of S3 backends: with their profile or not at all.

use crate::support::{CONFIG, Tree, changed, reports};
use engine::selection::Selection;

use super::{BLOCK, planned, scope, selection};

const PARTIAL: &str = "terraform {\n  backend \"s3\" {}\n}\n";

const FILE: &str = "bucket = \"b\"\nkey = \"k\"\nsecret_key = \"x\"\n";

const PROFILED: &str = "bucket = \"b\"\nkey = \"k\"\nprofile = \"shared\"\n";

#[test]
fn keys_and_profile_of_a_backend_change_together_or_not_at_all() {
    let files = [("main.tf", BLOCK)];
    let (_, plan) = planned(&files, selection(&["remove_static_keys"], &[]));
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        ["main.tf:5: the S3 backend keeps `token`: no profile is added in their place"]
    );
    let (_, plan) = planned(&files, selection(&[], &["remove_static_keys"]));
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        ["main.tf:5: the S3 backend has `token`, which overrides a profile: not changed"]
    );
    let tree = Tree::new(files);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        [
            "main.tf:5: the S3 backend keeps `token` until it has the profile of the account that holds the state"
        ]
    );
    let help = plan.findings[0].help.as_deref();
    assert_eq!(help, Some("set `state_profile = \"...\"` in tfkeyless.hcl"));
}

#[test]
fn keys_in_a_file_wait_for_the_block_that_gets_the_profile() {
    let block = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n}\n";
    let file = "key = \"k\"\nsecret_key = \"x\"\n";
    let files = [("main.tf", block), ("dev.tfbackend", file)];
    let (tree, plan) = planned(&files, Selection::default());
    let after = tree.with(&plan);
    assert!(after.0[std::path::Path::new("main.tf")].contains("profile = \"shared\""));
    assert_eq!(
        after.0[std::path::Path::new("dev.tfbackend")],
        "key = \"k\"\n"
    );
    for named in ["main.tf", "dev.tfbackend"] {
        let (_, plan) = planned(&files, scope(named));
        assert_eq!(plan.changes, [], "{named} alone");
    }
    let (_, plan) = planned(&files, scope("dev.tfbackend"));
    assert_eq!(
        reports(&plan),
        [
            "dev.tfbackend:2: the S3 backend keeps `secret_key`: main.tf is not among the paths named"
        ]
    );
}

#[test]
fn keys_that_stay_are_reported_with_what_keeps_the_other_file() {
    let block = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n}\n";
    let keys = "key = \"k\"\nsecret_key = \"x\"\n";
    let declined = block.replace(
        "  backend",
        "  # tfkeyless: ignore[set_backend_profile] x\n  backend",
    );
    let partial = "terraform {\n  backend \"s3\" {\n    token = \"x\"\n  }\n}\n";
    let other = "terraform {\n  backend \"s3\" {\n    bucket = \"c\"\n  }\n}\n";
    let shared = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          terraform -chdir=a init -backend-config=../s.hcl\n          terraform -chdir=b init -backend-config=../s.hcl\n";
    let gone = shared.replace("../s.hcl", "gone.hcl");
    let ci = ".github/workflows/ci.yml";
    for (files, at, why) in [
        (
            vec![("main.tf", &*declined), ("dev.tfbackend", keys)],
            "dev.tfbackend:2",
            ": main.tf declines set_backend_profile",
        ),
        (
            vec![
                (ci, shared),
                ("a/main.tf", partial),
                ("b/main.tf", other),
                ("s.hcl", "bucket = \"b\"\n"),
            ],
            "a/main.tf:3",
            "s.hcl completes backends that differ",
        ),
        (
            vec![(ci, &*gone), ("a/main.tf", partial)],
            "a/main.tf:3",
            ": a/gone.hcl is not in the repository",
        ),
    ] {
        let (_, plan) = planned(&files, Selection::default());
        let reported = reports(&plan);
        let found = reported.iter().find(|it| it.starts_with(at));
        assert!(
            found.is_some_and(|it| it.ends_with(why)),
            "{why}: {reported:?}"
        );
    }
}

#[test]
fn keys_in_a_block_wait_for_every_file_that_gets_the_profile() {
    let block = "terraform {\n  backend \"s3\" {\n    token = \"x\"\n  }\n}\n";
    let one = [("main.tf", block), ("dev.tfbackend", FILE)];
    let (_, plan) = planned(&one, Selection::default());
    assert_eq!(changed(&plan), ["dev.tfbackend", "main.tf"]);
    let role = "bucket = \"b\"\nkey = \"k\"\nassume_role = { role_arn = \"x\" }\n";
    let other = "bucket = \"b\"\nkey = \"k\"\nprofile = \"old\"\n";
    for (file, said) in [
        (role, "prod.tfbackend sets `assume_role`"),
        (
            other,
            "prod.tfbackend has a profile that is not the one wanted",
        ),
    ] {
        let two = [
            ("main.tf", block),
            ("dev.tfbackend", FILE),
            ("prod.tfbackend", file),
        ];
        let (_, plan) = planned(&two, Selection::default());
        assert_eq!(plan.changes, [], "{said}");
        let reported = reports(&plan);
        let of_block = reported
            .iter()
            .find(|reported| reported.starts_with("main.tf:3:"));
        assert!(
            of_block.is_some_and(|reported| reported.ends_with(said)),
            "{reported:?}"
        );
    }
}

#[test]
fn a_file_with_all_of_its_settings_is_decided_without_the_others() {
    let minio = "bucket = \"b\"\nkey = \"k\"\nendpoint = \"https://minio\"\nsecret_key = \"x\"\n";
    let files = [
        ("main.tf", PARTIAL),
        ("aws.tfbackend", FILE),
        ("done.tfbackend", PROFILED),
        ("minio.tfbackend", minio),
    ];
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(changed(&plan), ["aws.tfbackend"]);
}

#[test]
fn keys_wait_where_only_some_files_have_the_profile() {
    let block = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    token = \"x\"\n  }\n}\n";
    let with = "key = \"k\"\nprofile = \"shared\"\n";
    let one = [("main.tf", block), ("a.tfbackend", with)];
    let (_, plan) = planned(&one, Selection::default());
    assert_eq!(changed(&plan), ["main.tf"], "the file has the profile");
    let two = [
        ("main.tf", block),
        ("a.tfbackend", with),
        ("b.tfbackend", "key = \"k\"\n"),
    ];
    let (_, plan) = planned(&two, Selection::default());
    let after =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    profile = \"shared\"\n  }\n}\n";
    assert_eq!(changed(&plan), ["main.tf"]);
    assert_eq!(plan.changes[0].after, after, "for an init without the file");
    let keys = [
        (
            "main.tf",
            "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n}\n",
        ),
        ("a.tfbackend", with),
        ("b.tfbackend", "key = \"k\"\ntoken = \"x\"\n"),
    ];
    let (_, plan) = planned(&keys, Selection::default());
    assert_eq!(plan.changes, []);
    assert!(
        reports(&plan).iter().any(|it| it
            .contains("b.tfbackend:2: the S3 backend keeps `token`: a.tfbackend sets `profile`")),
        "{:?}",
        reports(&plan)
    );
}

/// Keys and nothing else.
const ALONE: &str = "secret_key = \"x\"\n";

/// Settings with or without a bucket and keys, beside one more setting.
fn settings(further: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for further in further {
        for bucket in ["", "bucket = \"b\"\n"] {
            for keys in ["", "secret_key = \"x\"\n"] {
                all.push(format!("{bucket}{keys}{further}"));
            }
        }
    }
    all
}

#[test]
fn whatever_the_settings_no_backend_is_left_without_keys_and_profile() {
    let further = [
        "",
        "key = \"k\"\n",
        "profile = \"shared\"\n",
        "key = \"k\"\nprofile = \"old\"\n",
        "assume_role = { role_arn = \"x\" }\n",
        "endpoint = \"https://minio\"\n",
    ];
    let blocks = settings(&further).into_iter();
    let blocks = blocks.map(|text| format!("terraform {{\n  backend \"s3\" {{\n{text}  }}\n}}\n"));
    let blocks: Vec<_> = blocks.collect();
    let mut files = settings(&further);
    for file in files.iter_mut().filter(|file| *file != ALONE) {
        file.push_str("region = \"r\"\n");
    }
    let seconds = [
        "",
        "key = \"k\"\n",
        "bucket = \"b\"\nkey = \"k\"\n",
        "key = \"k\"\nsecret_key = \"x\"\nprofile = \"shared\"\n",
        "bucket = \"b\"\nkey = \"k\"\nprofile = \"shared\"\n",
    ];
    let mut trees = 0;
    for block in &blocks {
        for first in &files {
            for second in seconds {
                let tree = Tree::new([
                    ("main.tf", block.as_str()),
                    ("a.tfbackend", first.as_str()),
                    ("b.tfbackend", second),
                ]);
                let plan = tree.plan(CONFIG, Selection::default()).unwrap();
                let after = tree.with(&plan);
                let text = |tree: &Tree, file: &str| tree.0[std::path::Path::new(file)].clone();
                for file in ["a.tfbackend", "b.tfbackend"] {
                    if text(&tree, file).is_empty() {
                        continue;
                    }
                    // Keys alone complete what another file begins.
                    let is_alone = text(&tree, file) == ALONE;
                    let others = ["a.tfbackend", "b.tfbackend"];
                    let others = others.iter().filter(|other| is_alone || **other == file);
                    let unit = |tree: &Tree| {
                        let others = others.clone().map(|other| text(tree, other));
                        text(tree, "main.tf") + &others.collect::<String>()
                    };
                    let (before, after) = (unit(&tree), unit(&after));
                    let loses =
                        before.matches("secret_key").count() > after.matches("secret_key").count();
                    let is_profiled = after.contains("\"shared\"") && !after.contains("\"old\"");
                    assert!(!loses || is_profiled, "{before}\nbecomes\n{after}");
                    assert!(
                        !loses || !after.contains("secret_key"),
                        "{before}\nbecomes\n{after}"
                    );
                }
                trees += 1;
            }
        }
    }
    assert_eq!(trees, 24 * 24 * 5);
}

#[test]
fn a_settings_file_with_a_bucket_is_not_of_a_complete_block() {
    let files = [
        ("main.tf", BLOCK),
        ("other.tfbackend", FILE),
        ("keys.tfbackend", "access_key = \"x\"\nsecret_key = \"x\"\n"),
        (
            "keys.example.tfbackend",
            "access_key = \"x\"\nsecret_key = \"x\"\n",
        ),
    ];
    let (_, plan) = planned(&files[..1], Selection::default());
    assert_eq!(changed(&plan), ["main.tf"]);
    let (_, plan) = planned(&[files[0], files[2], files[3]], Selection::default());
    assert_eq!(changed(&plan), ["keys.tfbackend", "main.tf"]);
    let (_, plan) = planned(&files[..2], Selection::default());
    assert_eq!(plan.changes, [], "no profile comes, so no keys go");
    let reported = reports(&plan);
    let unowned = "other.tfbackend:3: the S3 backend keeps `secret_key` in this file, which completes no S3 backend here";
    assert!(
        reported.iter().any(|reported| reported == unowned),
        "{reported:?}"
    );
}
