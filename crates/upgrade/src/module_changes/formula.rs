//! How many resources a module makes of its arguments: formulas in terms of arguments, and in terms
//! of what is not known of them.

use std::collections::BTreeMap;

use hcl_edit::expr::{BinaryOperator, Expression, FuncCall, UnaryOperator};
use syntax::code::sentence;

/// A number or a truth value in terms of arguments, of other formulas and of symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formula {
    /// A number.
    Number(u64),
    /// `true`, `false`.
    Bool(bool),
    /// The truth value of an argument, or the formula of that name.
    Name(String),
    /// How many elements a list argument has.
    Length(String),
    /// Whether a call sets an argument.
    IsSet(String),
    /// Whether an argument is a text.
    IsText(String, String),
    /// Something that is not known, in one spelling.
    Symbol(Symbol),
    /// The largest of some numbers.
    Max(Vec<Formula>),
    /// Some numbers together.
    Sum(Vec<Formula>),
    /// `!`.
    Not(Box<Formula>),
    /// `&&`, `||`, `==`, `!=`, `>`, `>=`, `<`, `<=`.
    Operation(BinaryOperator, Box<[Formula; 2]>),
    /// A condition with what it chooses between.
    If(Box<[Formula; 3]>),
}

/// Something that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol {
    /// The expression, in one spelling.
    pub text: String,
    /// Whether it is a truth value; else it is a number.
    pub is_bool: bool,
}

/// What a formula comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(u64),
}

impl Formula {
    /// Something that is not known and is a truth value.
    pub fn unknown_bool(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::Symbol(Symbol {
            text,
            is_bool: true,
        })
    }

    /// Something that is not known and is a number.
    pub fn unknown_number(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::Symbol(Symbol {
            text,
            is_bool: false,
        })
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// An operation on two formulas.
    pub fn operation(operator: BinaryOperator, one: Self, other: Self) -> Self {
        Self::Operation(operator, Box::new([one, other]))
    }

    /// A choice.
    pub fn choice(condition: Self, one: Self, other: Self) -> Self {
        Self::If(Box::new([condition, one, other]))
    }

    /// Reads a formula of a table.
    ///
    /// # Errors
    /// The part that is no formula.
    pub fn parse(expression: &Expression) -> Result<Self, String> {
        let refused = || sentence!("`{}` is no formula", expression.to_string().trim());
        Ok(match expression {
            Expression::Bool(value) => Self::Bool(*value.value()),
            Expression::Number(number) => {
                Self::Number(number.value().as_u64().ok_or_else(refused)?)
            }
            Expression::Variable(name) => Self::Name(name.as_str().to_owned()),
            Expression::Parenthesis(inner) => Self::parse(inner.inner())?,
            Expression::UnaryOp(operation) if *operation.operator.value() == UnaryOperator::Not => {
                Self::parse(&operation.expr)?.negated()
            }
            Expression::BinaryOp(operation) => {
                let operator = *operation.operator.value();
                match (&operation.lhs_expr, operation.rhs_expr.as_str()) {
                    (Expression::Variable(name), Some(text)) => {
                        let is = Self::IsText(name.as_str().to_owned(), text.to_owned());
                        match operator {
                            BinaryOperator::Eq => is,
                            BinaryOperator::NotEq => is.negated(),
                            _ => return Err(refused()),
                        }
                    }
                    (one, _) => {
                        let other = Self::parse(&operation.rhs_expr)?;
                        Self::operation(operator, Self::parse(one)?, other)
                    }
                }
            }
            Expression::Conditional(conditional) => Self::choice(
                Self::parse(&conditional.cond_expr)?,
                Self::parse(&conditional.true_expr)?,
                Self::parse(&conditional.false_expr)?,
            ),
            Expression::FuncCall(call) => Self::of_call(call).ok_or_else(refused)?,
            _ => return Err(refused()),
        })
    }

    fn of_call(call: &FuncCall) -> Option<Self> {
        let arguments: Vec<&Expression> = call.args.iter().collect();
        let name = || Some(arguments.first()?.as_variable()?.as_str().to_owned());
        match call.name.name.as_str() {
            "length" => Some(Self::Length(name()?)),
            "set" => Some(Self::IsSet(name()?)),
            "max" => {
                let parts = arguments.iter().map(|it| Self::parse(it).ok());
                Some(Self::Max(parts.collect::<Option<_>>()?))
            }
            _ => None,
        }
    }

    /// The formula with names and arguments replaced by what they are, and the parts that are known
    /// worked out.
    #[must_use]
    pub fn replaced(&self, replacement: &impl Fn(&Self) -> Option<Self>) -> Self {
        if let Some(new) = replacement(self) {
            return new.replaced(replacement);
        }
        let whole = |it: &Self| it.replaced(replacement);
        match self {
            Self::Not(inner) => match whole(inner) {
                Self::Bool(value) => Self::Bool(!value),
                Self::Not(inner) => *inner,
                inner => inner.negated(),
            },
            Self::Max(parts) => {
                let mut known = 0;
                let mut rest = Vec::new();
                for part in parts.iter().map(whole) {
                    match part {
                        Self::Number(number) => known = known.max(number),
                        Self::Max(parts) => rest.extend(parts),
                        part => rest.push(part),
                    }
                }
                match rest.is_empty() {
                    true => Self::Number(known),
                    false => {
                        rest.push(Self::Number(known));
                        Self::Max(rest)
                    }
                }
            }
            Self::Sum(parts) => {
                let mut known = 0;
                let mut rest = Vec::new();
                for part in parts.iter().map(whole) {
                    match part {
                        Self::Number(number) => known = number.saturating_add(known),
                        part => rest.push(part),
                    }
                }
                match rest.is_empty() {
                    true => Self::Number(known),
                    false => {
                        rest.push(Self::Number(known));
                        Self::Sum(rest)
                    }
                }
            }
            Self::Operation(operator, sides) => {
                let [one, other] = &**sides;
                Self::worked_out(*operator, whole(one), whole(other))
            }
            Self::If(parts) => {
                let [condition, one, other] = &**parts;
                match whole(condition) {
                    Self::Bool(true) => whole(one),
                    Self::Bool(false) => whole(other),
                    condition => {
                        let (one, other) = (whole(one), whole(other));
                        match one == other {
                            true => one,
                            false => Self::choice(condition, one, other),
                        }
                    }
                }
            }
            _ => self.clone(),
        }
    }

    fn worked_out(operator: BinaryOperator, one: Self, other: Self) -> Self {
        match (operator, &one, &other) {
            (BinaryOperator::And, Self::Bool(false), _)
            | (BinaryOperator::And, _, Self::Bool(false)) => Self::Bool(false),
            (BinaryOperator::Or, Self::Bool(true), _)
            | (BinaryOperator::Or, _, Self::Bool(true)) => Self::Bool(true),
            (BinaryOperator::And, Self::Bool(true), _)
            | (BinaryOperator::Or, Self::Bool(false), _) => other,
            (BinaryOperator::And, _, Self::Bool(true))
            | (BinaryOperator::Or, _, Self::Bool(false)) => one,
            _ => {
                let formula = Self::operation(operator, one, other);
                match formula.outcome(&BTreeMap::new()) {
                    Some(Outcome::Bool(value)) => Self::Bool(value),
                    Some(Outcome::Number(value)) => Self::Number(value),
                    None => formula,
                }
            }
        }
    }

    /// What it comes to with these values of symbols; `None` where something is missing.
    pub fn outcome(&self, values: &BTreeMap<&Symbol, Outcome>) -> Option<Outcome> {
        let number = |it: &Self| match it.outcome(values)? {
            Outcome::Number(number) => Some(number),
            Outcome::Bool(_) => None,
        };
        let truth = |it: &Self| match it.outcome(values)? {
            Outcome::Bool(value) => Some(value),
            Outcome::Number(_) => None,
        };
        Some(match self {
            Self::Number(value) => Outcome::Number(*value),
            Self::Bool(value) => Outcome::Bool(*value),
            Self::Symbol(symbol) => *values.get(symbol)?,
            Self::Max(parts) => {
                let parts: Option<Vec<u64>> = parts.iter().map(number).collect();
                Outcome::Number(parts?.into_iter().max().unwrap_or(0))
            }
            Self::Sum(parts) => {
                let parts: Option<Vec<u64>> = parts.iter().map(number).collect();
                Outcome::Number(parts?.into_iter().fold(0, u64::saturating_add))
            }
            Self::Not(inner) => Outcome::Bool(!truth(inner)?),
            Self::Operation(operator, sides) => {
                let [one, other] = &**sides;
                Outcome::Bool(match operator {
                    BinaryOperator::And => truth(one)? && truth(other)?,
                    BinaryOperator::Or => truth(one)? || truth(other)?,
                    BinaryOperator::Eq => one.outcome(values)? == other.outcome(values)?,
                    BinaryOperator::NotEq => one.outcome(values)? != other.outcome(values)?,
                    BinaryOperator::Greater => number(one)? > number(other)?,
                    BinaryOperator::GreaterEq => number(one)? >= number(other)?,
                    BinaryOperator::Less => number(one)? < number(other)?,
                    BinaryOperator::LessEq => number(one)? <= number(other)?,
                    _ => return None,
                })
            }
            Self::If(parts) => {
                let [condition, one, other] = &**parts;
                match truth(condition)? {
                    true => one.outcome(values)?,
                    false => other.outcome(values)?,
                }
            }
            Self::Name(_) | Self::Length(_) | Self::IsSet(_) | Self::IsText(..) => return None,
        })
    }
}
