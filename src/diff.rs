//! The unified diff of one change: what `git diff` writes without its `diff --git` line, which both
//! `git apply` and `patch -p1` read for every name a file can have.

mod emphasis;
mod name;
pub mod regions;
pub mod rows;
mod section;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt::Write as _, ops::Range};

use anstyle::{AnsiColor, Style};
use engine::plan::FileChange;
use syntax::visible;

use crate::redact::{self, Known};
use regions::{Lines, Region};

/// Unchanged lines kept on either side of a hunk: as many as git and diff keep.
const CONTEXT: usize = 3;

/// What git, diff and patch write below a last line that has no newline.
const NO_NEWLINE: &str = "\n\\ No newline at end of file\n";

/// The hunks that lead from a file's text before to its text after; none where both are equal.
pub struct FileDiff<'a> {
    change: &'a FileChange,
    /// What is known to be secret, whatever it is called, and which of the changes that tell of it this is.
    known: Option<(&'a Known, usize)>,
    /// The transforms that change the file.
    transforms: Vec<&'static str>,
    hunks: Vec<Hunk>,
}

/// Changed lines that stand close together, and the lines around them.
struct Hunk {
    /// The lines covered, before and after, counted from 0.
    region: Region,
    /// What it stands in: ranges of the text before.
    section: Vec<Range<usize>>,
    lines: Vec<HunkLine>,
}

/// One line of a hunk: a byte range of the text that its tag names, its newline included.
struct HunkLine {
    tag: Tag,
    range: Range<usize>,
}

/// Which text a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    /// Both; the range is one of the text before.
    Context,
    /// The text before only.
    Removed,
    /// The text after only.
    Added,
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
    /// texts before and after, of which this is the one at `number`.
    pub fn hiding(self, known: &'a Known, number: usize) -> Self {
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

/// What makes the lines of a diff fit to be looked at.
struct Mask {
    /// The secrets of the text before.
    before: Vec<Range<usize>>,
    /// The secrets of the text after.
    after: Vec<Range<usize>>,
    masked: bool,
    escaped: bool,
}

impl Mask {
    fn new(diff: &FileDiff<'_>) -> Self {
        let texts = [&diff.change.before, &diff.change.after];
        let [before, after] = match diff.known {
            Some((known, number)) => {
                [0, 1].map(|side| known.secrets_of(2 * number + side, texts[side]))
            }
            None => texts.map(|text| Known::default().secrets(text)),
        };
        Self {
            before,
            after,
            masked: false,
            escaped: false,
        }
    }

    /// What stands for a line of `text`, which is the one that `tag` names.
    fn line<'t>(&mut self, text: &'t str, tag: Tag, range: Range<usize>) -> Cow<'t, str> {
        let spans = match tag {
            Tag::Added => &self.after,
            Tag::Context | Tag::Removed => &self.before,
        };
        let starts_the_file = range.start == 0;
        let line = redact::shown(text, range, spans);
        self.masked |= matches!(line, Cow::Owned(_));
        // A byte order mark is one only there; escaping it would spoil the patch for nothing.
        let bom = line.starts_with('\u{feff}') && starts_the_file;
        let (bom, rest) = line.split_at(if bom { '\u{feff}'.len_utf8() } else { 0 });
        match visible::lines(rest) {
            Cow::Borrowed(_) => line,
            Cow::Owned(clean) => {
                self.escaped = true;
                Cow::Owned(format!("{bom}{clean}"))
            }
        }
    }
}

/// The hunks of regions in which the texts of a change differ: of all, or of some as if there were no
/// others.
fn hunks(
    regions: &[Region],
    change: &FileChange,
    (before, after): (&Lines<'_>, &Lines<'_>),
) -> Vec<Hunk> {
    // Nearer than that, the lines kept around two regions would touch: one hunk, as git has it.
    let close = |a: &Region, b: &Region| b.before.start - a.before.end <= 2 * CONTEXT;
    let hunks = regions.chunk_by(close);
    let mut hunks: Vec<Hunk> = hunks
        .map(|regions| Hunk::new(regions, before, after))
        .collect();
    let starts: Vec<usize> = hunks.iter().map(Hunk::first_change).collect();
    let sections = section::enclosing(&change.path, &change.before, before, &starts);
    for (hunk, section) in hunks.iter_mut().zip(sections) {
        hunk.section = section;
    }
    let (mut added, mut removed) = (0, 0);
    for hunk in &mut hunks {
        let count = |tag| hunk.lines.iter().filter(|line| line.tag == tag).count();
        let kept = count(Tag::Context) + count(Tag::Added);
        let start = hunk.region.before.start + added - removed;
        added += count(Tag::Added);
        removed += count(Tag::Removed);
        hunk.region.after = start..start + kept;
    }
    hunks
}

/// A line without its end.
fn body(line: &str) -> &str {
    let body = line.trim_end_matches('\n');
    body.strip_suffix('\r').unwrap_or(body)
}

/// Of each line of a hunk, what differs from the line that it stands for.
fn emphasized(lines: &[(Tag, Cow<'_, str>)]) -> Vec<Option<Range<usize>>> {
    let mut all = Vec::with_capacity(lines.len());
    let mut rest = lines;
    while let Some((first, _)) = rest.first() {
        if *first != Tag::Removed {
            all.push(None);
            rest = &rest[1..];
            continue;
        }
        let run = |lines: &[(Tag, Cow<'_, str>)], tag| {
            lines.iter().take_while(|(other, _)| *other == tag).count()
        };
        let (removed, behind) = rest.split_at(run(rest, Tag::Removed));
        let (added, behind) = behind.split_at(run(behind, Tag::Added));
        let removed_texts: Vec<&str> = removed.iter().map(|(_, text)| body(text)).collect();
        let added_texts: Vec<&str> = added.iter().map(|(_, text)| body(text)).collect();
        let changed = emphasis::changed(&removed_texts, &added_texts);
        all.extend((0..removed.len()).map(|at| changed[at].clone().map(|(before, _)| before)));
        all.extend((0..added.len()).map(|at| changed[at].clone().map(|(_, after)| after)));
        rest = behind;
    }
    all
}

impl Hunk {
    /// The line of the text before at which the first change stands.
    fn first_change(&self) -> usize {
        let lines = self.lines.iter();
        let context = lines.take_while(|line| line.tag == Tag::Context);
        self.region.before.start + context.count()
    }

    /// The hunk around `regions`, which are at least one and close together.
    fn new(regions: &[Region], before: &Lines, after: &Lines) -> Self {
        let (first, last) = (&regions[0], &regions[regions.len() - 1]);
        let lead = CONTEXT.min(first.before.start);
        let tail = CONTEXT.min(before.len() - last.before.end);
        let region = Region {
            before: first.before.start - lead..last.before.end + tail,
            // What that is, all hunks before tell.
            after: 0..0,
        };
        let mut lines =
            Vec::with_capacity(region.before.len() + last.after.end - first.after.start);
        let mut push = |tag, text: &Lines, range: Range<usize>| {
            lines.extend(range.map(|line| HunkLine {
                tag,
                range: text.range(line),
            }));
        };
        let mut shown = region.before.start;
        for change in regions {
            push(Tag::Context, before, shown..change.before.start);
            push(Tag::Removed, before, change.before.clone());
            push(Tag::Added, after, change.after.clone());
            shown = change.before.end;
        }
        push(Tag::Context, before, shown..region.before.end);
        let section = Vec::new();
        Self {
            region,
            section,
            lines,
        }
    }
}

/// The styles of a diff's lines.
struct Palette {
    transforms: Style,
    name: Style,
    place: Style,
    removed: Style,
    added: Style,
    /// Whether the diff is for a terminal: it names the transforms of each file, and shows what differs
    /// inside of lines.
    is_of_terminal: bool,
}

impl Palette {
    /// No style at all.
    const PLAIN: Self = Self {
        transforms: Style::new(),
        name: Style::new(),
        place: Style::new(),
        removed: Style::new(),
        added: Style::new(),
        is_of_terminal: false,
    };
    /// The colours that git uses by default.
    const GIT: Self = Self {
        transforms: Style::new().dimmed(),
        name: Style::new().bold(),
        place: AnsiColor::Cyan.on_default(),
        removed: AnsiColor::Red.on_default(),
        added: AnsiColor::Green.on_default(),
        is_of_terminal: true,
    };
}

/// Writes one line; the style ends before the line does, so that a carriage return stays next to
/// its newline.
fn line(out: &mut String, style: Style, parts: &[&str], end: &str) {
    let _ = write!(out, "{style}");
    out.extend(parts.iter().copied());
    let _ = write!(out, "{style:#}");
    out.push_str(end);
}

/// Lines counted from 0 as a hunk header counts them: from 1, the length left out where it is 1,
/// and an empty range named by the line before it.
fn extent(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        n => format!("{},{n}", lines.start + 1),
    }
}
