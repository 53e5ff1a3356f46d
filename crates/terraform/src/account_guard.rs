//! `allowed_account_ids`: what keeps a provider configuration in its account once no role does.

#[cfg(test)]
mod tests;

use hcl_edit::expr::{Expression, ForExpr, Traversal};
use hcl_edit::visit::{Visit, visit_expr, visit_for_expr};

use crate::account::{Account, RoleArn, is_account_id};
use crate::file_kind::FileKind;
use crate::provider::Provider;
use syntax::hcl::{Block, Value};
use syntax::lexer::Scanner;

/// The setting of a provider or a backend by which Terraform refuses other accounts.
pub const GUARD: &str = "allowed_account_ids";

/// The setting that excludes accounts; it conflicts with [`GUARD`] (AWS provider docs).
pub const EXCLUSION: &str = "forbidden_account_ids";

/// The setting that keeps a provider from asking in which account it is, so that it compares none (AWS provider docs).
pub const SKIP: &str = "skip_requesting_account_id";

/// What a provider block says of the accounts in which its provider acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountGuard {
    /// Exactly this one: Terraform refuses to act in another.
    Id(String),
    /// Exactly one, which an expression gives.
    Expression,
    /// Nothing: there is a guard, but it admits several accounts or is turned off.
    Open,
}

impl AccountGuard {
    /// Reads a provider block; `None` where it has no guard and turns none off.
    pub fn of(provider: &Block<'_>) -> Option<Self> {
        if skips_account_id(provider) {
            return Some(Self::Open);
        }
        let guard = provider.attribute(GUARD)?;
        let elements = guard.value.elements();
        let [only] = elements[..] else {
            return Some(Self::Open);
        };
        Some(match only.literal() {
            Some(id) if is_account_id(id) => Self::Id(id.to_owned()),
            Some(_) => Self::Open,
            None => Self::Expression,
        })
    }

    /// The one account, where it is a literal.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Expression | Self::Open => None,
        }
    }

    /// Whether it admits one account alone.
    pub fn is_effective(&self) -> bool {
        *self != Self::Open
    }
}

/// The setting of a provider block because of which no guard can take the place of its role: one that a guard
/// conflicts with, one that turns it off, or a guard whose accounts are not written out. `None` where there is none.
///
/// A list that lacks the role's account is no obstacle: Terraform refused to run with it before, too.
pub fn obstacle(provider: &Block<'_>) -> Option<&'static str> {
    if skips_account_id(provider) {
        return Some(SKIP);
    }
    if provider.attribute(EXCLUSION).is_some() {
        return Some(EXCLUSION);
    }
    let guard = provider.attribute(GUARD)?.value;
    let elements = guard.elements();
    let is_told = elements.len() == 1 || elements.iter().all(|it| it.literal().is_some());
    (elements.is_empty() || !is_told).then_some(GUARD)
}

/// The value of [`GUARD`] that admits exactly the account of the role that a provider configuration
/// assumes: its id, or the expression by which the role's ARN names it. `None` where the expression
/// could fail where the role does not.
pub fn in_place_of_role(provider: &Provider<'_>, account: &Account) -> Option<String> {
    let is_static = match account {
        Account::Id(account) => return Some(format!("[\"{}\"]", account.id)),
        // Every value that it can have is known.
        Account::OneOf(_) => true,
        Account::Template(account) => is_static(account),
        // `null` or an empty text assumes no role, and `split` refuses it; a data source may be
        // unknown while the provider is configured.
        Account::CallerOf(_) | Account::Expression(_) => return None,
    };
    let roles = provider.roles();
    let role = roles.last().filter(|role| role.arn.each.is_none())?;
    let arn = role.value?;
    let document = arn.document();
    let is_generated = FileKind::of(document.path()) == Some(FileKind::Terragrunt);
    let segment = account_segment(arn.text());
    if is_generated {
        // Terragrunt fills in `${...}` before Terraform reads it; `$${...}` it passes on.
        let segment = segment.filter(|it| is_static || !it.contains("$${"))?;
        return Some(format!("[\"{segment}\"]"));
    }
    if !is_static || role.arn.is_conditional() {
        return None;
    }
    match segment {
        Some(segment) => Some(match only_expression(segment) {
            Some(expression) if document.json().is_none() => format!("[{expression}]"),
            _ => format!("[\"{segment}\"]"),
        }),
        None => split(arn).filter(|_| document.json().is_none()),
    }
}

/// The value of a guard that admits other accounts beside `own`, of which a role that goes chose that one.
pub fn wide_guard<'d>(provider: &Provider<'d>, own: &str) -> Option<Value<'d>> {
    if provider.blocks.iter().any(skips_account_id) {
        return None;
    }
    let guard = provider.attribute(GUARD)?.value;
    let ids: Option<Vec<&str>> = guard.elements().iter().map(Value::literal).collect();
    let ids = ids.filter(|ids| ids.contains(&own))?;
    ids.iter().any(|id| *id != own).then_some(guard)
}

/// A role in the one account that an expression in the guard of a provider configuration gives; `None`
/// where there is no such expression.
pub fn guarded_role(provider: &Provider<'_>) -> Option<RoleArn> {
    let guard = provider.attribute(GUARD)?;
    let elements = guard.value.elements();
    let [only] = elements[..] else { return None };
    let arn = format!("\"arn:aws:iam::${{{}}}:role/guarded\"", only.text());
    let arn = arn.parse::<Expression>().ok()?;
    Some(RoleArn {
        arn: Some(arn),
        each: None,
    })
}

/// Whether nothing in a provider configuration conflicts with a guard or keeps it from its work.
pub fn admits_guard(provider: &Provider<'_>) -> bool {
    let is_set = |name: &str| provider.attribute(name).is_some();
    let skips = provider.blocks.iter().any(skips_account_id);
    let mut blocks = provider
        .blocks
        .iter()
        .flat_map(|block| block.body().blocks());
    // The account's id comes from STS: another endpoint need not know it.
    let has_endpoint = blocks.any(|block| match block.kind() {
        "endpoints" => block.attribute("sts").is_some(),
        kind => kind == "dynamic" && block.label(0) == Some("endpoints"),
    });
    !is_set(GUARD) && !is_set(EXCLUSION) && !skips && !has_endpoint
}

/// Whether a provider block may keep the provider from asking in which account it is.
fn skips_account_id(provider: &Block<'_>) -> bool {
    let skips = provider.attribute(SKIP);
    skips.is_some_and(|skips| skips.value.text() != "false")
}

/// The account in the ARN of a role that is written as one text, as it is written there; `None` where
/// other segments could hold a colon.
fn account_segment(written: &str) -> Option<&str> {
    let arn = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut colons = Vec::new();
    let mut scanner = Scanner::new(arn, 0);
    while let Some(byte) = scanner.peek() {
        match byte {
            b'{' => scanner.group().ok()?,
            b':' => {
                colons.push(scanner.at);
                scanner.at += 1;
            }
            b'\\' => return None,
            _ => scanner.at += 1,
        }
    }
    // AWS's page "Amazon Resource Names (ARNs)": arn:PARTITION:iam::ACCOUNT:role/NAME.
    let [scheme, partition, _, region, account, ..] = colons[..] else {
        return None;
    };
    let is_role = &arn[..scheme] == "arn" && &arn[partition..=region] == ":iam::";
    let segment = &arn[region + 1..account];
    (is_role && !segment.is_empty() && !segment.contains('\n')).then_some(segment)
}

/// The expression of a text that is one interpolation and nothing else.
fn only_expression(text: &str) -> Option<&str> {
    let mut scanner = Scanner::new(text.strip_prefix('$')?, 0);
    scanner.peek().filter(|byte| *byte == b'{')?;
    scanner.group().ok()?;
    let is_all = scanner.at + 1 == text.len();
    let inner = text.get(2..text.len() - 1).filter(|_| is_all)?;
    Some(inner.trim_start_matches('~').trim_end_matches('~').trim())
}

/// The account in an ARN that is an expression as a whole.
fn split(arn: Value<'_>) -> Option<String> {
    let written = arn.text();
    (!written.contains('\n')).then(|| format!("[split(\":\", {written})[4]]"))
}

/// Whether a template needs nothing but input variables and the workspace: those are known whenever
/// a provider is configured.
fn is_static(template: &str) -> bool {
    let Ok(expression) = format!("\"{template}\"").parse::<Expression>() else {
        return false;
    };
    let mut roots = Roots { is_static: true };
    roots.visit_expr(&expression);
    roots.is_static
}

/// Looks at what an expression references.
struct Roots {
    is_static: bool,
}

impl Visit for Roots {
    fn visit_traversal(&mut self, node: &Traversal) {
        let root = node.expr.as_variable();
        self.is_static &= root.is_some_and(|root| ["var", "terraform"].contains(&root.as_str()));
        for operator in &node.operators {
            self.visit_traversal_operator(operator.value());
        }
    }

    fn visit_expr(&mut self, node: &Expression) {
        // A name alone means nothing to Terraform.
        self.is_static &= !matches!(node, Expression::Variable(_));
        visit_expr(self, node);
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.is_static = false;
        visit_for_expr(self, node);
    }
}
