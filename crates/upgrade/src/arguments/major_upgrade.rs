//! The majors of the provider that an upgrade goes through, and the rows that apply on the way.

use super::code::block_type::BlockType;
use super::table::MAJORS;
use super::table::row::Row;

/// The majors that a module goes through with its upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MajorUpgrade {
    /// The major in use.
    pub from: u64,
    /// The major of the configured constraint; `from` where the module is there already.
    pub to: u64,
    /// The newest major that a root module may run the code on: `to`, or the one that it is at beyond
    /// that.
    pub newest: u64,
}

impl MajorUpgrade {
    /// Whether the module uses the configured major already: only rows about what fails there
    /// apply.
    pub fn is_complete(self) -> bool {
        self.from >= self.to
    }

    /// Whether rows of a major apply, of those that fail on it or of the others: of the majors that
    /// the module uses already only what fails.
    pub(super) fn takes(self, major: u64, fails: bool) -> bool {
        let is_passed = self.from < major && major <= self.to;
        is_passed || major <= self.from && fails
    }

    /// The rows that apply to a type, newest major first. Of two rows that do the same to the same
    /// argument the later one applies: it was written for code of any older major.
    pub(super) fn rows(self, kind: BlockType, type_name: &str) -> Vec<&'static Row> {
        let mut found: Vec<&'static Row> = Vec::new();
        for (major, table) in MAJORS.iter().rev() {
            let rows = table.rows(kind, type_name).iter();
            let rows = rows.filter(|row| self.takes(*major, row.fails));
            let rows = rows.filter(|row| row.until.is_none_or(|until| self.newest < until));
            let new: Vec<_> = rows
                .filter(|row| found.iter().all(|later| !later.is_same(row)))
                .collect();
            found.extend(new);
        }
        found
    }
}
