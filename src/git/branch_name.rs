//! The name of a branch that is to be made.

use std::path::Path;

use anyhow::bail;
use syntax::code::sentence;
use syntax::shell;

use super::{program, run};

/// Refuses what is no name of a new branch, before anything else is done.
///
/// # Errors
/// git does not take it for one, or for another than it looks like; or there is no git.
pub fn refuse_bad_branch(name: &str) -> anyhow::Result<()> {
    // git takes both, and makes `refs/heads/@`, which nothing reaches (`@` is HEAD), and
    // `refs/heads/refs/heads/NAME`.
    let full = name.strip_prefix("refs/");
    if let Some(rest) = full {
        let meant = rest.strip_prefix("heads/").unwrap_or(rest);
        bail!(sentence!(
            "--branch takes a name and no full ref: `--branch {}`",
            shell::quoted(meant)
        ));
    }
    // Of no repository: the one around has not been looked at yet, and its files may be pipes.
    let mut ask = program(Path::new("/"));
    ask.env("GIT_DIR", "/dev/null");
    ask.args(["check-ref-format", "--branch", name]);
    let answer = run(&mut ask);
    if name != "@"
        && answer
            .as_ref()
            .is_ok_and(|it| it.trim_ascii() == name.as_bytes())
    {
        return Ok(());
    }
    match answer {
        Err(error) if !error.to_string().starts_with("git failed") => Err(error),
        _ => bail!("git takes no branch with the name {}", shell::quoted(name)),
    }
}
