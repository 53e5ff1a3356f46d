//! The files of a repository, for planning.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use engine::source::{Above, Source};
use rustix::buffer::spare_capacity;
use rustix::fs::{Mode, OFlags, open, openat};
use rustix::io::{read, retry_on_intr};
use walkdir::WalkDir;

use crate::above::AboveRoot;
use crate::commit;
use crate::git::{self, LeftOut};
use crate::link::{elsewhere, inside};
use crate::walk::is_ignored;

/// The files below a directory. Once a walk has been over it, what that has listed is not listed
/// again.
#[derive(Debug)]
pub struct Disk<'r> {
    /// The repository's root.
    pub root: &'r Path,
    /// The root itself, from which files are opened: the path to it is not looked up for each.
    /// `None` where it cannot be opened.
    directory: OnceLock<Option<OwnedFd>>,
    known: OnceLock<TreeListing>,
    /// Files that are not to be changed, since git ignores them; relative to the root.
    ignored: BTreeSet<PathBuf>,
    /// What is read instead of some files; relative to the root.
    texts: BTreeMap<PathBuf, String>,
    /// What a sparse checkout leaves out, once a walk has asked for it.
    left_out: OnceLock<LeftOut>,
    /// What is above the root, once it was asked for.
    above: OnceLock<Option<Box<AboveRoot<'r>>>>,
}

/// Git has no older version of such a file to go back to, and it may hold what must not be committed.
const IGNORED: &str = "is ignored by git (--include-ignored changes it)";

/// It is read from git, and there is nothing in the work tree to edit.
const LEFT_OUT: &str = "is not in the sparse checkout (`git sparse-checkout add` brings it)";

/// What a walk finds a tree to hold; paths relative to the root.
#[derive(Debug, Default)]
pub struct TreeListing {
    /// The names of the plain files in each directory that it entered, and of the links to some that
    /// it surveyed.
    pub files: HashMap<PathBuf, Vec<OsString>>,
    /// The directories that it did not enter, but for what is kept.
    pub closed: Vec<PathBuf>,
    /// The symbolic links to files that it surveyed, with their targets.
    pub links: HashMap<PathBuf, PathBuf>,
}

/// Whether git, Terraform or a package manager keep what has this name for themselves.
pub fn is_kept(name: &OsStr) -> bool {
    let kept = [".git", ".terraform", ".terragrunt-cache", "node_modules"];
    kept.iter().any(|kept| name == *kept)
}

impl<'r> Disk<'r> {
    /// The files below `root`.
    pub fn new(root: &'r Path) -> Self {
        Self {
            root,
            directory: OnceLock::new(),
            known: OnceLock::new(),
            ignored: BTreeSet::new(),
            texts: BTreeMap::new(),
            left_out: OnceLock::new(),
            above: OnceLock::new(),
        }
    }

    /// The same, with these files left as they are, since git ignores them.
    pub fn leaving(self, ignored: BTreeSet<PathBuf>) -> Self {
        Self { ignored, ..self }
    }

    /// The same, with these texts in place of what their files hold.
    pub fn reading(self, texts: BTreeMap<PathBuf, String>) -> Self {
        Self { texts, ..self }
    }

    fn open(&self, path: &Path) -> io::Result<OwnedFd> {
        let (flags, mode) = (OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let directory = || open(self.root, flags | OFlags::DIRECTORY, mode).ok();
        // A link that somebody puts there meanwhile may lead anywhere, and a pipe never open.
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match self.directory.get_or_init(directory) {
            Some(directory) => retry_on_intr(|| openat(directory, path, flags, mode)),
            None => retry_on_intr(|| open(self.root.join(path), flags, mode)),
        };
        file.map_err(|errno| elsewhere(errno.into()))
    }

    /// The path, relative to the root, of what is read for `path`: it names no link, once a walk has
    /// been over the tree. Whatever names a file in a directory that it did not enter may have taken
    /// the name from a script.
    fn real<'p>(&'p self, path: &'p Path) -> io::Result<Cow<'p, Path>> {
        let Some(known) = self.known.get() else {
            return Ok(Cow::Borrowed(path));
        };
        let directory = path.parent().unwrap_or(Path::new(""));
        match known.links.get(path) {
            Some(target) => Ok(Cow::Borrowed(target)),
            None if known.files.contains_key(directory) => Ok(Cow::Borrowed(path)),
            None => inside(self.root, path).map(Cow::Owned),
        }
    }

    /// What a link that a walk has found leads to; any other path as it is.
    fn target<'p>(&'p self, path: &'p Path) -> &'p Path {
        let links = self.known.get().map(|known| &known.links);
        let target = links.and_then(|links| links.get(path));
        target.map_or(path, PathBuf::as_path)
    }

    /// Takes what a walk has found.
    pub fn remember(&self, known: TreeListing) {
        // A second walk finds the same.
        let _ = self.known.set(known);
    }

    /// What a sparse checkout leaves out, which is read from git from now on; `None` where it is none.
    ///
    /// # Errors
    /// git fails.
    pub fn left_out(&self) -> anyhow::Result<Option<&LeftOut>> {
        if self.left_out.get().is_none()
            && let Some(left_out) = LeftOut::of(self.root)?
        {
            // A second walk finds the same.
            let _ = self.left_out.set(left_out);
        }
        Ok(self.left_out.get())
    }

    /// The names of the files that a walk has found; none before it.
    pub fn names(&self) -> impl Iterator<Item = &OsStr> {
        let known = self.known.get().into_iter();
        let names = known.flat_map(|known| known.files.values().flatten());
        names.map(OsString::as_os_str)
    }

    /// The directories of the submodules (gitmodules(5)), whose files may not be here.
    pub fn submodules(&self) -> Vec<PathBuf> {
        let mut text = Vec::new();
        if self.read(Path::new(".gitmodules"), &mut text).is_err() {
            return Vec::new();
        }
        let path = |line: &str| {
            let (name, path) = line.split_once('=')?;
            (name.trim() == "path").then(|| PathBuf::from(path.trim()))
        };
        String::from_utf8_lossy(&text)
            .lines()
            .filter_map(path)
            .collect()
    }

    /// All plain files below a directory, in no order, added to `files`.
    fn walk(&self, directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
        let walk = WalkDir::new(self.root.join(directory)).min_depth(1);
        let walk = walk.into_iter();
        for entry in walk.filter_entry(|entry| !is_kept(entry.file_name())) {
            let entry = entry?;
            if let Ok(path) = entry.path().strip_prefix(self.root)
                && entry.file_type().is_file()
            {
                files.push(path.to_path_buf());
            }
        }
        Ok(())
    }
}

impl Source for Disk<'_> {
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.read_start(path, usize::MAX, buffer)
    }

    fn read_start(&self, path: &Path, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        // Room for nearly every file at once.
        const ROOM: usize = 64 * 1024;
        buffer.clear();
        let path = self.real(path)?;
        if let Some(text) = self.texts.get(path.as_ref()) {
            buffer.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        if let Some(left_out) = self.left_out.get().filter(|all| all.has(&path)) {
            return left_out.read(&path, buffer);
        }
        let file = self.open(&path)?;
        while buffer.len() <= limit {
            buffer.reserve(ROOM);
            let room = buffer.capacity() - buffer.len();
            let count = retry_on_intr(|| read(&file, spare_capacity(buffer)));
            let count = count.map_err(|errno| elsewhere(errno.into()))?;
            // Of a regular file a read brings less than there is room for only at its end (read(2)
            // in POSIX), so that most files take one read and not a second that finds nothing.
            if count < room {
                break;
            }
        }
        Ok(())
    }

    fn entered(&self) -> io::Result<Vec<PathBuf>> {
        let Some(known) = self.known.get() else {
            return self.tree();
        };
        let directories = known.files.iter();
        let files = directories.flat_map(|(directory, names)| {
            let names = names.iter().filter(|name| !is_kept(name));
            names.map(|name| directory.join(name))
        });
        // Their targets are there, too.
        let files = files.filter(|path| !known.links.contains_key(path));
        Ok(files.collect())
    }

    fn missing(&self, directories: &BTreeSet<PathBuf>) -> io::Result<BTreeSet<PathBuf>> {
        let files: BTreeSet<PathBuf> = self.tree()?.into_iter().collect();
        let submodules = self.submodules();
        let is_submodule = |directory: &Path| {
            let mut all = submodules.iter();
            all.any(|it| directory.starts_with(it) || it.starts_with(directory))
        };
        let below = |directory: &PathBuf| {
            let behind = files.range(directory.clone()..);
            let directory = directory.clone();
            behind.take_while(move |it| it.starts_with(&directory))
        };
        // What git ignores is nowhere but here. Of most directories the first file tells.
        let firsts: Vec<PathBuf> = directories
            .iter()
            .filter_map(|it| below(it).next())
            .cloned()
            .collect();
        let ignored = self.ignored(&firsts);
        let is_missing = |directory: &&PathBuf| {
            let first = below(directory).next();
            let is_kept = first.is_some_and(|first| {
                let all = || below(directory).cloned().collect::<Vec<_>>();
                !ignored.contains(first) || self.ignored(&all()).len() < all().len()
            });
            !is_kept && !is_submodule(directory)
        };
        Ok(directories.iter().filter(is_missing).cloned().collect())
    }

    fn ignored(&self, files: &[PathBuf]) -> BTreeSet<PathBuf> {
        git::ignored(self.root, files)
    }

    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let known = self.known.get();
        let names = match known.and_then(|known| known.files.get(directory)) {
            Some(names) => names.clone(),
            None => match inside(self.root, directory) {
                Ok(directory) => names(&self.root.join(directory))?,
                // Outside there is nothing of the repository, whatever a module call says.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Other) => {
                    Vec::new()
                }
                Err(error) => return Err(error),
            },
        };
        let files = names.into_iter().map(|name| directory.join(name));
        let mut files: Vec<PathBuf> = files.filter(|path| !is_ignored(path)).collect();
        files.sort();
        Ok(files)
    }

    fn tree(&self) -> io::Result<Vec<PathBuf>> {
        let Some(known) = self.known.get() else {
            let mut files = Vec::new();
            self.walk(Path::new(""), &mut files)?;
            return Ok(files);
        };
        let mut files = self.entered()?;
        for directory in &known.closed {
            self.walk(directory, &mut files)?;
        }
        Ok(files)
    }

    fn above(&self) -> io::Result<Option<Above<'_>>> {
        let above = match self.above.get() {
            Some(above) => above,
            None => {
                let found = AboveRoot::of(self.root)?.map(Box::new);
                self.above.get_or_init(|| found)
            }
        };
        Ok(above.as_ref().map(|it| it.seen()))
    }

    fn obstacle(&self, path: &Path) -> io::Result<Option<String>> {
        if self.is_ignored(path) {
            return Ok(Some(IGNORED.to_owned()));
        }
        if self.left_out.get().is_some_and(|all| all.has(path)) {
            return Ok(Some(LEFT_OUT.to_owned()));
        }
        let obstacle = commit::obstacle(&self.root.join(self.target(path)))?;
        Ok(obstacle.map(str::to_owned))
    }

    fn is_ignored(&self, path: &Path) -> bool {
        self.ignored.contains(self.target(path))
    }

    fn origin(&self) -> Option<String> {
        git::github_repository(self.root, "github.com")
    }
}

/// The names of the plain files in a directory; none where there is no such directory.
fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
