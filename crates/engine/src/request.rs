//! What is asked of the engine: the configuration, the selection, and the transforms there are.

use std::collections::BTreeSet;
use std::path::Path;

use crate::catalogue::{Catalogue, Purpose, Transform};
use crate::declined::FindingName;
use crate::selection::Selection;
use crate::settings::Settings;

/// What is asked of the engine.
#[derive(Debug, Clone)]
pub struct Request {
    /// The transforms there are.
    pub catalogue: Catalogue,
    /// The configuration.
    pub settings: Settings,
    /// Which part of the migration.
    pub selection: Selection,
    /// The findings whose edits are not made, whatever is selected.
    pub declined: BTreeSet<FindingName>,
}

impl Request {
    /// A request for all transforms that run by default, without a configuration.
    pub fn usual(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            settings: Settings::default(),
            selection: Selection::default(),
            declined: BTreeSet::new(),
        }
    }

    /// Whether a transform runs. Flags win over the configuration, the configuration over the
    /// transform's own default.
    pub fn runs(&self, transform: &Transform) -> bool {
        let id = transform.id;
        if self.selection.skip.contains(id) {
            return false;
        }
        // `--only` runs a transform that is off by default, too.
        if !self.selection.only.is_empty() {
            return self.selection.only.contains(id);
        }
        let switches = self.settings.transforms.get(id);
        switches
            .and_then(|switches| switches.enabled)
            .unwrap_or(!transform.on_request)
    }

    /// Whether any of the transforms that run edits modules. Jobs sign in whatever those hold: where no
    /// role is removed, as their keys did.
    pub fn edits_modules(&self) -> bool {
        let mut running = self.running();
        running.any(|transform| transform.purpose != Some(Purpose::SignInJobs))
    }

    /// Whether a transform is named by `--only`.
    pub fn is_named(&self, id: &str) -> bool {
        self.selection.only.contains(id)
    }

    /// The transforms that run, in the order of the catalogue.
    pub fn running(&self) -> impl Iterator<Item = &'static Transform> {
        let transforms = self.catalogue.iter();
        transforms.filter(|transform| self.runs(transform))
    }

    /// Whether the transform that carries out a decision runs.
    pub fn carries_out(&self, purpose: Purpose) -> bool {
        let transform = self.catalogue.with_purpose(purpose);
        transform.is_some_and(|transform| self.runs(transform))
    }

    /// A transform's own option; `None` where the configuration does not set it.
    pub fn option(&self, id: &str, option: &str) -> Option<bool> {
        let switches = self.settings.transforms.get(id)?;
        switches.options.get(option).copied()
    }

    /// Why a file is not edited, as a phrase: it is not below the paths asked for.
    pub fn out_of_scope(&self, path: &Path) -> Option<&'static str> {
        (!self.selection.contains(path)).then_some("is not among the paths named")
    }
}
