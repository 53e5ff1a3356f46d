//! The first plan of every root module, by a stand-in for Terraform that records how it is called.

mod changes;
mod ci;
mod variants;
pub mod world;

use std::fs;

use crate::support::checkout::{Outcome, tree};
use serde_json::Value;
use world::{CHANGES, CONFIG, World, root};

#[test]
fn each_root_module_is_planned_with_the_profile_of_its_account() {
    let world = World::new(&[
        ("dev/main.tf", &root("111111111111")),
        ("dev/.terraform.lock.hcl", "as it was\n"),
        ("live/main.tf", &root("222222222222")),
        ("live/plan.json", CHANGES),
        ("live/plan.code", "2"),
        ("broken/main.tf", &root("111111111111")),
        (
            "broken/init.txt",
            "Error: failed to get shared config profile, shared\n",
        ),
        ("unknown/main.tf", "provider \"aws\" {}\n"),
        ("modules/child/main.tf", "resource \"aws_x\" \"y\" {}\n"),
    ]);
    let before = tree(&world.path("repo"));
    let results = world.results(&[], 1);
    assert_eq!(tree(&world.path("repo")), before);
    let of = |root: &str| {
        let mut results = results.iter();
        results
            .find(|it| it["root_module"] == root)
            .unwrap()
            .clone()
    };
    assert_eq!(results.len(), 4);
    let dev = of("dev");
    assert_eq!(dev["result"], "no_changes");
    assert_eq!(dev["account"]["expected"], "111111111111");
    assert_eq!(dev["account"]["found"], "111111111111");
    let live = of("live");
    assert_eq!(live["result"], "changes");
    assert_eq!(live["profile"], "live");
    assert_eq!(
        live["counts"],
        serde_json::json!({"create": 2, "update": 1})
    );
    let addresses: Vec<&Value> = live["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["address"])
        .collect();
    assert_eq!(addresses, ["aws_x.y[\"a b\"]", "aws_x.z", "output.o"]);
    let broken = of("broken");
    assert_eq!(
        (&broken["result"], &broken["reached"]),
        (&"failed".into(), &"identity".into())
    );
    assert_eq!(broken["reason"], "~/.aws/config has no profile `shared`");
    assert_eq!(broken["cure"], "aws configure sso --profile shared");
    let unknown = of("unknown");
    assert_eq!(unknown["result"], "not_verified");
    assert_eq!(
        unknown["cure"],
        "add `root \"unknown\" { account = \"LABEL\" }` to tfkeyless.hcl"
    );
    let reported = world.verify(&[]).code(1);
    for line in [
        "222222222222 (live)",
        "2 create, 1 update",
        "live: update aws_x.y[\"a b\"]",
        "1 plan without new changes, 1 with new changes, 1 failed, 1 not verified.",
    ] {
        assert!(
            reported.stdout.contains(line),
            "{line}\n{}",
            reported.stdout
        );
    }
    reported.says("They run code of the repository");
}

#[test]
fn nothing_is_run_but_init_and_reads_and_nothing_decides_but_the_profile() {
    let world = World::new(&[("dev/main.tf", &root("111111111111"))]);
    world.verify(&[]).code(0);
    let directory = fs::canonicalize(world.path("repo/dev")).unwrap();
    let start = format!(
        "terraform|{}|profile=dev|key=|workspace=|var=|args=|",
        directory.display()
    );
    let calls = [
        "init -reconfigure -input=false -no-color",
        "workspace list",
        "state list",
        "plan -json -input=false -lock=false -detailed-exitcode",
    ];
    assert_eq!(world.calls(), calls.map(|call| format!("{start}{call}")));
    assert!(!world.path("repo/dev/.terraform.lock.hcl").exists());
}

#[test]
fn credentials_of_another_account_start_nothing() {
    let world = World::new(&[
        ("dev/main.tf", &root("111111111111")),
        ("live/main.tf", &root("222222222222")),
    ]);
    world.write("accounts/dev", "444444444444\n");
    fs::remove_file(world.path("accounts/live")).unwrap();
    let results = world.results(&[], 1);
    assert_eq!(
        results[0]["reason"],
        "the credentials are of account 444444444444, not of 111111111111 (dev)"
    );
    assert_eq!(results[0]["account"]["found"], "444444444444");
    assert_eq!(results[1]["reason"], "the profile is not signed in");
    assert_eq!(results[1]["cure"], "aws sso login --profile live");
    assert_eq!(world.calls(), Vec::<String>::new());
    // Terraform takes these keys, and the AWS CLI would not show it.
    world.write("home/.aws/credentials", "[live]\naws_access_key_id = x\n");
    world.write("home/.aws/config", "[profile live]\nsso_start_url = x\n");
    let result = world.results(&["live"], 1).remove(0);
    assert!(
        result["reason"]
            .as_str()
            .unwrap()
            .starts_with("static keys of the name `live`")
    );
    fs::remove_file(world.path("home/.aws/credentials")).unwrap();
    // Without the AWS CLI nothing is guessed.
    fs::remove_file(world.path("bin/aws")).unwrap();
    for result in world.results(&[], 0) {
        assert_eq!(result["account"]["found"], Value::Null);
        assert_eq!(result["result"], "no_changes");
    }
}

#[test]
fn a_run_that_is_killed_leaves_the_lock_file_as_it_was() {
    for (signal, before) in [
        ("TERM", Some("as it was\n")),
        ("INT", None),
        ("KILL", Some("as it was\n")),
        ("KILL", None),
    ] {
        let world = World::new(&[
            ("dev/main.tf", &root("111111111111")),
            ("dev/kill.txt", signal),
        ]);
        if let Some(text) = before {
            world.write("repo/dev/.terraform.lock.hcl", text);
        }
        let files = tree(&world.path("repo"));
        let output = world.command(&["--yes"]).output().unwrap();
        match signal {
            "KILL" => {
                assert_eq!(output.status.code(), None);
                assert_ne!(tree(&world.path("repo")), files);
                // The next run puts it back before it does anything else.
                world.write("repo/dev/init.txt", "AccessDenied\n");
                world.verify(&[]).code(1);
                fs::remove_file(world.path("repo/dev/init.txt")).unwrap();
            }
            _ => {
                Outcome::from(output).code(130).says("interrupted");
            }
        }
        assert_eq!(tree(&world.path("repo")), files, "{signal} {before:?}");
        let left = tree(&world.path("state"));
        assert!(
            !left
                .keys()
                .any(|path| path.to_string_lossy().contains("work-")),
            "{left:?}"
        );
    }
}

#[test]
fn no_two_inits_run_at_once_not_even_in_two_repositories() {
    let names = ["a", "b", "c", "d"];
    let texts = root("111111111111");
    let paths = names.map(|name| format!("{name}/main.tf"));
    let files: Vec<(&str, &str)> = paths
        .iter()
        .map(|path| (path.as_str(), texts.as_str()))
        .collect();
    let world = World::new(&files);
    let other = World::new(&files);
    let spawned = [&world, &other].map(|repository| {
        let mut command = repository.command(&["--yes", "--jobs", "4"]);
        command
            .env("XDG_STATE_HOME", world.path("state"))
            .env("CALLS", world.path("calls"))
            .env("TF_PLUGIN_CACHE_DIR", world.path("plugins"));
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    });
    for mut child in spawned {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let calls = world.calls();
    assert_eq!(
        calls.iter().filter(|call| call.contains("|init ")).count(),
        8
    );
    assert!(
        !calls.iter().any(|call| call.contains("at once")),
        "{calls:#?}"
    );
}

#[test]
fn other_programs_and_other_runners_are_known() {
    let cloud = "terraform {\n  cloud {\n    organization = \"o\"\n    workspaces { name = \"w\" }\n  }\n}\n";
    let partial = "terraform {\n  backend \"s3\" {}\n}\n\nprovider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
    let world = World::new(&[
        ("hosted/main.tf", cloud),
        ("open/main.tofu", &root("111111111111")),
        ("partial/main.tf", partial),
        (
            "partial/x.s3.tfbackend",
            "bucket = \"b\"\nkey = \"k\"\nregion = \"r\"\n",
        ),
        ("bare/main.tf", partial),
        (
            "plain/main.tf",
            "terraform {\n  backend \"local\" {}\n}\n\nresource \"terraform_data\" \"x\" {}\n",
        ),
        (
            "live/terragrunt.hcl",
            "terraform {\n  source = \"../modules/x\"\n}\n",
        ),
    ]);
    let config = format!("{CONFIG}root \"live\" {{ account = \"live\" }}\n");
    world.write("repo/tfkeyless.hcl", &config);
    assert_eq!(
        world.reported(&[], 2),
        [
            "bare (): not_verified at nothing",
            "hosted (): not_verified at nothing",
            "live (): no_changes at plan",
            "open (): no_changes at plan",
            "partial (-backend-config=x.s3.tfbackend): no_changes at plan",
            "plain (): no_changes at plan",
        ]
    );
    let calls = world.calls();
    let planned = |start: &str, profile: &str| {
        let mut calls = calls.iter();
        calls.any(|call| {
            call.starts_with(start) && call.contains(profile) && call.contains("|plan ")
        })
    };
    assert!(planned("tofu|", "profile=dev|"), "{calls:#?}");
    assert!(planned("terragrunt|", "profile=live|"));
    // Nothing in it uses AWS.
    let plain = calls.iter().filter(|call| call.contains("/plain|"));
    assert!(
        plain.clone().count() == 4 && plain.clone().all(|call| call.contains("profile=|key=|"))
    );
}

#[test]
fn a_path_limits_what_is_planned_and_nothing_runs_unasked() {
    let world = World::new(&[
        ("dev/main.tf", &root("111111111111")),
        ("live/main.tf", &root("222222222222")),
    ]);
    for path in ["live", "live/main.tf"] {
        assert_eq!(world.reported(&[path], 0), ["live (): no_changes at plan"]);
    }
    world.calls();
    let unasked = Outcome::from(world.command(&[]).output().unwrap());
    unasked
        .code(2)
        .says("there is no terminal to ask on: run with --yes");
    assert_eq!(world.calls(), Vec::<String>::new());
}
