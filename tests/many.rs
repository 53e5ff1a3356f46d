//! Many repositories in one run, and the ledger of it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;
use serde_json::Value;

const ROLE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";
const CLEAN: &str = "locals {}\n";
const OPEN: &str = "module \"x\" {\n  source = \"s3::https://s3.amazonaws.com/zips/x.zip\"\n}\n";
const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\n";

/// Repositories `changed`, `clean`, `open` and `broken` in one directory.
fn fleet() -> Checkout {
    let fleet = Checkout::without_git(&[]);
    for (name, text) in [
        ("changed", ROLE),
        ("clean", CLEAN),
        ("open", OPEN),
        ("broken", "provider \"aws\" {\n"),
    ] {
        add(&fleet, name, text);
    }
    fleet
}

fn add(fleet: &Checkout, name: &str, text: &str) {
    fleet.write(&format!("{name}/main.tf"), text);
    fleet.write(&format!("{name}/tfkeyless.hcl"), CONFIG);
    for arguments in [
        vec!["init", "--quiet", "--initial-branch=main", name],
        vec!["-C", name, "add", "--all"],
        vec!["-C", name, "commit", "--quiet", "--message=state"],
    ] {
        fleet.git(&arguments);
    }
}

fn totals(outcome: &Outcome) -> &str {
    let mut lines = outcome.stderr.lines();
    lines.find(|line| line.contains("repositor")).unwrap()
}

#[test]
fn each_repository_ends_for_itself() {
    let fleet = fleet();
    let plan = fleet.run(&["plan", "--each", "."]).code(2);
    assert_eq!(
        totals(&plan),
        "4 repositories: 1 refused, 1 needs review or manual work, 1 would change, 1 nothing to do"
    );
    let plan = plan
        .says("\nRefused\n  ./broken\n    main.tf:1:16: ")
        .says("\nNeeds review or manual work\n  ./open  1 finding needs review or manual work\n")
        .says("\nWould change\n  ./changed  1 change in 1 file\n");
    assert!(!plan.stderr.contains("./clean"), "{}", plan.stderr);
    assert!(
        plan.stdout
            .starts_with("--- a/changed/main.tf\n+++ b/changed/main.tf\n")
    );
    let before = fleet.files();
    fleet.run(&["apply", "--yes", "--each", "."]).code(2);
    let mut expected = before;
    let changed = expected.get_mut(Path::new("changed/main.tf")).unwrap();
    *changed = AFTER.to_owned();
    assert_eq!(fleet.files(), expected);
}

#[test]
fn the_diffs_are_one_patch() {
    let fleet = Checkout::without_git(&[]);
    for name in ["a", "b"] {
        add(&fleet, name, ROLE);
    }
    let plan = fleet.run(&["plan", "a", "b/main.tf"]).code(0).stdout;
    fleet.write("patch", &plan);
    let patch = Command::new("patch")
        .args(["--strip=1", "--input=patch", "--silent"])
        .current_dir(fleet.path())
        .output()
        .unwrap();
    assert!(patch.status.success(), "{patch:?}");
    assert_eq!(fleet.read("a/main.tf"), AFTER);
    assert_eq!(fleet.read("b/main.tf"), AFTER);
}

#[test]
fn a_list_names_repositories() {
    let fleet = fleet();
    fleet.write("list", "changed\n\nclean\nnowhere\n");
    let plan = fleet.run(&["plan", "--repos", "list"]).code(2);
    assert_eq!(
        totals(&plan),
        "3 repositories: 1 failed, 1 would change, 1 nothing to do"
    );
    fleet
        .run(&["plan", "--each", "nowhere"])
        .code(2)
        .says("error: cannot read nowhere: No such file or directory\n");
    plan.says("\nFailed\n  nowhere\n    nowhere: No such file or directory\n");
    let mut child = environment::tfkeyless()
        .args(["plan", "--repos", "-"])
        .current_dir(fleet.path())
        .stdin(fs::File::open(fleet.path().join("list")).unwrap())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    // A path is bytes.
    let latin = OsStr::from_bytes(b"caf\xe9");
    fs::create_dir_all(fleet.path().join(latin).join(".git")).unwrap();
    fs::write(fleet.path().join("list"), b"caf\xe9\r\n").unwrap();
    let plan = fleet.run(&["plan", "--repos", "list"]).code(0);
    assert_eq!(totals(&plan), "1 repository: 1 nothing to do");
    let empty = Checkout::without_git(&[("list", "")]);
    let plan = empty.run(&["plan", "--repos", "list"]).code(0);
    assert_eq!(totals(&plan), "0 repositories: nothing to look at");
    empty
        .run(&["plan", "--each", "."])
        .code(2)
        .says("there is no git repository below .");
}

#[test]
fn the_common_configuration_is_for_those_without_one() {
    let fleet = Checkout::without_git(&[]);
    let profile = "account \"dev\" { id = \"111111111111\" }\nstate_profile = \"own\"\n";
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    add(&fleet, "own", backend);
    add(&fleet, "other", backend);
    fleet.write("own/tfkeyless.hcl", profile);
    fs::remove_file(fleet.path().join("other/tfkeyless.hcl")).unwrap();
    fleet.write("common.hcl", "state_profile = \"common\"\n");
    let plan = ["plan", "own", "other", "--config", "common.hcl"];
    let plan = fleet.run(&plan).code(0).stdout;
    let (own, other) = plan.split_once("--- a/other").unwrap();
    assert!(own.contains("+    profile = \"own\"\n"), "{own}");
    assert!(other.contains("+    profile = \"common\"\n"), "{other}");
}

#[test]
fn each_has_its_patch_and_the_index_tells_which() {
    let fleet = fleet();
    add(&fleet, "team/changed", ROLE);
    let plan = ["plan", "--each", ".", "--out-dir", "out"];
    fleet.run(&plan).code(2);
    let patch = fleet.read("out/changed.patch");
    assert!(
        patch.starts_with("--- a/main.tf\n+++ b/main.tf\n"),
        "{patch}"
    );
    assert_eq!(fleet.read("out/changed.2.patch"), patch);
    let index: Value = serde_json::from_str(&fleet.read("out/index.json")).unwrap();
    let reported: Vec<String> = index
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {} {}",
                entry["repository"], entry["outcome"], entry["patch"]
            )
        })
        .collect();
    assert_eq!(
        reported,
        [
            r#""./broken" "refused" null"#,
            r#""./changed" "changed" "changed.patch""#,
            r#""./clean" "nothing" null"#,
            r#""./open" "person" null"#,
            r#""./team/changed" "changed" "changed.2.patch""#,
        ]
    );
    let git = ["-C", "changed", "apply", "../out/changed.patch"];
    fleet.git(&git);
    assert_eq!(fleet.read("changed/main.tf"), AFTER);
}

#[test]
fn pending_changes_are_told_by_the_exit_code() {
    let fleet = Checkout::without_git(&[]);
    add(&fleet, "a", CLEAN);
    add(&fleet, "b", CLEAN);
    fleet.run(&["plan", "--check", "a", "b"]).code(0);
    add(&fleet, "c", ROLE);
    fleet.run(&["plan", "--check", "a", "c"]).code(1);
}

#[test]
fn several_are_written_with_a_yes_only() {
    let fleet = fleet();
    fleet
        .run(&["apply", "changed", "clean"])
        .code(2)
        .says("run with --yes");
    assert_eq!(fleet.read("changed/main.tf"), ROLE);
    fleet
        .run(&["plan", "changed", "clean", "--out", "x"])
        .code(2)
        .says("--out is for one repository");
}

#[test]
fn the_ledger_passes_over_what_is_done() {
    let fleet = fleet();
    let apply = ["apply", "--yes", "--each", ".", "--ledger", "../ledger"];
    let ledger = tempfile::NamedTempFile::new().unwrap();
    let ledger = ledger.path().to_str().unwrap();
    let apply = [&apply[..5], &[ledger]].concat();
    let first = fleet.run(&apply).code(2);
    assert!(!first.stderr.contains("not planned again"));
    let lines = fs::read_to_string(ledger).unwrap();
    assert_eq!(lines.lines().count(), 4);
    let second = fleet.run(&apply).code(2);
    assert_eq!(totals(&second), totals(&first));
    let second = second.says("4 of them not planned again");
    assert_eq!(second.stdout, "");
    assert_eq!(fs::read_to_string(ledger).unwrap(), lines);

    // What failed is taken up on request, what changed without one.
    fleet
        .run(&[&apply[..], &["--retry"]].concat())
        .code(2)
        .says("3 of them not planned again");
    fleet.write("broken/main.tf", ROLE);
    fleet
        .run(&[&apply[..], &["--allow-dirty"]].concat())
        .code(0)
        .says("3 of them not planned again")
        .says("\nChanged\n  ./broken   1 change in 1 file\n");
}

#[test]
fn a_ledger_of_another_question_answers_nothing() {
    let fleet = fleet();
    let plan = ["plan", "changed", "--ledger", "ledger"];
    fleet.run(&plan).code(0);
    fleet
        .run(&[&plan[..], &["--skip", "remove_assume_role"]].concat())
        .code(0)
        .says("1 repository: 1 nothing to do\n");
    fleet
        .run(&["apply", "--yes", "changed", "--ledger", "ledger"])
        .code(0)
        .says("1 change in 1 file");
    assert_ne!(fleet.read("changed/main.tf"), ROLE);
}

#[test]
fn a_ledger_that_was_cut_off_goes_on() {
    let fleet = fleet();
    let plan = ["plan", "changed", "clean", "--ledger", "ledger"];
    fleet.run(&plan).code(0);
    let whole = fleet.read("ledger");
    fleet.write("ledger", &whole[..whole.len() - 9]);
    fleet.run(&plan).code(0).says("1 of them not planned again");
    assert_eq!(fleet.read("ledger"), whole);
    fleet.write("ledger", "no\nlines\n");
    fleet
        .run(&plan)
        .code(2)
        .says("ledger:1: this is no line of a ledger");
}
