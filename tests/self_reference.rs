//! Calls of a workflow of the repository itself by the repository's name.

use crate::support::Tree;
use diagnostics::finding::Safety;
use engine::plan::Plan;
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";
const CALLED: &str = ".github/workflows/tf.yml";
const OTHER: &str = ".github/workflows/other.yml";

fn caller(uses: &str) -> String {
    format!(
        "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    uses: {uses}\n    secrets:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n"
    )
}

const BODY: &str = "on:\n  workflow_call:\n    secrets:\n      AWS_ACCESS_KEY_ID:\n      AWS_SECRET_ACCESS_KEY:\npermissions:\n  contents: read\njobs:\n  tf:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: aws s3 ls\n";

fn plan(uses: &str, also: Option<&str>, config: &str) -> Plan {
    let text = caller(uses);
    let other = also.map(caller);
    let files = [(CI, text.as_str()), (CALLED, BODY)].into_iter();
    let tree = Tree::new(files.chain(other.as_deref().map(|other| (OTHER, other))));
    tree.plan(config, Selection::default()).unwrap()
}

/// The safety of the conversion, `None` where the keys stay, and its message.
fn outcome(plan: &Plan) -> (Option<Safety>, String) {
    let findings = plan.findings.iter();
    let mut own = findings.filter(|it| it.transform == "workflow_oidc");
    let found = own.find(|it| it.at.path.ends_with("ci.yml")).unwrap();
    let safety = (!found.edits.is_empty()).then_some(found.safety);
    (safety, found.message.clone())
}

#[test]
fn a_call_at_a_branch_is_read_as_local_and_reviewed() {
    const MAIN: &str = "acme/infra/.github/workflows/tf.yml@main";
    const OWN: &str = "repository = \"acme/infra\"\n";
    for (uses, config, safety, why) in [
        (MAIN, OWN, Some(Safety::Review), "as the branch main has it"),
        (
            MAIN,
            "repository = [\"x/y\", \"Acme/INFRA\"]\n",
            Some(Safety::Review),
            "as the branch main",
        ),
        (
            "ACME/Infra/.github/workflows/tf.yml@dev",
            OWN,
            Some(Safety::Review),
            "as the branch dev",
        ),
        // Another repository, and a file that is not here.
        (
            MAIN,
            "",
            None,
            "unless tfkeyless.hcl sets `repository = \"acme/infra\"`",
        ),
        (
            "acme/other/.github/workflows/no.yml@main",
            OWN,
            None,
            "which is not in this repository",
        ),
        // A name that begins with it.
        (
            "acme/infra-x/.github/workflows/tf.yml@main",
            OWN,
            None,
            "which is not in this repository",
        ),
        // At a release or commit it is not the file that is edited.
        (
            "acme/infra/.github/workflows/tf.yml@v2",
            OWN,
            None,
            "the file of a release",
        ),
        (
            "acme/infra/.github/workflows/tf.yml@1.0.0",
            OWN,
            None,
            "the file of a release",
        ),
        (
            "acme/infra/.github/workflows/tf.yml@e6de054238d6b7531b4efff3b6587d9aade6a06c",
            OWN,
            None,
            "the file of a release",
        ),
        (
            "./.github/workflows/tf.yml",
            OWN,
            Some(Safety::Safe),
            "signs in by OIDC",
        ),
    ] {
        let (found, message) = outcome(&plan(uses, None, config));
        assert_eq!(found, safety, "{uses} {config}: {message}");
        assert!(message.contains(why), "{uses} {config}: {message}");
    }
}

#[test]
fn a_local_caller_waits_with_one_by_name() {
    const OWN: &str = "repository = \"acme/infra\"\n";
    let named = "acme/infra/.github/workflows/tf.yml@main";
    let local = "./.github/workflows/tf.yml";
    let (found, message) = outcome(&plan(local, Some(named), OWN));
    assert_eq!(found, Some(Safety::Review), "{message}");
    // At a release the other runs what it ran.
    let released = "acme/infra/.github/workflows/tf.yml@v1";
    let (found, message) = outcome(&plan(local, Some(released), OWN));
    assert_eq!(found, Some(Safety::Safe), "{message}");
}
