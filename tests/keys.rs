//! Which static keys go, decided across files and transforms.

use std::path::Path;

use crate::support::{self, CONFIG, Tree, changed, reports};
use engine::plan::Plan;
use engine::selection::Selection;

const KEYED: &str = "provider \"aws\" {\n  version    = \"~> 5.0\"\n  access_key = var.a\n  secret_key = var.b\n}\n";
const BLOCK: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n    token  = \"x\"\n  }\n}\n";
const PARTIAL: &str = "terraform {\n  backend \"s3\" {}\n}\n";
const FILE: &str = "bucket = \"b\"\nkey = \"k\"\nsecret_key = \"x\"\n";
const PROFILED: &str = "bucket = \"b\"\nkey = \"k\"\nprofile = \"shared\"\n";

#[track_caller]
fn planned(files: &[(&str, &str)], selection: Selection) -> (Tree, Plan) {
    let tree = Tree::new(files.iter().copied());
    let plan = tree.plan(CONFIG, selection).unwrap();
    (tree, plan)
}

/// A selection of these transforms, or of all but these.
fn selection(only: &[&str], skip: &[&str]) -> Selection {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Selection {
        only: owned(only),
        skip: owned(skip),
        ..Selection::default()
    }
}

fn scope(path: &str) -> Selection {
    Selection {
        scope: vec![path.into()],
        ..Selection::default()
    }
}

#[test]
fn keys_and_profile_of_a_backend_change_together_or_not_at_all() {
    let files = [("main.tf", BLOCK)];
    let (_, plan) = planned(&files, selection(&["remove_static_keys"], &[]));
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        ["main.tf:5: the S3 backend has `token` and no profile, and none is added: not changed"]
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
            "main.tf:5: the S3 backend has `token`, and needs the profile of the account that holds the state in their place"
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
            "dev.tfbackend:2: the S3 backend has `secret_key`: not changed, main.tf is not among the paths named"
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
            "not changed, main.tf declines set_backend_profile",
        ),
        (
            vec![
                (ci, shared),
                ("a/main.tf", partial),
                ("b/main.tf", other),
                ("s.hcl", "bucket = \"b\"\n"),
            ],
            "a/main.tf:3",
            "and s.hcl completes backends that differ: not changed",
        ),
        (
            vec![(ci, &*gone), ("a/main.tf", partial)],
            "a/main.tf:3",
            "not changed, a/gone.hcl is not in the repository",
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
        (role, "prod.tfbackend sets `assume_role`: not changed"),
        (
            other,
            "prod.tfbackend a profile that is not the one wanted: not changed",
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
            .contains("b.tfbackend:2: the S3 backend has `token`, and a.tfbackend sets `profile`")),
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
fn an_alias_keeps_its_keys_where_the_default_provider_keeps_them() {
    let alias = KEYED.replace("version    = \"~> 5.0\"", "alias      = \"us\"");
    let files = [("a.tf", KEYED), ("b.tf", alias.as_str())];
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(changed(&plan), ["a.tf", "b.tf"]);
    let (_, plan) = planned(&files, scope("b.tf"));
    assert_eq!(plan.changes, []);
    let fixed = [("read-only.tf", KEYED), ("b.tf", alias.as_str())];
    let (_, plan) = planned(&fixed, Selection::default());
    assert_eq!(plan.changes, []);
}

#[test]
fn keys_and_role_of_a_provider_go_together_or_not_at_all() {
    let role = KEYED.replace(
        "  secret_key",
        "  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n  secret_key",
    );
    let files = [("main.tf", role.as_str())];
    let (before, plan) = planned(&files, Selection::default());
    let main = &before.with(&plan).0[Path::new("main.tf")];
    assert!(!main.contains("key") && !main.contains("role"), "{main}");
    for id in ["remove_assume_role", "remove_static_keys"] {
        let selection = Selection {
            skip: [id.to_owned()].into(),
            ..Selection::default()
        };
        let (_, plan) = planned(&files, selection);
        assert_eq!(plan.changes, [], "without {id}");
    }
    let local = role.replace(
        "  assume_role",
        "  endpoints {\n    s3 = \"http://localhost:4566\"\n  }\n  assume_role",
    );
    let (_, plan) = planned(&[("main.tf", local.as_str())], Selection::default());
    assert_eq!((plan.changes.len(), reports(&plan).len()), (0, 0));
}

#[test]
fn an_override_loses_its_keys_with_the_block_it_overrides() {
    let other = "provider \"aws\" {\n  secret_key = \"x\"\n}\n";
    let files = [("main.tf", KEYED), ("main_override.tf", other)];
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(changed(&plan), ["main.tf", "main_override.tf"]);
    let (_, plan) = planned(&files, scope("main.tf"));
    assert_eq!(plan.changes, []);
}

#[test]
fn a_literal_key_is_said_to_stay_in_history() {
    let literal = KEYED.replace("var.a", "\"AKIAIOSFODNN7EXAMPLE\"");
    let (_, plan) = planned(&[("main.tf", literal.as_str())], Selection::default());
    let help = plan.findings[0].help.as_deref().unwrap();
    assert!(
        help.ends_with("the value of `access_key` stays in git history"),
        "{help}"
    );
    let (_, plan) = planned(&[("main.tf", KEYED)], Selection::default());
    assert_eq!(plan.findings[0].help, None);
}

#[test]
fn a_provider_without_keys_needs_a_sign_in_a_backend_an_init_too() {
    let (_, plan) = planned(&[("a/main.tf", KEYED)], Selection::default());
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert_eq!(
        commands,
        [
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
            "aws sso login --profile PROFILE",
            "export AWS_PROFILE=PROFILE   # of the account that it deploys to",
            "aws sts get-caller-identity",
            "tfkeyless verify",
        ]
    );
    let profiled = BLOCK.replace("token  = \"x\"", "token  = \"x\"\n    profile = \"shared\"");
    let (_, plan) = planned(&[("a/main.tf", profiled.as_str())], Selection::default());
    let mut commands = plan
        .steps
        .iter()
        .rev()
        .flat_map(|step| step.commands.iter().rev());
    assert_eq!(commands.next().unwrap(), "tfkeyless verify");
    assert_eq!(
        commands.next().unwrap(),
        "terraform -chdir=a init -reconfigure"
    );
}

/// A root module whose two variables feed keys alone, with more files.
#[track_caller]
fn with_variables(more: &[(&str, &str)], selection: Selection) -> Plan {
    let mut files = vec![
        ("a/main.tf", KEYED),
        ("a/variables.tf", "variable \"a\" {}\n\nvariable \"b\" {}\n"),
    ];
    files.extend(more);
    planned(&files, selection).1
}

#[test]
fn variables_and_values_go_together_or_not_at_all() {
    let plan = with_variables(&[("a/env/dev.tfvars", "a = \"x\"\n")], Selection::default());
    assert_eq!(
        changed(&plan),
        ["a/env/dev.tfvars", "a/main.tf", "a/variables.tf"]
    );
    let roots: Vec<_> = plan.steps.iter().map(|step| step.why.as_str()).collect();
    assert!(
        roots.iter().all(|why| !why.contains("Reinitialize")),
        "{roots:?}"
    );
    for fixed in ["a/read-only.tfvars", "a/env/read-only.tfvars"] {
        let plan = with_variables(&[(fixed, "a = \"x\"\n")], Selection::default());
        assert_eq!(changed(&plan), ["a/main.tf", "a/variables.tf"]);
        let left = format!("a/variables.tf:1: variable \"a\" is not changed: {fixed} is read-only");
        assert_eq!(reports(&plan), [left]);
    }
    let plan = with_variables(&[("a/x.tfvars", "a = \"x\"\n")], scope("a/main.tf"));
    assert_eq!(changed(&plan), ["a/main.tf"]);
}

#[test]
fn a_variable_stays_where_anything_may_need_it() {
    let alias =
        "provider \"aws\" {\n  alias      = \"x\"\n  access_key = var.a\n  secret_key = \"y\"\n}\n";
    let odd = "locals {\n  x = { a = var.a, a = 1 }\n}\n";
    for (path, text, why) in [
        ("a/x.tf", alias, "a/x.tf:3 uses it"),
        ("a/x.tf", odd, "a/x.tf:2 uses it"),
        (
            "a/x.tftest.hcl",
            "variables {\n  a = 1\n}\n",
            "a/x.tftest.hcl names it",
        ),
        (
            "a/tests/x.tftest.hcl",
            "variables {\n  a = 1\n}\n",
            "a/tests/x.tftest.hcl names it",
        ),
        (
            "a/x.tfvars.json",
            "{\"a\": 1}\n",
            "a/x.tfvars.json names it",
        ),
        ("a/x.tfvars", "a = \"\n", "a/x.tfvars names it"),
        (
            "a/run.sh",
            "terraform apply -var a=$A\n",
            "a/run.sh passes it by `-var`",
        ),
        (
            "web/Jenkinsfile",
            "sh 'terraform apply -var a=$A'\n",
            "web/Jenkinsfile passes it by `-var`",
        ),
        (
            "Makefile",
            "plan:\n\tterraform plan -var 'a=$(A)'\n",
            "Makefile passes it by `-var`",
        ),
    ] {
        // Jenkins runs it with credentials of its own.
        let review = path.ends_with("Jenkinsfile");
        let selection = Selection {
            review,
            ..Selection::default()
        };
        let plan = with_variables(&[(path, text)], selection);
        let left = format!("a/variables.tf:1: variable \"a\" held static keys and is kept: {why}");
        assert!(
            reports(&plan).contains(&left),
            "{why}: {:?}",
            reports(&plan)
        );
        assert_eq!(plan.changes[1].after, "variable \"a\" {}\n", "{why}");
    }
}

#[test]
fn a_variable_in_the_environment_does_no_harm() {
    let workflow = "env:\n  TF_VAR_a: ${{ secrets.A }}\n";
    let plan = with_variables(
        &[(".github/workflows/x.yml", workflow)],
        Selection::default(),
    );
    assert_eq!(changed(&plan), ["a/main.tf", "a/variables.tf"]);
    let help: Vec<_> = plan
        .findings
        .iter()
        .filter_map(|found| found.help.as_deref())
        .collect();
    assert_eq!(
        help,
        ["`TF_VAR_a` in .github/workflows/x.yml has no effect any more: remove it too"]
    );
}

#[test]
fn a_called_module_keeps_its_variables() {
    let state = "data \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n  config = {\n    secret_key = var.b\n  }\n}\nvariable \"b\" {}\n";
    let call = "module \"m\" {\n  source = \"../m\"\n  b      = \"x\"\n}\n";
    let files = [("m/main.tf", state), ("root/main.tf", call)];
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(changed(&plan), ["m/main.tf"]);
    assert_eq!(
        reports(&plan),
        [
            "m/main.tf:7: variable \"b\" held static keys and is kept: root, which calls the module, may set it"
        ]
    );
}

#[test]
fn a_secret_in_a_value_is_said_to_stay_in_history() {
    let plan = with_variables(&[("a/x.auto.tfvars", "b = \"x\"\n")], Selection::default());
    let help: Vec<_> = plan
        .findings
        .iter()
        .filter_map(|found| found.help.as_deref())
        .collect();
    assert_eq!(help.len(), 1, "{help:?}");
    assert!(
        help[0].contains("the value in a/x.auto.tfvars stays in git history"),
        "{help:?}"
    );
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
    let unowned = "other.tfbackend:3: the S3 backend has `secret_key` in this file, and no S3 backend here is completed by it: not changed";
    assert!(
        reported.iter().any(|reported| reported == unowned),
        "{reported:?}"
    );
}

#[test]
fn a_test_of_a_called_module_is_called_by_nobody() {
    let call = "module \"m\" {\n  source = \"../m\"\n}\n";
    let files = [
        (
            "m/main.tf",
            "terraform {\n  required_version = \">= 1.6\"\n}\n",
        ),
        ("m/x.tftest.hcl", KEYED),
        ("root/main.tf", call),
    ];
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(changed(&plan), ["m/x.tftest.hcl"]);
}

#[test]
fn values_below_a_module_are_its_own_not_those_of_another_root() {
    let state = "data \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n  config = {\n    secret_key = var.b\n  }\n}\nvariable \"b\" {}\n";
    let files = [
        ("a/main.tf", support::ROLE_1),
        ("a/state.tf", state),
        ("a/env/dev.tfvars", "b = \"x\"\n"),
    ];
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(
        changed(&plan),
        ["a/env/dev.tfvars", "a/main.tf", "a/state.tf"]
    );
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert!(
        commands
            .iter()
            .all(|command| !command.contains("PROFILE=PROFILE")),
        "{commands:?}"
    );
}

#[test]
fn a_variable_stays_where_the_keys_it_feeds_stay() {
    let plan = with_variables(&[], scope("a/variables.tf"));
    assert_eq!(plan.changes, []);
    let backend = "terraform {\n  backend \"s3\" {\n    token = var.b\n  }\n}\n";
    let config = "state_profile = \"p\"\nstate_bucket \"b\" { profile = \"q\" }\n";
    let files = [
        ("a/main.tf", KEYED),
        ("a/backend.tf", backend),
        ("a/variables.tf", "variable \"a\" {}\nvariable \"b\" {}\n"),
    ];
    for (selection, expected) in [
        (Selection::default(), "variable \"b\" {}\n"),
        (support::reviewed(), ""),
    ] {
        let plan = Tree::new(files).plan(config, selection).unwrap();
        let variables = plan
            .changes
            .iter()
            .find(|found| found.path.ends_with("variables.tf"));
        assert_eq!(variables.unwrap().after, expected);
    }
}
