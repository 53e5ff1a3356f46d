//! Reads what is in templates.

use hcl_edit::template::{Directive, Element, Template};

use super::{Iteration, ObjectReader};

impl ObjectReader<'_> {
    /// Reads the expressions of a template. A whole object among them is not followed.
    pub(super) fn template(&mut self, template: &Template) {
        self.elements(template.iter());
    }

    pub(super) fn elements<'e>(&mut self, elements: impl IntoIterator<Item = &'e Element>) {
        for element in elements {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(inner) => {
                    let held = self.read(&inner.expr);
                    self.leaves(held);
                }
                Element::Directive(directive) => self.directive(directive),
            }
        }
    }

    fn directive(&mut self, directive: &Directive) {
        match directive {
            Directive::If(found) => {
                let asked = self.read(&found.if_expr.cond_expr);
                self.leaves(asked);
                self.template(&found.if_expr.template);
                if let Some(other) = &found.else_expr {
                    self.template(&other.template);
                }
            }
            Directive::For(found) => {
                let found = &found.for_expr;
                let key_name = found.key_var.as_ref().map(|key| key.as_str());
                let Iteration { key, value } = self.iteration(&found.collection_expr);
                self.with(key_name.unwrap_or_default(), key, |reader| {
                    reader.with(found.value_var.as_str(), value, |reader| {
                        reader.template(&found.template);
                    });
                });
            }
        }
    }
}
