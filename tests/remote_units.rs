//! A Terragrunt unit whose module is not in the tree acts by what nobody here knows: a job that runs it is in the
//! account of its keys, and in no other root module's.

use crate::support::Tree;
use diagnostics::finding::Safety;
use engine::selection::Selection;

const SETTINGS: &str = "state_profile = \"shared\"\naccount \"shared\" {\n  id = \"333333333333\"\n}\naccount \"dev\" {\n  id = \"111111111111\"\n}\nci {\n  role = \"arn:aws:iam::{id}:role/ci\"\n}\nkeys \"AWS_ACCESS_KEY_ID\" {\n  account = \"shared\"\n}\n";

const ROLE: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/deploy\"\n  }\n}\n";

fn generated() -> String {
    format!(
        "generate \"p\" {{\n  path      = \"p.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\n{ROLE}EOF\n}}\n"
    )
}

/// The account that the job signs in to, where it is a plain change.
fn signed_in(files: &[(&str, &str)], run: &str) -> Option<&'static str> {
    let ci = format!(
        "on: push\npermissions:\n  contents: read\njobs:\n  j:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n      AWS_REGION: eu-west-1\n    steps:\n      - uses: actions/checkout@v4\n      - run: {run}\n"
    );
    let all = files
        .iter()
        .copied()
        .chain([(".github/workflows/ci.yml", ci.as_str())]);
    let plan = Tree::new(all).plan(SETTINGS, Selection::default()).unwrap();
    let found = plan
        .findings
        .iter()
        .find(|it| it.transform == "workflow_oidc")?;
    let edits: Vec<&str> = found.edits.iter().map(|it| it.edit.text.as_str()).collect();
    let text = edits.concat();
    let is_of =
        |id: &&&str| found.safety == Safety::Safe && text.contains(&format!("{id}:role/ci"));
    ["111111111111", "333333333333"].iter().find(is_of).copied()
}

#[test]
fn a_job_that_runs_one_signs_in_as_its_keys_did() {
    const REMOTE: &str =
        "terraform {\n  source = \"git::https://github.com/o/m.git//x?ref=v1\"\n}\n";
    const REGISTRY: &str =
        "terraform {\n  source = \"tfr:///terraform-aws-modules/vpc/aws?version=5.0.0\"\n}\n";
    const LOCAL: &str = "terraform {\n  source = \"../../modules/x\"\n}\n";
    const INCLUDES: &str =
        "include \"env\" {\n  path = \"${get_terragrunt_dir()}/../../_env/x.hcl\"\n}\n";
    let generates = format!("{REMOTE}{}", generated());
    let bootstrap = ("bootstrap/main.tf", ROLE);
    let module = ("modules/x/main.tf", ROLE);
    for (files, run, expected) in [
        (
            vec![bootstrap, ("live/u/terragrunt.hcl", REMOTE)],
            "cd live/u && terragrunt apply",
            Some("333333333333"),
        ),
        (
            vec![bootstrap, ("live/u/terragrunt.hcl", REGISTRY)],
            "terragrunt run-all apply --terragrunt-working-dir live",
            Some("333333333333"),
        ),
        (
            vec![
                bootstrap,
                ("_env/x.hcl", REMOTE),
                ("live/u/terragrunt.hcl", INCLUDES),
            ],
            "cd live/u && terragrunt apply",
            Some("333333333333"),
        ),
        (
            vec![
                ("live/u/terragrunt.hcl", generates.as_str()),
                ("live/v/terragrunt.hcl", REMOTE),
            ],
            "cd live && terragrunt run-all apply",
            Some("333333333333"),
        ),
        // What gives the unit a role, and a module of the tree, tell.
        (
            vec![("live/u/terragrunt.hcl", generates.as_str())],
            "cd live/u && terragrunt apply",
            Some("111111111111"),
        ),
        (
            vec![module, ("live/u/terragrunt.hcl", LOCAL)],
            "cd live/u && terragrunt apply",
            Some("111111111111"),
        ),
        (
            vec![
                module,
                ("live/u/terragrunt.hcl", LOCAL),
                ("other/v/terragrunt.hcl", REMOTE),
            ],
            "cd live/u && terragrunt apply",
            Some("111111111111"),
        ),
    ] {
        assert_eq!(signed_in(&files, run), expected, "{files:?} {run}");
    }
}
