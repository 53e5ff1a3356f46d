//! What commands read from their standard input: what is piped to them, here-strings, here-documents.

use std::ops::Range;

use memchr::memmem;

use super::super::heredoc::heredoc;
use super::super::literal::word;
use super::super::names::Telling;
use super::super::scan::Scan;
use super::Command;
use super::words::words;

/// What reads a secret from its standard input.
pub const READERS: [&str; 10] = [
    "password-stdin",
    "with-token",
    "pass-stdin",
    "secret set",
    "secrets set",
    "versions add",
    "create-secret",
    "chpasswd",
    "aws configure",
    "terraform login",
];

/// The words inside of `$( )` whose output is a secret.
pub fn substituted(scan: &mut Scan<'_, '_>, inside: Range<usize>) {
    let words = words(scan.text, inside.clone());
    let command = Command {
        text: scan.text,
        end: inside.end,
        words,
    };
    command.printed(scan);
    command.read_in(scan);
}

impl Command<'_> {
    /// What `echo` and `printf` print.
    pub fn printed(&self, scan: &mut Scan<'_, '_>) {
        let mut prints = false;
        let mut read_to = 0;
        for (number, range) in self.words.iter().enumerate() {
            let text = self.word(number);
            let between = number
                .checked_sub(1)
                .map_or("", |before| &self.text[self.words[before].end..range.start]);
            prints &= !between.contains(['|', ';', '\n', '>']);
            if matches!(text, "echo" | "printf" | "Write-Output" | "print") {
                prints = true;
            } else if prints && range.start >= read_to && !text.starts_with('-') {
                let quote = self.text[..range.start].ends_with(['"', '\'']);
                let literal = word(self.text, range.start - usize::from(quote));
                read_to = literal.end;
                scan.judge_word(literal.content, Telling::Always);
            }
        }
    }

    /// Here-strings and here-documents.
    pub fn read_in(&self, scan: &mut Scan<'_, '_>) {
        let start = self.words.first().map_or(self.end, |word| word.start);
        let mut read_to = start;
        for found in memmem::find_iter(&self.text.as_bytes()[start..self.end], "<<") {
            let at = start + found;
            let rest = &self.text[at..];
            if at < read_to {
                continue;
            }
            if let Some(here) = rest.strip_prefix("<<<") {
                let literal = word(
                    self.text,
                    self.text.len() - here.trim_start_matches(' ').len(),
                );
                read_to = literal.end.max(at + 3);
                scan.judge_word(literal.content, Telling::Always);
            } else {
                let (lines, end) = heredoc(self.text, at, self.text.len(), scan.markers());
                read_to = end;
                for line in lines {
                    // What is assigned there is told by its names.
                    if !self.text[line.clone()].contains([' ', '[']) {
                        scan.judge_word(line, Telling::Always);
                    }
                }
            }
        }
    }
}
