//! What commands write to their output, and where that goes.

use super::without_output;

/// What a command writes to its output.
pub(crate) struct Produced<'c> {
    pub text: String,
    /// The file that takes it.
    pub to: Option<&'c str>,
}

/// What `echo`, `printf` or `cat` with a here-document writes; `None` for other commands.
pub(crate) fn produced(words: &[String]) -> Option<Produced<'_>> {
    let (command, arguments) = words.split_first()?;
    let body = heredoc(arguments);
    let arguments = match body {
        Some(_) => &arguments[..arguments.len() - 1],
        None => arguments,
    };
    let redirected = arguments.iter().position(|word| word == ">");
    let (own, to) = match redirected {
        None => (arguments, None),
        Some(sign) => match &arguments[sign + 1..] {
            [to] => (&arguments[..sign], Some(to.as_str())),
            _ => return None,
        },
    };
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let text = match (command.as_str(), own.as_slice(), body) {
        ("cat", [], Some(body)) => body.to_owned(),
        // What a pipe passes on is that of the command behind it.
        ("cat", [], None) if to.is_none() => String::new(),
        ("echo", all, None) => echoed(all),
        ("printf", ["--", format, values @ ..] | [format, values @ ..], None) => {
            printed(format, values)?
        }
        _ => return None,
    };
    Some(Produced { text, to })
}

fn echoed(mut words: &[&str]) -> String {
    let (mut reads_escapes, mut ends) = (false, true);
    while let [option @ ("-e" | "-n" | "-ne" | "-en" | "-E"), rest @ ..] = words {
        reads_escapes |= option.contains('e');
        ends &= !option.contains('n');
        words = rest;
    }
    let text = words.join(" ");
    let text = if reads_escapes {
        unescaped(&text)
    } else {
        text
    };
    if ends { text + "\n" } else { text }
}

/// What `printf` makes of a format with `%s`; `None` with other directives.
fn printed(format: &str, mut values: &[&str]) -> Option<String> {
    let mut text = String::new();
    loop {
        let before = values.len();
        let mut rest = format;
        while let Some((plain, after)) = rest.split_once('%') {
            text += &unescaped(plain);
            let directive = after.chars().next()?;
            match directive {
                's' => {
                    let (value, others) = values.split_first().unwrap_or((&"", &[]));
                    text += value;
                    values = others;
                }
                '%' => text.push('%'),
                _ => return None,
            }
            rest = &after[1..];
        }
        text += &unescaped(rest);
        // The format is used again until no value is left (POSIX, `printf`).
        if values.is_empty() || values.len() == before {
            return Some(text);
        }
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

/// The body of the here-document of a command, which is its last word.
pub(crate) fn heredoc(words: &[String]) -> Option<&str> {
    words
        .last()
        .filter(|word| word.ends_with('\n'))
        .map(String::as_str)
}

/// The file that `tee` writes.
pub(crate) fn tee_target(words: &[String]) -> Option<&str> {
    let words = match heredoc(words) {
        Some(_) => &words[..words.len() - 1],
        None => words,
    };
    let words = without_output(words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tee", to] | ["tee", "-a" | "--append", to] => Some(to),
        _ => None,
    }
}
