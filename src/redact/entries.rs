//! Secrets that are assigned to a telling name, in Terraform, JSON, YAML, shells and `.env` files alike.

mod value;

use std::collections::{HashMap, HashSet};

use memchr::{memchr_iter, memchr2_iter, memmem};

use super::expression;
use super::literal::{plain, quoted_literal};
use super::names::Telling;
use super::position::{Position, closes, position};
use super::scan::Scan;
use super::scopes;
use super::values::is_of_name;

/// Finds them all.
pub fn read(scan: &mut Scan<'_, '_>) {
    let text = scan.text;
    let names = scan.names.iter();
    let mut members: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, member) in names.filter_map(|name| name.split_once('.')) {
        members.entry(name).or_default().push(member);
    }
    let mut reader = Reader {
        values: scopes::values(scan),
        members,
        read_to: 0,
        block_end: 0,
        open_to: 0,
        watched: (0, Vec::new()),
    };
    for at in memchr2_iter(b'=', b':', text.as_bytes()) {
        // What stands in a value was judged with it.
        if at >= reader.read_to {
            reader.assigned(scan, at);
        }
    }
    reader.read_to = 0;
    if scan.names.iter().any(|name| name.starts_with('*')) {
        for at in memchr_iter(b'&', text.as_bytes()) {
            reader.anchored(scan, at);
        }
    }
}

/// Reads entry after entry.
pub struct Reader<'n> {
    /// The separators of secrets whose own name does not tell.
    values: HashSet<usize>,
    /// The members of objects that secrets are taken from.
    members: HashMap<&'n str, Vec<&'n str>>,
    /// How far the text was judged.
    pub read_to: usize,
    /// The end of the top-level block that was looked for last.
    block_end: usize,
    /// Up to where the text was read in vain for the end of a list or an object.
    open_to: usize,
    /// The members that tell up to an offset.
    watched: (usize, Vec<&'n str>),
}

impl<'n> Reader<'n> {
    /// The secrets that the `=` or `:` at `at` assigns to the name before it.
    fn assigned(&mut self, scan: &mut Scan<'_, 'n>, at: usize) {
        let text = scan.text;
        let (head, tail) = (&text[..at], &text[at + 1..]);
        if tail.starts_with(['=', '>', '~', ':']) {
            return;
        }
        // `+=`, `?=` and `:=`, and the quotes and the bracket of `environ["NAME"]`.
        let is_entry = text[at..].starts_with(':');
        let head = match is_entry {
            true => head,
            false => head.strip_suffix(['+', '?', ':']).unwrap_or(head),
        };
        let end = head
            .trim_end_matches([' ', '\t', '"', '\'', ']', '\\'])
            .len();
        let before = head[..end].trim_end_matches(|c| is_of_name(c) || matches!(c, '-' | '\\'));
        // Behind that it is the user of a URL.
        if before.ends_with("://") {
            return;
        }
        let name = &text[before.len()..end];
        let is_value =
            self.values.contains(&at) || at < self.watched.0 && self.watched.1.contains(&name);
        let telling = match is_value {
            true => Some(Telling::Always),
            false => scan.telling(name),
        };
        match telling {
            Some(telling) => {
                let position = position(before, &head[end..]);
                let start = value_start(text, at + 1);
                if !matches!(position, Position::Line | Position::Flow) && closes(text, at, start) {
                    return;
                }
                self.value(scan, at, start, position, telling);
            }
            None => self.watch(scan, at, name),
        }
    }

    /// Watches for the members that secrets are taken from, where `name` has such.
    fn watch(&mut self, scan: &Scan<'_, 'n>, at: usize, name: &str) {
        let Some(members) = self.members.get(name).filter(|_| at >= self.watched.0) else {
            return;
        };
        let members = members.clone();
        let start = value_start(scan.text, at + 1);
        let within = start..self.limit(scan.text, start);
        let end = expression::values(scan.text, within, false, scan.markers()).end;
        self.watched = (end, members);
    }

    /// The value of the anchor that the `&` at `at` begins, where a secret is an alias of it.
    fn anchored(&mut self, scan: &mut Scan<'_, 'n>, at: usize) {
        let rest = &scan.text[at + 1..];
        let end = rest
            .find(|c| !(is_of_name(c) || c == '-'))
            .unwrap_or(rest.len());
        if at < self.read_to || !scan.names.contains(&format!("*{}", &rest[..end])) {
            return;
        }
        let start = value_start(scan.text, at + 1 + end);
        let head = scan.text[..at].trim_end_matches(' ');
        if head.ends_with(':') {
            self.value(scan, head.len() - 1, start, Position::Line, Telling::Always);
        } else if scan.text[start..].starts_with(['"', '\'']) {
            let literal = quoted_literal(scan.text, start);
            scan.judge(literal.content, Telling::Always);
        } else {
            let value = plain(scan.text, start, false);
            self.judge_word(scan, value, Telling::Always);
        }
    }

    /// However the brackets of an expression stand, it does not go beyond its top-level block.
    fn limit(&mut self, text: &str, start: usize) -> usize {
        if self.block_end < start {
            let end = memmem::find(&text.as_bytes()[start..], b"\n}");
            self.block_end = end.map_or(text.len(), |end| start + end);
        }
        self.block_end
    }
}

/// Where the value behind a separator begins: behind spaces, and a `\` that continues the line.
pub fn value_start(text: &str, at: usize) -> usize {
    let mut rest = text[at..].trim_start_matches([' ', '\t']);
    while let Some(next) = rest.strip_prefix('\\') {
        let continued = next
            .strip_prefix("\r\n")
            .or_else(|| next.strip_prefix('\n'));
        rest = continued.map_or(next, |next| next.trim_start_matches([' ', '\t']));
    }
    text.len() - rest.len()
}
