//! What a run chooses beside the root module: workspaces, files of values, variables.

use super::world::{World, root, workflow};
use crate::support::checkout::Outcome;

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
            "the settings of its backend are known only when a job runs",
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
            "which of these files has its variable values is not known: other.tfvars",
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
    let mut reported = world.reported(&[], 2);
    reported.retain(|line| {
        !line.contains("workspace dev, -backend") && !line.contains("workspace live, -backend")
    });
    assert_eq!(
        reported,
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
