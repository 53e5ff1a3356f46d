//! What to run next.

use std::collections::BTreeSet;

use crate::support::{CONFIG, PROVIDER_4, Tree, VPC_3, changed};
use engine::plan::Plan;
use engine::selection::Selection;

#[test]
fn steps_stand_per_root_module_and_only_where_they_apply() {
    let role = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let backend = "terraform {\n  backend \"s3\" {}\n}\n";
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"4.67.0\"\n  constraints = \"~> 4.0\"\n  hashes = [\n    \"h1:YQ==\",\n    \"h1:Yg==\",\n    \"zh:00\",\n  ]\n}\n";
    let tree = Tree::new([
        (
            "dev/main.tf",
            format!("{PROVIDER_4}{role}{backend}").as_str(),
        ),
        ("dev/.terraform.lock.hcl", lock),
        ("dev/eu west.s3.tfbackend", "bucket = \"b\"\nkey = \"k\"\n"),
        ("bare/main.tf", backend),
        (
            "done/main.tf",
            "terraform {\n  required_providers {\n    aws = \"~> 5.0\"\n  }\n}\n",
        ),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  apply:\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.K }}\n    steps:\n      - run: terraform init\n  oidc:\n    runs-on: ubuntu-latest\n    steps:\n      - run: terraform -chdir=dev init\n",
        ),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert_eq!(
        commands,
        [
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
            "aws sso login --profile shared",
            "aws sso login --profile dev",
            "export AWS_PROFILE=dev",
            "aws sts get-caller-identity",
            "terraform -chdir=dev init -reconfigure -backend-config='eu west.s3.tfbackend'",
            "aws sso login --profile PROFILE",
            "export AWS_PROFILE=PROFILE   # of the account that it deploys to",
            "aws sts get-caller-identity",
            "terraform -chdir=bare init -reconfigure -backend-config=...   # repeat every one: what is left out is lost",
            "terraform -chdir=dev providers lock -platform=linux_amd64 -platform=darwin_arm64   # it had the hashes of 2 platforms; a hash does not say which: put yours",
            "git add dev/.terraform.lock.hcl",
            "tfkeyless verify",
        ]
    );
    let keyed: Vec<_> = plan
        .keyed_jobs
        .iter()
        .map(|keyed| (keyed.at.line, keyed.job.as_str()))
        .collect();
    assert_eq!(keyed, [(4, "apply")]);
    let reported = plan
        .open()
        .filter(|it| it.transform == "ci_backend_profile");
    let reported: Vec<_> = reported
        .map(|it| (it.at.line, it.subject.as_str()))
        .collect();
    assert_eq!(reported, [(10, "job oidc")]);

    let bumped_alone = Tree::new([
        ("dev/main.tf", PROVIDER_4),
        (
            ".github/workflows/ci.yml",
            "env:\n  AWS_ACCESS_KEY_ID: ${{ secrets.K }}\n",
        ),
    ]);
    let plan = bumped_alone.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.keyed_jobs, [], "no role and no backend changes");
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert_eq!(commands, ["terraform -chdir=dev init"]);
}

#[test]
fn many_root_modules_of_one_account_are_initialized_by_one_loop() {
    let role = |directory: &str| {
        let id = if directory == "z" {
            "222222222222"
        } else {
            "111111111111"
        };
        format!(
            "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    let inits = |directories: &[&str]| {
        let mut files = Vec::new();
        for directory in directories {
            let text = role(directory) + backend;
            files.push((format!("{directory}/main.tf"), text));
        }
        let files = files.iter().map(|(path, text)| (&**path, &**text));
        let tree = Tree::new(files.collect::<Vec<_>>());
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let commands = plan.steps.into_iter().flat_map(|step| step.commands);
        let inits = commands.filter(|it| it.contains(" init"));
        inits.collect::<Vec<_>>()
    };
    let six = ["a", "b", "c", "d", "e", "f"];
    assert_eq!(
        inits(&six),
        six.map(|it| format!("terraform -chdir={it} init -reconfigure"))
    );
    assert_eq!(
        inits(&["a", "b", "c d", "e", "f", "g", "h", "z"]),
        [
            "for root in a b 'c d' e f g h; do terraform -chdir=\"$root\" init -reconfigure; done",
            "terraform -chdir=z init -reconfigure",
        ]
    );
}

#[test]
fn the_lock_of_every_root_around_a_module_counts() {
    let root = "terraform {\n  required_providers {\n    aws = \"~> 5.0\"\n  }\n}\nmodule \"net\" {\n  source = \"../net\"\n}\n";
    let vpc_4 = VPC_3.replace("3.18.1", "4.0.2");
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"5.20.0\"\n}\n";
    let tree = Tree::new([
        ("live/main.tf", root),
        ("live/.terraform.lock.hcl", lock),
        ("net/vpc.tf", vpc_4.as_str()),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["live/.terraform.lock.hcl", "net/vpc.tf"]);
    assert_eq!(
        commands(&plan),
        [
            "terraform -chdir=live init",
            "terraform -chdir=live providers lock -platform=linux_amd64   # it had no platform's hash; a hash does not say which: put yours",
            "git add live/.terraform.lock.hcl",
        ]
    );
    let no_relock = Selection {
        skip: BTreeSet::from(["relock_provider".to_owned()]),
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, no_relock).unwrap();
    assert_eq!(changed(&plan), ["net/vpc.tf"]);
    assert_eq!(commands(&plan), ["terraform -chdir=live init -upgrade"]);
}

#[test]
fn workflows_that_take_the_lock_as_it_is_are_named() {
    let five = PROVIDER_4.replace("~> 4.0", "~> 5.0");
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"4.67.0\"\n}\n";
    let workflow = "jobs:\n  plan:\n    steps:\n      - run: terraform init -lockfile=readonly\n";
    let tree = Tree::new([
        ("main.tf", five.as_str()),
        (".terraform.lock.hcl", lock),
        (".github/workflows/ci.yml", workflow),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), [".terraform.lock.hcl"]);
    let why = &plan.steps.last().unwrap().why;
    assert!(
        why.contains("`init -lockfile=readonly` in .github/workflows/ci.yml fails"),
        "{why}"
    );
}

fn commands(plan: &Plan) -> Vec<&String> {
    let steps = plan.steps.iter();
    steps.flat_map(|step| &step.commands).collect()
}

#[test]
fn what_opentofu_runs_is_initialized_by_it() {
    let main = "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"~> 4.67\" }\n  }\n}\n";
    let lock = |host: &str| {
        format!(
            "provider \"{host}/hashicorp/aws\" {{\n  version = \"5.1.0\"\n  hashes = [\"h1:x\"]\n}}\n"
        )
    };
    let (terraforms, opentofus) = (lock("registry.terraform.io"), lock("registry.opentofu.org"));
    let workflow =
        |run: &str| format!("on: push\njobs:\n  plan:\n    steps:\n      - run: {run}\n");
    let (tofu, both) = (
        workflow("tofu init"),
        workflow("tofu init && terraform init"),
    );
    let ci = ".github/workflows/ci.yml";
    let lock = "live/.terraform.lock.hcl";
    for (files, program) in [
        (vec![("live/main.tf", main)], "terraform"),
        (vec![("live/main.tofu", main)], "tofu"),
        (
            vec![("live/main.tf", main), (lock, opentofus.as_str())],
            "tofu",
        ),
        (
            vec![
                ("live/main.tf", main),
                (lock, terraforms.as_str()),
                (ci, tofu.as_str()),
            ],
            "terraform",
        ),
        (vec![("live/main.tf", main), (ci, tofu.as_str())], "tofu"),
        (
            vec![("live/main.tf", main), (ci, both.as_str())],
            "terraform",
        ),
        (
            vec![("live/main.tf", main), (".opentofu-version", "1.8.0\n")],
            "tofu",
        ),
        (
            vec![
                ("live/main.tf", main),
                (lock, terraforms.as_str()),
                ("live/.opentofu-version", "1.8.0\n"),
                (".terraform-version", "1.5.7\n"),
            ],
            "tofu",
        ),
        (
            vec![
                ("live/main.tf", main),
                (".terraform-version", "1.5.7\n"),
                (ci, tofu.as_str()),
            ],
            "terraform",
        ),
        (
            vec![
                ("live/main.tf", main),
                (lock, opentofus.as_str()),
                (".terraform-version", "1.5.7\n"),
            ],
            "tofu",
        ),
        (
            vec![
                ("live/main.tf", main),
                (".tool-versions", "nodejs 20.1.0\nopentofu 1.8.0\n"),
            ],
            "tofu",
        ),
        (
            vec![
                ("live/main.tf", main),
                (".tool-versions", "opentofu 1.8.0\nterraform 1.5.7\n"),
                (ci, both.as_str()),
            ],
            "terraform",
        ),
    ] {
        let plan = Tree::new(files.clone()).plan("", Selection::default());
        let plan = plan.unwrap();
        let expected = format!("{program} -chdir=live init");
        assert!(
            commands(&plan).contains(&&expected),
            "{files:?}: {:?}",
            commands(&plan)
        );
    }
}

#[test]
fn any_change_of_a_backend_has_its_root_module_reconfigured() {
    let backend = "terraform {\n  required_version = \">= 1.10\"\n  backend \"s3\" {\n    bucket         = \"b\"\n    key            = \"k\"\n    profile        = \"dev\"\n    dynamodb_table = \"t\"\n  }\n}\n";
    let guarded = "transform \"account_guard\" { everywhere = true }\n";
    for (id, config) in [("native_state_lock", ""), ("account_guard", guarded)] {
        let tree = Tree::new([("envs/dev/main.tf", backend)]);
        let selection = Selection {
            only: std::collections::BTreeSet::from([id.to_owned()]),
            ..Selection::default()
        };
        let plan = tree.plan(&format!("{CONFIG}{config}"), selection).unwrap();
        assert_eq!(plan.changes.len(), 1, "{id}");
        let commands: Vec<_> = plan.steps.iter().flat_map(|it| &it.commands).collect();
        assert_eq!(
            commands,
            ["terraform -chdir=envs/dev init -reconfigure"],
            "{id}"
        );
    }
}

#[test]
fn stacks_of_terraspace_are_initialized_by_it() {
    let main = "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"~> 4.67\" }\n  }\n}\n";
    let backend = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n    region = \"eu-west-1\"\n  }\n}\n";
    let config = "state_profile = \"shared\"\n";
    let ran = |files: &[(&str, &str)], only: &str, config: &str| {
        let selection = Selection {
            only: std::collections::BTreeSet::from([only.to_owned()]),
            ..Selection::default()
        };
        let plan = Tree::new(files.iter().copied())
            .plan(config, selection)
            .unwrap();
        let commands = commands(&plan).into_iter();
        let inits = commands.filter(|it| it.contains("terra") && !it.contains("lock"));
        inits.cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        ran(
            &[("app/stacks/core/main.tf", main), ("config/app.rb", "")],
            "bump_provider",
            ""
        ),
        ["terraspace init core"]
    );
    assert_eq!(
        ran(
            &[
                ("infra/app/stacks/core/main.tf", main),
                ("infra/config/app.rb", "")
            ],
            "bump_provider",
            ""
        ),
        ["(cd infra && terraspace init core)"]
    );
    assert_eq!(
        ran(
            &[
                ("app/stacks/core/main.tf", main),
                ("app/stacks/web/main.tf", main),
                ("config/terraform/backend.tf", backend),
                ("config/app.rb", "")
            ],
            "set_backend_profile",
            config
        ),
        [
            "terraspace plan core --reconfigure",
            "terraspace plan web --reconfigure"
        ]
    );
    // Without the project's own file they are directories like others.
    assert_eq!(
        ran(&[("app/stacks/core/main.tf", main)], "bump_provider", ""),
        ["terraform -chdir=app/stacks/core init"]
    );
}
