//! A backend profile that a run of its root module cannot get makes the change need review, with all
//! that changes an identity there.

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{Tree, changed, reports, reviewed};

const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\n";
const MAIN: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n  }\n}\nprovider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

/// A repository with a root module `live`, a workflow whose job `apply` signs in, and other files.
fn tree(job: &str, files: &[(&str, &str)]) -> Tree {
    let workflow = format!(
        "on: push\npermissions:\n  id-token: write\n  contents: read\njobs:\n  apply:\n{job}"
    );
    let files = files.iter().copied();
    Tree::new(
        [
            ("live/main.tf", MAIN),
            (".github/workflows/a.yml", &workflow),
        ]
        .into_iter()
        .chain(files),
    )
}

/// The steps of a job that signs in with keys, in the account of the state, and runs Terraform.
fn steps(setup: &str, run: &str) -> String {
    format!(
        "    steps:\n      - uses: actions/checkout@v4\n{setup}      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.ID }}}}\n          aws-secret-access-key: ${{{{ secrets.SECRET }}}}\n          aws-region: eu-west-1\n      - run: {run}\n        working-directory: live\n"
    )
}

fn hosted(setup: &str, run: &str) -> String {
    format!("    runs-on: ubuntu-latest\n{}", steps(setup, run))
}

fn plan(tree: &Tree) -> Plan {
    tree.plan(ACCOUNTS, Selection::default()).unwrap()
}

const INIT: &str = "terraform init && terraform apply";

/// `setup-terraform` with that release.
fn setup(version: &str) -> String {
    format!(
        "      - uses: hashicorp/setup-terraform@v3\n        with:\n          terraform_version: {version}\n"
    )
}

#[test]
fn a_run_that_cannot_get_the_profile_holds_all_that_changes_an_identity() {
    let container = format!(
        "    runs-on: ubuntu-latest\n    container: hashicorp/terraform\n{}",
        steps("", INIT)
    );
    let pinned = |text: &str| {
        MAIN.replacen(
            "terraform {\n",
            &format!("terraform {{\n  required_version = \"{text}\"\n"),
            1,
        )
    };
    let (old, older) = (pinned("~> 1.5.0"), pinned("< 0.14"));
    let ambient = "    runs-on: self-hosted\n    steps:\n      - run: terraform init\n        working-directory: live\n";
    for (job, files, why) in [
        (
            ambient.to_owned(),
            vec![],
            "would run it without the profile `shared`: no step before it signs in by OIDC",
        ),
        (
            container,
            vec![],
            "job apply (.github/workflows/a.yml:16) would run it without the profile `shared`: it runs in a container",
        ),
        (
            hosted("", "./deploy.sh terraform"),
            vec![],
            "would run it without the profile `shared`: what it runs behind a script",
        ),
        (
            hosted(&setup("1.5.7"), INIT),
            vec![],
            "in Terraform 1.5.7 (.github/workflows/a.yml:12), which it runs",
        ),
        (
            hosted(&setup("~1.6"), INIT),
            vec![],
            "in Terraform ~1.6 (.github/workflows/a.yml:12), which it runs",
        ),
        (
            hosted(&setup("${{ env.X }}"), INIT),
            vec![(".terraform-version", "1.5.7\n")],
            "in Terraform 1.5.7 (.terraform-version:1), which it runs",
        ),
        (
            hosted("", INIT),
            vec![("live/.tool-versions", "nodejs 20\nterraform 1.6.2\n")],
            "in Terraform 1.6.2 (live/.tool-versions:2), which it runs",
        ),
        (
            hosted("", INIT),
            vec![("live/main.tf", old.as_str())],
            "in Terraform `~> 1.5.0` (live/main.tf:2), which it runs",
        ),
        (
            hosted("", INIT),
            vec![(".terraform-version", "0.13.7\n")],
            "Terraform 0.13.7 (.terraform-version:1) does not read the SSO profile that its backend gets",
        ),
        (
            hosted(&setup("1.9.0"), INIT),
            vec![("live/main.tf", older.as_str())],
            "Terraform `< 0.14` (live/main.tf:2) does not read the SSO profile",
        ),
    ] {
        let tree = tree(&job, &files);
        let plan = plan(&tree);
        assert!(
            !changed(&plan).contains(&"live/main.tf".to_owned()),
            "{why}: {:?}",
            changed(&plan)
        );
        for transform in ["set_backend_profile", "remove_assume_role"] {
            let mut open = plan.open().filter(|it| it.transform == transform);
            assert!(
                open.any(|it| it.message.contains(why)),
                "{why}: {:?}",
                reports(&plan)
            );
        }
        let plan = tree.plan(ACCOUNTS, reviewed()).unwrap();
        assert!(changed(&plan).contains(&"live/main.tf".to_owned()), "{why}");
    }
}

#[test]
fn a_job_in_a_container_may_have_credentials_that_its_file_does_not_show() {
    for (step, is_held) in [
        ("uses: org/login@v1", true),
        ("run: eval $(vault read x)", true),
        ("run: ./login\n        env: { AWS_ROLE: x }", true),
        ("uses: hashicorp/setup-terraform@v3", false),
        ("run: ./build", false),
    ] {
        let job = format!(
            "    runs-on: ubuntu-latest\n    container: hashicorp/terraform\n    steps:\n      - {step}\n      - run: terraform init\n        working-directory: live\n"
        );
        let plan = plan(&tree(&job, &[]));
        let is_changed = changed(&plan).contains(&"live/main.tf".to_owned());
        assert_eq!(is_changed, !is_held, "{step}: {:?}", reports(&plan));
    }
}

#[test]
fn a_run_that_gets_the_profile_or_needs_none_holds_nothing() {
    let pinned = |text: &str| {
        MAIN.replacen(
            "terraform {\n",
            &format!("terraform {{\n  required_version = \"{text}\"\n"),
            1,
        )
    };
    let (open, new) = (pinned(">= 0.13"), pinned("~> 1.9.0"));
    let local = MAIN.replacen(
        "backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n  }",
        "backend \"local\" {\n  }",
        1,
    );
    let in_container = "    runs-on: ubuntu-latest\n    container: hashicorp/terraform\n";
    let no_state = format!(
        "{in_container}{}",
        steps("", "terraform init -backend=false && terraform validate")
    );
    let elsewhere = format!(
        "{in_container}{}",
        steps("", INIT).replace("working-directory: live", "working-directory: other")
    );
    let without = "    runs-on: ubuntu-latest\n    container: hashicorp/terraform\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform init\n        working-directory: live\n";
    for (name, job, files) in [
        ("on the runner", hosted("", INIT), vec![]),
        ("a new release", hosted(&setup("1.9.0"), INIT), vec![]),
        (
            "a range that is open above",
            hosted(&setup("^1.5"), INIT),
            vec![],
        ),
        (
            "the newest release",
            hosted("      - uses: hashicorp/setup-terraform@v3\n", INIT),
            vec![(".terraform-version", "1.5.7\n")],
        ),
        (
            "old releases among others",
            hosted("", INIT),
            vec![("live/main.tf", open.as_str())],
        ),
        (
            "new ones alone",
            hosted("", INIT),
            vec![("live/main.tf", new.as_str())],
        ),
        (
            "a pin of another directory",
            hosted("", INIT),
            vec![
                ("other/.terraform-version", "1.5.7\n"),
                ("other/main.tf", "output \"a\" {\n  value = 1\n}\n"),
            ],
        ),
        (
            "a new pin",
            hosted("", INIT),
            vec![(".terraform-version", "latest:^1.5\n")],
        ),
        ("no backend", no_state, vec![]),
        (
            "another directory",
            elsewhere,
            vec![("other/README.md", "")],
        ),
        (
            "another backend",
            hosted("", INIT),
            vec![
                ("live/main.tf", local.as_str()),
                (".terraform-version", "0.13.7\n"),
            ],
        ),
        ("no credentials", without.to_owned(), vec![]),
    ] {
        let plan = plan(&tree(&job, &files));
        assert!(
            changed(&plan).contains(&"live/main.tf".to_owned()),
            "{name}: {:?}",
            reports(&plan)
        );
    }
}

#[test]
fn a_job_that_restores_its_working_directory_from_a_cache_is_reported_with_the_backend_saved_there()
{
    let cache = |path: &str| {
        format!(
            "      - uses: actions/cache@v4\n        with:\n          key: a\n          path: {path}\n"
        )
    };
    let whole = "|\n            ~/.cache\n            live/.terraform/";
    for (setup, run, is_named) in [
        (cache("live/.terraform"), INIT, true),
        (cache("'**/.terraform'"), INIT, true),
        (cache(whole), INIT, true),
        (cache("live/.terraform/providers"), INIT, false),
        (cache("~/.terraform.d/plugin-cache"), INIT, false),
        (
            cache("live/.terraform"),
            "terraform init -reconfigure",
            false,
        ),
        (String::new(), INIT, false),
    ] {
        let plan = plan(&tree(&hosted(&setup, run), &[]));
        let mut given = plan
            .applied()
            .filter(|it| it.transform == "ci_backend_profile");
        let help = given.next().unwrap().help.clone().unwrap_or_default();
        assert_eq!(
            help.contains("change the key of the cache"),
            is_named,
            "{setup} {help}"
        );
    }
}

#[test]
fn the_lock_in_the_bucket_is_named_first_where_every_root_module_can_have_it() {
    let job = format!(
        "    runs-on: ubuntu-latest\n    container: hashicorp/terraform\n{}",
        steps("", INIT)
    );
    let with = |text: &str| {
        MAIN.replacen(
            "terraform {\n",
            &format!("terraform {{\n  required_version = \"{text}\"\n"),
            1,
        )
    };
    let (new, old) = (with(">= 1.10"), with(">= 1.9"));
    for (text, other, is_first) in [
        (&new, None, true),
        (&new, Some(("other/main.tf", MAIN)), false),
        (&old, None, false),
    ] {
        let files = [("live/main.tf", text.as_str())].into_iter().chain(other);
        let plan = plan(&tree(&job, &files.collect::<Vec<_>>()));
        let mut open = plan
            .open()
            .filter(|it| it.transform == "set_backend_profile");
        let help = open
            .find(|it| it.at.path.starts_with("live"))
            .unwrap()
            .help
            .clone()
            .unwrap();
        assert_eq!(
            help.starts_with("set `state_access = \"lockfile\"`"),
            is_first,
            "{help}"
        );
    }
}
