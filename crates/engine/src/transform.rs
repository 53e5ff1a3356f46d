//! What a transform is, and the catalogue of them that the engine is given.

use ci::github::workflow::Workflows;
use diagnostics::finding::Finding;
use terraform::module::Module;

use crate::repo::Repo;

/// A transform, as the catalogue lists it.
#[derive(Debug, Clone, Copy)]
pub struct Transform {
    /// Its one name: file, module, page, configuration label.
    pub id: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
    /// Its own options in a `transform` block.
    pub options: &'static [&'static str],
    /// When it runs.
    pub when: When,
    /// What it reads, and what it has to say about it.
    pub scan: Scan,
}

/// What a transform reads, and what it has to say about it.
#[derive(Debug, Clone, Copy)]
pub enum Scan {
    /// One module of a repository.
    Module(fn(&Module, &Repo) -> Vec<Finding>),
    /// The repository's workflows, all together.
    Workflows(fn(&Workflows, &Repo) -> Vec<Finding>),
}

/// When a transform runs, of those that are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// On every module, or on the workflows.
    Always,
    /// So, but only where the user asks for it.
    OnRequest,
    /// Once all others have spoken, on what their edits leave behind: modules that change, or the
    /// workflows around them.
    Afterwards,
}

impl Transform {
    /// The first sentence of its page.
    pub fn summary(&self) -> &'static str {
        let mut lines = self.page.lines().skip(1);
        lines.find(|line| !line.is_empty()).unwrap_or_default()
    }
}

/// Every transform there is, in the order in which they run.
#[derive(Debug, Clone, Copy)]
pub struct Catalogue(pub &'static [Transform]);

impl Catalogue {
    /// The transform of that id.
    pub fn transform(self, id: &str) -> Option<&'static Transform> {
        self.0.iter().find(|transform| transform.id == id)
    }

    /// All of them, in their order.
    pub fn iter(self) -> std::slice::Iter<'static, Transform> {
        self.0.iter()
    }
}
