//! Which files of a tree are read, and why the others are not.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context as _;
use rayon::Scope;
use transforms::model::plan::Skip;
use transforms::model::survey::FileKind;
use transforms::planner::Source;
use walkdir::{DirEntry, WalkDir};

use crate::commit;

/// What a walk finds. Paths are relative to the root and sorted.
#[derive(Debug, Default)]
pub struct Walked {
    /// Files that may matter, by their names.
    pub files: Vec<PathBuf>,
    /// What was not entered or not followed.
    pub skipped: Vec<Skip>,
    /// Temporary files of a run that was killed, as absolute paths.
    pub strays: Vec<PathBuf>,
}

/// Walks over a tree, directories side by side.
///
/// # Errors
/// The first directory that cannot be read.
pub fn walk(root: &Path) -> anyhow::Result<Walked> {
    let walk = Walk {
        root,
        found: Mutex::default(),
        failed: Mutex::default(),
    };
    rayon::scope(|scope| walk.directory(Path::new(""), scope));
    if let Some(error) = walk.failed.into_inner().ok().flatten() {
        return Err(error).with_context(|| format!("cannot read {}", root.display()));
    }
    let mut walked = walk.found.into_inner().unwrap_or_default();
    walked.files.sort_unstable();
    walked.skipped.sort_unstable();
    walked.strays.sort_unstable();
    Ok(walked)
}

struct Walk<'r> {
    root: &'r Path,
    found: Mutex<Walked>,
    failed: Mutex<Option<walkdir::Error>>,
}

impl<'r> Walk<'r> {
    /// Lists one directory and spawns a task for each one in it.
    fn directory<'s>(&'s self, directory: &Path, scope: &Scope<'s>)
    where
        'r: 's,
    {
        let mut walked = Walked::default();
        let path = self.root.join(directory);
        let listing = WalkDir::new(path).min_depth(1).max_depth(1);
        for entry in listing {
            match entry {
                Ok(entry) => {
                    let path = directory.join(entry.file_name());
                    if let Some(directory) = self.entry(&entry, path, &mut walked) {
                        scope.spawn(move |scope| self.directory(&directory, scope));
                    }
                }
                Err(error) => {
                    if let Ok(mut failed) = self.failed.lock() {
                        failed.get_or_insert(error);
                    }
                }
            }
        }
        if let Ok(mut found) = self.found.lock() {
            found.files.append(&mut walked.files);
            found.skipped.append(&mut walked.skipped);
            found.strays.append(&mut walked.strays);
        }
    }

    /// Notes one entry; the directory to enter, if it is one.
    fn entry(&self, entry: &DirEntry, path: PathBuf, walked: &mut Walked) -> Option<PathBuf> {
        let name = entry.file_name();
        let kind = entry.file_type();
        let mut skip = |path, reason: &str| {
            let reason = reason.to_owned();
            walked.skipped.push(Skip {
                path,
                line: None,
                reason,
            });
        };
        if kind.is_dir() {
            if let Some(reason) = closed(name) {
                skip(path, reason);
            } else if entry.path().join(".git").exists() {
                skip(path, "is a git repository of its own");
            } else {
                return Some(path);
            }
        } else if kind.is_symlink() {
            if FileKind::of(&path).is_some() || entry.path().is_dir() {
                skip(path, "is a symbolic link, which is not followed");
            }
        } else if FileKind::of(&path).is_some() {
            if kind.is_file() {
                walked.files.push(path);
            } else {
                skip(path, "is not a regular file");
            }
        } else if commit::is_stray(name).is_some() {
            walked.strays.push(self.root.join(path));
        }
        None
    }
}

/// Why a directory of this name is never entered.
pub fn closed(name: &OsStr) -> Option<&'static str> {
    if name == ".git" {
        Some("is git's own")
    } else if name == ".terraform" || name == ".terragrunt-cache" {
        Some("is a working directory of Terraform, made anew by init")
    } else if name == "node_modules" {
        Some("holds installed packages")
    } else if name.as_encoded_bytes().starts_with(b".") && name != ".github" {
        Some("is a hidden directory")
    } else {
        None
    }
}

/// The files below a directory.
#[derive(Debug)]
pub struct Disk<'r> {
    /// The repository's root.
    pub root: &'r Path,
}

impl Source for Disk<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(self.root.join(path))
    }

    fn obstacle(&self, path: &Path) -> io::Result<Option<String>> {
        let obstacle = commit::obstacle(&self.root.join(path))?;
        Ok(obstacle.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_that_is_not_entered_has_a_reason() {
        let root = tempfile::tempdir().unwrap();
        let files = [
            "main.tf",
            "a/b.tofu",
            "a/override.tf",
            "a/x.tftest.hcl",
            "a/dev.s3.tfbackend",
            "a/.terraform.lock.hcl",
            "a/README.md",
            ".github/workflows/ci.yml",
            "a/.terraform/x.tf",
            ".git/x.tf",
            ".hidden/x.tf",
            "node_modules/x.tf",
            "nested/.git/HEAD",
            "nested/x.tf",
            ".tfkeyless-1-0.new",
        ];
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink("main.tf", root.path().join("link.tf")).unwrap();
        std::os::unix::fs::symlink("a", root.path().join("linked")).unwrap();
        let walked = walk(root.path()).unwrap();
        let shown = |paths: Vec<&Path>| {
            paths
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            shown(walked.files.iter().map(PathBuf::as_path).collect()),
            [
                ".github/workflows/ci.yml",
                "a/.terraform.lock.hcl",
                "a/b.tofu",
                "a/dev.s3.tfbackend",
                "a/override.tf",
                "a/x.tftest.hcl",
                "main.tf"
            ]
        );
        assert_eq!(
            shown(
                walked
                    .skipped
                    .iter()
                    .map(|skip| skip.path.as_path())
                    .collect()
            ),
            [
                ".git",
                ".hidden",
                "a/.terraform",
                "link.tf",
                "linked",
                "nested",
                "node_modules"
            ]
        );
        assert_eq!(walked.strays, [root.path().join(".tfkeyless-1-0.new")]);
    }
}
