//! Which AWS account a role's ARN names.
//!
//! An expression is evaluated in every situation that the tree knows: each workspace, file of
//! values or map key that makes a difference. What is not known stays an expression in one
//! spelling, so that two of them can still be found to be the same.

mod evaluate;
mod names;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use hcl_edit::expr::Expression;

pub use names::ModuleNames;

use crate::account::evaluate::{Evaluator, Selectors, Situation};
use crate::account::value::{SymbolicValue, TextPart};

/// The account of a role, as far as the repository tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// One account.
    Id(AccountId),
    /// One account for each situation, told as `SELECTOR VALUE`.
    OneOf(BTreeMap<String, AccountId>),
    /// The account in which the provider of that alias acts; empty for the default provider.
    CallerOf(String),
    /// The ARN's account is this expression, such as `${var.account_id}`.
    Template(String),
    /// The whole ARN is this expression, such as `var.role_arn`.
    Expression(String),
}

/// An account in its partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId {
    /// `aws`, `aws-cn`, `aws-us-gov`; `None` where the ARN leaves it to an expression.
    pub partition: Option<String>,
    /// Twelve digits.
    pub id: String,
}

/// The ARN of a role as a provider writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleArn {
    /// `role_arn`, where there is one.
    pub arn: Option<Expression>,
    /// For a `dynamic` block, the name of its iterator and its `for_each`.
    pub each: Option<(String, Option<Expression>)>,
}

impl RoleArn {
    /// Whether the role may not be assumed at all: its block is repeated for something, or its ARN
    /// may be `null`.
    pub fn is_conditional(&self) -> bool {
        let is_null = |arn: &Expression| arn.to_string().contains("null");
        let is_fixed = self.each.as_ref().is_none_or(|(_, each)| {
            let items = each.as_ref().and_then(Expression::as_array);
            items.is_some_and(|items| items.len() == 1)
        });
        !is_fixed || self.arn.as_ref().is_some_and(is_null)
    }
}

/// More situations than this are not told apart.
const SITUATIONS: usize = 64;

/// So often situations lead to values that make a difference, too.
const ROUNDS: usize = 6;

impl Account {
    /// The twelve digits of the one account that it is.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(account) => Some(&account.id),
            _ => None,
        }
    }

    /// Whether the accounts of two roles of one module are known to be the same.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Id(one), Self::Id(other)) => one.is_same(other),
            _ => self == other,
        }
    }

    /// Evaluates a role's ARN with the names of its module.
    pub fn of(role: &RoleArn, names: &ModuleNames) -> Self {
        let plain = in_situation(role, names, &Situation::new(), &Selectors::new());
        let mut listed = plain.selectors;
        // Each round may meet values that only the situations of the last one lead to.
        for _ in 0..ROUNDS {
            let Some(situations) = situations(&listed).filter(|_| !listed.is_empty()) else {
                break;
            };
            let mut outcomes = BTreeMap::new();
            let mut is_open = false;
            let mut met = listed.clone();
            for situation in situations {
                let outcome = in_situation(role, names, &situation, &listed);
                for (selector, values) in outcome.selectors {
                    met.entry(selector).or_default().extend(values);
                }
                match outcome.account {
                    Self::Id(id) => {
                        outcomes.insert(told(&situation), id);
                    }
                    Self::Expression(arn) if arn == NOWHERE => {}
                    _ => is_open = true,
                }
            }
            if met != listed {
                listed = met;
                continue;
            }
            let ids: BTreeSet<_> = outcomes.values().collect();
            return match (is_open, ids.first()) {
                (true, _) | (_, None) => plain.account,
                (false, Some(id)) if ids.len() == 1 => Self::Id((*id).clone()),
                _ => Self::OneOf(outcomes),
            };
        }
        plain.account
    }

    /// Whether the workspace has a say in which account it is.
    pub fn is_by_workspace(&self, role: &RoleArn, names: &ModuleNames) -> bool {
        let told = "terraform.workspace";
        let is_asked = || {
            let plain = in_situation(role, names, &Situation::new(), &Selectors::new());
            plain.by_workspace
        };
        match self {
            Self::OneOf(outcomes) => outcomes.keys().any(|situation| situation.contains(told)),
            Self::Template(text) => text.contains(told) || text.contains("local.") && is_asked(),
            Self::Expression(text) => text.contains(told) || is_asked(),
            Self::Id(_) | Self::CallerOf(_) => false,
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
            (Some(id), _) if id.len() == 12 && id.bytes().all(|it| it.is_ascii_digit()) => {
                Self::Id(AccountId {
                    partition: SymbolicValue::Text(partition)
                        .as_literal()
                        .map(str::to_owned),
                    id: id.to_owned(),
                })
            }
            (_, Some(alias)) => Self::CallerOf(alias.to_owned()),
            _ => Self::Template(account.template()),
        }
    }
}

impl AccountId {
    fn is_same(&self, other: &Self) -> bool {
        let partitions = self.partition.as_ref().zip(other.partition.as_ref());
        self.id == other.id && partitions.is_none_or(|(one, other)| one == other)
    }
}

/// What an ARN is in a situation that Terraform refuses.
const NOWHERE: &str = "nothing";

/// What a role comes to in one situation.
struct EvaluatedRole {
    account: Account,
    /// Values that make a difference and that no situation names yet.
    selectors: Selectors,
    /// Whether the workspace was asked for.
    by_workspace: bool,
}

fn in_situation(
    role: &RoleArn,
    names: &ModuleNames,
    situation: &Situation,
    listed: &Selectors,
) -> EvaluatedRole {
    let evaluator = Evaluator::new(names, situation, listed);
    let (evaluator, is_one) = match &role.each {
        None => (evaluator, true),
        Some((iterator, for_each)) => {
            let values = for_each.as_ref().map(|each| evaluator.value(each));
            match values {
                Some(SymbolicValue::List(values)) if values.len() == 1 => {
                    (evaluator.each(iterator, values[0].clone()), true)
                }
                _ => (evaluator, false),
            }
        }
    };
    let value = role.arn.as_ref().map(|arn| evaluator.value(arn));
    let account = match (value, is_one) {
        (Some(value), true) => Account::of_arn(&value),
        // Whether the role is assumed at all is not known.
        (_, _) => Account::Expression(role.to_string()),
    };
    // An expression with the iterator in it means nothing without what it goes over.
    let iterator = role
        .each
        .as_ref()
        .map(|(iterator, _)| format!("{iterator}."));
    let account = match &account {
        Account::Template(text) | Account::Expression(text)
            if iterator
                .as_ref()
                .is_some_and(|iterator| text.contains(iterator)) =>
        {
            Account::Expression(role.to_string())
        }
        _ => account,
    };
    EvaluatedRole {
        account,
        selectors: evaluator.selectors(),
        by_workspace: evaluator.is_by_workspace(),
    }
}

/// All situations of some selectors; `None` where they are too many.
fn situations(selectors: &Selectors) -> Option<Vec<Situation>> {
    let mut all = vec![Situation::new()];
    for (selector, values) in selectors {
        if all.len() * values.len() > SITUATIONS {
            return None;
        }
        let longer = all.iter().flat_map(|situation| {
            values.iter().map(|value| {
                let mut situation = situation.clone();
                situation.insert(selector.clone(), value.clone());
                situation
            })
        });
        all = longer.collect();
    }
    Some(all)
}

fn told(situation: &Situation) -> String {
    let told = situation.iter();
    let told = told.map(|(selector, value)| format!("{selector} {value}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The first five of an ARN's colon-separated segments; colons inside symbols do not count.
fn segments(parts: &[TextPart]) -> Option<[Vec<TextPart>; 5]> {
    let mut segments: Vec<Vec<TextPart>> = vec![Vec::new()];
    for part in parts {
        let TextPart::Literal(text) = part else {
            segments.last_mut()?.push(part.clone());
            continue;
        };
        for (index, piece) in text.split(':').enumerate() {
            if index > 0 {
                segments.push(Vec::new());
            }
            if !piece.is_empty() {
                let piece = TextPart::Literal(piece.to_owned());
                segments.last_mut()?.push(piece);
            }
        }
    }
    // The account ends where the sixth segment begins.
    (segments.len() > 5).then_some(())?;
    segments.truncate(5);
    segments.try_into().ok()
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |expression: &Option<Expression>| {
            let text = expression.as_ref().map(Expression::to_string);
            text.as_deref().map_or_else(String::new, one_line)
        };
        match &self.each {
            None => write!(f, "{}", written(&self.arn)),
            Some((_, each)) => {
                let each = written(each);
                write!(f, "{} for each of {each}", written(&self.arn))
            }
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(account) => write!(f, "account {account}"),
            Self::OneOf(outcomes) => {
                let outcomes = outcomes.iter();
                let told: Vec<_> = outcomes
                    .map(|(situation, id)| format!("{id} ({situation})"))
                    .collect();
                write!(f, "one of the accounts {}", told.join(", "))
            }
            Self::CallerOf(alias) => write!(f, "{}", evaluate::caller(alias)),
            Self::Template(template) => write!(f, "account `{}`", short(template)),
            Self::Expression(arn) => write!(f, "the account of `{}`", short(arn)),
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

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
const EXPRESSION: usize = 120;

#[cfg(test)]
mod tests;
