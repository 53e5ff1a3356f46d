//! Provider configurations that a Terragrunt unit runs together: those that its files generate, and those of the
//! module that it deploys. Their roles are decided apart, so that what loses a role in the one has to know of
//! ambient configurations in the other.

use std::path::{Path, PathBuf};

use syntax::hcl::{Block, Document};
use syntax::location::Location;
use terraform::account_guard::AccountGuard;
use terraform::file_kind::FileKind;
use terraform::provider::ProviderFacts;
use terraform::terragrunt::generated::Generated;

use super::ambient_commands::{AmbientCommand, AmbientKind, LearnedCommands};
use super::ambient_uses::{AmbientFiles, concerned};
use super::deployments::TerragruntFile;
use super::document::understood;
use super::facts::Facts;
use super::modules::Modules;
use crate::error::PlanError;
use crate::source::Source;

/// Adds the ambient provider configurations of one side to what the other uses the ambient credentials for.
///
/// # Errors
/// Files that cannot be read.
pub(super) fn learn(
    source: &dyn Source,
    files: &AmbientFiles,
    modules: &Modules,
    learned: &mut LearnedCommands,
) -> Result<(), PlanError> {
    let generating = modules.all_files().filter(|(_, facts)| {
        let terragrunt = facts.terragrunt.as_ref();
        terragrunt.is_some_and(|it| !facts.providers.is_empty() || it.unread.is_some())
    });
    let generating: Vec<(PathBuf, &Facts)> = generating.collect();
    if generating.is_empty() {
        return Ok(());
    }
    let units = TerragruntFile::read(source, files)?;
    let mut reader = Reader {
        source,
        buffer: Vec::new(),
    };
    for (path, facts) in generating {
        let own = modules.number(path.parent().unwrap_or(Path::new("")));
        let mut uses = reader.ambient(&path, facts)?;
        let unread = facts.terragrunt.as_ref().and_then(|it| it.unread);
        uses.extend(unread.map(|line| AmbientCommand {
            at: Location {
                path: path.clone(),
                line,
                column: 1,
            },
            of: "Terragrunt".to_owned(),
            what: Some("may generate a provider, in a way that is not understood".to_owned()),
            kind: AmbientKind::Configuration("write its `contents` as a heredoc"),
            accounts: Vec::new(),
            runs: None,
        }));
        let loses_role = facts.providers.iter().any(|it| it.role.is_some());
        for number in concerned(&path, &units, modules) {
            let configuration = || {
                let files = modules.numbered(number).iter();
                files.filter(|(name, _)| {
                    FileKind::of(Path::new(name)) == Some(FileKind::Configuration)
                })
            };
            // In its own file they are decided together.
            if !uses.is_empty() && configuration().next().is_some() {
                let known = learned.ambient.entry(number).or_default();
                known.extend(uses.iter().cloned());
            }
            let Some(own) = own.filter(|_| loses_role) else {
                continue;
            };
            for (name, facts) in configuration() {
                let found = reader.ambient(&modules.path(number).join(name), facts)?;
                learned.ambient.entry(own).or_default().extend(found);
            }
        }
    }
    Ok(())
}

struct Reader<'s> {
    source: &'s dyn Source,
    buffer: Vec<u8>,
}

impl Reader<'_> {
    /// The provider configurations of a file that have no credentials of their own, and no guard.
    fn ambient(&mut self, path: &Path, facts: &Facts) -> Result<Vec<AmbientCommand>, PlanError> {
        let is_ambient = |it: &&ProviderFacts| {
            let is_guarded = it.guard.as_ref().is_some_and(AccountGuard::is_effective);
            let has_role = it.role.as_ref().is_some_and(|it| !it.is_conditional());
            !has_role && it.identity.is_none() && !is_guarded
        };
        let providers: Vec<&ProviderFacts> = facts.providers.iter().filter(is_ambient).collect();
        if providers.is_empty() {
            return Ok(Vec::new());
        }
        let Some(document) = understood(self.source, path, path, &mut self.buffer)? else {
            return Ok(Vec::new());
        };
        let generated = match FileKind::of(path) {
            Some(FileKind::Terragrunt) => Generated::of(&document).documents,
            _ => Vec::new(),
        };
        let documents = || std::iter::once(&document).chain(&generated);
        let used = providers.into_iter().map(|provider| {
            let mut blocks = documents().flat_map(|it| it.blocks("provider"));
            let block = blocks.find(|block| is_of(block, provider));
            AmbientCommand {
                at: block.map_or_else(|| start_of(&document), |block| block.location()),
                of: match &provider.alias {
                    Some(alias) => format!("provider \"{}.{alias}\"", provider.name),
                    None => format!("provider \"{}\"", provider.name),
                },
                what: Some("has no credentials of its own".to_owned()),
                kind: AmbientKind::Configuration("give it a profile or a role"),
                accounts: Vec::new(),
                runs: None,
            }
        });
        Ok(used.collect())
    }
}

fn is_of(block: &Block<'_>, provider: &ProviderFacts) -> bool {
    let alias = block.attribute("alias");
    let alias = alias.map(|it| it.value.literal().unwrap_or(it.value.text()).to_owned());
    block.label(0) == Some(&provider.name) && alias == provider.alias
}

fn start_of(document: &Document) -> Location {
    document.location(0)
}
