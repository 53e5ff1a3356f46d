//! A copy of a directory for one run.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;
use tempfile::TempDir;

use crate::support::environment;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_tfkeyless");

/// A copy of a directory for one run, and a temporary directory of its own: what the runs of others
/// left in that of the machine would be calls of this one.
pub struct Fresh(TempDir);

impl Fresh {
    /// A copy of `directory`.
    pub fn of(directory: &Path) -> Self {
        let fresh = Self(tempfile::tempdir().unwrap());
        fs::create_dir(fresh.root()).unwrap();
        fs::create_dir(fresh.temporary()).unwrap();
        for entry in walkdir::WalkDir::new(directory).min_depth(1) {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(directory).unwrap();
            match entry.file_type().is_dir() {
                true => fs::create_dir(fresh.root().join(path)).unwrap(),
                false => drop(fs::copy(entry.path(), fresh.root().join(path)).unwrap()),
            }
        }
        fresh
    }

    /// The copy.
    pub fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    fn temporary(&self) -> PathBuf {
        self.0.path().join("temporary")
    }

    /// The program, to be run here.
    pub fn run(&self, arguments: &[&str]) -> Command {
        let mut run = environment::tfkeyless();
        self.command(run.args(arguments));
        run
    }

    /// The same of another command, which may run the program.
    pub fn command<'run>(&self, run: &'run mut Command) -> &'run mut Command {
        run.current_dir(self.root()).env("TMPDIR", self.temporary())
    }

    /// Lets the run start `tests/faults/git` for git, with these variables, which that explains.
    pub fn with_git<'run>(
        &self,
        run: &'run mut Command,
        variables: &[(&str, &OsStr)],
    ) -> &'run mut Command {
        let bin = self.0.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/git");
        std::os::unix::fs::symlink(script, bin.join("git")).unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let all = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path)));
        run.env("PATH", all.unwrap())
            .env("PATH_OF_GIT", path)
            .env("GITS", self.0.path().join("gits"))
            .envs(variables.iter().copied())
    }

    /// How many gits were started.
    pub fn gits(&self) -> usize {
        let gits = fs::read_to_string(self.0.path().join("gits")).unwrap();
        gits.lines().count()
    }

    /// What of a run stands in the copy, in git's directory or elsewhere. What is temporary is removed by the
    /// next run that has something to ask of git.
    pub fn litter(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut litter = Vec::new();
        for entry in walkdir::WalkDir::new(self.root()) {
            match entry {
                Ok(entry) => litter.extend(Some(entry.into_path()).filter(|path| is_litter(path))),
                // A git that was killed with its run may still go.
                Err(error) => {
                    let kind = error.io_error().map(std::io::Error::kind);
                    ensure!(kind == Some(ErrorKind::NotFound), "{error}");
                }
            }
        }
        Ok(litter)
    }
}

/// Whether a path is a lock of git's, or this program's own.
fn is_litter(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_gits = path.components().any(|part| part.as_os_str() == ".git");
    name.ends_with(".lock") && name != ".terraform.lock"
        || name.starts_with(".tfkeyless")
        || is_gits && name.contains("tfkeyless")
}
