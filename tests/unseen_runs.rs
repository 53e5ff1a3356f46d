//! Terraform that a job runs where no command of its own says so: its root module waits, unless the job
//! surely has the credentials and the profile there.

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::Tree;

const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n";

const MAIN: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n  }\n}\nprovider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

const KEYS: &str = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n";

/// The plan of a root module beside a job with these steps.
fn plan(main: &str, keys: &str, steps: &str, files: &[(&str, &str)]) -> Plan {
    let steps = steps.replace('\n', "\n      ");
    let workflow = format!(
        "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n{keys}    steps:\n      - uses: actions/checkout@v4\n      {steps}\n"
    );
    let own = [("main.tf", main), (".github/workflows/a.yml", &workflow)];
    let tree = Tree::new(own.into_iter().chain(files.iter().copied()));
    tree.plan(ACCOUNTS, Selection::default()).unwrap()
}

/// Why `main.tf` waits, as far as the findings about it tell; empty where it changes.
fn waits(plan: &Plan) -> String {
    let is_changed = |path: &str| plan.changes.iter().any(|it| it.path.ends_with(path));
    if is_changed("main.tf") {
        return String::new();
    }
    let findings = plan.findings.iter();
    let about = findings.filter(|it| it.transform == "remove_assume_role");
    about
        .map(|it| it.message.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn after<'p>(plan: &'p Plan, path: &str) -> &'p str {
    let change = plan.changes.iter().find(|it| it.path.ends_with(path));
    change.map_or("", |it| &it.after)
}

const SCRIPT: &str = "what it runs behind a script";
const CONTAINER: &str = "in a container";
const ACTION: &str = "whether the action that runs it";
const MACHINE: &str = "another machine";

#[test]
fn a_run_that_may_lack_the_profile_holds_all_that_changes_an_identity() {
    let node = ("act/action.yml", "runs: { using: node20, main: i.js }");
    let image = (
        "act/action.yml",
        "runs: { using: docker, image: Dockerfile }",
    );
    let docker = (
        "act/Dockerfile",
        "FROM hashicorp/terraform\nENTRYPOINT [\"/e.sh\"]\n",
    );
    for (steps, files, expected) in [
        (
            "- uses: ./act",
            &[node, ("act/i.js", "exec('terraform apply')")][..],
            SCRIPT,
        ),
        (
            "- uses: ./act",
            &[image, docker, ("act/e.sh", "terraform apply\n")],
            CONTAINER,
        ),
        (
            "- uses: docker://hashicorp/terraform:1.7\n  with: { args: init }\n- uses: docker://hashicorp/terraform:1.7\n  with: { args: apply }",
            &[],
            CONTAINER,
        ),
        (
            "- run: docker run --env-file <(env) hashicorp/terraform:1.7 apply",
            &[],
            CONTAINER,
        ),
        ("- uses: acme/terraform-action@v1", &[], ACTION),
        (
            "- uses: actions/github-script@v7\n  with: { script: 'exec.exec(\"terraform apply\")' }",
            &[],
            SCRIPT,
        ),
        (
            "- run: terraform init && terraform apply\n  env: { HOME: /x }",
            &[],
            "a step that sets `HOME`",
        ),
        (
            "- run: ssh bastion 'cd /srv && terraform apply'",
            &[],
            MACHINE,
        ),
        (
            "- run: kubectl exec runner -- terraform apply",
            &[],
            MACHINE,
        ),
        (
            "- uses: appleboy/ssh-action@v1\n  with: { script: terraform apply }",
            &[],
            MACHINE,
        ),
    ] {
        let plan = plan(MAIN, KEYS, steps, files);
        let found = waits(&plan);
        assert!(found.contains(expected), "{steps}: {found:?}");
        // The keys go, and a sign-in takes their place.
        let workflow = after(&plan, "a.yml");
        assert!(workflow.contains("role/ci"), "{steps}: {workflow}");
    }
}

#[test]
fn a_run_on_the_machine_of_the_job_gets_the_profile_however_it_is_started() {
    for steps in [
        "- run: ls -d . | xargs -I{} terraform -chdir={} init",
        "- run: ls | parallel 'cd {} && terraform apply'",
        "- run: tfmigrate apply",
        "- run: atmos terraform apply vpc -s dev",
        "- uses: op5dev/tf-via-pr@v13\n  with: { command: apply }",
        // What an earlier job or another action initialized.
        "- uses: actions/download-artifact@v4\n- run: terraform apply p",
        "- uses: acme/setup@v1\n- run: terraform output",
    ] {
        let plan = plan(MAIN, KEYS, steps, &[]);
        assert_eq!(waits(&plan), "", "{steps}");
        let workflow = after(&plan, "a.yml");
        assert!(
            workflow.contains("profile.shared.role_arn"),
            "{steps}: {workflow}"
        );
        assert!(
            after(&plan, "main.tf").contains("profile = \"shared\""),
            "{steps}"
        );
    }
}

#[test]
fn a_job_that_only_speaks_of_terraform_runs_nothing() {
    let node = ("act/action.yml", "runs: { using: node20, main: i.js }");
    for (steps, files) in [
        (
            "- run: terraform init -backend=false && terraform validate",
            &[][..],
        ),
        ("- run: terraform fmt -check -recursive", &[]),
        ("- run: ssh host 'systemctl restart app' # terraform", &[]),
        (
            "- uses: docker://hashicorp/terraform:1.7\n  with: { args: fmt -check }",
            &[],
        ),
        (
            "- uses: ./act",
            &[node, ("act/i.js", "console.log('terraform')")],
        ),
        (
            "- uses: actions/github-script@v7\n  with: { script: 'github.rest.issues.createComment({ body: \"terraform\" })' }",
            &[],
        ),
        ("- run: log_info 'terraform apply is done'", &[]),
    ] {
        let plan = plan(MAIN, KEYS, steps, files);
        assert_eq!(waits(&plan), "", "{steps}");
        let workflow = after(&plan, "a.yml");
        assert!(!workflow.contains("profile.shared"), "{steps}: {workflow}");
    }
}

#[test]
fn another_machine_holds_the_role_whatever_the_backend_and_the_job_have() {
    let local = MAIN.replace("s3", "gcs").replace("bucket", "prefix");
    let ssh = "- run: ssh host 'cd /srv && terraform apply'";
    for (main, keys) in [(MAIN, ""), (&*local, KEYS), (&*local, "")] {
        let found = waits(&plan(main, keys, ssh, &[]));
        assert!(found.contains(MACHINE), "{main}{keys}: {found:?}");
    }
    // An answer says that the machine runs something else.
    let answered = format!("{ACCOUNTS}job \"a.yml:a\" {{ roots = [] }}\n");
    let tree = Tree::new([
        ("main.tf", local.as_str()),
        (
            ".github/workflows/a.yml",
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ssh host terraform apply\n",
        ),
    ]);
    let held = tree.plan(ACCOUNTS, Selection::default()).unwrap();
    assert!(waits(&held).contains(MACHINE), "{:?}", held.findings);
    let answered = tree.plan(&answered, Selection::default()).unwrap();
    assert_eq!(waits(&answered), "", "{:?}", answered.findings);
}
