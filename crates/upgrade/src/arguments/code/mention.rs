//! Where code that is not parsed may refer to a type.

use memchr::memmem::Finder;
use syntax::lexer::is_name;

/// Whether the text refers to a type in a way that counts. `name` finds the name of the type.
pub fn mentions(text: &[u8], name: &Finder<'_>, counts: impl Fn(Mention<'_>) -> bool) -> bool {
    let mut places = name.find_iter(text);
    places.any(|at| {
        let is_word = !text[..at].last().is_some_and(|byte| is_part(*byte));
        let mention = Mention::of(&text[at + name.needle().len()..]);
        is_word && mention != Mention::None && counts(mention)
    })
}

/// Whether a byte can be part of the name of a type.
pub fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What follows the name of a type in code that is not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mention<'t> {
    /// Nothing that makes the name a reference.
    None,
    /// `.NAME`, with or without an index: the whole object.
    Whole,
    /// `.NAME.ATTRIBUTE`, indexes and splats anywhere.
    Attribute(&'t [u8]),
    /// `.NAME["KEY"].ATTRIBUTE`, each of which may be the attribute.
    Keyed(&'t [u8], &'t [u8]),
    /// Something that only parsing tells.
    Unclear,
}

impl<'t> Mention<'t> {
    /// Reads what follows the name of a type.
    pub fn of(behind: &'t [u8]) -> Self {
        let (true, mut rest) = (behind.starts_with(b"."), behind) else {
            // Between parentheses white space and comments may stand before the dot.
            return match continues(behind) {
                true => Self::Unclear,
                false => Self::None,
            };
        };
        let Some((_, behind)) = name(&rest[1..]) else {
            return Self::Unclear;
        };
        rest = behind;
        let mut key = None;
        loop {
            match rest {
                [b'[', inner @ ..] => match behind_index(inner) {
                    Some(behind) => {
                        key = key.or_else(|| text(&inner[..inner.len() - behind.len() - 1]));
                        rest = behind;
                    }
                    None => return Self::Unclear,
                },
                // The old splat, and the old way to write an index.
                [b'.', b'*', behind @ ..] => rest = behind,
                [b'.', behind @ ..] => match name(behind) {
                    Some((name, behind)) if name.iter().all(u8::is_ascii_digit) => rest = behind,
                    Some((name, _)) => {
                        return match key {
                            Some(key) => Self::Keyed(key, name),
                            None => Self::Attribute(name),
                        };
                    }
                    None => return Self::Unclear,
                },
                _ if continues(rest) => return Self::Unclear,
                _ => return Self::Whole,
            }
        }
    }
}

fn name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = text.iter().take_while(|byte| is_name(**byte)).count();
    (length > 0).then(|| text.split_at(length))
}

/// What follows an index whose content is simple: the first `]` ends it.
fn behind_index(inner: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b']', inner)?;
    let quotes = memchr::memchr_iter(b'"', &inner[..end]).count();
    let is_simple = quotes.is_multiple_of(2)
        && !inner[..end]
            .iter()
            .any(|byte| matches!(byte, b'[' | b'/' | b'#'));
    is_simple.then(|| &inner[end + 1..])
}

/// The content of an index that is a text.
fn text(index: &[u8]) -> Option<&[u8]> {
    index.trim_ascii().strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// Whether a reference may go on behind white space or a comment.
fn continues(text: &[u8]) -> bool {
    let next = text.trim_ascii_start();
    let is_apart = next.len() < text.len();
    matches!(next.first(), Some(b'/' | b'#'))
        || is_apart && matches!(next.first(), Some(b'.' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_read_without_parsing() {
        for (behind, expected) in [
            (".x", Mention::Whole),
            (".x]", Mention::Whole),
            (".x[0]", Mention::Whole),
            (".x[each.key])", Mention::Whole),
            (".x.id}", Mention::Attribute(b"id")),
            (".x[0].id", Mention::Attribute(b"id")),
            (".x[\"a\"].id", Mention::Keyed(b"a", b"id")),
            (".x[\"a\"][0].id", Mention::Keyed(b"a", b"id")),
            (".x[0][\"a\"].id", Mention::Keyed(b"a", b"id")),
            (".x[\"a\"]", Mention::Whole),
            (".x[*].b[1].c", Mention::Attribute(b"b")),
            (".x.*.id", Mention::Attribute(b"id")),
            (".x.0.id", Mention::Attribute(b"id")),
            (".x[data.y.z[0].n].id", Mention::Unclear),
            (".x[\"]\"].id", Mention::Unclear),
            (".x\n  .id", Mention::Unclear),
            (" .x.id", Mention::Unclear),
            (".x /* */ .id", Mention::Unclear),
            (".*", Mention::Unclear),
            ("\" \"x\" {", Mention::None),
            ("", Mention::None),
            (" was here", Mention::None),
        ] {
            assert_eq!(Mention::of(behind.as_bytes()), expected, "{behind}");
        }
    }
}
