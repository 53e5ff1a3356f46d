//! What git tracks and a sparse checkout leaves out of the work tree (`man git-sparse-checkout`).
//!
//! A root module that is not checked out is run by the same jobs and assumes the same roles as one that is:
//! without it nothing about them would be proved.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, anyhow};

use super::repository::Repository;
use super::{not_started, run};

/// The files that git tracks below a directory and that its work tree lacks.
#[derive(Debug)]
pub struct LeftOut {
    /// The object of each, by its path relative to the directory.
    objects: BTreeMap<PathBuf, String>,
    blobs: Mutex<Blobs>,
}

impl LeftOut {
    /// What a sparse checkout leaves out below `root`; `None` where the checkout is not sparse, for which
    /// no process is started.
    ///
    /// # Errors
    /// git fails.
    pub fn of(root: &Path) -> anyhow::Result<Option<Self>> {
        if !is_sparse(root) {
            return Ok(None);
        }
        let failed = "cannot tell what the sparse checkout leaves out";
        let repository = Repository::open(root).context(failed)?;
        let mut list = repository.git();
        let listed = run(list.args(["ls-files", "-t", "--stage", "-z"])).context(failed)?;
        let mut objects = BTreeMap::new();
        for record in listed.split(|&byte| byte == 0) {
            if let Some((path, object)) = left_out(record)
                && is_absent(&root.join(path))?
            {
                objects.insert(path.to_path_buf(), object.to_owned());
            }
        }
        if objects.is_empty() {
            return Ok(None);
        }
        let blobs = Mutex::new(Blobs::of(repository).context(failed)?);
        Ok(Some(Self { objects, blobs }))
    }

    /// The files, relative to the directory.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.objects.keys().map(PathBuf::as_path)
    }

    /// Whether it is one of these files.
    pub fn has(&self, path: &Path) -> bool {
        self.objects.contains_key(path)
    }

    /// Reads a file into `buffer`, as it was committed or staged.
    ///
    /// # Errors
    /// `NotFound` where it is none of these; else the repository is a partial clone that has only its name,
    /// or git fails.
    pub fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        let object = self.objects.get(path).ok_or(ErrorKind::NotFound)?;
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        blobs.read(object, buffer)
    }
}

/// A `git cat-file --batch`, which answers one object after the other.
#[derive(Debug)]
struct Blobs {
    git: Child,
    asked: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Holds the configuration that git reads when an object is asked for.
    _repository: Repository,
}

impl Blobs {
    fn of(repository: Repository) -> anyhow::Result<Self> {
        let mut git = repository.git();
        git.args(["cat-file", "--batch"]);
        git.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut git = git.spawn().map_err(|error| not_started(&error))?;
        let answers = git.stdout.take().context("git has no output")?;
        Ok(Self {
            asked: git.stdin.take(),
            answers: BufReader::new(answers),
            git,
            _repository: repository,
        })
    }

    fn read(&mut self, object: &str, buffer: &mut Vec<u8>) -> io::Result<()> {
        let asked = self.asked.as_mut().ok_or(ErrorKind::BrokenPipe)?;
        writeln!(asked, "{object}")?;
        asked.flush()?;
        // "OBJECT blob SIZE", the text and a line end, or "OBJECT missing".
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let size = answer
            .trim_end()
            .rsplit_once(" blob ")
            .map(|(_, size)| size);
        let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) else {
            return Err(io::Error::other(anyhow!(
                "neither in the sparse checkout nor in this partial clone: `git sparse-checkout disable`, \
                 or plan in a full clone"
            )));
        };
        buffer.clear();
        self.answers.by_ref().take(size).read_to_end(buffer)?;
        self.answers.read_exact(&mut [0])
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // It ends with what it is asked.
        drop(self.asked.take());
        let _ = self.git.wait();
    }
}

/// Whether the work tree around `root` was checked out sparsely at some time.
fn is_sparse(root: &Path) -> bool {
    let Ok(root) = std::path::absolute(root) else {
        return false;
    };
    let mut all = root.ancestors().map(|directory| directory.join(".git"));
    let Some(git) = all.find(|git| git.exists()) else {
        return false;
    };
    // In a linked work tree, a file that names the directory. What is neither may be a pipe.
    let directory = match fs::metadata(&git) {
        Ok(metadata) if metadata.is_dir() => git,
        Ok(metadata) if metadata.is_file() => {
            let text = fs::read_to_string(&git).unwrap_or_default();
            match text.strip_prefix("gitdir: ") {
                Some(named) => git.with_file_name("").join(named.trim_end()),
                None => return false,
            }
        }
        _ => return false,
    };
    directory.join("info/sparse-checkout").exists()
}

/// The path and the object of a regular file that is left out, of a record of `git ls-files -t --stage`:
/// TAG MODE OBJECT STAGE, a tab, the path.
fn left_out(record: &[u8]) -> Option<(&Path, &str)> {
    let tab = record.iter().position(|&byte| byte == b'\t')?;
    let (said, path) = (str::from_utf8(&record[..tab]).ok()?, &record[tab + 1..]);
    match said.split(' ').collect::<Vec<_>>()[..] {
        ["S", "100644" | "100755", object, _] => Some((Path::new(OsStr::from_bytes(path)), object)),
        _ => None,
    }
}

fn is_absent(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(true)
        }
        Err(error) => Err(error),
    }
}
