//! Comments that suppress findings: `# tfkeyless: ignore[ID, ..] reason`.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use crate::finding::Finding;
use crate::skip::Skip;
use syntax::hcl::{Attribute, Document};
use syntax::location::Location;
use syntax::text::{Lines, line_end, line_start};

/// What such a comment begins with, behind its `#` or `//`.
pub const MARK: &str = "tfkeyless:";

/// The id of findings about these comments, and the word that follows the mark.
pub const ID: &str = "ignore";

/// A comment `# tfkeyless: ignore[ID, ..] reason`, for its own line and the one below, which is that of
/// the code where more comments follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ignore {
    /// Where it begins.
    pub at: Location,
    /// The transforms that it names, known or not.
    pub ids: Vec<String>,
    /// Its bytes in the file, as start and end.
    span: (usize, usize),
    /// The last of the lines of comments that it begins, or its own.
    last_line: usize,
}

impl Ignore {
    /// Whether a comment suppresses a transform's findings at `offset` of a document.
    pub fn keeps(document: &Document, offset: usize, transform: &str) -> bool {
        let marks = document.marks(MARK);
        let offset = document.json().map_or(offset, |json| json.origin(offset));
        !marks.is_empty() && Self::is_near(document.source(), marks, offset, transform)
    }

    /// Whether a comment that names the transform stands within a range of a document.
    pub fn keeps_within(document: &Document, range: &Range<usize>, transform: &str) -> bool {
        let marks = document.marks(MARK);
        let first = marks.partition_point(|at| *at < range.start);
        let within = marks[first..].iter().take_while(|at| **at < range.end);
        let mut within = within.filter_map(|at| ids(document.source(), *at));
        document.json().is_none() && within.any(|(ids, _)| ids.iter().any(|id| id == transform))
    }

    /// The same in another text.
    pub fn keeps_in(text: &str, offset: usize, transform: &str) -> bool {
        let near = nearby(text, offset);
        let marks = memchr::memmem::find_iter(text[near.clone()].as_bytes(), MARK);
        let marks: Vec<usize> = marks.map(|at| near.start + at).collect();
        Self::is_near(text, &marks, offset, transform)
    }

    /// Whether one of the comments at `marks`, in order, is for the line of `offset` and names the
    /// transform.
    fn is_near(text: &str, marks: &[usize], offset: usize, transform: &str) -> bool {
        // Only the lines around are looked at: there may be as many comments as findings.
        let near = nearby(text, offset);
        let first = marks.partition_point(|at| *at < near.start);
        let marks = marks[first..].iter().take_while(|at| **at < near.end);
        let mut ids = marks.filter_map(|at| ids(text, *at));
        ids.any(|(ids, _)| ids.iter().any(|id| id == transform))
    }

    /// Whether a comment suppresses a transform's findings about a setting.
    pub fn keeps_setting(setting: &Attribute<'_>, transform: &str) -> bool {
        Self::keeps(setting.value.document(), setting.span().start, transform)
    }

    /// Those of a text. In JSON the value of a `"//"` property is a comment.
    pub fn all(path: &Path, text: &str) -> Vec<Self> {
        let lines = OnceCell::new();
        // Comments beside each other have the same last line, which is looked for once.
        let mut counted_to = 0;
        let found = memchr::memmem::find_iter(text.as_bytes(), MARK);
        let found = found.filter_map(|at| {
            let (ids, end) = ids(text, at)?;
            let lines = lines.get_or_init(|| Lines::of(text));
            let location = Location::among(lines, path, text, at);
            let is_alone = is_comment_line(&text[line_start(text, at)..]);
            if is_alone && location.line > counted_to {
                let below = text[end..].lines().skip(1);
                let below = below.take_while(|line| is_comment_line(line)).count();
                counted_to = location.line + below;
            }
            Some(Self {
                last_line: if is_alone { counted_to } else { location.line },
                at: location,
                ids,
                span: (at, end),
            })
        });
        found.collect()
    }

    /// Whether it suppresses a transform's findings at a location.
    pub fn covers(&self, transform: &str, at: &Location) -> bool {
        // Behind the code, or on the line above it, as with other linters.
        let is_near = (self.at.line..=self.last_line + 1).contains(&at.line);
        self.at.path == at.path && is_near && self.ids.iter().any(|id| id == transform)
    }

    /// Whether it suppresses a finding: at its place, or in the code that it is about.
    pub fn suppresses(&self, finding: &Finding) -> bool {
        let is_within = self.at.path == finding.at.path && finding.range.contains(&self.span.0);
        let is_named = self.ids.iter().any(|id| id == finding.transform);
        self.covers(finding.transform, &finding.at) || is_within && is_named
    }

    /// What is reported as skipped because of it.
    pub fn skip(&self) -> Skip {
        Skip {
            path: self.at.path.clone(),
            line: Some(self.at.line),
            reason: format!("has an ignore comment: ignore[{}]", self.ids.join(", ")),
        }
    }

    /// Its bytes in the file.
    pub fn range(&self) -> Range<usize> {
        self.span.0..self.span.1
    }
}

/// Comments by their files, so that those for a finding are found without asking each.
pub struct Ignores<'i>(HashMap<&'i Path, Vec<&'i Ignore>>);

impl<'i> Ignores<'i> {
    /// These, which a file has in the order of its text once they are sorted.
    pub fn of(all: impl IntoIterator<Item = &'i Ignore>) -> Self {
        let mut by_file: HashMap<&Path, Vec<&Ignore>> = HashMap::new();
        for ignore in all {
            by_file.entry(&ignore.at.path).or_default().push(ignore);
        }
        for ignores in by_file.values_mut() {
            ignores.sort_by_key(|it| it.span);
        }
        Self(by_file)
    }

    /// Those that suppress a finding.
    pub fn suppressing<'s>(
        &'s self,
        finding: &'s Finding,
    ) -> impl Iterator<Item = &'i Ignore> + 's {
        let own = self.0.get(finding.at.path.as_path());
        let own = own.map_or(&[][..], Vec::as_slice);
        let (line, range) = (finding.at.line, &finding.range);
        // Of comments in order the last lines are, too.
        let from = own.partition_point(|it| it.last_line + 1 < line);
        let near = own[from..].iter().take_while(move |it| it.at.line <= line);
        let from = own.partition_point(|it| it.span.0 < range.start);
        let within = own[from..].iter().take_while(|it| it.span.0 < range.end);
        let all = near.chain(within).copied();
        all.filter(|ignore| ignore.suppresses(finding))
    }
}

/// The line that holds `offset`, the one above it, and further ones above that are comments as it is.
fn nearby(text: &str, offset: usize) -> Range<usize> {
    let offset = offset.min(text.len());
    let mut start = line_start(text, line_start(text, offset).saturating_sub(1));
    while start > 0 && is_comment_line(&text[start..]) {
        let above = line_start(text, start - 1);
        if !is_comment_line(&text[above..]) {
            break;
        }
        start = above;
    }
    start..line_end(text, offset)
}

/// Whether a text begins with a line that is a comment as a whole.
fn is_comment_line(text: &str) -> bool {
    let line = text.trim_start_matches([' ', '\t']);
    line.starts_with(['#']) || line.starts_with("//") || line.starts_with("/*")
}

/// The ids that a comment names whose mark stands at `start`, and where its line ends; `None` where
/// that is no such comment.
fn ids(text: &str, start: usize) -> Option<(Vec<String>, usize)> {
    let before = &text[line_start(text, start)..start];
    let line = text[start..].lines().next().unwrap_or_default();
    let word = line[MARK.len()..].trim_start().strip_prefix(ID)?;
    // In JSON the comment is a property called `//`: Terraform's page "JSON Configuration Syntax".
    let is_comment = ["#", "//", "/*"].iter().any(|it| before.contains(it));
    let ids = word.trim_start().strip_prefix('[');
    let ids = ids.and_then(|ids| ids.split_once(']'));
    let ids = ids.map_or("", |(ids, _)| ids).split(',').map(str::trim);
    let ids = ids.filter(|id| !id.is_empty()).map(str::to_owned);
    is_comment.then(|| (ids.collect(), start + line.len()))
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
        assert_eq!(ids("/* tfkeyless: ignore[one] why */\n"), [vec!["one"]]);
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

    #[test]
    fn lines_of_comments_that_follow_lead_to_the_code_below() {
        for (above, below) in [
            ("", "# why\n// more\n"),
            ("// before\n", "  # why\n"),
            ("", ""),
        ] {
            let text = format!("{above}# tfkeyless: ignore[one]\n{below}code\ncode\n");
            let all = Ignore::all(Path::new("main.tf"), &text);
            let code = text.find("code").unwrap();
            for (offset, is_covered) in [(code, true), (code + 5, false)] {
                let at = Location::at("main.tf", &text, offset);
                assert_eq!(all[0].covers("one", &at), is_covered, "{text}");
                assert_eq!(Ignore::keeps_in(&text, offset, "one"), is_covered, "{text}");
            }
        }
        let behind = "code # tfkeyless: ignore[one]\n# why\nmore\n";
        let all = Ignore::all(Path::new("main.tf"), behind);
        let more = Location::at("main.tf", behind, behind.find("more").unwrap());
        assert!(!all[0].covers("one", &more));
    }
}
