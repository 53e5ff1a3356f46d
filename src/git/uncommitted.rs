//! What of some files is not in the last commit, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha1::{Digest as _, Sha1};

use super::repository::Repository;
use super::{BATCH, run};

/// What hides a file's changes from `git status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// `git update-index --assume-unchanged`.
    AssumeUnchanged,
    /// `git update-index --skip-worktree`.
    SkipWorktree,
}

impl Mark {
    /// As git's options name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AssumeUnchanged => "assume-unchanged",
            Self::SkipWorktree => "skip-worktree",
        }
    }
}

/// A file that differs from the last commit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uncommitted {
    /// Relative to the root.
    pub path: PathBuf,
    /// What hides it from `git status`.
    pub mark: Option<Mark>,
}

/// A file as the last commit or the index has it.
#[derive(Debug, PartialEq, Eq)]
struct Blob {
    mode: String,
    object: String,
}

/// What the index says of a file.
#[derive(Debug, Default)]
struct Indexed {
    /// `None` while a merge of it is not finished.
    blob: Option<Blob>,
    mark: Option<Mark>,
}

impl Repository {
    /// Those of `files`, paths relative to the root, whose content is not in the last commit: changed,
    /// staged, untracked or ignored. What git remembers of their size and time does not count, nor
    /// do the marks that hide changes from `git status`.
    ///
    /// # Errors
    /// git fails.
    pub fn uncommitted(&self, files: &[PathBuf]) -> anyhow::Result<Vec<Uncommitted>> {
        let mut uncommitted = Vec::new();
        for batch in files.chunks(BATCH) {
            let committed = self.committed(batch)?;
            let indexed = self.indexed(batch)?;
            let mut converted = Vec::new();
            for path in batch {
                let index = indexed.get(path);
                let entry = || Uncommitted {
                    path: path.clone(),
                    mark: index.and_then(|index| index.mark),
                };
                let blob = committed.get(path);
                let staged = index.and_then(|index| index.blob.as_ref());
                match blob.filter(|_| blob == staged) {
                    Some(blob) if self.has_mode(path, &blob.mode) => {
                        let bytes = fs::read(self.root.join(path));
                        if bytes.is_ok_and(|bytes| hash(&bytes) == blob.object) {
                            continue;
                        }
                        // Line ends, an encoding or a filter of the user's may make the difference.
                        converted.push((entry(), blob));
                    }
                    _ => uncommitted.push(entry()),
                }
            }
            let objects = self.converted(converted.iter().map(|(entry, _)| &entry.path))?;
            let differing = converted.into_iter().zip(objects);
            let differing = differing.filter(|((_, blob), object)| blob.object != *object);
            uncommitted.extend(differing.map(|((entry, _), _)| entry));
        }
        Ok(uncommitted)
    }

    /// Those of `files` that a filter guards which only the repository's own configuration defines, with the
    /// filter. Git would run it to compare such a file with the last commit, and to commit it.
    ///
    /// # Errors
    /// git fails.
    pub fn guarded(&self, files: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, String)>> {
        let filters = self.configuration.filters();
        let mut guarded = Vec::new();
        if filters.is_empty() {
            return Ok(guarded);
        }
        for batch in files.chunks(BATCH) {
            let mut ask = self.git();
            let output = run(ask.args(["check-attr", "-z", "filter", "--"]).args(batch))?;
            let fields: Vec<&[u8]> = output.split(|&byte| byte == 0).collect();
            for record in fields.chunks_exact(3) {
                if filters.contains(record[2]) {
                    let path = PathBuf::from(OsStr::from_bytes(record[0]));
                    guarded.push((path, String::from_utf8_lossy(record[2]).into_owned()));
                }
            }
        }
        Ok(guarded)
    }

    /// Those of `files` that git ignores and does not track.
    ///
    /// # Errors
    /// git fails.
    pub fn ignored(&self, files: &[PathBuf]) -> anyhow::Result<BTreeSet<PathBuf>> {
        let mut ignored = BTreeSet::new();
        for batch in files.chunks(BATCH) {
            let mut list = self.git();
            list.args(["ls-files", "-z", "--others", "--ignored"]);
            list.args(["--exclude-standard", "--"]).args(batch);
            let output = run(&mut list)?;
            let paths = output.split(|&byte| byte == 0);
            let paths = paths.map(|path| PathBuf::from(OsStr::from_bytes(path)));
            // A path may also be a directory's.
            ignored.extend(paths.filter(|path| batch.contains(path)));
        }
        Ok(ignored)
    }

    /// The marks that files have in the index.
    ///
    /// # Errors
    /// git fails.
    pub fn marks(&self, files: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Mark)>> {
        let mut marks = Vec::new();
        for batch in files.chunks(BATCH) {
            let indexed = self.indexed(batch)?.into_iter();
            marks.extend(indexed.filter_map(|(path, index)| Some((path, index.mark?))));
        }
        Ok(marks)
    }

    fn committed(&self, files: &[PathBuf]) -> anyhow::Result<BTreeMap<PathBuf, Blob>> {
        let mut list = self.git();
        let output = run(list.args(["ls-tree", "-r", "-z", "HEAD", "--"]).args(files));
        let output = output.or_else(|error| match self.commit("HEAD") {
            Some(_) => Err(error),
            None => Ok(Vec::new()),
        })?;
        // MODE TYPE OBJECT, a tab, the path.
        let entries = records(&output).map(|(said, path)| {
            let [mode, _, object] = *said.split(' ').collect::<Vec<_>>() else {
                return None;
            };
            Some((path, Blob::new(mode, object)))
        });
        entries
            .collect::<Option<_>>()
            .context("git ls-tree gives an unexpected answer")
    }

    fn indexed(&self, files: &[PathBuf]) -> anyhow::Result<BTreeMap<PathBuf, Indexed>> {
        let mut list = self.git();
        let output = run(list
            .args(["ls-files", "-v", "--stage", "-z", "--"])
            .args(files))?;
        let mut indexed: BTreeMap<PathBuf, Indexed> = BTreeMap::new();
        for (said, path) in records(&output) {
            // TAG MODE OBJECT STAGE, a tab, the path. The tag is in lower case for what is assumed
            // to be unchanged, and S for what the work tree is not looked at for.
            let [tag, mode, object, stage] = *said.split(' ').collect::<Vec<_>>() else {
                anyhow::bail!("git ls-files gives an unexpected answer: {said}");
            };
            let index = indexed.entry(path).or_default();
            index.blob = (stage == "0").then(|| Blob::new(mode, object));
            index.mark = match tag {
                "S" | "s" => Some(Mark::SkipWorktree),
                _ if tag.starts_with(|tag: char| tag.is_ascii_lowercase()) => {
                    Some(Mark::AssumeUnchanged)
                }
                _ => None,
            };
        }
        Ok(indexed)
    }

    /// Whether a regular file has the mode that git has for it.
    fn has_mode(&self, path: &Path, mode: &str) -> bool {
        let metadata = fs::symlink_metadata(self.root.join(path));
        let Ok(metadata) = metadata.as_ref() else {
            return false;
        };
        let is_executable = metadata.permissions().mode() & 0o100 != 0;
        let modes = self.configuration.has_file_modes();
        metadata.is_file()
            && match mode {
                "100644" => !modes || !is_executable,
                "100755" => !modes || is_executable,
                _ => false,
            }
    }

    /// The objects that git would make of files.
    fn converted<'a>(
        &self,
        files: impl Iterator<Item = &'a PathBuf>,
    ) -> anyhow::Result<Vec<String>> {
        let files: Vec<&PathBuf> = files.collect();
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let mut make = self.git();
        let output = run(make.args(["hash-object", "--"]).args(files))?;
        let output = String::from_utf8(output)?;
        Ok(output.lines().map(str::to_owned).collect())
    }
}

impl Blob {
    fn new(mode: &str, object: &str) -> Self {
        Self {
            mode: mode.to_owned(),
            object: object.to_owned(),
        }
    }
}

/// What is said of each path.
fn records(output: &[u8]) -> impl Iterator<Item = (&str, PathBuf)> {
    let records = output.split(|&byte| byte == 0);
    records.filter_map(|record| {
        let tab = memchr::memchr(b'\t', record)?;
        let path = PathBuf::from(OsStr::from_bytes(&record[tab + 1..]));
        Some((std::str::from_utf8(&record[..tab]).ok()?, path))
    })
}

/// The object that git makes of these bytes, in a repository of SHA-1.
fn hash(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    let hash = hash.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
