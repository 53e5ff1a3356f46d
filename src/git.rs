//! What git knows about the files that are to be changed, and the commit it makes of them.

mod begun;
mod branch_name;
mod configuration;
mod hold;
mod landing;
mod layout;
mod left_out;
mod repository;
mod stand_in;
#[cfg(test)]
pub mod tests;
mod uncommitted;
mod unfinished;

use std::{
    collections::BTreeSet,
    io::{self, ErrorKind},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{anyhow, bail};
use syntax::visible;

pub use branch_name::refuse_bad_branch;
pub use landing::{Failure, Landing, Resumed};
pub use left_out::LeftOut;
pub use repository::Repository;
pub use uncommitted::Uncommitted;

/// Paths for one git, which takes them as arguments. Paths have at most 4096 bytes, and
/// Linux gives arguments 2 MiB unless the stack is limited: 200 of the longest fit.
const BATCH: usize = 200;

/// Variables that say something of the caller rather than about a repository: the caller's own
/// configuration, and who commits. Tools that run a command over many repositories set these.
const KEPT: [&str; 12] = [
    "GIT_AUTHOR_DATE",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_NAME",
    "GIT_COMMITTER_DATE",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_NAME",
    // `git -c KEY=VALUE` passes its settings to what it runs by the first, `man git-config` has the
    // other; they are the caller's, also where they name programs.
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
];

/// The repository on that host of GitHub that `origin` is, as `OWNER/NAME`; `None` where there is no origin, or
/// it is elsewhere.
pub fn github_repository(root: &Path, host: &str) -> Option<String> {
    let url = asked(root, &["config", "--get", "remote.origin.url"])?;
    name_in_url(&url, host)
}

/// `OWNER/NAME` of a URL of that host.
fn name_in_url(url: &str, host: &str) -> Option<String> {
    let (before, rest) = url.split_once(host)?;
    // GitHub has SSH on `ssh.github.com`, too.
    if !before.is_empty() && !before.ends_with(['@', '/', '.']) {
        return None;
    }
    let port = rest.strip_prefix(':').and_then(|it| it.split_once('/'));
    let is_number = |port: &str| !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
    let path = match port {
        Some((port, path)) if is_number(port) && path.contains('/') => path,
        _ => rest.strip_prefix([':', '/'])?,
    };
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    // What GitHub lets owners and repositories be called: the name goes into commands and policies.
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(is_letter);
    let (owner, name) = path.split_once('/')?;
    (is_name(owner) && is_name(name)).then(|| path.to_owned())
}

/// Whether there is a remote called `origin`.
pub fn has_origin(root: &Path) -> bool {
    asked(root, &["config", "--get", "remote.origin.url"]).is_some_and(|url| !url.is_empty())
}

/// The default branch of `origin`, as it was when it was cloned.
pub fn default_branch(root: &Path) -> Option<String> {
    let reference = asked(root, &["symbolic-ref", "refs/remotes/origin/HEAD"])?;
    let branch = reference.strip_prefix("refs/remotes/origin/")?;
    Some(branch.to_owned())
}

/// Whether `root` is in the work tree of a git repository. Starts no process.
pub fn is_work_tree(root: &Path) -> bool {
    std::path::absolute(root).is_ok_and(|root| {
        root.ancestors()
            .any(|directory| directory.join(".git").exists())
    })
}

/// Those of `files`, paths relative to `root`, that git ignores and does not track; none where there is
/// no git to ask: whoever needs it says so.
pub fn ignored(root: &Path, files: &[PathBuf]) -> BTreeSet<PathBuf> {
    if files.is_empty() || !is_work_tree(root) {
        return BTreeSet::new();
    }
    let repository = Repository::open(root);
    let ignored = repository.and_then(|repository| repository.ignored(files));
    ignored.unwrap_or_default()
}

/// A git that looks at the repository around `root` and at no other, takes paths literally, fetches
/// nothing and runs neither hooks nor a file system monitor. It reads the repository's own configuration,
/// so that it may only be asked what runs no program: [`Repository::git`] is for all else.
fn program(root: &Path) -> Command {
    let mut git = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.as_bytes().starts_with(b"GIT_") && !is_kept(name.as_bytes()) {
            git.env_remove(name);
        }
    }
    // A file may be called `*.tf` or `:(top)`. A partial clone would fetch what it lacks; git before 2.44
    // does not know that variable, and has no transport called `none`. The text of an error is
    // compared below, so it has to be English.
    git.env("GIT_LITERAL_PATHSPECS", "1")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("LC_ALL", "C")
        .args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            // Git would run another in each submodule, which reads the configuration there.
            "submodule.recurse=false",
            "-c",
            "diff.ignoreSubmodules=all",
            "-c",
            // What looks like git's directory, and is not called `.git`, came with the files.
            "safe.bareRepository=explicit",
            // A status would write the index, beside a git that the user runs.
            "--no-optional-locks",
            "-C",
        ])
        .arg(root);
    git
}

fn is_kept(name: &[u8]) -> bool {
    KEPT.iter().any(|kept| name == kept.as_bytes())
        || name.starts_with(b"GIT_CONFIG_KEY_")
        || name.starts_with(b"GIT_CONFIG_VALUE_")
}

/// The commit that is checked out; `None` outside of git, and before the first commit.
pub fn head(root: &Path) -> Option<String> {
    if let Some(checked_out) = layout::checked_out(root) {
        return Some(checked_out.head);
    }
    asked(root, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
}

/// What git says of the repository around `root`; `None` where it fails.
fn asked(root: &Path, args: &[&str]) -> Option<String> {
    layout::refuse_pipes(root).ok()?;
    let output = run(program(root).args(args)).ok()?;
    Some(String::from_utf8(output).ok()?.trim().to_owned())
}

/// Whether git tracks something at `path`, which is below `root`. Only names are asked for, whoever
/// owns the repository.
pub fn tracks(root: &Path, path: &Path) -> anyhow::Result<bool> {
    if !is_work_tree(root) {
        return Ok(false);
    }
    let path = path.strip_prefix(root).unwrap_or(path);
    let mut ask = program(root);
    ask.args(["-c", "safe.directory=*", "ls-files", "-z", "--"]);
    match run(ask.arg(path)) {
        Ok(tracked) => Ok(!tracked.is_empty()),
        // An empty `.git`, as tools leave it.
        Err(error) if error.to_string().contains("not a git repository") => Ok(false),
        Err(error) => Err(error.context(format!(
            "cannot tell whether git tracks {}",
            visible::path(path)
        ))),
    }
}

/// Runs `git`; what it wrote to stdout, or an error that says why not.
fn run(git: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = git.output().map_err(|error| not_started(&error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("dubious ownership") {
        bail!(
            "git does not trust this repository, which belongs to another user\n\
             help: see `git status` there"
        );
    }
    bail!("git failed ({}): {}", output.status, said.trim());
}

/// Why git could not be started.
fn not_started(error: &io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::NotFound => anyhow!("git is not installed"),
        ErrorKind::WouldBlock => {
            anyhow!("cannot start git: no more processes can be started (`ulimit -u`)")
        }
        _ => anyhow!("cannot start git: {error}"),
    }
}

#[cfg(test)]
mod name_tests {
    use super::*;

    #[test]
    fn a_url_of_the_host_names_the_repository() {
        const OWN: &str = "ghe.acme.example";
        for (url, host, expected) in [
            ("git@github.com:o/r.git", "github.com", Some("o/r")),
            ("https://github.com/o/r/", "github.com", Some("o/r")),
            (
                "ssh://git@ssh.github.com:443/o/r.git",
                "github.com",
                Some("o/r"),
            ),
            ("https://x:y@github.com/o/r", "github.com", Some("o/r")),
            ("git@ghe.acme.example:o/r.git", OWN, Some("o/r")),
            ("ssh://git@ghe.acme.example:2222/o/r.git", OWN, Some("o/r")),
            ("https://ghe.acme.example:8443/o/r", OWN, Some("o/r")),
            ("git@github.com:o/r.git", OWN, None),
            ("git@ghe.acme.example:o/r.git", "github.com", None),
            ("https://notgithub.com/o/r", "github.com", None),
            ("https://github.company.example/o/r", "github.com", None),
            ("git@github.com:o/r/s.git", "github.com", None),
            ("git@github.com:o/$(id).git", "github.com", None),
        ] {
            assert_eq!(name_in_url(url, host).as_deref(), expected, "{url}");
        }
    }
}
