//! What the engine has to know of each transform, as data. The code of the transforms is in
//! [`Scans`](crate::scan::Scans), which later phases read: so no early phase depends on a late one.

use diagnostics::finding::RootEffect;
use diagnostics::suggestion;
use syntax::code::sentence;

/// A transform, as the catalogue lists it: its page, and what the engine has to know of it.
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
    /// calls, is written. A finding may have an effect of its own.
    pub effect: RootEffect,
    /// Whether a runner that keeps its static keys acts in another account, or fails, once the
    /// edits are written: they then need review where a job stays on its keys.
    pub changes_identities: bool,
    /// Whether `audit` reports what it removes.
    pub audited: bool,
}

/// A decision of the engine that depends on whether the transform that carries it out runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Removes the roles that providers assume.
    RemoveRoles,
    /// Adds `allowed_account_ids` where a role is removed.
    GuardAccounts,
    /// Removes static keys from providers and backends.
    RemoveStaticKeys,
    /// Gives S3 backends their profile.
    AddBackendProfile,
    /// Points module sources at repositories.
    MoveModuleSources,
    /// Changes the constraints on the AWS provider.
    UpgradeProvider,
    /// Changes the releases of registry modules.
    UpgradeModules,
    /// Bounds registry modules that keep their release.
    BoundModules,
    /// Rewrites arguments that the next major of the provider removes.
    RewriteArguments,
    /// Removes the AWS provider from lock files that the new constraints do not admit.
    Relock,
    /// Removes roles from the plugins by which providers sign in to clusters.
    RemovePluginRoles,
    /// Signs jobs in by OIDC.
    SignInJobs,
    /// Gives jobs the profiles that the code names.
    AddJobProfiles,
}

impl Transform {
    /// A transform, but for what its line in the catalogue sets.
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

    /// What an error says of an id that no transform has, with the closest one.
    pub fn unknown(self, id: &str) -> String {
        match suggestion::closest(id, self.iter().map(|transform| transform.id)) {
            Some(closest) => sentence!("unknown transform `{id}`; did you mean `{closest}`?"),
            None => sentence!("unknown transform `{id}`; `tfkeyless explain` lists them"),
        }
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

    /// The position of the transform of that id; beyond all others where there is none.
    pub fn position(self, id: &str) -> usize {
        let position = self.iter().position(|transform| transform.id == id);
        position.unwrap_or(usize::MAX)
    }

    /// All of them, in their order.
    pub fn iter(self) -> std::slice::Iter<'static, Transform> {
        self.0.iter()
    }
}
