//! The commands of a shell script, as far as its text tells without running it.

mod output;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::github::expression;
pub use output::Output;

/// Subshells in each other that are told apart.
const SUBSHELLS: usize = 32;

/// How deep `$()` is read into itself; what is deeper is part of a word.
// Each level reads its text again. People nest two or three.
const DEPTH: usize = 16;

/// A command of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellCommand {
    /// Its words, unquoted. A redirection is the word `>` before its target; the body of a
    /// here-document is the last word. The `;;` of `case` is a command of its own.
    pub words: Vec<String>,
    /// The scripts of the `$()` in its words, in their order.
    pub substituted: Vec<String>,
    /// Byte offset of its first word in the script.
    pub offset: usize,
    /// The subshells that it runs in, the outermost first; each has a number of its own.
    pub subshells: Vec<usize>,
    /// Whether it runs only if the command before it ends well, or badly: behind `&&` and `||`.
    pub is_chained: bool,
    /// Where what it prints goes.
    pub output: Output,
}

/// The commands of a script, including those in `$(...)` and backticks, which come before the command
/// that they are part of.
pub fn commands(script: &str) -> Vec<ShellCommand> {
    let mut reader = ShellReader {
        length: script.len(),
        ..ShellReader::default()
    };
    reader.read(script);
    reader.end_command();
    output::resolve(&mut reader.commands, &reader.readers);
    reader.commands
}

#[derive(Default)]
struct ShellReader {
    commands: Vec<ShellCommand>,
    command: ShellCommand,
    /// The command that reads what one prints, by their indices in `commands`.
    readers: BTreeMap<usize, usize>,
    /// The commands whose output the one that is read takes: by a pipe, by `$()`.
    taken: Vec<usize>,
    word: Option<String>,
    /// The delimiters of here-documents whose bodies begin on the next line, with whether the shell
    /// expands those: it does unless the delimiter is quoted.
    heredocs: Vec<(String, bool)>,
    /// Byte offset of the text that is read in the whole script, and the length of that text.
    start: usize,
    length: usize,
    subshells: Vec<usize>,
    /// How many subshells there were.
    opened: usize,
    /// How many subshells were open where it began.
    outer: usize,
    /// How many of the last commands ended with `|`.
    piped: usize,
    /// Whether it reads the elements of an array, which are no commands.
    is_array: bool,
    /// How many are open beyond [`SUBSHELLS`].
    deeper: usize,
    /// How many `$()` are around.
    depth: usize,
    /// What is not closed in the rest of the text.
    // A search to the end for each that is open would take quadratic time.
    unclosed: BTreeSet<&'static str>,
    /// The parenthesis that closes one, by their offsets in the text that is read.
    parentheses: HashMap<usize, usize>,
}

impl ShellReader {
    fn read(&mut self, text: &str) {
        self.parentheses = parentheses(text);
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = self.step(c, rest);
        }
    }

    /// Byte offset in the script at which what is not read yet begins.
    fn at(&self, rest: &str) -> usize {
        self.start + self.length - rest.len()
    }

    /// Reads a part of the script, which begins at `start`, as a subshell.
    fn read_inside(&mut self, part: &str, start: usize) {
        let mut inner = Self {
            start,
            length: part.len(),
            subshells: self.subshells.clone(),
            opened: self.opened,
            depth: self.depth + 1,
            ..Self::default()
        };
        inner.open_subshell();
        inner.outer = inner.subshells.len();
        inner.read(part);
        inner.end_command();
        // What nothing inside reads is the text that takes the place of `$()`.
        let unread = (0..inner.commands.len()).filter(|at| !inner.readers.contains_key(at));
        inner.taken = unread.collect();
        self.add(inner);
    }

    /// Adds the commands of a part of the script.
    fn add(&mut self, inner: Self) {
        let first = self.commands.len();
        let readers = inner.readers.into_iter();
        self.readers
            .extend(readers.map(|(from, to)| (first + from, first + to)));
        self.taken
            .extend(inner.taken.into_iter().map(|at| first + at));
        self.opened = inner.opened;
        self.commands.extend(inner.commands);
    }

    fn open_subshell(&mut self) {
        if self.subshells.len() == SUBSHELLS {
            self.deeper += 1;
            return;
        }
        self.opened += 1;
        self.subshells.push(self.opened);
    }

    /// Consumes the token at the start of `rest` and returns the remainder.
    fn step<'t>(&mut self, c: char, rest: &'t str) -> &'t str {
        let after = &rest[c.len_utf8()..];
        if self.command.words.is_empty() && self.word.is_none() {
            self.command.offset = self.at(rest);
        }
        match c {
            // `[[ a && (b || c) ]]` is one command.
            '&' | '|' | '(' | ')' | '\n' if self.is_in_test() => {
                self.end_word();
                after
            }
            // `NAME=(...)`, `NAME+=(...)`
            '(' if self.word.as_ref().is_some_and(|word| word.ends_with('=')) => self.array(after),
            // `((a > b))`
            '(' if after.starts_with('(') && self.begins() && after.contains("))") => {
                let end = after.find("))").unwrap_or_default();
                &after[end + "))".len()..]
            }
            ';' if after.starts_with(';') => {
                // The end of a branch of `case`, as a command of its own.
                self.end_command();
                self.command.words.push(";;".to_owned());
                self.end_command();
                self.piped = 0;
                &after[1..]
            }
            '\\' if after.starts_with('\n') => &after[1..],
            '\\' => {
                let next = after.chars().next();
                self.word().extend(next);
                &after[next.map_or(0, char::len_utf8)..]
            }
            '\'' => {
                let (inside, after) = after.split_once('\'').unwrap_or((after, ""));
                self.word().push_str(inside);
                after
            }
            '"' => self.double_quoted(after),
            '$' | '`' => self.expansion(rest),
            '#' if self.word.is_none() => after.find('\n').map_or("", |end| &after[end..]),
            '\n' => {
                self.end_command();
                self.piped = 0;
                self.skip_heredocs(after)
            }
            // `&>` and `>&` are redirections, and end no command.
            '&' if after.starts_with('>') || self.is_redirected() => after,
            '&' | '|' if after.starts_with(c) => {
                self.end_command();
                self.command.is_chained = true;
                &after[1..]
            }
            ';' | '|' | '&' => {
                self.end_command();
                self.piped = match c {
                    '|' => self.piped + 1,
                    _ => 0,
                };
                if c == '|' {
                    self.taken.extend(self.commands.len().checked_sub(1));
                }
                after
            }
            '(' => {
                self.end_command();
                self.open_subshell();
                after
            }
            ')' if self.subshells.len() > self.outer => {
                self.end_command();
                match self.deeper.checked_sub(1) {
                    Some(deeper) => self.deeper = deeper,
                    None => drop(self.subshells.pop()),
                }
                after
            }
            // The end of a pattern of `case`, which is no command; the first one may stand behind `in`.
            ')' => {
                self.end_pattern();
                after
            }
            // `<<` begins a here-document, `<<<` a here-string.
            '<' if after.starts_with('<') && !after.starts_with("<<") => self.heredoc(&after[1..]),
            // `<(...)` and `>(...)` are words ("Process Substitution", Bash manual).
            '<' | '>' if after.starts_with('(') => self.expansion(rest),
            '<' => {
                self.end_word();
                after.trim_start_matches('<')
            }
            '>' => {
                self.end_word();
                self.command.words.push(">".to_owned());
                after.trim_start_matches(['>', '|'])
            }
            c if c.is_whitespace() => {
                self.end_word();
                after
            }
            c => {
                self.word().push(c);
                after
            }
        }
    }

    fn double_quoted<'t>(&mut self, mut rest: &'t str) -> &'t str {
        self.word();
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            match c {
                '"' => return after,
                // Before other characters it stays: `printf "a\n"` ("Double Quotes", Bash manual).
                '\\' if !after.starts_with(['$', '`', '"', '\\', '\n']) => {
                    self.word().push(c);
                    rest = after;
                }
                '\\' if after.starts_with('\n') => rest = &after[1..],
                '\\' => {
                    let next = after.chars().next();
                    self.word().extend(next);
                    rest = &after[next.map_or(0, char::len_utf8)..];
                }
                '$' | '`' => rest = self.expansion(rest),
                c => {
                    self.word().push(c);
                    rest = after;
                }
            }
        }
        rest
    }

    /// Consumes an expansion: an expression of the workflow, `$((...))`, `${...}`, `$(...)`, `<(...)` or
    /// backticks.
    fn expansion<'t>(&mut self, rest: &'t str) -> &'t str {
        // GitHub replaces expressions before the shell sees the script, so `${{` is looked for
        // before `${`; Azure Pipelines replaces `$(Build.SourcesDirectory)`, which is no command.
        let copied = self
            .whole(rest, "${{", expression::leading)
            .or_else(|| azure_variable(rest))
            .or_else(|| self.whole(rest, "$((", |rest| ending(rest, "))")))
            .or_else(|| self.whole(rest, "${", |rest| ending(rest, "}")));
        if let Some(length) = copied {
            let (expression, after) = rest.split_at(length);
            self.word().push_str(expression);
            return after;
        }
        let open = if rest.starts_with('`') { "`" } else { "$(" };
        let end = match open {
            "`" => self.whole(rest, open, |rest| Some(rest[1..].find('`')? + 2)),
            _ => rest[1..].strip_prefix('(').and_then(|_| {
                let own = self.length - rest.len() + 1;
                Some(self.parentheses.get(&own)? - own + 2)
            }),
        };
        match end.filter(|_| self.depth < DEPTH) {
            Some(end) => {
                let script = &rest[open.len()..end - 1];
                self.word().push_str("$()");
                self.command.substituted.push(script.to_owned());
                self.read_inside(script, self.at(rest) + open.len());
                &rest[end..]
            }
            None => {
                self.word().push_str(&rest[..1]);
                &rest[1..]
            }
        }
    }

    /// The length of what begins with `open` here and ends where `find` says.
    fn whole(
        &mut self,
        rest: &str,
        open: &'static str,
        find: impl Fn(&str) -> Option<usize>,
    ) -> Option<usize> {
        if !rest.starts_with(open) || self.unclosed.contains(open) {
            return None;
        }
        let length = find(rest);
        if length.is_none() {
            self.unclosed.insert(open);
        }
        length
    }

    fn heredoc<'t>(&mut self, rest: &'t str) -> &'t str {
        self.end_word();
        let rest = rest.trim_start_matches(['-', ' ']);
        let end = rest.find(|c: char| c.is_whitespace() || ";|&)".contains(c));
        let (delimiter, after) = rest.split_at(end.unwrap_or(rest.len()));
        let bare = delimiter.trim_matches(['"', '\'', '\\']);
        self.heredocs.push((bare.to_owned(), bare == delimiter));
        after
    }

    /// Reads the bodies of here-documents: each becomes a word of its command, which may be a shell
    /// that runs it.
    fn skip_heredocs<'t>(&mut self, mut rest: &'t str) -> &'t str {
        for (delimiter, is_expanded) in std::mem::take(&mut self.heredocs) {
            let start = self.at(rest);
            let mut length = 0;
            let mut body = String::new();
            for line in rest.split_inclusive('\n') {
                length += line.len();
                if line.trim() == delimiter {
                    break;
                }
                body.push_str(line);
            }
            if is_expanded && body.contains(['$', '`']) {
                self.substitutions(&body, start);
            }
            if let Some(command) = self.commands.last_mut() {
                command.words.push(body);
            }
            rest = &rest[length..];
        }
        rest
    }

    /// Reads the `$()` in the body of a here-document before the command that it belongs to.
    fn substitutions(&mut self, body: &str, start: usize) {
        let mut inner = Self {
            start,
            length: body.len(),
            subshells: self.subshells.clone(),
            opened: self.opened,
            depth: self.depth,
            parentheses: parentheses(body),
            ..Self::default()
        };
        let mut rest = body;
        while let Some(at) = rest.find(['$', '`', '\\']) {
            rest = &rest[at..];
            rest = match rest.strip_prefix('\\') {
                Some(escaped) => &escaped[escaped.chars().next().map_or(0, char::len_utf8)..],
                None => inner.expansion(rest),
            };
        }
        if inner.commands.is_empty() {
            return;
        }
        let Some(own) = self.commands.pop() else {
            return;
        };
        let (from, to) = (
            self.commands.len(),
            self.commands.len() + inner.commands.len(),
        );
        let moved = |at: usize| if at == from { to } else { at };
        for reader in self.readers.values_mut() {
            *reader = moved(*reader);
        }
        let waiting = std::mem::take(&mut self.taken).into_iter().map(moved);
        let waiting: Vec<usize> = waiting.collect();
        self.add(inner);
        let taken = std::mem::replace(&mut self.taken, waiting).into_iter();
        self.readers.extend(taken.map(|at| (at, to)));
        self.commands.push(own);
    }

    /// Whether what follows is the first word of a command, but for keywords.
    fn begins(&self) -> bool {
        let keywords = ["!", "do", "elif", "else", "if", "then", "until", "while"];
        let mut words = self.command.words.iter();
        self.word.is_none() && words.all(|word| keywords.contains(&word.as_str()))
    }

    fn is_in_test(&self) -> bool {
        let words = &self.command.words;
        let is = |bracket| words.iter().any(|word| word == bracket);
        is("[[") && !is("]]") && self.word.as_ref().is_none_or(|word| word != "]]")
    }

    /// Reads the elements of an array, whose `(` is before the text.
    fn array<'t>(&mut self, rest: &'t str) -> &'t str {
        let first = self.length - rest.len();
        let closing = first
            .checked_sub(1)
            .and_then(|own| self.parentheses.get(&own));
        let Some(end) = closing.map(|at| at - first).filter(|_| self.depth < DEPTH) else {
            return rest;
        };
        let mut inner = Self {
            start: self.at(rest),
            length: end,
            subshells: self.subshells.clone(),
            opened: self.opened,
            outer: self.subshells.len(),
            is_array: true,
            depth: self.depth + 1,
            ..Self::default()
        };
        inner.read(&rest[..end]);
        inner.end_command();
        self.add(inner);
        self.word().push_str("()");
        &rest[end + 1..]
    }

    fn word(&mut self) -> &mut String {
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        self.command.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        if self.is_array {
            self.command = ShellCommand::default();
        }
        if !self.command.words.is_empty() {
            self.command.subshells.clone_from(&self.subshells);
            let own = self.commands.len();
            let taken = std::mem::take(&mut self.taken).into_iter();
            self.readers.extend(taken.map(|at| (at, own)));
            self.commands.push(std::mem::take(&mut self.command));
        }
    }

    /// Drops the pattern of a branch, with its alternatives; `case` itself is a command.
    fn end_pattern(&mut self) {
        self.end_word();
        let is_case =
            |command: &ShellCommand| command.words.first().is_some_and(|word| word == "case");
        match is_case(&self.command) {
            true => self.end_command(),
            false => self.command = ShellCommand::default(),
        }
        for _ in 0..std::mem::take(&mut self.piped) {
            if self.commands.last().is_some_and(|last| !is_case(last)) {
                self.commands.pop();
                // What it read is a pattern, too.
                let read = self.commands.len().saturating_sub(1);
                drop(self.readers.split_off(&read));
            }
        }
        self.taken.clear();
    }

    fn is_redirected(&self) -> bool {
        self.command.words.last().is_some_and(|word| word == ">")
    }
}

/// The length of a text to the end of the first `close`.
fn ending(text: &str, close: &str) -> Option<usize> {
    Some(text.find(close)? + close.len())
}

/// The length of the predefined variable of Azure Pipelines that a text begins with.
fn azure_variable(text: &str) -> Option<usize> {
    let name = |text: &str| {
        let letters = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
        (letters > 0).then_some(letters)
    };
    let inside = text.strip_prefix("$(")?;
    let first = name(inside)?;
    let second = name(inside[first..].strip_prefix('.')?)?;
    let length = first + 1 + second;
    inside[length..]
        .starts_with(')')
        .then_some("$(".len() + length + 1)
}

/// The offset of the parenthesis that closes one, by its own offset; quotes are not considered.
fn parentheses(text: &str) -> HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut closing = HashMap::new();
    for at in memchr::memchr2_iter(b'(', b')', text.as_bytes()) {
        match text.as_bytes()[at] {
            b'(' => open.push(at),
            _ => closing.extend(open.pop().map(|from| (from, at))),
        }
    }
    closing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(script: &str) -> Vec<String> {
        let found = |command: ShellCommand| command.words.join("·");
        commands(script).into_iter().map(found).collect()
    }

    #[test]
    fn commands_end_where_the_shell_ends_them() {
        let script = "a b && c || d; e | f & g\nh \\\n  i # j && k\nl#m 2>&1\nn &>o\n";
        let expected = ["a·b", "c", "d", "e", "f", "g", "h·i", "l#m·2·>·1", "n·>·o"];
        assert_eq!(found(script), expected);
    }

    #[test]
    fn commands_know_where_they_stand() {
        let script = "cd a && (b; `c`) || x \"$(d | e)\"\nf";
        let found = commands(script).into_iter().map(|command| {
            let start = &script[command.offset..=command.offset];
            let subshells = command.subshells.len();
            (start.to_owned(), subshells, command.is_chained)
        });
        let expected = [
            ("c", 0, false),
            ("b", 1, true),
            ("c", 2, false),
            ("`", 1, false),
            ("d", 1, false),
            ("e", 1, false),
            ("x", 0, true),
            ("f", 0, false),
        ];
        let expected = expected.map(|(start, depth, is)| (start.to_owned(), depth, is));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn quotes_hold_together_what_is_in_them() {
        let script = "a 'b && c' \"d; \\\"e\" f\\ g \"\"\nh \"x$(i \"j\")y\" `k l` $((1 + 2)) ${m} ${{ n && 'o' }}";
        let h = "h·x$()y·$()·$((1 + 2))·${m}·${{ n && 'o' }}";
        assert_eq!(found(script), ["a·b && c·d; \"e·f g·", "i·j", "k·l", h]);
        let text = "a ${{ f('}}; b') }}; git push";
        assert_eq!(found(text), ["a·${{ f('}}; b') }}", "git·push"]);
        assert_eq!(found("a \"b\\n\\$c\\\nd\""), ["a·b\\n$cd"]);
        assert_eq!(found("a \"b"), ["a·b"]);
        assert_eq!(found("a $("), ["a·$"]);
        assert_eq!(found("a 'ü\n"), ["a·ü\n"]);
    }

    #[test]
    fn what_looks_like_a_command_is_told_from_one() {
        for (script, expected) in [
            (
                "case $1 in\n  a) b;;\n  c|d) e;;\n  *) f;;\nesac\ng",
                "case·$1·in b ;; e ;; f ;; esac g",
            ),
            ("case $1 in a) b;; esac", "case·$1·in·a b ;; esac"),
            ("case $1 in a|c) b;; esac", "case·$1·in·a b ;; esac"),
            ("a | b; (c | d)", "a b c d"),
            ("a=(b c\nd) e; f", "a=()·e f"),
            ("a+=(\"$(b | c)\"); d", "b c a+=() d"),
            (
                "if [[ a && b || (c) ]]; then d; fi",
                "if·[[·a·b·c·]] then·d fi",
            ),
            ("[[ a ]] && b", "[[·a·]] b"),
            ("if ((a > b)); then c; fi; ((d)); e", "if then·c fi e"),
        ] {
            assert_eq!(found(script).join(" "), expected, "{script}");
        }
    }

    #[test]
    fn what_nothing_closes_is_looked_for_once() {
        let many = 50_000;
        for open in [
            "$(", "$((", "${", "${{", "`a`$(", "((", "\"$(", "'", "a <<A ",
        ] {
            let script = format!("{}\nterraform apply\n", open.repeat(many));
            assert!(!found(&script).is_empty(), "{open}");
        }
        let nested = format!("{}terraform apply{}", "$(".repeat(many), ")".repeat(many));
        assert!(found(&nested).concat().contains("terraform·apply"));
        assert_eq!(found("a $(b $(c) d"), ["a·$", "c", "b·$()·d"]);
    }

    #[test]
    fn here_documents_belong_to_their_command() {
        let script = "cat > f <<'EOF'\ngit push\nEOF\nbash <<-E | x\n  b\n  E\nc <<< word\n";
        assert_eq!(
            found(script),
            ["cat·>·f·git push\n", "bash", "x·  b\n", "c·word"]
        );
    }
}
