//! Reading rows from the blocks of a table.

use super::condition::{Condition, Test};
use super::row::{Row, Rule};
use crate::arguments::convert;
use syntax::code::sentence;
use syntax::hcl::{Attribute, Block};

/// The attributes that a row may have.
const ATTRIBUTES: [&str; 16] = [
    "to", "place", "when", "value", "paths", "why", "help", "names", "since", "until", "review",
    "fails", "needed", "computed", "with", "without",
];

/// The block of a row.
struct RowBlock<'d> {
    block: Block<'d>,
    attributes: Vec<Attribute<'d>>,
}

/// The rows of a block, one for each of its `names`.
///
/// # Errors
/// What is wrong with the block, with its line.
pub fn rows(block: &Block<'_>) -> Result<Vec<Row>, String> {
    let block = RowBlock {
        block: *block,
        attributes: block.body().attributes().collect(),
    };
    let mut attributes = block.attributes.iter();
    if let Some(odd) = attributes.find(|it| !ATTRIBUTES.contains(&it.name)) {
        return Err(block.error(&sentence!("has `{}`", odd.name)));
    }
    let rule = block.rule()?;
    if rule.is_manual() && block.text("why").or_else(|| block.text("help")).is_none() {
        return Err(block.error("does not say what to do"));
    }
    let condition = Condition {
        with: block.tests("with"),
        without: block.tests("without"),
    };
    let rows = block.paths(&rule)?.into_iter().map(|paths| Row {
        paths,
        rule: rule.clone(),
        why: block.text("why"),
        help: block.text("help"),
        since: block.text("since"),
        until: block.text("until").and_then(|until| until.parse().ok()),
        review: block.flag("review", false),
        fails: block.flag("fails", true),
        needed: block.flag("needed", true),
        computed: block.flag("computed", false),
        condition: condition.clone(),
    });
    Ok(rows.collect())
}

impl<'d> RowBlock<'d> {
    fn rule(&self) -> Result<Rule, String> {
        Ok(match self.block.kind() {
            "rename" => Rule::Rename(self.required("to")?),
            "wrap" => Rule::Wrap {
                to: self.required("to")?,
                is_first: self.required("place")? == "first",
            },
            "delete" => Rule::Delete(self.list("when")),
            "refer" => Rule::Refer(self.required("to")?),
            "index" => Rule::Index,
            "set" => Rule::Set,
            "bool" => Rule::Bool,
            "pin" => Rule::Pin(self.required("value")?),
            "convert" => {
                let converter = convert::named(self.label());
                Rule::Convert(converter.ok_or_else(|| self.error("names no conversion"))?)
            }
            "manual" => Rule::Manual,
            "missing" => Rule::Missing,
            "removed_type" => Rule::RemovedType,
            _ => return Err(self.error("is no rule")),
        })
    }

    /// The paths of each row.
    fn paths(&self, rule: &Rule) -> Result<Vec<Vec<String>>, String> {
        let label = self.label();
        let names = self.list("names");
        let paths = match rule {
            Rule::RemovedType => return Ok(vec![Vec::new()]),
            Rule::Convert(_) => vec![self.list("paths")],
            _ if names.is_empty() => vec![vec![label.to_owned()]],
            _ => {
                let names = names.iter().map(|name| vec![format!("{label}.{name}")]);
                names.collect()
            }
        };
        let is_nameless = |path: &String| path.is_empty() || path.starts_with('.');
        if paths.iter().any(Vec::is_empty) || paths.iter().flatten().any(is_nameless) {
            return Err(self.error("has no path"));
        }
        Ok(paths)
    }

    fn error(&self, what: &str) -> String {
        let line = self.block.location().line;
        sentence!("line {line}: `{}` {what}", self.block.kind())
    }

    fn label(&self) -> &'d str {
        self.block.label(0).unwrap_or_default()
    }

    fn attribute(&self, name: &str) -> Option<&Attribute<'d>> {
        self.attributes.iter().find(|it| it.name == name)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.attribute(name)?.value.literal().map(str::to_owned)
    }

    fn required(&self, name: &str) -> Result<String, String> {
        let text = self.text(name);
        text.ok_or_else(|| self.error(&sentence!("lacks `{name}`")))
    }

    fn flag(&self, name: &str, default: bool) -> bool {
        let found = self.attribute(name);
        found.map_or(default, |found| found.value.text() == "true")
    }

    fn list(&self, name: &str) -> Vec<String> {
        let found = self.attribute(name);
        let items = found.and_then(|found| found.value.expression().as_array());
        let items = items.into_iter().flat_map(|items| items.iter());
        let texts = items.filter_map(|item| item.as_str().map(str::to_owned));
        texts.collect()
    }

    fn tests(&self, name: &str) -> Vec<Test> {
        let texts = self.list(name);
        texts.iter().map(|text| Test::parse(text)).collect()
    }
}
