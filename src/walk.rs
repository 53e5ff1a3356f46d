//! Which files of a tree are read, and why the others are not.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context as _;
use diagnostics::skip::Skip;
use engine::index::survey::{self, Survey, Surveyor};
use rayon::Scope;
use syntax::visible;
use terraform::file_kind::{self, FileKind};

use crate::disk::{Disk, TreeListing, is_kept};
use crate::git::LeftOut;
use crate::link::{self, Target, Unfollowed};
use crate::{commit, config, run_directory};

/// What a walk finds.
#[derive(Debug, Default)]
pub struct Walked {
    /// What the files bring, in no order.
    pub surveys: Vec<Survey>,
    /// What was not entered or not followed; paths relative to the root.
    pub skipped: Vec<Skip>,
    /// Directories at which a run was killed or is at work, as absolute paths.
    pub interrupted: Vec<PathBuf>,
}

/// Walks over a tree, directories side by side, each surveyed as it is listed. The disk remembers
/// what they hold.
///
/// # Errors
/// The first directory that cannot be read.
pub fn walk(disk: &Disk<'_>, surveyor: &Surveyor<'_>) -> anyhow::Result<Walked> {
    let walk = Walk {
        root: disk.root,
        surveyor,
        found: Mutex::default(),
        failed: Mutex::default(),
    };
    rayon::scope(|scope| walk.directory(Path::new(""), scope));
    if let Some(error) = walk.failed.into_inner().ok().flatten() {
        return Err(error).with_context(|| format!("cannot read {}", visible::path(disk.root)));
    }
    let (mut walked, mut known) = walk.found.into_inner().unwrap_or_default();
    let left_out = list_left_out(disk, &mut known)?;
    disk.remember(known);
    if !left_out.is_empty() {
        let mut survey = Survey::default();
        BUFFER.with_borrow_mut(|buffer| {
            for file in left_out {
                surveyor.file(file, buffer, &mut survey);
            }
        });
        walked.surveys.push(survey);
    }
    Ok(walked)
}

/// Lists what a sparse checkout leaves out as if it were there; what of it is to be surveyed.
fn list_left_out<'d>(disk: &'d Disk<'_>, known: &mut TreeListing) -> anyhow::Result<Vec<&'d Path>> {
    let mut surveyed = Vec::new();
    for file in disk.left_out()?.into_iter().flat_map(LeftOut::files) {
        let mut names = file.iter().rev().skip(1);
        let (Some(directory), Some(name)) = (file.parent(), file.file_name()) else {
            continue;
        };
        if names.any(|name| closed(name).is_some()) || is_ignored(file) {
            continue;
        }
        known
            .files
            .entry(directory.to_path_buf())
            .or_default()
            .push(name.to_owned());
        if survey::is_surveyed(file) || survey::may_name_runner(file) {
            surveyed.push(file);
        }
    }
    Ok(surveyed)
}

thread_local! {
    /// What files are read into, one after the other.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Walk<'r> {
    root: &'r Path,
    surveyor: &'r Surveyor<'r>,
    found: Mutex<(Walked, TreeListing)>,
    failed: Mutex<Option<anyhow::Error>>,
}

/// What a directory is listed to hold.
#[derive(Default)]
struct Listing {
    directories: Vec<PathBuf>,
    /// Those that are surveyed.
    files: Vec<PathBuf>,
    /// The links to files, which are surveyed as if they were these, with their targets.
    links: Vec<(PathBuf, PathBuf)>,
    /// The links to directories, which are not entered, with their targets.
    linked_directories: Vec<(PathBuf, PathBuf)>,
    /// The names of all plain files, and of the links to files.
    names: Vec<OsString>,
    /// Directories that are not entered, though not for what is in them.
    closed: Vec<PathBuf>,
    skipped: Vec<Skip>,
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
            if let Ok(mut found) = self.found.lock() {
                let (walked, known) = &mut *found;
                walked.skipped.push(skip(directory.to_path_buf(), reason));
                known.closed.push(directory.to_path_buf());
            }
            return;
        }
        for directory in listing.directories {
            scope.spawn(move |scope| self.directory(&directory, scope));
        }
        let mut survey = Survey::default();
        BUFFER.with_borrow_mut(|buffer| {
            for file in &listing.files {
                self.surveyor.file(file, buffer, &mut survey);
            }
            for (link, target) in &listing.links {
                self.surveyor.link(link, target, buffer, &mut survey);
            }
        });
        for (link, target) in listing.linked_directories {
            survey.add_linked_directory(link, target);
        }
        if let Ok(mut found) = self.found.lock() {
            let (walked, known) = &mut *found;
            // One for all: a survey of its own for each directory takes more room than what is in it.
            match walked.surveys.last_mut() {
                Some(all) => all.append(survey),
                None => walked.surveys.push(survey),
            }
            walked.skipped.append(&mut listing.skipped);
            if listing.is_interrupted {
                walked.interrupted.push(self.root.join(directory));
            }
            known.files.insert(directory.to_path_buf(), listing.names);
            known.closed.append(&mut listing.closed);
            known.links.extend(listing.links);
        }
    }

    fn list(&self, directory: &Path) -> anyhow::Result<Listing> {
        let mut listing = Listing::default();
        let path = self.root.join(directory);
        let failed = || visible::path(&path);
        for entry in fs::read_dir(&path).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            let added = listing.add(&entry, directory, self.root);
            added.with_context(|| visible::path(entry.path()))?;
        }
        Ok(listing)
    }
}

impl Listing {
    /// Notes one entry of `directory`, which is relative to `root`.
    fn add(&mut self, entry: &DirEntry, directory: &Path, root: &Path) -> io::Result<()> {
        let name = entry.file_name();
        let kind = entry.file_type()?;
        let path = directory.join(&name);
        if name == ".git" {
            self.is_root = Some(config::OWN_REPOSITORY);
        } else if name == config::NAME && entry.path().is_file() {
            self.is_root.get_or_insert(config::OWN_CONFIGURATION);
        }
        if name == run_directory::AT_ROOT {
            let interrupted = commit::interrupted(&root.join(directory));
            self.is_interrupted |= interrupted.map_err(io::Error::other)?.is_some();
        }
        if kind.is_dir() {
            match closed(&name) {
                Some(reason) => {
                    if !is_kept(&name) {
                        self.closed.push(path.clone());
                    }
                    // Nobody expects anything of git's own directory.
                    if name != ".git" {
                        self.skipped.push(skip(path, reason));
                    }
                }
                None => self.directories.push(path),
            }
        } else if is_ignored(&path) {
            // Before links: an editor's lock is one, `.#main.tf`, that leads nowhere.
            self.skipped.push(skip(path, "is ignored by Terraform"));
        } else if kind.is_symlink() {
            self.add_link(path, root)?;
        } else if survey::is_surveyed(&path) || survey::may_name_runner(&path) {
            match kind.is_file() {
                true => self.files.push(path),
                false => self.skipped.push(skip(path, "is not a regular file")),
            }
        }
        if kind.is_file() {
            self.names.push(name);
        }
        Ok(())
    }

    /// Notes a symbolic link.
    fn add_link(&mut self, path: PathBuf, root: &Path) -> io::Result<()> {
        let is_file = survey::is_surveyed(&path);
        match link::follow(root, &path) {
            // Pipelines are read from git, which has the path of the target in place of its text.
            Ok(Target::File(_)) if is_file && survey::is_pipeline(&path) => {
                let reason = "is a symbolic link, which CI does not follow";
                self.skipped.push(skip(path, reason));
            }
            Ok(Target::File(target)) if is_file => {
                self.names.extend(path.file_name().map(OsStr::to_owned));
                self.links.push((path, target));
            }
            Ok(Target::Directory(target)) => self.linked_directories.push((path, target)),
            Err(Unfollowed::Fault(error)) => return Err(error),
            // Where it might be what is read.
            Err(Unfollowed::Reason(why)) if is_file || may_be_directory(&root.join(&path)) => {
                self.skipped.push(skip(path, &why));
            }
            Ok(Target::File(_)) | Err(Unfollowed::Reason(_)) => {}
        }
        Ok(())
    }
}

/// Whether there is a directory at `path`, or something that cannot be looked at for the directories on
/// the way.
fn may_be_directory(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(metadata) => metadata.is_dir(),
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
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
    } else if name.as_encoded_bytes().starts_with(b".") && !is_entered(name) {
        Some("is a hidden directory")
    } else {
        None
    }
}

/// Whether a hidden directory holds the pipelines of a system that runs Terraform, or an environment to run it in.
pub fn is_entered(name: &OsStr) -> bool {
    let systems = [
        ".ado",
        ".aws",
        ".azure",
        ".azure-pipelines",
        ".azuredevops",
        ".bin",
        ".buildkite",
        ".builds",
        ".ci",
        ".cicd",
        ".circleci",
        ".codecatalyst",
        ".codefresh",
        ".config",
        ".deploy",
        ".devcontainer",
        ".devops",
        ".forgejo",
        ".gitea",
        ".githooks",
        ".github",
        ".gitlab",
        ".harness",
        ".hooks",
        ".husky",
        ".idea",
        ".jenkins",
        ".jenkinsfiles",
        ".mise",
        ".mise-tasks",
        ".octopus",
        ".pipelines",
        ".prow",
        ".run",
        ".scripts",
        ".semaphore",
        ".spacelift",
        ".teamcity",
        ".tekton",
        ".terrateam",
        ".tools",
        ".vscode",
        ".vsts",
        ".woodpecker",
        ".zuul.d",
    ];
    systems.iter().any(|system| name == *system)
}

/// Whether Terraform passes over the file at `path`, for its name only: it is hidden, or a copy that
/// an editor left behind.
pub fn is_ignored(path: &Path) -> bool {
    let name = file_kind::name(path).and_then(|name| str::from_utf8(name).ok());
    let name = name.unwrap_or_default();
    let meant = name.trim_end_matches(['~', '#']);
    let is_marked = name.starts_with('.') || meant.len() < name.len();
    is_marked
        && matches!(
            FileKind::of(Path::new(meant)),
            Some(FileKind::Configuration | FileKind::Test)
        )
}
