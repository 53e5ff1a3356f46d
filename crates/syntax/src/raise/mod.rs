//! From edits of the reading to edits of the JSON.
//!
//! The reading is edited, and what it says then is compared with what it said, item by item: an
//! item is the same where its first byte is. What is gone is taken out, what is new put in, and a
//! value that is another replaced. All else is not exact.

mod changes;
mod elements;
mod style;
#[cfg(test)]
mod tests;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use changes::TreeChanges;
use value::{JsonValue, value};

use crate::edit::{Edit, Splice, splice};
use crate::hcl::{Attribute, Block, Body, Document};
use crate::json::Json;
use crate::json::lower::{ItemKind, ReadingItem};
use crate::json::tree::JsonType;

impl Json {
    /// The edits of the JSON that do what `edits` do to its `reading`; `None` where none do exactly
    /// that.
    pub fn raise(&self, reading: &str, edits: &[Edit]) -> Option<Vec<Edit>> {
        // Comparing what is said before and after needs no knowledge of the single edits, so every
        // transform is supported, and what cannot be said in JSON is noticed.
        let (after, splices) = splice(reading, &mut edits.to_vec()).ok()?;
        let document = Document::new("reading.tf".into(), after).ok()?;
        let mut raised = Raising {
            json: self,
            reading,
            splices: &splices,
            written: TreeChanges::default(),
        };
        let tops = document.tops().map(|top| (top.span(), top));
        let mut seen = BTreeSet::new();
        for (span, top) in tops {
            let item = raised.same(&self.items, span.start)?;
            seen.insert(item.node);
            if document.text()[span] != reading[item.hcl.clone()] {
                raised.block(item, &top.parse().ok()?)?;
            }
        }
        let blocks = self
            .items
            .iter()
            .filter(|item| item.kind == ItemKind::Block);
        raised.gone(blocks, &seen);
        Some(raised.written.edits(self))
    }
}

struct Raising<'r> {
    json: &'r Json,
    reading: &'r str,
    splices: &'r [Splice],
    written: TreeChanges,
}

/// A line of a body.
enum BodyLine<'d> {
    Attribute(Attribute<'d>),
    Block(Block<'d>),
}

impl Raising<'_> {
    /// The item that begins where the byte at `offset` of the edited reading stood; `None` where
    /// that byte is new, or began nothing.
    fn same<'i>(&self, items: &'i [ReadingItem], offset: usize) -> Option<&'i ReadingItem> {
        let place = self.before(offset)?;
        // The reading was written item by item, so that they are in order.
        let found = items.binary_search_by_key(&place, |item| item.hcl.start);
        found.ok().map(|at| &items[at])
    }

    /// Where a byte of the edited reading stood.
    fn before(&self, offset: usize) -> Option<usize> {
        // Splices are in order and do not overlap: the first that ends behind the offset decides.
        let next = self.splices.partition_point(|it| it.after.end <= offset);
        let is_new = self.splices.get(next);
        if is_new.is_some_and(|splice| splice.after.start <= offset) {
            return None;
        }
        let last = next.checked_sub(1).map(|last| &self.splices[last]);
        Some(last.map_or(offset, |last| offset - last.after.end + last.before.end))
    }

    fn block(&mut self, item: &ReadingItem, block: &Block<'_>) -> Option<()> {
        // Type and labels are keys of several nested objects in JSON: a changed one is not exact.
        let header = |text: &str| text.split('{').next().map(str::to_owned);
        let is_same = header(block.text()) == header(&self.reading[item.hcl.clone()]);
        is_same.then_some(())?;
        self.body(item, &block.body())
    }

    fn body(&mut self, item: &ReadingItem, body: &Body<'_>) -> Option<()> {
        let mut lines = BTreeMap::new();
        for attribute in body.attributes() {
            lines.insert(attribute.key.start, BodyLine::Attribute(attribute));
        }
        for block in body.blocks() {
            lines.insert(block.span().start, BodyLine::Block(block));
        }
        self.lines(item, lines)
    }

    /// Compares what stands in an item with what stands there now.
    fn lines(&mut self, item: &ReadingItem, lines: BTreeMap<usize, BodyLine<'_>>) -> Option<()> {
        let mut seen = BTreeSet::new();
        let mut behind = None;
        for (start, line) in lines {
            let same = self.same(&item.children, start);
            let is_new = same.is_none() && self.before(start).is_none();
            match (same, line) {
                (Some(same), line) if seen.insert(same.node) => {
                    behind = Some(same.node);
                    self.line(same, &line)?;
                }
                (None, BodyLine::Attribute(new)) if is_new => match self.kept(item, &new) {
                    Some(kept) if seen.insert(kept.node) => {
                        behind = Some(kept.node);
                        self.written.rename(kept.node, new.name);
                    }
                    Some(_) => return None,
                    None => {
                        let value = value(new.value)?;
                        self.written.add(item.node, behind, new.name, value);
                    }
                },
                _ => return None,
            }
        }
        self.gone(&item.children, &seen);
        Some(())
    }

    /// The item whose value an attribute has that has another name.
    fn kept<'i>(&self, item: &'i ReadingItem, new: &Attribute<'_>) -> Option<&'i ReadingItem> {
        let value = new.value.span();
        let place = self.before(value.start)?;
        let mut items = item.children.iter();
        let kept = items.find(|item| item.value == Some(place))?;
        (self.reading[place..kept.hcl.end] == *new.value.text()).then_some(kept)
    }

    fn line(&mut self, item: &ReadingItem, line: &BodyLine<'_>) -> Option<()> {
        let (span, document) = match line {
            BodyLine::Attribute(it) => (it.span(), it.value.document()),
            BodyLine::Block(it) => (it.span(), it.document()),
        };
        if document.text()[span] == self.reading[item.hcl.clone()] {
            return Some(());
        }
        let node = &self.json.nodes[item.node];
        match (item.kind, line) {
            (ItemKind::Block, BodyLine::Block(block)) => self.block(item, block),
            (ItemKind::Block, _) | (_, BodyLine::Block(_)) => None,
            (_, BodyLine::Attribute(it)) if it.name != node.name() => None,
            (ItemKind::Object, BodyLine::Attribute(it)) => {
                let count = it.value.expression().as_object()?.len();
                let entries = it.value.entries();
                let lines = entries
                    .into_iter()
                    .map(|it| (it.key.start, BodyLine::Attribute(it)));
                let lines: BTreeMap<_, _> = lines.collect();
                // Keys that are expressions are no entries.
                (lines.len() == count).then_some(())?;
                self.lines(item, lines)
            }
            // A list as a whole would lose its layout.
            (ItemKind::Value, BodyLine::Attribute(it)) if node.kind == JsonType::Array => {
                let before = &self.reading[item.hcl.clone()];
                let replaced = elements::replaced(&self.json.nodes, item.node, before, it)?;
                for (element, value) in replaced {
                    self.written.replace(element, value);
                }
                Some(())
            }
            (ItemKind::Value, BodyLine::Attribute(it)) => {
                let value = value(it.value)?;
                let is_scalar = matches!(value, JsonValue::Scalar(_));
                is_scalar.then(|| self.written.replace(item.node, value))
            }
        }
    }

    /// Takes out the items that are no longer there.
    fn gone<'i>(
        &mut self,
        items: impl IntoIterator<Item = &'i ReadingItem>,
        seen: &BTreeSet<usize>,
    ) {
        let gone = items.into_iter().filter(|item| !seen.contains(&item.node));
        for item in gone {
            self.written.remove(item.node);
        }
    }
}
