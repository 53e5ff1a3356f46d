//! Secrets in workflow commands of GitHub's runner.

use std::ops::Range;

use memchr::memmem;

use super::super::literal::{line, quoted_literal};
use super::super::names::Telling;
use super::super::scan::Scan;

/// Those whose value is a secret, up to where it begins.
const MASKING: [&str; 2] = ["::add-mask::", "##[add-mask]"];

/// Finds them all.
pub fn read(scan: &mut Scan<'_, '_>) {
    let text = scan.text;
    for begin in MASKING {
        let mut read_to = 0;
        for at in memmem::find_iter(text.as_bytes(), begin) {
            if at >= read_to {
                let value = to_quote(text, at + begin.len());
                read_to = value.end;
                scan.judge_word(value, Telling::Always);
            }
        }
    }
    let mut read_to = 0;
    for at in memmem::find_iter(text.as_bytes(), "::set-") {
        if at >= read_to {
            read_to = named_output(scan, at);
        }
    }
}

/// `::set-output name=token::VALUE`, and its kind; how far it was read.
fn named_output(scan: &mut Scan<'_, '_>, at: usize) -> usize {
    let line = line(scan.text, at);
    let command = line["::set-".len()..].split_once("::");
    if let Some((head, value)) = command
        && let Some((_, name)) = head.rsplit_once("name=")
        && scan.telling(name) == Some(Telling::Always)
    {
        let start = at + line.len() - value.len();
        scan.judge_word(to_quote(scan.text, start), Telling::Always);
    }
    at + line.len()
}

/// What stands at `at` up to a quote or the end of the line.
fn to_quote(text: &str, at: usize) -> Range<usize> {
    let line = line(text, at);
    let end = line
        .find(['"', '\''])
        .filter(|&end| end > 0)
        .unwrap_or(line.len());
    match line.as_bytes().first() {
        Some(b'"' | b'\'') => quoted_literal(text, at).content,
        _ => at..at + end,
    }
}
