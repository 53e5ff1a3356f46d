//! What of a plan is not shown as it is: secrets, and what a terminal would obey.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::BEFORE;
use crate::support::checkout::Checkout;

#[test]
fn secrets_are_masked_on_screen_and_kept_in_the_patch() {
    let key = "AKIAIOSFODNN7EXAMPLE";
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    // Both stand in the context of a change.
    let text = format!("# {key}\n{BEFORE}secret_key = \"{secret}\"\n");
    let source = format!(
        "module \"m\" {{\n  source = \"s3::https://s3.amazonaws.com/b/m-1.0.0.zip?aws_access_key_id={key}&aws_access_key_secret={secret}\"\n}}\n"
    );
    let config =
        "module_source \"b\" {\n  repository = \"github.com/o/r\"\n  ref = \"v{version}\"\n}\n";
    let checkout = Checkout::committed(&[
        ("main.tf", &text),
        ("modules.tf", &source),
        ("tfkeyless.hcl", config),
    ]);
    for unmapped in [false, true] {
        if unmapped {
            checkout.write("tfkeyless.hcl", "");
        }
        let plan = checkout.run(&["plan", "--out", "exact.patch"]).code(0);
        let shown = format!("{}{}", plan.stdout, plan.stderr);
        assert!(
            !shown.contains("7EXAMPLE") && !shown.contains("EXAMPLEKEY"),
            "{shown}"
        );
        assert!(plan.stderr.contains("--out FILE"), "{shown}");
    }
    checkout.git(&["checkout", "--quiet", "tfkeyless.hcl"]);
    checkout.run(&["plan", "--out", "exact.patch"]).code(0);
    assert!(checkout.read("exact.patch").contains(secret));
    let mode = fs::metadata(checkout.path().join("exact.patch"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    checkout.git(&["apply", "exact.patch"]);
    assert!(!checkout.read("modules.tf").contains(secret));
}

#[test]
fn what_feeds_keys_is_masked_whatever_it_is_called() {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let checkout = Checkout::committed(&[
        (
            "main.tf",
            "provider \"aws\" {\n  version    = \"~> 5.0\"\n  access_key = var.deploy_id\n  secret_key = var.deploy\n}\n",
        ),
        (
            "variables.tf",
            "variable \"deploy_id\" {}\nvariable \"deploy\" {}\n",
        ),
        (
            "use.tf",
            "output \"deploy_id\" {\n  value = var.deploy_id\n}\n",
        ),
        (
            "env/real.tfvars",
            &format!("# was {secret}\ndeploy    = \"{secret}\"\ndeploy_id = \"{secret}\"\n"),
        ),
    ]);
    symlink("real.tfvars", checkout.path().join("env/link.tfvars")).unwrap();
    let plan = checkout.run(&["plan"]).code(0);
    let shown = format!("{}{}", plan.stdout, plan.stderr);
    assert!(!shown.contains("EXAMPLEKEY"), "{shown}");
    assert!(shown.contains("-deploy    = \"****\""), "{shown}");
    assert!(shown.contains(" deploy_id = \"****\""), "{shown}");
    plan.says("variable \"deploy_id\" held static keys and is kept: use.tf:2 uses it");
    checkout.run(&["apply", "--yes"]).code(0);
    let left = format!("deploy_id = \"{secret}\"\n");
    assert_eq!(checkout.read("env/real.tfvars"), left);
}

#[test]
fn what_a_terminal_would_obey_is_escaped() {
    let text = format!("# \u{1b}[31m \u{202e}\n{BEFORE}");
    let checkout = Checkout::committed(&[("\u{1b}[1m.tf", &text)]);
    let plan = checkout.run(&["plan"]).code(0).says("--out FILE");
    assert!(
        !plan.stdout.contains('\u{1b}') && !plan.stdout.contains('\u{202e}'),
        "{:?}",
        plan.stdout
    );
    assert!(!plan.stderr.contains('\u{1b}'), "{:?}", plan.stderr);
}
