//! Terraform's expressions, as far as role ARNs need them. What the repository does not tell
//! becomes a symbol, never a guess.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use hcl_edit::Ident;
use hcl_edit::expr::{
    BinaryOperator, Conditional, Expression, FuncCall, ObjectKey, Traversal, TraversalOperator,
    UnaryOperator,
};
use hcl_edit::template::{Element, Template};

use super::functions;
use super::names::ModuleNames;
use super::situation::{OTHER, Selectors, Situation, VALUES_FILE, WORKSPACE};
use super::value::SymbolicValue;

/// Expressions and names that are followed into each other at most.
// Locals in a circle, which Terraform refuses, would never end. The deepest of 142 public
// repositories goes 17 levels down (measured).
const DEPTH: usize = 48;

/// What an evaluator copies and looks at in total, in parts of values; past it, nothing is known.
// Each local is evaluated once, but its value is copied to each reference: twenty-eight locals that
// are lists of the one before, twice, are 2^28 parts. The largest map that roles of 142 public
// repositories are looked up in has some hundreds.
const BUDGET: usize = 200_000;

/// Evaluates expressions of one module in one situation, and notes what else chooses outcomes.
#[derive(Debug)]
pub struct Evaluator<'n> {
    names: &'n ModuleNames,
    situation: &'n Situation,
    /// The values that situations name: [`OTHER`] is none of them.
    listed: &'n Selectors,
    /// The iterator of a `dynamic` block and its value.
    each: Option<(&'n str, SymbolicValue)>,
    /// Values that make a difference and that no situation names yet.
    selectors: RefCell<Selectors>,
    /// The values of locals, each evaluated once; `None` while it is being evaluated.
    // Two references a level would otherwise be two to the power of the depth.
    locals: RefCell<HashMap<String, Option<SymbolicValue>>>,
    /// What is left of [`BUDGET`].
    budget: Cell<usize>,
    /// Whether the workspace was asked for, or a variable that something outside chooses.
    is_chosen: Cell<bool>,
    depth: Cell<usize>,
}

impl<'n> Evaluator<'n> {
    /// An evaluator of the module's expressions.
    pub fn new(names: &'n ModuleNames, situation: &'n Situation, listed: &'n Selectors) -> Self {
        Self {
            names,
            situation,
            listed,
            each: None,
            selectors: RefCell::default(),
            locals: RefCell::default(),
            budget: Cell::new(BUDGET),
            is_chosen: Cell::new(false),
            depth: Cell::new(0),
        }
    }

    /// The same inside a `dynamic` block, for one value of its iterator.
    #[must_use]
    pub fn each(mut self, iterator: &'n str, value: SymbolicValue) -> Self {
        self.each = Some((iterator, value));
        self
    }

    /// The values met so far that make a difference and that no situation names yet.
    pub fn selectors(&self) -> Selectors {
        self.selectors.borrow().clone()
    }

    /// Whether the workspace was asked for, or a variable that something outside chooses.
    pub fn is_chosen(&self) -> bool {
        self.is_chosen.get()
    }

    /// What the expression comes to.
    pub fn value(&self, expression: &Expression) -> SymbolicValue {
        if self.depth.get() > DEPTH || !self.affords(1) {
            return unknown(expression);
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.evaluate(expression);
        self.depth.set(self.depth.get() - 1);
        value
    }

    /// Whether so many parts are left of the budget; they are spent.
    fn affords(&self, parts: usize) -> bool {
        let left = self.budget.get().checked_sub(parts);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }

    /// A copy of a value; `None` where the budget is spent.
    fn copy(&self, value: &SymbolicValue) -> Option<SymbolicValue> {
        self.affords(value.parts()).then(|| value.clone())
    }

    fn evaluate(&self, expression: &Expression) -> SymbolicValue {
        match expression {
            Expression::Null(_) => SymbolicValue::Null,
            Expression::Bool(value) => SymbolicValue::Bool(*value.value()),
            Expression::Number(number) => SymbolicValue::literal(number.value().to_string()),
            Expression::String(text) => SymbolicValue::literal(text.as_str()),
            Expression::Array(items) => {
                SymbolicValue::List(items.iter().map(|item| self.value(item)).collect())
            }
            Expression::Object(object) => {
                let entries = object.iter().map(|(key, value)| {
                    let key = match key {
                        ObjectKey::Ident(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(Expression::Variable(name)) => {
                            name.as_str().to_owned()
                        }
                        ObjectKey::Expression(key) => self.value(key).as_literal()?.to_owned(),
                    };
                    Some((key, self.value(value.expr())))
                });
                let entries: Option<BTreeMap<_, _>> = entries.collect();
                entries.map_or_else(|| unknown(expression), SymbolicValue::Object)
            }
            Expression::StringTemplate(template) => self
                .pieces(template.iter())
                .unwrap_or_else(|| unknown(expression)),
            Expression::HeredocTemplate(heredoc) => {
                let template: &Template = &heredoc.template;
                self.pieces(template.iter())
                    .unwrap_or_else(|| unknown(expression))
            }
            Expression::Parenthesis(inner) => self.value(inner.inner()),
            Expression::Conditional(conditional) => self.conditional(expression, conditional),
            Expression::FuncCall(call) => self.call(expression, call),
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::UnaryOp(operation) => {
                match (operation.operator.value(), self.value(&operation.expr)) {
                    (UnaryOperator::Not, SymbolicValue::Bool(value)) => SymbolicValue::Bool(!value),
                    _ => unknown(expression),
                }
            }
            Expression::BinaryOp(operation) => {
                let sides = (
                    self.value(&operation.lhs_expr),
                    self.value(&operation.rhs_expr),
                );
                self.operation(*operation.operator.value(), sides)
                    .unwrap_or_else(|| unknown(expression))
            }
            // A `for` makes collections, and a bare name is none of Terraform's values.
            Expression::Variable(_) | Expression::ForExpr(_) => unknown(expression),
        }
    }

    fn pieces<'t>(&self, elements: impl Iterator<Item = &'t Element>) -> Option<SymbolicValue> {
        let values = elements.map(|element| match element {
            Element::Literal(text) => Some(SymbolicValue::literal(text.as_str())),
            Element::Interpolation(interpolation) => Some(self.value(&interpolation.expr)),
            Element::Directive(_) => None,
        });
        SymbolicValue::concat(values.collect::<Option<Vec<_>>>()?)
    }

    fn conditional(&self, whole: &Expression, conditional: &Conditional) -> SymbolicValue {
        match self.value(&conditional.cond_expr) {
            SymbolicValue::Bool(true) => self.value(&conditional.true_expr),
            SymbolicValue::Bool(false) => self.value(&conditional.false_expr),
            _ => {
                let outcomes = (
                    self.value(&conditional.true_expr),
                    self.value(&conditional.false_expr),
                );
                match outcomes.0 == outcomes.1 {
                    // Either way the same: the condition need not be known.
                    true => outcomes.0,
                    false => unknown(whole),
                }
            }
        }
    }

    fn operation(
        &self,
        operator: BinaryOperator,
        sides: (SymbolicValue, SymbolicValue),
    ) -> Option<SymbolicValue> {
        let is_and = operator == BinaryOperator::And;
        match (operator, sides) {
            (
                BinaryOperator::And | BinaryOperator::Or,
                (SymbolicValue::Bool(one), SymbolicValue::Bool(other)),
            ) => Some(SymbolicValue::Bool(match is_and {
                true => one && other,
                false => one || other,
            })),
            (BinaryOperator::Eq | BinaryOperator::NotEq, (one, other)) => {
                let wanted = operator == BinaryOperator::Eq;
                for (one, other) in [(&one, &other), (&other, &one)] {
                    if let (Some(selector), Some(value)) = (one.as_symbol(), other.as_literal()) {
                        // The situation "any other" is none of the values that the code compares with.
                        if self.is_other_than(selector, value) {
                            return Some(SymbolicValue::Bool(!wanted));
                        }
                        self.note(selector, [value.to_owned()]);
                    }
                }
                let is_known = one.is_known() && other.is_known();
                is_known.then_some(SymbolicValue::Bool((one == other) == wanted))
            }
            _ => None,
        }
    }

    fn call(&self, whole: &Expression, call: &FuncCall) -> SymbolicValue {
        // A provider's function may do anything, and `...` hides how many arguments there are.
        if call.name.is_namespaced() || call.args.expand_final() {
            return unknown(whole);
        }
        let arguments: Vec<SymbolicValue> = call.args.iter().map(|it| self.value(it)).collect();
        let result = match (call.name.name.as_str(), arguments.as_slice()) {
            ("lookup", [map, key]) => Some(self.index(map, key)),
            ("lookup", [map, key, default]) => match self.index(map, key) {
                SymbolicValue::Missing => Some(default.clone()),
                // Whether a map that is not known has the key is not known either.
                _ if map.as_symbol().is_some() => None,
                found => Some(found),
            },
            (name, arguments) => functions::call(name, arguments),
        };
        result.unwrap_or_else(|| unknown(whole))
    }

    fn traversal(&self, traversal: &Traversal) -> SymbolicValue {
        let mut steps = traversal.operators.iter().map(hcl_edit::Decorated::value);
        let mut name = || match steps.next() {
            Some(TraversalOperator::GetAttr(name)) => Some(name.as_str().to_owned()),
            _ => None,
        };
        let root = traversal.expr.as_variable().map(Ident::as_str);
        let (start, taken) = match root {
            Some("var") => (name().map(|name| self.variable(&name)), 1),
            Some("local") => (name().map(|name| self.local(&name)), 1),
            Some("terraform") if name().as_deref() == Some("workspace") => {
                (Some(self.selected(WORKSPACE)), 1)
            }
            Some("data") if name().as_deref() == Some("aws_caller_identity") => {
                let alias = name().and_then(|name| self.names.identity(&name));
                (alias.map(|alias| SymbolicValue::symbol(caller(alias))), 3)
            }
            Some(iterator) if self.each.as_ref().is_some_and(|each| each.0 == iterator) => {
                let value = self.each.as_ref().and_then(|each| self.copy(&each.1));
                (value.filter(|_| name().as_deref() == Some("value")), 1)
            }
            Some(root) => (Some(SymbolicValue::symbol(root)), 0),
            None => (Some(self.value(&traversal.expr)), 0),
        };
        let Some(mut value) = start else {
            return SymbolicValue::symbol(traversal_text(traversal));
        };
        for step in traversal.operators.iter().skip(taken) {
            value = match step.value() {
                TraversalOperator::GetAttr(name) => {
                    self.step(value, &SymbolicValue::literal(name.as_str()))
                }
                TraversalOperator::Index(key) => self.step(value, &self.value(key)),
                TraversalOperator::LegacyIndex(index) => {
                    self.step(value, &SymbolicValue::literal(index.value().to_string()))
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    return SymbolicValue::symbol(traversal_text(traversal));
                }
            };
        }
        value
    }

    fn variable(&self, name: &str) -> SymbolicValue {
        let file = self.situation.get(VALUES_FILE);
        if let (None, Some(files)) = (file, self.names.choice(name)) {
            self.note(VALUES_FILE, files);
        }
        match self.names.variable(name, file.map(String::as_str)) {
            Some(value) if self.names.is_set(name) => functions::set(&self.value(value))
                .unwrap_or_else(|| SymbolicValue::symbol(format!("var.{name}"))),
            Some(value) => self.value(value),
            None => {
                if self.names.is_chosen_elsewhere(name) {
                    self.is_chosen.set(true);
                }
                self.selected(&format!("var.{name}"))
            }
        }
    }

    fn local(&self, name: &str) -> SymbolicValue {
        let symbol = || SymbolicValue::symbol(format!("local.{name}"));
        let Some(expression) = self.names.local(name) else {
            return symbol();
        };
        if let Some(known) = self.locals.borrow().get(name) {
            // Terraform refuses a local that refers to itself: "Cycle".
            let copy = known.as_ref().and_then(|known| self.copy(known));
            return copy.unwrap_or_else(symbol);
        }
        self.locals.borrow_mut().insert(name.to_owned(), None);
        let value = self.value(expression);
        let copy = self.copy(&value);
        self.locals
            .borrow_mut()
            .insert(name.to_owned(), Some(value));
        copy.unwrap_or_else(symbol)
    }

    /// The value of a selector in this situation.
    fn selected(&self, selector: &str) -> SymbolicValue {
        if selector == WORKSPACE {
            self.is_chosen.set(true);
        }
        match self.situation.get(selector).filter(|value| *value != OTHER) {
            Some(value) => SymbolicValue::literal(value),
            None => SymbolicValue::symbol(selector),
        }
    }

    /// Whether the selector is known to be none of the values that situations name, this one
    /// among them.
    fn is_other_than(&self, selector: &str, value: &str) -> bool {
        let is_other = self.situation.get(selector).is_some_and(|it| it == OTHER);
        let mut listed = self.listed.get(selector).into_iter().flatten();
        is_other && listed.any(|listed| listed == value)
    }

    /// [`Self::index`] of a value that nothing else needs: the many steps of a reference to what is not
    /// known are added to one text.
    fn step(&self, value: SymbolicValue, key: &SymbolicValue) -> SymbolicValue {
        match value.into_symbol() {
            Ok(expression) => SymbolicValue::symbol(expression + &written_key(key)),
            Err(value) => self.index(&value, key),
        }
    }

    fn index(&self, value: &SymbolicValue, key: &SymbolicValue) -> SymbolicValue {
        let written =
            |value: &SymbolicValue, key: &SymbolicValue| value.written() + &written_key(key);
        match (value, key.as_literal()) {
            (SymbolicValue::Object(entries), Some(name)) => {
                entries.get(name).cloned().unwrap_or(SymbolicValue::Missing)
            }
            (SymbolicValue::List(items), Some(number)) => {
                let item = number.parse::<usize>().ok();
                let item = item.and_then(|number| items.get(number));
                item.cloned().unwrap_or(SymbolicValue::Missing)
            }
            (SymbolicValue::Object(entries), None) => {
                if let Some(selector) = key.as_symbol() {
                    if entries
                        .keys()
                        .all(|name| self.is_other_than(selector, name))
                    {
                        return SymbolicValue::Missing;
                    }
                    self.note(selector, entries.keys().cloned());
                }
                SymbolicValue::symbol(written(value, key))
            }
            (SymbolicValue::Missing, _) => SymbolicValue::Missing,
            _ => SymbolicValue::symbol(written(value, key)),
        }
    }

    /// Notes that a selector chooses between outcomes.
    fn note(&self, selector: &str, values: impl IntoIterator<Item = String>) {
        let is_selector = [WORKSPACE, VALUES_FILE].contains(&selector)
            || selector.strip_prefix("var.").is_some_and(is_name);
        if is_selector {
            let mut selectors = self.selectors.borrow_mut();
            let known = selectors.entry(selector.to_owned()).or_default();
            known.extend(values);
            // One of the files is passed, or none: the module says which.
            if selector != VALUES_FILE {
                known.insert(OTHER.to_owned());
            }
        }
    }
}

/// The symbol for the account in which the provider of that alias acts.
pub fn caller(alias: &str) -> String {
    match alias {
        "" => format!("{CALLER}the default provider"),
        alias => format!("{CALLER}provider \"aws.{alias}\""),
    }
}

/// The alias in such a symbol; empty for the default provider.
pub fn caller_alias(symbol: &str) -> Option<&str> {
    let provider = symbol.strip_prefix(CALLER)?;
    let alias = provider.strip_prefix("provider \"aws.");
    alias.map_or(Some(""), |alias| alias.strip_suffix('"'))
}

const CALLER: &str = "the account of ";

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let starts = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn unknown(expression: &Expression) -> SymbolicValue {
    SymbolicValue::symbol(one_line(&expression.to_string()))
}

/// A key as it stands behind what it is of.
fn written_key(key: &SymbolicValue) -> String {
    match key.as_literal() {
        Some(name) if is_name(name) => format!(".{name}"),
        _ => format!("[{}]", key.written()),
    }
}

fn traversal_text(traversal: &Traversal) -> String {
    one_line(&Expression::from(traversal.clone()).to_string())
}

pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
