//! `keys`, `environment`, `root` and `role "PATTERN" { account = "LABEL" }`: whose something is.

use std::path::Path;

use ci::settings::is_directory;
use syntax::glob;
use syntax::location::Region;

/// `keys`, `environment`, `root` or `role "PATTERN" { account = "LABEL" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAnswer {
    /// What it is about, as a pattern.
    pub pattern: String,
    /// Where it stands.
    pub at: Region,
    /// The label of the account.
    pub account: String,
}

impl AccountAnswer {
    /// Whether it is about that name. Names of GitHub's are compared without case.
    pub fn covers(&self, name: &str) -> bool {
        glob::matches(
            &self.pattern.to_ascii_lowercase(),
            &name.to_ascii_lowercase(),
        )
    }

    /// Whether it is about that expression, with or without braces.
    pub fn covers_expression(&self, expression: &str) -> bool {
        glob::matches(&expression_of(&self.pattern), &expression_of(expression))
    }

    /// Whether it is about that directory; `.` is the repository's root.
    pub fn covers_directory(&self, directory: &Path) -> bool {
        is_directory(&self.pattern, directory)
    }
}

/// The most precise answer of those that cover something.
pub(super) fn most_precise(
    answers: &[AccountAnswer],
    covers: impl Fn(&AccountAnswer) -> bool,
) -> Option<&AccountAnswer> {
    let covering = answers.iter().filter(|answer| covers(answer));
    covering.max_by_key(|answer| glob::precision(&answer.pattern))
}

/// An expression of GitHub's without its braces, in lower case.
pub(super) fn expression_of(text: &str) -> String {
    let text = text.trim();
    let inside = text
        .strip_prefix("${{")
        .and_then(|it| it.strip_suffix("}}"));
    inside.unwrap_or(text).trim().to_ascii_lowercase()
}
