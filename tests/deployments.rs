//! Modules that Terragrunt's units deploy: what is run for them is run in the units, and their backend is the one
//! that the units complete.

use crate::support::{Tree, reviewed};
use engine::plan::Plan;

const WORLD: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

const STATE: &str = "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"states\"\n    key    = \"k\"\n    region = \"eu-west-1\"\n  }\n}\n";

fn module(id: &str) -> String {
    format!(
        "terraform {{\n  backend \"s3\" {{}}\n}}\nprovider \"aws\" {{\n  region = \"eu-west-1\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

fn plan(files: &[(&str, &str)]) -> Plan {
    Tree::new(files.iter().copied())
        .plan(WORLD, reviewed())
        .unwrap()
}

/// The commands that initialize something, or name the profile for it.
fn inits(plan: &Plan) -> Vec<&str> {
    let steps = plan.steps.iter().flat_map(|step| &step.commands);
    let commands = steps.map(String::as_str);
    commands
        .filter(|it| it.contains(" init") || it.starts_with("export"))
        .collect()
}

#[test]
fn a_module_is_initialized_in_the_units_that_deploy_it() {
    let dev = module("111111111111");
    let source = |source: &str| format!("terraform {{\n  source = \"{source}\"\n}}\n");
    let own = format!("{}{STATE}", source("../../modules/app"));
    let by_root = format!("{}{STATE}", source("${get_repo_root()}//modules/app"));
    let included =
        "include \"env\" {\n  path = \"${get_terragrunt_dir()}/../../_env/app.hcl\"\n}\n";
    let env = source("${get_repo_root()}/modules/app");
    for (units, expected) in [
        // Its own source, with one after `//` and through an included file.
        (
            vec![("dev/app/terragrunt.hcl", own.as_str())],
            vec![
                "export AWS_PROFILE=dev",
                "(cd dev/app && terragrunt init -reconfigure)",
            ],
        ),
        (
            vec![
                ("dev/app/terragrunt.hcl", own.as_str()),
                ("dev/b/terragrunt.hcl", by_root.as_str()),
            ],
            vec![
                "export AWS_PROFILE=dev",
                "(cd dev/app && terragrunt init -reconfigure)",
                "(cd dev/b && terragrunt init -reconfigure)",
            ],
        ),
        (
            vec![
                ("dev/app/terragrunt.hcl", included),
                ("_env/app.hcl", env.as_str()),
            ],
            vec![
                "export AWS_PROFILE=dev",
                "(cd dev/app && terragrunt init -reconfigure)",
            ],
        ),
        // What is above units deploys nothing itself.
        (
            vec![
                ("dev/terragrunt.hcl", env.as_str()),
                ("dev/app/terragrunt.hcl", own.as_str()),
            ],
            vec![
                "export AWS_PROFILE=dev",
                "(cd dev/app && terragrunt init -reconfigure)",
            ],
        ),
        // Another module's, and none's.
        (
            vec![(
                "dev/app/terragrunt.hcl",
                "terraform {\n  source = \"../../modules/b\"\n}\n",
            )],
            vec![
                "export AWS_PROFILE=dev",
                "terraform -chdir=modules/app init -reconfigure -backend-config=...   # repeat every one: what is left out is lost",
            ],
        ),
    ] {
        let mut files = vec![("modules/app/main.tf", dev.as_str())];
        files.extend(&units);
        let plan = plan(&files);
        assert_eq!(inits(&plan), expected, "{units:?}");
    }
}

#[test]
fn many_units_are_one_loop() {
    let dev = module("111111111111");
    let unit = format!("terraform {{\n  source = \"../../modules/app\"\n}}\n{STATE}");
    let paths: Vec<String> = (1..=7)
        .map(|it| format!("dev/u{it}/terragrunt.hcl"))
        .collect();
    let mut files = vec![("modules/app/main.tf", dev.as_str())];
    files.extend(paths.iter().map(|path| (path.as_str(), unit.as_str())));
    let plan = plan(&files);
    assert_eq!(
        inits(&plan)[1],
        "for root in dev/u1 dev/u2 dev/u3 dev/u4 dev/u5 dev/u6 dev/u7; do (cd \"$root\" && terragrunt init -reconfigure); done"
    );
}

#[test]
fn the_way_back_is_run_by_who_runs_the_root_modules() {
    let back = |files: &[(&str, &str)]| {
        let ci = "on: push\npermissions:\n  contents: read\njobs:\n  j:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n    steps:\n      - uses: actions/checkout@v4\n      - run: aws sts get-caller-identity\n";
        let mut files = files.to_vec();
        files.push((".github/workflows/ci.yml", ci));
        let plan = plan(&files);
        let step = plan.steps.iter().find(|it| it.why.contains("way back"));
        step.map(|it| it.commands[1..].to_vec())
    };
    let terraform = "terraform init -reconfigure".to_owned();
    let terragrunt = "terragrunt init -reconfigure   # in a unit of Terragrunt".to_owned();
    let (dev, unit) = (
        module("111111111111"),
        format!("terraform {{\n  source = \"../modules/app\"\n}}\n{STATE}"),
    );
    let root = dev.replace(
        "\"s3\" {}",
        "\"s3\" {\n    bucket = \"b\"\n    key = \"k\"\n  }",
    );
    let deployed = ("modules/app/main.tf", dev.as_str());
    let unit = ("dev/terragrunt.hcl", unit.as_str());
    let root = ("infra/main.tf", root.as_str());
    assert_eq!(back(&[root]), Some(vec![terraform.clone()]));
    assert_eq!(back(&[deployed, unit]), Some(vec![terragrunt.clone()]));
    assert_eq!(
        back(&[deployed, unit, root]),
        Some(vec![terraform, terragrunt])
    );
}

#[test]
fn the_state_of_a_deployed_module_is_that_of_its_units() {
    let dev = module("111111111111");
    let unit = format!("terraform {{\n  source = \"../modules/app\"\n}}\n{STATE}");
    let with_role = unit.replace(
        "    key ",
        "    role_arn = \"arn:aws:iam::222222222222:role/s\"\n    key ",
    );
    let above = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../modules/app\"\n}\n";
    for (units, laptop) in [
        (
            vec![("dev/terragrunt.hcl", unit.as_str())],
            "profile `shared`",
        ),
        (
            vec![("dev/terragrunt.hcl", with_role.as_str())],
            "role kept",
        ),
        (
            vec![("dev/terragrunt.hcl", above), ("root.hcl", STATE)],
            "profile `shared`",
        ),
    ] {
        let mut files = vec![("modules/app/main.tf", dev.as_str())];
        files.extend(&units);
        let plan = plan(&files);
        let rows = plan.accounts.iter();
        let states: Vec<&str> = rows
            .filter(|row| row.identities.iter().any(|it| it == "state"))
            .map(|row| row.laptop.by.as_str())
            .collect();
        assert_eq!(states, [laptop], "{units:?}");
        assert!(plan.state_reads.is_empty(), "{:?}", plan.state_reads);
    }
}
