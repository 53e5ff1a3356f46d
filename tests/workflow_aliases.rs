//! Aliases in GitHub workflows: what they repeat is read where they stand, and changed nowhere.

use std::path::Path;

use engine::selection::Selection;

use crate::support::{Tree, reports};

const ACCOUNTS: &str = "account \"dev\" {\n  id = \"111111111111\"\n}\naccount \"live\" {\n  id = \"222222222222\"\n}\n";

const ENV: &str = "AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1";

const STEP: &str = "uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1";

fn job(id: &str, body: &str) -> String {
    format!("  {id}:\n    runs-on: ubuntu-latest\n{body}")
}

fn run(directory: &str) -> String {
    format!("      - run: terraform -chdir={directory} apply\n")
}

/// The files once the plan is applied, and what it reports.
fn applied(jobs: &str) -> (Tree, String) {
    let provider = |id: &str| {
        format!(
            "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let (dev, live) = (provider("111111111111"), provider("222222222222"));
    let ci = format!("on: push\npermissions:\n  contents: read\njobs:\n{jobs}");
    let files = [
        ("dev/main.tf", &*dev),
        ("live/main.tf", &*live),
        (".github/workflows/ci.yml", &*ci),
    ];
    let tree = Tree::new(files);
    let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
    (tree.with(&plan), reports(&plan).join("\n"))
}

/// The root modules whose roles stay, and the jobs that do.
fn staying(jobs: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let (after, said) = applied(jobs);
    let mut roots = vec!["dev", "live"];
    roots.retain(|root| {
        let file = Path::new(root).join("main.tf");
        after.0[&file].contains("assume_role {")
    });
    let mut ids = vec!["a", "b"];
    ids.retain(|id| said.contains(&format!("job {id} stays on static keys")));
    (roots, ids)
}

#[test]
fn a_job_that_repeats_keys_waits_as_the_one_that_has_them() {
    let both = (vec!["dev", "live"], vec!["a", "b"]);
    for (first, second) in [
        (
            format!("    env: &e\n      {ENV}\n    steps:\n{}", run("dev")),
            format!("    env: *e\n    steps:\n{}", run("live")),
        ),
        (
            format!("    steps:\n      - &k\n        {STEP}\n{}", run("dev")),
            format!("    steps:\n      - *k\n{}", run("live")),
        ),
        (
            format!(
                "    steps:\n      - {}\n{}",
                STEP.replace("with:", "with: &w"),
                run("dev")
            ),
            format!(
                "    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with: *w\n{}",
                run("live")
            ),
        ),
    ] {
        let jobs = job("a", &first) + &job("b", &second);
        assert_eq!(staying(&jobs), both, "{jobs}");
    }
}

#[test]
fn a_repeated_command_is_a_run_of_each_job() {
    let keys = format!("      - {STEP}\n");
    let repeated = "      - &apply\n        run: terraform -chdir=dev apply\n";
    let first = format!("    steps:\n{keys}{repeated}");
    let second = format!("    steps:\n{keys}      - *apply\n{}", run("live"));
    let jobs = job("a", &first) + &job("b", &second);
    let (after, _) = applied(&jobs);
    let text = &after.0[Path::new(".github/workflows/ci.yml")];
    // Job b signs in twice, once for each account.
    assert_eq!(text.matches("role-to-assume").count(), 3, "{text}");
}

#[test]
fn aliases_beside_the_keys_hold_nothing() {
    let keys = format!("      - {STEP}\n");
    let first = format!(
        "    steps:\n      - &checkout\n        uses: actions/checkout@v4\n{keys}{}",
        run("dev")
    );
    let second = format!("    steps:\n      - *checkout\n{keys}{}", run("live"));
    let jobs = job("a", &first) + &job("b", &second);
    assert_eq!(staying(&jobs), (vec![], vec![]), "{jobs}");
}
