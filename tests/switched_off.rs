//! A transform that is off, or left out by `--only` and `--skip`: what depends on its edits waits.

use engine::selection::Selection;

use crate::support::{Tree, changed};

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n";

const ROLE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

const JOB: &str = "on: push\npermissions:\n  id-token: write\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: terraform -chdir=dev init && terraform -chdir=dev apply\n";

const OTHER_JOB: &str =
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: terraform fmt\n";

/// Whether the root module `dev` changes unasked, with this backend and beside this workflow.
fn changes(off: &str, by: By, backend: &str, workflow: &str) -> bool {
    let main = format!("terraform {{\n  {backend}\n}}\n{ROLE}");
    let tree = Tree::new([
        ("dev/main.tf", main.as_str()),
        (".github/workflows/a.yml", workflow),
    ]);
    let (config, selection) = match by {
        By::Setting => (
            format!("{CONFIG}transform \"{off}\" {{ enabled = false }}\n"),
            Selection::default(),
        ),
        By::Skip => (
            CONFIG.to_owned(),
            Selection {
                skip: [off.to_owned()].into(),
                ..Selection::default()
            },
        ),
    };
    let plan = tree.plan(&config, selection).unwrap();
    changed(&plan).iter().any(|path| path == "dev/main.tf")
}

#[derive(Debug, Clone, Copy)]
enum By {
    Setting,
    Skip,
}

const S3: &str = "backend \"s3\" { bucket = \"s\" }";

#[test]
fn without_a_profile_for_the_backend_the_role_stays() {
    for by in [By::Setting, By::Skip] {
        // The state would be sought in the account of the role, by a job and by a laptop.
        assert!(!changes("set_backend_profile", by, S3, JOB), "{by:?}");
        assert!(!changes("set_backend_profile", by, S3, OTHER_JOB), "{by:?}");
        let own = "backend \"s3\" {\n    bucket  = \"s\"\n    profile = \"shared\"\n  }";
        assert!(changes("set_backend_profile", by, own, OTHER_JOB), "{by:?}");
        let other = "backend \"gcs\" { bucket = \"s\" }";
        assert!(changes("set_backend_profile", by, other, JOB), "{by:?}");
    }
}

#[test]
fn without_the_profile_in_its_job_the_backend_gets_none() {
    for by in [By::Setting, By::Skip] {
        assert!(!changes("ci_backend_profile", by, S3, JOB), "{by:?}");
        assert!(changes("ci_backend_profile", by, S3, OTHER_JOB), "{by:?}");
        let other = "backend \"gcs\" { bucket = \"s\" }";
        assert!(changes("ci_backend_profile", by, other, JOB), "{by:?}");
    }
}
