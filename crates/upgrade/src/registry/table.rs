//! What is known of registry modules: one file of rows for each major of the provider, `aws_5.tsv`
//! and on. A new major is one file and one line of [`MAJORS`].

use std::collections::HashMap;
use std::sync::LazyLock;

use terraform::constraint::{Bounds, Version};

/// Text of which every source in the tables contains one: what files are searched for.
pub const SOURCES: [&str; 2] = ["terraform-aws-modules/", "unfunco/oidc-github/aws"];

/// The majors that have a table, oldest first, each with its rows. The header of `aws_5.tsv`
/// explains the columns.
const MAJORS: &[(u64, &str)] = &[
    (5, include_str!("aws_5.tsv")),
    (6, include_str!("aws_6.tsv")),
];

/// The rows of every module, by its source.
static MODULES: LazyLock<HashMap<&'static str, Vec<RegistryRow>>> = LazyLock::new(|| {
    let mut modules: HashMap<_, Vec<_>> = HashMap::new();
    for (major, line) in lines() {
        if let Some(row) = RegistryRow::parse(major, line) {
            modules.entry(row.source).or_default().push(row);
        }
    }
    modules
});

/// One fact of one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryRow {
    /// `NAMESPACE/NAME/PROVIDER`.
    pub source: &'static str,
    /// The major of the provider.
    pub major: u64,
    /// What the major means to some of the module's releases.
    pub fact: ReleaseFact,
}

/// How releases of a module get on with a major of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseFact {
    /// These require an older provider.
    Excludes(Bounds),
    /// These pass `terraform init` and fail `terraform validate`.
    Fails {
        /// The releases.
        releases: Bounds,
        /// The arguments that they fail by, where they are known.
        by: Option<&'static str>,
        /// The submodule that has them; `None` where it is the module itself.
        submodule: Option<&'static str>,
    },
    /// This release and every later one require the major or a later one.
    Requires(Version),
    /// The newest release that works with the major.
    Last(Version),
}

/// The rows of the module; `None` where the tables do not know it.
pub fn rows(source: &str) -> Option<&'static [RegistryRow]> {
    MODULES.get(source).map(Vec::as_slice)
}

/// Whether the tables know the module.
pub fn is_known(source: &str) -> bool {
    MODULES.contains_key(source)
}

/// The major of which all these releases of the provider are; `None` where they are of several or
/// of one before the tables. What a table says of a major holds for those behind it.
pub fn major(provider: &Bounds) -> Option<u64> {
    let major = provider.lower.major;
    let is_known = majors().next().is_some_and(|first| first <= major);
    (is_known && provider.is_within(&Bounds::of_major(major))).then_some(major)
}

/// The sources of all modules.
#[cfg(test)]
pub fn sources() -> impl Iterator<Item = &'static str> {
    MODULES.keys().copied()
}

/// The majors that have a table, oldest first.
pub fn majors() -> impl Iterator<Item = u64> {
    MAJORS.iter().map(|(major, _)| *major)
}

/// The newest major that has a table.
pub fn newest_major() -> u64 {
    majors().last().unwrap_or_default()
}

/// The lines of all tables, with their majors.
fn lines() -> impl Iterator<Item = (u64, &'static str)> {
    MAJORS.iter().flat_map(|(major, table)| {
        let lines = table.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| (*major, line))
    })
}

impl RegistryRow {
    /// Reads a line; `None` where it is not as the header of `aws_5.tsv` says.
    fn parse(major: u64, line: &'static str) -> Option<Self> {
        let columns: Vec<&str> = line.split('\t').collect();
        let (source, fact) = match columns.as_slice() {
            [source, "excludes", releases] => (source, ReleaseFact::Excludes(range(releases)?)),
            [source, "fails", releases, detail @ ..] if detail.len() <= 2 => {
                let fact = ReleaseFact::Fails {
                    releases: range(releases)?,
                    by: detail.first().copied(),
                    submodule: detail.get(1).copied(),
                };
                (source, fact)
            }
            [source, "requires", from] => {
                (source, ReleaseFact::Requires(Version::parse(from).ok()?))
            }
            [source, "last", release] => (source, ReleaseFact::Last(Version::parse(release).ok()?)),
            _ => return None,
        };
        Some(Self {
            source,
            major,
            fact,
        })
    }
}

/// `2.6.0 < 2.12.0`: the releases from the first on and below the second.
fn range(text: &str) -> Option<Bounds> {
    let (from, below) = text.split_once(" < ")?;
    Bounds::new(
        Version::parse(from).ok()?,
        Some(Version::parse(below).ok()?),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first release that the fact is about, to sort by.
    fn first(fact: &ReleaseFact) -> (u8, &Version) {
        match fact {
            ReleaseFact::Excludes(releases) => (0, &releases.lower),
            ReleaseFact::Fails { releases, .. } => (1, &releases.lower),
            ReleaseFact::Last(release) => (2, release),
            ReleaseFact::Requires(from) => (3, from),
        }
    }

    #[test]
    fn every_row_is_read_and_its_source_is_searched_for() {
        for (major, line) in lines() {
            let row = RegistryRow::parse(major, line).expect(line);
            let is_found = SOURCES.iter().any(|part| row.source.contains(part));
            assert!(is_found, "{line}");
        }
        for major in majors() {
            assert!(lines().any(|(of, _)| of == major), "{major}");
        }
    }

    #[test]
    fn rows_are_in_order_and_none_stands_twice() {
        let rows = lines().filter_map(|(major, line)| RegistryRow::parse(major, line));
        let rows: Vec<_> = rows.collect();
        for pair in rows.windows(2) {
            let [one, other] = [&pair[0], &pair[1]];
            let key = |row: &'_ RegistryRow| (row.major, row.source);
            let is_in_order = (key(one), first(&one.fact)) < (key(other), first(&other.fact));
            assert!(is_in_order, "{one:?} stands before {other:?}");
        }
    }

    #[test]
    fn a_line_of_another_shape_is_no_row() {
        for line in [
            "a/b/aws\texcludes\t1.0.0",
            "a/b/aws\texcludes\t2.0.0 < 1.0.0",
            "a/b/aws\tfails\t1.0.0 < 2.0.0\ta\tb\tc",
            "a/b/aws\trequires\tsix",
            "a/b/aws\tlast\t1.0.0\t5.0.0",
            "a/b/aws\tknows\t1.0.0",
            "a/b/aws requires 1.0.0",
        ] {
            assert_eq!(RegistryRow::parse(5, line), None, "{line}");
        }
    }
}
