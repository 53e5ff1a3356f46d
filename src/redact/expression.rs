//! The literals in an expression or a heredoc whose value is a secret.

use std::ops::Range;

use memchr::memmem;

use super::literal::{only_references, quoted};
use super::secrets::is_harmless;

/// Functions that hand a literal on, as it is or nearly, and the first argument that they do it
/// with. All others are given names: of files, of keys, of parameters.
const HANDING_ON: [(&str, usize); 16] = [
    ("base64decode", 0),
    ("base64encode", 0),
    ("chomp", 0),
    ("coalesce", 0),
    ("compact", 0),
    ("concat", 0),
    ("flatten", 0),
    ("join", 1),
    ("lookup", 2),
    ("nonsensitive", 0),
    ("optional", 1),
    ("sensitive", 0),
    ("tolist", 0),
    ("toset", 0),
    ("trimspace", 0),
    ("try", 0),
];

/// An open bracket.
struct Bracket {
    /// The first of its elements that may be the value, if any may.
    from: Option<usize>,
    /// The element that the scan is in.
    element: usize,
}

/// The contents of the strings that the expression at `start` may evaluate to: not those compared
/// with, nor those that choose an element, nor what stands in an object under a name of its own.
pub fn literals(text: &str, start: usize) -> Vec<Range<usize>> {
    // However its brackets stand, no expression goes beyond its top-level block.
    let end = memmem::find(&text.as_bytes()[start..], b"\n}").map_or(text.len(), |it| start + it);
    let text = &text[..end];
    let mut found = Vec::new();
    let mut open: Vec<Bracket> = Vec::new();
    let mut at = start;
    while let Some(&byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => {
                let string = at + 1..at + 1 + quoted(&text[at + 1..]).unwrap_or(0);
                at = string.end;
                let may_be_it = open
                    .iter()
                    .all(|bracket| bracket.from.is_some_and(|from| bracket.element >= from));
                let compared = text[start..string.start - 1]
                    .trim_end()
                    .ends_with(['=', '!', '<', '>'])
                    || text[at..]
                        .trim_start_matches(['"', ' '])
                        .starts_with(['=', '!']);
                if may_be_it && !compared && !is_harmless(&text[string.clone()]) {
                    found.push(string);
                }
            }
            b'(' | b'[' | b'{' => open.push(Bracket {
                from: first_value(&text[start..at], byte),
                element: 0,
            }),
            b')' | b']' | b'}' if open.pop().is_none() => break,
            b',' => match open.last_mut() {
                Some(bracket) => bracket.element += 1,
                None => break,
            },
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at) - 1,
            b'\n' if open.is_empty() => break,
            _ => {}
        }
        at += 1;
    }
    found
}

/// The first element of the bracket that `opens` behind `head` that may be the value.
fn first_value(head: &str, opens: u8) -> Option<usize> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let before = head.trim_end_matches(is_name);
    let name = &head[before.len()..];
    match opens {
        b'(' if name.is_empty() => Some(0),
        b'(' => {
            let function = HANDING_ON.iter().find(|(function, _)| *function == name);
            function.map(|(_, from)| *from)
        }
        // Behind a value it is an index.
        b'[' if name.is_empty() && !before.ends_with([')', ']', '*']) => Some(0),
        _ => None,
    }
}

/// The lines of the heredoc at `start`, each without its indentation; none where it does not end.
pub fn heredoc(text: &str, start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut lines = text[start..].split_inclusive('\n');
    let Some(first) = lines.next() else {
        return found;
    };
    let marker = first.trim_start_matches(['<', '-']).trim();
    let mut at = start + first.len();
    for line in lines {
        let content = line.trim();
        if content == marker {
            return found;
        }
        if !only_references(content) {
            let indent = line.len() - line.trim_start().len();
            found.push(at + indent..at + indent + content.len());
        }
        at += line.len();
    }
    Vec::new()
}
