//! What lies above the root in its git repository: the names of files alone.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::walk::is_entered;

/// The files beside the root, up to the top level of its git repository, and in the hidden directories there that
/// hold pipelines, relative to the root; none where the root is the top level, or there is no git. No file is
/// opened, and no link followed.
pub fn files(root: &Path) -> Vec<PathBuf> {
    let has_git = |directory: &Path| fs::symlink_metadata(directory.join(".git")).is_ok();
    let Some(depth) = root.ancestors().position(has_git) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (parents, directory) in root.ancestors().enumerate().take(depth + 1).skip(1) {
        let up: PathBuf = std::iter::repeat_n("..", parents).collect();
        let walk = WalkDir::new(directory).min_depth(1).max_depth(DEPTH);
        let walk = walk.into_iter().filter_entry(|entry| {
            entry.depth() != 1 || entry.file_type().is_file() || is_entered(entry.file_name())
        });
        // What cannot be listed is nobody's pipeline.
        for entry in walk.filter_map(Result::ok) {
            if let Ok(path) = entry.path().strip_prefix(directory)
                && entry.file_type().is_file()
            {
                found.push(up.join(path));
            }
        }
    }
    found.sort();
    found
}

/// Names from such a directory to a pipeline: `.github/workflows/a.yml`.
const DEPTH: usize = 3;
