//! References to variables, locals and data sources: on parsed expressions, templates in strings
//! and heredocs included; as words where a block does not parse. Comments name nothing.

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;
use std::path::Path;

use hcl_edit::expr::{Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_block, visit_traversal};
use hcl_edit::{Decorated, Span};

use syntax::hcl::{Document, Top};
use syntax::ranges::Ranges;
use syntax::text::is_commented;

/// A variable, a local or a data source: one of what Terraform calls named values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
pub fn names_in(document: &Document, ranges: &Ranges) -> BTreeSet<NamedValue> {
    // Parsing costs far more than the outline: only blocks with an edit in them are parsed.
    let touched = document.tops().filter(|top| ranges.touches(&top.span()));
    let uses = touched.filter_map(|top| parsed_uses(&top)).flatten();
    let inside = uses.filter(|(_, at)| ranges.contains(*at));
    inside.map(|(name, _)| name).collect()
}

/// The references of several documents, asked for name by name: a block is parsed where one of its
/// words is asked for, and its references are found once.
pub struct References<'d> {
    /// The blocks in the order of the documents.
    blocks: Vec<BlockReferences<'d>>,
    /// The blocks that contain a word, in order.
    by_word: HashMap<&'d str, Vec<usize>>,
    /// The blocks of a document.
    by_document: HashMap<&'d Path, Range<usize>>,
}

/// The references of one block.
struct BlockReferences<'d> {
    top: Top<'d>,
    /// `None` where it does not parse.
    uses: OnceCell<Option<Uses>>,
}

/// The uses of a block: in order, and by name.
struct Uses {
    in_order: Vec<(usize, NamedValue)>,
    by_name: HashMap<NamedValue, Vec<usize>>,
}

impl<'d> References<'d> {
    /// Those of some documents.
    pub fn of(documents: impl IntoIterator<Item = &'d Document>) -> Self {
        let mut all = Self {
            blocks: Vec::new(),
            by_word: HashMap::new(),
            by_document: HashMap::new(),
        };
        let documents: Vec<&'d Document> = documents.into_iter().collect();
        for top in documents.iter().flat_map(|document| document.tops()) {
            let number = all.blocks.len();
            for word in top.text().split(|letter: char| !is_of_word(letter)) {
                let blocks = all.by_word.entry(word).or_default();
                if blocks.last() != Some(&number) {
                    blocks.push(number);
                }
            }
            let uses = OnceCell::new();
            all.blocks.push(BlockReferences { top, uses });
            let of_document = all.by_document.entry(top.document().path());
            of_document.or_insert(number..number).end = number + 1;
        }
        all
    }

    /// The names that the code in `ranges` of a document uses.
    pub fn names_in(&self, document: &Document, ranges: &Ranges) -> BTreeSet<NamedValue> {
        let Some(blocks) = self.by_document.get(document.path()) else {
            return BTreeSet::new();
        };
        let blocks = &self.blocks[blocks.clone()];
        let inside = ranges.iter().flat_map(|range| {
            let first = blocks.partition_point(|block| block.top.span().end <= range.start);
            let touched = blocks[first..].iter();
            let touched = touched.take_while(move |block| block.top.span().start < range.end);
            touched.flat_map(move |block| {
                let uses = block.uses().map_or(&[][..], |uses| &uses.in_order);
                let from = uses.partition_point(|(at, _)| *at < range.start);
                let to = uses.partition_point(|(at, _)| *at < range.end);
                uses[from..to].iter().map(|(_, name)| name.clone())
            })
        });
        inside.collect()
    }

    /// The first place at which `stays` says that a use counts.
    pub fn first_use(
        &self,
        name: &NamedValue,
        stays: impl Fn(&Document, usize) -> bool,
    ) -> Option<(&'d Document, usize)> {
        let blocks = self.by_word.get(name.word()).into_iter().flatten();
        blocks.into_iter().find_map(|number| {
            let block = &self.blocks[*number];
            let document = block.top.document();
            let mut places: Box<dyn Iterator<Item = usize>> = match block.uses() {
                Some(uses) => Box::new(uses.by_name.get(name).into_iter().flatten().copied()),
                None => {
                    let span = block.top.span();
                    let places = words(block.top.text(), &name.to_string());
                    Box::new(places.into_iter().map(move |at| span.start + at))
                }
            };
            let first = places.find(|at| stays(document, *at))?;
            Some((document, first))
        })
    }
}

impl BlockReferences<'_> {
    fn uses(&self) -> Option<&Uses> {
        let uses = self.uses.get_or_init(|| {
            let mut by_name: HashMap<NamedValue, Vec<usize>> = HashMap::new();
            let mut in_order = Vec::new();
            for (name, at) in parsed_uses(&self.top)? {
                by_name.entry(name.clone()).or_default().push(at);
                in_order.push((at, name));
            }
            in_order.sort_by_key(|(at, _)| *at);
            Some(Uses { in_order, by_name })
        });
        uses.as_ref()
    }
}

/// Whether a letter may be part of a name.
fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-') || !letter.is_ascii()
}

/// The named values that stand in a text as words, as they are written, but for lines that are
/// comments.
pub fn named_values(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (root, steps) in [("var.", 1), ("local.", 1), ("data.", 2)] {
        for at in memchr::memmem::find_iter(text.as_bytes(), root) {
            let is_part = text[..at].chars().next_back().is_some_and(is_of_word);
            if is_part || is_commented(text, at) {
                continue;
            }
            let mut end = at + root.len();
            for step in 0..steps {
                end += usize::from(step > 0 && text[end..].starts_with('.'));
                let rest = &text[end..];
                end += rest
                    .find(|letter| !is_of_word(letter))
                    .unwrap_or(rest.len());
            }
            found.insert(text[at..end].to_owned());
        }
    }
    found
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
