//! The sessions of jobs: their names in CloudTrail, and how long they last.

use crate::support::Tree;
use engine::plan::Plan;
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";

fn plan(head: &str, steps: &str, config: &str) -> Plan {
    let text = format!(
        "on: push\npermissions:\n  contents: read\njobs:\n  apply:\n    runs-on: ubuntu-latest\n{head}    steps:\n{steps}      - run: aws s3 ls\n"
    );
    let tree = Tree::new([(CI, text.as_str())]);
    tree.plan(config, Selection::default()).unwrap()
}

const NAME: &str = "ci {\n  session_name = \"gha-{job}-{run}\"\n}\n";
const ENV: &str = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

fn with(more: &str) -> String {
    format!(
        "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n{more}          aws-region: eu-west-1\n"
    )
}

#[test]
fn every_sign_in_names_its_session_where_the_configuration_asks_for_it() {
    let script = "      - run: |\n          echo \"AWS_ACCESS_KEY_ID=${{ secrets.AWS_ACCESS_KEY_ID }}\" >> $GITHUB_ENV\n          echo \"AWS_SECRET_ACCESS_KEY=${{ secrets.AWS_SECRET_ACCESS_KEY }}\" >> $GITHUB_ENV\n";
    let line = "          role-session-name: gha-apply-${{ github.run_id }}\n";
    let own = "          role-session-name: mine\n";
    for (head, steps, expected) in [
        ("", with(""), line),
        (ENV, String::new(), line),
        ("", script.to_owned(), line),
        ("", with(own), own),
    ] {
        let plan = plan(head, &steps, NAME);
        let after = &plan.changes[0].after;
        let lines: Vec<&str> = after
            .lines()
            .filter(|it| it.contains("role-session-name"))
            .collect();
        assert_eq!(lines, [expected.trim_end()], "{after}");
    }
    let plain = plan("", &with(""), "");
    assert!(!plain.changes[0].after.contains("role-session-name"));
}

#[test]
fn a_job_that_may_take_longer_than_its_session_is_named() {
    let note = "its `timeout-minutes` is 90 while a session ends after 60";
    for (head, is_noted) in [
        ("    timeout-minutes: 90\n", true),
        ("    timeout-minutes: 60\n", false),
        ("", false),
    ] {
        let plan = plan(head, &with(""), "");
        let mut notes = plan.findings.iter().flat_map(|it| &it.notes);
        assert_eq!(notes.any(|it| it.contains(note)), is_noted, "{head}");
    }
}
