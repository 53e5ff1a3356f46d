//! Edits of collections that have lines of their own.

use std::ops::Range;

use super::change::EntryChange;
use super::draft::Draft;
use super::node::Node;
use super::remove::RemovedLines;
use super::{Yaml, YamlError, snippet};
use crate::edit::Edit;
use crate::text;

/// The columns by which the first mapping in `node` is indented deeper than what holds it.
pub fn step(text: &str, node: &Node) -> Option<usize> {
    // The file's own step, not two columns: files with steps of four exist.
    let own = node.entries().iter().find_map(|entry| {
        let first = entry.value.entries().first();
        let first = first.filter(|_| entry.value.is_block())?;
        column(text, first.key.start).checked_sub(column(text, entry.key.start))
    });
    own.or_else(|| node.children().find_map(|child| step(text, child)))
}

/// Marks the lines that are removed and inserts what is added around the entries or items of `node`.
pub fn edit(
    draft: &mut Draft<'_>,
    node: &Node,
    changes: &[EntryChange<'_>],
    added: &[Yaml],
    step: usize,
) -> Result<(), YamlError> {
    let text = draft.yaml.text();
    let children = children(node);
    let list = List {
        text,
        column: children
            .first()
            .map_or(0, |first| column(text, first.start)),
        step,
        dash: dash(text, node),
        has_items: !node.is_mapping(),
        children,
    };
    let stays = changes.iter().position(|change| !change.is_gone);
    // Where the first entry, behind a dash, is removed, what follows moves up to the dash.
    let pulled = match list.lines(0) {
        None if stays != Some(0) => stays.unwrap_or(changes.len()),
        _ => 0,
    };
    if pulled > 0 {
        draft
            .edits
            .push(list.pull_up(pulled, changes, added, node)?);
    }
    for (at, change) in changes.iter().enumerate().skip(pulled) {
        for new in change.before.iter().filter(|_| pulled == 0 || at > pulled) {
            draft.edits.push(list.before(at, new, change));
        }
        let is_last = at + 1 == changes.len();
        for new in change.after.iter().chain(added.iter().filter(|_| is_last)) {
            draft.edits.push(match change.is_gone {
                true => list.before(at, new, change),
                false => list.after(at, new),
            });
        }
        let lines = list.gone(at, change).filter(|_| change.is_gone);
        draft.gone.extend(lines.map(|lines| RemovedLines {
            lines,
            is_first: stays.is_none_or(|stays| at < stays),
            floor: list.floor(at),
        }));
    }
    Ok(())
}

/// From the key or dash of each entry or item to the end of its value.
fn children(node: &Node) -> Vec<Range<usize>> {
    let entries = node.entries().iter();
    let entries = entries.map(|entry| entry.key.start..entry.value.span.end.max(entry.colon));
    let items = node.items().iter();
    let items = items.map(|item| item.dash..item.value.span.end.max(item.dash + 1));
    entries.chain(items).collect()
}

/// Spaces behind the dashes of a list.
fn dash(text: &str, node: &Node) -> usize {
    let mut behind = node.items().iter().map(|item| &text[item.dash + 1..]);
    behind
        .find_map(|behind| {
            let line = behind.lines().next().unwrap_or_default();
            let content = line.trim_start_matches(' ');
            let is_empty = content.is_empty() || content.starts_with('#');
            (!is_empty).then(|| line.len() - content.len())
        })
        .unwrap_or(1)
}

/// The entries or items of a block collection.
struct List<'t> {
    text: &'t str,
    column: usize,
    step: usize,
    dash: usize,
    has_items: bool,
    children: Vec<Range<usize>>,
}

impl List<'_> {
    fn before(&self, at: usize, new: &Yaml, change: &EntryChange<'_>) -> Edit {
        let child = &self.children[at];
        let ending = text::line_ending(self.text, child.start);
        let lines = self.rendered(new);
        let is_apart = match at.checked_sub(1) {
            Some(above) => self.is_apart(above),
            None => self.has_items && self.children.len() > 1 && self.is_apart(0),
        };
        let (gap, below) = match change.is_gone {
            true => ("", self.gone(at, change)),
            false => (if is_apart { ending } else { "" }, self.lines(at)),
        };
        let new = lines.join(ending) + ending + gap;
        match below {
            Some(lines) => Edit::insert(lines.start, new),
            None => {
                let indent = " ".repeat(self.column);
                Edit::insert(child.start, new.trim_start().to_owned() + &indent)
            }
        }
    }

    fn after(&self, at: usize, new: &Yaml) -> Edit {
        let end = body_end(self.text, self.children[at].end, self.column);
        let ending = text::line_ending(self.text, end.saturating_sub(1));
        let lines = self.rendered(new);
        let is_apart = match (at + 1 < self.children.len(), at.checked_sub(1)) {
            (true, _) => self.is_apart(at),
            (false, Some(above)) => (self.has_items || lines.len() > 1) && self.is_apart(above),
            (false, None) => false,
        };
        // Steps of a job are often parted by blank lines: a new one is parted like its neighbours.
        let gap = if is_apart { ending } else { "" };
        let new = lines.join(ending);
        match self.text[..end].ends_with('\n') {
            true => Edit::insert(end, format!("{gap}{new}{ending}")),
            false => Edit::insert(end, format!("{ending}{gap}{new}")),
        }
    }

    fn rendered(&self, new: &Yaml) -> Vec<String> {
        snippet::rendered(new, self.column, self.step, self.dash)
    }

    /// Whether a blank line stands between a child and the next.
    fn is_apart(&self, at: usize) -> bool {
        let between = &self.text[self.children[at].end..self.children[at + 1].start];
        let mut lines = between.split('\n').skip(1).collect::<Vec<_>>();
        lines.pop();
        lines.iter().any(|line| line.trim().is_empty())
    }

    /// The lines of a child, with the comments that belong to it; `None` where it begins behind
    /// something else.
    fn lines(&self, at: usize) -> Option<Range<usize>> {
        let child = &self.children[at];
        let line = text::line_start(self.text, child.start).max(text::start(self.text));
        if !self.text[line..child.start].trim().is_empty() {
            return None;
        }
        let floor = self.floor(at);
        let mut from = line;
        while from > text::start(self.text) {
            let above = text::line_start(self.text, from - 1).max(text::start(self.text));
            let content = self.text[above..from].trim_start_matches(' ');
            let is_own = from - above - content.len() == self.column;
            // A comment in the entry's own column is about the entry; one that is deeper belongs to the
            // value above, one further left to what is around.
            if above < floor || !content.starts_with('#') || !is_own {
                break;
            }
            from = above;
        }
        Some(from..body_end(self.text, child.end, self.column))
    }

    /// The lines that go with a child. What takes its place keeps its comments.
    fn gone(&self, at: usize, change: &EntryChange<'_>) -> Option<Range<usize>> {
        let lines = self.lines(at)?;
        // A step that takes the place of another does the same job: the comment still explains it.
        let own = text::line_start(self.text, self.children[at].start).max(lines.start);
        Some(match change.before.is_empty() {
            true => lines,
            false => own..lines.end,
        })
    }

    /// End of the value above a child.
    fn floor(&self, at: usize) -> usize {
        at.checked_sub(1)
            .map_or(0, |above| self.children[above].end)
    }

    /// Takes out the first `count` children. What is added there, else the first child that is left, moves
    /// behind the dash where the first one stood; comments in between go above the dash.
    fn pull_up(
        &self,
        count: usize,
        changes: &[EntryChange<'_>],
        added: &[Yaml],
        node: &Node,
    ) -> Result<Edit, YamlError> {
        let refuse = |what: &str| Err(YamlError::new(node.span.start, what));
        let around = changes[..count]
            .iter()
            .flat_map(|change| change.before.iter().chain(&change.after));
        let below = match changes.get(count) {
            Some(stays) => stays.before.as_slice(),
            None => added,
        };
        let new = around.chain(below).flat_map(|new| self.rendered(new));
        let new: Vec<String> = new.collect();
        let first = self.children[0].start;
        let ending = text::line_ending(self.text, first);
        let (until, new) = match (new.is_empty(), self.children.get(count)) {
            (true, None) => return refuse("nothing would be left behind the dash here"),
            (true, Some(stays)) => (stays.start, String::new()),
            (false, _) => {
                let last = body_end(self.text, self.children[count - 1].end, self.column);
                let is_line = self.text[..last].ends_with('\n');
                let new = new.join(ending) + if is_line { ending } else { "" };
                (last, new.trim_start().to_owned())
            }
        };
        let kept = self.comments(count, changes, until);
        if kept.is_empty() {
            return Ok(Edit::replace(first..until, new));
        }
        let line = text::line_start(self.text, first).max(text::start(self.text));
        let dash = &self.text[line..first];
        if dash.trim() != "-" {
            return refuse("a comment here would lose its place");
        }
        let indent = " ".repeat(dash.len() - dash.trim_start().len());
        let kept = kept.iter().map(|line| format!("{indent}{line}{ending}"));
        let kept: String = kept.collect();
        Ok(Edit::replace(line..until, kept + dash + &new))
    }

    /// The comments up to `until` that do not go with one of the first `count` children.
    fn comments(&self, count: usize, changes: &[EntryChange<'_>], until: usize) -> Vec<&str> {
        let gaps = (1..self.children.len().min(count + 1)).map(|at| {
            let above = body_end(self.text, self.children[at - 1].end, self.column);
            let gone = changes[at].is_gone.then(|| self.gone(at, &changes[at]));
            let below = match gone.flatten() {
                Some(gone) => gone.start,
                None => text::line_start(self.text, self.children[at].start).min(until),
            };
            self.text.get(above..below).unwrap_or_default()
        });
        let lines = gaps.flat_map(|gap| gap.lines().map(str::trim));
        lines.filter(|line| !line.is_empty()).collect()
    }
}

/// Offset behind the line on which a value ends, and behind the comments below that are indented
/// deeper than `column`, where the entry or item begins.
pub fn body_end(text: &str, value: usize, column: usize) -> usize {
    let mut end = text::line_end(text, value);
    let mut at = end;
    while at < text.len() {
        let next = text::line_end(text, at);
        let content = text[at..next].trim_start_matches(' ');
        if content.starts_with('#') && next - at - content.len() > column {
            end = next;
        } else if !content.trim().is_empty() {
            break;
        }
        at = next;
    }
    end
}

fn column(text: &str, offset: usize) -> usize {
    offset - text::line_start(text, offset).max(text::start(text))
}
