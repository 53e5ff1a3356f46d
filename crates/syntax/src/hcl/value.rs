//! Expressions, and where they stand.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};

use super::Document;
use super::body::{Attribute, shift};
use crate::location::Location;

/// An expression and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Value<'d> {
    pub(super) document: &'d Document,
    pub(super) offset: usize,
    pub(super) expression: &'d Expression,
}

/// The key of an object where it is a name or a quoted string.
pub fn key_name(key: &ObjectKey) -> Option<&str> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str()),
        ObjectKey::Expression(key) => match key.as_variable() {
            Some(name) => Some(name.as_str()),
            None => key.as_str(),
        },
    }
}

impl<'d> Value<'d> {
    /// The file it stands in.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// The parsed expression.
    pub fn expression(&self) -> &'d Expression {
        self.expression
    }

    /// Its bytes.
    pub fn span(&self) -> Range<usize> {
        shift(self.expression.span(), self.offset)
    }

    /// Its source text.
    pub fn text(&self) -> &'d str {
        &self.document.text[self.span()]
    }

    /// The string, where it is a quoted one without templates.
    pub fn literal(&self) -> Option<&'d str> {
        self.expression.as_str()
    }

    /// The literal string, else the source text.
    pub fn written(&self) -> String {
        self.literal().unwrap_or(self.text()).to_owned()
    }

    /// Line and column of its first byte.
    pub fn location(&self) -> Location {
        self.document.location(self.span().start)
    }

    /// The elements of a list that is written out.
    pub fn items(&self) -> Option<Vec<Value<'d>>> {
        let items = self.expression.as_array()?.iter();
        let items = items.map(|expression| Value {
            expression,
            ..*self
        });
        Some(items.collect())
    }

    /// The arguments of a call of that function.
    pub fn arguments(&self, function: &str) -> Option<Vec<Value<'d>>> {
        let call = self.expression.as_func_call()?;
        let is_it = call.name.namespace.is_empty() && call.name.name.as_str() == function;
        let arguments = call.args.iter().map(|expression| Value {
            expression,
            ..*self
        });
        is_it.then(|| arguments.collect())
    }

    /// What a conditional may be.
    pub fn branches(&self) -> Option<[Value<'d>; 2]> {
        let Expression::Conditional(conditional) = self.expression else {
            return None;
        };
        let branches = [&conditional.true_expr, &conditional.false_expr];
        Some(branches.map(|expression| Value {
            expression,
            ..*self
        }))
    }

    /// The entries of an object whose keys are names or quoted strings.
    pub fn entries(&self) -> Vec<Attribute<'d>> {
        let Some(object) = self.expression.as_object() else {
            return Vec::new();
        };
        let entries = object.iter().filter_map(|(key, value)| {
            let name = key_name(key)?;
            let span = match key {
                ObjectKey::Ident(name) => name.span(),
                ObjectKey::Expression(key) => key.span(),
            };
            Some(Attribute {
                name,
                key: shift(span, self.offset),
                value: Value {
                    expression: value.expr(),
                    ..*self
                },
            })
        });
        entries.collect()
    }

    /// The elements of a list.
    pub fn elements(&self) -> Vec<Value<'d>> {
        self.items().unwrap_or_default()
    }

    /// The object's entry of that name.
    pub fn entry(&self, name: &str) -> Option<Attribute<'d>> {
        self.entries().into_iter().find(|entry| entry.name == name)
    }
}
