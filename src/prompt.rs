//! Asking a person, on a terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Whether there is a person to ask.
pub fn is_possible() -> bool {
    // Standard output may go into a file: the question is on standard error.
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a yes-or-no question; anything but y or yes is a no.
///
/// # Errors
/// A terminal that went away.
pub fn confirm(question: &str) -> io::Result<bool> {
    let mut out = io::stderr().lock();
    write!(out, "\n{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim().to_ascii_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes"))
}
