//! Which files of a tree are read, and why the others are not.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context as _;
use rayon::Scope;
use transforms::model::file_kind::FileKind;
use transforms::model::plan::Skip;
use transforms::planner::{Source, Survey, Surveyor};
use walkdir::{DirEntry, WalkDir};

use crate::commit;

/// What a walk finds.
#[derive(Debug, Default)]
pub struct Walked {
    /// What the files bring, directory by directory, in no order.
    pub surveys: Vec<Survey>,
    /// What was not entered or not followed; paths relative to the root.
    pub skipped: Vec<Skip>,
    /// Temporary files of a run that was killed, as absolute paths.
    pub strays: Vec<PathBuf>,
}

/// Walks over a tree, directories side by side, each surveyed as it is listed.
///
/// # Errors
/// The first directory that cannot be read.
pub fn walk(root: &Path, surveyor: &Surveyor<'_>) -> anyhow::Result<Walked> {
    let walk = Walk {
        root,
        surveyor,
        found: Mutex::default(),
        failed: Mutex::default(),
    };
    rayon::scope(|scope| walk.directory(Path::new(""), scope));
    match walk.failed.into_inner().ok().flatten() {
        Some(error) => Err(error).with_context(|| format!("cannot read {}", root.display())),
        None => Ok(walk.found.into_inner().unwrap_or_default()),
    }
}

thread_local! {
    /// What files are read into, one after the other.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Walk<'r> {
    root: &'r Path,
    surveyor: &'r Surveyor<'r>,
    found: Mutex<Walked>,
    failed: Mutex<Option<walkdir::Error>>,
}

/// What a directory is listed to hold.
#[derive(Default)]
struct Listing {
    directories: Vec<PathBuf>,
    files: Vec<PathBuf>,
    skipped: Vec<Skip>,
    strays: Vec<PathBuf>,
    is_repository: bool,
}

impl<'r> Walk<'r> {
    /// Surveys one directory and spawns a task for each one in it.
    fn directory<'s>(&'s self, directory: &Path, scope: &Scope<'s>)
    where
        'r: 's,
    {
        let mut listing = match self.list(directory) {
            Ok(listing) => listing,
            Err(error) => {
                if let Ok(mut failed) = self.failed.lock() {
                    failed.get_or_insert(error);
                }
                return;
            }
        };
        if listing.is_repository && !directory.as_os_str().is_empty() {
            let nested = skip(directory.to_path_buf(), "is a git repository of its own");
            listing = Listing {
                skipped: vec![nested],
                ..Listing::default()
            };
        }
        for directory in listing.directories {
            scope.spawn(move |scope| self.directory(&directory, scope));
        }
        let mut survey = Survey::default();
        BUFFER.with_borrow_mut(|buffer| {
            for file in &listing.files {
                self.surveyor.file(file, buffer, &mut survey);
            }
        });
        if let Ok(mut found) = self.found.lock() {
            found.surveys.push(survey);
            found.skipped.append(&mut listing.skipped);
            found.strays.append(&mut listing.strays);
        }
    }

    fn list(&self, directory: &Path) -> Result<Listing, walkdir::Error> {
        let mut listing = Listing::default();
        let path = self.root.join(directory);
        for entry in WalkDir::new(path).min_depth(1).max_depth(1) {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            listing.add(&entry, path);
        }
        Ok(listing)
    }
}

impl Listing {
    /// Notes one entry of the directory, `path` being relative to the root.
    fn add(&mut self, entry: &DirEntry, path: PathBuf) {
        let name = entry.file_name();
        let kind = entry.file_type();
        self.is_repository |= name == ".git";
        if kind.is_dir() {
            match closed(name) {
                Some(reason) => self.skipped.push(skip(path, reason)),
                None => self.directories.push(path),
            }
        } else if kind.is_symlink() {
            if FileKind::of(&path).is_some() || entry.path().is_dir() {
                let reason = "is a symbolic link, which is not followed";
                self.skipped.push(skip(path, reason));
            }
        } else if FileKind::of(&path).is_some() {
            match kind.is_file() {
                true => self.files.push(path),
                false => self.skipped.push(skip(path, "is not a regular file")),
            }
        } else if commit::is_stray(name).is_some() {
            self.strays.push(entry.path().to_path_buf());
        }
    }
}

fn skip(path: PathBuf, reason: &str) -> Skip {
    Skip {
        path,
        line: None,
        reason: reason.to_owned(),
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
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        // A `Take` does not ask for the file's size: with room for most files it need not.
        const ROOM: usize = 64 * 1024;
        buffer.clear();
        buffer.reserve(ROOM);
        let file = File::open(self.root.join(path))?;
        file.take(u64::MAX).read_to_end(buffer)?;
        Ok(())
    }

    fn obstacle(&self, path: &Path) -> io::Result<Option<String>> {
        let obstacle = commit::obstacle(&self.root.join(path))?;
        Ok(obstacle.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use transforms::model::selection::Selection;
    use transforms::model::settings::Settings;
    use transforms::planner;

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
            fs::write(path, "provider \"aws\" {\n  version = \"~> 4.0\"\n}\n").unwrap();
        }
        std::os::unix::fs::symlink("main.tf", root.path().join("link.tf")).unwrap();
        std::os::unix::fs::symlink("a", root.path().join("linked")).unwrap();
        let settings = Settings::default();
        let disk = Disk { root: root.path() };
        let walked = walk(root.path(), &Surveyor::new(&disk, &settings)).unwrap();
        let mut skipped: Vec<_> = walked.skipped.into_iter().map(|skip| skip.path).collect();
        skipped.sort();
        let expected = [
            ".git",
            ".hidden",
            "a/.terraform",
            "link.tf",
            "linked",
            "nested",
            "node_modules",
        ];
        assert_eq!(skipped, expected.map(PathBuf::from));
        assert_eq!(walked.strays, [root.path().join(".tfkeyless-1-0.new")]);
        let plan = planner::plan(&disk, walked.surveys, settings, Selection::default()).unwrap();
        let read: Vec<_> = plan.changes.into_iter().map(|it| it.path).collect();
        let expected = ["a/b.tofu", "a/override.tf", "main.tf"];
        assert_eq!(read, expected.map(PathBuf::from));
    }

    #[test]
    fn a_buffer_is_read_into_again_and_again() {
        let root = tempfile::tempdir().unwrap();
        let disk = Disk { root: root.path() };
        let mut buffer = Vec::new();
        for length in [200_000, 3, 0, 65_536] {
            let content = vec![b'x'; length];
            fs::write(root.path().join("a"), &content).unwrap();
            disk.read(Path::new("a"), &mut buffer).unwrap();
            assert_eq!(buffer, content);
        }
    }
}
