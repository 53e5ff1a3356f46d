//! Symbolic links: a file that is one belongs to the module that links it, under the link's path, and
//! is edited at its target.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use diagnostics::finding::{FileEdit, Finding};
use syntax::text::{self, shown};
use terraform::file_kind::FileKind;
use terraform::linked_directories::LinkedDirectories;

use crate::error::PlanError;
use crate::index::around::load;
use crate::index::document::document;
use crate::source::Source;

/// The links that are followed: those that lead to what is read inside the root.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// The target of each linked file. A target names no link itself.
    targets: HashMap<PathBuf, PathBuf>,
    /// The paths by which modules have each target: its links, and itself where it is of a module of
    /// its own directory.
    paths: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// The directories that are links.
    pub directories: LinkedDirectories,
}

impl Links {
    /// The links of a tree in which directories alone are links.
    pub(crate) fn of_directories(directories: LinkedDirectories) -> Self {
        Self {
            directories,
            ..Self::default()
        }
    }

    /// The links of a tree, as pairs of link and target. `called` are the directories that it calls
    /// as modules.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub(crate) fn read(
        source: &dyn Source,
        files: Vec<(PathBuf, PathBuf)>,
        directories: LinkedDirectories,
        called: &BTreeSet<&Path>,
    ) -> Result<Self, PlanError> {
        let mut links = Self::of_directories(directories);
        for (link, target) in files {
            let paths = links.paths.entry(target.clone()).or_default();
            paths.push(link.clone());
            links.targets.insert(link, target);
        }
        let mut owners = Owners {
            source,
            links: &links,
            called,
            known: HashMap::new(),
        };
        let mut owned = Vec::new();
        for target in links.paths.keys() {
            if owners.has_module(target)? {
                owned.push(target.clone());
            }
        }
        for target in owned {
            links.paths.entry(target.clone()).or_default().push(target);
        }
        links.paths.values_mut().for_each(|paths| paths.sort());
        Ok(links)
    }

    /// The file that is read and written for `path`: the target of a link, else itself.
    pub fn target<'p>(&'p self, path: &'p Path) -> &'p Path {
        // Nearly always: this is asked for every edit.
        if self.targets.is_empty() {
            return path;
        }
        self.targets.get(path).map_or(path, PathBuf::as_path)
    }

    /// The directory that a path of one leads to.
    pub fn directory<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        self.directories.resolved(path)
    }

    /// The paths by which modules have the same file, for each that has several.
    pub fn shared(&self) -> impl Iterator<Item = &[PathBuf]> {
        let paths = self.paths.values().map(Vec::as_slice);
        paths.filter(|paths| paths.len() > 1)
    }

    /// Whether links lead to the file at `path`.
    pub fn is_target(&self, path: &Path) -> bool {
        self.paths.contains_key(path)
    }

    /// Whether `path` is the target of links alone: no module of its own directory has it.
    pub fn is_target_alone(&self, path: &Path) -> bool {
        let paths = self.paths.get(path);
        paths.is_some_and(|paths| !paths.iter().any(|it| it == path))
    }

    /// Whether several modules may have the file at `path`.
    pub fn is_shared(&self, path: &Path) -> bool {
        let paths = self.paths.get(self.target(path));
        paths.is_some_and(|paths| paths.len() > 1)
    }

    /// The findings at the files that are written; what is the same for several modules, once.
    /// `follows` says of a path and a transform whether what is reported there only follows from what
    /// is reported of another module.
    pub(crate) fn placed(
        &self,
        findings: Vec<Finding>,
        follows: impl Fn(&Path, &str) -> bool,
    ) -> Vec<Finding> {
        if self.targets.is_empty() {
            return findings;
        }
        let is_cause = |finding: &Finding| !follows(&finding.at.path, finding.transform);
        let (causes, followers): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_cause);
        let mut placed = PlacedFindings {
            links: self,
            made: Vec::new(),
            findings: Vec::new(),
        };
        for finding in causes {
            placed.add(finding, false);
        }
        for finding in followers {
            placed.add(finding, true);
        }
        placed.named()
    }
}

/// Findings at the files that are written.
struct PlacedFindings<'l> {
    links: &'l Links,
    /// The edits of linked files so far.
    made: Vec<FileEdit>,
    /// The findings, each with the paths at which it is reported.
    findings: Vec<(Finding, Vec<PathBuf>)>,
}

impl PlacedFindings<'_> {
    /// Adds a finding, unless the same is there; one that follows from others, unless one of these
    /// is.
    fn add(&mut self, mut finding: Finding, follows: bool) {
        let path = finding.at.path.clone();
        finding.at.path = self.links.target(&path).to_path_buf();
        let has_edits = !finding.edits.is_empty();
        finding.edits.retain_mut(|edit| {
            edit.path = self.links.target(&edit.path).to_path_buf();
            let is_made = self.made.contains(edit);
            if !is_made && self.links.is_target(&edit.path) {
                self.made.push(edit.clone());
            }
            !is_made
        });
        // Its edits are those of another module.
        if has_edits && finding.edits.is_empty() {
            return;
        }
        let is_shared = self.links.is_shared(&path) && !has_edits;
        let mut known = self.findings.iter_mut().filter(|_| is_shared);
        let known = known.find(|(known, _)| match follows {
            true => (&known.at, known.transform) == (&finding.at, finding.transform),
            false => *known == finding,
        });
        match known {
            Some((_, paths)) if !follows => paths.push(path),
            Some(_) => {}
            None => self.findings.push((finding, vec![path])),
        }
    }

    /// The findings; what is not made and not reported of all modules that have a file names those of
    /// which it is.
    fn named(self) -> Vec<Finding> {
        let links = self.links;
        let findings = self.findings.into_iter().map(|(mut finding, paths)| {
            let all = links.paths.get(&finding.at.path);
            if !finding.applied && all.is_some_and(|all| all.len() > paths.len()) {
                let modules: BTreeSet<_> = paths.iter().map(|it| shown(directory(it))).collect();
                let modules: Vec<_> = modules.into_iter().collect();
                finding.qualify(&format!(" (in {})", text::series(&modules)));
            }
            finding
        });
        findings.collect()
    }
}

/// The directory of a file.
pub(crate) fn directory(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Which targets of links are files of a module of their own directory, too.
struct Owners<'s> {
    source: &'s dyn Source,
    links: &'s Links,
    called: &'s BTreeSet<&'s Path>,
    /// Whether a directory has a module.
    known: HashMap<PathBuf, bool>,
}

impl Owners<'_> {
    fn has_module(&mut self, target: &Path) -> Result<bool, PlanError> {
        match FileKind::of(target) {
            None => Ok(false),
            Some(FileKind::Configuration | FileKind::Test | FileKind::Lock) => {
                self.is_module(directory(target))
            }
            // They are of the nearest module, upwards.
            Some(FileKind::BackendSettings | FileKind::Values | FileKind::ValuesJson) => {
                for directory in target.ancestors().skip(1) {
                    if self.configuration(directory)?.next().is_some() {
                        return self.is_module(directory);
                    }
                }
                Ok(false)
            }
            Some(FileKind::Terragrunt | FileKind::Workflow | FileKind::OtherCi) => Ok(true),
        }
    }

    /// Whether a directory is a module of its own, and not a place for files that others link: it is
    /// called, has configuration that nothing links, has something to deploy, or was initialized.
    fn is_module(&mut self, directory: &Path) -> Result<bool, PlanError> {
        if let Some(known) = self.known.get(directory) {
            return Ok(*known);
        }
        let is_module = self.called.contains(directory) || self.is_used(directory)?;
        self.known.insert(directory.to_path_buf(), is_module);
        Ok(is_module)
    }

    fn is_used(&self, directory: &Path) -> Result<bool, PlanError> {
        let mut buffer = Vec::new();
        for path in self.files(directory)? {
            let is_own = !self.is_linked_elsewhere(&path);
            match FileKind::of(&path) {
                Some(FileKind::Lock) if is_own => return Ok(true),
                Some(FileKind::Configuration) => {
                    load(self.source, &path, &mut buffer)?;
                    if is_own || deploys(&path, &buffer) {
                        return Ok(true);
                    }
                }
                _ => {}
            }
        }
        Ok(false)
    }

    fn is_linked_elsewhere(&self, path: &Path) -> bool {
        let mut links = self.links.paths.get(path).into_iter().flatten();
        links.any(|link| directory(link) != directory(path))
    }

    fn configuration(&self, directory: &Path) -> Result<impl Iterator<Item = PathBuf>, PlanError> {
        let is_configuration = |path: &PathBuf| FileKind::of(path) == Some(FileKind::Configuration);
        Ok(self.files(directory)?.into_iter().filter(is_configuration))
    }

    fn files(&self, directory: &Path) -> Result<Vec<PathBuf>, PlanError> {
        let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
        self.source.files(directory).map_err(unreadable)
    }
}

/// Whether configuration has resources or calls modules; what cannot be read may.
fn deploys(path: &Path, content: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content).into_owned();
    let Ok(document) = document(path.to_path_buf(), text) else {
        return true;
    };
    let kinds = ["resource", "module"];
    kinds
        .into_iter()
        .any(|kind| document.top_blocks(kind).next().is_some())
}
