//! The part of a variable's name that tells accounts, environments and root modules apart.

use std::path::Path;

use crate::settings::Settings;

/// The variable that holds the role, where the configuration names no other.
pub(super) const USUAL: &str = "AWS_OIDC_ROLE_ARN";

/// A label as GitHub's names have it: letters, digits and `_`, in capitals. `None` where no name may
/// begin with it.
///
/// Source: GitHub's page "Variables reference", "Naming conventions for configuration variables".
pub(super) fn label(text: &str) -> Option<String> {
    let letters = text.chars().map(|letter| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' => letter.to_ascii_uppercase(),
        _ => '_',
    });
    let label: String = letters.collect();
    let label = label.trim_matches('_').to_owned();
    let is_free = !label.is_empty()
        && !label.starts_with(|first: char| first.is_ascii_digit())
        && label != "GITHUB"
        && !label.starts_with("GITHUB_");
    is_free.then_some(label)
}

/// The label of an account: that of its block, else its id.
pub(super) fn of_account(id: &str, settings: &Settings) -> Option<String> {
    let mut accounts = settings.accounts.iter();
    match accounts.find(|account| account.id == id) {
        Some(account) => label(&account.label),
        None => Some(format!("A{id}")),
    }
}

/// The label of an environment.
pub(super) fn of_environment(name: &str, settings: &Settings) -> Option<String> {
    match name.contains("${{") {
        true => label("environment"),
        // The label alone is the account's.
        false if settings.account(name).is_some() => label(&format!("environment {name}")),
        false => label(name),
    }
}

/// The label of a root module.
pub(super) fn of_root(directory: &Path) -> Option<String> {
    match directory.as_os_str().is_empty() {
        true => Some("ROOT".to_owned()),
        false => label(&directory.to_string_lossy()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_letters_digits_and_underscores() {
        for (text, expected) in [
            ("dev", Some("DEV")),
            ("shared-account", Some("SHARED_ACCOUNT")),
            ("envs/live", Some("ENVS_LIVE")),
            ("1dev", None),
            ("github-ci", None),
            ("githubber", Some("GITHUBBER")),
            ("--", None),
        ] {
            assert_eq!(label(text).as_deref(), expected, "{text}");
        }
    }
}
