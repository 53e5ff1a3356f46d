//! Here-documents: their bodies begin on the next line.

use super::ShellReader;
use super::expansions::parentheses;

impl ShellReader {
    pub(super) fn heredoc<'t>(&mut self, rest: &'t str) -> &'t str {
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
    pub(super) fn skip_heredocs<'t>(&mut self, mut rest: &'t str) -> &'t str {
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
}
