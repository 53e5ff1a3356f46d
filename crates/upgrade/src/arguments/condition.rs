//! Where a row speaks: what has to stand beside its place, and what must not.

use std::fmt;

use super::places::{What, places};
use syntax::hcl::Block;

/// What the block around a place has to look like; any block fits one without tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// One of these has to stand there, if there are any.
    pub with: Vec<Test>,
    /// None of these may stand there.
    pub without: Vec<Test>,
}

/// `path`, or `path = value` with the value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    path: String,
    value: Option<String>,
}

impl Condition {
    /// Whether it says anything.
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
    /// Reads one.
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

    fn holds(&self, owner: &Block<'_>) -> bool {
        let found = places(owner, &self.path);
        found.iter().any(|place| match (&self.value, &place.what) {
            (None, _) => true,
            (Some(value), What::Attribute(attribute)) => attribute.value.text() == value,
            (Some(_), What::Block(_) | What::Dynamic(_)) => false,
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
