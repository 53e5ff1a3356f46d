//! References to who runs Terraform: what `data.aws_caller_identity` tells of the session, beside the
//! account.

use std::collections::BTreeSet;

use hcl_edit::Span;
use hcl_edit::expr::{BinaryOp, Conditional, Expression, FuncCall, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, BlockLabel};
use hcl_edit::visit::{
    Visit, visit_attr, visit_binary_op, visit_block, visit_func_call, visit_traversal,
};
use syntax::hcl::Document;
use syntax::location::Location;

/// The data source.
pub const CALLER_IDENTITY: &str = "aws_caller_identity";

/// The data source that tells the role of a session.
pub const SESSION_CONTEXT: &str = "aws_iam_session_context";

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
    /// What it is used for, there or where the local is used.
    pub purpose: CallerPurpose,
}

/// What the text of a session is used for, the one that shows most last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerPurpose {
    /// It is compared or matched, and only the outcome is used.
    Test,
    /// A provider configuration is made of it, which no plan shows.
    Provider,
    /// It is part of a value that a plan shows: an argument, a policy, an input or an output.
    Value,
}

/// The references in the documents of a module. Its `account_id` and `id` are the same for everybody in the
/// account, and so are the parts of its ARN before the resource; `arn` and `user_id` are the session's (page
/// "aws_caller_identity" of the provider). The `arn` of `aws_iam_session_context` is where a session is
/// turned into its role. Data sources that `is_changing` denies are left out, and so are locals that nothing
/// uses.
pub fn references(
    documents: &[&Document],
    is_changing: impl Fn(&str) -> bool,
) -> Vec<CallerReference> {
    let mut found = Vec::new();
    let mut aliases = BTreeSet::new();
    let mut sought = Sought::Data;
    // A local that is, or may be, the whole data source stands for it.
    loop {
        let (references, locals) = all(documents, &is_changing, &sought);
        found.extend(references);
        let new: BTreeSet<String> = locals.difference(&aliases).cloned().collect();
        if new.is_empty() {
            break;
        }
        aliases.extend(new.iter().cloned());
        sought = Sought::Aliases(new);
    }
    for reference in &mut found {
        if let Some(local) = reference.of.strip_prefix("local.")
            && reference.purpose == CallerPurpose::Value
        {
            match purpose_of_local(local, documents, &is_changing) {
                Some(purpose) => reference.purpose = purpose,
                None => reference.of.clear(),
            }
        }
    }
    found.retain(|reference| !reference.of.is_empty());
    found
}

/// What the value of a local is used for; `None` where nothing uses it.
fn purpose_of_local(
    local: &str,
    documents: &[&Document],
    is_changing: &dyn Fn(&str) -> bool,
) -> Option<CallerPurpose> {
    let mut known = BTreeSet::from([local.to_owned()]);
    let mut new = known.clone();
    let mut most = None;
    while !new.is_empty() {
        let (uses, _) = all(documents, is_changing, &Sought::Values(new));
        new = BTreeSet::new();
        for found in uses {
            match found.of.strip_prefix("local.") {
                Some(outer) if found.purpose == CallerPurpose::Value => {
                    if known.insert(outer.to_owned()) {
                        new.insert(outer.to_owned());
                    }
                }
                _ => most = most.max(Some(found.purpose)),
            }
        }
    }
    most
}

/// The references of one kind in all documents, and the locals that may be the whole data source.
fn all(
    documents: &[&Document],
    is_changing: &dyn Fn(&str) -> bool,
    sought: &Sought,
) -> (Vec<CallerReference>, BTreeSet<String>) {
    let (mut found, mut locals) = (Vec::new(), BTreeSet::new());
    for document in documents {
        let mut finder = Finder::new(document, is_changing, sought);
        finder.document();
        found.extend(finder.found);
        locals.extend(finder.locals);
    }
    (found, locals)
}

/// What is looked for.
enum Sought {
    /// The data source.
    Data,
    /// Locals that may be the whole data source.
    Aliases(BTreeSet<String>),
    /// Locals whose value has the text of a session in it.
    Values(BTreeSet<String>),
}

/// Collects references.
struct Finder<'d> {
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
    found: Vec<CallerReference>,
    locals: BTreeSet<String>,
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
    fn new(
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

    fn document(&mut self) {
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
            self.of = names.join(".");
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
                if self.of.starts_with("provider.") =>
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
                "locals {\n  x = split(\"/\", data.aws_caller_identity.me[0].user_id)\n}\noutput \"x\" {\n  value = local.x\n}\n",
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
                "locals {\n  me = data.aws_caller_identity.current\n  who = local.me.arn\n}\nmodule \"x\" {\n  who = local.who\n}\n",
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

    /// What uses the references of a text, and for what.
    fn purposes(text: &str) -> Vec<(String, CallerPurpose)> {
        let document = Document::new("main.tf".into(), text.to_owned()).expect(text);
        let found = references(&[&document], |_| true);
        let found = found.iter().map(|it| (it.of.clone(), it.purpose));
        found.collect()
    }

    #[test]
    fn what_a_session_is_used_for_tells_whether_a_plan_shows_it() {
        let arn = "data.aws_caller_identity.me.arn";
        let local = |uses: &str| format!("locals {{\n  x = {arn}\n}}\n{uses}");
        let provider = |role: &str| {
            format!("provider \"aws\" {{\n  assume_role {{\n    role_arn = {role}\n  }}\n}}\n")
        };
        for (text, of, purpose) in [
            (
                provider(&format!("replace({arn}, \"a\", \"b\")")),
                "provider.aws",
                CallerPurpose::Provider,
            ),
            (
                provider(&format!("can(regex(\"x\", {arn})) ? \"a\" : null")),
                "provider.aws",
                CallerPurpose::Test,
            ),
            (
                format!(
                    "resource \"a\" \"b\" {{\n  count = length(regexall(\"x\", {arn})) > 0 ? 1 : 0\n}}\n"
                ),
                "a.b",
                CallerPurpose::Test,
            ),
            (
                format!("resource \"a\" \"b\" {{\n  x = {arn} == \"y\" ? 1 : 0\n}}\n"),
                "a.b",
                CallerPurpose::Test,
            ),
            (
                format!("resource \"a\" \"b\" {{\n  x = var.y ? {arn} : 0\n}}\n"),
                "a.b",
                CallerPurpose::Value,
            ),
            (
                local(&provider("local.x")),
                "local.x",
                CallerPurpose::Provider,
            ),
            (
                local(&provider("strcontains(local.x, \"y\") ? var.a : var.b")),
                "local.x",
                CallerPurpose::Test,
            ),
            (
                local("locals {\n  y = \"${local.x}!\"\n}\nmodule \"m\" {\n  z = local.y\n}\n"),
                "local.x",
                CallerPurpose::Value,
            ),
            (
                local(&format!(
                    "{}output \"o\" {{\n  value = local.x\n}}\n",
                    provider("local.x")
                )),
                "local.x",
                CallerPurpose::Value,
            ),
        ] {
            assert_eq!(purposes(&text), [(of.to_owned(), purpose)], "{text}");
        }
    }

    #[test]
    fn the_role_of_a_session_decides_a_provider_and_is_a_value_elsewhere() {
        const ROLE: &str = "data.aws_iam_session_context.x.issuer_arn";
        for (body, purpose) in [
            ("role_arn = var.roles[X]", CallerPurpose::Provider),
            (
                "role_arn = X == var.ci ? null : var.role",
                CallerPurpose::Test,
            ),
        ] {
            let body = body.replace('X', ROLE);
            let text = format!("provider \"aws\" {{\n  assume_role {{\n    {body}\n  }}\n}}\n");
            assert_eq!(found(&text), [format!("3 {ROLE} provider.aws")], "{text}");
            assert_eq!(
                purposes(&text),
                [("provider.aws".to_owned(), purpose)],
                "{text}"
            );
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
            "output \"x\" {\n  value = split(\":\", data.aws_caller_identity.me.arn)[1]\n}\n",
            "output \"x\" {\n  value = element(split(\":\", data.aws_caller_identity.me.arn), 4)\n}\n",
            // What is the data source in a branch alone, of which the account is taken.
            "locals {\n  me = var.x ? data.aws_caller_identity.current : var.y\n  id = local.me.id\n}\n",
            "locals {\n  me = try(one(data.aws_caller_identity.current[*]), null)\n  you = local.me\n}\noutput \"x\" {\n  value = local.you.account_id\n}\n",
            // A local that nothing uses.
            "locals {\n  who = data.aws_caller_identity.current.arn\n}\n",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
