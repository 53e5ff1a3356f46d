//! Parts of command lines.

use std::path::Path;

/// `terraform`, run in that directory of the repository.
pub(super) fn terraform_in(directory: &Path) -> String {
    match directory.as_os_str().is_empty() {
        true => "terraform".to_owned(),
        false => {
            let directory = quoted(&directory.display().to_string());
            format!("terraform -chdir={directory}")
        }
    }
}

/// A word as one argument of a POSIX shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@:,".contains(&byte);
    match word.bytes().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
