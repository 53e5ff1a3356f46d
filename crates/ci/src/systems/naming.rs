//! Whether texts name Terraform.

use super::evidence::reading;
use crate::scripts::reader::is_image;

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

/// Whether one of the strings in a text is a command that reaches state, or an image of Terraform that a key `image`
/// names.
pub fn holds_command(text: &str) -> bool {
    let strings: Vec<&str> = text.split(['"', '\n']).map(str::trim).collect();
    let is_image_of = |at: usize| {
        let before = at.checked_sub(1).map_or("", |at| strings[at]);
        let key = at.checked_sub(2).map_or("", |at| strings[at]);
        let is_key = key == "image" && matches!(before, ":" | "=");
        let mut keys = ["image =", "image:", "image="].into_iter();
        is_image(strings[at]) && (is_key || keys.any(|it| before.ends_with(it)))
    };
    let is_command = |it: &str| !reading(it.trim_start_matches("- "), None).runs.is_empty();
    (0..strings.len()).any(is_image_of) || strings.iter().any(|it| is_command(it))
}
