//! A repository on disk, and the program run in it.
#![allow(dead_code, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Output;

use sha1::{Digest as _, Sha1};
use tempfile::TempDir;

use super::{environment, wording};

pub struct Checkout {
    pub directory: TempDir,
}

pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Checkout {
    /// A directory with these files and, as the marker of a repository's root, an empty `.git`: git
    /// knows nothing of it. Without a marker the root is sought above, where a stray
    /// `tfkeyless.hcl` would decide what the test sees.
    pub fn bare(files: &[(&str, &str)]) -> Self {
        let checkout = Self::without_git(files);
        checkout.mark(".");
        checkout
    }

    /// A directory with these files and no marker of its own: for one that holds repositories, or
    /// that has another marker among its files.
    pub fn without_git(files: &[(&str, &str)]) -> Self {
        let checkout = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        for (path, text) in files {
            checkout.write(path, text);
        }
        checkout
    }

    /// Makes a directory here a repository's root, as [`bare`](Self::bare) does.
    pub fn mark(&self, directory: &str) {
        fs::create_dir(self.path().join(directory).join(".git")).unwrap();
    }

    /// A directory with these files, committed to git.
    pub fn committed(files: &[(&str, &str)]) -> Self {
        let checkout = Self::without_git(files);
        checkout.git(&["init", "--quiet", "--initial-branch=main"]);
        checkout.commit();
        checkout
    }

    /// A copy of `examples/NAME`, committed to git.
    pub fn of_example(name: &str) -> Self {
        let example = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(name);
        let files = tree(&example);
        let checkout = Self::without_git(&[]);
        for (path, text) in files {
            checkout.write(&path.to_string_lossy(), &text);
        }
        checkout.git(&["init", "--quiet", "--initial-branch=main"]);
        checkout.commit();
        checkout
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// What a run at `root` leaves that is killed when it may have replaced `path`, and was to turn
    /// `before` into `after`; its directory, in `holder`.
    pub fn leave_killed(&self, holder: &str, root: &str, path: &str, texts: [&str; 2]) -> PathBuf {
        let metadata = fs::metadata(self.path().join(root)).unwrap();
        let name = format!("{:x}-{:x}", metadata.dev(), metadata.ino());
        let directory = self.path().join(holder).join(name);
        let mut builder = fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .unwrap();
        let [before, after] = texts;
        let digest = |text: &str| {
            let hash = Sha1::digest(text.as_bytes());
            hash.iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        let (old, new) = (digest(before), digest(after));
        let journal = format!("tfkeyless journal 2\0ab12\0{path}\0{old}\0{new}\0\0");
        fs::write(directory.join("journal"), journal).unwrap();
        fs::write(directory.join("ab12-0.old"), before).unwrap();
        directory
    }

    /// What tells this directory from a copy of it: its device and its inode.
    pub fn identity(&self) -> String {
        let metadata = fs::metadata(self.path()).unwrap();
        format!("{:x}-{:x}", metadata.dev(), metadata.ino())
    }

    pub fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=state"]);
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        let output = environment::command("git")
            .args(identity)
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the program here.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, &[])
    }

    /// Runs the program here, with more variables in its environment.
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
        let output = environment::tfkeyless()
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(self.path())
            .output()
            .unwrap();
        Outcome::from(output)
    }

    /// All files but git's own.
    pub fn files(&self) -> BTreeMap<PathBuf, String> {
        tree(self.path())
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        let outcome = Self {
            code: output.status.code().expect("no signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        wording::check_shown(&outcome.stderr);
        outcome
    }
}

impl Outcome {
    /// Asserts the exit code, with what was said.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error contains a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "{text:?} is not in:\n{}",
            self.stderr
        );
        self
    }
}

/// The files below a directory and their texts, by relative path; git's own left out.
pub fn tree(directory: &Path) -> BTreeMap<PathBuf, String> {
    let entries = walkdir::WalkDir::new(directory).into_iter();
    let entries = entries.filter_entry(|entry| entry.file_name() != ".git");
    let files = entries
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let path = entry.path().strip_prefix(directory).unwrap();
            (
                path.to_path_buf(),
                fs::read_to_string(entry.path()).unwrap(),
            )
        })
        .collect()
}
