//! The names in a block that is not parsed.

use syntax::lexer::is_name;

/// The words of a block that may name an argument or a nested block.
#[derive(Debug)]
pub struct Words<'t> {
    text: &'t str,
    /// Those that do not stand behind a dot, sorted.
    names: Vec<&'t [u8]>,
    /// Those that do, sorted.
    members: Vec<&'t [u8]>,
    /// Whether quoted names may be written with escapes, so that no search finds them.
    has_escapes: bool,
}

impl<'t> Words<'t> {
    /// Collects the words of a block's text.
    pub fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let (mut names, mut members) = (Vec::new(), Vec::new());
        let mut before: &[u8] = b"";
        let mut at = 0;
        while at < bytes.len() {
            if !is_name(bytes[at]) {
                if !matches!(bytes[at], b' ' | b'\t') {
                    before = &bytes[at..=at];
                }
                at += 1;
                continue;
            }
            let length = bytes[at..].iter().take_while(|byte| is_name(**byte));
            let end = at + length.count();
            // HCL puts every argument and block at the start of a line or of a body. So a word
            // behind `=`, `(` or another word of its line is part of a value or of a comment, as
            // most are; but for the label of `dynamic`, which may stand without quotes.
            let is_value = matches!(before, b"=" | b"(")
                || before.last().is_some_and(|byte| is_name(*byte)) && before != b"dynamic";
            if before == b"." {
                members.push(&bytes[at..end]);
            } else if !is_value {
                names.push(&bytes[at..end]);
            }
            before = &bytes[at..end];
            at = end;
        }
        names.sort_unstable();
        members.sort_unstable();
        Self {
            text,
            names,
            members,
            has_escapes: text.contains("\\u"),
        }
    }

    /// Whether an argument at this path may stand there, or an entry of `ignore_changes` for it.
    pub fn may_have(&self, path: &str) -> bool {
        // `ignore_changes` writes a longer path with dots.
        let is_nested = path.contains('.');
        let has = |words: &[&[u8]], name: &[u8]| words.binary_search(&name).is_ok();
        let mut names = path.split('.').map(str::as_bytes);
        self.has_escapes
            || names.all(|name| has(&self.names, name) || is_nested && has(&self.members, name))
    }

    /// Whether a name is assigned a value, as a list that stands for blocks is.
    pub fn may_assign(&self, name: &str) -> bool {
        let mut found = self.text.match_indices(name);
        self.has_escapes
            || found.any(|(at, _)| {
                let rest = self.text[at + name.len()..].trim_start_matches(['"', ' ', '\t']);
                let is_word = self.text[..at].bytes().next_back().is_some_and(is_name);
                !is_word && rest.starts_with(['=', ':'])
            })
    }

    /// Whether a value stands there as it is written.
    pub fn may_have_value(&self, value: &str) -> bool {
        self.text.contains(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_stands_for_blocks_is_assigned() {
        for (block, expected) in [
            ("x {\n  name = []\n}", true),
            ("x {\n  name= var.a\n}", true),
            ("x {\n  name {\n  }\n}", false),
            ("x {\n  a_name = []\n}", false),
            ("x {\n  name_a = []\n}", false),
        ] {
            assert_eq!(Words::of(block).may_assign("name"), expected, "{block}");
        }
    }

    #[test]
    fn a_name_is_found_wherever_one_may_stand() {
        for block in [
            "x {\n  name = 1\n}",
            "x { name = 1 }",
            "x {\n  name {\n  }\n}",
            "x {\n  dynamic \"name\" {\n  }\n}",
            "x {\n  dynamic name {\n  }\n}",
            "x {\n  dynamic \"\\u006eame\" {\n  }\n}",
            "x {\n  /* a */ name = 1\n}",
            "x {\n  lifecycle {\n    ignore_changes = [name, a]\n  }\n}",
            "x {\n  lifecycle {\n    ignore_changes = [\n      a,\n      name,\n    ]\n  }\n}",
            "x {\n  lifecycle {\n    ignore_changes = [\"name\"]\n  }\n}",
        ] {
            assert!(Words::of(block).may_have("name"), "{block}");
        }
        let ignored = "x {\n  lifecycle {\n    ignore_changes = [a[0].name]\n  }\n}";
        assert!(Words::of(ignored).may_have("a.name"));
        for block in [
            "x {\n  a = name\n}",
            "x {\n  a = \"${var.name}-x\"\n}",
            "x {\n  a = b(name)\n}",
            "x {\n  # the name of it\n}",
            "x {\n  a = other_name\n}",
        ] {
            assert!(!Words::of(block).may_have("name"), "{block}");
        }
    }
}
