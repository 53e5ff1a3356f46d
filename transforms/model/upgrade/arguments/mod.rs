//! What a major of the AWS provider does to the code of a module, from the tables of what is known.

mod breaks;
mod change;
mod condition;
mod convert;
mod fact;
mod in_block;
mod known;
mod places;
mod read;
mod references;
mod table;

pub use breaks::Breaks;
pub use change::{Change, changes};
pub use fact::{Fact, facts};

/// The transform that makes the changes and speaks of them.
pub const ID: &str = "upgrade_arguments";

/// Which majors of the provider a module passes with its upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossing {
    /// The major that it is on today.
    pub from: u64,
    /// The major of the configured target, `from` where the module is there already.
    pub to: u64,
}

impl Crossing {
    /// Whether the module is where it should be: only what fails there is looked for.
    pub fn is_there(self) -> bool {
        self.from >= self.to
    }

    /// The rows that matter for a type, oldest major first.
    fn rows(self, kind: table::Kind, of: &str) -> Vec<&'static table::Row> {
        let mut found = Vec::new();
        for (major, table) in &table::MAJORS {
            let is_passed = self.from < *major && *major <= self.to;
            let is_behind = *major <= self.from;
            let is_next = *major == self.to + 1 && !self.is_there();
            found.extend(
                table
                    .rows(kind, of)
                    .iter()
                    .filter(|row| is_passed || is_behind && row.fails || is_next && row.early),
            );
        }
        found
    }
}
