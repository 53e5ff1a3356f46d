//! Words for a shell.
//!
//! Two floors write commands: the transforms into `run:` steps, the engine into the next steps. This
//! is the lowest floor that both reach, and quoting is a matter of syntax alone.

use std::borrow::Cow;

use shlex::Quoter;

/// `word` as POSIX shells read it back: in quotes where it needs them, else as it is.
pub fn quoted(word: &str) -> String {
    // A NUL byte is the only error there is. No program can be given one as an argument, so such a
    // command fails when it is run, quoted or not.
    let quoter = Quoter::new().allow_nul(true);
    quoter
        .quote(word)
        .map_or_else(|_| word.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_needs_no_quotes_stays_as_it_is() {
        for word in [
            "dev",
            "live-eu_1",
            "./a.tf",
            "git@github.com:o/r.git",
            "v1.2+3",
        ] {
            assert_eq!(quoted(word), word);
        }
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for word in [
            "",
            "a b",
            "team's",
            "A$(touch x)",
            "a'b$c",
            r"a\b",
            "a\nb",
            "!",
            "é",
            "~",
        ] {
            let line = format!("gh secret delete {}", quoted(word));
            let read = shlex::split(&line).unwrap();
            assert_eq!(read, ["gh", "secret", "delete", word], "{line}");
        }
    }
}
