//! Modules that use a default provider configuration without a block: it acts by the ambient credentials.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use syntax::location::Location;
use terraform::file_kind::FileKind;
use terraform::module_call::ModuleAddress;
use upgrade::output_uses::calls;

use super::document::document;
use super::modules::Modules;
use crate::error::PlanError;
use crate::source::Source;

/// The first use in each of these modules, by number.
pub(super) fn learn(
    source: &dyn Source,
    modules: &Modules,
) -> Result<HashMap<usize, Location>, PlanError> {
    let directories = modules.without_default_provider().into_par_iter();
    let found = directories.map_init(Vec::new, |buffer, directory| {
        let mut reader = Reader {
            source,
            modules,
            buffer,
            seen: BTreeSet::new(),
        };
        let place = reader.first_use(&directory)?;
        Ok(modules.number(&directory).zip(place))
    });
    let found = found.filter_map(Result::transpose);
    found.collect::<Result<_, PlanError>>()
}

struct Reader<'r> {
    source: &'r dyn Source,
    modules: &'r Modules,
    buffer: &'r mut Vec<u8>,
    /// The modules that were read.
    seen: BTreeSet<PathBuf>,
}

impl Reader<'_> {
    /// The first resource or data source of a module without a `provider` argument, or call of a module
    /// with such ones without `providers` (Terraform docs, "The provider Meta-Argument" and "The providers
    /// Meta-Argument in Modules").
    fn first_use(&mut self, directory: &Path) -> Result<Option<Location>, PlanError> {
        if !self.seen.insert(directory.to_path_buf()) {
            return Ok(None);
        }
        let mut called = Vec::new();
        let unreadable = |path: &Path| {
            let path = path.to_path_buf();
            move |error| PlanError::Unreadable(path, error)
        };
        for path in self
            .source
            .files(directory)
            .map_err(unreadable(directory))?
        {
            if FileKind::of(&path) != Some(FileKind::Configuration) {
                continue;
            }
            let read = self.source.read(&path, self.buffer);
            read.map_err(unreadable(&path))?;
            let Ok(text) = std::str::from_utf8(self.buffer) else {
                continue;
            };
            let Ok(document) = document(path, text.to_owned()) else {
                continue;
            };
            let kinds = ["resource", "data"].into_iter();
            let mut blocks = kinds.flat_map(|kind| document.blocks(kind));
            let used = blocks.find(|block| {
                let kind = block.label(0).unwrap_or_default();
                // A policy document is computed locally, without a request to AWS.
                kind.starts_with("aws_")
                    && kind != "aws_iam_policy_document"
                    && block.attribute("provider").is_none()
            });
            if let Some(block) = used {
                return Ok(Some(block.location()));
            }
            let own = calls(&document);
            let own = own.filter(|call| call.block.attribute("providers").is_none());
            called.extend(own.map(|call| (call.block.location(), call.address())));
        }
        for (at, address) in called {
            let is_use = match address {
                ModuleAddress::Local(path) => {
                    let path = self.modules.links.directory(&path).into_owned();
                    self.first_use(&path)?.is_some()
                }
                ModuleAddress::Registry { module, .. } => module.ends_with("/aws"),
                // What it has is not known: it counts where its caller requires the AWS provider.
                ModuleAddress::Other => {
                    let mut facts = self.modules.facts(directory);
                    facts.any(|facts| !facts.requirements.is_empty())
                }
            };
            if is_use {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}
