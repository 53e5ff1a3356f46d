//! Which releases of the AWS provider each release of a registry module requires.

use std::collections::HashMap;
use std::sync::LazyLock;

use terraform::constraint::{Bounds, Version};

use super::call::RegistryCall;

/// The rows. Their header says what the columns mean.
const ROWS: &str = include_str!("requirements.tsv");

/// A change of what a module requires, from one of its releases on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RequirementRow {
    from: Version,
    provider: Bounds,
}

/// The rows of every module, newest first.
static MODULES: LazyLock<HashMap<&'static str, Vec<RequirementRow>>> = LazyLock::new(|| {
    let mut modules: HashMap<_, Vec<_>> = HashMap::new();
    for (source, row) in rows() {
        modules.entry(source).or_default().insert(0, row);
    }
    modules
});

/// The releases of the provider that the newest admitted release of a module accepts; `None` where
/// they are not known.
pub fn required_provider(call: &RegistryCall) -> Option<Bounds> {
    let admitted = call.admitted()?;
    let rows = MODULES.get(call.module.as_str())?;
    let row = rows.iter().find(|row| !admitted.is_below(&row.from))?;
    Some(row.provider.clone())
}

fn rows() -> impl Iterator<Item = (&'static str, RequirementRow)> {
    let lines = ROWS.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(parse)
}

/// Reads a line; `None` where it is not as the header says.
fn parse(line: &'static str) -> Option<(&'static str, RequirementRow)> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [source, from, needs, below] = columns.as_slice() else {
        return None;
    };
    let from = Version::parse(from).ok()?;
    let below = match *below {
        "-" => None,
        below => Some(Version::parse(below).ok()?),
    };
    let provider = Bounds::new(Version::parse(needs).ok()?, below)?;
    Some((source, RequirementRow { from, provider }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::table::{self, ReleaseFact};

    #[test]
    fn every_row_is_read_and_stands_in_order() {
        let lines = ROWS.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.clone().count(), rows().count());
        let rows: Vec<_> = rows().collect();
        for pair in rows.windows(2) {
            let [(source, row), (next, later)] = [&pair[0], &pair[1]];
            assert!(
                source < next || source == next && row.from < later.from,
                "{later:?}"
            );
        }
        for source in table::sources() {
            assert!(MODULES.contains_key(source), "{source}");
        }
    }

    /// The releases from each row on: an exact call of its first one.
    #[test]
    fn the_tables_of_the_majors_say_what_the_releases_require() {
        for (source, row) in rows() {
            let facts = table::rows(source).unwrap();
            for major in table::majors() {
                let of_major = Version::new(major, 0, 0);
                let is_excluded = facts.iter().any(|fact| match &fact.fact {
                    ReleaseFact::Excludes(releases) => {
                        fact.major <= major && releases.contains(&row.from)
                    }
                    _ => false,
                });
                assert_eq!(
                    is_excluded,
                    row.provider.is_below(&of_major),
                    "{source} {row:?}"
                );
                let requires = facts.iter().any(|fact| match &fact.fact {
                    ReleaseFact::Requires(from) => fact.major > major && *from <= row.from,
                    _ => false,
                });
                let next = Version::new(major + 1, 0, 0);
                let is_beyond = row.provider.starts_at_or_above(&next);
                assert_eq!(requires, is_beyond, "{source} {row:?}");
            }
        }
    }
}
