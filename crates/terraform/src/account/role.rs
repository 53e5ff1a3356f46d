//! The ARN of a role, and what it comes to in one situation.

use std::fmt;

use hcl_edit::expr::Expression;

use super::Account;
use super::evaluate::{Evaluator, one_line};
use super::names::ModuleNames;
use super::situation::{Selectors, Situation};
use super::value::{SymbolicValue, TextPart};

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
        // A list of one item repeats the block exactly once.
        let is_fixed = self.each.as_ref().is_none_or(|(_, each)| {
            let items = each.as_ref().and_then(Expression::as_array);
            items.is_some_and(|items| items.len() == 1)
        });
        !is_fixed || self.arn.as_ref().is_some_and(is_null)
    }

    /// The ARN: the literal, or the expression as written; `None` where a `dynamic` block fills it in.
    pub fn written(&self) -> Option<String> {
        let arn = self.arn.as_ref().filter(|_| self.each.is_none())?;
        let literal = arn.as_str().map(str::to_owned);
        Some(literal.unwrap_or_else(|| arn.to_string().trim().to_owned()))
    }
}

/// What a role comes to in one situation.
pub struct EvaluatedRole {
    pub account: Account,
    /// The whole ARN, where all of it is known.
    pub arn: Option<String>,
    /// Values that make a difference and that no situation names yet.
    pub selectors: Selectors,
    /// Whether the workspace was asked for, or a variable that something outside chooses.
    pub is_chosen: bool,
}

pub fn in_situation(
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
    let arn = value.as_ref().filter(|_| is_one);
    let arn = arn.and_then(SymbolicValue::as_literal);
    let arn = arn.filter(|arn| arn.starts_with("arn:")).map(str::to_owned);
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
        arn,
        selectors: evaluator.selectors(),
        is_chosen: evaluator.is_chosen(),
    }
}

/// The first five of an ARN's colon-separated segments; colons inside symbols do not count.
pub fn segments(parts: &[TextPart]) -> Option<[Vec<TextPart>; 5]> {
    // AWS's page "Amazon Resource Names (ARNs)": arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
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
