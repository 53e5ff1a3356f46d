//! Variables that only fed keys, and their values.

use crate::support::{self, Tree, changed, reports};
use engine::plan::Plan;
use engine::selection::Selection;

use super::{KEYED, planned, scope};

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
        ["remove `TF_VAR_a` in .github/workflows/x.yml too: it has no effect any more"]
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
