//! Whose the static keys are that a provider configuration without credentials of its own acts by: the state's
//! account, unless tfkeyless.hcl answers of the keys of jobs that they are of another.

use engine::selection::Selection;

use crate::support::{Tree, changed, reviewed};

const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\n\
    account \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// A root module with a role in dev, and a provider configuration that acts as the keys.
const ROOT: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\nprovider \"aws\" {\n  alias   = \"keys\"\n  version = \"~> 5.0\"\n}\n";

/// A job that applies a root module with a pair of keys, by the prefix of their secrets.
fn job(id: &str, prefix: &str, head: &str, root: &str) -> String {
    format!(
        "  {id}:\n    runs-on: ubuntu-latest\n{head}    permissions:\n      contents: read\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n          aws-access-key-id: ${{{{ secrets.{prefix}AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.{prefix}AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: terraform init && terraform apply\n        working-directory: {root}\n"
    )
}

fn keys(prefix: &str, account: &str) -> String {
    format!("keys \"{prefix}AWS_ACCESS_KEY_ID\" {{ account = \"{account}\" }}\n")
}

/// The profile that the second provider configuration gets with review; `None` where it gets none.
fn profile(answers: &str, jobs: &[String]) -> Option<String> {
    let workflow = format!("on: push\njobs:\n{}", jobs.concat());
    let files = [("dev/main.tf", ROOT), ("other/main.tf", ROOT)];
    let files = files
        .into_iter()
        .chain([(".github/workflows/ci.yml", &*workflow)]);
    let tree =
        Tree::new(files.filter(|(path, _)| !path.starts_with(".github") || !jobs.is_empty()));
    let plan = tree
        .plan(&format!("{ACCOUNTS}{answers}"), reviewed())
        .unwrap();
    let after = tree.with(&plan);
    let text = &after.0[std::path::Path::new("dev/main.tf")];
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("profile"));
    line.map(|line| line.trim_matches([' ', '=', '"']).to_owned())
}

#[test]
fn keys_that_are_answered_to_be_of_another_account_are_not_those_of_the_state() {
    let usual = || job("a", "", "", "dev");
    let live = || job("b", "LIVE_", "", "dev");
    let elsewhere = || job("c", "LIVE_", "", "other");
    let in_live = || job("d", "", "    environment: live\n", "dev");
    let chosen = || {
        let pair = |name: &str| {
            format!(
                "${{{{ github.ref == 'refs/heads/main' && secrets.A_{name} || secrets.B_{name} }}}}"
            )
        };
        let job = job("e", "", "", "dev");
        let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let one = |name: &str| format!("${{{{ secrets.{name} }}}}");
        names
            .iter()
            .fold(job, |job, name| job.replace(&one(name), &pair(name)))
    };
    let both = keys("", "dev") + &keys("LIVE_", "live");
    let environment = "environment \"live\" { account = \"live\" }\n".to_owned();
    for (answers, jobs, expected) in [
        // Without an answer it is the account of the state.
        (String::new(), vec![usual()], Some("shared")),
        (String::new(), vec![], Some("shared")),
        (keys("", "shared"), vec![usual()], Some("shared")),
        (keys("", "shared"), vec![], Some("shared")),
        // Of the pairs that an expression chooses from.
        (
            keys("A_", "dev") + &keys("B_", "live"),
            vec![chosen()],
            None,
        ),
        (
            keys("A_", "shared") + &keys("B_", "shared"),
            vec![chosen()],
            Some("shared"),
        ),
        (keys("A_", "dev"), vec![chosen()], None),
        // An answer that names another.
        (keys("", "live"), vec![usual()], None),
        (keys("", "live"), vec![], None),
        (environment.clone(), vec![in_live()], None),
        // Of several pairs, that by which the root module is run.
        (both.clone(), vec![live()], None),
        (
            keys("", "shared") + &keys("LIVE_", "live"),
            vec![usual()],
            Some("shared"),
        ),
        (
            keys("LIVE_", "live"),
            vec![usual(), elsewhere()],
            Some("shared"),
        ),
        (
            keys("LIVE_", "shared"),
            vec![usual(), live()],
            Some("shared"),
        ),
        // Two accounts are not one.
        (both.clone(), vec![usual(), live()], None),
        (keys("LIVE_", "live"), vec![usual(), live()], None),
        (environment, vec![usual(), in_live()], None),
        // None of the answers is about a laptop, and the state is in neither account.
        (both, vec![], None),
    ] {
        let found = profile(&answers, &jobs);
        assert_eq!(found.as_deref(), expected, "{answers}{}", jobs.concat());
    }
}

/// The profile of the state waits where a job would lack it, and the role with it, whoever holds the keys.
#[test]
fn a_role_waits_with_the_profile_of_its_state() {
    let main = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n    region = \"r\"\n  }\n}\n\nprovider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let written = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    env:\n      AWS_PROFILE: ci\n    steps:\n      - run: |\n          aws configure set aws_access_key_id ${{ secrets.AWS_ACCESS_KEY_ID }} --profile ci\n          aws configure set aws_secret_access_key ${{ secrets.AWS_SECRET_ACCESS_KEY }} --profile ci\n          aws configure set region eu-west-1 --profile ci\n      - run: terraform -chdir=dev init && terraform -chdir=dev apply\n";
    let tree = Tree::new([("dev/main.tf", main), (".github/workflows/ci.yml", written)]);
    for answers in [String::new(), keys("", "shared"), keys("", "dev")] {
        let plan = tree
            .plan(&format!("{ACCOUNTS}{answers}"), Selection::default())
            .unwrap();
        assert_eq!(changed(&plan), [".github/workflows/ci.yml"], "{answers}");
    }
}
