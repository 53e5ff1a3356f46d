//! What values may be, as far as the module tells: literals, locals and the defaults of variables.

use std::cell::OnceCell;
use std::collections::HashMap;

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use terraform::module::Module;

/// References that are followed into each other at most.
// Locals in a circle, which Terraform refuses, would never end.
const DEPTH: usize = 8;

/// The values that the names of a module have in the module itself.
pub struct KnownValues<'m> {
    module: &'m Module,
    by_name: OnceCell<HashMap<(&'static str, &'m str), &'m Expression>>,
}

impl<'m> KnownValues<'m> {
    /// The values of `module`; nothing is looked up yet.
    pub fn of(module: &'m Module) -> Self {
        Self {
            module,
            by_name: OnceCell::new(),
        }
    }

    /// Whether the value may be this text, by one of the branches that it may take.
    pub fn may_be(&self, value: &Expression, text: &str) -> bool {
        self.any(value, DEPTH, &|it| it.as_str() == Some(text))
    }

    /// Whether the value may be a list that has this text.
    pub fn may_have(&self, value: &Expression, text: &str) -> bool {
        self.any(value, DEPTH, &|it| match it {
            Expression::Array(items) => items.iter().any(|item| self.may_be(item, text)),
            _ => false,
        })
    }

    /// Whether a part of the value is one that the module does not tell.
    pub fn is_unknown(&self, value: &Expression) -> bool {
        self.any(value, DEPTH, &|it| match it {
            Expression::Array(items) => items.iter().any(|item| self.is_unknown(item)),
            // Names without a value in the module, and what is computed of others.
            Expression::Traversal(_) | Expression::ForExpr(_) => true,
            _ => false,
        })
    }

    /// Whether this is true of something that the value may be.
    fn any(&self, value: &Expression, depth: usize, is: &dyn Fn(&Expression) -> bool) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match value {
            Expression::Parenthesis(inner) => self.any(inner.inner(), depth, is),
            Expression::Conditional(choice) => {
                let mut branches = [&choice.true_expr, &choice.false_expr].into_iter();
                branches.any(|branch| self.any(branch, depth, is))
            }
            // Of `concat`, `coalesce`, `try`, `lookup` and the like an argument is the result, or
            // part of it.
            Expression::FuncCall(call) => {
                let mut arguments = call.args.iter();
                arguments.any(|argument| self.any(argument, depth, is))
            }
            Expression::Traversal(traversal) => match self.named(traversal) {
                Some(value) => self.any(value, depth, is),
                None => is(value),
            },
            _ => is(value),
        }
    }

    /// The value of the local, or the default of the variable, that this is.
    fn named(&self, traversal: &Traversal) -> Option<&'m Expression> {
        let [operator] = traversal.operators.as_slice() else {
            return None;
        };
        let TraversalOperator::GetAttr(name) = operator.value() else {
            return None;
        };
        let root = match traversal.expr.as_variable()?.as_str() {
            "var" => "variable",
            "local" => "locals",
            _ => return None,
        };
        let by_name = self.by_name.get_or_init(|| self.read());
        by_name.get(&(root, name.as_str())).copied()
    }

    fn read(&self) -> HashMap<(&'static str, &'m str), &'m Expression> {
        let mut by_name = HashMap::new();
        for document in self.module.configuration() {
            for block in document.blocks("variable") {
                let default = block.attribute("default");
                let name = block.label(0);
                if let Some((name, default)) = name.zip(default) {
                    by_name.insert(("variable", name), default.value.expression());
                }
            }
            for block in document.blocks("locals") {
                for local in block.body().attributes() {
                    by_name.insert(("locals", local.name), local.value.expression());
                }
            }
        }
        by_name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::hcl::{Document, expression};

    #[test]
    fn values_are_followed_through_defaults_locals_and_functions() {
        let text = "variable \"e\" {\n  default = \"x\"\n}\nvariable \"n\" {\n}\nlocals {\n  a = var.e\n  l = [\"x\"]\n  c = local.c\n}\n";
        let document = Document::new("main.tf".into(), text.to_owned()).unwrap();
        let module = Module::new("".into(), vec![document]);
        let values = KnownValues::of(&module);
        for (value, may_be, may_have, is_unknown) in [
            ("\"x\"", true, false, false),
            ("\"y\"", false, false, false),
            ("var.e", true, false, false),
            ("local.a", true, false, false),
            ("(var.q ? \"y\" : \"x\")", true, false, false),
            ("coalesce(var.n, \"x\")", true, false, true),
            ("lookup(local.m, \"k\", \"x\")", true, false, true),
            ("var.n", false, false, true),
            ("local.c", false, false, false),
            ("[\"y\", \"x\"]", false, true, false),
            ("[\"y\", var.e]", false, true, false),
            ("[\"y\", var.n]", false, false, true),
            ("local.l", false, true, false),
            ("concat([\"y\"], local.l)", false, true, false),
            ("concat([\"y\"], [\"z\"])", false, false, false),
            ("[for t in var.n : t]", false, false, true),
            ("[\"tag\"]", false, false, false),
        ] {
            let parsed = expression(value).unwrap();
            let found = (
                values.may_be(&parsed, "x"),
                values.may_have(&parsed, "x"),
                values.is_unknown(&parsed),
            );
            assert_eq!(found, (may_be, may_have, is_unknown), "{value}");
        }
    }
}
