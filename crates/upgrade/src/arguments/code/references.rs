//! The references in a module's code to attributes of its resources and data sources.

use std::collections::BTreeSet;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Traversal, TraversalOperator};
use hcl_edit::structure::Attribute;
use hcl_edit::visit::{Visit, visit_attr, visit_block, visit_traversal};
use memchr::memmem::Finder;

use super::block_type::BlockType;
use super::mention::{Mention, mentions};
use syntax::hcl::Document;

/// `TYPE.NAME.a[0].b` or `data.TYPE.NAME.a`, indexes and splats anywhere in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Whether a resource or a data source is read.
    pub kind: BlockType,
    /// Its type.
    pub type_name: String,
    /// Its name.
    pub name: String,
    /// Bytes of the whole reference.
    pub span: Range<usize>,
    /// The attributes that it goes through; empty where the whole object is taken.
    pub steps: Vec<AttributeStep>,
}

/// One attribute of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeStep {
    /// Its name.
    pub name: String,
    /// Bytes of the name.
    pub span: Range<usize>,
    /// Whether an index or a splat follows.
    pub is_indexed: bool,
}

impl Reference {
    /// `TYPE.NAME` or `data.TYPE.NAME`.
    pub fn address(&self) -> String {
        self.kind.address(&self.type_name, &self.name)
    }

    /// The step at the end of `path`; `None` where the reference does not go there.
    pub fn at(&self, path: &str) -> Option<&AttributeStep> {
        let mut steps = self.steps.iter();
        let mut last = None;
        for segment in path.split('.') {
            last = Some(steps.next().filter(|step| step.name == segment)?);
        }
        last
    }
}

/// The references in a document to resources and data sources of some types. `depends_on`,
/// `replace_triggered_by` and the blocks `moved`, `import` and `removed` take whole addresses, read
/// no attribute and are left out, as are those of blocks in which no mention of a type counts.
pub fn references(
    document: &Document,
    types: &BTreeSet<(BlockType, &str)>,
    counts: impl Fn(&str, Mention<'_>) -> bool,
) -> Vec<Reference> {
    let names: BTreeSet<&str> = types.iter().map(|(_, type_name)| *type_name).collect();
    let names = names.into_iter();
    let names: Vec<(&str, Finder<'_>)> = names.map(|name| (name, Finder::new(name))).collect();
    let mut found = Vec::new();
    for top in document.tops() {
        // The labels of a block refer to nothing.
        let (_, content) = top.text().split_once('{').unwrap_or_default();
        let has_mention = names.iter().any(|(type_name, finder)| {
            mentions(content.as_bytes(), finder, |it| counts(type_name, it))
        });
        if !has_mention {
            continue;
        }
        let Ok(block) = top.parse() else { continue };
        if ["moved", "import", "removed"].contains(&block.kind()) {
            continue;
        }
        let mut reader = ReferenceReader {
            offset: block.offset(),
            found: Vec::new(),
        };
        visit_block(&mut reader, block.parsed());
        found.extend(reader.found);
    }
    found.retain(|reference| types.contains(&(reference.kind, reference.type_name.as_str())));
    found
}

struct ReferenceReader {
    offset: usize,
    found: Vec<Reference>,
}

impl ReferenceReader {
    fn span(&self, node: &impl Span) -> Range<usize> {
        let span = node.span().unwrap_or_default();
        span.start + self.offset..span.end + self.offset
    }

    fn read(&self, node: &Traversal) -> Option<Reference> {
        let root = node.expr.as_variable()?.as_str();
        let mut operators = node.operators.iter().peekable();
        let mut name = || match operators.next()?.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
            _ => None,
        };
        let (kind, type_name) = match root {
            "data" => (BlockType::Data, name()?),
            _ => (BlockType::Resource, root.to_owned()),
        };
        let name = name()?;
        let mut steps: Vec<AttributeStep> = Vec::new();
        for operator in operators {
            match (operator.value(), steps.last_mut()) {
                (TraversalOperator::GetAttr(name), _) => steps.push(AttributeStep {
                    name: name.as_str().to_owned(),
                    span: self.span(name),
                    is_indexed: false,
                }),
                (_, Some(last)) => last.is_indexed = true,
                (_, None) => {}
            }
        }
        Some(Reference {
            kind,
            type_name,
            name,
            span: self.span(node),
            steps,
        })
    }
}

impl Visit for ReferenceReader {
    fn visit_attr(&mut self, node: &Attribute) {
        if !["depends_on", "replace_triggered_by"].contains(&node.key.as_str()) {
            visit_attr(self, node);
        }
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        self.found.extend(self.read(node));
        visit_traversal(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"output "o" {
  value      = [aws_a.x.id, aws_a.x[0].b[1].c, data.aws_a.y.*.id, aws_b.z.id]
  all        = { for k, v in aws_a.x : k => v.id }
  text       = "${aws_a.x[data.aws_a.y.n].id}"
  depends_on = [aws_a.x]
}
moved {
  from = aws_a.x
  to   = aws_a.y
}
"#;

    #[test]
    fn references_are_found_wherever_they_stand() {
        let document = Document::new("main.tf".into(), TEXT.to_owned()).unwrap();
        let types = BTreeSet::from([(BlockType::Resource, "aws_a"), (BlockType::Data, "aws_a")]);
        let found = references(&document, &types, |_, _| true);
        let read: Vec<_> = found
            .iter()
            .map(|it| {
                let steps = it.steps.iter().map(|step| {
                    assert_eq!(&TEXT[step.span.clone()], step.name);
                    format!(".{}{}", step.name, if step.is_indexed { "[]" } else { "" })
                });
                it.address() + &steps.collect::<String>()
            })
            .collect();
        assert_eq!(
            read,
            [
                "aws_a.x.id",
                "aws_a.x.b[].c",
                "data.aws_a.y.id",
                "aws_a.x",
                "aws_a.x.id",
                "data.aws_a.y.n"
            ]
        );
        assert_eq!(found[1].at("b.c").map(|step| step.name.as_str()), Some("c"));
        assert_eq!(found[1].at("b.d"), None);
        assert_eq!(found[0].at("id.x"), None);
    }

    #[test]
    fn only_blocks_with_a_mention_that_counts_are_parsed() {
        let document = Document::new("main.tf".into(), TEXT.to_owned()).unwrap();
        let types = BTreeSet::from([(BlockType::Resource, "aws_b")]);
        let found = |attribute: &str| {
            let counts = |_: &str, it: Mention<'_>| it == Mention::Attribute(attribute.as_bytes());
            references(&document, &types, counts).len()
        };
        assert_eq!((found("id"), found("arn")), (1, 0));
    }
}
