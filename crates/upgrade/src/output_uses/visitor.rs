//! Finds readings of outputs in expressions.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, FuncCall};
use hcl_edit::structure::{Block, Body};
use hcl_edit::template::{Element, Template};
use hcl_edit::visit::{Visit, visit_block, visit_body, visit_expr};

use super::UseKind;
use super::reader::{Found, Reader};

/// Functions that refuse null, or answer something else than for an empty text (Terraform's pages on
/// functions; measured with 1.11.4).
const REFUSE_NULL: [&str; 33] = [
    "base64encode",
    "cidrhost",
    "cidrnetmask",
    "cidrsubnet",
    "cidrsubnets",
    "contains",
    "element",
    "endswith",
    "format",
    "formatlist",
    "indent",
    "index",
    "join",
    "keys",
    "length",
    "lookup",
    "lower",
    "md5",
    "regex",
    "regexall",
    "replace",
    "sha1",
    "sha256",
    "split",
    "startswith",
    "strcontains",
    "substr",
    "title",
    "trim",
    "trimprefix",
    "trimspace",
    "trimsuffix",
    "upper",
];

/// Visits the expressions of a block.
pub(super) struct Visitor<'v, 'n> {
    /// What names stand for where it is.
    pub reader: &'v Reader<'n>,
    /// Where the block begins in its document.
    pub offset: usize,
    /// What was found.
    pub found: &'v mut Vec<Found>,
}

impl<'n> Visitor<'_, 'n> {
    /// The visitor of where that reader reads.
    fn inside<'v>(&'v mut self, reader: &'v Reader<'n>) -> Visitor<'v, 'n> {
        Visitor {
            reader,
            offset: self.offset,
            found: self.found,
        }
    }

    fn add(&mut self, output: String, kind: UseKind, span: Option<Range<usize>>) {
        let span = span.unwrap_or_default();
        self.found.push(Found {
            output,
            kind,
            at: span.start + self.offset..span.end + self.offset,
        });
    }

    fn comparison(&mut self, one: &Expression, other: &Expression) {
        let Some(output) = self
            .reader
            .output(one)
            .filter(|_| other.as_str() == Some(""))
        else {
            return;
        };
        let is_direct = matches!(one, Expression::Traversal(_));
        self.add(output, UseKind::Comparison { is_direct }, other.span());
    }

    fn template<'t>(&mut self, elements: impl Iterator<Item = &'t Element>) {
        for element in elements {
            if let Element::Interpolation(interpolation) = element
                && let Some(output) = self.reader.output(&interpolation.expr)
            {
                self.add(output, UseKind::Template, interpolation.span());
            }
        }
    }

    fn call(&mut self, call: &FuncCall) {
        let name = call.name.name.as_str();
        if !REFUSE_NULL.contains(&name) {
            return;
        }
        for argument in &call.args {
            let items = argument
                .as_array()
                .into_iter()
                .flat_map(|items| items.iter());
            for argument in items.chain([argument]) {
                if let Some(output) = self.reader.output(argument) {
                    self.add(output, UseKind::Function(name.to_owned()), argument.span());
                }
            }
        }
    }
}

impl Visit for Visitor<'_, '_> {
    fn visit_body(&mut self, node: &Body) {
        let Some(for_each) = node.get_attribute("for_each") else {
            return visit_body(self, node);
        };
        let reader = self.reader.with(&["each", "value"], &for_each.value);
        visit_body(&mut self.inside(&reader), node);
    }

    fn visit_block(&mut self, node: &Block) {
        let for_each = node.body.get_attribute("for_each");
        let (true, Some(for_each)) = (node.ident.as_str() == "dynamic", for_each) else {
            return visit_block(self, node);
        };
        let iterator = node.body.get_attribute("iterator");
        let iterator = iterator.and_then(|it| it.value.as_variable().map(hcl_edit::Ident::as_str));
        let label = node
            .labels
            .first()
            .map(hcl_edit::structure::BlockLabel::as_str);
        let name = iterator.or(label).unwrap_or_default();
        let reader = self.reader.with(&[name, "value"], &for_each.value);
        // Not the `for_each` of a resource: `each.value` stays that of the block around it.
        visit_body(&mut self.inside(&reader), &node.body);
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.visit_expr(&node.intro.collection_expr);
        let reader = self.reader.element(&node.intro);
        let mut inside = self.inside(&reader);
        let cond = node.cond.iter().map(|cond| &cond.expr);
        for expression in cond.chain(&node.key_expr).chain([&node.value_expr]) {
            inside.visit_expr(expression);
        }
    }

    fn visit_expr(&mut self, node: &Expression) {
        match node {
            Expression::BinaryOp(operation) => {
                let operator = *operation.operator.value();
                if matches!(operator, BinaryOperator::Eq | BinaryOperator::NotEq) {
                    self.comparison(&operation.lhs_expr, &operation.rhs_expr);
                    self.comparison(&operation.rhs_expr, &operation.lhs_expr);
                }
            }
            Expression::StringTemplate(template) if template.iter().count() > 1 => {
                self.template(template.iter());
            }
            Expression::HeredocTemplate(heredoc) => {
                let template: &Template = &heredoc.template;
                self.template(template.iter());
            }
            Expression::FuncCall(call) => self.call(call),
            _ => {}
        }
        visit_expr(self, node);
    }
}
