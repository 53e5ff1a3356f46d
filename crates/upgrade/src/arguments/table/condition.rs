//! Where a row applies: what has to be set beside its argument, and what must not be.

use std::fmt;

use crate::arguments::code::known_values::KnownValues;
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

/// Something that has to be at a path of the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    path: String,
    wanted: Wanted,
}

/// What has to be there. Values are followed through locals and the defaults of variables.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// `path`: an argument or a block.
    Anything,
    /// `path = *`: an argument, not a block.
    Argument,
    /// `path = value`: an argument that is written so, or may be this text.
    Value(String),
    /// `path has "text"`: an argument that may be a list with this text.
    Item(String),
    /// `path unknown`: an argument of which the module does not tell all.
    Unknown,
}

impl Condition {
    /// Whether it has any test.
    pub fn is_some(&self) -> bool {
        !self.with.is_empty() || !self.without.is_empty()
    }

    /// Whether it holds in this block of a module with these values.
    pub fn holds(&self, owner: &Block<'_>, values: &KnownValues<'_>) -> bool {
        let holds = |test: &Test| test.holds(owner, values);
        (self.with.is_empty() || self.with.iter().any(holds)) && !self.without.iter().any(holds)
    }
}

impl Test {
    /// Reads one of the forms of [`Wanted`].
    pub fn parse(text: &str) -> Self {
        let (path, wanted) = match (text.split_once(" = "), text.split_once(" has ")) {
            (Some((path, "*")), _) => (path, Wanted::Argument),
            (Some((path, value)), _) => (path, Wanted::Value(value.to_owned())),
            (None, Some((path, item))) => (path, Wanted::Item(item.trim_matches('"').to_owned())),
            (None, None) => match text.strip_suffix(" unknown") {
                Some(path) => (path, Wanted::Unknown),
                None => (text, Wanted::Anything),
            },
        };
        Self {
            path: path.to_owned(),
            wanted,
        }
    }

    /// Whether it may hold somewhere in a block with these words.
    pub fn may_hold(&self, words: &Words<'_>) -> bool {
        let may_be = match &self.wanted {
            Wanted::Value(value) | Wanted::Item(value) => {
                let mut texts = [value.as_str(), "var.", "local."].into_iter();
                texts.any(|text| words.may_have_value(text))
            }
            Wanted::Anything | Wanted::Argument | Wanted::Unknown => true,
        };
        may_be && words.may_have(&self.path)
    }

    fn holds(&self, owner: &Block<'_>, values: &KnownValues<'_>) -> bool {
        let found = sites(owner, &self.path);
        found.iter().any(|site| {
            let SiteNode::Attribute(attribute) = &site.node else {
                return self.wanted == Wanted::Anything;
            };
            let expression = attribute.value.expression();
            match &self.wanted {
                Wanted::Anything | Wanted::Argument => true,
                Wanted::Value(value) => {
                    let text = value.trim_matches('"');
                    attribute.value.text() == value
                        || text.len() < value.len() && values.may_be(expression, text)
                }
                Wanted::Item(item) => values.may_have(expression, item),
                Wanted::Unknown => values.is_unknown(expression),
            }
        })
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.wanted {
            Wanted::Anything => write!(f, "{path}"),
            Wanted::Argument => write!(f, "{path} = ..."),
            Wanted::Value(value) => write!(f, "{path} = {value}"),
            Wanted::Item(item) => write!(f, "\"{item}\" in {path}"),
            Wanted::Unknown => write!(f, "{path} with a value from elsewhere"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::hcl::Document;
    use terraform::module::Module;

    #[test]
    fn one_of_these_and_none_of_those() {
        let text = "r \"a\" \"b\" {\n  x = true\n  v = local.v\n  l = [local.v]\n  u = var.u\n  f {\n    name = \"n\"\n  }\n}\nlocals {\n  v = \"w\"\n}\n";
        let document = || Document::new("main.tf".into(), text.to_owned()).unwrap();
        let module = Module::new("".into(), vec![document()]);
        let values = KnownValues::of(&module);
        let document = document();
        let block = document.blocks("r").next().unwrap();
        let tests = |texts: &[&str]| texts.iter().map(|text| Test::parse(text)).collect();
        let holds = |with: &[&str], without: &[&str]| {
            let (with, without) = (tests(with), tests(without));
            let condition = Condition { with, without };
            let words = Words::of(block.text());
            let is_found = condition.with.iter().any(|test| test.may_hold(&words));
            let holds = condition.holds(&block, &values);
            assert!(
                is_found || condition.with.is_empty() || !holds,
                "found by its words"
            );
            holds
        };
        assert!(holds(&[], &[]));
        assert!(holds(&["y", "x = true"], &["y", "x = false"]));
        assert!(!holds(&["y", "x = false"], &[]));
        assert!(!holds(&[], &["f.name = \"n\""]));
        assert!(holds(&["f"], &["f.name = \"m\"", "f = true", "f = *"]));
        assert!(holds(
            &["x = *"],
            &["v = \"x\"", "x = \"true\"", "l has \"x\""]
        ));
        assert!(holds(&["v = \"w\""], &["v unknown", "l unknown"]));
        assert!(holds(&["l has \"w\""], &["u = \"w\""]));
        assert!(holds(&["u unknown"], &["u has \"w\""]));
    }
}
