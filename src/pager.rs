//! Showing a long text on a terminal the way git does: through the user's pager.

use std::borrow::Cow;
use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anstream::{AutoStream, ColorChoice, adapter};
use anyhow::Context as _;

/// Writes `text` to standard output: through `$PAGER` (else `less`) where that is a terminal and
/// `wanted`, else as it is. Colours are taken out where standard output shall have none.
///
/// # Errors
/// Standard output that cannot be written to; a reader that left early is none.
pub fn show(text: &str, wanted: bool) -> anyhow::Result<()> {
    let stdout = io::stdout();
    let text = colored(text, AutoStream::choice(&stdout));
    if wanted && stdout.is_terminal() && paged(&text) {
        return Ok(());
    }
    let mut out = stdout.lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// `text` with its colours, or without them where that is the choice.
fn colored(text: &str, choice: ColorChoice) -> Cow<'_, str> {
    match choice {
        ColorChoice::Never => Cow::Owned(adapter::strip_str(text).to_string()),
        _ => Cow::Borrowed(text),
    }
}

/// Whether a pager showed the text.
fn paged(text: &str) -> bool {
    let pager = env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    if matches!(pager.trim(), "" | "cat") {
        return false;
    }
    let mut command = Command::new("sh");
    command.args(["-c", &pager]).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        // Leave at once if it fits on the screen, keep colours, leave the screen as it is.
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // Whoever closes the pager has read enough.
        let _ = input.write_all(text.as_bytes());
    }
    child.wait().is_ok_and(|status| status.code() != Some(127))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_where_none_are_wanted() {
        let text = "\x1b[31m-a\x1b[0m\r\n+\u{e9}\t\n";
        assert_eq!(colored(text, ColorChoice::Never), "-a\r\n+\u{e9}\t\n");
        assert_eq!(colored(text, ColorChoice::Always), text);
        assert_eq!(colored(text, ColorChoice::AlwaysAnsi), text);
    }
}
