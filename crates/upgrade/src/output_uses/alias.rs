//! What names stand for an output of a registry module.

use hcl_edit::expr::{Traversal, TraversalOperator};

/// A name that stands for one output of a module, or for the module with all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alias {
    /// The steps of the name: `local`, `igw`.
    pub path: Vec<String>,
    /// What it stands for.
    pub reads: Reads,
}

/// What is read of a module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// One output.
    Output(String),
    /// The module with all of them.
    Module,
}

impl Alias {
    /// `module.NAME`.
    pub fn of_call(name: &str) -> Self {
        Self {
            path: vec!["module".to_owned(), name.to_owned()],
            reads: Reads::Module,
        }
    }

    /// The same below another name, in place of its first steps.
    #[must_use]
    pub fn below(&self, path: &[&str]) -> Self {
        let path = path.iter().map(|step| (*step).to_owned());
        Self {
            path: path.chain(self.path.iter().cloned()).collect(),
            reads: self.reads.clone(),
        }
    }

    /// What the reference reads by this alias.
    pub fn read(&self, traversal: &Traversal) -> Option<Reads> {
        let root = traversal.expr.as_variable()?.as_str();
        let (first, rest) = self.path.split_first()?;
        if first != root {
            return None;
        }
        // Instances of a module, and splats, stand between the names.
        let mut steps = traversal
            .operators
            .iter()
            .filter_map(|it| match it.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            });
        let is_below = rest.iter().all(|wanted| steps.next() == Some(wanted));
        is_below.then(|| match &self.reads {
            Reads::Output(_) => self.reads.clone(),
            Reads::Module => match steps.next() {
                Some(output) => Reads::Output(output.to_owned()),
                None => Reads::Module,
            },
        })
    }
}
