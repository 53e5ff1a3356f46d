//! How errors are shown: each with its line, and what is wrong in it to be seen.

use crate::support::checkout::Checkout;

fn shown(configuration: &str) -> String {
    let checkout = Checkout::bare(&[("tfkeyless.hcl", configuration), ("main.tf", "")]);
    checkout.run(&["plan"]).code(2).stderr
}

#[test]
fn a_block_that_is_set_twice_is_shown_with_the_first() {
    let text = "ci {\n  role = \"vars.R\"\n}\n\nci {\n  bump_action = true\n}\n";
    assert_eq!(
        shown(text),
        "error: tfkeyless.hcl has 1 error\n\n\
         `ci` is set twice\n \
         --> tfkeyless.hcl:5:1\n  |\n5 | ci {\n  | ^^\n  |\n\
         note: the first is here\n \
         --> tfkeyless.hcl:1:1\n  |\n1 | ci {\n  | ^^\n"
    );
}

#[test]
fn a_word_that_is_wrong_is_seen_whatever_its_key_is_called() {
    for (text, line) in [
        (
            "ci {\n  default_token = \"restrictd\"\n}\n",
            "2 |   default_token = \"restrictd\"\n",
        ),
        (
            "ci {\n  default_token = \"admin\"\n}\n",
            "2 |   default_token = \"admin\"\n",
        ),
        (
            "job \"a.yml:b\" {\n  permissions = { id-token = \"wirte\" }\n}\n",
            "2 |   permissions = { id-token = \"wirte\" }\n",
        ),
    ] {
        let shown = shown(text);
        assert!(shown.contains(line), "{shown}");
    }
}

/// What looks like a secret is masked there, too, as is a secret beside what is wrong.
#[test]
fn a_secret_is_not_seen_where_a_word_has_to_stand() {
    for secret in [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY1",
    ] {
        for text in [
            format!("ci {{\n  default_token = \"{secret}\"\n}}\n"),
            format!("sso {{\n  secret_key = \"{secret}\"\n}}\n"),
        ] {
            let shown = shown(&text);
            assert!(
                !shown.contains(secret) && shown.contains("= \"****\""),
                "{shown}"
            );
        }
    }
    let shown = shown("x = 1 # password=hunter2\n");
    assert!(!shown.contains("hunter2"), "{shown}");
}
