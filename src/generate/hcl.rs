//! Pieces of Terraform, formatted as `terraform fmt` wants.

/// A list of strings, an item a line; `indent` is the column of the line it ends on.
pub fn list(items: &[String], indent: usize) -> String {
    let lines = items
        .iter()
        .map(|item| format!("{:indent$}  {},\n", "", quoted(item)));
    format!("[\n{}{:indent$}]", lines.collect::<String>(), "")
}

/// A string, with what Terraform would read in it escaped.
pub fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
}
