//! Whose caller identity a role's ARN depends on.

use std::collections::BTreeSet;

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_traversal};

use super::names::ModuleNames;
use super::role::RoleArn;

impl RoleArn {
    /// The aliases of the provider configurations whose `data "aws_caller_identity"` the role depends
    /// on, directly or through locals; empty for the default one.
    pub fn callers(&self, names: &ModuleNames) -> BTreeSet<String> {
        let mut finder = Finder {
            names,
            locals: BTreeSet::new(),
            callers: BTreeSet::new(),
        };
        let each = self.each.iter().filter_map(|(_, each)| each.as_ref());
        for expression in self.arn.iter().chain(each) {
            finder.visit_expr(expression);
        }
        finder.callers
    }
}

struct Finder<'n> {
    names: &'n ModuleNames,
    /// The locals that were followed, each once.
    locals: BTreeSet<String>,
    callers: BTreeSet<String>,
}

impl Visit for Finder<'_> {
    fn visit_traversal(&mut self, node: &Traversal) {
        let root = node.expr.as_variable().map(hcl_edit::Ident::as_str);
        let mut attributes = node.operators.iter().map_while(|it| match it.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        });
        match (root, attributes.next(), attributes.next()) {
            (Some("data"), Some("aws_caller_identity"), Some(name)) => {
                let alias = self.names.identity(name);
                self.callers.extend(alias.map(str::to_owned));
            }
            (Some("local"), Some(name), _) if self.locals.insert(name.to_owned()) => {
                let local: Option<&Expression> = self.names.local(name);
                if let Some(local) = local {
                    self.visit_expr(local);
                }
            }
            _ => {}
        }
        visit_traversal(self, node);
    }
}
