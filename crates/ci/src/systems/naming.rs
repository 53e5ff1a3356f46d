//! Whether texts name Terraform.

/// Byte offset of the first word of a text that names Terraform, OpenTofu or Terragrunt, but for
/// comments and for tools that only check.
pub(super) fn named(text: &str) -> Option<usize> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let is_comment = code.starts_with('#') || code.starts_with("//") || code.starts_with('*');
        if !is_comment && names(line) {
            return Some(offset + line.len() - code.len());
        }
        offset += line.len();
    }
    None
}

/// Whether a piece of text names one of the tools.
pub(super) fn names(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    // Tools that read configuration and reach no state.
    let checks = [
        "terraform-docs",
        "terraform_docs",
        "terraform-fmt",
        "terraform_fmt",
        "terraform-validate",
        "terraform_validate",
        "terraform-lint",
        "terraform_tflint",
        "terraform-compliance",
    ];
    let text = checks
        .iter()
        .fold(text, |text, check| text.replace(check, ""));
    ["terraform", "terragrunt", "opentofu"]
        .iter()
        .any(|tool| text.contains(tool))
}
