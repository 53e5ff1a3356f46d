//! Files that become configuration only once something else fills them in.

use hcl_edit::expr::{Expression, ForExpr};
use hcl_edit::template::Interpolation;
use hcl_edit::visit::{Visit, visit_block, visit_for_expr, visit_interpolation};

use syntax::hcl::Block;

/// Whether a block is part of a template: `${name}` without `var.` or `local.`, which only
/// `templatefile` and `envsubst` know, or the braces of Jinja, cookiecutter and Helm.
pub fn is_template(block: &Block<'_>) -> bool {
    let text = block.text();
    let has_braces = text.match_indices("{{").any(|(at, _)| {
        // `${{ a = 1 }.a}` is an object of HCL.
        !text[..at].ends_with('$')
    });
    let mut names = BareNames {
        in_for: false,
        found: false,
    };
    visit_block(&mut names, block.parsed());
    has_braces || text.contains("{%") || names.found
}

/// Looks for a name that stands alone in an interpolation: in Terraform only a `for` has such.
struct BareNames {
    in_for: bool,
    found: bool,
}

impl Visit for BareNames {
    fn visit_interpolation(&mut self, node: &Interpolation) {
        self.found |= !self.in_for && matches!(node.expr, Expression::Variable(_));
        visit_interpolation(self, node);
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        let outer = std::mem::replace(&mut self.in_for, true);
        visit_for_expr(self, node);
        self.in_for = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::hcl::Document;

    #[test]
    fn names_that_terraform_does_not_know_make_a_template() {
        for (setting, expected) in [
            ("region = \"${region}\"", true),
            (
                "assume_role {\n role_arn = \"arn:aws:iam::${account_id}:role/x\"\n}",
                true,
            ),
            ("region = \"{{ cookiecutter.region }}\"", true),
            ("region = \"{{region}}\"", true),
            ("region = \"${var.region}\"", false),
            ("region = \"$${region}\"", false),
            ("region = \"${{ a = \"b\" }[terraform.workspace]}\"", false),
            (
                "region = \"${join(\"\", [for r in var.r : \"${r}\"])}\"",
                false,
            ),
            ("region = var.region", false),
            ("region = \"${each.key}${local.x}${data.a.b.c}\"", false),
            (
                "assume_role {\n role_arn = \"%{ if var.x }a%{ endif }\"\n}",
                false,
            ),
        ] {
            let text = format!("provider \"aws\" {{\n  {setting}\n}}\n");
            let document = Document::new("main.tf".into(), text).unwrap();
            let block = document.blocks("provider").next().unwrap();
            assert_eq!(is_template(&block), expected, "{setting}");
        }
    }
}
