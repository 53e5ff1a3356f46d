//! What the tables say, in words: for `explain` and for the tests of the tables.

use syntax::code::{self, sentence};

use super::code::block_type::BlockType;
use super::table::MAJORS;
use super::table::condition::Test;
use super::table::row::{Row, Rule};

/// What one row says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The major of the provider.
    pub major: u64,
    /// `resource`, `data` or `provider`.
    pub kind: &'static str,
    /// The type.
    pub type_name: String,
    /// The argument, block or attribute; empty for the type itself.
    pub path: String,
    /// What becomes of it: the predicate of a sentence about its path.
    pub what: String,
    /// Whether the configuration fails on the major until it is changed.
    pub fails: bool,
    /// What the user has to know or do.
    pub why: Option<String>,
    /// Whether the change is made, at least for some code, and not manual.
    pub is_made: bool,
}

/// Everything that the tables say, by major, type and path.
pub fn facts() -> Vec<Fact> {
    let mut facts = Vec::new();
    for (major, table) in MAJORS.iter() {
        let mut rows: Vec<_> = table.all().collect();
        rows.sort_by_key(|(kind, type_name, _)| (*kind, *type_name));
        for (kind, type_name, row) in rows {
            let paths = row.paths.iter().map(String::as_str);
            let whole = row.paths.is_empty().then_some("");
            facts.extend(
                paths
                    .chain(whole)
                    .map(|path| fact(*major, kind, type_name, path, row)),
            );
        }
    }
    facts
}

impl Fact {
    fn is_alike(&self, other: &Self) -> bool {
        (&self.what, &self.why) == (&other.what, &other.why)
    }
}

/// The page of a type: what each major does to it, in Markdown; `None` where no row is about it.
pub fn type_page(type_name: &str) -> Option<String> {
    let facts: Vec<_> = facts()
        .into_iter()
        .filter(|fact| fact.type_name == type_name)
        .collect();
    facts.first()?;
    let mut page = format!("# {type_name}\n");
    for together in facts.chunk_by(|one, other| (one.major, one.kind) == (other.major, other.kind))
    {
        let Fact { major, kind, .. } = together[0];
        page += &format!(
            "\n## Provider {}.x to {major}: {kind} \"{type_name}\"\n\n",
            major - 1
        );
        let of_one_kind = together.chunk_by(Fact::is_alike);
        page.extend(of_one_kind.map(bullet));
    }
    Some(page)
}

/// The list item for paths of which the same is said.
fn bullet(facts: &[Fact]) -> String {
    let names: Vec<_> = facts.iter().map(|fact| code::quoted(&fact.path)).collect();
    let what = &facts[0].what;
    let mut text = match names.as_slice() {
        [_] if facts[0].path.is_empty() => format!("- The type {what}.\n"),
        [one] => format!("- {one} {what}.\n"),
        _ => format!("- {}: each {what}.\n", names.join(", ")),
    };
    if let Some(why) = &facts[0].why {
        let (first, rest) = why.split_at(why.chars().next().map_or(0, char::len_utf8));
        text += &format!("  {}{rest}.\n", first.to_uppercase());
    }
    text
}

/// Types in the tables whose names are much like this one, the most similar first, at most eight.
pub fn similar_types(name: &str) -> Vec<String> {
    let mut types: Vec<String> = facts().into_iter().map(|fact| fact.type_name).collect();
    types.sort_unstable();
    types.dedup();
    let shared = |known: &str| {
        let pairs = name.bytes().zip(known.bytes());
        pairs.take_while(|(one, other)| one == other).count()
    };
    let service = name
        .match_indices('_')
        .nth(1)
        .map_or(name.len(), |(at, _)| at);
    let word = name.trim_start_matches("aws_");
    types.retain(|known| {
        let is_part = !word.is_empty() && known.contains(word);
        is_part || shared(known) + 1 >= service.max(8)
    });
    types.sort_by_key(|known| (std::cmp::Reverse(shared(known)), known.len()));
    types.truncate(8);
    types
}

fn fact(major: u64, kind: BlockType, type_name: &str, path: &str, row: &Row) -> Fact {
    let mut what = match &row.rule {
        Rule::Rename(to) => sentence!("becomes `{to}`, where it is read too"),
        Rule::Wrap { to, .. } => sentence!("joins the list `{to}`"),
        Rule::Delete(when) if when.is_empty() => "is taken out".to_owned(),
        Rule::Delete(when) => {
            let values: Vec<String> = when.iter().map(|value| code::quoted(value)).collect();
            format!("is taken out where it is {}", values.join(" or "))
        }
        Rule::Refer(to) => sentence!("is read as `{to}`"),
        Rule::Index => "is a list: what reads through it gets `[0]`".to_owned(),
        Rule::Set => "is a set: what reads it as a list gets `tolist()`".to_owned(),
        Rule::Bool => "becomes `false` where it is 0, `true` where it is 1".to_owned(),
        Rule::Pin(value) => sentence!("gets `{value}` where it is not set"),
        Rule::Convert(_) => "is converted, where its value tells how".to_owned(),
        Rule::Manual => "needs manual work".to_owned(),
        Rule::Missing => "needs manual work where it is not set".to_owned(),
        Rule::RemovedType => "is removed: needs manual work".to_owned(),
    };
    let tests = |tests: &[Test]| {
        let tests = tests.iter().map(|test| sentence!("`{test}`"));
        tests.collect::<Vec<_>>().join(" or ")
    };
    if !row.condition.with.is_empty() {
        what += &format!(", where there is {}", tests(&row.condition.with));
    }
    if !row.condition.without.is_empty() {
        what += &format!(", unless there is {}", tests(&row.condition.without));
    }
    if row.review {
        what += ", with --review";
    }
    if row.since.is_some() {
        what += ", together with the bump";
    }
    Fact {
        major,
        kind: kind.keyword(),
        type_name: type_name.to_owned(),
        path: path.to_owned(),
        what,
        fails: row.fails,
        why: row
            .why
            .clone()
            .into_iter()
            .chain(row.help.clone())
            .reduce(|why, help| format!("{why}; {help}")),
        is_made: !row.rule.is_manual(),
    }
}
