//! The terminal that people read standard error on: its width, and texts wrapped to it.

use std::borrow::Cow;
use std::env;
use std::io::stderr;
use std::ops::Range;

use anstyle::Style;
use syntax::code;
use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Columns for texts on standard error: `COLUMNS`, as git has it, else the terminal's; `None` where
/// neither says, as in a pipe, and nothing is wrapped.
pub fn width() -> Option<usize> {
    let set = env::var("COLUMNS").ok().and_then(|it| it.parse().ok());
    let asked = || Some(usize::from(terminal_size::terminal_size_of(stderr())?.0.0));
    set.or_else(asked).filter(|&width| width >= NARROWEST)
}

/// Below that, wrapped words are harder to read than cut lines.
const NARROWEST: usize = 40;

/// The lines of `text`, each of at most `width` columns where words allow it. Code in backticks stays
/// on one line: it is there to be pasted.
pub fn wrapped(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else {
        return vec![text.to_owned()];
    };
    let options = Options::new(width)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .word_separator(WordSeparator::Custom(words));
    let lines = textwrap::wrap(text, options).into_iter();
    lines.map(Cow::into_owned).collect()
}

/// `text` wrapped to the terminal, each of its lines as deep as it begins.
pub fn folded(text: &str) -> String {
    let lines = text.lines().flat_map(|line| {
        let words = line.trim_start_matches(' ');
        let indent = " ".repeat(line.len() - words.len());
        let width = width().map(|width| width.saturating_sub(indent.len()));
        let lines = wrapped(words, width).into_iter();
        lines.map(move |line| format!("{indent}{line}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A styled `place`, and behind it `text`: wrapped to `width`, later lines two columns deeper.
pub fn after(place: &str, style: Style, text: &str, width: Option<usize>) -> String {
    let depth = place.len() - place.trim_start_matches(' ').len() + 2;
    let width = width.map(|width| width.saturating_sub(depth));
    let whole = wrapped(&format!("{place}{text}"), width);
    let whole = whole.join(&format!("\n{}", " ".repeat(depth)));
    // The place comes first: only where it is itself too wide is it wrapped, and then not styled.
    match whole.strip_prefix(place) {
        Some(rest) => format!("{style}{place}{style:#}{rest}"),
        None => whole,
    }
}

/// Columns that `text` takes.
pub fn columns(text: &str) -> usize {
    display_width(text)
}

/// The words of a line, what stands in backticks as part of one.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let spans = code::spans(line).into_iter().filter(|span| span.is_code);
    let code: Vec<Range<usize>> = spans.map(|span| span.range).collect();
    let mut from = 0;
    Box::new(std::iter::from_fn(move || {
        let rest = &line[from..];
        let end = rest.match_indices(' ').find(|(at, _)| {
            let next = rest[at + 1..].chars().next();
            // No line begins with what a runner of GitHub takes for a command.
            let is_end = next.is_some_and(|next| next != ' ' && next != ':');
            is_end && !code.iter().any(|code| code.contains(&(from + at)))
        });
        let end = end.map_or(rest.len(), |(at, _)| at + 1);
        from += end;
        (end > 0).then(|| Word::from(&rest[..end]))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_backticks_is_never_split() {
        let text = "run `gh api repos/x --jq .y` in the repository, then go on";
        assert_eq!(
            wrapped(text, Some(20)),
            [
                "run",
                "`gh api repos/x --jq .y`",
                "in the repository,",
                "then go on"
            ]
        );
        // One that is never closed begins no code.
        assert_eq!(
            wrapped("an open ` mark at the end", Some(12)),
            ["an open `", "mark at the", "end"]
        );
        let quoted = format!("x {} y", code::quoted("a `b c` d"));
        assert_eq!(wrapped(&quoted, Some(5)), ["x", "`` a `b c` d ``", "y"]);
        assert_eq!(wrapped("a  b", Some(3)), ["a", "b"]);
        assert_eq!(wrapped("a `b-c d` e-f", Some(5)), ["a", "`b-c d`", "e-f"]);
        assert_eq!(wrapped("a ::x", Some(3)), ["a ::x"]);
        assert_eq!(wrapped("", Some(20)), [""]);
        assert_eq!(wrapped(text, None), [text]);
    }
}
