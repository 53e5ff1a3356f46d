//! Terragrunt files, and what they mean for the rest of the tree.

use crate::support::{CONFIG, ROLE_1, Tree, changed, reports};
use engine::error::PlanError;
use engine::selection::Selection;

/// Settings for the backends of all units.
const STATE: &str = "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";

/// An empty backend.
const EMPTY: &str = "terraform {\n  backend \"s3\" {}\n}\n";

/// A `generate` block with these lines.
fn generate(lines: &str) -> String {
    format!("generate \"x\" {{\n  path = \"x.tf\"\n  contents = <<EOF\n{lines}EOF\n}}\n")
}

#[test]
fn an_empty_backend_is_terragrunts_where_its_settings_stand_in_the_tree() {
    let modules = [("modules/a/main.tf", EMPTY), ("modules/b/main.tf", EMPTY)];
    let alone = Tree::new(modules);
    let plan = alone.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["modules/a/main.tf", "modules/b/main.tf"]);

    let generated = generate(EMPTY);
    let tree = Tree::new(modules.into_iter().chain([
        ("live/root.hcl", STATE),
        ("live/a/terragrunt.hcl", generated.as_str()),
    ]));
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["live/root.hcl"]);
    assert_eq!(reports(&plan), Vec::<String>::new());

    // A block that says more is one of its own, and so is one with settings files.
    let own = EMPTY.replace("{}", "{\n    key = \"own\"\n  }");
    let tree = Tree::new([
        ("root.hcl", STATE),
        ("own/main.tf", own.as_str()),
        ("files/main.tf", EMPTY),
        ("files/dev.tfbackend", "bucket = \"b\"\nkey = \"k\"\n"),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(
        changed(&plan),
        ["files/dev.tfbackend", "own/main.tf", "root.hcl"]
    );

    let of_google = STATE.replace("\"s3\"", "\"gcs\"");
    let tree = Tree::new([("root.hcl", of_google.as_str()), ("main.tf", EMPTY)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["main.tf"]);
    assert_eq!(reports(&plan), Vec::<String>::new());
}

#[test]
fn settings_files_do_not_complete_what_is_generated() {
    let generated = generate("terraform {\n  backend \"s3\" {\n    key = \"k\"\n  }\n}\n");
    let tree = Tree::new([
        ("main.tf", EMPTY),
        ("dev.tfbackend", "bucket = \"b\"\n"),
        ("terragrunt.hcl", generated.as_str()),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["dev.tfbackend", "terragrunt.hcl"]);
}

#[test]
fn any_hcl_file_may_be_terragrunts() {
    let tree = Tree::new([
        ("_envcommon/state.hcl", STATE),
        ("tfkeyless.hcl", STATE),
        ("a.pkr.hcl", "source \"x\" \"y\" {\n  generate = true\n}\n"),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["_envcommon/state.hcl"]);
    assert_eq!(plan.skipped, []);
}

#[test]
fn a_file_that_does_not_close_stops_the_plan_only_where_its_name_is_terragrunts() {
    let open = "generate \"x\" {\n";
    for (name, stops) in [
        ("live/terragrunt.hcl", true),
        ("root.hcl", true),
        ("job.hcl", false),
    ] {
        let tree = Tree::new([(name, open), ("state.hcl", STATE)]);
        match tree.plan(CONFIG, Selection::default()) {
            Err(PlanError::Broken(_)) => assert!(stops, "{name}"),
            Err(error) => panic!("{error}"),
            Ok(plan) => {
                assert!(!stops, "{name}");
                assert_eq!(changed(&plan), ["state.hcl"]);
                assert_eq!(plan.skipped[0].line, Some(1));
                assert_eq!(plan.skipped[0].reason, "is not read: `{` is never closed");
            }
        }
    }
}

#[test]
fn what_is_not_understood_is_named_and_left() {
    let directive = generate("%{ if true }\nprovider \"aws\" {}\n%{ endif }\n");
    let bare = generate(
        "provider \"aws\" {\n  region = 5${local.region}\n  assume_role {\n    role_arn = \"x\"\n  }\n}\n",
    );
    let quoted = "generate \"x\" {\n  contents = \"provider \\\"aws\\\" {}\"\n}\n";
    let twice = "remote_state {\n  backend = \"s3\"\n  config = {\n    a = 1\n    a = 2\n  }\n}\n";
    let role = "locals {\n  a = { b = 1, b = 2 }\n}\niam_role = \"arn\"\n";
    for (text, line, reason) in [
        (
            directive.as_str(),
            4,
            "is left: what this `generate` block writes is not understood: neither a block nor \
             an attribute begins here",
        ),
        (&bare, 4, "is left: this `provider` block is not understood"),
        (
            quoted,
            2,
            "is left: what this `generate` block writes is no heredoc",
        ),
        (
            twice,
            1,
            "is left: this `remote_state` block is not understood",
        ),
        (role, 1, "is left: its `iam_role` is not understood"),
    ] {
        let tree = Tree::new([("root.hcl", text)]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(plan.changes, []);
        assert_eq!(plan.skipped.len(), 1, "{text}");
        assert_eq!(plan.skipped[0].line, Some(line), "{text}");
        let said = &plan.skipped[0].reason;
        assert!(said.starts_with(reason), "{said}");
    }
}

#[test]
fn each_file_decides_for_the_providers_that_it_has_generated() {
    let alias = ROLE_1.replace("version = \"~> 5.0\"", "alias   = \"us\"");
    let apart = [
        ("root.hcl", generate(ROLE_1)),
        ("a/terragrunt.hcl", generate(&alias)),
    ];
    let tree = Tree::new(apart.each_ref().map(|(path, text)| (*path, text.as_str())));
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["root.hcl"]);
    assert_eq!(
        reports(&plan),
        [
            "a/terragrunt.hcl:6: provider \"aws.us\" no longer assumes a role: the profile \"dev\" is that of account 111111111111 (dev)"
        ]
    );
    let together = generate(ROLE_1) + &generate(&alias);
    let tree = Tree::new([("root.hcl", together.as_str())]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let after = &plan.changes[0].after;
    assert!(
        !after.contains("assume_role") && after.contains("us"),
        "{after}"
    );
}

#[test]
fn a_role_in_a_generated_provider_moves_the_providers_without_one() {
    let roleless = "provider \"aws\" {\n  version = \"~> 5.0\"\n}\n";
    let generated = generate(ROLE_1);
    let tree = Tree::new([("root.hcl", generated.as_str()), ("b/main.tf", roleless)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let said = reports(&plan);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("b/main.tf:1: provider \"aws\" has no credentials of its own"));
}

#[test]
fn a_role_of_terragrunts_own_is_told_unless_it_is_none_or_keyless() {
    for (text, reported) in [
        ("iam_role = local.role\n", true),
        ("iam_role = \"\"\n", false),
        ("iam_role = null\n", false),
        (
            "iam_role = \"arn\"\niam_web_identity_token = \"t\"\n",
            false,
        ),
        ("inputs = {\n  iam_role = \"arn\"\n}\n", false),
    ] {
        let tree = Tree::new([("terragrunt.hcl", text)]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(reports(&plan).len(), usize::from(reported), "{text}");
    }
}

#[test]
fn the_next_step_initialises_the_units_below() {
    let commands = |files: &[(&str, &str)]| {
        let tree = Tree::new(files.iter().copied());
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let steps = plan.steps.into_iter();
        steps.flat_map(|step| step.commands).collect::<Vec<_>>()
    };
    let sign_in = [
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
        "aws sso login --profile shared",
        "aws sso login --profile PROFILE",
        "export AWS_PROFILE=PROFILE   # of the account that it deploys to",
        "aws sts get-caller-identity",
    ];
    let with = |inits: &[&'static str]| [&sign_in[..], inits, &["tfkeyless verify"]].concat();
    assert_eq!(
        commands(&[
            ("live/dev/root.hcl", STATE),
            ("live/prod/terragrunt.hcl", STATE)
        ]),
        with(&[
            "terragrunt run --all --working-dir live/dev -- init -reconfigure   # before 0.73: terragrunt run-all init -reconfigure --terragrunt-working-dir live/dev",
            "terragrunt run --all --working-dir live/prod -- init -reconfigure   # before 0.73: terragrunt run-all init -reconfigure --terragrunt-working-dir live/prod",
        ])
    );
    let everywhere = with(&[
        "terragrunt run --all -- init -reconfigure   # before 0.73: terragrunt run-all init -reconfigure",
    ]);
    assert_eq!(commands(&[("common/state.hcl", STATE)]), everywhere);
    assert_eq!(
        commands(&[("root.hcl", STATE), ("live/a/terragrunt.hcl", STATE)]),
        everywhere,
        "once for what lies below"
    );
    let generated = generate(ROLE_1);
    assert_eq!(
        commands(&[("root.hcl", &generated)]),
        [&sign_in[..1], &sign_in[2..], &["tfkeyless verify"]].concat()
    );
}

#[test]
fn terragrunt_is_run_in_the_form_that_the_tree_uses() {
    let inits = |files: &[(&str, &str)]| {
        let tree = Tree::new(files.iter().copied());
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let commands = plan.steps.into_iter().flat_map(|step| step.commands);
        commands
            .filter(|it| it.contains("terragrunt"))
            .collect::<Vec<_>>()
    };
    let old = "terragrunt run-all init -reconfigure --terragrunt-working-dir live";
    let new = "terragrunt run --all --working-dir live -- init -reconfigure";
    let root = ("live/root.hcl", STATE);
    assert_eq!(
        inits(&[root, ("Makefile", "plan:\n\tterragrunt run-all plan\n")]),
        [old]
    );
    assert_eq!(
        inits(&[root, ("plan.sh", "terragrunt run --all plan\n")]),
        [new]
    );
    assert_eq!(
        inits(&[
            root,
            ("plan.sh", "terragrunt run-all plan\n"),
            ("Makefile", "plan:\n\tterragrunt run --all plan\n")
        ]),
        [format!("{new}   # before 0.73: {old}")]
    );
    // A unit that includes what is above it has none below.
    let unit = format!("include \"root\" {{\n  path = find_in_parent_folders()\n}}\n{STATE}");
    assert_eq!(
        inits(&[("live/app/terragrunt.hcl", &unit)]),
        ["(cd live/app && terragrunt init -reconfigure)"]
    );
    assert_eq!(
        inits(&[root, ("live/app/terragrunt.hcl", &unit)]),
        [format!("{new}   # before 0.73: {old}")]
    );
}
