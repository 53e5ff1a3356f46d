//! The string of a sentence as it stands in the source: what is code in it, and which arguments it names.

/// A part of the string.
pub enum Part {
    /// What is no code, and code without arguments.
    Plain(Text),
    /// What stands between backticks, without them, with arguments in it.
    Code(Text),
}

impl Part {
    /// The arguments that it names.
    pub fn arguments(&self) -> &[Argument] {
        match self {
            Self::Plain(text) | Self::Code(text) => &text.arguments,
        }
    }
}

/// Source text of a string, in which each argument has a name.
#[derive(Default)]
pub struct Text {
    pub text: String,
    pub arguments: Vec<Argument>,
}

/// What a placeholder names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// An argument by its position.
    Position(usize),
    /// An argument, or a variable of where the sentence stands.
    Name(String),
}

impl Argument {
    /// Its name in the text of a part.
    pub fn name(&self) -> String {
        match self {
            Self::Position(position) => format!("position_{position}"),
            Self::Name(name) => name.clone(),
        }
    }
}

/// The parts of a string's literal.
pub fn parts(literal: &str) -> Result<Vec<Part>, String> {
    let (start, end) = inside(literal)?;
    let mut rest = &literal[start..end];
    let is_raw = literal.starts_with('r');
    let mut parts = Vec::new();
    let mut next = 0;
    while let Some(open) = rest.find('`') {
        parts.push(Part::Plain(text(&rest[..open], is_raw, &mut next)?));
        let inside = rest[open..].trim_start_matches('`');
        let fence = &rest[open..rest.len() - inside.len()];
        let Some((code, behind)) = inside.split_once(fence) else {
            return Err(format!("backticks are not closed: {}", &rest[open..]));
        };
        let code = text(code, is_raw, &mut next)?;
        parts.push(match code.arguments.is_empty() {
            false => Part::Code(code),
            true => Part::Plain(Text {
                text: format!("{fence}{}{fence}", code.text),
                ..Text::default()
            }),
        });
        rest = behind;
    }
    parts.push(Part::Plain(text(rest, is_raw, &mut next)?));
    Ok(parts)
}

/// A text between the quotes of a literal.
pub fn enclosed(literal: &str, text: &str) -> String {
    match inside(literal) {
        Ok((start, end)) => format!("{}{text}{}", &literal[..start], &literal[end..]),
        Err(_) => String::new(),
    }
}

/// Bytes between the quotes of a literal.
fn inside(literal: &str) -> Result<(usize, usize), String> {
    let is_string = literal.starts_with(['"', 'r']);
    let quotes = (literal.find('"'), literal.rfind('"'));
    match quotes {
        (Some(start), Some(end)) if is_string && start < end => Ok((start + 1, end)),
        _ => Err("a sentence begins with a string".to_owned()),
    }
}

/// Source text with a name for each argument; `next` counts those that have none.
fn text(source: &str, is_raw: bool, next: &mut usize) -> Result<Text, String> {
    let mut found = Text::default();
    let mut rest = source;
    while let Some(at) = rest.find(['{', '}', '\\']) {
        found.text += &rest[..at];
        rest = &rest[at..];
        let verbatim = match () {
            () if rest.starts_with("{{") || rest.starts_with("}}") => 2,
            () if is_raw && rest.starts_with('\\') => 1,
            () if rest.starts_with("\\u{") => rest.find('}').map_or(3, |end| end + 1),
            () if rest.starts_with('\\') => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            () => 0,
        };
        if verbatim > 0 {
            found.text += &rest[..verbatim];
            rest = &rest[verbatim..];
            continue;
        }
        let end = rest.find('}').filter(|end| *end > 0);
        let end = end.ok_or("a brace is not closed")?;
        let inside = &rest[1..end];
        let (name, format) = inside.split_at(inside.find(':').unwrap_or(inside.len()));
        if format.contains(['$', '*']) {
            return Err(format!("not supported: {{{inside}}}"));
        }
        let argument = match name.parse() {
            Ok(position) => Argument::Position(position),
            Err(_) if name.is_empty() => {
                *next += 1;
                Argument::Position(*next - 1)
            }
            Err(_) => Argument::Name(name.to_owned()),
        };
        found.text += &format!("{{{}{format}}}", argument.name());
        found.arguments.push(argument);
        rest = &rest[end + 1..];
    }
    found.text += rest;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a literal: code in angle brackets.
    fn shown(literal: &str) -> Result<String, String> {
        let parts = parts(literal)?;
        let parts = parts.iter().map(|part| match part {
            Part::Plain(text) => text.text.clone(),
            Part::Code(code) => format!("<{}>", code.text),
        });
        Ok(parts.collect())
    }

    #[test]
    fn what_has_arguments_between_backticks_is_code() {
        for (literal, expected) in [
            (r#""a {b} c""#, "a {b} c"),
            (r#""`a` {b}""#, "`a` {b}"),
            (r#""x `a = {b}` {c:?}""#, "x <a = {b}> {c:?}"),
            (
                r#""`{}` {} `{{{0}}}`""#,
                "<{position_0}> {position_1} <{{{position_0}}}>",
            ),
            (r#""`` `{a}` `` `{b}`""#, "< `{a}` > <{b}>"),
            (r#""\u{2060}`\"{a}\" \\`""#, r#"\u{2060}<\"{a}\" \\>"#),
            ("\"a \\\n `{b}`\"", "a \\\n <{b}>"),
            ("r#\"`\\{a}\"`\"#", "<\\{a}\">"),
        ] {
            assert_eq!(shown(literal).as_deref(), Ok(expected), "{literal}");
        }
    }

    #[test]
    fn what_cannot_be_a_sentence_is_an_error() {
        for literal in [r#""`{a}""#, "b'a'", "1", r#""{a:1$}""#, r#""{a""#] {
            assert!(shown(literal).is_err(), "{literal}");
        }
    }
}
