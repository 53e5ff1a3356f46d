//! The text of an expression as a shell reads it.

use hcl_edit::expr::{Expression, FuncCall};
use hcl_edit::template::{Directive, Element};
use syntax::hcl::Value;
use syntax::shell::quoted;

/// What stands for a part that only Terraform computes: an expansion, for a shell.
pub const COMPUTED: &str = "${...}";

/// What `path.module` and `path.root` are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModulePaths {
    /// The directory of the module.
    pub module: String,
    /// That of its root module, where Terraform runs; `None` where it may be several.
    pub root: Option<String>,
}

impl ModulePaths {
    /// The text of an expression; `None` where it cannot be told what it begins with.
    pub(super) fn text(&self, value: &Value<'_>) -> Option<String> {
        let text = self.of(value.expression())?;
        Some(text).filter(|text| !text.trim_start().starts_with(COMPUTED))
    }

    /// The words of a list; `None` for another expression.
    pub(super) fn words(&self, value: &Value<'_>) -> Option<Vec<String>> {
        let items = value.items()?;
        let text = |item: &Value<'_>| self.of(item.expression());
        let words = items
            .iter()
            .map(|item| text(item).unwrap_or(COMPUTED.to_owned()));
        Some(words.collect())
    }

    fn of(&self, expression: &Expression) -> Option<String> {
        match expression {
            Expression::String(text) => Some(text.as_str().to_owned()),
            Expression::StringTemplate(template) => Some(self.pieces(template.iter())),
            Expression::HeredocTemplate(heredoc) => Some(self.pieces(heredoc.template.iter())),
            Expression::Parenthesis(inner) => self.of(inner.inner()),
            // It may be either.
            Expression::Conditional(it) => {
                let (one, other) = (self.of(&it.true_expr)?, self.of(&it.false_expr)?);
                Some(format!("{one}\n{other}"))
            }
            Expression::FuncCall(call) => self.call(call),
            Expression::Null(_) => Some(String::new()),
            _ => None,
        }
    }

    fn call(&self, call: &FuncCall) -> Option<String> {
        let mut arguments = call.args.iter();
        let first = arguments.next()?;
        match call.name.name.as_str() {
            _ if call.name.is_namespaced() => None,
            // What is in the file is the script.
            "file" | "templatefile" => {
                let path = self.of(first)?;
                Some(format!("sh {}", quoted(&path)))
            }
            "format" | "trimspace" | "chomp" => self.of(first),
            "join" => {
                let items = arguments.next()?.as_array()?.iter();
                let words = items.map(|it| self.of(it).unwrap_or(COMPUTED.to_owned()));
                let words: Vec<String> = words.collect();
                Some(words.join(&self.of(first)?))
            }
            _ => None,
        }
    }

    fn pieces<'t>(&self, pieces: impl Iterator<Item = &'t Element>) -> String {
        let pieces = pieces.map(|piece| match piece {
            Element::Literal(text) => text.as_str().to_owned(),
            Element::Interpolation(inner) => {
                let path = inner.expr.to_string();
                match path.trim() {
                    "path.module" => self.module.clone(),
                    "path.root" | "path.cwd" => self.root.clone().unwrap_or(COMPUTED.to_owned()),
                    _ => self.of(&inner.expr).unwrap_or(COMPUTED.to_owned()),
                }
            }
            // Each branch of it.
            Element::Directive(directive) => match directive.as_ref() {
                Directive::If(it) => {
                    let one = self.pieces(it.if_expr.template.iter());
                    let other = it.else_expr.as_ref();
                    let other = other.map(|it| self.pieces(it.template.iter()));
                    format!(" {one} {}", other.unwrap_or_default())
                }
                Directive::For(it) => format!(" {} ", self.pieces(it.for_expr.template.iter())),
            },
        });
        pieces.collect()
    }
}
