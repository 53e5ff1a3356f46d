//! The differences that are known, as `--expect FILE` lists them.
//!
//! A line is `ROOT: ACTION ADDRESS`, as `verify` itself prints a change: the directory of the root module,
//! `.` for the repository's root. An entry counts in every variant of its root module. Empty lines and
//! lines that begin with `#` are comments.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use syntax::visible;

use super::plan_output::PlannedChange;
use crate::whole_file;

/// What a plan may do.
const ACTIONS: [&str; 7] = [
    "create", "update", "replace", "delete", "import", "move", "forget",
];

/// The list.
#[derive(Debug, Default)]
pub struct Expected {
    entries: Vec<ExpectedChange>,
}

#[derive(Debug)]
struct ExpectedChange {
    line: usize,
    text: String,
    is_used: AtomicBool,
}

impl Expected {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or a line is no entry.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = whole_file::text(path)?;
        Self::parse(&text).with_context(|| visible::path(path))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut entries = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let text = line.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let is_entry = |(at, _): (usize, &str)| {
                let mut words = text[at + 2..].splitn(2, ' ');
                let action = words.next().unwrap_or_default();
                ACTIONS.contains(&action) && words.next().is_some()
            };
            // A directory may have `: ` in its name.
            if !text.match_indices(": ").any(is_entry) {
                bail!(
                    "line {} is not `ROOT: ACTION ADDRESS`, where the action is one of {}",
                    at + 1,
                    ACTIONS.join(", ")
                );
            }
            entries.push(ExpectedChange {
                line: at + 1,
                text: text.to_owned(),
                is_used: AtomicBool::new(false),
            });
        }
        Ok(Self { entries })
    }

    /// Whether a change of a root module is listed.
    pub fn has(&self, directory: &Path, change: &PlannedChange) -> bool {
        let text = entry(directory, change);
        let entries = self.entries.iter().filter(|entry| entry.text == text);
        let mut is_listed = false;
        for entry in entries {
            entry.is_used.store(true, Ordering::Relaxed);
            is_listed = true;
        }
        is_listed
    }

    /// The entries that no change matched: line and text.
    pub fn unused(&self) -> Vec<(usize, &str)> {
        let entries = self.entries.iter();
        let unused = entries.filter(|entry| !entry.is_used.load(Ordering::Relaxed));
        unused
            .map(|entry| (entry.line, entry.text.as_str()))
            .collect()
    }
}

/// A change as an entry of the list.
pub fn entry(directory: &Path, change: &PlannedChange) -> String {
    let address = visible::line(&change.address);
    format!("{}: {} {address}", root_name(directory), change.action)
}

/// A root module as people read it.
pub fn root_name(directory: &Path) -> String {
    match directory.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => visible::path(directory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: &str, address: &str) -> PlannedChange {
        PlannedChange {
            address: address.to_owned(),
            action: action.to_owned(),
        }
    }

    #[test]
    fn an_entry_matches_its_root_action_and_address_and_nothing_else() {
        let text =
            "# why\n\nenvs/dev: update aws_x.y[\"a b\"]\n.: create output.o\na: b: delete m.n\n";
        let expected = Expected::parse(text).unwrap();
        let dev = Path::new("envs/dev");
        assert!(expected.has(dev, &change("update", "aws_x.y[\"a b\"]")));
        assert!(!expected.has(dev, &change("replace", "aws_x.y[\"a b\"]")));
        assert!(!expected.has(dev, &change("update", "aws_x.y")));
        assert!(!expected.has(Path::new("envs"), &change("update", "aws_x.y[\"a b\"]")));
        assert!(expected.has(Path::new("a: b"), &change("delete", "m.n")));
        assert_eq!(expected.unused(), [(4, ".: create output.o")]);
        assert!(expected.has(Path::new(""), &change("create", "output.o")));
        assert_eq!(expected.unused(), []);
    }

    #[test]
    fn a_line_that_is_no_entry_is_refused_with_its_number() {
        for text in [
            "envs/dev update a.b",
            "envs/dev: change a.b",
            "x\n",
            "dev: update",
        ] {
            let error = Expected::parse(&format!("# c\n{text}"))
                .unwrap_err()
                .to_string();
            assert!(error.contains("line 2 is not"), "{text}: {error}");
        }
    }
}
