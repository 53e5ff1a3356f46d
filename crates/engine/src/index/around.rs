//! What stands around a module where a removal could leave unused declarations behind: the rest of its files,
//! the values of its variables, the scripts that may set them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use rayon::prelude::*;

use super::document;
use crate::error::PlanError;
use crate::index::modules::Modules;
use crate::index::set_elsewhere::{TERRATEST, TEST_DIRECTORY};
use crate::source::Source;
use crate::unused::passing_scripts;
use syntax::hcl::Document;
use terraform::file_kind::FileKind;
use terraform::module::{Module, Scripts};

/// Bytes of which a script that sets variables of Terraform contains one: on the command line, in
/// the environment, by Terragrunt, in a test in Go, by a file of values that it makes.
const SETS: [&[u8]; 6] = [
    b"-var",
    b"TF_VAR_",
    b"inputs",
    TERRATEST.as_bytes(),
    TEST_DIRECTORY.as_bytes(),
    b".tfvars",
];

/// A block by which Terragrunt writes configuration into modules.
const GENERATES: &[u8] = b"generate";

/// Endings of files that may run Terraform; those without one may, too.
const ENDINGS: [&str; 23] = [
    "_test.go", ".bash", ".bat", ".cmd", ".env", ".fish", ".gradle", ".groovy", ".hcl", ".js",
    ".json", ".kts", ".mk", ".nix", ".ps1", ".py", ".rb", ".sh", ".toml", ".ts", ".yaml", ".yml",
    ".zsh",
];

/// Adds it to the module.
pub(crate) fn add(
    source: &dyn Source,
    module: &mut Module,
    buffer: &mut Vec<u8>,
    modules: &Modules,
    scripts: &Scripts,
) -> Result<(), PlanError> {
    module.around.scripts = scripts.clone();
    for (path, text) in scripts.iter() {
        if passing_scripts::is_script(path) && text.contains("-var") {
            let obstacle = source.obstacle(path);
            let obstacle = obstacle.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
            let obstacles = &mut module.around.obstacles;
            obstacles.extend(obstacle.map(|obstacle| (path.clone(), obstacle)));
        }
    }
    let directory = module.directory.clone();
    let mut files = list(source, &directory)?;
    files.extend(
        list(source, &directory.join("tests"))?
            .into_iter()
            .filter(|path| is_test(path)),
    );
    let mut between = Between::default();
    for values in modules.values(&directory) {
        if values.parent() != Some(&directory) && between.is_of(source, &values, &directory)? {
            files.push(values);
        }
    }
    let known = paths(module);
    for path in files {
        if FileKind::of(&path) == Some(FileKind::Values) {
            let obstacle = used_elsewhere(&path, modules, scripts);
            let obstacles = &mut module.around.obstacles;
            obstacles.extend(obstacle.map(|obstacle| (path.clone(), obstacle)));
        }
        match FileKind::of(&path) {
            Some(FileKind::Configuration | FileKind::Test | FileKind::Values)
                if !known.contains(&path) =>
            {
                document(source, module, path, buffer)?;
            }
            Some(FileKind::ValuesJson) => {
                let text = read(source, &path, buffer)?;
                module.around.unread.push((path, text));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Adds the rest of the configuration of the module's directory to its documents.
pub(crate) fn configuration(
    source: &dyn Source,
    module: &mut Module,
    buffer: &mut Vec<u8>,
) -> Result<(), PlanError> {
    let known = paths(module);
    for path in list(source, &module.directory)? {
        if !known.contains(&path) && FileKind::of(&path) == Some(FileKind::Configuration) {
            document(source, module, path, buffer)?;
        }
    }
    Ok(())
}

/// Adds the tests of the module that it lacks, in its directory and in `tests` below it (Terraform docs,
/// "Tests"). One that is not read as HCL refers to nothing that is known.
pub(crate) fn tests(
    source: &dyn Source,
    module: &mut Module,
    buffer: &mut Vec<u8>,
) -> Result<(), PlanError> {
    let mut files = list(source, &module.directory)?;
    files.extend(list(source, &module.directory.join("tests"))?);
    let known = paths(module);
    files.retain(|path| is_test(path) && !known.contains(path));
    for path in files {
        load(source, &path, buffer)?;
        let text = std::str::from_utf8(buffer).ok();
        let document = text.and_then(|text| Document::new(path.clone(), text.to_owned()).ok());
        if let Some(document) = document {
            let obstacle = document::obstacle(source, &document, &path);
            let obstacle = obstacle.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
            let obstacles = &mut module.around.obstacles;
            obstacles.extend(obstacle.map(|obstacle| (path, obstacle)));
            module.around.tests.push(document);
        }
    }
    Ok(())
}

/// Where the documents of a module stand, to be asked for each of its files: looking through the documents
/// for each would take quadratic time.
fn paths(module: &Module) -> BTreeSet<PathBuf> {
    let documents = module.documents.iter();
    documents
        .map(|document| document.path().to_path_buf())
        .collect()
}

/// The scripts and workflows of the whole tree that set variables of Terraform, and what Terragrunt
/// generates from: neither need lie beside what it deploys.
pub(crate) fn scripts(source: &dyn Source) -> Result<Scripts, PlanError> {
    let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
    let paths = source.tree().map_err(unreadable)?;
    let scripts = paths.into_par_iter().filter(|path| is_script(path));
    let sets = SETS.map(Finder::new);
    let generates = Finder::new(GENERATES);
    let read = scripts.map_init(Vec::new, |buffer, path| {
        load(source, &path, buffer)?;
        let has = |word: &Finder<'_>| word.find(buffer).is_some();
        let is_terragrunt = || FileKind::of(&path) == Some(FileKind::Terragrunt);
        let is_kept = sets.iter().any(has) || has(&generates) && is_terragrunt();
        Ok(is_kept.then(|| (path, lossy(buffer))))
    });
    let mut kept: Vec<_> = read
        .filter_map(Result::transpose)
        .collect::<Result<_, _>>()?;
    kept.sort();
    Ok(kept.into())
}

/// Adds one file of HCL to the module's documents, or to what is searched for words.
fn document(
    source: &dyn Source,
    module: &mut Module,
    path: PathBuf,
    buffer: &mut Vec<u8>,
) -> Result<(), PlanError> {
    load(source, &path, buffer)?;
    let (text, is_exact) = match std::str::from_utf8(buffer) {
        Ok(text) => (text.to_owned(), true),
        Err(_) => (lossy(buffer), false),
    };
    match document::document(path.clone(), text) {
        Ok(document) if is_exact => {
            let obstacle = document::obstacle(source, &document, &path);
            let obstacle = obstacle.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
            let obstacles = &mut module.around.obstacles;
            obstacles.extend(obstacle.map(|obstacle| (path, obstacle)));
            module.documents.push(document);
        }
        Ok(document) => module.around.unread.push((path, document.into_source())),
        Err((_, text)) => module.around.unread.push((path, text)),
    }
    Ok(())
}

/// Why values must not be edited in the target of a link: a script has its path, and perhaps runs
/// another module with it, by `-var-file`.
fn used_elsewhere(path: &Path, modules: &Modules, scripts: &Scripts) -> Option<String> {
    let target = modules.links.target(path);
    let directory = target.parent()?.file_name().filter(|_| target != path)?;
    let named = Path::new(directory).join(target.file_name()?);
    let named = named.to_string_lossy();
    let mut scripts = scripts.iter();
    let (script, _) = scripts.find(|(_, text)| text.contains(&*named))?;
    Some(format!("is read by {}, too", script.display()))
}

/// Which directories have configuration, each looked at once: many values may stand in one.
#[derive(Default)]
struct Between(BTreeMap<PathBuf, bool>);

impl Between {
    /// Whether a file with values belongs to the module above it: no other module stands between.
    fn is_of(
        &mut self,
        source: &dyn Source,
        values: &Path,
        module: &Path,
    ) -> Result<bool, PlanError> {
        let directories = values.ancestors().skip(1);
        for directory in directories.take_while(|directory| *directory != module) {
            if self.has_configuration(source, directory)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn has_configuration(
        &mut self,
        source: &dyn Source,
        directory: &Path,
    ) -> Result<bool, PlanError> {
        if let Some(known) = self.0.get(directory) {
            return Ok(*known);
        }
        let is_configuration = |path: &PathBuf| FileKind::of(path) == Some(FileKind::Configuration);
        let found = list(source, directory)?.iter().any(is_configuration);
        self.0.insert(directory.to_path_buf(), found);
        Ok(found)
    }
}

fn is_test(path: &Path) -> bool {
    FileKind::of(path) == Some(FileKind::Test)
}

pub(crate) fn is_script(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.unwrap_or_default();
    // `Makefile.ci` and `Dockerfile.plan`, too.
    let is_named = ["Makefile", "Dockerfile", "Jenkinsfile", ".env"]
        .iter()
        .any(|known| name.starts_with(known));
    !name.contains('.') || is_named || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn list(source: &dyn Source, directory: &Path) -> Result<Vec<PathBuf>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
    source.files(directory).map_err(unreadable)
}

/// The file's text; what is no UTF-8 in it is replaced.
fn read(source: &dyn Source, path: &Path, buffer: &mut Vec<u8>) -> Result<String, PlanError> {
    load(source, path, buffer)?;
    Ok(lossy(buffer))
}

/// Reads the file into `buffer`.
pub(crate) fn load(
    source: &dyn Source,
    path: &Path,
    buffer: &mut Vec<u8>,
) -> Result<(), PlanError> {
    let unreadable = |error: io::Error| PlanError::Unreadable(path.to_path_buf(), error);
    source.read(path, buffer).map_err(unreadable)
}

/// The text, what is no UTF-8 in it replaced. That check goes byte by byte, the strict one by
/// words.
pub(crate) fn lossy(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
