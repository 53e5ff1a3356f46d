//! What uses the ambient credentials beside providers of AWS and commands: other providers that sign in
//! with them, modules and data that are read with them, and Terragrunt.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use ci::scripts::tree::TreeScripts;
use ci::scripts::working_directory::WorkingDirectory;
use memchr::memmem;
use syntax::hcl::Document;
use terraform::ambient_use::{AWSCC, AmbientUse, needs_kms};
use terraform::local_command::{LocalCommand, ModulePaths};
use terraform::module_call::{ModuleCall, clones_from_codecommit};
use terraform::s3_address::S3Address;
use terraform::terragrunt::ambient_use::{WORDS, uses};

use super::ambient_commands::{AmbientCommand, AmbientKind, LearnedCommands, ambient};
use super::any_word::AnyWord;
use super::deployments::{TerragruntFile, named_by};
use super::document::understood;
use super::modules::Modules;
use crate::error::PlanError;
use crate::request::Request;
use crate::source::Source;

/// Bytes of which a configuration file that uses the ambient credentials so contains one.
pub(super) const CONFIGURATION_WORDS: [&[u8]; 17] = [
    b"\"route53\"",
    b"\"aws://",
    b"awscc",
    b"awsutils",
    b"aws_config {",
    b"\"aws_kms\"",
    b"codecommit::",
    b"sops_file",
    b"\"vault\"",
    b"aws_rds_iam_auth",
    b"\"opensearch\"",
    b"\"elasticsearch\"",
    b"aws-iam",
    b"\"terraform_remote_state\"",
    // Not `s3:GetObject`, of a policy.
    b"\"s3::",
    b"\"s3://",
    b"amazonaws.com/",
];

/// The byte search that decides whether a configuration file may use the ambient credentials so.
pub(super) struct AmbientFilter(AnyWord);

impl AmbientFilter {
    pub fn new() -> Self {
        Self(AnyWord::of(CONFIGURATION_WORDS))
    }

    /// Whether the content has one of the words.
    pub fn admits(&self, content: &[u8]) -> bool {
        self.0.is_in(content)
    }
}

/// The files that may use the ambient credentials so, as their modules have them, each with the file
/// that is read.
#[derive(Debug, Default)]
pub(crate) struct AmbientFiles {
    configuration: Vec<(PathBuf, PathBuf)>,
    /// Terragrunt's, with whether they may use them: all tell where those are included.
    terragrunt: Vec<(PathBuf, PathBuf, bool)>,
}

impl AmbientFiles {
    /// Adds a file of configuration.
    pub fn add(&mut self, path: &Path, file: &Path) {
        let pair = (path.to_path_buf(), file.to_path_buf());
        self.configuration.push(pair);
    }

    /// Adds a file of Terragrunt.
    pub fn add_terragrunt(&mut self, path: &Path, file: &Path, content: &[u8]) {
        let uses = WORDS
            .iter()
            .any(|word| memmem::find(content, word).is_some());
        let entry = (path.to_path_buf(), file.to_path_buf(), uses);
        self.terragrunt.push(entry);
    }

    /// Adds what another survey brings.
    pub fn append(&mut self, other: Self) {
        self.configuration.extend(other.configuration);
        self.terragrunt.extend(other.terragrunt);
    }

    /// The files of Terragrunt, as their directories have them, each with the file that is read.
    pub fn terragrunt(&self) -> impl Iterator<Item = (&Path, &Path)> {
        let files = self.terragrunt.iter();
        files.map(|(path, file, _)| (path.as_path(), file.as_path()))
    }

    /// Puts them in the order of their paths.
    pub fn sort(&mut self) {
        self.configuration.sort();
        self.terragrunt.sort();
    }
}

/// Adds what those files tell to what commands do.
pub(super) fn learn(
    source: &dyn Source,
    files: &AmbientFiles,
    tree: &TreeScripts,
    modules: &Modules,
    request: &Request,
    learned: &mut LearnedCommands,
) -> Result<(), PlanError> {
    let mut reader = Reader {
        source,
        modules,
        buffer: Vec::new(),
    };
    // A provider without a block is one without settings, unless a caller has one.
    let mut configured = HashSet::new();
    let mut needed = HashMap::new();
    for (path, file) in &files.configuration {
        let number = modules.number(path.parent().unwrap_or(Path::new("")));
        let document = understood(source, path, file, &mut reader.buffer)?;
        let (Some(number), Some(document)) = (number, document) else {
            continue;
        };
        let providers = document.blocks("provider");
        if providers.into_iter().any(|it| it.label(0) == Some(AWSCC)) {
            configured.insert(number);
        }
        let mut resources = ["resource", "data"]
            .into_iter()
            .flat_map(|it| document.blocks(it));
        let resource = resources.find(|it| {
            let kind = it.label(0).unwrap_or_default();
            kind.starts_with(AWSCC) && kind[AWSCC.len()..].starts_with('_')
        });
        if let Some(resource) = resource {
            needed.entry(number).or_insert_with(|| AmbientCommand {
                at: resource.location(),
                of: format!("provider \"{AWSCC}\""),
                what: Some("has no block with credentials".to_owned()),
                kind: AmbientKind::Configuration("give it a block with a profile or a role"),
                accounts: Vec::new(),
                runs: None,
            });
        }
        let mut found = AmbientUse::all(&document);
        found.extend(from_s3(&document, request));
        for used in found {
            if reader.is_ambient(path, &used)? {
                let all = learned.ambient.entry(number).or_default();
                all.push(command(used));
            }
        }
    }
    for (number, used) in needed {
        let directory = modules.path(number);
        let roots = modules
            .roots(directory)
            .filter_map(|root| modules.number(root));
        let mut callers = roots.chain([number]);
        if !callers.any(|it| configured.contains(&it)) {
            learned.ambient.entry(number).or_default().push(used);
        }
    }
    reader.terragrunt(files, tree, request, learned)
}

/// The modules of a document that stay in S3 or CodeCommit, where the ambient credentials download them.
fn from_s3(document: &Document, request: &Request) -> Vec<AmbientUse> {
    let blocks = document.blocks("module");
    let calls = blocks.filter_map(|block| {
        let source = block.attribute("source")?;
        Some(ModuleCall { block, source })
    });
    let staying = calls.filter(|call| {
        let source = call.source.value.literal();
        let address = source.and_then(S3Address::parse);
        let is_mapped = address.is_some_and(|it| {
            let mapped = &request.settings.module_sources;
            mapped.contains_key(&it.bucket)
        });
        let text = call.source.value.text();
        let own = ["aws_profile=", "aws_access_key_id="];
        let is_own = own.iter().any(|it| text.contains(it));
        clones_from_codecommit(text) || call.is_in_s3() && !is_mapped && !is_own
    });
    let found = staying.map(|call| AmbientUse {
        at: call.block.location(),
        of: call.reference(),
        what: match call.is_in_s3() {
            true => "is downloaded from S3".to_owned(),
            false => "is cloned from CodeCommit".to_owned(),
        },
        cure: "take it from a repository",
        accounts: Vec::new(),
        encrypted: None,
    });
    found.collect()
}

fn command(used: AmbientUse) -> AmbientCommand {
    AmbientCommand {
        at: used.at,
        of: used.of,
        what: Some(used.what),
        kind: AmbientKind::Configuration(used.cure),
        accounts: used.accounts,
        runs: None,
    }
}

struct Reader<'s> {
    source: &'s dyn Source,
    modules: &'s Modules,
    buffer: Vec<u8>,
}

impl Reader<'_> {
    /// Whether what is encrypted needs AWS; what cannot be read may.
    fn is_ambient(&mut self, path: &Path, used: &AmbientUse) -> Result<bool, PlanError> {
        let Some(Some(encrypted)) = &used.encrypted else {
            return Ok(true);
        };
        let place = WorkingDirectory::new(path.parent(), &[]);
        let Some(file) = place.join(encrypted) else {
            return Ok(true);
        };
        match self.source.read(&file, &mut self.buffer) {
            Ok(()) => Ok(needs_kms(&String::from_utf8_lossy(&self.buffer))),
            Err(error) => match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::Other => Ok(true),
                _ => Err(PlanError::Unreadable(file, error)),
            },
        }
    }

    /// What Terragrunt does with the ambient credentials, for the modules that it deploys so.
    fn terragrunt(
        &mut self,
        files: &AmbientFiles,
        tree: &TreeScripts,
        request: &Request,
        learned: &mut LearnedCommands,
    ) -> Result<(), PlanError> {
        let mut tree = tree.clone();
        let mut units = None;
        for (path, file, _) in files.terragrunt.iter().filter(|(.., uses)| *uses) {
            let Some(document) = understood(self.source, path, file, &mut self.buffer)? else {
                continue;
            };
            let mut found = Vec::new();
            for mut it in uses(&document) {
                let profile = it.profile.as_deref();
                let account = profile.and_then(|it| request.settings.account_of(it));
                it.used.accounts.extend(account.map(str::to_owned));
                found.push(command(it.used));
            }
            let place = WorkingDirectory::new(path.parent(), &[]);
            let spelled = place.spelled().unwrap_or_default();
            let paths = ModulePaths {
                root: Some(spelled.clone()),
                module: spelled,
            };
            for command in LocalCommand::of_terragrunt(&document, &paths) {
                found.extend(ambient(&command, &place, self.source, &mut tree)?);
            }
            if found.is_empty() {
                continue;
            }
            if units.is_none() {
                units = Some(TerragruntFile::read(self.source, files)?);
            }
            let units = units.as_deref().unwrap_or_default();
            for number in concerned(path, units, self.modules) {
                let all = learned.ambient.entry(number).or_default();
                all.extend(found.iter().cloned());
            }
        }
        Ok(())
    }
}

/// The directories that a Terragrunt file concerns, by number: its own, those of the files that it
/// includes and that include it, and the modules that these deploy.
pub(super) fn concerned(
    path: &Path,
    units: &[TerragruntFile],
    modules: &Modules,
) -> BTreeSet<usize> {
    let own = units.iter().find(|it| it.path == path);
    let with = units.iter().filter(|it| {
        it.path == path || it.includes(path) || own.is_some_and(|own| own.includes(&it.path))
    });
    let directories = with.flat_map(|unit| {
        let directory = unit.path.parent().unwrap_or(Path::new(""));
        let deployed = unit.sources.iter();
        let deployed = deployed.flat_map(|it| named_by(it, directory, modules));
        deployed.chain(modules.number(directory))
    });
    directories.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_other_uses_are_not_read() {
        let filter = AmbientFilter::new();
        assert!(filter.admits(b"provider \"vault\" {}"));
        assert!(!filter.admits(b"provider \"aws\" { region = \"eu-west-1\" }"));
    }
}
