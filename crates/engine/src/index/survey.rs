//! The first reading: facts of every file that contains a trigger word.

use std::io;
use std::path::{Path, PathBuf};

use memchr::memmem::{self, Finder};

use crate::error::PlanError;
use crate::index::ambient_commands::CommandFilter;
use crate::index::caller_files::CallerFilter;
use crate::index::document;
use crate::index::facts::Facts;
use crate::index::links::Links;
use crate::index::named_settings::{BACKEND_CONFIG, GivenInText, given_in};
use crate::index::prefilter::Prefilter;
use crate::index::run_tools::RunAllForms;
use crate::index::workflows::{self, ACTIONS};
use crate::request::Request;
use crate::source::Source;
use ci::scripts::static_keys;
use ci::systems::{self, RunnerEvidence, SystemRunner};
use diagnostics::ignore::{self, Ignore};
use diagnostics::skip::Skip;
use syntax::hcl::Document;
use syntax::lexer::ErrorKind;
use syntax::location::Location;
use syntax::text;
use terraform::file_kind::{FileKind, is_json, is_override, is_terragrunts};
use terraform::linked_directories::LinkedDirectories;
use terraform::terragrunt;
use upgrade::arguments::CandidateRows;

/// What the first reading of some files brings.
#[derive(Debug, Default)]
pub struct Survey {
    /// Boxed: few facts are known of most files, and there is room for many.
    pub(crate) facts: Vec<(PathBuf, Box<Facts>)>,
    pub(crate) skipped: Vec<Skip>,
    /// Static keys in CI that is not GitHub's.
    pub(crate) keyed: Vec<Location>,
    /// What files tell of runners beside laptops and GitHub's jobs.
    pub(crate) evidence: Vec<RunnerEvidence>,
    /// The runners that modules themselves name, each of its own directory.
    pub(crate) workspaces: Vec<SystemRunner>,
    /// Comments by which places are meant to stay.
    pub(crate) ignores: Vec<Ignore>,
    /// The texts of small files that matter, so that they need not be read again.
    pub(crate) texts: Vec<(PathBuf, Box<str>)>,
    /// Which rows about arguments may concern the configuration of a directory, which may be there
    /// more than once.
    pub(crate) candidates: Vec<(PathBuf, CandidateRows)>,
    /// The files of configuration that may run commands, as their modules have them, each with the
    /// file that is read.
    pub(crate) commands: Vec<(PathBuf, PathBuf)>,
    /// The files that scripts and Terragrunt name by `-backend-config`, each with the file that does.
    pub(crate) backend_configs: Vec<GivenInText>,
    /// The files of configuration in which something may depend on who runs Terraform.
    pub(crate) caller_files: Vec<PathBuf>,
    /// The files of GitHub actions with keys, used in the tree or not.
    pub(crate) actions: Vec<PathBuf>,
    /// The files that are symbolic links, each with its target.
    pub(crate) links: Vec<(PathBuf, PathBuf)>,
    /// The directories that are, each with its target.
    pub(crate) linked_directories: Vec<(PathBuf, PathBuf)>,
    /// How pipelines, and what they call, run Terragrunt in many units.
    pub(crate) run_all: RunAllForms,
    broken: Vec<(Location, String)>,
    unreadable: Option<(PathBuf, io::Error)>,
}

impl Survey {
    /// Adds what another survey brings.
    pub fn append(&mut self, other: Self) {
        self.facts.extend(other.facts);
        self.skipped.extend(other.skipped);
        self.keyed.extend(other.keyed);
        self.evidence.extend(other.evidence);
        self.workspaces.extend(other.workspaces);
        self.ignores.extend(other.ignores);
        self.texts.extend(other.texts);
        self.candidates.extend(other.candidates);
        self.commands.extend(other.commands);
        self.caller_files.extend(other.caller_files);
        self.actions.extend(other.actions);
        self.backend_configs.extend(other.backend_configs);
        self.links.extend(other.links);
        self.linked_directories.extend(other.linked_directories);
        self.run_all = self.run_all.or(other.run_all);
        self.broken.extend(other.broken);
        self.unreadable = self.unreadable.take().or(other.unreadable);
    }

    /// The survey of all files. One that does not close and is not to be edited is skipped.
    ///
    /// # Errors
    /// Files that cannot be read, or do not close and are to be edited.
    pub(crate) fn of_all(
        parts: impl IntoIterator<Item = Self>,
        request: &Request,
    ) -> Result<Self, PlanError> {
        let mut all = Self::default();
        for part in parts {
            all.append(part);
        }
        if let Some((path, error)) = all.unreadable {
            return Err(PlanError::Unreadable(path, error));
        }
        let (mut broken, outside): (Vec<_>, Vec<_>) = all
            .broken
            .drain(..)
            .partition(|(at, _)| request.edits_modules() && request.selection.contains(&at.path));
        all.skipped
            .extend(outside.into_iter().map(|(at, what)| Skip {
                path: at.path,
                line: Some(at.line),
                reason: format!("is not read: {what}"),
            }));
        if !broken.is_empty() {
            broken.sort();
            // A linked file is surveyed as each of its modules has it.
            broken.dedup();
            return Err(PlanError::Broken(broken));
        }
        // Whatever the order of reading, the same is said in the same order.
        all.facts
            .sort_by(|(one, _), (other, _)| one.as_os_str().cmp(other.as_os_str()));
        all.keyed.sort();
        all.keyed.dedup();
        all.commands.sort();
        all.actions.sort();
        all.backend_configs.sort();
        all.ignores.sort();
        Ok(all)
    }
}

impl Survey {
    /// Adds a directory that is a symbolic link to another one of the tree.
    pub fn add_linked_directory(&mut self, link: PathBuf, target: PathBuf) {
        self.linked_directories.push((link, target));
    }

    /// The links among the files. What is the target of links alone is no file of its directory from
    /// here on.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub(crate) fn take_links(&mut self, source: &dyn Source) -> Result<Links, PlanError> {
        let directories = LinkedDirectories::new(std::mem::take(&mut self.linked_directories));
        let files = std::mem::take(&mut self.links);
        if files.is_empty() {
            return Ok(Links::of_directories(directories));
        }
        let calls = self.facts.iter().flat_map(|(_, facts)| &facts.calls);
        let called: Vec<_> = calls.map(|called| directories.resolved(called)).collect();
        let called = called.iter().map(|called| &**called).collect();
        let links = Links::read(source, files, directories.clone(), &called)?;
        // Values are of every module that is run with them.
        self.facts
            .retain(|(path, facts)| facts.is_values || !links.is_target_alone(path));
        self.workspaces
            .retain(|runner| !links.is_target_alone(&runner.at.path));
        Ok(links)
    }

    /// Adds the facts of a file.
    fn note(&mut self, path: &Path, facts: Facts) {
        self.facts.push((path.to_path_buf(), Box::new(facts)));
    }

    /// Adds the rows that may concern a file to those of its directory.
    fn add_candidates(&mut self, path: &Path, candidates: CandidateRows) {
        let directory = path.parent().unwrap_or(Path::new(""));
        match self.candidates.last_mut() {
            Some((last, known)) if last == directory => *known |= candidates,
            _ => self.candidates.push((directory.to_path_buf(), candidates)),
        }
    }
}

/// Whether the file at `path` is a pipeline of a CI system.
pub fn is_pipeline(path: &Path) -> bool {
    FileKind::of(path) == Some(FileKind::Workflow) || systems::is_pipeline(path)
}

/// Whether a surveyor reads the file at `path` (relative to the root).
pub fn is_surveyed(path: &Path) -> bool {
    let is_other = || systems::is_pipeline(path) || systems::is_wrapper(path);
    FileKind::of(path).is_some() || is_other() || is_action(path)
}

/// Whether the file is that of a GitHub action.
fn is_action(path: &Path) -> bool {
    ACTIONS.iter().any(|name| path.ends_with(name))
}

fn candidates(path: &Path, content: &[u8]) -> CandidateRows {
    match is_json(path) {
        // Its words do not stand as those of HCL do, and it is rare.
        true => CandidateRows::ALL,
        false => CandidateRows::of(content, is_override(path)),
    }
}

/// The length up to which the text of a file that matters is kept, in bytes. Backends, requirements
/// and providers mostly stand in small files: those of the generated tree of 30,000 files that matter
/// are 6,000, and have 1.5 MB together. A larger one is read again where it is scanned, so that no
/// tree of large files is held as a whole.
const KEPT: usize = 4 * 1024;

/// The flag by which `init` in a workflow takes the lock file as it is.
const READONLY: &str = "-lockfile=readonly";

/// Whether a workflow runs OpenTofu, and Terraform nowhere.
fn runs_opentofu(text: &str) -> bool {
    let runs = |tool: &str| {
        ["init", "plan", "apply", "validate", "-chdir"]
            .iter()
            .any(|command| text.contains(&format!("{tool} {command}")))
    };
    runs("tofu") && !runs("terraform")
}

/// Reads files for their facts. Many threads may share it.
pub struct Surveyor<'s> {
    source: &'s dyn Source,
    request: &'s Request,
    configuration: Prefilter<'s>,
    terragrunt: Vec<Finder<'static>>,
    readonly: Finder<'static>,
    opentofu: Finder<'static>,
    keyed: Vec<Finder<'static>>,
    backend_config: Finder<'static>,
    tools: Vec<Finder<'static>>,
    atlantis: Finder<'static>,
    ignores: Finder<'static>,
    commands: CommandFilter,
    callers: CallerFilter,
}

impl<'s> Surveyor<'s> {
    /// A surveyor of the files of `source`.
    pub fn new(source: &'s dyn Source, request: &'s Request) -> Self {
        Self {
            source,
            request,
            configuration: Prefilter::new(&request.settings),
            terragrunt: terragrunt::TRIGGERS.into_iter().map(Finder::new).collect(),
            readonly: Finder::new(READONLY),
            opentofu: Finder::new("tofu"),
            backend_config: Finder::new(BACKEND_CONFIG),
            keyed: static_keys::WORDS.into_iter().map(Finder::new).collect(),
            tools: systems::TOOLS.into_iter().map(Finder::new).collect(),
            atlantis: Finder::new(systems::ATLANTIS_VARIABLE),
            ignores: Finder::new(ignore::MARK),
            commands: CommandFilter::new(),
            callers: CallerFilter::new(),
        }
    }

    /// Adds what the file at `path` (relative to the root) brings to `survey`. `buffer` is read
    /// into, so that many files need one.
    pub fn file(&self, path: &Path, buffer: &mut Vec<u8>, survey: &mut Survey) {
        self.surveyed(path, path, buffer, survey);
    }

    /// The same of a symbolic link to the file `target`, which is read in its place: its facts are
    /// those of the link's directory.
    pub fn link(&self, path: &Path, target: &Path, buffer: &mut Vec<u8>, survey: &mut Survey) {
        survey
            .links
            .push((path.to_path_buf(), target.to_path_buf()));
        self.surveyed(path, target, buffer, survey);
    }

    /// Adds what `file` brings to the module that has it as `path`.
    fn surveyed(&self, path: &Path, file: &Path, buffer: &mut Vec<u8>, survey: &mut Survey) {
        if is_action(path) && path == file {
            match self.source.read(file, buffer) {
                Err(error) => survey.unreadable = Some((file.to_path_buf(), error)),
                Ok(()) if workflows::is_keyed(&String::from_utf8_lossy(buffer)) => {
                    survey.actions.push(path.to_path_buf());
                }
                Ok(()) => {}
            }
        }
        if FileKind::of(path).is_none() && !systems::is_pipeline(path) && !systems::is_wrapper(path)
        {
            return;
        }
        let kind = FileKind::of(path);
        if matches!(kind, Some(FileKind::Values | FileKind::ValuesJson)) {
            // Read where a module needs them.
            let facts = Facts {
                is_values: true,
                ..Facts::default()
            };
            survey.note(path, facts);
            return;
        }
        if let Err(error) = self.source.read(file, buffer) {
            survey.unreadable = Some((file.to_path_buf(), error));
            return;
        }
        if let Some(skip) = foreign(file, buffer) {
            survey.skipped.push(skip);
            return;
        }
        if kind == Some(FileKind::Workflow)
            || systems::is_pipeline(path)
            || systems::is_wrapper(path)
        {
            survey.run_all = survey.run_all.or(RunAllForms::of(buffer));
        }
        self.pipeline(path, buffer, survey);
        let Some(kind) = kind else {
            return;
        };
        // The target's own survey has them.
        let is_link = path != file;
        if !is_link && self.ignores.find(buffer).is_some() {
            let text = String::from_utf8_lossy(buffer);
            survey.ignores.extend(Ignore::all(path, &text));
        }
        let is_script = matches!(kind, FileKind::OtherCi | FileKind::Terragrunt);
        if is_script && self.backend_config.find(buffer).is_some() {
            let given = given_in(path, &String::from_utf8_lossy(buffer));
            survey.backend_configs.extend(given);
        }
        if kind == FileKind::Configuration {
            if let Some(offset) = self.atlantis.find(buffer) {
                let at = Location::at(path, &String::from_utf8_lossy(buffer), offset);
                survey.workspaces.push(SystemRunner::of_atlantis(at));
            }
            survey.add_candidates(path, candidates(path, buffer));
            if self.commands.admits(buffer) {
                let file = file.to_path_buf();
                survey.commands.push((path.to_path_buf(), file));
            }
            if self.callers.admits(buffer) {
                survey.caller_files.push(path.to_path_buf());
            }
        }
        let may_matter = match kind {
            FileKind::Configuration if is_json(path) && is_escaped(buffer) => true,
            FileKind::Configuration | FileKind::Test => self.configuration.admits(buffer),
            FileKind::Terragrunt => self
                .terragrunt
                .iter()
                .any(|word| word.find(buffer).is_some()),
            FileKind::Workflow => {
                let mut words = [&self.readonly, &self.opentofu].into_iter();
                words.any(|word| word.find(buffer).is_some())
            }
            FileKind::OtherCi => self.keyed.iter().any(|word| word.find(buffer).is_some()),
            FileKind::BackendSettings | FileKind::Lock => true,
            FileKind::Values | FileKind::ValuesJson => false,
        };
        if !may_matter {
            return;
        }
        match utf8(file, buffer) {
            Err(_) if kind == FileKind::OtherCi => {}
            Err(skip) => survey.skipped.push(skip),
            Ok(text) if kind == FileKind::OtherCi => {
                survey
                    .keyed
                    .extend(static_keys::find(text).map(|offset| Location::at(file, text, offset)));
            }
            Ok(text) if kind == FileKind::Workflow => {
                let facts = Facts {
                    is_readonly_lock: text.contains(READONLY),
                    runs_opentofu: runs_opentofu(text),
                    ..Facts::default()
                };
                survey.note(path, facts);
            }
            Ok(text) => self.hcl(path, file, (kind, text), survey),
        }
    }

    /// Adds what the file of a pipeline, or a wrapper that pipelines call, tells of runners.
    fn pipeline(&self, path: &Path, buffer: &[u8], survey: &mut Survey) {
        let is_pipeline = systems::is_pipeline(path);
        // A pipeline may name a script alone; a wrapper that names no tool runs none, and there are
        // many of them.
        let mut tools = self.tools.iter();
        let is_wrapper = || systems::is_wrapper(path);
        if !is_pipeline && !is_wrapper() {
            return;
        }
        if !is_pipeline && tools.all(|tool| tool.find(buffer).is_none()) {
            survey.evidence.push(RunnerEvidence::without_tools(path));
            return;
        }
        // What is not UTF-8 is read as far as it goes: commands are ASCII.
        let text = String::from_utf8_lossy(buffer);
        survey.evidence.extend(systems::read(path, &text));
    }

    fn hcl(&self, path: &Path, file: &Path, (kind, text): (FileKind, &str), survey: &mut Survey) {
        let document = match document::document(path.to_path_buf(), text.to_owned()) {
            Ok(document) => document,
            Err((error, _)) => {
                let at = Location::at(file, text, error.offset);
                if is_json(path) {
                    unread_json(path, at, text, survey);
                    return;
                }
                let is_anothers = kind == FileKind::Terragrunt && !is_terragrunts(path);
                let is_lock = kind == FileKind::Lock;
                if error.kind == ErrorKind::Unexpected || is_anothers || is_lock {
                    survey.skipped.push(Skip {
                        path: at.path,
                        line: Some(at.line),
                        reason: format!("is not read: {}", error.kind),
                    });
                } else {
                    survey.broken.push((at, error.kind.to_string()));
                }
                return;
            }
        };
        let mut facts = Facts::of(&document, kind, self.request);
        if kind == FileKind::Configuration {
            let workspace = workspace(&document);
            survey
                .workspaces
                .extend(workspace.map(SystemRunner::of_workspace));
        }
        if facts.has_provider {
            for top in document.top_blocks("provider") {
                let candidates = CandidateRows::of_provider(top.text(), is_override(path));
                survey.add_candidates(path, candidates);
            }
        }
        if facts == Facts::default() {
            return;
        }
        if facts.matters() {
            if text.len() <= KEPT {
                survey.texts.push((path.to_path_buf(), text.into()));
            }
            facts.is_ignored = self.source.is_ignored(file);
            match obstacle(self.source, &document, file) {
                Ok(obstacle) => facts.obstacle = obstacle,
                Err(error) => survey.unreadable = Some((file.to_path_buf(), error)),
            }
        }
        survey.note(path, facts);
    }
}

/// Why `file`, of which a document is, must not be edited, as a phrase that follows the file.
///
/// # Errors
/// Whatever keeps it from being looked at: a plan without it would be part of one.
pub(crate) fn obstacle(
    source: &dyn Source,
    document: &Document,
    file: &Path,
) -> io::Result<Option<String>> {
    let json = document.json();
    match json.is_some_and(|json| json.is_generated(document.path())) {
        true => Ok(Some(
            "is generated: change what it is generated from".to_owned(),
        )),
        false => source.obstacle(file),
    }
}

/// Where a `cloud` block or a `remote` backend hands the module to a workspace.
fn workspace(document: &Document) -> Option<Location> {
    document.blocks("terraform").find_map(|block| {
        let cloud = block.blocks("cloud").next();
        let mut backends = block.blocks("backend");
        let remote = || backends.find(|it| it.label(0) == Some("remote"));
        cloud.or_else(remote).map(|block| block.location())
    })
}

/// Whether words of JSON may stand in it letter by letter, where no search finds them.
fn is_escaped(content: &[u8]) -> bool {
    let escapes = [&b"\\/"[..], b"\\u"];
    escapes
        .iter()
        .any(|escape| memmem::find(content, escape).is_some())
}

/// Words of which JSON that speaks of AWS providers, S3 backends or modules in S3 contains one.
const JSON: [&str; 4] = ["\"aws\"", "hashicorp/aws", "\"s3\"", "\"s3::"];

/// Says that JSON is none from some line on; where it may matter, it holds back what depends on it.
fn unread_json(path: &Path, at: Location, text: &str, survey: &mut Survey) {
    survey.skipped.push(Skip {
        path: at.path,
        line: Some(at.line),
        reason: format!("is not read: {}", ErrorKind::Json),
    });
    let facts = Facts {
        is_unread: JSON.iter().any(|word| text.contains(word)),
        ..Facts::default()
    };
    survey.note(path, facts);
}

/// That a file is in another encoding than UTF-8, where its beginning tells: no word in it is found
/// then, so that it would seem to say nothing.
fn foreign(path: &Path, bytes: &[u8]) -> Option<Skip> {
    text::foreign_encoding(bytes).map(|encoding| Skip {
        path: path.to_path_buf(),
        line: Some(1),
        reason: format!("is not read: it is {encoding}; convert it to UTF-8 and run again"),
    })
}

pub(crate) fn utf8<'b>(path: &Path, bytes: &'b [u8]) -> Result<&'b str, Skip> {
    if let Some(skip) = foreign(path, bytes) {
        return Err(skip);
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        Skip {
            path: path.to_path_buf(),
            line: Some(1 + memchr::memchr_iter(b'\n', valid).count()),
            reason: "is not read: not UTF-8 here; convert it and run again".to_owned(),
        }
    })
}

/// The second reading of a file that closed at the first.
pub(crate) fn document(
    source: &dyn Source,
    path: &Path,
    buffer: &mut Vec<u8>,
) -> Result<Document, PlanError> {
    let unreadable = |error| PlanError::Unreadable(path.to_path_buf(), error);
    source.read(path, buffer).map_err(unreadable)?;
    let text = utf8(path, buffer).map_err(|skip| unreadable(io::Error::other(skip.reason)))?;
    parsed(path, text)
}

/// The document of a text that closed at the first reading.
pub(crate) fn parsed(path: &Path, text: &str) -> Result<Document, PlanError> {
    document::document(path.to_path_buf(), text.to_owned()).map_err(|(error, text)| {
        let at = Location::at(path, &text, error.offset);
        PlanError::Broken(vec![(at, error.kind.to_string())])
    })
}
