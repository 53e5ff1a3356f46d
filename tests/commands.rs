//! `plan` and `apply` on repositories on disk: what is written, what is refused, what is said.

mod masked;
mod pager;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::checkout::{Checkout, tree};

const CONFIG: &str = "state_profile = \"shared-account\"\n";
const BEFORE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";

#[test]
fn the_example_becomes_what_stands_beside_it() {
    let checkout = Checkout::of_example("legacy-stack");
    let plan = checkout.run(&["plan"]).code(0);
    assert!(
        plan.stdout
            .contains("--- a/dev/main.tf\n+++ b/dev/main.tf\n@@ -4,7 +4,7 @@ terraform {\n")
    );
    assert_eq!(
        checkout.git(&["status", "--porcelain"]),
        "",
        "plan writes nothing"
    );
    let apply = checkout.run(&["apply", "--yes"]).code(0);
    assert_eq!(apply.stdout, plan.stdout);
    let expected = tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/legacy-stack.after"));
    assert_eq!(checkout.files(), expected);
    let again = checkout
        .run(&["plan", "--check"])
        .code(0)
        .says("Plan: no changes; 2 need review (--review)");
    assert_eq!(again.stdout, "");
}

#[test]
fn git_and_patch_make_of_the_plan_what_apply_writes() {
    let odd = BEFORE.replace('\n', "\r\n");
    let files = [
        ("tfkeyless.hcl", CONFIG),
        ("with space/main.tf", BEFORE),
        ("é\"/main.tf", odd.as_str()),
        ("bom.tf", "\u{feff}terraform {\n  backend \"s3\" {}\n}"),
    ];
    for tool in [
        vec!["git", "apply"],
        vec!["patch", "-p1", "--binary", "--quiet", "--input"],
    ] {
        let applied = Checkout::committed(&files);
        applied.run(&["apply", "--yes"]).code(0);
        let patched = Checkout::committed(&files);
        let patch = patched.run(&["plan"]).code(0).stdout;
        let outside = tempfile::NamedTempFile::new().unwrap();
        fs::write(outside.path(), patch).unwrap();
        let mut command = Command::new(tool[0]);
        let command = command
            .args(&tool[1..])
            .arg(outside.path())
            .current_dir(patched.path());
        let output = command.output().expect("git and patch are installed");
        assert!(output.status.success(), "{tool:?}: {output:?}");
        assert_eq!(patched.files(), applied.files(), "{tool:?}");
        assert_eq!(applied.read("with space/main.tf"), AFTER);
    }
}

#[test]
fn check_tells_pending_changes_by_its_exit_code() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    checkout.run(&["plan"]).code(0);
    checkout.run(&["plan", "--check"]).code(1);
    checkout.run(&["apply", "--yes"]).code(0);
    checkout.run(&["plan", "--check"]).code(0);
}

#[test]
fn without_a_terminal_apply_needs_yes() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    checkout.run(&["apply"]).code(2).says("run with --yes");
    assert_eq!(checkout.read("main.tf"), BEFORE);
}

#[test]
fn a_dirty_file_is_refused_a_dirty_neighbour_is_not() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE), ("other.tf", "# a\n")]);
    checkout.write("other.tf", "# b\n");
    let changed = format!("# mine\n{BEFORE}");
    checkout.write("main.tf", &changed);
    checkout.run(&["apply", "--yes"]).code(2).says(
        "would be written:\n  main.tf\nhelp: commit or stash them, or run with --allow-dirty",
    );
    assert_eq!(checkout.read("main.tf"), changed);
    checkout.run(&["apply", "--yes", "--allow-dirty"]).code(0);
    assert_eq!(checkout.read("main.tf"), format!("# mine\n{AFTER}"));
    let untracked = Checkout::committed(&[("other.tf", "# a\n")]);
    untracked.write("main.tf", BEFORE);
    untracked.run(&["apply", "--yes"]).code(2).says("  main.tf");
}

#[test]
fn a_directory_without_git_is_fine_and_said() {
    let checkout = Checkout::without_git(&[("main.tf", BEFORE), ("tfkeyless.hcl", "")]);
    checkout
        .run(&["apply", "--yes"])
        .code(0)
        .says("is no git repository");
    assert_eq!(checkout.read("main.tf"), AFTER);
}

#[test]
fn a_file_that_does_not_close_stops_everything() {
    let broken = "provider \"aws\" {\n  region = \"x\n}\n";
    let checkout = Checkout::committed(&[("a/main.tf", BEFORE), ("b/main.tf", broken)]);
    let place = "b/main.tf:2:12: the string that begins here does not end on its line";
    checkout.run(&["plan"]).code(2).says(place);
    checkout.run(&["apply", "--yes"]).code(2).says(place);
    assert_eq!(checkout.read("a/main.tf"), BEFORE);
    checkout.run(&["plan", "b"]).code(2);
    checkout
        .run(&["plan", "a"])
        .code(0)
        .says("b/main.tf:2 is not read: the string that begins here");
    // Not even a file in which nothing would be changed.
    let unrelated = "resource \"null_resource\" \"a\" {\n";
    let checkout = Checkout::committed(&[("main.tf", BEFORE), ("b/main.tf", unrelated)]);
    checkout
        .run(&["apply", "--yes"])
        .code(2)
        .says("b/main.tf:1:30: `{` is never closed");
    assert_eq!(checkout.read("main.tf"), BEFORE);
}

#[test]
fn only_what_is_named_is_edited() {
    let checkout = Checkout::committed(&[
        ("a/main.tf", BEFORE),
        ("b/main.tf", BEFORE),
        ("c.tf", BEFORE),
    ]);
    let plan = checkout.run(&["plan", "a", "c.tf"]).code(0).stdout;
    assert!(
        plan.contains("a/a/main.tf") && plan.contains("a/c.tf") && !plan.contains("b/main.tf"),
        "{plan}"
    );
    checkout.write("a/.terraform/modules/m/main.tf", BEFORE);
    checkout
        .run(&["plan", "a/.terraform/modules"])
        .code(2)
        .says("is not read: .terraform is a working directory of Terraform");
    checkout
        .run(&["plan", "a", "missing"])
        .code(2)
        .says("missing: No such file or directory\n");
}

#[test]
fn the_root_is_where_the_configuration_or_git_is() {
    let checkout = Checkout::committed(&[
        ("infra/tfkeyless.hcl", CONFIG),
        ("infra/dev/main.tf", BEFORE),
        ("main.tf", BEFORE),
    ]);
    let plan = checkout.run(&["plan", "infra/dev"]).code(0).stdout;
    assert!(plan.starts_with("--- a/dev/main.tf\n"), "{plan}");
}

#[test]
fn hard_links_and_read_only_files_are_left_with_a_reason_by_way_of_a_link_too() {
    let checkout = Checkout::committed(&[
        ("read-only.tf", BEFORE),
        ("hard/main.tf", BEFORE),
        ("soft/use.tf", ""),
    ]);
    let read_only = checkout.path().join("read-only.tf");
    fs::set_permissions(&read_only, fs::Permissions::from_mode(0o444)).unwrap();
    fs::hard_link(
        checkout.path().join("hard/main.tf"),
        checkout.path().join("hard/copy.txt"),
    )
    .unwrap();
    symlink("../hard/main.tf", checkout.path().join("soft/main.tf")).unwrap();
    let plan = checkout.run(&["plan", "--verbose"]).code(0);
    assert_eq!(plan.stdout, "");
    let plan = plan
        .says("is not changed: read-only.tf is read-only")
        .says("is not changed: hard/main.tf has other hard links");
    assert!(!plan.stderr.contains("soft/"), "{}", plan.stderr);
}

#[test]
fn mode_stays_and_no_stray_file_is_left() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let path = checkout.path().join("main.tf");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    checkout.run(&["apply", "--yes", "--allow-dirty"]).code(0);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o755
    );
    let files: Vec<_> = checkout.files().into_keys().collect();
    assert_eq!(files, [Path::new("main.tf")]);
}

#[test]
fn a_wrong_configuration_or_name_is_an_error_with_its_place() {
    let checkout = Checkout::committed(&[
        ("main.tf", BEFORE),
        ("tfkeyless.hcl", "\nprofil = \"x\"\n"),
        ("other.hcl", CONFIG),
    ]);
    checkout.run(&["plan"]).code(2).says(
        "error: tfkeyless.hcl has 1 error\n\nunknown key `profil`; did you mean \
             `state_profile`?\n --> tfkeyless.hcl:2:1\n  |\n2 | profil = \"x\"\n  | ^^^^^^\n",
    );
    checkout.run(&["plan", "--config", "other.hcl"]).code(0);
    checkout
        .run(&["plan", "--config", "missing.hcl"])
        .code(2)
        .says("missing.hcl: No such file or directory\n");
    checkout
        .run(&["plan", "--config", "other.hcl", "--only", "assume_role"])
        .code(2)
        .says("error: unknown transform `assume_role`; did you mean `remove_assume_role`?");
    checkout
        .run(&["explain", "nothing"])
        .code(2)
        .says("error: unknown transform `nothing`; `tfkeyless explain` lists them");
    // All of them at once.
    checkout
        .run(&["plan", "--only", "remove_assumerole,bump_modul,bump_module"])
        .code(2)
        .says("`remove_assumerole`; did you mean `remove_assume_role`?")
        .says("`bump_modul`; did you mean `bump_module`?");
}

#[test]
fn a_run_that_was_killed_is_undone_by_the_next_apply_and_stops_a_plan() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    // What a kill between renaming and the end leaves: the new file, the old one, the journal.
    checkout.write("main.tf", AFTER);
    checkout.leave_killed(".git/tfkeyless", ".", "main.tf", [BEFORE, AFTER]);
    checkout
        .run(&["plan"])
        .code(2)
        .says("` first, which undoes it");
    checkout
        .run(&["apply", "--yes"])
        .code(0)
        .says("is undone: 1 file");
    assert_eq!(checkout.read("main.tf"), AFTER);
    let files: Vec<_> = checkout.files().into_keys().collect();
    assert_eq!(files, [Path::new("main.tf")]);
}

#[test]
fn what_changes_need_somebody_to_know_is_reported() {
    let keys =
        "provider \"aws\" {\n  access_key = \"AKIA1111111111111111\"\n  secret_key = \"x\"\n}\n";
    let checkout = Checkout::bare(&[("main.tf", keys)]);
    let plan = ["plan", "--only", "remove_static_keys"];
    checkout.run(&plan).code(0).says(
        "\nnote[remove_static_keys]: provider \"aws\" loses `access_key` and `secret_key`: credentials \
         come from the environment\n --> main.tf:2:3\n  |\n2 |   access_key = \"AKIA****\"\n  |   \
         ^^^^^^^^^^^^^^^^^^^^^^^\n  |\n  = help: deactivate the key in IAM once the migration is \
         done: the value of `access_key` and `secret_key` stays in git history\n",
    );
    let plan = [&plan[..], &["--format", "markdown"]].concat();
    let body = checkout.run(&plan).code(0).stdout;
    let (_, notes) = body.split_once("\n## Notes\n\n").unwrap();
    assert!(notes.starts_with("- [ ] `main.tf:2` provider"), "{body}");
}

#[test]
fn without_a_configuration_the_summary_begins_with_init() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let first = |checkout: &Checkout| {
        let plan = checkout.run(&["plan"]).code(0);
        plan.stderr.lines().next().unwrap_or_default().to_owned()
    };
    assert!(
        first(&checkout).starts_with("note: run `tfkeyless init` first: "),
        "{}",
        first(&checkout)
    );
    checkout.write("tfkeyless.hcl", "state_profile = \"shared\"\n");
    let plan = checkout.run(&["plan", "--quiet"]).code(0);
    assert_eq!(plan.stderr, "\nPlan: 1 change in 1 file.\n");
}
