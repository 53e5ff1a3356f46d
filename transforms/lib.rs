//! What tfkeyless changes and why. Pure: text in, findings out; the world lives in the binary.
//!
//! A transform is one file of code, one page of the same name, and one line in the catalogue
//! below. The page is its manual, its `explain` text, its documentation, and its tests.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::exit
)]

pub mod model;
pub mod planner;

use model::finding::Finding;
use model::module::Module;
use model::repo::Repo;
use model::settings::{Settings, SettingsError};
use model::workflow::Workflows;

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

macro_rules! catalogue {
    ($($id:ident $(($($option:literal),+))? : $when:ident $of:ident,)+) => {
        $(
            #[doc = include_str!(concat!(stringify!($id), ".md"))]
            // A block of a page may be of a file like `.terraform.lock.hcl`.
            #[allow(rustdoc::invalid_codeblock_attributes)]
            mod $id;
        )+

        /// Every transform, in the order in which a migration is told.
        pub const CATALOGUE: &[Transform] = &[$(Transform {
            id: stringify!($id),
            page: include_str!(concat!(stringify!($id), ".md")),
            options: &[$($($option),+)?],
            when: When::$when,
            scan: Scan::$of($id::scan),
        }),+];
    };
}

catalogue! {
    remove_assume_role: Always Module,
    remove_static_keys: Always Module,
    set_backend_profile: Always Module,
    github_module_source: Always Module,
    bump_provider: Always Module,
    bump_module("pins"): Always Module,
    constrain_module: Always Module,
    upgrade_arguments: Always Module,
    relock_provider: Always Module,
    account_guard: OnRequest Module,
    native_state_lock: OnRequest Module,
    remove_orphans: Afterwards Module,
    workflow_oidc: Always Workflows,
    ci_backend_profile: Afterwards Workflows,
    ci_module_access: Afterwards Workflows,
}

/// The transform of that name.
pub fn transform(id: &str) -> Option<&'static Transform> {
    CATALOGUE.iter().find(|transform| transform.id == id)
}

impl Transform {
    /// The first sentence of its page.
    pub fn summary(&self) -> &'static str {
        let mut lines = self.page.lines().skip(1);
        lines.find(|line| !line.is_empty()).unwrap_or_default()
    }
}

/// Reads a `tfkeyless.hcl`.
///
/// # Errors
/// The first key, block, label or value that is unknown, missing or wrong, with its place.
pub fn settings(text: &str) -> Result<Settings, SettingsError> {
    Settings::parse(text, |id| transform(id).map(|transform| transform.options))
}
