//! Terraform in a directory that the tree lacks: the run makes it, and it may hold any root module.

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{Tree, changed};

const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n";

fn provider(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// The plan of root modules of two accounts beside a job with these steps.
fn plan(steps: &str, files: &[(&str, &str)]) -> Plan {
    let steps = steps.replace('\n', "\n      ");
    let workflow = format!(
        "on: push\npermissions:\n  id-token: write\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      {steps}\n"
    );
    let (dev, live) = (provider("111111111111"), provider("222222222222"));
    let own = [
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", &live),
        (".github/workflows/a.yml", &workflow),
    ];
    let tree = Tree::new(own.into_iter().chain(files.iter().copied()));
    tree.plan(CONFIG, Selection::default()).unwrap()
}

/// Whether both roles stay.
fn is_held(plan: &Plan) -> bool {
    let changed = changed(plan);
    let mut changed = changed.iter();
    !changed.any(|path| path.ends_with("main.tf"))
}

#[test]
fn a_directory_that_the_run_makes_may_hold_any_root_module() {
    for steps in [
        "- run: cp -r live build && terraform -chdir=build apply",
        "- run: cp -r live build\n- run: terraform apply\n  working-directory: build",
        "- run: mv live dev2\n- run: terraform -chdir=dev2 apply",
        "- run: ln -s live cur\n- run: cd cur && terraform apply",
        "- run: git worktree add wt origin/main && terraform -chdir=wt/dev apply",
        "- run: unzip infra.zip -d build && terraform -chdir=build/dev apply",
        "- uses: actions/download-artifact@v4\n  with: { path: build }\n- run: terraform -chdir=build/dev apply",
        "- run: python3 render.py && terraform -chdir=rendered apply",
        "- uses: actions/checkout@v4\n  with: { ref: prod, path: prod }\n- run: terraform -chdir=prod/dev apply",
        "- uses: dflook/terraform-apply@v1\n  with: { path: build }",
    ] {
        let plan = plan(steps, &[("render.py", "print(1)\n")]);
        assert!(is_held(&plan), "{steps}\n{:?}", changed(&plan));
    }
}

#[test]
fn what_reaches_no_account_and_what_the_tree_has_hold_nothing() {
    for steps in [
        "- run: terraform -chdir=not-there fmt",
        "- run: terraform -chdir=not-there init -backend=false && terraform -chdir=not-there validate",
        "- run: cp -r live build && ls build",
        // It is in the tree, and no root module.
        "- run: terraform -chdir=docs plan",
        "- run: terraform -chdir=docs/deep plan",
        // Another repository's.
        "- uses: actions/checkout@v4\n  with: { repository: acme/other, path: other }\n- run: terraform -chdir=other/x fmt",
    ] {
        let plan = plan(steps, &[("docs/deep/a.md", "")]);
        assert!(!is_held(&plan), "{steps}");
    }
}

#[test]
fn other_systems_run_made_directories_too() {
    for (script, is_one) in [
        ("cp -r live build && terraform -chdir=build apply", true),
        ("terraform -chdir=build/x apply", true),
        ("terraform -chdir=docs apply", false),
        ("terraform -chdir=build fmt", false),
    ] {
        let text = format!("deploy:\n  script:\n    - {script}\n");
        let plan = plan("- run: ls", &[(".gitlab-ci.yml", &text), ("docs/a.md", "")]);
        assert_eq!(is_held(&plan), is_one, "{script}");
    }
}
