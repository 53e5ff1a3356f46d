//! The user's editor.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use syntax::code::sentence;
use syntax::location::Location;

use crate::say::say;

/// Opens the file of a location, relative to `root`, at its line. Whether it holds something else
/// afterwards.
///
/// # Errors
/// A file that cannot be read any more, a shell that does not start.
pub fn edited(root: &Path, at: &Location) -> anyhow::Result<bool> {
    let path = root.join(&at.path);
    let before = fs::read(&path).context("the file cannot be read")?;
    // As git chooses it ("git var GIT_EDITOR"), but for its own configuration.
    let named = ["VISUAL", "EDITOR"].into_iter();
    let named = named.filter_map(|name| env::var(name).ok());
    let mut named = named.filter(|name| !name.trim().is_empty());
    let editor = named.next().unwrap_or_else(|| "vi".to_owned());
    // As git starts it: the variable may hold arguments.
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{editor} \"$@\""), &editor]);
    command.arg(format!("+{}", at.line)).arg(&path);
    let status = command.status().context("sh does not start")?;
    if !status.success() {
        say(&sentence!("The editor `{editor}` ended with {status}."));
    }
    let after = fs::read(&path).context("the file cannot be read")?;
    Ok(before != after)
}
