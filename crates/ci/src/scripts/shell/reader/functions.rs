//! The definitions of functions, and the words that the shell splits.

use super::{ShellCommand, ShellReader};

/// Words of the shell behind which a command begins.
const KEYWORDS: [&str; 9] = [
    "!", "do", "elif", "else", "if", "then", "time", "until", "while",
];

impl ShellReader {
    /// Whether the `(` before that text is one of a function's definition: `NAME()`, `function NAME ()`.
    pub(super) fn defines_function(&self, after: &str) -> bool {
        let mut words = self.command.words.iter().chain(&self.word);
        let first = words.next().map(String::as_str);
        let name = match first {
            Some("function") => words.next().map(String::as_str),
            _ => first,
        };
        let is_whole = words.next().is_none();
        is_whole
            && name.is_some_and(is_name)
            && after.trim_start_matches([' ', '\t']).starts_with(')')
    }

    /// Ends the head of a definition, whose `(` is before the text.
    pub(super) fn definition<'t>(&mut self, after: &'t str) -> &'t str {
        self.end_word();
        self.command.is_definition = true;
        self.end_command();
        let end = after.find(')').unwrap_or_default();
        &after[end + 1..]
    }

    /// Begins the body of `function NAME {`, which has no parentheses.
    pub(super) fn begin_body(&mut self) {
        let is_head = matches!(self.command.words.as_slice(), [keyword, name, open]
            if keyword == "function" && open == "{" && is_name(name));
        if is_head {
            self.command.words.pop();
            self.command.is_definition = true;
            self.end_command();
            self.command.words.push("{".to_owned());
        }
    }

    /// Notes a word that is one variable without quotes, where the text begins with it.
    pub(super) fn note_split(&mut self, rest: &str) {
        let is_whole = || {
            let end = variable_length(rest)?;
            let next = rest[end..].chars().next();
            next.is_none_or(|it| it.is_whitespace() || ";&|)".contains(it))
                .then_some(())
        };
        if self.word.is_none() && is_whole().is_some() {
            self.command.split.push(self.command.words.len());
        }
    }
}

/// The length of the variable that a text begins with: `$NAME`, `$1`, `$@`, `${NAME}`, `${NAME:-x}`.
fn variable_length(text: &str) -> Option<usize> {
    let behind = text.strip_prefix('$')?;
    if let Some(inside) = behind.strip_prefix('{') {
        let begins =
            inside.starts_with(|it: char| it.is_ascii_alphanumeric() || "_@*".contains(it));
        return begins.then_some("${".len() + inside.find('}')? + 1);
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = match behind.bytes().next()? {
        b'@' | b'*' => 1,
        first if first.is_ascii_digit() => 1,
        _ => behind.bytes().take_while(is_part).count(),
    };
    (length > 0).then_some(length + 1)
}

fn is_name(word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    !word.is_empty() && word.bytes().all(is_part) && !KEYWORDS.contains(&word)
}

/// The number of commands of a function's body, with which the commands begin: up to the brace that closes it, or
/// those of a subshell. `outer` is how many subshells are around its definition. `None` for another body.
pub(in crate::scripts) fn body_length(commands: &[ShellCommand], outer: usize) -> Option<usize> {
    let first = commands.first()?;
    if first.words.first()? != "{" {
        let own = first.subshells.get(..=outer)?;
        let is_inside = |command: &&ShellCommand| command.subshells.starts_with(own);
        return Some(commands.iter().take_while(is_inside).count());
    }
    let mut depth = 0_usize;
    for (at, command) in commands.iter().enumerate() {
        for word in &command.words {
            match word.as_str() {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                word if KEYWORDS.contains(&word) => {}
                _ => break,
            }
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripts::shell::commands;

    #[test]
    fn definitions_and_their_bodies_are_told_from_commands() {
        for (script, expected) in [
            ("f() { a; b; }\nc", "f[{·a b }] c"),
            ("f()\n{\n  a\n}\nc", "f[{ a }] c"),
            ("function f {\n  a\n}\nc", "function·f[{ a }] c"),
            ("function f { a; }; c", "function·f[{·a }] c"),
            ("function f () { a; }; c", "function·f[{·a }] c"),
            ("f() ( a; b )\nc", "f[a b] c"),
            (
                "f() { if x; then { a; }; fi; }; c",
                "f[{·if·x then·{·a } fi }] c",
            ),
            ("f() { a || { b; }; }; c", "f[{·a {·b } }] c"),
            ("f () { a; }; c", "f[{·a }] c"),
            ("f x; (a); b", "f·x a b"),
            ("f(); c", "f c"),
            ("f() { a", "f {·a"),
            ("a-b.c() { d; }", "a-b.c[{·d }]"),
            ("x=(a b); c", "x=() c"),
        ] {
            let all = commands(script);
            let mut shown = Vec::new();
            let mut at = 0;
            while let Some(command) = all.get(at) {
                at += 1;
                let words = |command: &ShellCommand| command.words.join("·");
                let length = match command.is_definition {
                    true => body_length(&all[at..], command.subshells.len()),
                    false => None,
                };
                let body = all[at..at + length.unwrap_or(0)].iter().map(words);
                let body: Vec<String> = body.collect();
                at += body.len();
                shown.push(match length {
                    Some(_) => format!("{}[{}]", words(command), body.join(" ")),
                    None => words(command),
                });
            }
            assert_eq!(shown.join(" "), expected, "{script}");
        }
    }

    #[test]
    fn variables_without_quotes_are_split() {
        for (script, expected) in [
            ("$A b", &[0][..]),
            ("a ${B} $1 \"$C\" '$D' x$E $F/g $@", &[1, 2, 7]),
            ("a ${B:-c} $(d) `e` ${{ f }} $((1))", &[1]),
            ("A=$B c", &[]),
        ] {
            let all = commands(script);
            assert_eq!(all.last().unwrap().split, expected, "{script}");
        }
    }

    #[test]
    fn the_elements_of_an_array_are_known() {
        let all = commands("A=(b \"c d\"\n e) f");
        assert_eq!(all[0].arrays, [["b", "c d", "e"]]);
    }
}
