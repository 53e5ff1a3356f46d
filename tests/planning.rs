//! What any plan does: paths, obstacles, files and blocks that cannot be read.

use crate::support::{CONFIG, PROVIDER_4, Tree, changed, reports};
use engine::error::PlanError;
use engine::selection::Selection;

#[test]
fn a_file_that_must_not_be_written_is_said_and_left() {
    let tree = Tree::new([("read-only/main.tf", PROVIDER_4)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        ["read-only/main.tf:3: the AWS provider is not upgraded from `~> 4.0` to `~> 5.0`"]
    );
    assert_eq!(
        plan.findings[0].notes,
        [
            "`~> 4.0` in read-only stays (the file is read-only) and does not admit `~> 5.0`: init would fail"
        ]
    );
    let role = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n  }\n}\n";
    let plan = Tree::new([("read-only/main.tf", role)])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert_eq!(plan.changes, []);
    let said = reports(&plan);
    assert_eq!(
        said,
        ["read-only/main.tf:3: provider \"aws\" is not changed: read-only/main.tf is read-only"]
    );
}

#[test]
fn only_files_under_the_paths_named_are_edited_or_spoken_of() {
    let tree = Tree::new([
        ("a/main.tf", PROVIDER_4),
        ("b/main.tf", PROVIDER_4),
        ("c.tf", "provider \"aws\" {\n}\n"),
    ]);
    let selection = Selection {
        scope: vec!["a".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(changed(&plan), ["a/main.tf"]);
    assert_eq!(reports(&plan), Vec::<String>::new());
}

#[test]
fn a_file_that_does_not_close_stops_the_repository() {
    let tree = Tree::new([
        ("good.tf", PROVIDER_4),
        ("bad/a.tf", "provider \"aws\" {\n  region = \"x\n}\n"),
        ("bad/b.tf", "provider \"aws\" {\n"),
    ]);
    let Err(PlanError::Broken(places)) = tree.plan(CONFIG, Selection::default()) else {
        panic!("a plan was made");
    };
    let said = PlanError::Broken(places).to_string();
    assert_eq!(
        said,
        "bad/a.tf:2:12: the string that begins here does not end on its line\nbad/b.tf:1:16: `{` is never closed"
    );
}

#[test]
fn a_block_that_is_not_understood_is_said_and_the_others_are_done() {
    let odd = "  tags = { a = 1, a = 2 }\n}\n";
    let module = "module \"m\" {\n  source = \"s3::/b/m-1.0.0.zip\"\n";
    let unrelated = "module \"n\" {\n  source = \"github.com/o/r\"\n";
    let text = format!("{module}{odd}{unrelated}{odd}{PROVIDER_4}");
    let plan = Tree::new([("main.tf", text.as_str())])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert_eq!(changed(&plan), ["main.tf"]);
    let skipped: Vec<_> = plan
        .skipped
        .iter()
        .map(|skip| (skip.line, skip.reason.as_str()))
        .collect();
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert_eq!(skipped[0].0, Some(1));
    assert!(
        skipped[0]
            .1
            .starts_with("is left: this `module` block is not understood"),
        "{skipped:?}"
    );
}

#[test]
fn a_workflow_that_is_no_yaml_is_said() {
    let tree = Tree::new([(".github/workflows/ci.yml", "jobs:\n  a: [terraform \n")]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.skipped.len(), 1);
    assert!(
        plan.skipped[0].reason.starts_with("is not read: "),
        "{:?}",
        plan.skipped
    );
}

#[test]
fn what_runs_on_request_runs_only_then() {
    let backend = "terraform {\n  backend \"s3\" {\n    bucket  = \"b\"\n    key     = \"k\"\n    profile = \"dev\"\n  }\n}\n";
    let tree = Tree::new([("main.tf", backend)]);
    let config = "state_profile = \"dev\"\naccount \"dev\" { id = \"111111111111\" }\n";
    let asked = format!("{config}transform \"account_guard\" {{ everywhere = true }}\n");
    let only = Selection {
        only: ["account_guard".to_owned()].into(),
        ..Selection::default()
    };
    for (config, selection, count) in [
        (config, Selection::default(), 0),
        (asked.as_str(), Selection::default(), 1),
        (config, only, 1),
    ] {
        let plan = tree.plan(config, selection).unwrap();
        assert_eq!(plan.changes.len(), count);
    }
}

/// Profile, guard and lock come from three transforms, which open the same block up.
#[test]
fn a_backend_on_one_line_gets_a_profile_and_a_guard() {
    let config = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\ntransform \"account_guard\" { everywhere = true }\n";
    for before in ["{}", "{ }", "{ bucket = \"b\" }"] {
        let main = format!("terraform {{\n  backend \"s3\" {before}\n}}\n");
        let tree = Tree::new([("main.tf", main.as_str())]);
        let plan = tree.plan(config, Selection::default()).unwrap();
        let after = tree.with(&plan);
        let text = &after.0[std::path::Path::new("main.tf")];
        let bucket = match before.contains("bucket") {
            true => "    bucket              = \"b\"\n",
            false => "",
        };
        let expected = format!(
            "terraform {{\n  backend \"s3\" {{\n{bucket}    profile             = \"shared\"\n    allowed_account_ids = [\"333333333333\"]\n  }}\n}}\n"
        );
        assert_eq!(*text, expected, "{before}");
        let again = after.plan(config, Selection::default()).unwrap();
        assert_eq!(again.changes, [], "{before}");
    }
}

/// Threads survey the files of a directory in any portions.
#[test]
fn a_directory_may_be_surveyed_file_by_file() {
    let files = [
        ("main.tf", PROVIDER_4),
        (
            "a.tf",
            "resource \"aws_db_instance\" \"a\" {\n  name = \"a\"\n}\n",
        ),
        ("b.tf", "resource \"aws_eip\" \"b\" {\n  vpc = true\n}\n"),
        (
            "c.tf",
            "output \"c\" {\n  value = aws_db_instance.a.name\n}\n",
        ),
    ];
    let tree = Tree::new(files);
    let whole = tree.plan(CONFIG, Selection::default()).unwrap();
    let portions = tree.plan_in_portions(CONFIG).unwrap();
    assert_eq!(changed(&whole), ["a.tf", "b.tf", "c.tf", "main.tf"]);
    assert_eq!(whole.changes, portions.changes);
}

#[test]
fn a_broken_module_does_not_keep_jobs_from_signing_in_alone() {
    const CI: &str = ".github/workflows/ci.yml";
    const JOB: &str = "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: aws s3 ls\n";
    let tree = Tree::new([("a/main.tf", "provider \"aws\" {\n"), (CI, JOB)]);
    let only = |ids: &[&str]| Selection {
        only: ids.iter().map(|&id| id.to_owned()).collect(),
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, only(&["workflow_oidc"])).unwrap();
    let paths: Vec<_> = plan
        .changes
        .iter()
        .map(|it| it.path.display().to_string())
        .collect();
    assert_eq!(paths, [CI]);
    let mut skipped = plan.skipped.iter();
    let skip = skipped.find(|it| it.path.ends_with("main.tf")).unwrap();
    assert!(skip.reason.starts_with("is not read: "), "{}", skip.reason);
    for ids in [&["workflow_oidc", "bump_provider"][..], &["bump_provider"]] {
        let refused = tree.plan(CONFIG, only(ids));
        assert!(matches!(refused, Err(PlanError::Broken(_))), "{ids:?}");
    }
}
