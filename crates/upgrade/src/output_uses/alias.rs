//! What names stand for an output of a registry module.

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::Nullable;

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

    /// What the reference reads by this alias. An output of `nullable` counts behind any key, too: the alias may
    /// hold a map of modules.
    pub fn read(&self, traversal: &Traversal, nullable: &Nullable) -> Option<Reads> {
        let root = traversal.expr.as_variable()?.as_str();
        let (first, rest) = self.path.split_first()?;
        if first != root {
            return None;
        }
        let mut steps = steps(&traversal.operators, nullable);
        let is_below = rest.iter().all(|wanted| steps.next() == Some(wanted));
        is_below.then(|| self.reads.clone().through(steps, nullable))
    }
}

impl Reads {
    /// What operators read of it.
    #[must_use]
    pub fn behind(self, operators: &[Decorated<TraversalOperator>], nullable: &Nullable) -> Self {
        self.through(steps(operators, nullable), nullable)
    }

    /// The output that it is, or the first one of a module that may be null.
    pub(super) fn first<'r>(&'r self, nullable: &'r Nullable) -> Option<&'r str> {
        match self {
            Self::Output(output) => Some(output),
            Self::Module => nullable.keys().next().map(String::as_str),
        }
    }

    fn through<'t>(self, mut steps: impl Iterator<Item = &'t str>, nullable: &Nullable) -> Self {
        if let Self::Output(_) = self {
            return self;
        }
        let first = steps.next();
        let mut all = first.into_iter().chain(steps);
        match all.find(|it| nullable.contains_key(*it)).or(first) {
            Some(output) => Self::Output(output.to_owned()),
            None => Self::Module,
        }
    }
}

/// The names that operators go through: instances of a module, and splats, stand between them.
fn steps<'t>(
    operators: &'t [Decorated<TraversalOperator>],
    nullable: &Nullable,
) -> impl Iterator<Item = &'t str> {
    operators.iter().filter_map(|it| match it.value() {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        TraversalOperator::Index(Expression::String(key)) => {
            Some(key.as_str()).filter(|it| nullable.contains_key(*it))
        }
        _ => None,
    })
}
