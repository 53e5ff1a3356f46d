//! References to who runs Terraform: what `data.aws_caller_identity` tells of the session, beside the
//! account.

use std::collections::BTreeSet;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, FuncCall, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, BlockLabel};
use hcl_edit::visit::{Visit, visit_attr, visit_block, visit_func_call, visit_traversal};
use syntax::hcl::Document;
use syntax::location::Location;

/// The data source.
pub const CALLER_IDENTITY: &str = "aws_caller_identity";

/// A reference to the session of who runs Terraform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerReference {
    /// Where it stands.
    pub at: Location,
    /// Its offset in the document.
    pub offset: usize,
    /// The data source with the attribute, or without one where it is used as a whole:
    /// `data.aws_caller_identity.current.arn`.
    pub written: String,
    /// What uses it: `output.who`, `local.caller`, `aws_s3_bucket.logs`.
    pub of: String,
}

/// The references in the documents of a module. Its `account_id` and `id` are the same for everybody in the
/// account; `arn` and `user_id` are the session's (page "aws_caller_identity" of the provider). The `arn` of
/// `aws_iam_session_context` is where a session is turned into its role. Data sources that `is_changing`
/// denies are left out.
pub fn references(
    documents: &[&Document],
    is_changing: impl Fn(&str) -> bool,
) -> Vec<CallerReference> {
    let mut found = Vec::new();
    let mut locals = BTreeSet::new();
    for document in documents {
        let mut finder = Finder::new(document, &is_changing, BTreeSet::new());
        finder.document();
        found.extend(finder.found);
        locals.extend(finder.locals);
    }
    // A local that is the whole data source stands for it.
    if !locals.is_empty() {
        for document in documents {
            let mut finder = Finder::new(document, &is_changing, locals.clone());
            finder.document();
            found.extend(finder.found);
        }
    }
    found
}

/// Collects references: to the data source, or to locals that are one.
struct Finder<'d, C> {
    document: &'d Document,
    is_changing: &'d C,
    /// Where offsets of the block count from.
    offset: usize,
    /// The locals that are looked for; empty for the data source.
    aliases: BTreeSet<String>,
    /// What the expression belongs to.
    of: String,
    /// Whether what is in it is the `arn` of an `aws_iam_session_context`.
    is_cure: bool,
    /// Whether the arguments of the block define locals.
    in_locals: bool,
    /// Whether whoever reads the expression takes the account of it, or nothing at all.
    takes_account: bool,
    found: Vec<CallerReference>,
    locals: BTreeSet<String>,
}

/// Functions that tell nothing of their argument's content.
const OPAQUE: [&str; 2] = ["can", "length"];

/// Attributes that are the same for everybody in the account.
const ACCOUNT: [&str; 2] = ["account_id", "id"];

impl<'d, C: Fn(&str) -> bool> Finder<'d, C> {
    fn new(document: &'d Document, is_changing: &'d C, aliases: BTreeSet<String>) -> Self {
        Self {
            document,
            is_changing,
            offset: 0,
            aliases,
            of: String::new(),
            is_cure: false,
            in_locals: false,
            takes_account: false,
            found: Vec::new(),
            locals: BTreeSet::new(),
        }
    }

    fn document(&mut self) {
        let word = match self.aliases.is_empty() {
            true => CALLER_IDENTITY,
            false => "local.",
        };
        let document = self.document;
        for top in document.tops().filter(|top| top.text().contains(word)) {
            let Ok(block) = top.parse() else { continue };
            let labels = [0, 1].map(|index| block.label(index));
            let labels = labels.into_iter().flatten();
            let kind = Some(block.kind()).filter(|kind| *kind != "resource");
            let names: Vec<&str> = kind.into_iter().chain(labels).collect();
            self.of = names.join(".");
            self.offset = block.offset();
            self.in_locals = block.kind() == "locals";
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
        match (node.expr.as_variable()?.as_str(), names.as_slice()) {
            ("data", [CALLER_IDENTITY, name, ..]) if self.aliases.is_empty() => {
                let name = (self.is_changing)(name).then_some(name)?;
                Some((
                    format!("data.{CALLER_IDENTITY}.{name}"),
                    &node.operators[2..],
                ))
            }
            ("local", [name, ..]) if self.aliases.contains(*name) => {
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
        let is_whole = attribute.is_none();
        if self.is_cure || is_account || is_whole && self.takes_account {
            return;
        }
        let start = node.span().map_or(0, |span| span.start);
        let offset = self.offset + start;
        self.found.push(CallerReference {
            at: self.document.location(offset),
            offset,
            written: match attribute {
                Some(attribute) => format!("{source}.{attribute}"),
                None => source,
            },
            of: self.of.clone(),
        });
    }

    /// The name of the data source that an expression is as a whole.
    fn is_whole(&self, expression: &Expression) -> bool {
        let Expression::Traversal(node) = expression else {
            return false;
        };
        let source = self.source(node);
        source.is_some_and(|(_, behind)| attribute(behind).is_none())
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

impl<C: Fn(&str) -> bool> Visit for Finder<'_, C> {
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
            if self.aliases.is_empty() && self.is_whole(&node.value) {
                self.locals.insert(name.to_owned());
                return;
            }
            self.of = format!("local.{name}");
        }
        let is_context = self.of.starts_with("data.aws_iam_session_context.");
        self.is_cure = is_context && node.key.as_str() == "arn";
        visit_attr(self, node);
        self.is_cure = false;
        self.of = of;
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        self.note(node);
        // `one(data.aws_caller_identity.current[*]).account_id`
        let outer = self.takes_account;
        let is_value = node.expr.as_variable().is_none();
        let takes = attribute(&node.operators).is_some_and(|it| ACCOUNT.contains(&it));
        self.takes_account = is_value && takes;
        visit_traversal(self, node);
        self.takes_account = outer;
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        let outer = self.takes_account;
        self.takes_account |= OPAQUE.contains(&node.name.name.as_str());
        visit_func_call(self, node);
        self.takes_account = outer;
    }

    fn visit_block_label(&mut self, _: &BlockLabel) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let document = Document::new("main.tf".into(), text.to_owned()).expect(text);
        let found = references(&[&document], |name| name != "kept");
        let found = found.iter();
        found
            .map(|it| format!("{} {} {}", it.at.line, it.written, it.of))
            .collect()
    }

    #[test]
    fn the_session_is_found_wherever_it_is_used() {
        for (text, expected) in [
            (
                "output \"x\" {\n  value = data.aws_caller_identity.current.arn\n}\n",
                "2 data.aws_caller_identity.current.arn output.x",
            ),
            (
                "locals {\n  x = split(\"/\", data.aws_caller_identity.me[0].user_id)\n}\n",
                "2 data.aws_caller_identity.me.user_id local.x",
            ),
            (
                "resource \"a\" \"b\" {\n  tags = { by = \"x-${data.aws_caller_identity.me.arn}\" }\n}\n",
                "2 data.aws_caller_identity.me.arn a.b",
            ),
            (
                "resource \"a\" \"b\" {\n  policy = <<-EOT\n    ${data.aws_caller_identity.me.arn}\n  EOT\n}\n",
                "3 data.aws_caller_identity.me.arn a.b",
            ),
            (
                "data \"aws_iam_policy_document\" \"x\" {\n  statement {\n    principals {\n      identifiers = data.aws_caller_identity.me[*].arn\n    }\n  }\n}\n",
                "4 data.aws_caller_identity.me.arn data.aws_iam_policy_document.x",
            ),
            (
                "output \"x\" {\n  value = data.aws_caller_identity.current\n}\n",
                "2 data.aws_caller_identity.current output.x",
            ),
            (
                "module \"x\" {\n  who = one(data.aws_caller_identity.me[*]).arn\n}\n",
                "2 data.aws_caller_identity.me module.x",
            ),
            (
                "locals {\n  me = data.aws_caller_identity.current\n  who = local.me.arn\n}\n",
                "3 local.me.arn local.who",
            ),
            (
                "locals {\n  me = data.aws_caller_identity.current\n}\noutput \"x\" {\n  value = local.me\n}\n",
                "5 local.me output.x",
            ),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
    }

    #[test]
    fn the_account_and_the_cure_are_no_session() {
        for text in [
            "data \"aws_caller_identity\" \"current\" {}\n",
            "output \"x\" {\n  value = data.aws_caller_identity.current.account_id\n}\n",
            "output \"x\" {\n  value = data.aws_caller_identity.current[0].id\n}\n",
            "output \"x\" {\n  value = one(data.aws_caller_identity.current[*]).account_id\n}\n",
            "output \"x\" {\n  value = try(data.aws_caller_identity.current[0], null).account_id\n}\n",
            "output \"x\" {\n  value = one(data.aws_caller_identity.current[*].account_id)\n}\n",
            "output \"x\" {\n  value = length(data.aws_caller_identity.current)\n}\n",
            "output \"x\" {\n  value = 1\n  depends_on = [data.aws_caller_identity.current]\n}\n",
            "data \"aws_iam_session_context\" \"x\" {\n  arn = data.aws_caller_identity.current.arn\n}\n",
            "output \"x\" {\n  value = data.aws_caller_identity.kept.arn\n}\n",
            "# data.aws_caller_identity.current.arn\n",
            "locals {\n  me = data.aws_caller_identity.current\n  id = local.me.account_id\n}\n",
            "output \"x\" {\n  value = data.aws_iam_session_context.x.issuer_arn\n}\n",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
