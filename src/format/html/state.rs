//! What a finding asks for, on a page.

use diagnostics::finding::Finding;

/// What a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Work by hand.
    Manual,
    /// A look at its edits, which `--review` makes.
    Review,
    /// Nothing: its edits are made.
    Changed,
    /// Nothing: it is information.
    Note,
}

impl State {
    /// That of a finding.
    pub fn of(finding: &Finding) -> Self {
        match (finding.is_note, finding.applied, finding.edits.is_empty()) {
            (true, ..) => Self::Note,
            (_, true, _) => Self::Changed,
            (.., false) => Self::Review,
            (.., true) => Self::Manual,
        }
    }

    /// Its name in filters and styles.
    pub fn id(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Review => "review",
            Self::Changed => "changed",
            Self::Note => "note",
        }
    }
}
