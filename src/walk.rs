//! Which files of a tree are read, and why the others are not.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context as _;
use rayon::Scope;
use transforms::model::file_kind::FileKind;
use transforms::model::plan::Skip;
use transforms::planner::{Source, Survey, Surveyor};
use walkdir::{DirEntry, WalkDir};

use crate::{commit, config};

/// What a walk finds.
#[derive(Debug, Default)]
pub struct Walked {
    /// What the files bring, directory by directory, in no order.
    pub surveys: Vec<Survey>,
    /// What was not entered or not followed; paths relative to the root.
    pub skipped: Vec<Skip>,
    /// Temporary files of a run that was killed, as absolute paths.
    pub strays: Vec<PathBuf>,
    /// Directories at which a run was killed, as absolute paths.
    pub interrupted: Vec<PathBuf>,
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
    is_interrupted: bool,
    /// Why it is a root of its own.
    is_root: Option<&'static str>,
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
        let is_below = !directory.as_os_str().is_empty();
        if let Some(reason) = listing.is_root.filter(|_| is_below) {
            listing = Listing {
                skipped: vec![skip(directory.to_path_buf(), reason)],
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
            if listing.is_interrupted {
                found.interrupted.push(self.root.join(directory));
            }
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
        if name == ".git" {
            self.is_root = Some("is a git repository of its own");
        } else if name == config::NAME && entry.path().is_file() {
            self.is_root.get_or_insert("has a configuration of its own");
        }
        self.is_interrupted |= commit::is_journal(name);
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
        } else if is_ignored(&path) {
            self.skipped.push(skip(path, "is ignored by Terraform"));
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

/// Whether Terraform passes over the file at `path`, for its name only: it is hidden, or a copy that
/// an editor left behind.
pub fn is_ignored(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let meant = name.trim_end_matches(['~', '#']);
    let is_marked = name.starts_with('.') || meant.len() < name.len();
    is_marked
        && matches!(
            FileKind::of(Path::new(meant)),
            Some(FileKind::Configuration | FileKind::Test)
        )
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

    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(self.root.join(directory)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            if entry.file_type()?.is_file() && !is_ignored(&path) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    fn tree(&self) -> io::Result<Vec<PathBuf>> {
        let kept = [".git", ".terraform", ".terragrunt-cache", "node_modules"];
        let walk = WalkDir::new(self.root).min_depth(1).into_iter();
        let walk = walk.filter_entry(|entry| !kept.iter().any(|kept| entry.file_name() == *kept));
        let mut files = Vec::new();
        for entry in walk {
            let entry = entry?;
            if let Ok(path) = entry.path().strip_prefix(self.root)
                && entry.file_type().is_file()
            {
                files.push(path.to_path_buf());
            }
        }
        Ok(files)
    }

    fn obstacle(&self, path: &Path) -> io::Result<Option<String>> {
        let obstacle = commit::obstacle(&self.root.join(path))?;
        Ok(obstacle.map(str::to_owned))
    }
}
