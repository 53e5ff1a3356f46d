//! Actions that ignore the session token keep their job on its keys, and the report has the command
//! that does the same.

use crate::support::Tree;
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";

#[test]
fn the_command_in_place_of_the_action_is_named() {
    let step = |uses: &str, more: &str| {
        format!(
            "      - uses: {uses}\n{more}        env:\n          AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n"
        )
    };
    let sync = "jakejarvis/s3-sync-action@master";
    for (step, expected) in [
        (
            step(
                sync,
                "        with:\n          args: --follow-symlinks --delete\n",
            ) + "          AWS_S3_BUCKET: ${{ secrets.BUCKET }}\n          SOURCE_DIR: build\n          DEST_DIR: app\n",
            "aws s3 sync build s3://${{ secrets.BUCKET }}/app --no-progress --follow-symlinks --delete",
        ),
        (
            step("JakeJarvis/S3-Sync-Action@v0.5.1", "") + "          AWS_S3_BUCKET: b\n",
            "aws s3 sync . s3://b/ --no-progress",
        ),
        (
            step(sync, "") + "          AWS_S3_BUCKET: b\n          AWS_S3_ENDPOINT: https://x\n",
            "aws s3 sync . s3://b/ --no-progress --endpoint-url https://x",
        ),
        (
            step("chetan/invalidate-cloudfront-action@v2.2", "")
                + "          DISTRIBUTION: ${{ vars.ID }}\n          PATHS: /a /b/*\n",
            "aws cloudfront create-invalidation --distribution-id ${{ vars.ID }} --paths /a '/b/*'",
        ),
    ] {
        let text = format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{step}"
        );
        let tree = Tree::new([(CI, text.as_str())]);
        let plan = tree.plan("", Selection::default()).unwrap();
        assert!(plan.changes.is_empty(), "{text}");
        let helps: Vec<&str> = plan
            .findings
            .iter()
            .filter_map(|it| it.help.as_deref())
            .collect();
        let help = format!("replace the step by `- run: {expected}`, and run again");
        assert_eq!(helps, [help], "{text}");
    }
}

#[test]
fn a_release_that_takes_the_session_token_is_signed_in() {
    for at in ["v2", "v2.3", "v2.4", "master"] {
        let text = format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: chetan/invalidate-cloudfront-action@{at}\n        env:\n          AWS_REGION: eu-west-1\n          AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n"
        );
        let tree = Tree::new([(CI, text.as_str())]);
        let plan = tree.plan("", Selection::default()).unwrap();
        let after: Vec<&str> = plan.changes.iter().map(|it| it.after.as_str()).collect();
        let [after] = after[..] else { panic!("{at}") };
        assert!(after.contains("role-to-assume"), "{after}");
        assert!(!after.contains("secrets."), "{after}");
    }
}
