//! `runner "PATH" { ... }`: answers about runners with credentials of their own.

use std::path::Path;

/// `runner "PATH" { account = "..." }` or `{ terraform = false }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerBlock {
    /// The path of the runner's file from the root, or a pattern: `*` stands for any letters but
    /// `/`, `**` for any.
    pub pattern: String,
    /// The line of the block.
    pub line: usize,
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
            .is_some_and(|file| matches(&self.pattern, file))
    }
}

/// The block about the runner of a file: of several, the one with the longest pattern.
pub(super) fn about<'b>(blocks: &'b [RunnerBlock], file: &Path) -> Option<&'b RunnerBlock> {
    let covering = blocks.iter().filter(|block| block.covers(file));
    covering.max_by_key(|block| block.pattern.len())
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some(at) = pattern.find('*') else {
        return pattern == text;
    };
    let (start, rest) = pattern.split_at(at);
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    let (rest, crosses) = match rest.strip_prefix("**") {
        Some(rest) => (rest, true),
        None => (&rest[1..], false),
    };
    // `**/` stands for no directory, too.
    if crosses
        && rest
            .strip_prefix('/')
            .is_some_and(|rest| matches(rest, text))
    {
        return true;
    }
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.take_while(|end| crosses || !text[..*end].contains('/'))
        .any(|end| matches(rest, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_files() {
        for (pattern, yes, no) in [
            ("Jenkinsfile", "Jenkinsfile", "ci/Jenkinsfile"),
            ("Jenkinsfile*", "Jenkinsfile.apply", "Jenkinsfile/x"),
            ("ci/*.yml", "ci/a.yml", "ci/b/a.yml"),
            ("**/main.tf", "main.tf", "main.tf.json"),
            ("**/main.tf", "a/b/main.tf", "a/xmain.tf"),
            ("a/**", "a/b/c", "b/a"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn the_longest_pattern_wins() {
        let block = |pattern: &str, answer| RunnerBlock {
            pattern: pattern.to_owned(),
            line: 1,
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
