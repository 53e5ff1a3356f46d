//! The step that sets a profile is written for a POSIX shell, whatever runs the job's own scripts.

use crate::support::Tree;
use engine::selection::Selection;

const BACKEND: &str =
    "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";

#[test]
fn the_shell_is_named_where_it_may_be_another() {
    let matrix = |axes: &str| {
        format!("    runs-on: ${{{{ matrix.os }}}}\n    strategy: {{ matrix: {{ {axes} }} }}\n")
    };
    let shell = |on: &str, shell: &str| {
        format!("    runs-on: {on}\n    defaults: {{ run: {{ shell: {shell} }} }}\n")
    };
    for (defaults, head, is_named) in [
        ("", "    runs-on: ubuntu-latest\n".to_owned(), false),
        ("", "    runs-on: macos-14\n".to_owned(), false),
        ("", "    runs-on: windows-2022\n".to_owned(), true),
        ("", "    runs-on: big\n".to_owned(), true),
        ("", "    runs-on: [self-hosted, linux]\n".to_owned(), false),
        ("", "    runs-on: [self-hosted, windows]\n".to_owned(), true),
        ("", matrix("os: [ubuntu-latest, macos-latest]"), false),
        ("", matrix("os: [ubuntu-latest, windows-latest]"), true),
        ("", shell("windows-2022", "bash"), false),
        ("", shell("windows-2022", "sh"), false),
        ("", shell("ubuntu-latest", "pwsh"), true),
        (
            "",
            shell("ubuntu-latest", "\"bash -eo pipefail {0}\""),
            false,
        ),
        ("", shell("ubuntu-latest", "python"), true),
        (
            "defaults: { run: { shell: pwsh } }\n",
            "    runs-on: ubuntu-latest\n".to_owned(),
            true,
        ),
        (
            "defaults: { run: { shell: pwsh } }\n",
            shell("ubuntu-latest", "bash"),
            false,
        ),
        (
            "defaults: { run: { shell: bash } }\n",
            "    runs-on: windows-2022\n".to_owned(),
            false,
        ),
    ] {
        let ci = format!(
            "on: push\npermissions: {{ contents: read }}\n{defaults}jobs:\n  a:\n{head}    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: terraform init\n        shell: bash\n"
        );
        let tree = Tree::new([("main.tf", BACKEND), (".github/workflows/ci.yml", &ci)]);
        let config = "state_profile = \"shared\"\n";
        // A machine that is not GitHub's may have an identity of its own.
        let selection = Selection {
            review: true,
            ..Selection::default()
        };
        let plan = tree.plan(config, selection).unwrap();
        let mut changes = plan.changes.iter();
        let change = changes.find(|it| it.path.ends_with("ci.yml")).unwrap();
        let set =
            "run: |\n          aws configure set profile.shared.role_arn \"$TF_STATE_ROLE_ARN\"\n";
        let expected = match is_named {
            true => format!("- shell: bash\n        {set}"),
            false => format!("- {set}"),
        };
        assert!(change.after.contains(&expected), "{}", change.after);
    }
}
