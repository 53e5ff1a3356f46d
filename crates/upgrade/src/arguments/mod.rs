//! What a major of the AWS provider does to the code of a module, from the tables of what is known.

mod breaks;
mod change;
mod condition;
mod convert;
mod fact;
mod ignored;
mod in_block;
mod known;
mod places;
mod read;
mod references;
mod table;

pub use breaks::Breaks;
pub use change::{ArgumentChange, changes};
pub use fact::{Fact, facts, near, page};

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

    /// The rows that matter for a type, newest major first: what a later one says of the same place
    /// stands for both.
    fn rows(self, kind: table::BlockType, of: &str) -> Vec<&'static table::Row> {
        let mut found: Vec<&'static table::Row> = Vec::new();
        for (major, table) in table::MAJORS.iter().rev() {
            let is_passed = self.from < *major && *major <= self.to;
            let is_behind = *major <= self.from;
            let rows = table.rows(kind, of).iter();
            let rows = rows.filter(|row| is_passed || is_behind && row.fails);
            let new: Vec<_> = rows
                .filter(|row| found.iter().all(|later| !later.is_same(row)))
                .collect();
            found.extend(new);
        }
        found
    }
}

/// Whether a row leads through the block at `path` in the blocks of a type: what JSON does not tell
/// from an argument.
pub fn is_block(word: &str, of: &str, path: &str) -> bool {
    let kinds = [table::BlockType::Resource, table::BlockType::Data];
    let Some(kind) = kinds.into_iter().find(|kind| kind.word() == word) else {
        return false;
    };
    let leads = |row: &table::Row| {
        let mut paths = row.paths.iter();
        paths.any(|it| it.strip_prefix(path).is_some_and(|it| it.starts_with('.')))
    };
    let mut majors = table::MAJORS.iter();
    majors.any(|(_, table)| table.rows(kind, of).iter().any(leads))
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::hcl::Document;

    /// Whether the path leads somewhere in JSON that nests objects along it.
    fn leads(word: &str, of: &str, path: &str) -> bool {
        let nested = path.rsplit('.').fold("1".to_owned(), |inner, name| {
            format!("{{\"{name}\": {inner}}}")
        });
        let json = format!("{{\"{word}\": {{\"{of}\": {{\"x\": {nested}}}}}}}");
        let document = Document::of_json("main.tf.json".into(), json, is_block).unwrap();
        let block = document.blocks(word).next().unwrap();
        !places::places(&block, path).is_empty()
    }

    #[test]
    fn every_path_of_the_tables_leads_through_json() {
        for (_, table) in &table::MAJORS {
            for (kind, of, row) in table.all() {
                for path in row
                    .paths
                    .iter()
                    .filter(|_| kind != table::BlockType::Provider)
                {
                    assert!(leads(kind.word(), of, path), "{of}: {path}");
                }
            }
        }
        assert!(!leads("resource", "aws_x", "tags.a"), "a map is no block");
    }
}
