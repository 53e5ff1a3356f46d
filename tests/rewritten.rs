//! Jobs that write Terraform's configuration before they run it: what they run is not what the tree holds, so that the
//! roles stay and the job acts as before, until it is said where it signs in.

use std::path::Path;

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{Tree, changed, reports};

const ACCOUNTS: &str =
    "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n";

/// A provider by a role of that account.
fn provider(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// The plan of a job with these steps, for `stack`, beside files of both accounts.
fn plan(steps: &[&str], answers: &str) -> Plan {
    let steps: Vec<String> = steps
        .iter()
        .map(|run| format!("      - run: {run}\n"))
        .collect();
    let workflow = format!(
        "on: push\npermissions: {{ contents: read }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n      AWS_REGION: us-east-1\n    steps:\n{}      - run: terraform -chdir=stack apply\n",
        steps.concat()
    );
    let (dev, live) = (provider("111111111111"), provider("222222222222"));
    let tree = Tree::new([
        ("stack/main.tf", dev.as_str()),
        ("envs/live/provider.tf", live.as_str()),
        ("Makefile", "bring:\n\tcp envs/live/provider.tf stack/\n"),
        (".github/workflows/ci.yml", workflow.as_str()),
    ]);
    tree.plan(&format!("{ACCOUNTS}{answers}"), Selection::default())
        .unwrap()
}

/// The files of configuration that change unasked.
fn safe(plan: &Plan) -> Vec<String> {
    let mut all = changed(plan);
    all.retain(|path| Path::new(path).extension().is_some_and(|it| it == "tf"));
    all
}

#[test]
fn what_a_job_writes_before_it_runs_keeps_its_roles() {
    let (both, own) = (
        ["envs/live/provider.tf", "stack/main.tf"],
        ["envs/live/provider.tf"],
    );
    for (steps, expected) in [
        (&[][..], &both[..]),
        (&["terraform fmt -check stack/main.tf"], &both),
        (&["cp README.md stack/"], &both),
        (&["sed s/1/2/ stack/main.tf"], &both),
        // Written there: the files of other directories are not concerned.
        (&["echo 'provider \"aws\" {}' > stack/override.tf"], &own),
        (&["sed -i s/111111111111/222222222222/ stack/main.tf"], &own),
        // Brought from anywhere in the tree.
        (&["cp envs/live/provider.tf stack/"], &[]),
        (&["ln -s ../envs/live/provider.tf stack/provider.tf"], &[]),
        (&["cp envs/live/* stack/"], &[]),
        (&["make bring"], &[]),
        (&["git checkout env/live -- stack/main.tf"], &[]),
    ] {
        let plan = plan(steps, "");
        assert_eq!(safe(&plan), expected, "{steps:?} {:?}", reports(&plan));
    }
}

#[test]
fn the_job_signs_in_where_an_answer_says() {
    let answer = "job \"ci.yml:a\" { account = \"dev\" }\n";
    let plan = plan(&["cp ci/provider.tf stack/"], answer);
    assert_eq!(safe(&plan), ["envs/live/provider.tf", "stack/main.tf"]);
    let asked = self::plan(&["cp ci/provider.tf stack/"], "");
    let found = asked
        .findings
        .iter()
        .find(|it| it.at.path.ends_with("stack/main.tf"))
        .unwrap();
    let help = found
        .help
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(help.contains("`job \"ci.yml:a\" { account = "), "{help}");
}
