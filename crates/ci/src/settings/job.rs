//! `job "FILE:JOB" { ... }`: answers about jobs of GitHub's workflows.

use std::path::Path;

use syntax::glob;
use syntax::location::Region;

use crate::github::permissions::Scopes;

/// `job "FILE:JOB" { ... }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobBlock {
    /// The name or the path of the workflow, a colon and the id of the job, as a pattern.
    pub pattern: String,
    /// Where it stands.
    pub at: Region,
    /// The permissions that it needs, where they are given.
    pub permissions: Option<Scopes>,
    /// The root modules that it runs, as patterns for directories; `.` is the repository's root. None
    /// where the list is empty.
    pub roots: Option<Vec<String>>,
    /// The label of the account that it signs in to.
    pub account: Option<String>,
}

impl JobBlock {
    /// Whether the block is about that job of the workflow at `path`.
    pub fn covers(&self, path: &Path, job: &str) -> bool {
        self.precision(path, job).is_some()
    }

    /// Whether `roots` admits the root module in that directory, which it does where it is not given.
    pub fn runs(&self, directory: &Path) -> bool {
        let is_it = |pattern: &String| is_directory(pattern, directory);
        self.roots
            .as_ref()
            .is_none_or(|roots| roots.iter().any(is_it))
    }

    /// Whether it tells where the job signs in.
    pub fn is_about_sign_in(&self) -> bool {
        self.roots.is_some() || self.account.is_some()
    }

    /// How precisely it names the job; `None` where it is not about it.
    pub fn precision(&self, path: &Path, job: &str) -> Option<(bool, usize)> {
        let (full, name) = (path.to_str()?, path.file_name()?.to_str()?);
        let is_of = |file: &str| glob::matches(&self.pattern, &format!("{file}:{job}"));
        let (is_literal, length) = glob::precision(&self.pattern);
        if is_of(full) {
            return Some((is_literal, length));
        }
        // A file name stands for its path: of `tf.yml:*` and `.github/workflows/*:*`, the first
        // names a job more precisely.
        is_of(name).then_some((is_literal, length + full.len() - name.len()))
    }
}

/// Whether a pattern of the configuration names a directory.
pub fn is_directory(pattern: &str, directory: &Path) -> bool {
    let pattern = if pattern == "." { "" } else { pattern };
    directory
        .to_str()
        .is_some_and(|directory| glob::matches_directory(pattern, directory))
}

#[cfg(test)]
mod tests {
    use super::super::Ci;
    use super::*;

    fn block(pattern: &str) -> JobBlock {
        JobBlock {
            pattern: pattern.to_owned(),
            at: Region::default(),
            permissions: None,
            roots: None,
            account: Some("dev".to_owned()),
        }
    }

    #[test]
    fn the_most_precise_label_is_about_a_job() {
        let path = Path::new(".github/workflows/tf.yml");
        for (blocks, expected) in [
            (["tf.yml:apply", "tf.yml:*"], Some("tf.yml:apply")),
            (["tf.yml:*", ".github/workflows/*:*"], Some("tf.yml:*")),
            (
                ["tf.yml:apply", ".github/workflows/*:apply"],
                Some("tf.yml:apply"),
            ),
            (["*:apply", "*:*"], Some("*:apply")),
            (["tf.yml:plan", ".github/*:apply"], None),
        ] {
            let ci = Ci {
                jobs: blocks.map(block).into(),
                ..Ci::default()
            };
            let found = ci.about_job(path, "apply");
            assert_eq!(found.map(|it| it.pattern.as_str()), expected, "{blocks:?}");
        }
    }

    #[test]
    fn what_one_block_leaves_open_another_tells() {
        let mut rights = block("tf.yml:apply");
        rights.account = None;
        rights.permissions = Some(Scopes::new());
        let ci = Ci {
            jobs: vec![rights, block("*:*")],
            ..Ci::default()
        };
        let path = Path::new(".github/workflows/tf.yml");
        let found = ci.about_job(path, "apply").unwrap();
        assert_eq!(found.pattern, "*:*");
        assert_eq!(ci.permissions_of(path, "apply"), Some(&Scopes::new()));
        assert_eq!(ci.permissions_of(path, "plan"), None);
    }

    #[test]
    fn the_roots_of_a_job_are_directories() {
        let mut job = block("tf.yml:apply");
        job.roots = Some(vec!["envs/*".to_owned(), ".".to_owned()]);
        assert!(job.runs(Path::new("envs/live")));
        assert!(job.runs(Path::new("")));
        assert!(!job.runs(Path::new("modules/vpc")));
        job.roots = Some(Vec::new());
        assert!(!job.runs(Path::new("envs/live")), "it runs none");
        job.roots = None;
        assert!(job.runs(Path::new("envs/live")), "it does not tell");
    }
}
