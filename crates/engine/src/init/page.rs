//! The text of a configuration while it is written, and how locations are shown in it.

use std::collections::BTreeSet;

use syntax::location::Location;
use syntax::visible;

/// Columns of comments.
const WIDTH: usize = 100;

/// Locations that are shown; more are counted.
const PLACES: usize = 2;

/// What is written so far.
#[derive(Default)]
pub(super) struct Page {
    pub text: String,
    pub found: Vec<String>,
    pub open: Vec<(usize, String)>,
}

impl Page {
    /// A line of configuration.
    pub fn line(&mut self, line: &str) {
        self.text += line;
        self.text += "\n";
    }

    /// A comment, broken into lines.
    pub fn comment(&mut self, text: &str) {
        self.wrapped(text, "#", "#");
    }

    /// An item of a list in a comment.
    pub fn item(&mut self, text: &str) {
        self.wrapped(text, "#  ", "#   ");
    }

    fn wrapped(&mut self, text: &str, first: &str, next: &str) {
        let text = plain(text);
        let mut line = first.to_owned();
        let mut is_begun = false;
        for word in text.split(' ') {
            if is_begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line);
                next.clone_into(&mut line);
            }
            is_begun = true;
            line += " ";
            line += word;
        }
        self.line(&line);
    }

    /// Commented lines for the user to fill in.
    pub fn fill_in(&mut self, lines: &str, what: String) {
        let number = 1 + self.text.lines().count();
        self.open.push((number, what));
        self.commented(lines);
    }

    /// Lines of configuration that are commented out.
    pub fn commented(&mut self, lines: &str) {
        for line in lines.lines() {
            self.line(&format!("# {line}"));
        }
    }
}

/// Whether it is the name of a bucket and not an expression.
pub(super) fn is_bucket(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "._-".contains(it))
}

/// `1 bucket`, `2 buckets`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{end}")
}

/// Locations, as a list with the first few of them.
pub(super) fn places<'p>(places: impl IntoIterator<Item = &'p Location>) -> String {
    let mut seen = BTreeSet::new();
    let places: Vec<(String, usize)> = places
        .into_iter()
        // Several ids in one line are one place for a reader.
        .filter(|at| seen.insert((&at.path, at.line)))
        .map(|at| (plain(&at.path.to_string_lossy()), at.line))
        .collect();
    let more = places.len().saturating_sub(PLACES);
    let named = places.iter().take(PLACES);
    let named: Vec<_> = named.map(|(path, line)| format!("{path}:{line}")).collect();
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// A text of the repository for a comment.
pub(super) fn plain(text: &str) -> String {
    visible::line(text).into_owned()
}
