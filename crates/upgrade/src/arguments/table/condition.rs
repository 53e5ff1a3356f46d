//! Where a row applies: what has to be set beside its argument, and what must not be.

use std::fmt;

use crate::arguments::code::sites::{SiteNode, sites};
use crate::arguments::code::words::Words;
use syntax::hcl::Block;

/// What the block around an argument has to look like. Without tests every block fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// One of these has to hold, if there are any.
    pub with: Vec<Test>,
    /// None of these may hold.
    pub without: Vec<Test>,
}

/// `path`, or `path = value` with the value as written in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    path: String,
    value: Option<String>,
}

impl Condition {
    /// Whether it has any test.
    pub fn is_some(&self) -> bool {
        !self.with.is_empty() || !self.without.is_empty()
    }

    /// Whether it holds in this block.
    pub fn holds(&self, owner: &Block<'_>) -> bool {
        let is_with = self.with.is_empty() || self.with.iter().any(|test| test.holds(owner));
        is_with && !self.without.iter().any(|test| test.holds(owner))
    }
}

impl Test {
    /// Reads `path` or `path = value`.
    pub fn parse(text: &str) -> Self {
        match text.split_once(" = ") {
            None => Self {
                path: text.to_owned(),
                value: None,
            },
            Some((path, value)) => Self {
                path: path.to_owned(),
                value: Some(value.to_owned()),
            },
        }
    }

    /// Whether it may hold somewhere in a block with these words.
    pub fn may_hold(&self, words: &Words<'_>) -> bool {
        let mut value = self.value.iter();
        words.may_have(&self.path) && value.all(|value| words.may_have_value(value))
    }

    fn holds(&self, owner: &Block<'_>) -> bool {
        let found = sites(owner, &self.path);
        found.iter().any(|site| match (&self.value, &site.node) {
            (None, _) => true,
            (Some(value), SiteNode::Attribute(attribute)) => attribute.value.text() == value,
            (Some(_), SiteNode::Block(_) | SiteNode::Dynamic(_)) => false,
        })
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            None => write!(f, "{}", self.path),
            Some(value) => write!(f, "{} = {value}", self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::hcl::Document;

    #[test]
    fn one_of_these_and_none_of_those() {
        let text = "r \"a\" \"b\" {\n  x = true\n  f {\n    name = \"n\"\n  }\n}\n";
        let document = Document::new("main.tf".into(), text.to_owned()).unwrap();
        let block = document.blocks("r").next().unwrap();
        let tests = |texts: &[&str]| texts.iter().map(|text| Test::parse(text)).collect();
        let holds = |with: &[&str], without: &[&str]| {
            let (with, without) = (tests(with), tests(without));
            Condition { with, without }.holds(&block)
        };
        assert!(holds(&[], &[]));
        assert!(holds(&["y", "x = true"], &["y", "x = false"]));
        assert!(!holds(&["y", "x = false"], &[]));
        assert!(!holds(&[], &["f.name = \"n\""]));
        assert!(holds(&["f"], &["f.name = \"m\"", "f = true"]));
    }
}
