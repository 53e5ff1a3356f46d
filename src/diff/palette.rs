//! How a diff looks on a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

/// The styles of a diff's lines.
pub(super) struct Palette {
    pub(super) transforms: Style,
    pub(super) name: Style,
    pub(super) place: Style,
    pub(super) removed: Style,
    pub(super) added: Style,
    /// Whether the diff is for a terminal: it names the transforms of each file, and shows what differs
    /// inside of lines.
    pub(super) is_of_terminal: bool,
}

impl Palette {
    /// No style at all.
    pub(super) const PLAIN: Self = Self {
        transforms: Style::new(),
        name: Style::new(),
        place: Style::new(),
        removed: Style::new(),
        added: Style::new(),
        is_of_terminal: false,
    };
    /// The colours that git uses by default.
    pub(super) const GIT: Self = Self {
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
pub(super) fn line(out: &mut String, style: Style, parts: &[&str], end: &str) {
    let _ = write!(out, "{style}");
    out.extend(parts.iter().copied());
    let _ = write!(out, "{style:#}");
    out.push_str(end);
}
