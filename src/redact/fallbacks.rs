//! Literals that stand in for a secret: `secrets.DB_PASSWORD || 'literal'`,
//! `coalesce(var.password, "literal")`, `sensitive("literal")`.

use memchr::memmem;

use super::literal::quoted_literal;
use super::names::Telling;
use super::scan::Scan;
use super::values::is_of_name;

/// Contexts of GitHub and namespaces of Terraform whose members have names of their own.
const ROOTS: [&str; 6] = ["secrets.", "env.", "inputs.", "vars.", "var.", "local."];

/// Functions that give the first of their arguments that has a value.
const FIRST_OF: [&str; 2] = ["coalesce(", "try("];

/// Functions whose argument is a secret by what they are called.
const MARKING: &str = "sensitive(";

/// Finds them all.
pub fn read(scan: &mut Scan<'_, '_>) {
    let text = scan.text;
    for root in ROOTS {
        for at in memmem::find_iter(text.as_bytes(), root) {
            let before = &text[..at];
            let rest = &text[at + root.len()..];
            let name = &rest[..rest.find(|c| !is_of_name(c)).unwrap_or(rest.len())];
            let is_member = before.ends_with(|c| is_of_name(c) || c == '.');
            if !is_member && scan.telling(name) == Some(Telling::Always) {
                let is_first = FIRST_OF.iter().any(|function| before.ends_with(function));
                beside(scan, at + root.len() + name.len(), is_first);
            }
        }
    }
    for at in memmem::find_iter(text.as_bytes(), MARKING) {
        literal(scan, at + MARKING.len());
    }
}

/// The literals behind a reference that ends at `at`, the first argument of a function that gives another
/// one in its place where `is_first`.
fn beside(scan: &mut Scan<'_, '_>, at: usize, is_first: bool) {
    let mut at = at;
    loop {
        let rest = scan.text[at..].trim_start_matches([' ', '\t']);
        let separator = if is_first { "," } else { "||" };
        let Some(behind) = rest.strip_prefix(separator) else {
            return;
        };
        match literal(scan, scan.text.len() - behind.len()) {
            Some(end) => at = end,
            None => return,
        }
    }
}

/// Judges the quoted literal at `at`, behind spaces; where it ends.
fn literal(scan: &mut Scan<'_, '_>, at: usize) -> Option<usize> {
    let rest = scan.text[at..].trim_start_matches([' ', '\t']);
    rest.starts_with(['"', '\'']).then(|| {
        let literal = quoted_literal(scan.text, scan.text.len() - rest.len());
        scan.judge(literal.content, Telling::Always);
        literal.end
    })
}

#[cfg(test)]
mod tests {
    use crate::redact::{secrets, shown};

    #[test]
    fn what_stands_in_for_a_secret_is_one() {
        for (text, expected) in [
            (
                "X: ${{ secrets.DB_PASSWORD || 'v' }}",
                "X: ${{ secrets.DB_PASSWORD || '****' }}",
            ),
            (
                "X: ${{ env.A != '' && secrets.API_KEY || 'v' }}",
                "X: ${{ env.A != '' && secrets.API_KEY || '****' }}",
            ),
            (
                "X: ${{ secrets.AWS_REGION || 'eu-west-1' }}",
                "X: ${{ secrets.AWS_REGION || 'eu-west-1' }}",
            ),
            (
                "if: ${{ secrets.API_TOKEN != '' }}",
                "if: ${{ secrets.API_TOKEN != '' }}",
            ),
            (
                "x = try(var.password, \"v\")",
                "x = try(var.password, \"****\")",
            ),
            (
                "x = coalesce(var.db_password, \"v\", \"w\")",
                "x = coalesce(var.db_password, \"****\", \"****\")",
            ),
            (
                "x = coalesce(var.name, \"v\")",
                "x = coalesce(var.name, \"v\")",
            ),
            ("x = f(var.password, \"v\")", "x = f(var.password, \"v\")"),
            ("x = var.password == \"v\"", "x = var.password == \"v\""),
            (
                "x = module.var.password == \"v\"",
                "x = module.var.password == \"v\"",
            ),
            ("x = sensitive(\"v\")", "x = sensitive(\"****\")"),
            ("x = nonsensitive(var.a)", "x = nonsensitive(var.a)"),
        ] {
            assert_eq!(shown(text, 0..text.len(), &secrets(text)), expected);
        }
    }
}
