//! The arguments and blocks that a path such as `accepter.allow_vpc_to_remote_classic_link` leads to inside a block.

use std::ops::Range;

use syntax::hcl::{Attribute, Block};

/// The argument at the end of a path.
#[derive(Debug, Clone)]
pub struct ArgumentSite<'d> {
    /// The block that directly contains it.
    pub owner: Block<'d>,
    /// Its syntax.
    pub node: SiteNode<'d>,
}

/// The syntax of an argument.
#[derive(Debug, Clone)]
pub enum SiteNode<'d> {
    /// `name = value`.
    Attribute(Attribute<'d>),
    /// `name { ... }`.
    Block(Block<'d>),
    /// `dynamic "name" { ... }`.
    Dynamic(Block<'d>),
}

impl ArgumentSite<'_> {
    /// The last name of its path.
    pub fn name(&self) -> &str {
        match &self.node {
            SiteNode::Attribute(attribute) => attribute.name,
            SiteNode::Block(block) => block.kind(),
            SiteNode::Dynamic(block) => block.label(0).unwrap_or_default(),
        }
    }

    /// Its bytes.
    pub fn span(&self) -> Range<usize> {
        match &self.node {
            SiteNode::Attribute(attribute) => attribute.span(),
            SiteNode::Block(block) | SiteNode::Dynamic(block) => block.span(),
        }
    }
}

/// Everything at the end of `path` in the content of `block`, through `dynamic` blocks too.
pub fn sites<'d>(block: &Block<'d>, path: &str) -> Vec<ArgumentSite<'d>> {
    let mut owners = vec![*block];
    let mut segments = path.split('.').peekable();
    while let Some(segment) = segments.next() {
        if segments.peek().is_none() {
            return owners
                .iter()
                .flat_map(|owner| named(owner, segment))
                .collect();
        }
        let next = owners.iter().flat_map(|owner| named(owner, segment));
        owners = next.flat_map(|site| contents(&site)).collect();
    }
    Vec::new()
}

/// The attribute and the blocks of that name in the content of `owner`.
fn named<'d>(owner: &Block<'d>, name: &str) -> Vec<ArgumentSite<'d>> {
    let attribute = owner.attribute(name).map(SiteNode::Attribute);
    let blocks = owner.body().blocks().filter_map(|block| {
        let is_dynamic = block.kind() == "dynamic" && block.label(0) == Some(name);
        match block.kind() == name {
            true => Some(SiteNode::Block(block)),
            false => is_dynamic.then_some(SiteNode::Dynamic(block)),
        }
    });
    let owner = *owner;
    attribute
        .into_iter()
        .chain(blocks)
        .map(|node| ArgumentSite { owner, node })
        .collect()
}

/// The blocks whose arguments are those of the site: of a `dynamic` block its `content`.
pub fn contents<'d>(site: &ArgumentSite<'d>) -> Vec<Block<'d>> {
    match &site.node {
        SiteNode::Attribute(_) => Vec::new(),
        SiteNode::Block(block) => vec![*block],
        SiteNode::Dynamic(block) => block.blocks("content").collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::hcl::Document;

    #[test]
    fn paths_lead_through_blocks_and_dynamic_ones() {
        let text = "r \"a\" \"b\" {\n  x = 1\n  c {\n    x = 2\n    d {\n      x = 3\n    }\n  }\n  c {\n    x = 4\n  }\n  dynamic \"c\" {\n    for_each = []\n    content {\n      x = 5\n    }\n  }\n}\n";
        let document = Document::new("main.tf".into(), text.to_owned()).unwrap();
        let block = document.blocks("r").next().unwrap();
        let found = |path: &str| -> Vec<&str> {
            let found = sites(&block, path);
            found.iter().map(|site| &text[site.span()]).collect()
        };
        assert_eq!(found("x"), ["x = 1"]);
        assert_eq!(found("c.x"), ["x = 2", "x = 4", "x = 5"]);
        assert_eq!(found("c.d.x"), ["x = 3"]);
        assert_eq!(found("c").len(), 3);
        assert!(found("d.x").is_empty() && found("x.y").is_empty());
    }
}
