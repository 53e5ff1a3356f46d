//! The files that a Terragrunt file has generated: configuration in the heredocs of its `generate`
//! blocks, or in locals that these name.
//!
//! Each is a document of its own that is as long as the whole file, blank outside the heredoc's
//! lines. So its ranges, lines and columns are those of the file, and so are its edits.

use std::ops::Range;

use crate::references::words;
use syntax::hcl::{Attribute, Block, Document, Value};
use syntax::lexer::{self, Scanner};
use syntax::outline::heredoc_lines;

/// What a Terragrunt file has generated, as far as it may contain backends or providers.
#[derive(Debug, Default)]
pub struct Generated {
    /// The files that are understood.
    pub documents: Vec<Document>,
    /// The blocks that are not.
    pub unread: Vec<UnreadBlock>,
    /// Where the texts of `documents` stand.
    lines: Vec<Range<usize>>,
}

/// A block about backends or providers that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadBlock {
    /// Where it stops being understood.
    pub offset: usize,
    /// Why, as a phrase that follows the place.
    pub why: String,
}

impl Generated {
    /// What the `generate` blocks of a document write.
    pub fn of(document: &Document) -> Self {
        let mut generated = Self::default();
        let locals = locals(document);
        for top in document.top_blocks("generate") {
            let own = &document.text()[top.span()];
            let speaks = may_speak(own, &locals);
            match top.parse() {
                _ if !speaks => {}
                Ok(block) => generated.add(document, &block, &locals),
                Err(why) => generated.unread.push(UnreadBlock {
                    offset: top.span().start,
                    why: format!("this `generate` block is not understood: {why}"),
                }),
            }
        }
        generated
    }

    fn add(&mut self, document: &Document, block: &Block<'_>, locals: &[Attribute<'_>]) {
        let Some(contents) = block.attribute("contents") else {
            return;
        };
        let text = document.text();
        let written = defined(contents.value, locals);
        let Some(lines) = heredoc_lines(text, written.span().start) else {
            // A configuration file that is read where it stands is one of the tree.
            let source = contents.value.text();
            if !source.contains(".tf\"") {
                self.unread.push(UnreadBlock {
                    offset: contents.key.start,
                    why: "what this `generate` block writes is no heredoc".to_owned(),
                });
            }
            return;
        };
        // Two blocks may write one text.
        if !speaks(&text[lines.clone()]) || self.lines.contains(&lines) {
            return;
        }
        if self.documents.len() == MOST {
            self.unread.push(UnreadBlock {
                offset: contents.key.start,
                why: format!("more than {MOST} `generate` blocks of a file are not read"),
            });
            return;
        }
        match Document::new(document.path().to_path_buf(), alone(text, &lines)) {
            Ok(document) => {
                self.lines.push(lines);
                self.documents.push(document);
            }
            Err((error, _)) => self.unread.push(UnreadBlock {
                offset: error.offset,
                why: format!(
                    "what this `generate` block writes is not understood: {}",
                    error.kind
                ),
            }),
        }
    }
}

/// Generated files of one file that are read.
// Each is a document as long as the whole file, so that time and memory grow with the square of them.
const MOST: usize = 64;

/// Words of which a file that matters contains one.
// Blocks of these types, and what configures them, hold an identity; locals and variables do not.
const WORDS: [&str; 2] = ["provider", "backend"];

fn speaks(text: &str) -> bool {
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether a text or a local that it names, also by way of others, has such a word.
fn may_speak(text: &str, locals: &[Attribute<'_>]) -> bool {
    let (mut next, mut unseen) = (vec![text], locals.to_vec());
    while let Some(text) = next.pop() {
        if speaks(text) {
            return true;
        }
        let named = |local: &mut Attribute<'_>| {
            text.contains("local.") && !words(text, &format!("local.{}", local.name)).is_empty()
        };
        next.extend(unseen.extract_if(.., named).map(|local| local.value.text()));
    }
    false
}

/// The locals of a document.
fn locals(document: &Document) -> Vec<Attribute<'_>> {
    let blocks = document.blocks("locals");
    blocks.flat_map(|block| block.body().attributes()).collect()
}

/// What a value is defined as that is a local of its document alone; the value itself where it is none.
fn defined<'d>(value: Value<'d>, locals: &[Attribute<'d>]) -> Value<'d> {
    let mut value = value;
    // Terragrunt refuses locals in a circle.
    for _ in 0..=locals.len() {
        let written = value.text();
        let template = written
            .strip_prefix("\"${")
            .and_then(|it| it.strip_suffix("}\""));
        let name = template.unwrap_or(written).trim().strip_prefix("local.");
        let local = locals.iter().find(|local| Some(local.name) == name);
        match local {
            Some(local) => value = local.value,
            None => break,
        }
    }
    value
}

/// `text` with all that stands outside `lines` blank, byte for byte; its lines stay.
fn alone(text: &str, lines: &Range<usize>) -> String {
    let blank = |part: &str| -> String {
        let bytes = part.bytes();
        bytes
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect()
    };
    let (above, below) = (blank(&text[..lines.start]), blank(&text[lines.end..]));
    above + &with_names(&text[lines.clone()]) + &below
}

/// `text` with a name of the same length in place of each template outside strings, such as
/// `tags = ${jsonencode(local.tags)}`: what stands there is an expression once it is generated.
fn with_names(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut scanner = Scanner::new(text, 0);
    while let Some(byte) = scanner.peek() {
        let from = scanner.at;
        let is_template = bytes[from..].starts_with(b"${");
        let passed = if is_template {
            scanner.at += 1;
            scanner.group()
        } else if matches!(byte, b'"' | b'<') {
            scanner.group()
        } else {
            let comment = scanner.comment();
            scanner.at += usize::from(comment == Ok(false));
            comment.map(|_| ())
        };
        if passed.is_err() {
            // It does not close: whoever reads it next says so.
            break;
        }
        let template = &mut bytes[from..scanner.at];
        if is_template && !template.contains(&b'\n') {
            for byte in template.iter_mut().filter(|byte| !lexer::is_name(**byte)) {
                *byte = if *byte == b'.' { b'-' } else { b'_' };
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::new("root.hcl".into(), text.to_owned()).expect(text)
    }

    #[test]
    fn ranges_are_those_of_the_file() {
        for (ending, mark) in [("\n", ""), ("\r\n", "\u{feff}")] {
            let text = format!(
                "{mark}# é\ngenerate \"p\" {{\n  contents = <<-EOF\n    provider \"aws\" {{\n      région = \"${{local.é}}\"\n    }}\n  EOF\n}} # é\n"
            )
            .replace('\n', ending);
            let file = document(&text);
            let generated = Generated::of(&file);
            assert_eq!(generated.unread, []);
            let inner = &generated.documents[0];
            assert_eq!(inner.text().len(), text.len());
            let provider = inner.blocks("provider").next().unwrap();
            let region = provider.body().attributes().next().unwrap();
            assert_eq!(&text[region.span()], "région = \"${local.é}\"");
            assert_eq!(
                region.value.location(),
                file.location(region.value.span().start)
            );
            assert_eq!(
                (region.value.location().line, region.value.location().column),
                (5, 16)
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_said_with_its_line() {
        for (contents, line, why) in [
            (
                "<<EOF\n%{ if x }\nprovider \"aws\" {}\n%{ endif }\nEOF",
                3,
                "neither a block",
            ),
            ("<<EOF\nprovider \"aws\" {\nEOF", 3, "never closed"),
            ("templatefile(\"provider.tpl\", {})", 2, "no heredoc"),
            ("\"provider \\\"aws\\\" {}\"", 2, "no heredoc"),
        ] {
            let text = format!("generate \"p\" {{\n  contents = {contents}\n}}\n");
            let file = document(&text);
            let generated = Generated::of(&file);
            let [unread] = &generated.unread[..] else {
                panic!("{contents}")
            };
            assert_eq!(file.location(unread.offset).line, line, "{contents}");
            assert!(unread.why.contains(why), "{}", unread.why);
        }
    }

    #[test]
    fn templates_are_expressions_where_no_string_holds_them() {
        let tags = "${jsonencode({ a = \"}\" })}";
        let text = format!(
            "generate \"p\" {{\n  contents = <<EOF\n# ${{x}}\nprovider \"aws\" {{\n  tags = {tags} # y\n  region = \"${{x.y}}\"\n  a = \"$${{x}}\"\n  b = ${{x.y}}\n}}\nEOF\n}}\n"
        );
        let file = document(&text);
        let generated = Generated::of(&file);
        let provider = generated.documents[0].blocks("provider").next().unwrap();
        let values: Vec<_> = provider.body().attributes().map(|it| it.value).collect();
        assert_eq!(&text[values[0].span()], tags);
        assert_eq!(values[0].text(), "__jsonencode___a__________");
        assert_eq!(values[1].text(), "\"${x.y}\"");
        assert_eq!(values[2].text(), "\"$${x}\"");
        assert_eq!(values[3].text(), "__x-y_");
        for rejected in ["${\n  x\n}", "5${x}", "$${x}"] {
            let text = format!(
                "generate \"p\" {{\n  contents = <<EOF\nprovider \"aws\" {{\n  a = {rejected}\n}}\nEOF\n}}\n"
            );
            let file = document(&text);
            let generated = Generated::of(&file);
            let inner = &generated.documents[0];
            assert!(inner.blocks("provider").next().is_none(), "{rejected}");
        }
    }

    #[test]
    fn a_local_may_hold_what_is_written() {
        let provider = "<<EOF\nprovider \"aws\" {\n}\nEOF\n";
        for (locals, contents, documents, unread) in [
            (format!("a = {provider}"), "local.a", 1, 0),
            (format!("a = {provider}"), "\"${local.a}\"", 1, 0),
            (format!("a = {provider}  b = local.a\n"), "local.b", 1, 0),
            (format!("a = {provider}"), "join(\"\", [local.a])", 0, 1),
            (
                format!("a = {provider}  b = trimspace(local.a)\n"),
                "local.b",
                0,
                1,
            ),
            (
                "a = templatefile(\"provider.tpl\", {})\n".to_owned(),
                "local.a",
                0,
                1,
            ),
            (
                "a = local.a\n  b = \"provider\"\n".to_owned(),
                "local.a",
                0,
                0,
            ),
            (format!("a = {provider}  ab = \"x\"\n"), "local.ab", 0, 0),
            ("a = <<EOF\nlocals {}\nEOF\n".to_owned(), "local.a", 0, 0),
        ] {
            let text = format!(
                "locals {{\n  {locals}}}\ngenerate \"x\" {{\n  contents = {contents}\n}}\ngenerate \"y\" {{\n  contents = {contents}\n}}\n"
            );
            let file = document(&text);
            let generated = Generated::of(&file);
            assert_eq!(generated.documents.len(), documents, "{text}");
            assert_eq!(generated.unread.len(), 2 * unread, "{text}");
        }
    }

    #[test]
    fn other_files_do_not_matter() {
        for contents in [
            "<<EOF\n%{ if x }\nlocals {}\n%{ endif }\nEOF",
            "file(\"provider.tf\")",
            "\"x\"",
        ] {
            let file = document(&format!("generate \"p\" {{\n  contents = {contents}\n}}\n"));
            let generated = Generated::of(&file);
            assert_eq!(generated.unread, [], "{contents}");
            assert!(generated.documents.is_empty(), "{contents}");
        }
    }
}
