//! Pieces of Terraform, formatted as `terraform fmt` wants.

use syntax::hcl_string::quoted;

/// A list of strings, an item a line; `indent` is the column of the line it ends on.
pub fn list(items: &[String], indent: usize) -> String {
    let lines = items
        .iter()
        .map(|item| format!("{:indent$}  {},\n", "", quoted(item)));
    format!("[\n{}{:indent$}]", lines.collect::<String>(), "")
}
