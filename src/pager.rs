//! Showing a long text on a terminal the way git does: through the user's pager.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;

/// Whether standard output shall have colours: asked for, or a terminal without `NO_COLOR`.
pub fn is_colored() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Writes `text` to standard output as it is: through git's pager where that is a terminal and
/// `wanted`.
///
/// # Errors
/// Standard output that cannot be written to; a reader that left early is none.
pub fn show(text: &str, wanted: bool) -> anyhow::Result<()> {
    let stdout = io::stdout();
    if wanted && is_terminal() && paged(text) {
        return Ok(());
    }
    let mut out = stdout.lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Does the same with `text` that is styled; without its colours where standard output shall have none.
///
/// # Errors
/// The same.
pub fn styled(text: &str, wanted: bool) -> anyhow::Result<()> {
    match is_colored() {
        true => show(text, wanted),
        false => show(&anstream::adapter::strip_str(text).to_string(), wanted),
    }
}

/// The pager, as git chooses it ("core.pager"): but the repository's own configuration never names one,
/// since that is a program.
fn pager() -> String {
    let own = || ["--global", "--system"].into_iter().find_map(configured);
    let named = env::var("GIT_PAGER").ok().or_else(own);
    let named = named.or_else(|| env::var("PAGER").ok());
    named.unwrap_or_else(|| "less".to_owned())
}

/// `core.pager` of the user's or the machine's configuration.
fn configured(scope: &str) -> Option<String> {
    let mut git = Command::new("git");
    git.args(["config", scope, "--get", "core.pager"])
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let output = git.output().ok().filter(|it| it.status.success())?;
    let name = String::from_utf8(output.stdout).ok()?;
    Some(name.trim().to_owned())
}

/// Whether a pager showed the text.
fn paged(text: &str) -> bool {
    let pager = pager();
    // Git takes both for no pager.
    if matches!(pager.trim(), "" | "cat") {
        return false;
    }
    // As git does: the variable may hold arguments.
    let mut command = Command::new("sh");
    command.args(["-c", &pager]).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        // As git sets it: leave at once if it fits on the screen, keep colours, leave the screen as it is.
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // Whoever closes the pager has read enough.
        let _ = input.write_all(text.as_bytes());
    }
    // A shell's code for a command that it does not find: then the text is written without a pager.
    child.wait().is_ok_and(|status| status.code() != Some(127))
}
