//! Asking a person, on a terminal.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anstyle::Style;

use crate::terminal;

const QUESTION: Style = Style::new().bold();

/// What `?` says of `q`.
pub const QUIT: &str = "make none of the changes that are not asked for yet";

/// An answer that a question offers: the key to press, and what it does.
#[derive(Debug)]
pub struct Choice<A> {
    /// What the key means to the caller.
    pub answer: A,
    /// The word of the question whose first letter is the key, such as `yes`.
    pub word: &'static str,
    /// What `?` says of it.
    pub help: Cow<'static, str>,
}

impl<A> Choice<A> {
    /// A choice of that answer by the first letter of a word.
    pub fn new(answer: A, word: &'static str, help: impl Into<Cow<'static, str>>) -> Self {
        let help = help.into();
        Self { answer, word, help }
    }
}

/// The end of the input at a question, as `^D` ends it.
#[derive(Debug)]
pub struct EndOfInput;

impl EndOfInput {
    /// Whether a run ended by it.
    pub fn ended(error: &anyhow::Error) -> bool {
        let error = error.downcast_ref::<io::Error>();
        let inner = error.and_then(io::Error::get_ref);
        inner.is_some_and(<dyn Error + Send + Sync>::is::<Self>)
    }
}

impl fmt::Display for EndOfInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no more input")
    }
}

impl Error for EndOfInput {}

impl From<EndOfInput> for io::Error {
    fn from(end: EndOfInput) -> Self {
        Self::new(io::ErrorKind::UnexpectedEof, end)
    }
}

/// Whether there is a person to ask.
pub fn is_possible() -> bool {
    // Standard output may go into a file: the question is on standard error.
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks as `git add -p` does, by single letters: those of the words, the default as a capital.
///
/// # Errors
/// A terminal that went away.
pub fn ask_letter<A: Copy + PartialEq>(
    question: &str,
    choices: &[Choice<A>],
    default: A,
) -> io::Result<A> {
    let letters = choices.iter().map(|choice| match choice.answer == default {
        true => choice.word.to_ascii_uppercase(),
        false => choice.word.to_owned(),
    });
    let letters: Vec<String> = letters.collect();
    ask_by(
        question,
        &format!(" [{},?]?", letters.join(",")),
        choices,
        default,
    )
}

/// What is typed where any text may be the answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A text, which may be empty.
    Text(String),
    /// `q`: nothing more is to be asked.
    Quit,
}

/// Asks for a line of text. `?` explains what can be typed: `answers`, each with what it means, what an empty
/// line does, and `q`, which is an answer only where it is one of these.
///
/// # Errors
/// A terminal that went away.
pub fn line(question: &str, answers: &[(String, String)], empty: &str) -> io::Result<Line> {
    let mut out = anstream::stderr().lock();
    loop {
        write!(out, "{} ", terminal::folded(question))?;
        out.flush()?;
        let Ok(typed) = String::from_utf8(typed()?) else {
            writeln!(out, "This is not UTF-8: type it again.")?;
            continue;
        };
        let typed = typed.trim();
        if answers.iter().any(|(answer, _)| answer == typed) {
            return Ok(Line::Text(typed.to_owned()));
        }
        match typed {
            "q" => return Ok(Line::Quit),
            "?" => {
                let own = [("Enter", empty), ("q", QUIT)];
                let answers = answers.iter().map(|(word, help)| (&**word, &**help));
                explain(&mut out, &answers.chain(own).collect::<Vec<_>>())?;
            }
            _ => return Ok(Line::Text(typed.to_owned())),
        }
    }
}

/// Lists what can be typed, with what it means.
fn explain(out: &mut impl io::Write, answers: &[(&str, &str)]) -> io::Result<()> {
    let widths = answers.iter().map(|(word, _)| terminal::columns(word));
    let width = widths.max().unwrap_or(0) + 1;
    for (word, help) in answers {
        let gap = " ".repeat(width - terminal::columns(word));
        writeln!(out, "{word}{gap}{help}")?;
    }
    Ok(())
}

/// The bytes of a line that somebody types.
fn typed() -> io::Result<Vec<u8>> {
    let mut input = Vec::new();
    match io::stdin().lock().read_until(b'\n', &mut input)? {
        0 => Err(EndOfInput.into()),
        _ => Ok(input),
    }
}

/// Asks until one of `choices` is taken; `?` explains them. Empty input is `default`.
///
/// # Errors
/// A terminal that went away.
pub fn ask<A: Copy>(question: &str, choices: &[Choice<A>], default: A) -> io::Result<A> {
    let keys: Vec<String> = choices
        .iter()
        .map(|choice| format!("[{}]{}", &choice.word[..1], &choice.word[1..]))
        .collect();
    ask_by(
        question,
        &format!(" {}, [?]", keys.join(", ")),
        choices,
        default,
    )
}

fn ask_by<A: Copy>(question: &str, keys: &str, choices: &[Choice<A>], default: A) -> io::Result<A> {
    let mut out = anstream::stderr().lock();
    // The answer stands a space behind the question.
    let prompt = terminal::folded(&format!("{question}{keys}")) + " ";
    // A question that is itself wrapped is not styled.
    let prompt = match prompt.strip_prefix(question) {
        Some(keys) => format!("{QUESTION}{question}{QUESTION:#}{keys}"),
        None => prompt,
    };
    loop {
        write!(out, "{prompt}")?;
        out.flush()?;
        // What is no text is none of the choices.
        let input = String::from_utf8_lossy(&typed()?)
            .trim()
            .to_ascii_lowercase();
        let mut taken = choices.iter();
        match taken.find(|choice| choice.word.starts_with(&input)) {
            _ if input.is_empty() => return Ok(default),
            Some(choice) => return Ok(choice.answer),
            None => {
                let choices = choices.iter().map(|choice| (choice.word, &*choice.help));
                explain(&mut out, &choices.collect::<Vec<_>>())?;
            }
        }
    }
}

/// Asks a yes-or-no question; the default is no.
///
/// # Errors
/// The same.
pub fn confirm(question: &str) -> io::Result<bool> {
    let yes = Choice::new(true, "yes", "write");
    let no = Choice::new(false, "no", "write nothing");
    ask(question, &[yes, no], false)
}
