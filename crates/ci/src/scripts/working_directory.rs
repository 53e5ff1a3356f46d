//! The directory that a script works in.

use std::path::{Component, Path, PathBuf};

/// Names of the root of the checkout in the scripts of one system.
pub type Checkouts = &'static [&'static str];

/// GitHub's ("Variables reference", "Contexts reference").
pub const GITHUB: Checkouts = &[
    "$GITHUB_WORKSPACE",
    "${GITHUB_WORKSPACE}",
    "${{ github.workspace }}",
    "${{github.workspace}}",
];

/// Those of the other systems.
pub const SYSTEMS: Checkouts = &[
    "$(System.DefaultWorkingDirectory)",
    "$(Build.SourcesDirectory)",
    "${CI_PROJECT_DIR}",
    "$CI_PROJECT_DIR",
    "${BITBUCKET_CLONE_DIR}",
    "$BITBUCKET_CLONE_DIR",
    "${CODEBUILD_SRC_DIR}",
    "$CODEBUILD_SRC_DIR",
    "${TRAVIS_BUILD_DIR}",
    "$TRAVIS_BUILD_DIR",
    "${env.WORKSPACE}",
    "${WORKSPACE}",
    "$WORKSPACE",
    "~/project",
];

/// What this crate writes for the root where a script says so by a command: `git rev-parse
/// --show-toplevel`.
pub const ROOT: &str = "$GITHUB_WORKSPACE";

/// A directory of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingDirectory {
    /// Relative to the root; `None` where only the run determines it, or it is outside of the
    /// repository.
    pub path: Option<PathBuf>,
    /// What scripts call the root.
    pub checkouts: Checkouts,
    /// Where the root of the repository lies below that of scripts: `path:` of `actions/checkout`.
    pub prefix: PathBuf,
}

impl WorkingDirectory {
    /// A directory in a system with these names for the root, which is that of the repository.
    pub fn new(path: Option<&Path>, checkouts: Checkouts) -> Self {
        Self {
            path: path.map(Path::to_path_buf),
            checkouts,
            prefix: PathBuf::new(),
        }
    }

    /// A path as scripts see it, seen from the root of the repository; `None` where it is outside.
    pub fn in_tree(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.prefix).ok().map(Path::to_path_buf)
    }

    /// A path seen from the root of the repository, as scripts see it.
    pub fn in_workspace(&self, path: &Path) -> PathBuf {
        self.prefix.join(path).components().collect()
    }

    /// The directory that `cd to` leads to.
    pub fn join(&self, to: &str) -> Option<PathBuf> {
        let to = to.trim_matches(['"', '\'']);
        let below = |root: &&str| {
            let rest = to.strip_prefix(root)?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest)
        };
        let mut roots = self.checkouts.iter().chain(&[ROOT]);
        match roots.find_map(below) {
            Some(rest) => target(Some(Path::new("")), rest.trim_start_matches('/')),
            None => target(self.path.as_deref(), to),
        }
    }

    /// The path as this crate writes it into the words of a script.
    pub fn spelled(&self) -> Option<String> {
        let path = self.path.as_deref()?;
        Some(match path.as_os_str().is_empty() {
            true => ROOT.to_owned(),
            false => format!("{ROOT}/{}", path.display()),
        })
    }
}

/// Bytes of a path, which Linux bounds (path_resolution(7), `PATH_MAX`).
const LONGEST: usize = 4096;

/// What begins a value that a system or a tool fills in: parameters of CircleCI, matrices of Buildkite
/// and variables of Task and just, variables of Concourse, the argument in commands of `xargs`, `find` and
/// `parallel`.
const TEMPLATES: [&str; 4] = ["<<", "{{", "((", "{}"];

fn target(from: Option<&Path>, to: &str) -> Option<PathBuf> {
    let is_open = to.contains(['$', '`', '*', '~']) || TEMPLATES.iter().any(|it| to.contains(it));
    if is_open || to.starts_with('/') || to == "-" {
        return None;
    }
    let mut path = from?.to_path_buf();
    for component in Path::new(to).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::Normal(name) => path.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (path.as_os_str().len() <= LONGEST).then_some(path)
}
