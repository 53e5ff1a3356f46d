//! What releases of a registry module make of a call's arguments: one file for each module. The
//! file's head says where its rows come from.
//!
//! ```hcl
//! source = "terraform-aws-modules/vpc/aws"
//!
//! default "create_vpc" { since = { "3.0.0" = true } }
//! formula "private" { since = { "3.0.0" = length(private_subnets) } }
//! count "aws_subnet.private" { since = { "3.0.0" = create_vpc ? private : 0 } }
//! change "policy" {
//!   resources = ["aws_iam_policy.this"]
//!   differs   = { "3.0.0" = false, "5.12.0" = enable_flow_log }
//!   effect    = "its policy narrows"
//! }
//! guide "20.0.0" {
//!   resources = ["kubernetes_config_map.aws_auth"]
//!   effect    = "moves to a submodule of its own"
//! }
//! ```
//!
//! | block | what it says |
//! |---|---|
//! | `default ARGUMENT { since }` | what an argument is where a call leaves it out; others are `false` and empty |
//! | `formula NAME { since }` | a name for a part of the others |
//! | `count RESOURCE { since }` | how many of the resource there are |
//! | `change NAME { resources, differs, effect }` | the resources change where `differs` is not the same in both releases |
//! | `failure NAME { when, effect, cure }` | the release fails where `when` is true |
//! | `outputs NAME { names, since, present, may_be_empty }` | from `since` on the outputs are null, and were an empty text before, where `present` is false; else they are neither, but for those that `may_be_empty` |
//! | `guide RELEASE { submodule, resources, arguments, unless, effect }` | an entry of an upgrade guide: a move from below this release to it changes the resources of the module, or the submodule, where one of `arguments` is set, if there are any, and none of `unless` |
//!
//! `since`, `differs` and `when` have a formula for each release from which on it is right. A formula
//! is a number, a truth value, an argument (as a truth value), another formula's name, an operation,
//! a choice, `length(ARGUMENT)`, `max(...)`, `set(ARGUMENT)`, or a comparison of an argument with a
//! text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::formula::Formula;
use syntax::code::sentence;
use syntax::hcl::{Block, Document};
use terraform::constraint::{Bounds, Version};

/// The files.
const FILES: &[&str] = &[
    include_str!("alb.hcl"),
    include_str!("eks.hcl"),
    include_str!("iam.hcl"),
    include_str!("rds.hcl"),
    include_str!("s3_bucket.hcl"),
    include_str!("vpc.hcl"),
];

/// The tables of [`FILES`], by their modules.
static TABLES: LazyLock<BTreeMap<String, ModuleTable>> = LazyLock::new(|| {
    // A test reads every table, so that none is missing because of an error.
    let tables = FILES
        .iter()
        .filter_map(|text| ModuleTable::parse(text).ok());
    tables.map(|table| (table.source.clone(), table)).collect()
});

/// The rows of one module.
#[derive(Debug, Default)]
pub struct ModuleTable {
    /// `NAMESPACE/NAME/PROVIDER`.
    pub source: String,
    /// What arguments are where a call leaves them out; the others are `false` and empty.
    pub defaults: BTreeMap<String, Since>,
    /// The named parts of formulas.
    pub formulas: BTreeMap<String, Since>,
    /// How many of a resource there are.
    pub counts: Vec<(String, Since)>,
    /// What changes of resources.
    pub changes: Vec<Change>,
    /// What fails.
    pub failures: Vec<Failure>,
    /// Outputs that are null where they were an empty text.
    pub outputs: Vec<NullableOutputs>,
    /// The entries of upgrade guides.
    pub guides: Vec<GuideEntry>,
}

/// A formula for each release from which on it is right, oldest first.
#[derive(Debug, Default)]
pub struct Since(Vec<(Version, Formula)>);

/// Resources that change.
#[derive(Debug)]
pub struct Change {
    /// The resources.
    pub resources: Vec<String>,
    /// They change where it is not the same in both releases.
    pub differs: Since,
    /// What becomes of each, as a clause.
    pub effect: String,
}

/// Arguments with which a release fails.
#[derive(Debug)]
pub struct Failure {
    /// Where it fails.
    pub when: Since,
    /// Why, as a clause.
    pub effect: String,
    /// What to do.
    pub cure: String,
}

/// Outputs that became null where they were an empty text.
#[derive(Debug)]
pub struct NullableOutputs {
    /// The outputs.
    pub names: Vec<String>,
    /// The first release in which they are null.
    pub since: Version,
    /// Where they are neither.
    pub present: Since,
    /// Whether they may be an empty text then, too.
    pub may_be_empty: bool,
}

/// An entry of an upgrade guide.
#[derive(Debug)]
pub struct GuideEntry {
    /// The first release with it.
    pub since: Version,
    /// The submodule that it is about; empty for the module itself.
    pub submodule: String,
    /// What it changes.
    pub resources: Vec<String>,
    /// The arguments of which one is set where it applies; none where it always does.
    pub arguments: Vec<String>,
    /// The arguments of which none is set where it applies.
    pub unless: Vec<String>,
    /// What becomes of them, as a clause.
    pub effect: String,
}

/// The table of a module; `None` where there is none.
pub fn of_module(source: &str) -> Option<&'static ModuleTable> {
    TABLES.get(source)
}

impl Since {
    /// The formula of the newest release inside; `None` where it is older than all of them.
    pub fn at(&self, releases: &Bounds) -> Option<&Formula> {
        let mut newest_first = self.0.iter().rev();
        let (_, formula) = newest_first.find(|(since, _)| !releases.is_below(since))?;
        Some(formula)
    }
}

impl ModuleTable {
    /// Reads a file.
    ///
    /// # Errors
    /// The first row that is not as the page of this module says.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document = Document::new("table".into(), text.to_owned());
        let document = document.map_err(|(error, _)| error.kind.to_string())?;
        let body = document.body().map_err(ToString::to_string)?;
        let source = body.attribute("source").ok_or("no source")?;
        let mut table = Self {
            source: source.value.written(),
            ..Self::default()
        };
        for block in body.blocks() {
            table.add(&block)?;
        }
        Ok(table)
    }

    fn add(&mut self, block: &Block<'_>) -> Result<(), String> {
        let label = block.label(0).ok_or_else(|| error(block, "has no name"))?;
        match block.kind() {
            "default" => {
                self.defaults
                    .insert(label.to_owned(), since(block, "since")?);
            }
            "formula" => {
                self.formulas
                    .insert(label.to_owned(), since(block, "since")?);
            }
            "count" => self.counts.push((label.to_owned(), since(block, "since")?)),
            "change" => self.changes.push(Change {
                resources: list(block, "resources"),
                differs: since(block, "differs")?,
                effect: text(block, "effect")?,
            }),
            "failure" => self.failures.push(Failure {
                when: since(block, "when")?,
                effect: text(block, "effect")?,
                cure: text(block, "cure")?,
            }),
            "outputs" => self.outputs.push(NullableOutputs {
                names: list(block, "names"),
                since: release(block, &text(block, "since")?)?,
                present: since(block, "present")?,
                may_be_empty: block.attribute("may_be_empty").is_some(),
            }),
            "guide" => self.guides.push(GuideEntry {
                since: release(block, label)?,
                submodule: text(block, "submodule").unwrap_or_default(),
                resources: list(block, "resources"),
                arguments: list(block, "arguments"),
                unless: list(block, "unless"),
                effect: text(block, "effect")?,
            }),
            _ => return Err(error(block, "is no row")),
        }
        Ok(())
    }
}

fn since(block: &Block<'_>, name: &str) -> Result<Since, String> {
    let found = block.attribute(name);
    let found = found.ok_or_else(|| error(block, &sentence!("lacks `{name}`")))?;
    let mut formulas = Vec::new();
    for entry in found.value.entries() {
        let release = release(block, entry.name)?;
        let formula = Formula::parse(entry.value.expression());
        formulas.push((release, formula.map_err(|why| error(block, &why))?));
    }
    let is_sorted = formulas.windows(2).all(|pair| pair[0].0 < pair[1].0);
    match is_sorted && !formulas.is_empty() {
        true => Ok(Since(formulas)),
        false => Err(error(block, "has no releases, or not in order")),
    }
}

fn release(block: &Block<'_>, text: &str) -> Result<Version, String> {
    Version::parse(text).map_err(|_| error(block, "names no release"))
}

fn text(block: &Block<'_>, name: &str) -> Result<String, String> {
    let found = block.attribute(name);
    let text = found.as_ref().map(|found| found.value.written());
    text.ok_or_else(|| error(block, &sentence!("lacks `{name}`")))
}

fn list(block: &Block<'_>, name: &str) -> Vec<String> {
    let found = block.attribute(name);
    let items = found.as_ref().map(|found| found.value);
    let items = items.as_ref().and_then(|it| it.expression().as_array());
    let items = items.into_iter().flat_map(|items| items.iter());
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn error(block: &Block<'_>, what: &str) -> String {
    let line = block.location().line;
    sentence!("line {line}: `{}` {what}", block.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read_and_its_rows_name_resources() {
        for text in FILES {
            let table = ModuleTable::parse(text).unwrap();
            let resources = table.changes.iter().map(|it| &it.resources);
            let resources = resources.chain(table.guides.iter().map(|it| &it.resources));
            assert!(
                resources.clone().all(|it| !it.is_empty()),
                "{}",
                table.source
            );
            assert!(of_module(&table.source).is_some());
        }
        let vpc = of_module("terraform-aws-modules/vpc/aws").unwrap();
        let outputs = vpc.outputs.iter().flat_map(|it| &it.names);
        assert_eq!(outputs.count(), 53);
    }

    #[test]
    fn a_row_of_another_shape_is_refused() {
        for row in [
            "count \"a.b\" {}",
            "count \"a.b\" { since = { \"4.0.0\" = true, \"3.0.0\" = false } }",
            "count \"a.b\" { since = { \"four\" = true } }",
            "count \"a.b\" { since = { \"4.0.0\" = cidrsubnet(x) } }",
            "failure \"a\" { when = { \"4.0.0\" = true } }",
            "guide \"next\" { effect = \"a\" }",
            "row \"a\" {}",
        ] {
            let text = format!("source = \"a/b/aws\"\n{row}\n");
            assert!(ModuleTable::parse(&text).is_err(), "{row}");
        }
    }
}
