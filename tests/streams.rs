//! What goes to which stream and file, and what becomes of it where that cannot be written.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;

const BEFORE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

fn full() -> Stdio {
    Stdio::from(File::options().write(true).open("/dev/full").unwrap())
}

#[test]
fn nobody_to_tell_is_no_reason_to_stop() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let mut plan = environment::tfkeyless();
    plan.arg("plan").current_dir(checkout.path());
    let reported = checkout.run(&["plan"]).code(0).stdout;
    let output = plan.stderr(full()).output().unwrap();
    assert_eq!(Outcome::from(output).code(0).stdout, reported);
    // A refusal that cannot be told is still one.
    checkout.write("main.tf", &BEFORE[..20]);
    let output = plan.stderr(full()).output().unwrap();
    Outcome::from(output).code(2);
}

#[test]
fn a_diff_that_cannot_be_written_is_a_failure() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let mut apply = environment::tfkeyless();
    apply.args(["apply", "--yes"]).current_dir(checkout.path());
    let output = apply.stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    Outcome::from(output)
        .code(2)
        .says("cannot write to standard output: No space left on device");
    assert_eq!(checkout.read("main.tf"), BEFORE);
}

#[test]
fn a_report_that_cannot_be_written_says_what_stands() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let mut apply = environment::tfkeyless();
    apply.args(["apply", "--yes", "--format", "json"]);
    apply.current_dir(checkout.path());
    let output = apply.stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    Outcome::from(output)
        .code(2)
        .says("error: 1 file is written without the report: cannot write to standard output");
    assert!(!checkout.read("main.tf").contains("assume_role"));
}

#[test]
fn no_patch_and_no_page_goes_over_a_file_that_git_tracks() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let edited = format!("{BEFORE}# mine\n");
    checkout.write("main.tf", &edited);
    for arguments in [
        &["plan", "--out", "main.tf"][..],
        &["plan", "--format", "html", "--out", "main.tf"],
        &["plan", "--format", "json", "--out", "main.tf"],
        &["apply", "--yes", "--allow-dirty", "--out", "main.tf"],
        &[
            "apply",
            "--yes",
            "--allow-dirty",
            "--format",
            "json",
            "--out",
            "main.tf",
        ],
    ] {
        let refused = checkout.run(arguments).code(2);
        refused.says("git tracks main.tf, which is not overwritten\nhelp: name another file");
        assert_eq!(checkout.read("main.tf"), edited, "{arguments:?}");
    }
}

#[test]
fn the_patch_goes_where_a_link_leads() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let outside = tempfile::tempdir().unwrap();
    let patch = outside.path().join("exact.patch");
    fs::write(&patch, "old").unwrap();
    symlink(&patch, checkout.path().join("link")).unwrap();
    let reported = checkout.run(&["plan", "--out", "link"]).code(0).stdout;
    assert!(checkout.path().join("link").is_symlink());
    assert_eq!(fs::read_to_string(&patch).unwrap(), reported);
    let mode = fs::metadata(&patch).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    symlink("nowhere", checkout.path().join("dangling")).unwrap();
    checkout
        .run(&["plan", "--out", "dangling"])
        .code(2)
        .says("dangling: No such file");
}

#[test]
fn the_patch_goes_into_what_is_no_file() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let reported = checkout.run(&["plan"]).code(0).stdout;
    // Not /dev/stdout, a link that a fault would replace for everybody.
    let twice = checkout.run(&["plan", "--out", "/proc/self/fd/1"]).code(0);
    assert_eq!(twice.stdout, reported.repeat(2));
    let fifo = checkout.path().join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || fs::read_to_string(fifo).unwrap()
    });
    checkout.run(&["plan", "--out", "fifo"]).code(0);
    assert_eq!(reader.join().unwrap(), reported);
    checkout.run(&["plan", "--out", "."]).code(2);
}

#[test]
fn credentials_of_the_configuration_are_shown_nowhere() {
    let module = "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/b/m-1.0.0.zip\"\n}\n";
    let config = "module_source \"b\" {\n  repository = \"git::https://user:hunter2@example.com/o/r\"\n  ref = \"v{version}\"\n}\n";
    let checkout = Checkout::committed(&[("main.tf", module), ("tfkeyless.hcl", config)]);
    let plan = checkout
        .run(&["plan", "--verbose", "--next-steps"])
        .code(0)
        .says("https://****@example.com/o/r");
    let shown = plan.stdout + &plan.stderr;
    assert!(!shown.contains("hunter2"), "{shown}");
    checkout
        .run(&["plan", "https://user:hunter2@example.com"])
        .code(2)
        .says("https://****@example.com: No such file");
    checkout
        .run(&["plan", "\u{1b}[31m"])
        .code(2)
        .says("\\x1b[31m: No such file");
}

#[test]
fn the_name_of_a_root_is_no_command_to_a_terminal() {
    let checkout = Checkout::without_git(&[
        ("\u{1b}[31m/main.tf", BEFORE),
        ("\u{1b}[31m/tfkeyless.hcl", ""),
    ]);
    let apply = checkout.run(&["apply", "--yes", "\u{1b}[31m"]).code(0);
    let apply = apply.says("\\x1b[31m is no git repository");
    assert!(!apply.stderr.contains('\u{1b}'), "{:?}", apply.stderr);
}

#[test]
fn a_file_that_cannot_be_written_is_named_as_it_was_given() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    for arguments in [
        &["plan", "--out", "new/dir/x.patch"][..],
        &["plan", "--format", "html", "--out", "new/dir/x.patch"],
    ] {
        checkout
            .run(arguments)
            .code(2)
            .says("error: new/dir/x.patch: there is no directory new/dir\n");
    }
    // The page is of a plan.
    checkout
        .run(&["apply", "--yes", "--format", "html"])
        .code(2)
        .says("invalid value 'html'");
    assert_eq!(checkout.read("main.tf"), BEFORE);
}
