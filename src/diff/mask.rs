//! What of a diff may be shown.

use std::borrow::Cow;
use std::ops::Range;

use syntax::visible;

use super::FileDiff;
use super::hunk::Tag;
use crate::redact::{self, Known};

/// What makes the lines of a diff fit to be looked at.
pub(super) struct Mask {
    /// The secrets of the text before.
    before: Vec<Range<usize>>,
    /// The secrets of the text after.
    after: Vec<Range<usize>>,
    pub(super) masked: bool,
    pub(super) escaped: bool,
}

impl Mask {
    pub(super) fn new(diff: &FileDiff<'_>) -> Self {
        let texts = [&diff.change.before, &diff.change.after];
        let [before, after] = match diff.known {
            Some((known, Some(number))) => {
                [0, 1].map(|side| known.secrets_of(2 * number + side, texts[side]))
            }
            Some((known, None)) => texts.map(|text| known.secrets(text)),
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
    pub(super) fn line<'t>(
        &mut self,
        text: &'t str,
        tag: Tag,
        range: Range<usize>,
    ) -> Cow<'t, str> {
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
