//! What the tables say, in words: for `explain`, and for the tests of the tables.

use super::table::{Kind, MAJORS, Row, Rule};

/// What one row says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The major of the provider that it is about.
    pub major: u64,
    /// `resource`, `data` or `provider`.
    pub kind: &'static str,
    /// The type.
    pub of: String,
    /// The argument, block or attribute; empty for the type itself.
    pub path: String,
    /// What becomes of it.
    pub what: String,
    /// Whether the configuration fails on the major while it stands.
    pub fails: bool,
    /// Whether it is made, at least in some shapes, not left to a person.
    pub is_made: bool,
}

/// Everything that the tables say, by major, type and path.
pub fn facts() -> Vec<Fact> {
    let mut facts = Vec::new();
    for (major, table) in &MAJORS {
        let mut rows: Vec<_> = table.all().collect();
        rows.sort_by_key(|(kind, of, _)| (*kind, *of));
        for (kind, of, row) in rows {
            let paths = row.paths.iter().map(String::as_str);
            let whole = row.paths.is_empty().then_some("");
            facts.extend(
                paths
                    .chain(whole)
                    .map(|path| fact(*major, kind, of, path, row)),
            );
        }
    }
    facts
}

fn fact(major: u64, kind: Kind, of: &str, path: &str, row: &Row) -> Fact {
    let mut what = match &row.rule {
        Rule::Rename(to) => format!("becomes `{to}`"),
        Rule::Wrap { to, .. } => format!("joins the list `{to}`"),
        Rule::Delete(when) if when.is_empty() => "goes".to_owned(),
        Rule::Delete(when) => format!("goes where it is {}", when.join(" or ")),
        Rule::Refer(to) => format!("is read as `{to}`"),
        Rule::Index => "is a list: references get `[0]`".to_owned(),
        Rule::Bool => "becomes `false` where it is 0, `true` where it is 1".to_owned(),
        Rule::Pin(value) => format!("gets `{value}` where it is not set"),
        Rule::Convert(_) => "is converted".to_owned(),
        Rule::Person => "is left to a person".to_owned(),
        Rule::Missing => "is left to a person where it is not set".to_owned(),
        Rule::Gone => "is gone".to_owned(),
    };
    if row.review {
        what += ", with --review";
    }
    if let Some(since) = &row.since {
        what += &format!(", from {since} on");
    }
    if let Some(why) = &row.why {
        what += &format!(" ({why})");
    }
    Fact {
        major,
        kind: kind.word(),
        of: of.to_owned(),
        path: path.to_owned(),
        what,
        fails: row.fails,
        is_made: !matches!(row.rule, Rule::Person | Rule::Missing | Rule::Gone),
    }
}
