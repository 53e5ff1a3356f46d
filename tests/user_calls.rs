//! Calls that only the keys of an IAM user may make: a role in their place would fail.

use crate::support::Tree;
use diagnostics::finding::Safety;
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";

#[test]
fn a_job_that_makes_one_is_converted_with_a_yes_only() {
    const SESSION: &str = "aws sts get-session-token --duration-seconds 900";
    for (step, expected) in [
        (
            "- run: aws sts get-session-token",
            Some((15, "`aws sts get-session-token`")),
        ),
        (
            "- run: |\n          echo a\n          TOKEN=$(aws sts get-federation-token --name x)",
            Some((17, "`aws sts get-federation-token`")),
        ),
        (
            "- run: aws iam create-access-key",
            Some((15, "`aws iam create-access-key`")),
        ),
        (
            "- run: ./scripts/session.sh",
            Some((15, "`aws sts get-session-token`")),
        ),
        (
            "- run: python scripts/session.py",
            Some((15, "`session.py`")),
        ),
        (
            "- run: |\n          C=$(aws sts assume-role --role-arn x --duration-seconds 7200)\n          echo \"AWS_ACCESS_KEY_ID=$C\" >> $GITHUB_ENV\n          echo \"AWS_SECRET_ACCESS_KEY=$C\" >> $GITHUB_ENV\n          echo \"AWS_SESSION_TOKEN=$C\" >> $GITHUB_ENV",
            Some((16, "`aws sts assume-role`")),
        ),
        ("- run: aws iam create-access-key --user-name x", None),
        ("- run: aws sts get-caller-identity", None),
        ("- run: ./scripts/list.sh", None),
        // A comment and a message make no call.
        (
            "- run: |\n          # aws sts get-session-token\n          echo aws sts get-session-token",
            None,
        ),
    ] {
        let ci = format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: aws s3 ls\n      {step}\n"
        );
        let tree = Tree::new([
            (CI, ci.as_str()),
            ("scripts/session.sh", SESSION),
            (
                "scripts/session.py",
                "import boto3\nboto3.client('sts').get_session_token()\n",
            ),
            ("scripts/list.sh", "aws s3 ls\n"),
        ]);
        let plan = tree.plan("", Selection::default()).unwrap();
        let mut findings = plan.findings.iter();
        let found = findings.find(|it| it.transform == "workflow_oidc").unwrap();
        let safety = match expected {
            Some(_) => Safety::Review,
            None => Safety::Safe,
        };
        assert_eq!(found.safety, safety, "{step}: {}", found.message);
        if let Some((line, what)) = expected {
            let call = match what.contains("assume-role") {
                true => "asks for a session of more than an hour",
                false => "makes a call that AWS refuses to a role",
            };
            let why = format!("line {line} {call}, {what}:");
            assert!(found.message.contains(&why), "{}", found.message);
        }
    }
}
