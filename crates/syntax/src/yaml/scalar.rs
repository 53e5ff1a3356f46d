//! What a scalar says, and how a text is written as one.

use granit_parser::ScalarStyle;

use crate::visible;

/// Whether a plain scalar is a number, a truth value or nothing, not a text.
pub fn is_special(plain: &str) -> bool {
    // YAML 1.2.2, chapter 10.3.2: the tags that the core schema gives to plain scalars.
    let words = ["", "~", "null", "true", "false", ".inf", ".nan"];
    let number = plain.trim_start_matches(['-', '+']);
    words.contains(&plain.to_ascii_lowercase().as_str())
        || number.eq_ignore_ascii_case(".inf")
        || number.starts_with("0x") && u128::from_str_radix(&number[2..], 16).is_ok()
        || number.starts_with("0o") && u128::from_str_radix(&number[2..], 8).is_ok()
        || number.starts_with(|first: char| first.is_ascii_digit() || first == '.')
            && plain.parse::<f64>().is_ok()
}

/// `text` as a YAML scalar that says exactly this: plain where every reader takes it for text,
/// else in quotes. `is_flow`: inside braces or brackets.
pub fn scalar(text: &str, is_flow: bool) -> String {
    match is_plain(text, is_flow) {
        true => text.to_owned(),
        false if text.contains('\'') && !text.contains(['"', '\\']) => double(text),
        false => single(text),
    }
}

/// `text` written as `style` does, where that can be.
pub fn styled(text: &str, style: ScalarStyle, is_flow: bool) -> String {
    match style {
        ScalarStyle::SingleQuoted => single(text),
        ScalarStyle::DoubleQuoted => double(text),
        _ => scalar(text, is_flow),
    }
}

/// Whether it stands in double quotes only: YAML's chapter 5.1 allows no control characters and none of
/// U+FFFE and U+FFFF, and what nobody sees is written so that it is seen. Emoji keep their selectors.
fn needs_escape(letter: char) -> bool {
    visible::is_hidden(letter) && !('\u{fe00}'..='\u{fe0f}').contains(&letter)
}

fn single(text: &str) -> String {
    match text.contains(needs_escape) {
        true => double(text),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

fn double(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            hidden if needs_escape(hidden) => {
                quoted += &match u32::from(hidden) {
                    code @ 0..=0xffff => format!("\\u{code:04x}"),
                    code => format!("\\U{code:08x}"),
                }
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

fn is_plain(text: &str, is_flow: bool) -> bool {
    // YAML 1.1 reads these as booleans, merge keys and values; some readers still do.
    let ambiguous = ["y", "n", "yes", "no", "on", "off", "<<", "="];
    // YAML 1.1 also has dates, and sixties with colons: `12:30` is 750 to such a reader.
    let is_like_number = |text: &str| {
        let number = text.trim_start_matches(['-', '+', '.']);
        number.starts_with(|first: char| first.is_ascii_digit())
            && number
                .bytes()
                .all(|byte| b"0123456789-+.:_eETtZ".contains(&byte))
    };
    !is_special(text)
        && !is_like_number(text)
        && !ambiguous.contains(&text.to_ascii_lowercase().as_str())
        // Chapter 7.3.3: indicators begin no plain scalar, `: ` and ` #` end one, and flow indicators
        // end one in braces and brackets.
        && !text.starts_with(|first: char| "-?:,[]{}#&*!|>'\"%@`. \u{feff}".contains(first))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(needs_escape)
        && !(is_flow && text.contains([',', '[', ']', '{', '}']))
}
