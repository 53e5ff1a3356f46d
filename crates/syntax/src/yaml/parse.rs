//! From text to nodes: granit-parser says what stands where, this what it leaves open — dashes,
//! colons, the ends of block collections and block scalars.

use std::collections::BTreeSet;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle};

use super::YamlError;
use super::node::{Entry, Item, Node, NodeKind};
use crate::code::sentence;
use crate::text;

/// The node of the only document of a text.
pub fn parse(text: &str) -> Result<Node, YamlError> {
    // YAML 1.2.2, chapter 5.4, ends a line there, nothing else that reads the file does.
    let mut returns = text.match_indices('\r').map(|(at, _)| at);
    if let Some(at) = returns.find(|at| !text[at + 1..].starts_with('\n')) {
        return Err(YamlError::new(at, "a carriage return without a line feed"));
    }
    // An anchor's event is the only way to its bytes: the node's own span leaves it out.
    let options = granit_parser::options! { emit_anchor_events: true };
    let mut reader = EventReader {
        text,
        events: Parser::new_from_str_with_options(text, options),
        at: text::start(text),
    };
    let mut root = None;
    loop {
        match reader.next()? {
            (Event::DocumentStart(..), span) if root.is_some() => {
                return Err(YamlError::new(
                    start(&span),
                    "a second document begins here",
                ));
            }
            (Event::StreamEnd, _) => break,
            (Event::DocumentStart(true, _), span) => reader.at = end(&span),
            (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
            (event, span) => root = Some(reader.node(event, &span, None)?),
        }
    }
    root.ok_or_else(|| YamlError::new(0, "there is nothing in it"))
}

struct EventReader<'t> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    /// Offset behind what was read last.
    at: usize,
}

impl<'t> EventReader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), YamlError> {
        let broken = |error: &ScanError| {
            let offset = error.marker().byte_offset().unwrap_or(0);
            YamlError::new(offset, format!("it is no YAML: {}", error.info()))
        };
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(broken(&error)),
            None => Err(YamlError::new(self.at, "it ends in the middle")),
        }
    }

    /// The node that `event` begins. `indent` is the column of the key or dash it belongs to.
    fn node(
        &mut self,
        event: Event<'t>,
        span: &Span,
        indent: Option<usize>,
    ) -> Result<Node, YamlError> {
        let (id, has_tag) = match &event {
            Event::Scalar(_, _, id, tag) => (*id, tag.is_some()),
            Event::SequenceStart(_, id, tag) | Event::MappingStart(_, id, tag) => {
                (*id, tag.is_some())
            }
            _ => (0, false),
        };
        let anchor = match id {
            0 => None,
            _ => self.next()?.1.byte_range(),
        };
        let tag = span.tag_span().and_then(|span| span.byte_range());
        let tag = tag.or_else(|| has_tag.then(|| start(span)..start(span)));
        for property in [&anchor, &tag].into_iter().flatten() {
            self.at = self.at.max(property.end);
        }
        let range = span.byte_range().unwrap_or_default();
        let (kind, span) = match event {
            Event::Scalar(value, style, ..) => {
                let span = match style {
                    // The parser leaves the end of a block scalar open: its indentation tells.
                    ScalarStyle::Literal | ScalarStyle::Folded => self.block(indent),
                    // An omitted value (chapter 7.2, "Empty Nodes") stands directly behind its colon or dash.
                    ScalarStyle::Plain if range.is_empty() => self.at..self.at,
                    _ => range,
                };
                let is_empty = span.is_empty();
                let value = if is_empty {
                    String::new()
                } else {
                    value.into_owned()
                };
                (NodeKind::Scalar { value, style }, span)
            }
            Event::Alias(_) => (NodeKind::Alias, range),
            Event::SequenceStart(style, ..) => self.sequence(style, range)?,
            Event::MappingStart(style, ..) => self.mapping(style, range, indent)?,
            _ => return Err(YamlError::new(range.start, "a value is missing")),
        };
        self.at = span.end;
        Ok(Node {
            span,
            anchor,
            tag,
            kind,
        })
    }

    fn sequence(
        &mut self,
        style: StructureStyle,
        open: Range<usize>,
    ) -> Result<(NodeKind, Range<usize>), YamlError> {
        let is_flow = style == StructureStyle::Flow;
        self.at = self.at.max(open.end * usize::from(is_flow));
        let mut items: Vec<Item> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                let from = match items.first() {
                    Some(first) if !is_flow => first.dash,
                    _ => open.start,
                };
                let end = if is_flow { end(&span) } else { self.at };
                return Ok((NodeKind::Sequence { is_flow, items }, from..end));
            }
            // The parser has no event for the dash itself.
            let dash = if is_flow { start(&span) } else { self.skip() };
            if !is_flow {
                self.at = dash + 1;
            }
            // No block begins in brackets, which may be one line however long.
            let column = if is_flow { 0 } else { self.column(dash) };
            let value = self.node(event, &span, Some(column))?;
            items.push(Item { dash, value });
        }
    }

    fn mapping(
        &mut self,
        style: StructureStyle,
        open: Range<usize>,
        indent: Option<usize>,
    ) -> Result<(NodeKind, Range<usize>), YamlError> {
        let is_flow = style == StructureStyle::Flow;
        let mut entries: Vec<Entry> = Vec::new();
        let mut names = BTreeSet::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                let from = match entries.first() {
                    Some(first) if !is_flow => first.key.start,
                    _ => open.start,
                };
                let end = if is_flow { end(&span) } else { self.at };
                return Ok((NodeKind::Mapping { is_flow, entries }, from..end));
            }
            let key = self.node(event, &span, indent)?;
            let refuse = |what: &str| Err(YamlError::new(key.span.start, what));
            let Some(name) = key.as_str().map(str::to_owned) else {
                return refuse("a key that is no text is not read");
            };
            let before = self.text[..key.span.start].trim_end_matches([' ', '\t']);
            // Chapter 8.2.2 allows explicit keys. They are not read, because every edit would have to
            // know two shapes of an entry.
            if before.ends_with('?') || key.span.is_empty() || key.is_block_scalar() {
                return refuse("a key written as `? key` is not read");
            }
            if name == "<<" && key.style() == Some(ScalarStyle::Plain) {
                return refuse("GitHub reads no merge keys (`<<`)");
            }
            if !names.insert(name.clone()) {
                return refuse(&sentence!("the key `{name}` stands here a second time"));
            }
            let colon = self.skip();
            if self.text[colon..].starts_with(':') {
                self.at = colon + 1;
            }
            let colon = self.at;
            let (event, span) = self.next()?;
            let column = match is_flow {
                true => 0,
                false => self.column(key.span.start),
            };
            let value = self.node(event, &span, Some(column))?;
            entries.push(Entry {
                name,
                key: key.span,
                colon,
                value,
            });
        }
    }

    /// Offset of the next byte that is neither white space nor comment.
    fn skip(&self) -> usize {
        let mut at = self.at;
        loop {
            let rest = &self.text[at..];
            at += rest.len() - rest.trim_start().len();
            if !self.text[at..].starts_with('#') {
                return at;
            }
            at = text::line_end(self.text, at);
        }
    }

    fn column(&self, offset: usize) -> usize {
        let line = text::line_start(self.text, offset).max(text::start(self.text));
        offset - line
    }

    /// The span of the block scalar that follows.
    fn block(&self, indent: Option<usize>) -> Range<usize> {
        let from = self.skip();
        let header = text::line_end(self.text, from);
        let indicators = self.text[from + 1..header].split('#').next();
        let indicators = indicators.unwrap_or_default().trim_end();
        // Chapter 8.1.1: one digit gives the indentation, `+` keeps the blank lines at the end.
        let explicit = indicators.bytes().find(u8::is_ascii_digit);
        let keeps = indicators.contains('+');
        let mut content = explicit.map(|digit| indent.unwrap_or(0) + usize::from(digit - b'0'));
        let mut end = from + 1 + indicators.len();
        let mut at = header;
        while at < self.text.len() {
            let next = text::line_end(self.text, at);
            let line = self.text[at..next].trim_end_matches(['\r', '\n']);
            let column = line.len() - line.trim_start_matches(' ').len();
            if column < line.len() {
                let least = indent.map_or(0, |indent| indent + 1);
                if column < *content.get_or_insert(column.max(least)) {
                    break;
                }
                end = at + line.len();
            } else if keeps || content.is_some_and(|content| column > content) {
                end = at + line.len();
            }
            at = next;
        }
        from..end
    }
}

fn start(span: &Span) -> usize {
    span.start.byte_offset().unwrap_or_default()
}

fn end(span: &Span) -> usize {
    span.end.byte_offset().unwrap_or_default()
}
