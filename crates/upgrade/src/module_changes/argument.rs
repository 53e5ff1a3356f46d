//! What the arguments of a call are, as far as the repository tells. What it does not tell becomes a
//! symbol: the expression in one spelling, so that the same expression is one symbol wherever it
//! stands in the call.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, FuncCall, UnaryOperator};

use super::formula::{Formula, named};
use terraform::account::ModuleNames;

/// References that are followed into each other at most.
// Locals in a circle, which Terraform refuses, would never end.
const DEPTH: usize = 24;

/// The arguments of a call by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    by_name: BTreeMap<String, Argument>,
    /// Those that are `null`: Terraform takes the default.
    nulls: BTreeMap<String, Expression>,
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Argument {
    expression: Expression,
    /// The argument as a truth value.
    truth: Formula,
    /// The number of its elements.
    length: Formula,
    /// The argument as a text, where it is known.
    text: Option<String>,
}

impl Arguments {
    /// The arguments as they are written.
    pub fn new<'e>(written: impl IntoIterator<Item = (&'e str, &'e Expression)>) -> Self {
        let mut arguments = Self::default();
        for (name, expression) in written {
            arguments.add(name, expression.clone(), &ModuleNames::default());
        }
        arguments
    }

    /// The same where the names that they use are known.
    #[must_use]
    pub fn with_names(&self, names: &ModuleNames) -> Self {
        let mut arguments = Self::default();
        let written = self.by_name.iter().map(|(name, it)| (name, &it.expression));
        for (name, expression) in written.chain(&self.nulls) {
            arguments.add(name, expression.clone(), names);
        }
        arguments
    }

    /// The same with another argument, as it is written.
    pub fn set(&mut self, name: &str, written: &str) {
        if let Ok(expression) = syntax::hcl::expression(written) {
            self.add(name, expression, &ModuleNames::default());
        }
    }

    /// Takes the arguments of others where these have one of the same name.
    pub fn override_with(&mut self, others: &Self) {
        for name in others.names() {
            self.by_name.remove(name);
            self.nulls.remove(name);
        }
        let (by_name, nulls) = (others.by_name.clone(), others.nulls.clone());
        self.by_name.extend(by_name);
        self.nulls.extend(nulls);
    }

    fn add(&mut self, name: &str, expression: Expression, names: &ModuleNames) {
        let resolver = Resolver { names };
        if resolver.followed(&expression, DEPTH).is_null() {
            self.nulls.insert(name.to_owned(), expression);
            return;
        }
        let argument = Argument {
            truth: resolver.truth(&expression, DEPTH),
            length: resolver.length(&expression, DEPTH),
            text: resolver.text(&expression, DEPTH),
            expression,
        };
        self.by_name.insert(name.to_owned(), argument);
    }

    /// The names of those that it has, `null` or not.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.by_name.keys().chain(self.nulls.keys());
        names.map(String::as_str)
    }

    /// Whether the call has it, `null` or not.
    pub fn has(&self, name: &str) -> bool {
        self.is_set(name) || self.nulls.contains_key(name)
    }

    /// Whether the call sets it to a value.
    pub fn is_set(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Whether it is set, to something else than `false`.
    pub fn may_be_true(&self, name: &str) -> bool {
        let argument = self.by_name.get(name);
        argument.is_some_and(|argument| argument.truth != Formula::Bool(false))
    }

    /// Its text, where it is known.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.by_name.get(name)?.text.as_deref()
    }

    /// How it is written.
    pub fn written(&self, name: &str) -> Option<String> {
        self.by_name.get(name).map(|it| spelling(&it.expression))
    }

    /// Whether some argument uses names of its module.
    pub fn use_names(&self) -> bool {
        let mut arguments = self.by_name.values();
        arguments.any(|argument| {
            let text = argument.expression.to_string();
            text.contains("var.") || text.contains("local.")
        })
    }

    /// What a part of a formula is in terms of these arguments; `None` where it is not about one of
    /// them, or the call does not set it.
    pub fn formula(&self, part: &Formula) -> Option<Formula> {
        match part {
            Formula::Name(name) => self.by_name.get(name).map(|it| it.truth.clone()),
            Formula::Length(name) => self.by_name.get(name).map(|it| it.length.clone()),
            Formula::IsSet(name) => Some(Formula::Bool(self.is_set(name))),
            Formula::IsText(name, wanted) => {
                let argument = self.by_name.get(name)?;
                Some(match &argument.text {
                    Some(text) => Formula::Bool(text == wanted),
                    None => {
                        let written = spelling(&argument.expression);
                        Formula::unknown_bool(format!("{written} == \"{wanted}\""))
                    }
                })
            }
            _ => None,
        }
    }
}

/// Evaluates expressions with the names of their module.
struct Resolver<'n> {
    names: &'n ModuleNames,
}

impl Resolver<'_> {
    /// The expression that a reference to a local or a variable stands for; the expression itself
    /// where it is none, or the repository does not tell.
    fn followed<'e>(&'e self, expression: &'e Expression, depth: usize) -> &'e Expression {
        let next = match expression {
            Expression::Parenthesis(inner) => Some(inner.inner()),
            Expression::Traversal(traversal) => {
                let local = named(traversal, "local").and_then(|it| self.names.definition(it));
                local.or_else(|| self.names.only_value(named(traversal, "var")?))
            }
            _ => None,
        };
        match next {
            Some(next) if depth > 0 => self.followed(next, depth - 1),
            _ => expression,
        }
    }

    fn truth(&self, expression: &Expression, depth: usize) -> Formula {
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
    fn length(&self, expression: &Expression, depth: usize) -> Formula {
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
                let lengths = lists.iter().map(|list| match self.length(list, depth) {
                    Formula::Number(length) => Some(length),
                    _ => None,
                });
                lengths.sum::<Option<u64>>().map(Formula::Number)
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
            Expression::Object(entries) => {
                let names = entries.iter().map(|(key, _)| key.as_ident());
                let names: Option<BTreeSet<_>> =
                    names.map(|it| Some(it?.as_str().to_owned())).collect();
                number(names?.len())
            }
            // Of a list, a set or a map alike; one that is unknown is as long as itself elsewhere.
            collection => Some(self.length(collection, depth)),
        }
    }

    fn number(&self, expression: &Expression, depth: usize) -> Option<u64> {
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

    fn text(&self, expression: &Expression, depth: usize) -> Option<String> {
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

/// An expression on one line, with single spaces.
fn spelling(expression: &Expression) -> String {
    let text = expression.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
