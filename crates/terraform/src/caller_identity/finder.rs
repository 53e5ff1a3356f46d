//! The visitor that collects the references of one document.

use std::collections::BTreeSet;

use hcl_edit::Span;
use hcl_edit::expr::{BinaryOp, Conditional, Expression, FuncCall, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, BlockLabel};
use hcl_edit::visit::{
    Visit, visit_attr, visit_binary_op, visit_block, visit_func_call, visit_traversal,
};
use syntax::hcl::{self, Document};

use super::{CALLER_IDENTITY, CallerPurpose, CallerReference, SESSION_CONTEXT};

/// What is looked for.
pub(super) enum Sought {
    /// The data source.
    Data,
    /// Locals that may be the whole data source.
    Aliases(BTreeSet<String>),
    /// Locals whose value has the text of a session in it.
    Values(BTreeSet<String>),
}

/// Collects references.
pub(super) struct Finder<'d> {
    document: &'d Document,
    is_changing: &'d dyn Fn(&str) -> bool,
    sought: &'d Sought,
    /// Where offsets of the block count from.
    offset: usize,
    /// What the expression belongs to.
    of: String,
    /// What the expression is used for.
    purpose: CallerPurpose,
    /// Whether what is in it is the `arn` of an `aws_iam_session_context`.
    is_cure: bool,
    /// Whether the arguments of the block define locals.
    in_locals: bool,
    /// Whether whoever reads the expression takes the account of it, or nothing at all.
    takes_account: bool,
    /// Where the local that is read now may be the whole data source.
    aliased: BTreeSet<usize>,
    pub(super) found: Vec<CallerReference>,
    pub(super) locals: BTreeSet<String>,
}

/// Functions that tell nothing of their argument's content.
const OPAQUE: [&str; 2] = ["can", "length"];

/// Functions of which only the outcome of a test comes back ("Functions", Terraform docs).
const TESTS: [&str; 6] = [
    "can",
    "contains",
    "endswith",
    "length",
    "startswith",
    "strcontains",
];

/// Functions that give back one of their arguments.
const CHOICES: [&str; 3] = ["coalesce", "one", "try"];

/// Attributes that are the same for everybody in the account.
const ACCOUNT: [&str; 2] = ["account_id", "id"];

/// The last part of an ARN between colons that is the same for everybody in the account
/// (`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`).
const ACCOUNT_PART: u64 = 4;

impl<'d> Finder<'d> {
    pub(super) fn new(
        document: &'d Document,
        is_changing: &'d dyn Fn(&str) -> bool,
        sought: &'d Sought,
    ) -> Self {
        Self {
            document,
            is_changing,
            sought,
            offset: 0,
            of: String::new(),
            purpose: CallerPurpose::Value,
            is_cure: false,
            in_locals: false,
            takes_account: false,
            aliased: BTreeSet::new(),
            found: Vec::new(),
            locals: BTreeSet::new(),
        }
    }

    pub(super) fn document(&mut self) {
        let words: &[&str] = match self.sought {
            Sought::Data => &[CALLER_IDENTITY, SESSION_CONTEXT],
            _ => &["local."],
        };
        let document = self.document;
        let has = |text: &str| words.iter().any(|word| text.contains(word));
        for top in document.tops().filter(|top| has(top.text())) {
            let Ok(block) = top.parse() else { continue };
            let labels = [0, 1].map(|index| block.label(index));
            let labels = labels.into_iter().flatten();
            let kind = Some(block.kind()).filter(|kind| *kind != "resource");
            let names: Vec<&str> = kind.into_iter().chain(labels).collect();
            self.of = match block.kind() {
                "provider" => provider(&block),
                _ => names.join("."),
            };
            self.offset = block.offset();
            self.in_locals = block.kind() == "locals";
            self.purpose = match block.kind() {
                "provider" => CallerPurpose::Provider,
                _ => CallerPurpose::Value,
            };
            visit_block(self, block.parsed());
            self.in_locals = false;
        }
    }

    /// The data source, or local, that a traversal starts with, and the operators behind it.
    fn source<'t>(&self, node: &'t Traversal) -> Option<(String, &'t [Operator])> {
        let names: Vec<&str> = node
            .operators
            .iter()
            .map_while(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        match (
            self.sought,
            node.expr.as_variable()?.as_str(),
            names.as_slice(),
        ) {
            (Sought::Data, "data", [CALLER_IDENTITY, name, ..]) => {
                let name = (self.is_changing)(name).then_some(name)?;
                Some((
                    format!("data.{CALLER_IDENTITY}.{name}"),
                    &node.operators[2..],
                ))
            }
            // As a value it is what is meant: it differs between people and jobs, and not with each session.
            (Sought::Data, "data", [SESSION_CONTEXT, name, ..])
                if self.of.starts_with("provider ") =>
            {
                Some((
                    format!("data.{SESSION_CONTEXT}.{name}"),
                    &node.operators[2..],
                ))
            }
            (Sought::Aliases(locals) | Sought::Values(locals), "local", [name, ..])
                if locals.contains(*name) =>
            {
                Some((format!("local.{name}"), &node.operators[1..]))
            }
            _ => None,
        }
    }

    fn note(&mut self, node: &Traversal) {
        let Some((source, behind)) = self.source(node) else {
            return;
        };
        let attribute = attribute(behind);
        let is_account = attribute.is_some_and(|it| ACCOUNT.contains(&it));
        let start = node.span().map_or(0, |span| span.start);
        let takes_nothing = match (self.sought, attribute) {
            (Sought::Values(_), _) => false,
            (_, None) => self.takes_account || self.aliased.contains(&start),
            (_, Some(_)) => is_account,
        };
        if self.is_cure || takes_nothing {
            return;
        }
        let offset = self.offset + start;
        self.found.push(CallerReference {
            at: self.document.location(offset),
            offset,
            written: match attribute {
                Some(attribute) => format!("{source}.{attribute}"),
                None => source,
            },
            of: self.of.clone(),
            purpose: self.purpose,
        });
    }

    /// Where an expression gives back the whole data source, in a branch or as a whole.
    fn wholes(&self, expression: &Expression) -> Vec<usize> {
        match expression {
            Expression::Traversal(node) => {
                let source = self.source(node);
                let is_whole = source.is_some_and(|(_, behind)| attribute(behind).is_none());
                let start = node.span().map(|span| span.start);
                start.filter(|_| is_whole).into_iter().collect()
            }
            Expression::Parenthesis(node) => self.wholes(node.inner()),
            Expression::Conditional(node) => {
                let mut found = self.wholes(&node.true_expr);
                found.extend(self.wholes(&node.false_expr));
                found
            }
            Expression::FuncCall(node) if CHOICES.contains(&node.name.name.as_str()) => {
                let arguments = node.args.iter();
                arguments.flat_map(|it| self.wholes(it)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Visits something that is used for a test.
    fn tested(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = self.purpose;
        self.purpose = outer.min(CallerPurpose::Test);
        visit(self);
        self.purpose = outer;
    }
}

type Operator = hcl_edit::Decorated<TraversalOperator>;

/// The first attribute behind indices and splats.
fn attribute(operators: &[Operator]) -> Option<&str> {
    operators
        .iter()
        .find_map(|operator| match operator.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        })
}

/// Whether an expression is `split(":", ...)`.
fn is_split_at_colons(expression: &Expression) -> bool {
    let Expression::FuncCall(call) = expression else {
        return false;
    };
    let separator = call.args.iter().next().and_then(Expression::as_str);
    call.name.name.as_str() == "split" && separator == Some(":")
}

/// Whether an expression is the number of a part that is the same for everybody in the account.
fn is_account_part(expression: &Expression) -> bool {
    let number = expression.as_number().and_then(hcl_edit::Number::as_u64);
    number.is_some_and(|number| number <= ACCOUNT_PART)
}

impl Visit for Finder<'_> {
    fn visit_block(&mut self, node: &Block) {
        visit_block(self, node);
    }

    fn visit_attr(&mut self, node: &Attribute) {
        // An order, not a value.
        if node.key.as_str() == "depends_on" {
            return;
        }
        let of = self.of.clone();
        if self.in_locals {
            let name = node.key.as_str();
            if !matches!(self.sought, Sought::Values(_)) {
                self.aliased = self.wholes(&node.value).into_iter().collect();
                let is_alias = !self.aliased.is_empty();
                self.locals.extend(is_alias.then(|| name.to_owned()));
            }
            self.of = format!("local.{name}");
        }
        let is_context = self.of.starts_with("data.aws_iam_session_context.");
        self.is_cure = is_context && node.key.as_str() == "arn";
        visit_attr(self, node);
        self.is_cure = false;
        self.aliased.clear();
        self.of = of;
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        self.note(node);
        // `split(":", data.aws_caller_identity.current.arn)[4]`
        let first = node.operators.first().map(hcl_edit::Decorated::value);
        if let Some(TraversalOperator::Index(index)) = first
            && is_split_at_colons(&node.expr)
            && is_account_part(index)
        {
            return;
        }
        // `one(data.aws_caller_identity.current[*]).account_id`
        let outer = self.takes_account;
        let is_value = node.expr.as_variable().is_none();
        let takes = attribute(&node.operators).is_some_and(|it| ACCOUNT.contains(&it));
        self.takes_account = is_value && takes;
        visit_traversal(self, node);
        self.takes_account = outer;
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        let name = node.name.name.as_str();
        let mut arguments = node.args.iter();
        if name == "element"
            && arguments.next().is_some_and(is_split_at_colons)
            && arguments.next().is_some_and(is_account_part)
        {
            return;
        }
        let outer = self.takes_account;
        self.takes_account |= OPAQUE.contains(&name);
        match TESTS.contains(&name) {
            true => self.tested(|finder| visit_func_call(finder, node)),
            false => visit_func_call(self, node),
        }
        self.takes_account = outer;
    }

    fn visit_conditional(&mut self, node: &Conditional) {
        self.tested(|finder| finder.visit_expr(&node.cond_expr));
        self.visit_expr(&node.true_expr);
        self.visit_expr(&node.false_expr);
    }

    fn visit_binary_op(&mut self, node: &BinaryOp) {
        // Texts are compared; there is no arithmetic of them.
        self.tested(|finder| visit_binary_op(finder, node));
    }

    fn visit_block_label(&mut self, _: &BlockLabel) {}
}

/// What findings call the provider configuration of a block.
fn provider(block: &hcl::Block<'_>) -> String {
    let name = block.label(0).unwrap_or_default();
    let alias = block.attribute("alias");
    match alias.and_then(|alias| alias.value.literal()) {
        Some(alias) => format!("provider \"{name}.{alias}\""),
        None => format!("provider \"{name}\""),
    }
}
