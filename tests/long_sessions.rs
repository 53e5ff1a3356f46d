//! A role that stays and asks for a session of more than an hour: AWS refuses that to the role of a job.

use crate::support::Tree;
use diagnostics::finding::Safety;
use engine::selection::Selection;

const CI: &str = "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform -chdir=app apply\n";

const ROLES_STAY: &str = "transform \"remove_assume_role\" {\n  enabled = false\n}\n";

fn provider(session: &str) -> String {
    format!(
        "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::111111111111:role/deploy\"\n    {session}\n  }}\n}}\n"
    )
}

fn backend(settings: &str) -> String {
    format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket = \"b\"\n    key    = \"k\"\n    region = \"eu-west-1\"\n    {settings}\n  }}\n}}\n"
    )
}

fn conversion(main: &str, settings: &str) -> (Safety, String) {
    let tree = Tree::new([("app/main.tf", main), (".github/workflows/ci.yml", CI)]);
    let plan = tree.plan(settings, Selection::default()).unwrap();
    let mut findings = plan.findings.iter();
    let found = findings.find(|it| it.transform == "workflow_oidc").unwrap();
    assert!(!found.edits.is_empty(), "{}", found.message);
    (found.safety, found.message.clone())
}

#[test]
fn a_job_waits_where_a_role_that_stays_asks_for_more_than_an_hour() {
    const ROLE: &str = "role_arn = \"arn:aws:iam::333333333333:role/state\"";
    for (main, lasts) in [
        (provider("duration = \"2h\""), Some("`2h`")),
        (provider("duration = \"3601s\""), Some("`3601s`")),
        (provider("duration = var.lasts"), Some("`var.lasts`")),
        (provider("duration_seconds = 7200"), Some("`7200`")),
        (
            backend(&format!(
                "assume_role = {{\n      {ROLE}\n      duration = \"3h\"\n    }}"
            )),
            Some("`3h`"),
        ),
        (
            backend(&format!("{ROLE}\n    assume_role_duration_seconds = 7200")),
            Some("`7200`"),
        ),
        (provider("duration = \"1h\""), None),
        (provider("duration = \"60m\""), None),
        (provider("duration_seconds = 3600"), None),
        (provider("session_name = \"ci\""), None),
        (
            backend(&format!(
                "assume_role = {{\n      {ROLE}\n      duration = \"3600s\"\n    }}"
            )),
            None,
        ),
    ] {
        let (safety, message) = conversion(&main, ROLES_STAY);
        match lasts {
            Some(lasts) => {
                assert_eq!(safety, Safety::Review, "{main}{message}");
                let said = format!(
                    "assumes its role for {lasts}, while with the role of a job AWS allows an hour"
                );
                assert!(message.contains(&said), "{main}{message}");
                let named = [
                    "OIDC; provider \"aws\" in app",
                    "OIDC; the S3 backend in app",
                ];
                assert!(named.iter().any(|it| message.contains(it)), "{message}");
            }
            None => assert_eq!(safety, Safety::Safe, "{main}{message}"),
        }
    }
}

#[test]
fn a_role_that_the_plan_removes_asks_for_nothing() {
    let settings = "account \"dev\" {\n  id = \"111111111111\"\n}\nci {\n  role = \"arn:aws:iam::{id}:role/ci\"\n}\n";
    let (safety, message) = conversion(&provider("duration = \"2h\""), settings);
    assert_eq!(safety, Safety::Safe, "{message}");
}

#[test]
fn a_job_waits_where_terragrunt_assumes_its_role_for_more_than_an_hour() {
    const ROLE: &str = "iam_role = \"arn:aws:iam::111111111111:role/terragrunt\"\n";
    let ci = CI.replace(
        "terraform -chdir=app apply",
        "cd live && terragrunt run-all apply",
    );
    let unit = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../../app\"\n}\n";
    let own = |lasts: &str| format!("{ROLE}iam_assume_role_duration = {lasts}\n");
    let web = "iam_web_identity_token = get_env(\"TOKEN\")\n";
    for (root, more, lasts) in [
        (own("14400"), "", Some("`14400`")),
        (own("local.lasts"), "", Some("`local.lasts`")),
        // In the unit, the role in the file that it includes.
        (
            ROLE.to_owned(),
            "iam_assume_role_duration = 7200\n",
            Some("`7200`"),
        ),
        (own("3600"), "", None),
        (ROLE.to_owned(), "", None),
        (format!("{}{web}", own("14400")), "", None),
        // Without a role nothing is assumed.
        ("iam_assume_role_duration = 14400\n".to_owned(), "", None),
    ] {
        let unit = format!("{unit}{more}");
        let tree = Tree::new([
            ("app/main.tf", "provider \"aws\" {}\n"),
            ("live/root.hcl", root.as_str()),
            ("live/one/terragrunt.hcl", &unit),
            (".github/workflows/ci.yml", &ci),
        ]);
        let plan = tree.plan("", Selection::default()).unwrap();
        let mut findings = plan.findings.iter();
        let found = findings.find(|it| it.transform == "workflow_oidc").unwrap();
        let said = "while with the role of a job AWS allows an hour: set `iam_assume_role_duration` to 3600";
        assert_eq!(
            found.message.contains(said),
            lasts.is_some(),
            "{root}{more}{}",
            found.message
        );
        if let Some(lasts) = lasts {
            assert_eq!(found.safety, Safety::Review, "{root}");
            assert!(found.message.contains(lasts), "{}", found.message);
        }
    }
}
