//! What a transform is, and the catalogue of them that the engine is given.

use ci::github::workflow::Workflows;
use diagnostics::finding::{Finding, RootEffect};
use syntax::location::Location;
use terraform::module::Module;

use crate::proposals::{Earlier, Introduced};
use crate::repo::Repo;

/// A transform, as the catalogue lists it: its code, its page, and what the engine has to know of it.
#[derive(Debug, Clone, Copy)]
pub struct Transform {
    /// Its one name: file, module, page, configuration label.
    pub id: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
    /// Its own options in a `transform` block; all are booleans.
    pub options: &'static [&'static str],
    /// The keys and blocks of `tfkeyless.hcl` that it reads, beside its own `transform` block.
    pub settings: &'static [&'static str],
    /// Whether it is off unless selected by `--only` or `transform "ID" { enabled = true }`.
    pub on_request: bool,
    /// Which decision of the engine its edits carry out; `None` where no other transform and no
    /// decision depends on whether it runs.
    pub purpose: Option<Purpose>,
    /// What a root module needs before its next plan once an edit of it, or of a module that it
    /// calls, is written. A finding may say otherwise of itself.
    pub effect: RootEffect,
    /// Whether a runner that keeps its static keys acts in another account, or fails, once the
    /// edits are written: they then need review where a job stays on its keys.
    pub changes_identities: bool,
    /// Whether `audit` reports what it removes.
    pub audited: bool,
    /// What it reads, and when it runs.
    pub scan: Scan,
}

/// A decision of the engine that depends on whether the transform which carries it out runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Removes the roles that providers assume.
    RemoveRoles,
    /// Removes static keys from providers and backends.
    RemoveStaticKeys,
    /// Gives S3 backends their profile.
    AddBackendProfile,
    /// Points module sources at repositories.
    MoveModuleSources,
    /// Moves the constraints on the AWS provider.
    UpgradeProvider,
    /// Moves the releases of registry modules.
    UpgradeModules,
    /// Bounds registry modules that are not moved.
    BoundModules,
    /// Rewrites arguments that the next major of the provider removes.
    RewriteArguments,
    /// Takes the AWS provider out of lock files that the new constraints do not admit.
    Relock,
    /// Signs jobs in by OIDC.
    SignInJobs,
    /// Gives jobs the profiles that the code names.
    AddJobProfiles,
}

/// What a transform reads, and when it runs.
#[derive(Debug, Clone, Copy)]
pub enum Scan {
    /// One module of the repository, as it was read.
    Module(fn(&Module, &Repo) -> Vec<Finding>),
    /// The same, with the findings of the transforms before it in the catalogue.
    ModuleWithEarlier(fn(&Module, Earlier<'_>, &Repo) -> Vec<Finding>),
    /// A module whose edits take out code that names something, once all others have reported.
    Leftovers(fn(&Module, Earlier<'_>, &Repo) -> Vec<Finding>),
    /// The repository's workflows, all together, and the static keys in other files that run
    /// Terraform.
    Workflows(fn(&Workflows, &[Location], &Repo) -> Vec<Finding>),
    /// The workflows with their jobs signed in, once all modules have reported.
    SignedInWorkflows(fn(&Workflows, &Introduced, &Repo) -> Vec<Finding>),
}

impl Transform {
    /// What a transform is unless its line in the catalogue says otherwise.
    pub const DEFAULT: Self = Self {
        id: "",
        page: "",
        options: &[],
        settings: &[],
        on_request: false,
        purpose: None,
        effect: RootEffect::Init,
        changes_identities: false,
        audited: false,
        scan: Scan::Module(|_, _| Vec::new()),
    };

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
        self.iter().find(|transform| transform.id == id)
    }

    /// The transform that carries out a decision.
    pub fn with_purpose(self, purpose: Purpose) -> Option<&'static Transform> {
        self.iter()
            .find(|transform| transform.purpose == Some(purpose))
    }

    /// The id of the transform that carries out a decision; empty where there is none.
    pub fn id_of(self, purpose: Purpose) -> &'static str {
        self.with_purpose(purpose)
            .map_or("", |transform| transform.id)
    }

    /// The ids of the transforms whose findings `audit` reports.
    pub fn audited(self) -> Vec<&'static str> {
        let audited = self.iter().filter(|transform| transform.audited);
        audited.map(|transform| transform.id).collect()
    }

    /// All of them, in their order.
    pub fn iter(self) -> std::slice::Iter<'static, Transform> {
        self.0.iter()
    }
}
