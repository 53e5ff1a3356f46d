//! What git knows about the files that are to be changed, and the commit it makes of them.

mod begun;
mod filters;
mod hold;
mod landing;
mod layout;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io::ErrorKind,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, anyhow, bail};

pub use landing::Landing;

/// Paths for one git: `git status` takes them as arguments only. Paths have at most 4096 bytes, and
/// Linux gives arguments 2 MiB unless the stack is limited: 200 of the longest fit.
const BATCH: usize = 200;

/// Variables that say something of the user rather than about a repository.
const KEPT: [&str; 4] = [
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_EXEC_PATH",
];

/// The repository on GitHub that `origin` is, as `OWNER/NAME`; `None` where there is no origin, or
/// it is elsewhere.
pub fn github_repository(root: &Path) -> Option<String> {
    let output = run(git(root).args(["config", "--get", "remote.origin.url"])).ok()?;
    let url = String::from_utf8(output).ok()?;
    let (_, path) = url.trim().split_once("github.com")?;
    let path = path.strip_prefix([':', '/'])?.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    // What GitHub lets owners and repositories be called: the name goes into commands and policies.
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(is_letter);
    let (owner, name) = path.split_once('/')?;
    (is_name(owner) && is_name(name)).then(|| path.to_owned())
}

/// The default branch of `origin`, as it was when it was cloned.
pub fn default_branch(root: &Path) -> Option<String> {
    let output = run(git(root).args(["symbolic-ref", "refs/remotes/origin/HEAD"])).ok()?;
    let reference = String::from_utf8(output).ok()?;
    let branch = reference.trim().strip_prefix("refs/remotes/origin/")?;
    Some(branch.to_owned())
}

/// Whether `root` is in the work tree of a git repository. Starts no process.
pub fn is_work_tree(root: &Path) -> bool {
    std::path::absolute(root).is_ok_and(|root| {
        root.ancestors()
            .any(|directory| directory.join(".git").exists())
    })
}

/// Those of `files`, paths relative to `root`, whose content is not in the repository's last
/// commit: changed, staged, untracked or ignored. `root` is in a work tree. No program that the
/// repository's own configuration names is run.
pub fn dirty(root: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    uncommitted(root, files).map_err(|error| {
        anyhow!(
            "{error}; mend that, or go on without looking for uncommitted changes: --allow-dirty"
        )
    })
}

fn uncommitted(root: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut prefix = match root.join(".git").exists() {
        // The top of a work tree: starting git is what takes the time.
        true => Vec::new(),
        false => run(git(root).args(["rev-parse", "--show-prefix"]))?,
    };
    prefix.pop_if(|last| *last == b'\n');
    let own = filters::own(root)?;
    let mut dirty = Vec::new();
    for batch in files.chunks(BATCH) {
        let status = [
            "status",
            "--porcelain=v1",
            "-z",
            // Together: each ignored file by its name, not the directory that is ignored.
            "--untracked-files=all",
            "--ignored=traditional",
            "--no-renames",
            "--ignore-submodules=all",
            "--",
        ];
        let mut git = git(root);
        git.args(status).args(batch);
        filters::without(&mut git, &own);
        for entry in run(&mut git)?
            .split(|&byte| byte == 0)
            .filter(|entry| !entry.is_empty())
        {
            // Two letters and a space, then the path from the top of the work tree.
            let path = entry
                .get(3..)
                .and_then(|path| path.strip_prefix(prefix.as_slice()));
            let path = path.with_context(|| {
                format!("unexpected answer: {}", String::from_utf8_lossy(entry))
            })?;
            dirty.push(PathBuf::from(OsStr::from_bytes(path)));
        }
    }
    Ok(dirty)
}

/// Those of `files`, paths relative to `root`, that git ignores and does not track; none where there is
/// no git to ask, which `dirty` says where it matters.
pub fn ignored(root: &Path, files: &[PathBuf]) -> BTreeSet<PathBuf> {
    if files.is_empty() || !is_work_tree(root) {
        return BTreeSet::new();
    }
    let mut ignored = BTreeSet::new();
    for batch in files.chunks(BATCH) {
        let list = ["ls-files", "-z", "--others", "--ignored"];
        let mut git = git(root);
        git.args(list)
            .args(["--exclude-standard", "--"])
            .args(batch);
        let listed = run(&mut git).unwrap_or_default();
        let paths = listed.split(|&byte| byte == 0);
        let paths = paths.map(|path| PathBuf::from(OsStr::from_bytes(path)));
        // A path may also be a directory's.
        ignored.extend(paths.filter(|path| batch.contains(path)));
    }
    ignored
}

/// A git that looks at the repository around `root` and at no other, takes paths literally, fetches
/// nothing and runs neither hooks nor a file system monitor.
fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.as_bytes().starts_with(b"GIT_") && !KEPT.iter().any(|&kept| name == kept) {
            git.env_remove(name);
        }
    }
    // A file may be called `*.tf` or `:(top)`. A partial clone would fetch what it lacks. The text
    // of an error is compared below, so it has to be English.
    git.env("GIT_LITERAL_PATHSPECS", "1")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("LC_ALL", "C")
        .args([
            "-c",
            // Both name programs, and the repository's own configuration may set them: only to look at
            // a repository must not run what it brings.
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            // A status would write the index, beside a git that the user runs.
            "--no-optional-locks",
            "-C",
        ])
        .arg(root);
    git
}

/// The commit that is checked out; `None` outside of git, and before the first commit.
pub fn head(root: &Path) -> Option<String> {
    if let Some(checked_out) = layout::checked_out(root) {
        return Some(checked_out.head);
    }
    let output = run(git(root).args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])).ok()?;
    Some(String::from_utf8(output).ok()?.trim().to_owned())
}

/// Runs `git`; what it wrote to stdout, or an error that says why not.
fn run(git: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = git.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow!("git is not installed"),
        _ => anyhow!("cannot start git ({error})"),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("dubious ownership") {
        bail!(
            "git does not trust this repository, which belongs to another user; see `git status` \
             there"
        );
    }
    bail!("git failed ({}): {}", output.status, said.trim());
}
