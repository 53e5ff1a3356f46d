//! Which Terragrunt units deploy which modules of the tree: Terraform runs for these in the units alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use ci::scripts::working_directory::WorkingDirectory;
use terraform::file_kind::is_terragrunts;
use terraform::module_call::deployed;
use terraform::terragrunt::parent_file::{IncludedFile, included_files};

use super::ambient_uses::AmbientFiles;
use super::document::understood;
use super::modules::Modules;
use crate::error::PlanError;
use crate::source::Source;

/// What the Terragrunt units of a tree deploy. A directory is a unit where no other one is below it:
/// what is above units is for them to include.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployments {
    /// The directories of the units that may deploy a module, by the module's directory.
    pub units: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The directories of the modules that a unit may deploy, by the unit's directory.
    pub modules: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The directories of units whose modules are not in the tree: what these configure is not known.
    pub remote_units: BTreeSet<PathBuf>,
    /// The sources of modules that Terragrunt files name, as written.
    pub sources: BTreeSet<String>,
}

/// A Terragrunt file, as far as it tells which others it is one with.
pub(super) struct TerragruntFile {
    pub path: PathBuf,
    /// The sources of the modules that it deploys, as written.
    pub sources: Vec<String>,
    included: Vec<IncludedFile>,
}

impl TerragruntFile {
    /// Those that are understood.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub fn read(source: &dyn Source, files: &AmbientFiles) -> Result<Vec<Self>, PlanError> {
        let mut all = Vec::new();
        let mut buffer = Vec::new();
        for (path, file) in files.terragrunt() {
            if let Some(document) = understood(source, path, file, &mut buffer)? {
                let sources = deployed(&document);
                let sources = sources.map(|call| call.source.value.text().to_owned());
                all.push(Self {
                    path: path.to_path_buf(),
                    sources: sources.collect(),
                    included: included_files(&document),
                });
            }
        }
        Ok(all)
    }

    /// Whether it may include that file.
    pub fn includes(&self, file: &Path) -> bool {
        let name = file.file_name().and_then(OsStr::to_str);
        let is_above = || file.parent().is_some_and(|it| self.path.starts_with(it));
        self.path != file
            && self.included.iter().any(|included| match included {
                IncludedFile::Nearest(nearest) => name == Some(nearest) && is_above(),
                IncludedFile::Named(named) => name == Some(named),
                IncludedFile::Unknown => is_above(),
            })
    }

    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

/// Reads what the units of those files deploy.
pub(super) fn learn(
    source: &dyn Source,
    files: &AmbientFiles,
    modules: &Modules,
) -> Result<Deployments, PlanError> {
    let all = TerragruntFile::read(source, files)?;
    let with_sources: Vec<&TerragruntFile> =
        all.iter().filter(|it| !it.sources.is_empty()).collect();
    let sources = all.iter().flat_map(|it| it.sources.iter().cloned());
    let mut deployments = Deployments {
        sources: sources.collect(),
        ..Deployments::default()
    };
    let named: Vec<&TerragruntFile> = all.iter().filter(|it| is_terragrunts(&it.path)).collect();
    let above = named
        .iter()
        .flat_map(|it| it.directory().ancestors().skip(1));
    let above: BTreeSet<&Path> = above.collect();
    for unit in named {
        let directory = unit.directory();
        // A unit's own source wins over those that it includes.
        let sources: Vec<&String> = match unit.sources.is_empty() {
            false => unit.sources.iter().collect(),
            true => {
                let included = with_sources.iter().filter(|it| unit.includes(&it.path));
                included.flat_map(|it| &it.sources).collect()
            }
        };
        for written in sources {
            let numbers = named_by(written, directory, modules);
            // Without a role in the tree all is in the account of the keys.
            if numbers.is_empty() && modules.has_roles {
                deployments.remote_units.insert(directory.to_path_buf());
            }
            if above.contains(directory) {
                continue;
            }
            for number in numbers {
                let module = modules.path(number);
                let add = |map: &mut BTreeMap<PathBuf, BTreeSet<PathBuf>>, of: &Path, it: &Path| {
                    map.entry(of.to_path_buf())
                        .or_default()
                        .insert(it.to_path_buf());
                };
                add(&mut deployments.units, module, directory);
                add(&mut deployments.modules, directory, module);
            }
        }
    }
    Ok(deployments)
}

/// The modules of the tree that the source of a unit may name, seen from the unit's directory.
pub(super) fn named_by(source: &str, directory: &Path, modules: &Modules) -> Vec<usize> {
    let source = source.trim_matches('"').replace("//", "/");
    match source.rsplit_once('}') {
        None => {
            let place = WorkingDirectory::new(Some(directory), &[]);
            let target = place.join(&source);
            let target = target.and_then(|it| modules.number(&it));
            target.into_iter().collect()
        }
        // `"${get_repo_root()}/modules/app"`: the end tells.
        Some((_, end)) => {
            let end = Path::new(end.split('?').next().unwrap_or_default());
            let names = end
                .components()
                .filter(|it| matches!(it, Component::Normal(_)));
            let end: PathBuf = names.collect();
            let all = modules.all().map(|(number, _)| number);
            let is_it = |number: &usize| modules.path(*number).ends_with(&end);
            all.filter(|it| !end.as_os_str().is_empty() && is_it(it))
                .collect()
        }
    }
}
