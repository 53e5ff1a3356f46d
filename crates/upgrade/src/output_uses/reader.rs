//! Finds readings of outputs in expressions.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{BinaryOperator, Expression, FuncCall};
use hcl_edit::template::{Element, Template};
use hcl_edit::visit::{Visit, visit_body, visit_expr};

use super::alias::{Alias, Reads};
use super::{Nullable, UseKind};
use syntax::hcl::Document;
use terraform::module::Module;

/// Rounds in which locals are followed into each other at most.
const ROUNDS: usize = 16;

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

/// Functions whose result may be what an argument is.
const PASS_ON: [&str; 7] = [
    "try",
    "one",
    "tostring",
    "nonsensitive",
    "sensitive",
    "element",
    "tolist",
];

/// Reads expressions for the outputs that aliases name.
pub struct Reader<'n> {
    /// The names that stand for outputs.
    pub aliases: Vec<Alias>,
    /// The outputs that may be null.
    pub nullable: &'n Nullable,
}

/// A reading in a document.
#[derive(Debug)]
pub struct Found {
    /// The output.
    pub output: String,
    /// How it is read.
    pub kind: UseKind,
    /// Where, in bytes; of a comparison, the `""`.
    pub at: Range<usize>,
}

impl Reader<'_> {
    /// Adds the locals that stand for an output.
    pub fn follow_locals(&mut self, module: &Module) {
        for _ in 0..ROUNDS {
            let known = self.aliases.len();
            for block in module.configuration().flat_map(|it| it.blocks("locals")) {
                for local in block.body().attributes() {
                    let path = ["local", local.name];
                    for alias in self.aliases_of(&path, local.value.expression()) {
                        if !self.aliases.contains(&alias) {
                            self.aliases.push(alias);
                        }
                    }
                }
            }
            if self.aliases.len() == known {
                return;
            }
        }
    }

    /// The readings in a document.
    pub fn uses(&self, document: &Document) -> Vec<Found> {
        let words: Vec<&str> = self
            .aliases
            .iter()
            .filter_map(|it| it.path.get(1))
            .map(String::as_str)
            .collect();
        let mut found = Vec::new();
        for top in document.tops() {
            // Parsing costs far more than the outline.
            if !words.iter().any(|word| top.text().contains(word)) {
                continue;
            }
            let Ok(block) = top.parse() else { continue };
            let mut visitor = Visitor {
                reader: self,
                offset: block.offset(),
                found: &mut found,
            };
            visit_body(&mut visitor, &block.parsed().body);
        }
        found
    }

    /// The aliases that a value makes of a name.
    pub fn aliases_of(&self, path: &[&str], value: &Expression) -> Vec<Alias> {
        if let Expression::Object(object) = value {
            let entries = object.iter().filter_map(|(key, value)| {
                let key = match key {
                    hcl_edit::expr::ObjectKey::Ident(name) => name.as_str(),
                    hcl_edit::expr::ObjectKey::Expression(key) => key
                        .as_str()
                        .or_else(|| key.as_variable().map(hcl_edit::Ident::as_str))?,
                };
                let path = [path, &[key]].concat();
                Some(self.aliases_of(&path, value.expr()))
            });
            return entries.flatten().collect();
        }
        let read = self.passed_on(value).into_iter();
        let path = path.iter().map(|step| (*step).to_owned());
        read.map(|reads| Alias {
            path: path.clone().collect(),
            reads,
        })
        .collect()
    }

    /// What an expression may come to.
    fn passed_on(&self, expression: &Expression) -> Option<Reads> {
        match expression {
            Expression::Traversal(traversal) => {
                let read = self
                    .aliases
                    .iter()
                    .find_map(|alias| alias.read(traversal))?;
                match &read {
                    Reads::Output(output) if !self.nullable.contains_key(output) => None,
                    _ => Some(read),
                }
            }
            Expression::Parenthesis(inner) => self.passed_on(inner.inner()),
            Expression::Conditional(conditional) => self
                .passed_on(&conditional.true_expr)
                .or_else(|| self.passed_on(&conditional.false_expr)),
            Expression::StringTemplate(template) => match template.iter().collect::<Vec<_>>()[..] {
                // Terraform takes the value itself of a template that is nothing else.
                [Element::Interpolation(only)] => self.passed_on(&only.expr),
                _ => None,
            },
            Expression::FuncCall(call) if PASS_ON.contains(&call.name.name.as_str()) => call
                .args
                .iter()
                .find_map(|argument| self.passed_on(argument)),
            _ => None,
        }
    }

    fn output(&self, expression: &Expression) -> Option<String> {
        match self.passed_on(expression)? {
            Reads::Output(output) => Some(output),
            Reads::Module => None,
        }
    }
}

struct Visitor<'v, 'n> {
    reader: &'v Reader<'n>,
    offset: usize,
    found: &'v mut Vec<Found>,
}

impl Visitor<'_, '_> {
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
