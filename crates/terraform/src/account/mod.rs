//! Which AWS account a role's ARN names.
//!
//! An expression is evaluated in every situation that the tree knows: each workspace, file of
//! values or map key that makes a difference. What is not known stays an expression in one
//! spelling, so that two of them can still be found to be the same.

mod callers;
mod evaluate;
mod functions;
mod names;
mod role;
mod situation;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use names::ModuleNames;
pub use role::RoleArn;

use evaluate::one_line;
use role::{EvaluatedRole, in_situation, segments};
pub use situation::{OTHER, Situation, VALUES_FILE, WORKSPACE, described};
use situation::{Selectors, situations};
use syntax::code;
use value::SymbolicValue;

/// The account of a role, as far as the repository tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Account {
    /// One account.
    Id(AccountId),
    /// One account for each situation.
    OneOf(BTreeMap<Situation, AccountId>),
    /// The account of the provider of that alias; empty for the default provider.
    CallerOf(String),
    /// The ARN's account is this expression, such as `${var.account_id}`.
    Template(String),
    /// The whole ARN is this expression, such as `var.role_arn`.
    Expression(String),
}

/// An account in its partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    /// `aws`, `aws-cn`, `aws-us-gov`; `None` where the ARN leaves it to an expression.
    pub partition: Option<String>,
    /// Twelve digits.
    pub id: String,
}

/// Upper bound on re-evaluation with the selectors that the last round discovered.
// Each round may discover further ones, a map of maps for instance. One round was enough for every
// role of 142 public repositories (measured).
const ROUNDS: usize = 6;

impl Account {
    /// The twelve digits of the one account that it is.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(account) => Some(&account.id),
            _ => None,
        }
    }

    /// Whether the ARN is `null`: no role is assumed.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Expression(arn) if arn == "null")
    }

    /// Whether the accounts of two roles of one module are known to be the same.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Id(one), Self::Id(other)) => one.is_same(other),
            // `null`, or a text whose account is empty: it names no account, and so no same one.
            (Self::Expression(arn), _) if is_text_or_null(arn) => false,
            _ => self == other,
        }
    }

    /// Evaluates a role's ARN with the names of its module.
    pub fn of(role: &RoleArn, names: &ModuleNames) -> Self {
        let (plain, explored) = explored(role, names);
        let mut outcomes = BTreeMap::new();
        for (situation, outcome) in explored {
            match outcome.account {
                Self::Id(id) => {
                    outcomes.insert(situation, id);
                }
                // Terraform stops there, so nobody runs the configuration in this situation.
                Self::Expression(arn) if arn == NOWHERE => {}
                _ => return plain.account,
            }
        }
        let ids: BTreeSet<_> = outcomes.values().collect();
        match ids.first() {
            None => plain.account,
            Some(id) if ids.len() == 1 => Self::Id((*id).clone()),
            Some(_) => Self::OneOf(outcomes),
        }
    }

    /// Whether the account depends on the workspace, on a variable that something outside chooses, or on
    /// what only the run evaluates.
    pub fn is_chosen(&self, role: &RoleArn, names: &ModuleNames) -> bool {
        let is_asked = || {
            let plain = in_situation(role, names, &Situation::new(), &Selectors::new());
            plain.is_chosen
        };
        match self {
            Self::OneOf(outcomes) => outcomes
                .keys()
                .any(|situation| situation.contains_key(WORKSPACE)),
            // The name of the role may be chosen in one account.
            Self::Template(text) => {
                text.contains(WORKSPACE)
                    || names.names_chosen_elsewhere(text)
                    || is_computed(text)
                    || text.contains("local.") && is_asked()
            }
            Self::Expression(text) => text.contains(WORKSPACE) || is_computed(text) || is_asked(),
            Self::Id(_) | Self::CallerOf(_) => false,
        }
    }

    /// Whether the account is one of several that the code names, or the role one that it may do without, and
    /// only the defaults of variables choose: a run may give them other values.
    pub fn is_default_choice(&self, role: &RoleArn, names: &ModuleNames) -> bool {
        if self.id().is_none() {
            return false;
        }
        match Self::of(role, &names.without_defaults()) {
            Self::Id(_) | Self::CallerOf(_) => false,
            Self::OneOf(_) => true,
            // A variable may hold the account as a whole: then the code names no other one.
            Self::Template(text) | Self::Expression(text) => {
                let is_condition = text.contains('?') && text.contains("arn:");
                is_condition || text.contains("}[") || role.is_conditional()
            }
        }
    }

    /// Reads the account out of an ARN.
    fn of_arn(arn: &SymbolicValue) -> Self {
        let SymbolicValue::Text(parts) = arn else {
            return Self::Expression(arn.written());
        };
        let Some([scheme, partition, _, _, account]) = segments(parts) else {
            return Self::Expression(arn.written());
        };
        if SymbolicValue::Text(scheme).as_literal() != Some("arn") || account.is_empty() {
            return Self::Expression(arn.written());
        }
        let account = SymbolicValue::Text(account);
        let caller = account.as_symbol().and_then(evaluate::caller_alias);
        match (account.as_literal(), caller) {
            (Some(id), _) if is_account_id(id) => Self::Id(AccountId {
                partition: SymbolicValue::Text(partition)
                    .as_literal()
                    .map(str::to_owned),
                id: id.to_owned(),
            }),
            (_, Some(alias)) => Self::CallerOf(alias.to_owned()),
            _ => Self::Template(account.template()),
        }
    }
}

impl AccountId {
    fn is_same(&self, other: &Self) -> bool {
        let partitions = self.partition.as_ref().zip(other.partition.as_ref());
        // A partition that an expression gives contradicts none.
        self.id == other.id && partitions.is_none_or(|(one, other)| one == other)
    }
}

/// Whether a text is the id of an account.
pub fn is_account_id(text: &str) -> bool {
    // AWS's page "View AWS account identifiers": twelve digits.
    text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit())
}

/// What a role comes to without a situation, and in each situation that makes a difference; none
/// where nothing does, or too much.
fn explored(
    role: &RoleArn,
    names: &ModuleNames,
) -> (EvaluatedRole, Vec<(Situation, EvaluatedRole)>) {
    let plain = in_situation(role, names, &Situation::new(), &Selectors::new());
    let mut listed = plain.selectors.clone();
    // Each round may meet values that only the situations of the last one lead to.
    for _ in 0..ROUNDS {
        let Some(situations) = situations(&listed).filter(|_| !listed.is_empty()) else {
            break;
        };
        let mut outcomes = Vec::new();
        let mut met = listed.clone();
        for situation in situations {
            let outcome = in_situation(role, names, &situation, &listed);
            for (selector, values) in outcome.selectors.clone() {
                met.entry(selector).or_default().extend(values);
            }
            outcomes.push((situation, outcome));
        }
        if met == listed {
            return (plain, outcomes);
        }
        listed = met;
    }
    (plain, Vec::new())
}

impl RoleArn {
    /// The ARNs that it comes to, one for each situation that makes a difference; `None` where one of
    /// them is not known.
    pub fn arns(&self, names: &ModuleNames) -> Option<BTreeSet<String>> {
        let (plain, explored) = explored(self, names);
        if let Some(arn) = plain.arn {
            return Some(BTreeSet::from([arn]));
        }
        let is_somewhere = |outcome: &EvaluatedRole| !matches!(&outcome.account, Account::Expression(arn) if arn == NOWHERE);
        let outcomes = explored.into_iter().map(|(_, outcome)| outcome);
        let arns: Option<BTreeSet<String>> = outcomes
            .filter(is_somewhere)
            .map(|outcome| outcome.arn)
            .collect();
        arns.filter(|arns| !arns.is_empty())
    }
}

/// Whether an expression takes one of several values: by a key or a function that only the run evaluates,
/// or by a condition between ARNs. Between a role and none it is that role, or none goes.
fn is_computed(expression: &str) -> bool {
    // A key that is written out chooses nothing.
    let mut brackets = expression.match_indices('[');
    let by_key = brackets.any(|(at, _)| {
        let key = &expression[at + 1..];
        let is_index = expression[..at].ends_with(|it: char| it.is_ascii_alphanumeric());
        is_index && !key.starts_with(|it: char| it == '"' || it.is_ascii_digit())
    });
    let by_condition = expression.contains('?') && expression.contains("arn:");
    let is_made = ["[for ", "{for ", "[ for ", "{ for "];
    let by_loop = is_made.iter().any(|start| expression.contains(start));
    by_key || by_condition || by_loop || expression.contains('(')
}

/// Whether an expression is `null` or a text without a symbol in it.
fn is_text_or_null(expression: &str) -> bool {
    expression == "null" || expression.starts_with('"') && !expression.contains("${")
}

/// What an ARN is in a situation that Terraform refuses.
const NOWHERE: &str = "nothing";

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(account) => write!(f, "account {account}"),
            Self::OneOf(outcomes) => {
                let outcomes = outcomes.iter();
                let reported: Vec<_> = outcomes
                    .map(|(situation, id)| format!("{id} ({})", described(situation)))
                    .collect();
                write!(f, "one of the accounts {}", reported.join(", "))
            }
            Self::CallerOf(alias) => write!(f, "{}", evaluate::caller(alias)),
            Self::Template(template) => write!(f, "account {}", code::quoted(&short(template))),
            Self::Expression(arn) => write!(f, "the account of {}", code::quoted(&short(arn))),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.partition.as_deref() {
            None | Some("aws") => write!(f, "{}", self.id),
            Some(partition) => write!(f, "{} in {partition}", self.id),
        }
    }
}

/// An expression on one line, cut where it is long.
fn short(expression: &str) -> String {
    let line = one_line(expression);
    match line.char_indices().nth(EXPRESSION) {
        Some((cut, _)) => format!("{}...", &line[..cut]),
        None => line,
    }
}

/// Characters shown of an expression.
// A longer expression would hide the rest of the sentence.
const EXPRESSION: usize = 120;

#[cfg(test)]
mod tests;
