//! The first plan of every root module, by a stand-in for Terraform that tells how it is called.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::checkout::{Checkout, Outcome, tree};
use crate::support::environment;

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// A plan with a change, an output with a value, and a data source.
const CHANGES: &str = concat!(
    "{\"type\":\"planned_change\",\"change\":{\"resource\":{\"addr\":\"aws_x.y[\\\"a b\\\"]\"},\"action\":\"update\"}}\n",
    "{\"type\":\"planned_change\",\"change\":{\"resource\":{\"addr\":\"aws_x.z\"},\"action\":\"create\"}}\n",
    "{\"type\":\"planned_change\",\"change\":{\"resource\":{\"addr\":\"data.aws_x.r\"},\"action\":\"read\"}}\n",
    "{\"type\":\"change_summary\",\"changes\":{\"add\":1,\"change\":1,\"remove\":0,\"operation\":\"plan\"}}\n",
    "{\"type\":\"outputs\",\"outputs\":{\"o\":{\"sensitive\":false,\"action\":\"create\",\"value\":\"pl4in\"}}}\n",
);

/// A root module in an account.
fn root(account: &str) -> String {
    format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket  = \"states\"\n    key     = \"x\"\n    region  = \"us-east-1\"\n    profile = \"shared\"\n  }}\n}}\n\nprovider \"aws\" {{\n  allowed_account_ids = [\"{account}\"]\n}}\n"
    )
}

/// A workflow whose one job runs these commands.
fn workflow(commands: &str) -> String {
    let commands = commands.lines().map(|line| format!("          {line}\n"));
    format!(
        "on: push\njobs:\n  plan:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{}",
        commands.collect::<String>()
    )
}

/// A repository, with stand-ins on PATH, a state directory and accounts beside it.
struct World {
    files: Checkout,
}

impl World {
    fn new(repository: &[(&str, &str)]) -> Self {
        let files = Checkout::without_git(&[]);
        files.write("repo/tfkeyless.hcl", CONFIG);
        for (path, text) in repository {
            files.write(&format!("repo/{path}"), text);
        }
        files.mark("repo");
        let world = Self { files };
        for (profile, id) in [("dev", 1), ("live", 2), ("shared", 3), ("keys", 3)] {
            world.write(&format!("accounts/{profile}"), &id.to_string().repeat(12));
        }
        let stand_ins = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify");
        fs::create_dir(world.path("bin")).unwrap();
        for (name, of) in [
            ("terraform", "terraform"),
            ("tofu", "terraform"),
            ("terragrunt", "terraform"),
            ("aws", "aws"),
        ] {
            let program = world.path("bin").join(name);
            fs::copy(stand_ins.join(of), &program).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.files.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        self.files.write(path, text);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = environment::tfkeyless();
        command
            .arg("verify")
            .args(arguments)
            .current_dir(self.path("repo"))
            .env_clear()
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.path("bin").display()),
            )
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("CALLS", self.path("calls"))
            .env("ACCOUNTS", self.path("accounts"))
            // What must not decide.
            .env("AWS_ACCESS_KEY_ID", "old")
            .env("AWS_SECRET_ACCESS_KEY", "old")
            .env("TF_CLI_ARGS", "-destroy")
            .env("TF_CLI_ARGS_init", "-migrate-state")
            .env("TF_WORKSPACE", "mine");
        command
    }

    fn verify(&self, arguments: &[&str]) -> Outcome {
        let arguments = [&["--yes"], arguments].concat();
        Outcome::from(self.command(&arguments).output().unwrap())
    }

    /// The results of a run, one of which is of each root module and variant.
    #[track_caller]
    fn results(&self, arguments: &[&str], code: i32) -> Vec<Value> {
        let arguments = [&["--format", "json"], arguments].concat();
        let outcome = self.verify(&arguments).code(code);
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/verify.schema.json");
        let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}\n{document:#}");
        document["results"].as_array().unwrap().clone()
    }

    /// `ROOT (VARIANT): RESULT at REACHED` of each.
    #[track_caller]
    fn told(&self, arguments: &[&str], code: i32) -> Vec<String> {
        let results = self.results(arguments, code);
        let told = results.iter().map(|result| {
            let text = |key: &str| result[key].as_str().unwrap().to_owned();
            let (root, variant) = (text("root_module"), text("variant"));
            format!(
                "{root} ({variant}): {} at {}",
                text("result"),
                text("reached")
            )
        });
        told.collect()
    }

    /// The calls of programs, a line each, since the last time.
    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let _ = fs::remove_file(self.path("calls"));
        text.lines().map(str::to_owned).collect()
    }
}

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
    let told = world.verify(&[]).code(1);
    for line in [
        "222222222222 (live)",
        "2 create, 1 update",
        "live: update aws_x.y[\"a b\"]",
        "1 plan without new changes, 1 with new changes, 1 failed, 1 not verified.",
    ] {
        assert!(told.stdout.contains(line), "{line}\n{}", told.stdout);
    }
    told.says("They run code of the repository");
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
fn what_only_a_run_knows_is_not_verified() {
    for (commands, reason, flags) in [
        (
            "terraform -chdir=dev init\nterraform -chdir=dev plan -var-file=$ENV.tfvars",
            "a file of values or an argument is known only when job `plan` of .github/workflows/x.yml runs",
            &["--var-file", "dev/other.tfvars"][..],
        ),
        (
            "terraform -chdir=dev workspace select $ENV\nterraform -chdir=dev plan",
            "the workspace is known only when job `plan` of .github/workflows/x.yml runs",
            &["--workspace", "default"],
        ),
        (
            "terraform -chdir=dev plan -var-file=missing.tfvars",
            "the file of values dev/missing.tfvars is not there",
            &["--var-file", "dev/other.tfvars"],
        ),
        (
            "terraform -chdir=dev init -backend-config=$FILE\nterraform -chdir=dev plan",
            "only a run tells the settings of its backend",
            &["--backend-config", "bucket=x"],
        ),
        (
            "cd $DIR\nterraform plan -var-file=x.tfvars",
            "job `plan` of .github/workflows/x.yml may plan it with a workspace or values of its choice",
            &["--var-file", "dev/other.tfvars"],
        ),
        // No run at all, and a file that Terraform does not load by itself.
        (
            "true",
            "no run tells which file of values it takes: other.tfvars",
            &["--var-file", "dev/other.tfvars"],
        ),
    ] {
        let world = World::new(&[
            ("dev/main.tf", &root("111111111111")),
            ("dev/other.tfvars", "a = 1\n"),
            ("dev/workspaces.txt", "  default\n"),
            (".github/workflows/x.yml", &workflow(commands)),
        ]);
        let results = world.results(&[], 2);
        assert_eq!(results.len(), 1, "{commands}");
        assert_eq!(results[0]["result"], "not_verified", "{commands}");
        assert_eq!(results[0]["reason"], reason);
        assert!(
            !world.calls().iter().any(|call| call.contains("|plan ")),
            "{commands}"
        );
        let results = world.results(flags, 0);
        assert_eq!(results[0]["result"], "no_changes", "{flags:?}");
    }
}

#[test]
fn a_variable_that_only_a_run_knows_counts_once_the_environment_sets_it() {
    let commands = "terraform -chdir=dev plan -var env=$ENV";
    let world = World::new(&[
        ("dev/main.tf", &root("111111111111")),
        (".github/workflows/x.yml", &workflow(commands)),
    ]);
    let results = world.results(&[], 2);
    assert_eq!(results[0]["cure"], "export TF_VAR_env=...");
    let mut set = world.command(&["--yes"]);
    Outcome::from(set.env("TF_VAR_env", "dev").output().unwrap()).code(0);
    assert!(world.calls().iter().any(|call| call.contains("|var=dev|")));
}

#[test]
fn every_variant_that_the_runs_know_is_planned_as_they_do() {
    let text = "on: push\njobs:\n  plan:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        env: [dev, live]\n    env:\n      TF_VAR_env: ${{ matrix.env }}\n    steps:\n      - run: |\n          terraform -chdir=stack init -backend-config=${{ matrix.env }}.hcl\n          terraform -chdir=stack workspace select ${{ matrix.env }}\n          terraform -chdir=stack plan -var-file=${{ matrix.env }}.tfvars -var a=b -out=x\n          terraform -chdir=stack apply x\n";
    let stack = "locals {\n  ids = { dev = \"111111111111\", live = \"222222222222\" }\n}\n\nprovider \"aws\" {\n  allowed_account_ids = [local.ids[terraform.workspace]]\n}\n";
    let world = World::new(&[
        ("stack/main.tf", stack),
        ("stack/dev.tfvars", ""),
        ("stack/live.tfvars", ""),
        ("stack/workspaces.txt", "  dev\n  live\n  old\n"),
        (".github/workflows/x.yml", text),
    ]);
    let old = |env: &str| {
        format!("stack (workspace old, -backend-config={env}.hcl): not_verified at nothing")
    };
    let variant = |env: &str| {
        format!(
            "stack (workspace {env}, -var-file={env}.tfvars, -var a, -var env, \
             -backend-config={env}.hcl): no_changes at plan"
        )
    };
    let mut told = world.told(&[], 2);
    told.retain(|line| {
        !line.contains("workspace dev, -backend") && !line.contains("workspace live, -backend")
    });
    assert_eq!(
        told,
        [variant("dev"), variant("live"), old("dev"), old("live")]
    );
    let calls = world.calls();
    for env in ["dev", "live"] {
        let init = format!("|profile={env}|key=|workspace=|var=|args=|init");
        assert!(calls.iter().any(|call| {
            call.contains(&init) && call.ends_with(&format!("-backend-config={env}.hcl"))
        }));
        let plan = format!(
            "|profile={env}|key=|workspace={env}|var={env}|args=|plan -json -input=false \
             -lock=false -detailed-exitcode -var-file={env}.tfvars -var=a=b"
        );
        assert!(calls.iter().any(|call| call.ends_with(&plan)), "{calls:#?}");
    }
    assert_eq!(
        calls.iter().filter(|call| call.contains("|plan ")).count(),
        2
    );
}

#[test]
fn a_workspace_that_does_not_exist_is_never_planned_since_that_would_make_it() {
    let commands = "terraform -chdir=dev workspace select gone\nterraform -chdir=dev plan";
    let world = World::new(&[
        ("dev/main.tf", &root("111111111111")),
        (".github/workflows/x.yml", &workflow(commands)),
    ]);
    let results = world.results(&[], 2);
    assert_eq!(
        results[0]["reason"],
        "the workspace does not exist in its backend"
    );
    let calls = world.calls();
    assert!(
        !calls.iter().any(|call| call.contains("workspace=gone")),
        "{calls:?}"
    );
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
    let told = world.verify(&["--expect", "../known.txt"]).code(0).stdout;
    assert!(
        told.contains("expected in line 3, and in no plan: live: create aws_x.z"),
        "{told}"
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
    let told = world.verify(&[]).code(1).stdout;
    assert!(
        !told.contains('\u{1b}') && told.contains("new\\nline: create aws_x.z"),
        "{told}"
    );
    // What is shown can be listed as expected.
    let lines = told
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
        let told = outcome.stdout + &outcome.stderr;
        assert!(
            !told.contains("pl4in") && told.contains("(aws_x.y)"),
            "{told}"
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
        world.told(&[], 2),
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
        assert_eq!(world.told(&[path], 0), ["live (): no_changes at plan"]);
    }
    world.calls();
    let unasked = Outcome::from(world.command(&[]).output().unwrap());
    unasked
        .code(2)
        .says("there is no terminal to ask on: run with --yes");
    assert_eq!(world.calls(), Vec::<String>::new());
}
