//! What expressions of a call come to, with the names of its module.

use std::collections::BTreeMap;

use hcl_edit::Decorated;
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal, TraversalOperator,
    UnaryOperator,
};

use super::formula::Formula;
use terraform::account::ModuleNames;

/// References that are followed into each other at most.
// Locals in a circle, which Terraform refuses, would never end.
pub const DEPTH: usize = 24;

/// The element of `for_each` that an instance of a call is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Each {
    /// `each.key`.
    pub key: Expression,
    /// `each.value`.
    pub value: Expression,
}

/// Evaluates expressions with the names of their module.
#[derive(Debug, Clone, Copy)]
pub struct Resolver<'n> {
    /// What the names of the module mean.
    pub names: &'n ModuleNames,
    /// What `each` means; `None` where that is not known.
    pub each: Option<&'n Each>,
}

impl Resolver<'_> {
    /// The expression that a reference to a local, a variable, `each` or a part of these stands for;
    /// the expression itself where it is none, or the repository does not tell.
    pub fn followed<'e>(&'e self, expression: &'e Expression, depth: usize) -> &'e Expression {
        let next = match expression {
            Expression::Parenthesis(inner) => Some(inner.inner()),
            Expression::Traversal(traversal) => self.referenced(traversal, depth),
            _ => None,
        };
        match next {
            Some(next) if depth > 0 => self.followed(next, depth - 1),
            _ => expression,
        }
    }

    fn referenced<'e>(&'e self, traversal: &'e Traversal, depth: usize) -> Option<&'e Expression> {
        let mut operators = traversal.operators.iter().map(Decorated::value);
        let TraversalOperator::GetAttr(name) = operators.next()? else {
            return None;
        };
        let whole = match (traversal.expr.as_variable()?.as_str(), name.as_str()) {
            ("local", name) => self.names.definition(name)?,
            ("var", name) => self.names.only_value(name)?,
            ("each", "key") => &self.each?.key,
            ("each", "value") => &self.each?.value,
            _ => return None,
        };
        operators.try_fold(whole, |whole, operator| {
            let whole = self.followed(whole, depth.checked_sub(1)?);
            match operator {
                TraversalOperator::GetAttr(key) => entry(whole, key.as_str()),
                TraversalOperator::Index(Expression::String(key)) => entry(whole, key.as_str()),
                _ => None,
            }
        })
    }

    /// An argument as a truth value.
    pub fn truth(&self, expression: &Expression, depth: usize) -> Formula {
        let expression = self.followed(expression, depth);
        let unknown = || Formula::unknown_bool(spelling(expression));
        let Some(depth) = depth.checked_sub(1) else {
            return unknown();
        };
        match expression {
            Expression::Bool(value) => Formula::Bool(*value.value()),
            // Terraform converts these two texts.
            Expression::String(text) if text.as_str() == "true" => Formula::Bool(true),
            Expression::String(text) if text.as_str() == "false" => Formula::Bool(false),
            Expression::UnaryOp(operation) if *operation.operator.value() == UnaryOperator::Not => {
                self.truth(&operation.expr, depth).negated()
            }
            Expression::BinaryOp(operation) => {
                let sides = (&operation.lhs_expr, &operation.rhs_expr);
                match *operation.operator.value() {
                    operator @ (BinaryOperator::And | BinaryOperator::Or) => {
                        let (one, other) = sides;
                        Formula::operation(
                            operator,
                            self.truth(one, depth),
                            self.truth(other, depth),
                        )
                    }
                    operator @ (BinaryOperator::Eq | BinaryOperator::NotEq) => {
                        let (one, other) = (self.text(sides.0, depth), self.text(sides.1, depth));
                        let is_equal = one.zip(other).map(|(one, other)| one == other);
                        let wanted = operator == BinaryOperator::Eq;
                        is_equal.map_or_else(unknown, |it| Formula::Bool(it == wanted))
                    }
                    _ => unknown(),
                }
            }
            Expression::Conditional(conditional) => Formula::choice(
                self.truth(&conditional.cond_expr, depth),
                self.truth(&conditional.true_expr, depth),
                self.truth(&conditional.false_expr, depth),
            ),
            _ => unknown(),
        }
    }

    /// The number of elements of a list.
    pub fn length(&self, expression: &Expression, depth: usize) -> Formula {
        let expression = self.followed(expression, depth);
        let unknown = || Formula::unknown_number(spelling(expression));
        let Some(depth) = depth.checked_sub(1) else {
            return unknown();
        };
        match expression {
            Expression::Array(items) => number(items.iter().count()).unwrap_or_else(unknown),
            Expression::Conditional(conditional) => Formula::choice(
                self.truth(&conditional.cond_expr, depth),
                self.length(&conditional.true_expr, depth),
                self.length(&conditional.false_expr, depth),
            ),
            Expression::FuncCall(call) => self.length_of_call(call, depth).unwrap_or_else(unknown),
            Expression::ForExpr(found) => self.length_of_for(found, depth).unwrap_or_else(unknown),
            _ => unknown(),
        }
    }

    /// The length of a list that a function makes; `None` where it is not known.
    fn length_of_call(&self, call: &FuncCall, depth: usize) -> Option<Formula> {
        if call.name.is_namespaced() || call.args.expand_final() {
            return None;
        }
        let arguments: Vec<&Expression> = call.args.iter().collect();
        match (call.name.name.as_str(), arguments.as_slice()) {
            ("tolist" | "reverse" | "sort", [list]) => Some(self.length(list, depth)),
            ("concat", lists) => {
                let lengths = lists.iter().map(|list| self.length(list, depth));
                Some(Formula::Sum(lengths.collect()).replaced(&|_| None))
            }
            // Terraform refuses a slice that ends behind the list.
            ("slice", [_, from, to]) | ("range", [from, to]) => {
                let (from, to) = (self.number(from, depth)?, self.number(to, depth)?);
                Some(Formula::Number(to.checked_sub(from)?))
            }
            ("cidrsubnets", [_, bits @ ..]) => number(bits.len()),
            ("range", [to]) => Some(Formula::Number(self.number(to, depth)?)),
            _ => None,
        }
    }

    /// `[for x in list : ...]` has an element for each one of the collection.
    fn length_of_for(&self, found: &ForExpr, depth: usize) -> Option<Formula> {
        if found.cond.is_some() || found.key_expr.is_some() {
            return None;
        }
        match self.followed(&found.intro.collection_expr, depth) {
            Expression::Object(entries) => number(keys(entries)?.len()),
            // Of a list, a set or a map alike; one that is unknown is as long as itself elsewhere.
            collection => Some(self.length(collection, depth)),
        }
    }

    /// A number, where it is known.
    pub fn number(&self, expression: &Expression, depth: usize) -> Option<u64> {
        match self.followed(expression, depth) {
            Expression::Number(number) => number.value().as_u64(),
            Expression::FuncCall(call) if call.name.name.as_str() == "length" => {
                let mut arguments = call.args.iter();
                match self.length(arguments.next()?, depth.checked_sub(1)?) {
                    Formula::Number(length) => Some(length),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// An argument as a text, where it is known.
    pub fn text(&self, expression: &Expression, depth: usize) -> Option<String> {
        match self.followed(expression, depth) {
            Expression::String(text) => Some(text.as_str().to_owned()),
            Expression::Bool(value) => Some(value.value().to_string()),
            _ => None,
        }
    }
}

fn number(length: usize) -> Option<Formula> {
    u64::try_from(length).ok().map(Formula::Number)
}

/// The entries of an object by key; `None` where a key is not written out.
pub fn keys(entries: &Object) -> Option<BTreeMap<String, &Expression>> {
    let entries = entries.iter().map(|(key, value)| {
        let key = match key {
            // A word alone is the key itself.
            ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                name.as_str()
            }
            ObjectKey::Expression(Expression::String(text)) => text.as_str(),
            ObjectKey::Expression(_) => return None,
        };
        Some((key.to_owned(), value.expr()))
    });
    entries.collect()
}

fn entry<'e>(object: &'e Expression, key: &str) -> Option<&'e Expression> {
    match object {
        Expression::Object(entries) => keys(entries)?.get(key).copied(),
        _ => None,
    }
}

/// An expression on one line, with single spaces.
pub fn spelling(expression: &Expression) -> String {
    let text = expression.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
