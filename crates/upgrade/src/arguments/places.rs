//! Where a path such as `accepter.allow_vpc_to_remote_classic_link` leads inside a block.

use std::ops::Range;

use syntax::hcl::{Attribute, Block};

/// What stands at the end of a path.
#[derive(Debug, Clone)]
pub struct ArgumentSite<'d> {
    /// The block whose content it stands in.
    pub owner: Block<'d>,
    /// What it is.
    pub what: What<'d>,
}

/// An attribute, a block, or the `dynamic` block that makes some.
#[derive(Debug, Clone)]
pub enum What<'d> {
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
        match &self.what {
            What::Attribute(attribute) => attribute.name,
            What::Block(block) => block.kind(),
            What::Dynamic(block) => block.label(0).unwrap_or_default(),
        }
    }

    /// Its bytes.
    pub fn span(&self) -> Range<usize> {
        match &self.what {
            What::Attribute(attribute) => attribute.span(),
            What::Block(block) | What::Dynamic(block) => block.span(),
        }
    }
}

/// Everything at the end of `path` in the content of `block`, through `dynamic` blocks too.
pub fn places<'d>(block: &Block<'d>, path: &str) -> Vec<ArgumentSite<'d>> {
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
        owners = next.flat_map(|place| contents(&place)).collect();
    }
    Vec::new()
}

/// The attribute and the blocks of that name in the content of `owner`.
fn named<'d>(owner: &Block<'d>, name: &str) -> Vec<ArgumentSite<'d>> {
    let attribute = owner.attribute(name).map(What::Attribute);
    let blocks = owner.body().blocks().filter_map(|block| {
        let is_dynamic = block.kind() == "dynamic" && block.label(0) == Some(name);
        match block.kind() == name {
            true => Some(What::Block(block)),
            false => is_dynamic.then_some(What::Dynamic(block)),
        }
    });
    let owner = *owner;
    attribute
        .into_iter()
        .chain(blocks)
        .map(|what| ArgumentSite { owner, what })
        .collect()
}

/// The blocks whose content a block of that place has.
pub fn contents<'d>(place: &ArgumentSite<'d>) -> Vec<Block<'d>> {
    match &place.what {
        What::Attribute(_) => Vec::new(),
        What::Block(block) => vec![*block],
        What::Dynamic(block) => block.blocks("content").collect(),
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
            let found = places(&block, path);
            found.iter().map(|place| &text[place.span()]).collect()
        };
        assert_eq!(found("x"), ["x = 1"]);
        assert_eq!(found("c.x"), ["x = 2", "x = 4", "x = 5"]);
        assert_eq!(found("c.d.x"), ["x = 3"]);
        assert_eq!(found("c").len(), 3);
        assert!(found("d.x").is_empty() && found("x.y").is_empty());
    }
}
