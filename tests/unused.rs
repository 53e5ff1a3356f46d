//! What removed roles leave behind, decided across files, modules and transforms.

use crate::support::{CONFIG, Tree, changed, reports, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

/// A root module whose one variable only its role uses.
const ROLE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/${var.r}\"\n  }\n}\n";
const VARIABLE: &str = "variable \"r\" {}\n";

#[track_caller]
fn planned(files: &[(&str, &str)], selection: Selection) -> (Tree, Plan) {
    let tree = Tree::new(files.iter().copied());
    let plan = tree.plan(CONFIG, selection).unwrap();
    (tree, plan)
}

/// That root module with more files.
#[track_caller]
fn with(more: &[(&str, &str)], selection: Selection) -> Plan {
    let mut files = vec![("a/main.tf", ROLE), ("a/variables.tf", VARIABLE)];
    files.extend(more);
    planned(&files, selection).1
}

fn scope(path: &str) -> Selection {
    Selection {
        scope: vec![path.into()],
        ..reviewed()
    }
}

#[test]
fn unused_declarations_need_review() {
    let plan = with(&[("a/x.tfvars", "r = \"x\"\n")], Selection::default());
    assert_eq!(changed(&plan), ["a/main.tf"]);
    assert_eq!(
        reports(&plan),
        [
            "a/variables.tf:1: variable \"r\" is no longer used: it is removed, with its value in a/x.tfvars"
        ]
    );
    let plan = with(&[("a/x.tfvars", "r = \"x\"\n")], reviewed());
    assert_eq!(
        changed(&plan),
        ["a/main.tf", "a/variables.tf", "a/x.tfvars"]
    );
    assert_eq!(reports(&plan), <[String; 0]>::default());
}

#[test]
fn nothing_is_left_behind_by_roles_that_stay() {
    // Its own account waits for a yes, which is not given; or no yes helps.
    let by_workspace = ROLE.replace("111111111111", "${local.ids[terraform.workspace]}")
        + "locals {\n  ids = { a = \"111111111111\", b = \"222222222222\" }\n}\n";
    let beside = ROLE.replace(
        "  assume_role",
        "  assume_role_with_web_identity {}\n  assume_role",
    );
    for (text, selection) in [
        (by_workspace.as_str(), Selection::default()),
        (beside.as_str(), reviewed()),
    ] {
        let files = [("a/main.tf", text), ("a/variables.tf", VARIABLE)];
        let (_, plan) = planned(&files, selection);
        let found = plan.findings.iter();
        let found = found.filter(|found| found.transform == "remove_unused");
        assert_eq!(found.count(), 0, "{text}");
        assert_eq!(plan.changes, [], "{text}");
    }
    let files = [
        ("a/main.tf", by_workspace.as_str()),
        ("a/variables.tf", VARIABLE),
    ];
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(changed(&plan), ["a/main.tf", "a/variables.tf"]);
    for path in ["a/read-only.tf", "b/main.tf"] {
        let files = [(path, ROLE), ("a/variables.tf", VARIABLE)];
        let (_, plan) = planned(&files, scope("a"));
        assert_eq!(plan.changes, [], "{path}");
    }
}

#[test]
fn nothing_is_found_where_one_of_both_is_off() {
    for id in ["remove_unused", "remove_assume_role"] {
        let selection = Selection {
            skip: [id.to_owned()].into(),
            ..reviewed()
        };
        let plan = with(&[], selection);
        let mut found = plan.findings.iter();
        assert!(
            found.all(|found| found.transform != "remove_unused"),
            "{id}"
        );
        assert!(
            !changed(&plan).contains(&"a/variables.tf".to_owned()),
            "{id}"
        );
    }
    let tree = Tree::new([("a/main.tf", ROLE), ("a/variables.tf", VARIABLE)]);
    let config = format!("{CONFIG}transform \"remove_unused\" {{ enabled = false }}\n");
    let plan = tree.plan(&config, reviewed()).unwrap();
    assert_eq!(changed(&plan), ["a/main.tf"]);
}

#[test]
fn a_role_that_is_gone_leaves_nothing_to_find() {
    let (tree, plan) = planned(
        &[("a/main.tf", ROLE), ("a/variables.tf", VARIABLE)],
        Selection::default(),
    );
    let after = tree.with(&plan);
    let again = after.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(again.changes, []);
    assert_eq!(reports(&again), <[String; 0]>::default());
}

#[test]
fn what_must_not_be_edited_keeps_what_it_uses() {
    let role = ROLE.replace("var.r", "local.r");
    let local = "locals {\n  r = var.r\n}\n";
    let files = [
        ("a/main.tf", role.as_str()),
        ("a/locals.tf", local),
        ("a/variables.tf", VARIABLE),
    ];
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(
        changed(&plan),
        ["a/locals.tf", "a/main.tf", "a/variables.tf"]
    );
    let fixed = [files[0], ("a/read-only.tf", local), files[2]];
    let (_, plan) = planned(&fixed, reviewed());
    assert_eq!(changed(&plan), ["a/main.tf"]);
    assert_eq!(
        reports(&plan),
        ["a/read-only.tf:2: local.r is not changed: a/read-only.tf is read-only"]
    );
    let mut selection = scope("a/main.tf");
    selection.scope.push("a/variables.tf".into());
    let (_, plan) = planned(&files, selection);
    assert_eq!(changed(&plan), ["a/main.tf"]);
}

#[test]
fn a_variable_and_its_values_go_together_or_not_at_all() {
    for fixed in ["a/read-only.tfvars", "a/env/read-only.tfvars"] {
        let plan = with(
            &[(fixed, "r = \"x\"\n"), ("a/x.tfvars", "r = 1\n")],
            reviewed(),
        );
        assert_eq!(changed(&plan), ["a/main.tf"]);
        let left = format!("a/variables.tf:1: variable \"r\" is not changed: {fixed} is read-only");
        assert_eq!(reports(&plan), [left]);
    }
}

#[test]
fn what_names_it_anywhere_keeps_it_in_silence() {
    let test = "run \"x\" {\n  assert {\n    condition = var.r == \"\"\n  }\n}\n";
    let generate = "generate \"x\" {\n  path = \"x.tf\"\n  contents = <<EOF\noutput \"r\" {\n  value = var.r\n}\nEOF\n}\n";
    for (path, text) in [
        ("a/x.tf", "output \"r\" {\n  value = var.r\n}\n"),
        ("a/x.tf", "locals {\n  x = { a = var.r, a = 1 }\n}\n"),
        (
            "a/x.tf.json",
            "{\"output\": {\"r\": {\"value\": \"${var.r}\"}}}\n",
        ),
        ("a/x.tfvars.json", "{\"r\": 1}\n"),
        ("a/x.tfvars", "r = \"\n"),
        ("a/tests/x.tftest.hcl", test),
        ("live/root.hcl", generate),
    ] {
        let plan = with(&[(path, text)], reviewed());
        assert_eq!(changed(&plan), ["a/main.tf"], "{path}");
        assert_eq!(reports(&plan), <[String; 0]>::default(), "{path}");
    }
    for (path, text) in [
        ("b/x.tf", "output \"r\" {\n  value = var.r\n}\n"),
        ("a/x.tf", "# var.r\n"),
        ("a/x.tfvars.json", "{\"rr\": 1}\n"),
        ("live/terragrunt.hcl", "inputs = {\n  r = \"x\"\n}\n"),
    ] {
        let plan = with(&[(path, text)], reviewed());
        assert_eq!(changed(&plan), ["a/main.tf", "a/variables.tf"], "{path}");
    }
}

#[test]
fn a_local_or_a_data_source_is_not_known_by_its_bare_name() {
    let role = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/${local.r}-${data.aws_region.r.name}\"\n  }\n}\n";
    let named = "locals {\n  r = \"x\"\n}\ndata \"aws_region\" \"r\" {}\n";
    for (value, expected) in [
        ("r", vec!["a/main.tf", "a/named.tf"]),
        ("${local.r}${data.aws_region.r.id}", vec!["a/main.tf"]),
    ] {
        let json = format!("{{\"output\": {{\"r\": {{\"value\": \"{value}\"}}}}}}");
        let files = [
            ("a/main.tf", role),
            ("a/named.tf", named),
            ("a/x.tf.json", json.as_str()),
        ];
        let (_, plan) = planned(&files, reviewed());
        assert_eq!(changed(&plan), expected, "{value}");
    }
}

#[test]
fn a_data_source_that_does_more_than_tell_stays() {
    let role = ROLE.replace("var.r", "data.x.y.z");
    for (data, goes) in [
        ("data \"x\" \"y\" {\n}\n", true),
        (
            "data \"x\" \"y\" {\n  lifecycle {\n    postcondition {}\n  }\n}\n",
            false,
        ),
    ] {
        let files = [("a/main.tf", role.as_str()), ("a/data.tf", data)];
        let (_, plan) = planned(&files, reviewed());
        assert_eq!(changed(&plan).len() == 2, goes, "{data}");
    }
    let state = "data \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n  config = {\n    bucket     = \"b\"\n    secret_key = \"x\"\n  }\n}\n";
    let role = ROLE.replace("var.r", "data.terraform_remote_state.s.outputs.r");
    let files = [("a/main.tf", role.as_str()), ("a/state.tf", state)];
    let (tree, plan) = planned(&files, reviewed());
    let after = tree.with(&plan);
    assert_eq!(
        after.0[std::path::Path::new("a/state.tf")],
        "data \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n  config = {\n    bucket = \"b\"\n  }\n}\n"
    );
}

#[test]
fn whoever_passes_it_on_the_command_line_keeps_it() {
    let terratest = "import \"github.com/gruntwork-io/terratest/modules/terraform\"\nvar o = terraform.Options{Vars: map[string]any{\"r\": 1}}\n";
    for (path, text) in [
        ("Jenkinsfile", "sh 'terraform plan -var r=x'\n"),
        ("test/a_test.go", terratest),
        (
            ".github/workflows/x.yml",
            "run: terraform apply -var='r=x'\n",
        ),
    ] {
        let plan = with(&[(path, text)], reviewed());
        assert_eq!(changed(&plan), ["a/main.tf"], "{path}");
        let left = format!(
            "a/variables.tf:1: variable \"r\" is used only by code that is removed: not removed, since {path} passes it by `-var`"
        );
        assert_eq!(reports(&plan), [left]);
    }
}

#[test]
fn an_environment_that_sets_it_is_reported() {
    let workflow = "env:\n  TF_VAR_r: ${{ vars.R }}\n";
    let plan = with(&[(".github/workflows/x.yml", workflow)], reviewed());
    let found = plan.findings.iter();
    let help = found.filter_map(|found| found.help.as_deref());
    assert_eq!(
        help.collect::<Vec<_>>(),
        ["remove `TF_VAR_r` in .github/workflows/x.yml too: it has no effect any more"]
    );
}

#[test]
fn a_variable_of_both_keys_and_a_role_goes_with_the_last_of_them() {
    let keyed = "provider \"aws\" {\n  version    = \"~> 5.0\"\n  access_key = var.k\n  secret_key = var.s\n}\n";
    let role = "provider \"aws\" {\n  alias      = \"dev\"\n  access_key = var.k\n  secret_key = var.s\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let variables = "variable \"k\" {}\nvariable \"s\" {}\n";
    let files = [
        ("main.tf", keyed),
        ("role.tf", role),
        ("variables.tf", variables),
    ];
    // The role waits for a yes.
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(changed(&plan), ["main.tf"]);
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(changed(&plan), ["main.tf", "role.tf", "variables.tf"]);
}

#[test]
fn keys_beside_a_role_leave_their_variables_behind_and_nobody_sees_them() {
    let role = ROLE.replace(
        "  assume_role",
        "  access_key = var.k\n  secret_key = var.s\n  assume_role",
    );
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let values = format!(
        "k = \"a\"\ns = \"{secret}\"\np = \"a very long password\"\nr = \"arn:of:a:role:r\"\n"
    );
    let files = [
        ("main.tf", role.as_str()),
        (
            "variables.tf",
            "variable \"k\" {}\nvariable \"s\" {}\nvariable \"r\" {}\nvariable \"p\" {\n  sensitive = true\n}\n",
        ),
        ("x.auto.tfvars", values.as_str()),
    ];
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(changed(&plan), ["main.tf", "variables.tf", "x.auto.tfvars"]);
    assert_eq!(plan.changes[2].after, "p = \"a very long password\"\n");
    assert_eq!(plan.secrets, ["a very long password", secret]);
    let about = |subject: &str| {
        let mut found = plan
            .findings
            .iter()
            .filter(|found| found.subject == subject);
        found.next().unwrap().help.clone()
    };
    let history = about("variable \"s\"").unwrap();
    assert!(
        history.contains("the value in x.auto.tfvars stays in git history"),
        "{history}"
    );
    assert_eq!(about("variable \"r\""), None);
}

#[test]
fn unused_declarations_call_for_no_init_of_their_own() {
    let plan = with(&[("a/env/x.tfvars", "r = \"x\"\n")], reviewed());
    assert_eq!(changed(&plan).len(), 3);
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert!(
        commands.iter().all(|command| !command.contains(" init")),
        "{commands:?}"
    );
}

#[test]
fn an_argument_that_a_release_drops_leaves_its_variable_behind() {
    let call = "module \"vpc\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.18.1\"\n  cidr    = \"10.0.0.0/16\"\n\n  enable_classiclink              = var.classic\n  private_subnets                 = []\n  assign_ipv6_address_on_creation = var.ipv6\n}\n";
    let files = [
        ("main.tf", call),
        (
            "variables.tf",
            "variable \"classic\" {}\nvariable \"ipv6\" {}\n",
        ),
    ];
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(changed(&plan), ["main.tf", "variables.tf"]);
    // The other one goes on under other names.
    assert_eq!(plan.changes[1].after, "variable \"ipv6\" {}\n");
}

#[test]
fn what_keys_were_put_together_from_goes_once_and_is_reported_once() {
    let provider = "provider \"aws\" {\n  version    = \"~> 5.0\"\n  access_key = local.key\n  secret_key = data.x.y.secret\n  token      = var.passed\n}\n";
    let names = "locals {\n  key = var.k\n}\ndata \"x\" \"y\" {}\nvariable \"k\" {}\nvariable \"passed\" {}\n";
    let files = [
        ("main.tf", provider),
        ("names.tf", names),
        ("run.sh", "terraform plan -var passed=x\n"),
    ];
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(plan.changes[1].after, "variable \"passed\" {}\n");
    assert_eq!(
        reports(&plan),
        [
            "names.tf:6: variable \"passed\" held static keys and is kept: run.sh passes it by `-var`"
        ]
    );
}

#[test]
fn a_local_of_terragrunt_is_not_the_modules() {
    let root = "locals {\n  id = \"111111111111\"\n}\ngenerate \"p\" {\n  path     = \"p.tf\"\n  contents = <<EOF\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::${local.id}:role/x\"\n  }\n}\nEOF\n}\n";
    let files = [
        ("root.hcl", root),
        ("main.tf", "locals {\n  id = \"unused\"\n}\n"),
    ];
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(changed(&plan), ["root.hcl"]);
    assert!(plan.changes[0].after.starts_with("locals {\n  id"));
}

#[test]
fn what_waits_for_a_data_source_keeps_it() {
    let role = ROLE.replace("var.r", "data.x.y.z");
    let files = [
        ("main.tf", role.as_str()),
        (
            "data.tf",
            "data \"x\" \"y\" {}\nresource \"r\" \"r\" {\n  depends_on = [data.x.y]\n}\n",
        ),
    ];
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(changed(&plan), ["main.tf"]);
    assert_eq!(reports(&plan), <[String; 0]>::default());
}

#[test]
fn what_another_transform_rewrites_stays() {
    let role = ROLE
        .replace("~> 5.0", "~> 4.67")
        .replace("var.r", "local.db");
    let files = [
        ("main.tf", role.as_str()),
        (
            "db.tf",
            "resource \"aws_db_instance\" \"x\" {\n  name = \"x\"\n}\nlocals {\n  db = aws_db_instance.x.name\n}\n",
        ),
    ];
    let (_, plan) = planned(&files, reviewed());
    assert_eq!(changed(&plan), ["db.tf", "main.tf"]);
    assert_eq!(
        plan.changes[0].after,
        files[1]
            .1
            .replace("name = ", "db_name = ")
            .replace("x.name", "x.db_name")
    );
}
