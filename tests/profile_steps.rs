//! Where the step that writes a profile starts, and jobs that cannot have one.

use std::path::Path;

use engine::selection::Selection;

use crate::support::{Tree, reviewed};

const CONFIG: &str =
    "state_profile = \"shared\"\naccount \"shared\" {\n  id = \"333333333333\"\n}\n";

fn backend(settings: &str) -> String {
    format!(
        "terraform {{\n  required_version = \">= 1.7\"\n  backend \"s3\" {{\n    bucket = \"b\"\n    key    = \"k\"\n    region = \"eu-west-1\"\n{settings}  }}\n}}\n"
    )
}

const CHECKOUT: &str = "      - uses: actions/checkout@v4\n";
const SIGN_IN: &str = "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}\n          aws-region: eu-west-1\n";
const RUN: &str = "      - run: terraform init && terraform apply\n";

#[test]
fn a_profile_is_not_written_where_terraform_does_not_look() {
    for (job, steps, expected) in [
        ("", RUN.to_owned(), true),
        (
            "    env: { AWS_CONFIG_FILE: ci/aws.conf }\n",
            RUN.to_owned(),
            false,
        ),
        (
            "    env: { AWS_SHARED_CREDENTIALS_FILE: ci/aws }\n",
            RUN.to_owned(),
            false,
        ),
        (
            "    env: { AWS_CONFIG_FILE: ~/.aws/config }\n",
            RUN.to_owned(),
            true,
        ),
        (
            "",
            RUN.replace("run: ", "run: export AWS_CONFIG_FILE=$PWD/a; "),
            false,
        ),
        (
            "",
            format!("      - run: echo AWS_CONFIG_FILE=$PWD/a >> $GITHUB_ENV\n{RUN}"),
            false,
        ),
        (
            "",
            format!("      - run: cp ci/aws.conf ~/.aws/config\n{RUN}"),
            false,
        ),
        (
            "",
            format!("      - run: aws configure set region x --profile y\n{RUN}"),
            true,
        ),
        (
            "",
            RUN.replace("&& terraform", "&& sudo -EH terraform"),
            false,
        ),
        (
            "",
            RUN.replace("&& terraform", "&& timeout 60 terraform"),
            true,
        ),
    ] {
        let ci = format!(
            "on: push\npermissions:\n  id-token: write\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n{job}    steps:\n{CHECKOUT}{SIGN_IN}{steps}"
        );
        let main = backend("");
        let path = ".github/workflows/ci.yml";
        let tree = Tree::new([("main.tf", &*main), (path, &*ci)]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let texts = tree.with(&plan).0;
        let is_named = texts[Path::new("main.tf")].contains("profile");
        let is_written = texts[Path::new(path)].contains("profile.shared.role_arn");
        assert_eq!([is_named, is_written], [expected; 2], "{job}{steps}");
    }
}

#[test]
fn a_profile_is_written_where_a_directory_is() {
    let defaults = "    defaults:\n      run:\n        working-directory: dev\n";
    let of_workflow = "defaults:\n  run:\n    working-directory: dev\n";
    for (shared, own, steps, expected) in [
        ("", defaults, [SIGN_IN, CHECKOUT, RUN], true),
        (of_workflow, "", [SIGN_IN, CHECKOUT, RUN], true),
        ("", defaults, [CHECKOUT, SIGN_IN, RUN], false),
        (of_workflow, "", [CHECKOUT, SIGN_IN, RUN], false),
        ("", "", [SIGN_IN, CHECKOUT, RUN], false),
    ] {
        let steps = steps.concat();
        let ci = format!(
            "on: push\npermissions:\n  id-token: write\n  contents: read\n{shared}jobs:\n  a:\n    runs-on: ubuntu-latest\n{own}    steps:\n{steps}"
        );
        let (main, path) = (backend(""), ".github/workflows/ci.yml");
        let tree = Tree::new([("dev/main.tf", &*main), ("main.tf", &*main), (path, &*ci)]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let text = &tree.with(&plan).0[Path::new(path)];
        assert!(text.contains("aws configure set"), "{text}");
        let is_placed = text.contains("- working-directory: .\n        run: |");
        assert_eq!(is_placed, expected, "{text}");
    }
}

#[test]
fn keys_of_a_backend_stay_where_a_job_would_not_get_their_profile() {
    let keys = "    access_key = \"AKIAIEQH746YNG7BY3A4\"\n    secret_key = \"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\"\n";
    let main = backend(keys);
    let ci = |script: &str| {
        format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{CHECKOUT}      - run: terraform -chdir=dev {script}\n"
        )
    };
    for (script, is_safe) in [
        ("init && terraform -chdir=dev apply", false),
        ("init", false),
        ("init -backend=false", true),
        ("fmt -check", true),
    ] {
        let ci = ci(script);
        let tree = Tree::new([("dev/main.tf", &*main), (".github/workflows/ci.yml", &*ci)]);
        let goes = |selection: Selection| {
            let plan = tree.plan(CONFIG, selection).unwrap();
            !tree.with(&plan).0[Path::new("dev/main.tf")].contains("access_key")
        };
        assert_eq!(goes(Selection::default()), is_safe, "{script}");
        assert!(goes(reviewed()), "{script}");
    }
}
