//! The files that a Terragrunt file has generated: configuration in the heredocs of its `generate`
//! blocks, or in locals that these name.
//!
//! Each is a document of its own that is as long as the whole file, blank outside the heredoc's
//! lines. So its ranges, lines and columns are those of the file, and so are its edits.

#[cfg(test)]
mod tests;

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
