//! What references lead to, through names, attributes, indexes and splats.

use std::ops::Range;

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::ObjectReader;
use super::held::{Content, Held};
use crate::arguments::code::block_type::BlockType;
use crate::arguments::code::reference::{AttributeStep, ObjectName, Reference};

impl ObjectReader<'_> {
    /// Reads a reference; what it leads to.
    pub(super) fn traversal(&mut self, node: &Traversal) -> Option<Held> {
        for operator in &node.operators {
            if let TraversalOperator::Index(index) = operator.value() {
                let held = self.read(index);
                self.leaves(held);
            }
        }
        if let Some((object, taken)) = self.object(node) {
            let mut held = self.whole(object, node, taken);
            match node.operators.get(taken).map(Decorated::value) {
                // Terraform before 0.12 takes the first of several for one without an index.
                Some(TraversalOperator::GetAttr(_)) => held.levels = 0,
                Some(TraversalOperator::Index(Expression::String(_))) => {}
                Some(TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_)) => {
                    held.levels = 1;
                }
                _ => {}
            }
            return self.through(held, node, taken, Some(&self.span(node)));
        }
        let root = node.expr.as_variable().map(hcl_edit::Ident::as_str);
        let first = node.operators.first().map(Decorated::value);
        let (mut held, taken) = match (root, first) {
            (Some("local"), Some(TraversalOperator::GetAttr(name))) => {
                (self.names.locals.get(name.as_str()).cloned(), 1)
            }
            (Some("module"), Some(TraversalOperator::GetAttr(label))) => {
                (self.names.called.get(label.as_str()).cloned(), 1)
            }
            (Some("var"), Some(TraversalOperator::GetAttr(name))) => {
                (self.names.variables.get(name.as_str()).cloned(), 1)
            }
            (Some("output"), Some(TraversalOperator::GetAttr(name))) => {
                (self.names.outputs.get(name.as_str()).cloned(), 1)
            }
            (Some("run"), Some(TraversalOperator::GetAttr(run)))
                if !self.foreign_runs.contains(run.as_str()) =>
            {
                match node.operators.get(1).map(Decorated::value) {
                    Some(TraversalOperator::GetAttr(name)) => {
                        (self.names.outputs.get(name.as_str()).cloned(), 2)
                    }
                    _ => (None, 1),
                }
            }
            // Of `each` and of the name of a `dynamic` block.
            (Some(root), Some(TraversalOperator::GetAttr(name)))
                if ["key", "value"].contains(&name.as_str())
                    && self.has_scope(&format!("{root}.{}", name.as_str())) =>
            {
                (self.scope(&format!("{root}.{}", name.as_str())), 1)
            }
            _ => (self.read(&node.expr), 0),
        };
        if let Some(held) = &mut held
            && root.is_some()
        {
            // What leaves, leaves here, not where the name gets its value.
            for origin in held.origins() {
                origin.span = self.span(node);
            }
        }
        self.through(held?, node, taken, None)
    }

    /// The resource or data source of a wanted type that a reference is to, and how many operators
    /// name it.
    fn object(&self, node: &Traversal) -> Option<(ObjectName, usize)> {
        let name = |at: usize| match node.operators.get(at)?.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        };
        let (kind, type_name, at) = match node.expr.as_variable()?.as_str() {
            "data" => (BlockType::Data, name(0)?, 1),
            type_name => (BlockType::Resource, type_name, 0),
        };
        if !self.names.types.contains(&(kind, type_name)) {
            return None;
        }
        let object = ObjectName {
            module: String::new(),
            kind,
            type_name: type_name.to_owned(),
            name: name(at)?.to_owned(),
        };
        Some((object, at + 1))
    }

    /// The whole object that a reference begins with.
    fn whole(&mut self, object: ObjectName, node: &Traversal, taken: usize) -> Held {
        let is_repeated = self.names.repeated.contains(&object.address());
        let origin = Reference {
            object: object.clone(),
            span: self.span(node),
            steps: Vec::new(),
            inherited: 0,
        };
        let mut rest = node.operators[taken..].iter();
        if !rest.any(|it| matches!(it.value(), TraversalOperator::GetAttr(_))) {
            self.whole.push(origin.clone());
        }
        Held::of_object(object, usize::from(is_repeated), origin)
    }

    /// What the operators from `taken` on lead to. The attributes among them are found as a reference
    /// with these bytes, or with their own.
    fn through(
        &mut self,
        held: Held,
        node: &Traversal,
        taken: usize,
        span: Option<&Range<usize>>,
    ) -> Option<Held> {
        let mut held = self.walk(held, node, taken)?;
        self.reads(&mut held, span);
        Some(held)
    }

    fn walk(&mut self, mut held: Held, node: &Traversal, taken: usize) -> Option<Held> {
        let start = self.span(node).start;
        // The levels that splats have taken apart, and whether the last one is `.*`.
        let (mut apart, mut is_legacy) = (0, false);
        for (at, operator) in node.operators.iter().enumerate().skip(taken) {
            let operator = operator.value();
            let is_bracket = matches!(
                operator,
                TraversalOperator::Index(_) | TraversalOperator::FullSplat(_)
            );
            // Behind `.*`, brackets are of the whole result, `.0` is of each element (Terraform docs,
            // "Legacy (Attribute-only) Splat Expressions"; the latter measured with 1.11).
            if is_legacy && is_bracket {
                held.levels += apart;
                (apart, is_legacy) = (0, false);
            }
            if !matches!(operator, TraversalOperator::GetAttr(_)) {
                held.mark_indexed();
            }
            held = match operator {
                TraversalOperator::GetAttr(name) => {
                    let step = AttributeStep {
                        name: name.to_string(),
                        span: self.span(name),
                        is_indexed: false,
                        is_quoted: false,
                    };
                    held.key(step)?
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    is_legacy = matches!(operator, TraversalOperator::AttrSplat(_));
                    apart += 1;
                    // Around a single object a splat makes a list of one.
                    match (held.levels, &held.content) {
                        (0, Content::Objects { .. } | Content::Fields(_)) => held,
                        _ => held.element()?,
                    }
                }
                TraversalOperator::Index(Expression::String(text)) if !is_number(text) => {
                    let step = self.quoted(text);
                    held.key(step)?
                }
                TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_) => {
                    let end = match at.checked_sub(1) {
                        None => self.span(&node.expr).end,
                        Some(before) => self.span(&node.operators[before]).end,
                    };
                    self.takes_for_list(&held, start..end, apart == 0);
                    let held = self.uniform(held)?;
                    self.or_leaves(held, Held::element)?
                }
            };
        }
        held.levels += apart;
        Some(held)
    }

    /// An attribute whose name is written as a text.
    pub(super) fn quoted(&self, text: &Decorated<String>) -> AttributeStep {
        let span = self.span(text);
        AttributeStep {
            name: text.to_string(),
            span: span.start + 1..span.end.saturating_sub(1),
            is_indexed: false,
            is_quoted: true,
        }
    }

    /// The attributes that a value leads through are read, as far as they are not found yet.
    pub(super) fn reads(&mut self, held: &mut Held, span: Option<&Range<usize>>) {
        let Content::Attributes(attributes) = &mut held.content else {
            return;
        };
        for attribute in attributes {
            let (Some(first), Some(last)) =
                (attribute.steps.get(attribute.found), attribute.steps.last())
            else {
                continue;
            };
            let own = first.span.start..last.span.end;
            self.found.push(Reference {
                object: attribute.object.clone(),
                span: span.cloned().unwrap_or(own),
                steps: attribute.steps.clone(),
                inherited: attribute.found,
            });
            attribute.found = attribute.steps.len();
        }
    }
}

/// Whether a text is the number of an element: Terraform converts it.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
