//! The unified diff of one change: what `git diff` writes without its `diff --git` line, which both
//! `git apply` and `patch -p1` read for every name a file can have.

mod emphasis;
mod hunk;
mod mask;
mod name;
mod palette;
pub mod regions;
pub mod rows;
mod section;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

use anstyle::Style;
use engine::plan::FileChange;

use crate::redact::Known;
use emphasis::{body, emphasized};
use hunk::{Hunk, Tag, extent, hunks};
use mask::Mask;
use palette::{Palette, line};
use regions::{Lines, Region};

/// What git, diff and patch write below a last line that has no newline.
const NO_NEWLINE: &str = "\n\\ No newline at end of file\n";

/// The hunks that lead from a file's text before to its text after; none where both are equal.
pub struct FileDiff<'a> {
    change: &'a FileChange,
    /// What is known to be secret, whatever it is called, and which of the changes that tell of it this is.
    known: Option<(&'a Known, Option<usize>)>,
    /// The transforms that change the file.
    transforms: Vec<&'static str>,
    hunks: Vec<Hunk>,
}

/// A diff made fit to be looked at.
pub struct Shown {
    /// The diff, every line of it ended by a newline.
    pub text: String,
    /// Whether a secret in it was replaced by `****`: the text is then no patch any more.
    pub masked: bool,
    /// Whether a character in it was replaced by an escape: likewise.
    pub escaped: bool,
}

impl<'a> FileDiff<'a> {
    /// Compares the two texts of `change`.
    pub fn new(change: &'a FileChange) -> Self {
        let (before, after) = (Lines::new(&change.before), Lines::new(&change.after));
        let regions = regions::changed(&before, &after);
        let hunks = hunks(&regions, change, (&before, &after));
        Self {
            change,
            known: None,
            transforms: Vec::new(),
            hunks,
        }
    }

    /// The same, with these transforms named above the file on a terminal.
    pub fn by(self, transforms: Vec<&'static str>) -> Self {
        Self { transforms, ..self }
    }

    /// The same with those changes alone that are made where one of `edits` is, bytes of the text
    /// before; with all of them where that is none.
    pub fn around(mut self, edits: &[Range<usize>]) -> Self {
        let change = self.change;
        let (before, after) = (Lines::new(&change.before), Lines::new(&change.after));
        let text = &change.before;
        let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count();
        let edits = edits.iter().map(|edit| line(edit.start)..line(edit.end));
        let edits: Vec<Range<usize>> = edits.collect();
        let mut regions = regions::changed(&before, &after);
        // What is only added may stand behind the last line of what is edited.
        regions.retain(|region| {
            let mut edits = edits.iter();
            edits.any(|it| it.start <= region.before.end && region.before.start <= it.end)
        });
        if !regions.is_empty() {
            self.hunks = hunks(&regions, change, (&before, &after));
        }
        self
    }

    /// The same, with these hidden too where it is shown. They are known from changes, in order their
    /// texts before and after, of which this is the one at `number`; `None` where it is none of them.
    pub fn hiding(self, known: &'a Known, number: Option<usize>) -> Self {
        let known = Some((known, number));
        Self { known, ..self }
    }

    /// The exact patch, secrets and all: for a file, never for a terminal.
    pub fn patch(&self) -> String {
        let show = |tag, range| Cow::Borrowed(&self.text(tag)[range]);
        self.render(&Palette::PLAIN, &[], show)
    }

    /// The diff for people and logs: secrets masked, control characters escaped, and coloured as
    /// git does if `color`.
    pub fn shown(&self, color: bool) -> Shown {
        let palette = if color {
            &Palette::GIT
        } else {
            &Palette::PLAIN
        };
        let mut mask = Mask::new(self);
        let show = |tag, range| mask.line(self.text(tag), tag, range);
        let text = self.render(palette, &self.transforms, show);
        Shown {
            text,
            masked: mask.masked,
            escaped: mask.escaped,
        }
    }

    /// The transforms that change the file.
    pub fn transforms(&self) -> &[&'static str] {
        &self.transforms
    }

    /// The text that lines with this tag are ranges of.
    fn text(&self, tag: Tag) -> &'a str {
        if tag == Tag::Added {
            &self.change.after
        } else {
            &self.change.before
        }
    }

    /// Writes the diff; `show` turns a line, a byte range of the text that its tag names, into what
    /// stands for it.
    fn render(
        &self,
        palette: &Palette,
        transforms: &[&str],
        mut show: impl FnMut(Tag, Range<usize>) -> Cow<'a, str>,
    ) -> String {
        let mut out = String::new();
        if self.hunks.is_empty() {
            return out;
        }
        if palette.is_of_terminal && !transforms.is_empty() {
            line(
                &mut out,
                palette.transforms,
                &["# ", &transforms.join(", ")],
                "\n",
            );
        }
        for (sign, prefix) in [("---", "a/"), ("+++", "b/")] {
            line(
                &mut out,
                palette.name,
                &[sign, " ", &name::patch_name(prefix, &self.change.path)],
                "\n",
            );
        }
        for hunk in &self.hunks {
            let Region { before, after } = &hunk.region;
            let place = format!("@@ -{} +{} @@", extent(before), extent(after));
            let section = hunk.section.iter();
            let section = section.map(|range| format!(" {}", show(Tag::Context, range.clone())));
            let section: String = section.collect();
            line(&mut out, palette.place, &[&place], &section);
            out.push('\n');
            let lines = hunk.lines.iter();
            let lines = lines.map(|line| (line.tag, show(line.tag, line.range.clone())));
            let lines: Vec<_> = lines.collect();
            let mut emphasized = match palette.is_of_terminal {
                true => emphasized(&lines),
                false => vec![None; lines.len()],
            };
            for ((tag, shown), emphasized) in lines.iter().zip(&mut emphasized) {
                let (sign, style) = match tag {
                    Tag::Context => (" ", Style::new()),
                    Tag::Removed => ("-", palette.removed),
                    Tag::Added => ("+", palette.added),
                };
                let body = body(shown);
                let end = &shown[body.len()..];
                match emphasized.take().filter(|range| !range.is_empty()) {
                    Some(range) => {
                        let (start, marked) = (range.start, range.end);
                        line(&mut out, style, &[sign, &body[..start]], "");
                        line(&mut out, style.invert(), &[&body[start..marked]], "");
                        line(&mut out, style, &[&body[marked..]], end);
                    }
                    None => line(&mut out, style, &[sign, body], end),
                }
                if !end.ends_with('\n') {
                    out.push_str(NO_NEWLINE);
                }
            }
        }
        out
    }
}
