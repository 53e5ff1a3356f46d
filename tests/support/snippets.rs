//! The code that findings print to be pasted: each that looks like HCL has to be HCL.

use std::str::FromStr;

use diagnostics::finding::Finding;
use hcl_edit::structure::Body;

/// Fails for a finding whose help prints a snippet which HCL's parser refuses.
pub fn check(findings: &[Finding]) {
    for finding in findings {
        let help = finding.help.as_ref().map(ToString::to_string);
        let help = help.unwrap_or_default();
        for code in snippets(&help) {
            let body = Body::from_str(&format!("{code}\n"));
            assert!(body.is_ok(), "no HCL: `{code}` of {help}");
        }
    }
}

/// The code between backticks that is HCL, as far as its words tell: it assigns to a name, or has a block.
fn snippets(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|code| {
        (code.contains(" = ") || code.contains(" {"))
            && code.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    })
}

#[test]
fn what_is_no_hcl_is_found() {
    let found: Vec<&str> =
        snippets("add `a = { b = 1 }`, run `terraform init` or write `c { ... }`").collect();
    assert_eq!(found, ["a = { b = 1 }", "c { ... }"]);
    assert!(Body::from_str("c { ... }\n").is_err());
}
