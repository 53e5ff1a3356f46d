//! Static keys that go from variables of root modules to providers by way of locals, objects and module calls.

mod generated;

use std::path::Path;

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{Tree, changed, reports, reviewed};

const CI: &str = ".github/workflows/ci.yml";
const JOB: &str = "on:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      TF_VAR_access_key: ${{ secrets.X }}\n      TF_VAR_secret_key: ${{ secrets.Y }}\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform init && terraform apply -auto-approve\n";
const VARIABLES: &str = "variable \"access_key\" {}\nvariable \"secret_key\" {}\n";
const BOTH: &str = "  access_key = var.access_key\n  secret_key = var.secret_key\n";

fn provider(id: &str, secret: &str) -> String {
    format!(
        "provider \"aws\" {{\n  region     = \"eu-west-1\"\n  access_key = {id}\n  secret_key = {secret}\n}}\n"
    )
}

fn own_provider() -> String {
    provider("var.access_key", "var.secret_key")
}

fn call(name: &str, source: &str, arguments: &str) -> String {
    format!("module \"{name}\" {{\n  source = \"{source}\"\n{arguments}}}\n")
}

fn planned(files: &[(&str, &str)], selection: Selection) -> Plan {
    let own = [(CI, JOB)].into_iter();
    let own = own.filter(|(path, _)| !files.iter().any(|(given, _)| given == path));
    Tree::new(own.chain(files.iter().copied()))
        .plan("", selection)
        .unwrap()
}

#[test]
fn keys_go_with_all_that_passes_them_on() {
    let own = own_provider();
    let object =
        "variable \"credentials\" {\n  type = object({ id = string, secret = string })\n}\n";
    let of_object = provider("var.credentials.id", "var.credentials.secret");
    let passed = call("x", "./x", BOTH);
    let leaf = format!("{VARIABLES}{own}");
    let rows: Vec<(&str, Vec<(&str, String)>)> = vec![
        ("a call", vec![
            ("main.tf", format!("{VARIABLES}{passed}")),
            ("x/main.tf", leaf.clone()),
        ]),
        ("three levels with other names", vec![
            ("main.tf", format!("{VARIABLES}{}", call("x", "./x", "  id     = var.access_key\n  secret = var.secret_key\n"))),
            ("x/main.tf", format!("variable \"id\" {{}}\nvariable \"secret\" {{}}\n{}", call("y", "./y", "  key   = var.id\n  other = \"${var.secret}\"\n"))),
            ("x/y/main.tf", format!("variable \"key\" {{}}\nvariable \"other\" {{}}\n{}", call("z", "../../z", "  access_key = var.key\n  secret_key = var.other\n"))),
            ("z/main.tf", leaf.clone()),
        ]),
        ("a local", vec![
            ("main.tf", format!("{VARIABLES}{}", provider("local.key", "local.secret"))),
            ("locals.tf", "locals {\n  key    = var.access_key\n  secret = var.secret_key\n}\n".to_owned()),
        ]),
        ("a chain of locals", vec![
            ("main.tf", format!("{VARIABLES}locals {{\n  a = var.access_key\n  b = local.a\n  c = \"${{local.b}}\"\n  d = var.secret_key\n}}\n{}", provider("local.c", "local.d"))),
        ]),
        ("an object of locals", vec![
            ("main.tf", format!("{VARIABLES}locals {{\n  keys = {{\n    id     = var.access_key\n    secret = var.secret_key\n  }}\n}}\n{}", provider("local.keys.id", "local.keys.secret"))),
        ]),
        ("an object in a call", vec![
            ("main.tf", format!("{VARIABLES}{}", call("x", "./x", "  credentials = { id = var.access_key, secret = var.secret_key }\n"))),
            ("x/main.tf", format!("{object}{of_object}")),
        ]),
        ("an object by way of a local and a module", vec![
            ("main.tf", format!("{VARIABLES}locals {{\n  keys = {{ id = var.access_key, secret = var.secret_key }}\n}}\n{}", call("x", "./x", "  keys = local.keys\n"))),
            ("x/main.tf", format!("variable \"keys\" {{}}\n{}", call("y", "./y", "  credentials = var.keys\n"))),
            ("x/y/main.tf", format!("{object}{of_object}")),
        ]),
        ("a provider of the root module, too", vec![
            ("main.tf", format!("{leaf}{passed}")),
            ("x/main.tf", leaf.clone()),
        ]),
        ("two calls of one module", vec![
            ("main.tf", format!("{VARIABLES}{passed}{}", call("y", "./x", BOTH))),
            ("x/main.tf", leaf.clone()),
        ]),
        ("two modules of one pair", vec![
            ("main.tf", format!("{VARIABLES}{passed}{}", call("y", "./y", BOTH))),
            ("x/main.tf", leaf.clone()),
            ("y/main.tf", leaf.clone()),
        ]),
        ("a remote state in the called module", vec![
            ("main.tf", format!("{VARIABLES}{passed}")),
            ("x/main.tf", format!("{leaf}data \"terraform_remote_state\" \"s\" {{\n  backend = \"s3\"\n  config = {{\n    bucket     = \"b\"\n    access_key = var.access_key\n    secret_key = var.secret_key\n  }}\n}}\n")),
        ]),
        ("a root module beside, with values in a file", vec![
            ("main.tf", format!("{VARIABLES}{passed}")),
            ("x/main.tf", leaf.clone()),
            ("other/main.tf", format!("{VARIABLES}{}", call("x", "../x", BOTH))),
            ("other/terraform.tfvars", "access_key = \"AKIAIOSFODNN7EXAMPLE\"\nsecret_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\nname       = \"x\"\n".to_owned()),
        ]),
    ];
    for (name, files) in rows {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
        let plan = planned(&files, Selection::default());
        let own = [(CI, JOB)].into_iter().chain(files.iter().copied());
        let after = Tree::new(own).with(&plan);
        for (path, text) in &after.0 {
            for word in [
                "access_key",
                "secret_key",
                "secrets.",
                "credentials",
                "keys",
                "local",
            ] {
                let is_action = word == "credentials" && path == Path::new(CI);
                assert!(
                    is_action || !text.contains(word),
                    "{name}: {word}\n{text}{:#?}",
                    reports(&plan)
                );
            }
        }
        assert!(
            after.0[Path::new(CI)].contains("role-to-assume: ${{ vars.X_AWS_OIDC_ROLE_ARN }}"),
            "{name}"
        );
    }
}

#[test]
fn an_object_in_a_file_of_values_goes_with_the_provider() {
    let files = [
        ("main.tf", format!("variable \"keys\" {{}}\nvariable \"name\" {{}}\n{}", call("x", "./x", "  keys = var.keys\n  name = var.name\n"))),
        ("x/main.tf", format!("variable \"keys\" {{}}\nvariable \"name\" {{}}\n{}", provider("var.keys.id", "var.keys.secret"))),
        ("terraform.tfvars", "keys = {\n  id     = \"AKIAIOSFODNN7EXAMPLE\"\n  secret = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\n}\nname = \"x\"\n".to_owned()),
    ];
    let tree = Tree::new(files.iter().map(|(path, text)| (*path, &**text)));
    let plan = tree.plan("", Selection::default()).unwrap();
    let after = tree.with(&plan);
    assert_eq!(
        after.0[Path::new("terraform.tfvars")],
        "name = \"x\"\n",
        "{:#?}",
        reports(&plan)
    );
    assert_eq!(
        after.0[Path::new("main.tf")],
        "variable \"name\" {}\nmodule \"x\" {\n  source = \"./x\"\n  name = var.name\n}\n"
    );
    assert_eq!(
        after.0[Path::new("x/main.tf")],
        "variable \"name\" {}\nprovider \"aws\" {\n  region = \"eu-west-1\"\n}\n"
    );
}

/// What it is, the files, and why all stays.
type Row<'r> = (&'r str, Vec<(&'r str, String)>, &'r str);

#[test]
fn what_is_not_known_of_a_passage_holds_all_of_it() {
    let leaf = format!("{VARIABLES}{}", own_provider());
    let passed = call("x", "./x", BOTH);
    let root = format!("{VARIABLES}{passed}");
    let called = "calls it";
    let other = "resource \"aws_instance\" \"a\" {\n  user_data = var.access_key\n}\n";
    let rows: Vec<Row<'_>> = vec![
        ("another use in the called module", vec![
            ("main.tf", root.clone()), ("x/main.tf", format!("{leaf}{other}")),
        ], "x/main.tf:9 uses it"),
        ("another use in the root module", vec![
            ("main.tf", format!("{root}output \"x\" {{\n  value = var.access_key\n}}\n")), ("x/main.tf", leaf.clone()),
        ], "main.tf:9 uses it"),
        ("another use of a local", vec![
            ("main.tf", format!("{VARIABLES}locals {{\n  key = var.access_key\n}}\noutput \"x\" {{\n  value = local.key\n}}\n{}", provider("local.key", "var.secret_key"))),
        ], "main.tf:4 uses it"),
        ("a literal in another call", vec![
            ("main.tf", format!("{root}{}", call("y", "./x", "  access_key = \"AKIAIOSFODNN7EXAMPLE\"\n  secret_key = \"x\"\n"))),
            ("x/main.tf", leaf.clone()),
        ], called),
        ("an expression in the call", vec![
            ("main.tf", format!("{VARIABLES}{}", call("x", "./x", "  access_key = coalesce(var.access_key, \"x\")\n  secret_key = var.secret_key\n"))),
            ("x/main.tf", leaf.clone()),
        ], called),
        ("another pair of the root module's provider", vec![
            ("main.tf", format!("{root}variable \"a\" {{}}\nvariable \"b\" {{}}\n{}", provider("var.a", "var.b"))),
            ("x/main.tf", leaf.clone()),
        ], called),
        ("an ambient provider of the root module", vec![
            ("main.tf", format!("{root}provider \"aws\" {{\n  region = \"eu-west-1\"\n}}\n")), ("x/main.tf", leaf.clone()),
        ], called),
        ("an implicit provider of the root module", vec![
            ("main.tf", format!("{root}resource \"aws_s3_bucket\" \"b\" {{}}\n")), ("x/main.tf", leaf.clone()),
        ], called),
        ("an ambient provider of another module", vec![
            ("main.tf", format!("{root}{}", call("y", "./y", ""))), ("x/main.tf", leaf.clone()),
            ("y/main.tf", "provider \"aws\" {}\n".to_owned()),
        ], called),
        ("a role in another module", vec![
            ("main.tf", format!("{root}{}", call("y", "./y", ""))), ("x/main.tf", leaf.clone()),
            ("y/main.tf", "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n".to_owned()),
        ], called),
        ("an example", vec![
            ("main.tf", leaf.clone()), ("examples/a/main.tf", format!("{VARIABLES}{}", call("x", "../..", BOTH))),
        ], called),
        ("passed providers", vec![
            ("main.tf", root.clone()),
            ("x/main.tf", format!("terraform {{\n  required_providers {{\n    aws = {{\n      source = \"hashicorp/aws\"\n      configuration_aliases = [aws.b]\n    }}\n  }}\n}}\n{leaf}")),
        ], called),
        ("an ignore comment in the called module", vec![
            ("main.tf", root.clone()),
            ("x/main.tf", leaf.replace("  access_key =", "  # tfkeyless: ignore[remove_static_keys]\n  access_key =")),
        ], "takes them for a provider that keeps them"),
        ("an ignore comment in the call", vec![
            ("main.tf", root.replace("  access_key =", "  # tfkeyless: ignore[remove_static_keys]\n  access_key =")),
            ("x/main.tf", leaf.clone()),
        ], "takes them for a provider that keeps them"),
        ("another module's use of the same call argument", vec![
            ("main.tf", format!("{root}{}", call("y", "./y", "  key = var.access_key\n"))), ("x/main.tf", leaf.clone()),
            ("y/main.tf", "variable \"key\" {}\n".to_owned()),
        ], "main.tf:10 uses it"),
        ("a test that sets the variable", vec![
            ("main.tf", root.clone()), ("x/main.tf", leaf.clone()),
            ("x/a.tftest.hcl", "variables {\n  access_key = \"x\"\n}\nrun \"a\" {}\n".to_owned()),
        ], "x/a.tftest.hcl names it"),
        ("half a pair by a resource", vec![
            ("main.tf", format!("{VARIABLES}{passed}")),
            ("x/main.tf", format!("{VARIABLES}{}", provider("var.access_key", "data.x.y.z"))),
        ], called),
        ];
    for (name, files, why) in rows {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
        for selection in [Selection::default(), reviewed()] {
            let plan = planned(&files, selection);
            let reports = reports(&plan).join("\n");
            assert_eq!(changed(&plan), [""; 0], "{name}: {reports}");
            assert!(reports.contains(why), "{name}: {reports}");
        }
    }
}

#[test]
fn locals_that_are_each_other_end_the_search() {
    let text = format!(
        "locals {{\n  a = local.b\n  b = local.a\n}}\n{VARIABLES}{}",
        provider("local.a", "local.b")
    );
    let plan = planned(&[("main.tf", &text)], Selection::default());
    assert_eq!(changed(&plan), [""; 0], "{:#?}", reports(&plan));
}
