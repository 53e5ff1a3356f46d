//! Workflows that call workflows that call workflows: by whose block each job has its token.

use std::path::Path;

use engine::selection::Selection;

use crate::support::Tree;

const SECRETS: &str = "on:\n  workflow_call:\n    secrets:\n      KEY: { required: true }\n      SECRET: { required: true }\n";
const SETTINGS: &str = "account \"dev\" { id = \"111111111111\" }\nci {\n  default_token = \"restricted\"\n  role = \"arn:aws:iam::111111111111:role/ci\"\n}\n";
const PASSED: &str =
    "    secrets:\n      KEY: ${{ secrets.KEY }}\n      SECRET: ${{ secrets.SECRET }}\n";

/// The three workflows with these blocks.
fn workflows([top, middle, low]: [&str; 3]) -> [(&'static str, String); 3] {
    let first = PASSED.replace("secrets.KEY", "secrets.AWS_ACCESS_KEY_ID");
    let first = first.replace("secrets.SECRET", "secrets.AWS_SECRET_ACCESS_KEY");
    [
        (
            ".github/workflows/top.yml",
            format!(
                "on: push\n{top}jobs:\n  mid:\n    uses: ./.github/workflows/middle.yml\n{first}"
            ),
        ),
        (
            ".github/workflows/middle.yml",
            format!(
                "{SECRETS}{middle}jobs:\n  low:\n    uses: ./.github/workflows/low.yml\n{PASSED}"
            ),
        ),
        (
            ".github/workflows/low.yml",
            format!(
                "{SECRETS}{low}jobs:\n  tf:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.KEY }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.SECRET }}}}\n    steps:\n      - uses: actions/checkout@v4\n      - run: aws s3 ls\n"
            ),
        ),
    ]
}

/// Whether the job of the lowest workflow may request the token: each workflow that has a block has to list
/// it, and the highest has to.
fn may_sign_in(files: &[(&str, String)]) -> bool {
    files.iter().enumerate().all(|(at, (_, text))| {
        let lists = text.contains("id-token: write");
        lists || at > 0 && !text.contains("permissions")
    })
}

#[test]
fn a_job_without_a_block_has_what_calls_it() {
    let blocks = [
        "",
        "permissions: { contents: read }\n",
        "permissions:\n  contents: read\n  id-token: write\n",
    ];
    let mut converted = 0;
    for top in blocks {
        for middle in blocks {
            for low in blocks {
                let files = workflows([top, middle, low]);
                let tree = Tree::new(files.iter().map(|(path, text)| (*path, text.as_str())));
                let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
                let mut messages = plan.findings.iter().map(|it| &it.message);
                let bug = messages.find(|it| it.contains("a bug in tfkeyless"));
                assert_eq!(bug, None, "{top:?} {middle:?} {low:?}");
                let after = files.map(|(path, text)| {
                    let mut changes = plan.changes.iter();
                    let change = changes.find(|it| it.path == Path::new(path));
                    (path, change.map_or(text, |it| it.after.clone()))
                });
                if after[2].1.contains("role-to-assume") {
                    converted += 1;
                    assert!(may_sign_in(&after), "{after:#?}");
                    assert!(
                        after.iter().all(|(_, text)| !text.contains("SECRET")),
                        "{after:#?}"
                    );
                }
            }
        }
    }
    assert_eq!(converted, 27);
}
