//! References to variables, locals and data sources: on parsed expressions, templates in strings
//! and heredocs included; as words where a block does not parse. Comments name nothing.

use std::fmt;
use std::ops::Range;

use hcl_edit::expr::{Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_block, visit_traversal};
use hcl_edit::{Decorated, Span};

use syntax::hcl::{Document, Top};
use syntax::text::is_commented;

/// A variable, a local or a data source: one of what Terraform calls named values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamedValue {
    /// `var.NAME`.
    Variable(String),
    /// `local.NAME`.
    Local(String),
    /// `data.TYPE.NAME`.
    Data(String, String),
}

impl NamedValue {
    /// The name alone, as its declaration has it.
    pub fn word(&self) -> &str {
        match self {
            Self::Variable(name) | Self::Local(name) | Self::Data(_, name) => name,
        }
    }

    /// What findings call it.
    pub fn subject(&self) -> String {
        match self {
            Self::Variable(name) => format!("variable \"{name}\""),
            Self::Local(_) | Self::Data(..) => self.to_string(),
        }
    }

    /// Reads a reference; attributes of what it names are passed over.
    fn of(mut segments: impl Iterator<Item = String>) -> Option<Self> {
        let root = segments.next()?;
        let first = segments.next()?;
        Some(match root.as_str() {
            "var" => Self::Variable(first),
            "local" => Self::Local(first),
            "data" => Self::Data(first, segments.next()?),
            _ => return None,
        })
    }
}

impl fmt::Display for NamedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "var.{name}"),
            Self::Local(name) => write!(f, "local.{name}"),
            Self::Data(kind, name) => write!(f, "data.{kind}.{name}"),
        }
    }
}

/// The names that the code in `ranges` of a document uses, each once.
pub fn names_in(document: &Document, ranges: &[Range<usize>]) -> Vec<NamedValue> {
    // Parsing costs far more than the outline: only blocks with an edit in them are parsed.
    let touched = document.tops().filter(|top| {
        let span = top.span();
        let touches = |range: &Range<usize>| range.start < span.end && span.start < range.end;
        ranges.iter().any(touches)
    });
    let uses = touched.filter_map(|top| parsed_uses(&top)).flatten();
    let inside = uses.filter(|(_, at)| ranges.iter().any(|range| range.contains(at)));
    let mut names: Vec<_> = inside.map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    names
}

/// The first place outside of `gone` at which a document uses the name.
pub fn first_use(document: &Document, name: &NamedValue, gone: &[Range<usize>]) -> Option<usize> {
    let stays = |at: &usize| !gone.iter().any(|range| range.contains(at));
    let text = document.text();
    let tops = document.tops();
    // A block that does not even contain the word need not be parsed.
    let mut tops = tops.filter(|top| text[top.span()].contains(name.word()));
    tops.find_map(|top| match parsed_uses(&top) {
        Some(uses) => {
            let uses = uses.into_iter().filter(|(used, _)| used == name);
            uses.map(|(_, at)| at).find(stays)
        }
        None => {
            let span = top.span();
            let places = words(&text[span.clone()], &name.to_string());
            let mut places = places.into_iter().map(|at| span.start + at);
            places.find(stays)
        }
    })
}

/// The offsets at which `word` stands in a text as a word, but for lines that are comments.
pub fn words(text: &str, word: &str) -> Vec<usize> {
    let is_part = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let bytes = text.as_bytes();
    let places = memchr::memmem::find_iter(bytes, word.as_bytes());
    // HCL's identifiers go on with letters, digits, `_` and `-`.
    let alone = places.filter(|at| {
        !is_part(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && !is_part(bytes.get(at + word.len()))
            && !is_commented(text, *at)
    });
    alone.collect()
}

/// The names that a block uses and where; `None` where it does not parse.
fn parsed_uses(top: &Top<'_>) -> Option<Vec<(NamedValue, usize)>> {
    let block = top.parse().ok()?;
    let mut finder = Finder {
        offset: block.offset(),
        uses: Vec::new(),
    };
    visit_block(&mut finder, block.parsed());
    Some(finder.uses)
}

/// Collects references.
struct Finder {
    offset: usize,
    uses: Vec<(NamedValue, usize)>,
}

impl Finder {
    fn note(&mut self, name: Option<NamedValue>, node: &impl Span) {
        let at = self.offset + node.span().map_or(0, |span| span.start);
        self.uses.extend(name.map(|name| (name, at)));
    }
}

impl Visit for Finder {
    fn visit_traversal(&mut self, node: &Traversal) {
        if let Some(root) = node.expr.as_variable() {
            let attributes = node
                .operators
                .iter()
                .map_while(|operator| match operator.value() {
                    TraversalOperator::GetAttr(name) => Some(name.to_string()),
                    _ => None,
                });
            let segments = std::iter::once(root.to_string()).chain(attributes);
            self.note(NamedValue::of(segments), node);
        }
        visit_traversal(self, node);
    }

    /// Old code quotes references, in `depends_on` for one.
    fn visit_string(&mut self, node: &Decorated<String>) {
        self.note(
            NamedValue::of(node.as_str().split('.').map(str::to_owned)),
            node,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"resource "a" "b" {
  c = var.a.x[var.b["y"]] # var.comment
  /* var.other */
  d = "${local.c}-%{ if var.d }x%{ endif }"
  e = <<-EOT
    # ${data.f.g.h}
    var.text
  EOT
  depends_on = ["data.i.j"]
  k = [for m in var.n : { (var.o) = m.var.p }]
}
locals {
  q = { a = 1, a = var.r }
  # var.s
}
"#;

    fn document(text: &str) -> Document {
        Document::new("main.tf".into(), text.to_owned()).expect(text)
    }

    fn name(written: &str) -> NamedValue {
        NamedValue::of(written.split('.').map(str::to_owned)).unwrap()
    }

    #[test]
    fn code_uses_what_it_names_and_comments_use_nothing() {
        let document = document(TEXT);
        let all = 0..TEXT.len();
        let names = names_in(&document, std::slice::from_ref(&all));
        let names: Vec<_> = names.iter().map(NamedValue::to_string).collect();
        assert_eq!(
            names,
            [
                "var.a", "var.b", "var.d", "var.n", "var.o", "local.c", "data.f.g", "data.i.j"
            ]
        );
        for used in &names {
            let at = first_use(&document, &name(used), &[]).unwrap();
            assert!(
                TEXT[at..].trim_start_matches('"').starts_with(used),
                "{used}"
            );
        }
        for unused in [
            "var.comment",
            "var.other",
            "var.text",
            "var.p",
            "var.s",
            "local.a",
        ] {
            assert_eq!(first_use(&document, &name(unused), &[]), None, "{unused}");
        }
    }

    #[test]
    fn what_goes_uses_nothing_and_what_does_not_parse_is_searched() {
        let document = document(TEXT);
        let line = TEXT.find("  c =").unwrap();
        let gone = line..TEXT[line..].find('\n').unwrap() + line;
        let names = names_in(&document, std::slice::from_ref(&gone));
        assert_eq!(names, [name("var.a"), name("var.b")]);
        assert_eq!(first_use(&document, &name("var.a"), &[gone]), None);
        assert!(
            document
                .top_blocks("locals")
                .next()
                .unwrap()
                .parse()
                .is_err()
        );
        let at = first_use(&document, &name("var.r"), &[]).unwrap();
        assert!(TEXT[at..].starts_with("var.r }"));
    }

    #[test]
    fn a_word_is_no_part_of_another() {
        assert_eq!(words("aws_key key-x xkey key", "key"), [19]);
        assert_eq!(words("# key\n  // key\nkey", "key"), [15]);
    }
}
