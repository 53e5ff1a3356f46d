//! What a major of the provider does to one argument, and what becomes of code that sets it.

use super::condition::Condition;
use crate::arguments::convert::Converter;

/// One row of a table.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "properties of a row that are independent of each other"
)]
pub struct Row {
    /// The paths of the arguments; empty where the row is about the type itself.
    pub paths: Vec<String>,
    /// What becomes of the code.
    pub rule: Rule,
    /// What the user has to know, as a clause.
    pub why: Option<String>,
    /// What the user has to do: it starts with a verb.
    pub help: Option<String>,
    /// The first release that accepts the result, where the one before the major may not.
    pub since: Option<String>,
    /// The first major that accepts the old code again.
    pub until: Option<u64>,
    /// Whether the edits need review.
    pub review: bool,
    /// Whether the configuration fails on the major until it is changed.
    pub fails: bool,
    /// Whether the provider must not be upgraded without the change.
    pub needed: bool,
    /// Whether the attribute can still be read.
    pub computed: bool,
    /// Where the row applies.
    pub condition: Condition,
}

/// What becomes of the code.
#[derive(Debug, Clone)]
pub enum Rule {
    /// The argument gets this name.
    Rename(String),
    /// The value joins the list of this name.
    Wrap {
        /// The list.
        to: String,
        /// Whether the value becomes its first item, not its last.
        is_first: bool,
    },
    /// The argument is removed. That is Safe where its value is one of these, or where there are
    /// none; other values need review, or a manual change where the row has `review`.
    Delete(Vec<String>),
    /// References read this attribute instead.
    Refer(String),
    /// References through the attribute get an index.
    Index,
    /// The attribute is a set: references that take it for a list go through `tolist()`.
    Set,
    /// 0 and 1 become `false` and `true`.
    Bool,
    /// The argument is set to this where it is not set.
    Pin(String),
    /// The conversion rewrites it.
    Convert(Converter),
    /// It needs a manual change.
    Manual,
    /// It needs a manual change where it is not set.
    Missing,
    /// The type was removed: its blocks need a manual change.
    RemovedType,
}

impl Row {
    /// Whether both rows do the same to the same arguments.
    pub fn is_same(&self, other: &Self) -> bool {
        let kind = std::mem::discriminant::<Rule>;
        self.paths == other.paths && kind(&self.rule) == kind(&other.rule)
    }
}

impl Rule {
    /// Whether the rule moves code elsewhere, and with it what other rows change inside.
    pub fn moves(&self) -> bool {
        matches!(self, Self::Convert(_) | Self::Wrap { .. })
    }

    /// Whether the rule makes no edits.
    pub fn is_manual(&self) -> bool {
        matches!(self, Self::Manual | Self::Missing | Self::RemovedType)
    }
}
