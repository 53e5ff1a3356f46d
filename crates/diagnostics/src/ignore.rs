//! Comments that suppress findings: `# tfkeyless: ignore[ID, ..] reason`.

use std::ops::Range;
use std::path::Path;

use crate::skip::Skip;
use syntax::hcl::{Attribute, Document};
use syntax::location::Location;

/// What such a comment begins with, behind its `#` or `//`.
pub const MARK: &str = "tfkeyless:";

/// The id of findings about these comments, and the word that follows the mark.
pub const ID: &str = "ignore";

/// A comment `# tfkeyless: ignore[ID, ..] reason`, for its own line and the one below.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ignore {
    /// Where it begins.
    pub at: Location,
    /// The transforms that it names, known or not.
    pub ids: Vec<String>,
    /// Its bytes in the file, as start and end.
    span: (usize, usize),
}

impl Ignore {
    /// Whether a comment suppresses a transform's findings at `offset` of a document.
    pub fn keeps(document: &Document, offset: usize, transform: &str) -> bool {
        let ignores = Self::all(document.path(), document.source());
        !ignores.is_empty() && {
            let at = document.location(offset);
            ignores.iter().any(|ignore| ignore.covers(transform, &at))
        }
    }

    /// Whether a comment suppresses a transform's findings about a setting.
    pub fn keeps_setting(setting: &Attribute<'_>, transform: &str) -> bool {
        Self::keeps(setting.value.document(), setting.span().start, transform)
    }

    /// Those of a text. In JSON the value of a `"//"` property is a comment.
    pub fn all(path: &Path, text: &str) -> Vec<Self> {
        let found = memchr::memmem::find_iter(text.as_bytes(), MARK);
        found.filter_map(|at| Self::at(path, text, at)).collect()
    }

    fn at(path: &Path, text: &str, start: usize) -> Option<Self> {
        let before = text[..start].lines().next_back().unwrap_or_default();
        let line = text[start..].lines().next().unwrap_or_default();
        let word = line[MARK.len()..].trim_start().strip_prefix(ID)?;
        // In JSON the comment is a property called `//`: Terraform's page "JSON Configuration Syntax".
        let is_comment = before.contains('#') || before.contains("//");
        let ids = word.trim_start().strip_prefix('[');
        let ids = ids.and_then(|ids| ids.split_once(']'));
        let ids = ids.map_or("", |(ids, _)| ids).split(',').map(str::trim);
        is_comment.then(|| Self {
            at: Location::at(path, text, start),
            ids: ids.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            span: (start, start + line.len()),
        })
    }

    /// Whether it suppresses a transform's findings at a location.
    pub fn covers(&self, transform: &str, at: &Location) -> bool {
        // Behind the code, or on the line above it, as with other linters.
        let is_near = self.at.line == at.line || self.at.line + 1 == at.line;
        self.at.path == at.path && is_near && self.ids.iter().any(|id| id == transform)
    }

    /// What is reported as skipped because of it.
    pub fn skip(&self) -> Skip {
        Skip {
            path: self.at.path.clone(),
            line: Some(self.at.line),
            reason: format!("is left to a comment: ignore[{}]", self.ids.join(", ")),
        }
    }

    /// Its bytes in the file.
    pub fn range(&self) -> Range<usize> {
        self.span.0..self.span.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<Vec<String>> {
        let all = Ignore::all(Path::new("main.tf"), text);
        all.into_iter().map(|ignore| ignore.ids).collect()
    }

    #[test]
    fn comments_name_transforms() {
        assert_eq!(
            ids("a = 1 # tfkeyless: ignore[one] why\n// tfkeyless:ignore[one, two]\n"),
            [vec!["one"], vec!["one", "two"]]
        );
        assert_eq!(
            ids("\"//\": \"tfkeyless: ignore[one] why\",\n"),
            [vec!["one"]]
        );
        assert_eq!(ids("# tfkeyless: ignore one\n"), [Vec::<String>::new()]);
        let others = "x = \"tfkeyless: ignore[one]\"\n# tfkeyless: see the page\n";
        assert!(ids(others).is_empty());
    }

    #[test]
    fn one_is_for_its_line_and_the_next() {
        let text = "\r\n  # tfkeyless: ignore[one] why\r\nx\r\n";
        let all = Ignore::all(Path::new("main.tf"), text);
        let covered = |line, transform| {
            let path = "main.tf".into();
            let at = Location {
                path,
                line,
                column: 1,
            };
            all[0].covers(transform, &at)
        };
        assert_eq!(all[0].at.column, 5);
        assert_eq!(&text[all[0].range()], "tfkeyless: ignore[one] why");
        assert_eq!(
            [1, 2, 3, 4].map(|line| covered(line, "one")),
            [false, true, true, false]
        );
        assert!(!covered(2, "two"));
    }
}
