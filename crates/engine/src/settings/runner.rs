//! `runner "PATH" { ... }`: answers about runners with credentials of their own.

use std::path::Path;

use syntax::glob;
use syntax::location::Region;

/// `runner "PATH" { account = "..." }` or `{ terraform = false }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerBlock {
    /// The path of the runner's file from the root, as a pattern.
    pub pattern: String,
    /// Where it stands.
    pub at: Region,
    /// What is known.
    pub answer: RunnerAnswer,
}

/// What is known of a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunnerAnswer {
    /// Its credentials are of the account with this label.
    Account(String),
    /// Its credentials are, for each root module, of that module's own account.
    OwnAccounts,
    /// It runs nothing that signs in to AWS.
    NoTerraform,
}

impl RunnerBlock {
    /// Whether the block is about the runner of that file.
    pub fn covers(&self, file: &Path) -> bool {
        file.to_str()
            .is_some_and(|file| glob::matches(&self.pattern, file))
    }
}

/// The block about the runner of a file: of several, the most precise one.
pub(super) fn about<'b>(blocks: &'b [RunnerBlock], file: &Path) -> Option<&'b RunnerBlock> {
    let covering = blocks.iter().filter(|block| block.covers(file));
    covering.max_by_key(|block| glob::precision(&block.pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_precise_pattern_wins() {
        let block = |pattern: &str, answer| RunnerBlock {
            pattern: pattern.to_owned(),
            at: Region::default(),
            answer,
        };
        let blocks = [
            block("ci/*", RunnerAnswer::OwnAccounts),
            block("ci/a.groovy", RunnerAnswer::NoTerraform),
            block("**", RunnerAnswer::OwnAccounts),
        ];
        let of = |path: &str| about(&blocks, Path::new(path)).map(|it| it.pattern.as_str());
        assert_eq!(of("ci/a.groovy"), Some("ci/a.groovy"));
        assert_eq!(of("ci/b.groovy"), Some("ci/*"));
        assert_eq!(of("Jenkinsfile"), Some("**"));
    }
}
