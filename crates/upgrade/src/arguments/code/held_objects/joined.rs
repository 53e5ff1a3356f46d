//! What several values hold as one: the branches of a choice, the elements of a list, the keys of an
//! object in braces.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, Object, ObjectKey};

use super::ObjectReader;
use super::held::{Content, Held};

impl ObjectReader<'_> {
    /// Reads an object in braces; what its keys hold.
    pub(super) fn braces(&mut self, object: &Object) -> Option<Held> {
        let (mut fields, mut others) = (BTreeMap::new(), Vec::new());
        for (key, value) in object {
            let name = match key {
                ObjectKey::Ident(name) => Some(name.as_str()),
                ObjectKey::Expression(Expression::String(name)) => Some(name.as_str()),
                ObjectKey::Expression(key) => {
                    let held = self.read(key);
                    self.leaves(held);
                    None
                }
            };
            let held = self.read(value.expr());
            let is_empty = is_empty(value.expr());
            match name {
                Some(name) => drop(fields.insert(name.to_owned(), (held, is_empty))),
                None => others.push((held, is_empty)),
            }
        }
        if others.is_empty() {
            let mut values = fields.values();
            let holds_any = values.any(|(held, _)| held.is_some());
            let content = Content::Fields(fields);
            return holds_any.then_some(Held { levels: 0, content });
        }
        others.extend(fields.into_values());
        self.joined(others).map(Held::inside)
    }

    /// What several expressions hold, of which the result is one, or has each as an element.
    pub(super) fn one_of<'e>(
        &mut self,
        all: impl IntoIterator<Item = &'e Expression>,
    ) -> Option<Held> {
        let all = all.into_iter();
        let values: Vec<_> = all.map(|it| (self.read(it), is_empty(it))).collect();
        self.joined(values)
    }

    /// What a value holds that is one of these, each with whether it is there for the case that there
    /// is nothing. Where another value may be in the place of an object, what reads it is not seen.
    pub(super) fn joined(&mut self, values: Vec<(Option<Held>, bool)>) -> Option<Held> {
        let mut has_other = false;
        let (mut objects, mut attributes) = (Vec::new(), Vec::new());
        for (held, is_empty) in values {
            let held = held.and_then(|held| self.uniform(held));
            match held {
                None => has_other |= !is_empty,
                Some(held) => match held.content {
                    Content::Attributes(_) => attributes.push(held),
                    _ => objects.push(held),
                },
            }
        }
        let is_alike = objects.windows(2).all(|pair| pair[0].is_like(&pair[1]));
        if !objects.is_empty() && !has_other && is_alike && attributes.is_empty() {
            return together(objects);
        }
        for held in objects {
            self.leaves(Some(held));
        }
        // A function that makes a list of a set takes a list, too.
        together(attributes)
    }

    /// An object in braces as a map: what its keys hold as one.
    pub(super) fn uniform(&mut self, held: Held) -> Option<Held> {
        match held.content {
            Content::Fields(fields) if held.levels == 0 => {
                let all = self.joined(fields.into_values().collect());
                all.map(Held::inside)
            }
            content => Some(Held { content, ..held }),
        }
    }
}

/// Values that are followed as one.
fn together(values: Vec<Held>) -> Option<Held> {
    let mut values = values.into_iter();
    let mut held = values.next()?;
    for other in values {
        if held.is_like(&other) {
            held.join(other);
        }
    }
    Some(held)
}

/// Whether the value is there for the case that there is nothing.
pub fn is_empty(expression: &Expression) -> bool {
    match expression {
        Expression::Null(_) => true,
        Expression::Array(items) => items.is_empty(),
        Expression::Object(entries) => entries.is_empty(),
        Expression::Parenthesis(inner) => is_empty(inner.inner()),
        _ => false,
    }
}
