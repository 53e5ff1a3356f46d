//! What lies above the root in its git repository: pipelines and scripts there run its root modules, too. They are
//! read and never edited.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use engine::index::survey;
use engine::source::{Above, Source};
use walkdir::WalkDir;

use crate::disk::{Disk, TreeListing, is_kept};
use crate::git::{self, LeftOut};
use crate::link::inside;
use crate::walk::{closed, is_entered};

/// The git repository around a root that is not its top level.
#[derive(Debug)]
pub struct AboveRoot<'r> {
    /// The files of the whole repository.
    disk: Disk<'r>,
    /// The root, seen from the top level.
    root: &'r Path,
    /// The pipelines, and what pipelines and people run Terraform through, outside of the root.
    files: Vec<PathBuf>,
    /// The directories that are symbolic links, with their targets.
    links: Vec<(PathBuf, PathBuf)>,
}

impl<'r> AboveRoot<'r> {
    /// What is around `root`, which names no link; `None` where it is the top level of a git repository, or in none.
    ///
    /// # Errors
    /// A directory that cannot be listed, or a sparse checkout that git cannot tell of.
    pub fn of(root: &'r Path) -> io::Result<Option<Self>> {
        let has_git = |directory: &&Path| fs::symlink_metadata(directory.join(".git")).is_ok();
        let top = root.ancestors().find(has_git);
        let Some(top) = top.filter(|top| root.is_absolute() && *top != root) else {
            return Ok(None);
        };
        let own = root.strip_prefix(top).map_err(io::Error::other)?;
        let mut found = Found::new(top, own);
        found.above()?;
        let disk = Disk::new(top);
        let left_out = disk.left_out();
        let left_out = left_out.map_err(|error| io::Error::other(format!("{error:#}")))?;
        for file in left_out.into_iter().flat_map(LeftOut::files) {
            found.add_left_out(file);
        }
        found.files.sort();
        disk.remember(found.listing);
        Ok(Some(Self {
            disk,
            root: own,
            files: found.files,
            links: found.links,
        }))
    }

    /// The same for the engine.
    pub fn seen(&self) -> Above<'_> {
        Above {
            source: self,
            root: self.root,
            files: &self.files,
            links: &self.links,
        }
    }
}

/// Directories from one above the root to a pipeline in directories of any name: `ci/jobs/Jenkinsfile`.
const DEPTH: usize = 2;

/// Directories of any repository in which scripts are kept.
const SCRIPTS: [&str; 7] = ["bin", "ci", "deploy", "hack", "jenkins", "scripts", "tools"];

/// What a directory is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The top level, or one on the way from there to the root.
    Above,
    /// One of pipelines or scripts.
    Pipelines,
    /// Any other, so many levels below such a one.
    Beside(usize),
}

impl Place {
    /// That of a directory in it; `None` where it is not entered.
    fn below(self, name: &OsStr) -> Option<Self> {
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        match self {
            _ if closed(name).is_some() => None,
            Self::Pipelines => Some(Self::Pipelines),
            Self::Above if is_entered(name) || SCRIPTS.iter().any(|it| name == *it) => {
                Some(Self::Pipelines)
            }
            _ if is_hidden => None,
            Self::Above => Some(Self::Beside(1)),
            Self::Beside(depth) => (depth < DEPTH).then_some(Self::Beside(depth + 1)),
        }
    }

    /// Whether a file in it is read unasked.
    fn reads(self, file: &Path) -> bool {
        let is_runner = || survey::is_runner(file) || survey::may_name_runner(file);
        survey::is_pipeline(file) || !matches!(self, Self::Beside(_)) && is_runner()
    }
}

/// What is found, relative to the top level.
struct Found<'r> {
    top: &'r Path,
    root: &'r Path,
    listing: TreeListing,
    files: Vec<PathBuf>,
    links: Vec<(PathBuf, PathBuf)>,
}

impl<'r> Found<'r> {
    fn new(top: &'r Path, root: &'r Path) -> Self {
        Self {
            top,
            root,
            // All else is read where something names it, and is looked up then.
            listing: TreeListing {
                closed: vec![PathBuf::new()],
                ..TreeListing::default()
            },
            files: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Lists the directories above the root.
    fn above(&mut self) -> io::Result<()> {
        for directory in self.root.ancestors().skip(1) {
            self.directory(directory, Place::Above)?;
        }
        Ok(())
    }

    fn directory(&mut self, directory: &Path, place: Place) -> io::Result<()> {
        let entries = match fs::read_dir(self.top.join(directory)) {
            // Nobody's pipeline is where this user may not look.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && place != Place::Above => {
                return Ok(());
            }
            entries => entries?,
        };
        let mut names: Vec<(OsString, FileType)> = Vec::new();
        for entry in entries {
            let entry = entry?;
            names.push((entry.file_name(), entry.file_type()?));
        }
        // Another repository has runners of its own.
        let is_other = names.iter().any(|(name, _)| name == ".git");
        if is_other && !directory.as_os_str().is_empty() {
            return Ok(());
        }
        let files = names.iter().filter(|(_, kind)| kind.is_file());
        let files: Vec<OsString> = files.map(|(name, _)| name.clone()).collect();
        let paths = files.iter().map(|name| directory.join(name));
        self.files.extend(paths.filter(|path| place.reads(path)));
        self.listing.files.insert(directory.to_path_buf(), files);
        for (name, kind) in names {
            let path = directory.join(&name);
            if kind.is_symlink() {
                self.link(path)?;
            } else if kind.is_dir()
                && !self.root.starts_with(&path)
                && let Some(place) = place.below(&name)
            {
                self.directory(&path, place)?;
            }
        }
        Ok(())
    }

    /// Notes a symbolic link that leads to a directory of the repository.
    fn link(&mut self, path: PathBuf) -> io::Result<()> {
        match inside(self.top, &path) {
            Ok(target) if self.top.join(&target).is_dir() => self.links.push((path, target)),
            Ok(_) => {}
            // It leads out, nowhere, or where this user may not look.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::Other | ErrorKind::PermissionDenied
                ) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Lists a file that a sparse checkout leaves out as if it were there.
    fn add_left_out(&mut self, file: &Path) {
        let (Some(directory), Some(name)) = (file.parent(), file.file_name()) else {
            return;
        };
        if file.starts_with(self.root) {
            return;
        }
        let mut place = Some(Place::Above);
        let mut way = PathBuf::new();
        for part in directory {
            way.push(part);
            if !self.root.starts_with(&way) {
                place = place.and_then(|it| it.below(part));
            }
        }
        let Some(place) = place else { return };
        let names = self.listing.files.entry(directory.to_path_buf());
        names.or_default().push(name.to_owned());
        if place.reads(file) {
            self.files.push(file.to_path_buf());
        }
    }
}

impl Source for AboveRoot<'_> {
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.disk.read(path, buffer)
    }

    fn read_start(&self, path: &Path, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.disk.read_start(path, limit, buffer)
    }

    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        self.disk.files(directory)
    }

    fn tree(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = self.disk.tree()?;
        files.sort();
        files.dedup();
        Ok(files)
    }

    fn entered(&self) -> io::Result<Vec<PathBuf>> {
        self.disk.entered()
    }

    fn missing(&self, directories: &BTreeSet<PathBuf>) -> io::Result<BTreeSet<PathBuf>> {
        let submodules = self.disk.submodules();
        let left_out = self.disk.left_out().ok().flatten();
        let mut missing = BTreeSet::new();
        for directory in directories {
            let is_submodule = submodules.iter().any(|it| directory.starts_with(it));
            let mut left_out = left_out.into_iter().flat_map(LeftOut::files);
            let is_there = is_submodule
                || left_out.any(|file| file.starts_with(directory))
                || self.has_file_below(directory)?;
            if !is_there {
                missing.insert(directory.clone());
            }
        }
        Ok(missing)
    }

    fn ignored(&self, files: &[PathBuf]) -> BTreeSet<PathBuf> {
        self.disk.ignored(files)
    }

    fn obstacle(&self, _path: &Path) -> io::Result<Option<String>> {
        Ok(Some("lies above the directory of tfkeyless.hcl".to_owned()))
    }

    fn origin(&self) -> Option<String> {
        self.disk.origin()
    }
}

impl AboveRoot<'_> {
    /// Whether there is a directory, by no link, with a file that git may have. Of most directories the first file
    /// tells.
    fn has_file_below(&self, directory: &Path) -> io::Result<bool> {
        match inside(self.disk.root, directory) {
            Ok(real) if real == directory => {}
            Ok(_) => return Ok(false),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Other) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        let walk = WalkDir::new(self.disk.root.join(directory)).min_depth(1);
        let walk = walk
            .into_iter()
            .filter_entry(|it| !is_kept(it.file_name()))
            .filter_map(Result::ok);
        let first = walk
            .filter(|entry| entry.file_type().is_file())
            .find_map(|entry| {
                let path = entry.path().strip_prefix(self.disk.root).ok()?;
                Some(path.to_path_buf())
            });
        let Some(first) = first else { return Ok(false) };
        Ok(git::ignored(self.disk.root, std::slice::from_ref(&first)).is_empty())
    }
}
