//! Reads files for their facts.

use std::path::Path;

use memchr::memmem::{self, Finder};

use ci::scripts::static_keys;
use ci::systems::{self, RunnerEvidence, SystemRunner};
use diagnostics::ignore::{self, Ignore};
use diagnostics::skip::Skip;
use syntax::hcl::Document;
use syntax::location::Location;
use syntax::outline::ErrorKind;
use terraform::file_kind::{FileKind, is_json, is_override, is_stack, is_terragrunts};
use terraform::terragrunt;
use upgrade::arguments::CandidateRows;

use super::{Survey, is_action};
use crate::index::ambient_commands::CommandFilter;
use crate::index::ambient_uses::{self, AmbientFilter};
use crate::index::any_word::AnyWord;
use crate::index::caller_files::{self, CallerFilter};
use crate::index::document::{document, foreign, obstacle, utf8};
use crate::index::facts::Facts;
use crate::index::named_settings::{BACKEND_CONFIG, given_in};
use crate::index::prefilter::Prefilter;
use crate::index::run_tools::RunAllForms;
use crate::index::stacks;
use crate::index::workflows;
use crate::request::Request;
use crate::source::Source;

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
    configuration: Prefilter,
    variables: Finder<'static>,
    terragrunt: Vec<Finder<'static>>,
    readonly: Finder<'static>,
    opentofu: Finder<'static>,
    keyed: Vec<Finder<'static>>,
    backend_config: Finder<'static>,
    tools: Vec<Finder<'static>>,
    identities: Vec<Finder<'static>>,
    /// Words of which a file of configuration has one if `atlantis`, `stacks`, `ambient` or `callers` find
    /// anything in it.
    rare: AnyWord,
    atlantis: Finder<'static>,
    stacks: AnyWord,
    ignores: Finder<'static>,
    commands: CommandFilter,
    ambient: AmbientFilter,
    callers: CallerFilter,
}

impl<'s> Surveyor<'s> {
    /// A surveyor of the files of `source`.
    pub fn new(source: &'s dyn Source, request: &'s Request) -> Self {
        let rare = stacks::WORDS
            .into_iter()
            .chain([systems::ATLANTIS_VARIABLE]);
        let rare = rare
            .chain(ambient_uses::CONFIGURATION_WORDS)
            .chain(caller_files::WORDS);
        Self {
            source,
            request,
            rare: AnyWord::of(rare),
            stacks: AnyWord::of(stacks::WORDS),
            configuration: Prefilter::new(&request.settings),
            variables: Finder::new("variables"),
            terragrunt: terragrunt::TRIGGERS.into_iter().map(Finder::new).collect(),
            readonly: Finder::new(READONLY),
            opentofu: Finder::new("tofu"),
            backend_config: Finder::new(BACKEND_CONFIG),
            keyed: static_keys::WORDS.into_iter().map(Finder::new).collect(),
            tools: systems::TOOLS.into_iter().map(Finder::new).collect(),
            identities: systems::IDENTITIES.into_iter().map(Finder::new).collect(),
            atlantis: Finder::new(systems::ATLANTIS_VARIABLE),
            ignores: Finder::new(ignore::MARK),
            commands: CommandFilter::new(),
            ambient: AmbientFilter::new(),
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
            self.action(path, buffer, survey);
        }
        let kind = FileKind::of(path);
        let is_pipeline = systems::is_pipeline(path);
        let is_wrapper = systems::is_wrapper(path);
        if kind.is_none() && !is_pipeline && !is_wrapper {
            self.unnamed(path, file, buffer, survey);
            return;
        }
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
        if is_stack(path) {
            survey.skipped.push(Skip {
                path: file.to_path_buf(),
                line: None,
                reason: "is not read: it is a part of a Terraform Stack".to_owned(),
            });
            return;
        }
        if kind == Some(FileKind::Workflow) || is_pipeline || is_wrapper {
            survey.run_all = survey.run_all.or(RunAllForms::of(buffer));
        }
        if is_pipeline || is_wrapper {
            self.pipeline(path, buffer, is_pipeline, survey);
        }
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
            self.configuration_file(path, file, buffer, survey);
        }
        if kind == FileKind::Terragrunt {
            self.terragrunt_file(path, file, buffer, survey);
        }
        let may_matter = match kind {
            FileKind::Configuration if is_json(path) && is_escaped(buffer) => true,
            // It may change what matters of another file.
            FileKind::Configuration if is_override(path) => true,
            FileKind::Configuration => self.configuration.admits(buffer),
            FileKind::Test => {
                self.configuration.admits(buffer) || self.variables.find(buffer).is_some()
            }
            FileKind::Terragrunt if is_json(path) => true,
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

    /// Adds the file of a GitHub action, where it has keys.
    fn action(&self, path: &Path, buffer: &mut Vec<u8>, survey: &mut Survey) {
        match self.source.read(path, buffer) {
            Err(error) => survey.unreadable = Some((path.to_path_buf(), error)),
            Ok(()) if workflows::is_keyed(&String::from_utf8_lossy(buffer)) => {
                survey.actions.push(path.to_path_buf());
            }
            Ok(()) => {}
        }
    }

    /// Adds what the words of a file of Terragrunt tell.
    fn terragrunt_file(&self, path: &Path, file: &Path, buffer: &[u8], survey: &mut Survey) {
        survey.ambient.add_terragrunt(path, file, buffer);
        // What it generates may sign in to a cluster.
        if self.callers.admits(buffer) || self.commands.admits(buffer) {
            survey.caller_files.push(path.to_path_buf());
        }
    }

    /// Adds what the words of a file of configuration tell.
    fn configuration_file(&self, path: &Path, file: &Path, buffer: &[u8], survey: &mut Survey) {
        survey.add_candidates(path, candidates(path, buffer));
        if self.commands.admits(buffer) {
            let file = file.to_path_buf();
            survey.commands.push((path.to_path_buf(), file));
        }
        if !self.rare.is_in(buffer) {
            return;
        }
        if let Some(offset) = self.atlantis.find(buffer) {
            let at = Location::at(path, &String::from_utf8_lossy(buffer), offset);
            survey.workspaces.push(SystemRunner::of_atlantis(at));
        }
        if self.stacks.is_in(buffer) {
            add_stacks(path, buffer, survey);
        }
        if self.ambient.admits(buffer) {
            survey.ambient.add(path, file);
        }
        if self.callers.admits(buffer) {
            survey.caller_files.push(path.to_path_buf());
        }
    }

    /// Adds what a file tells of runners of which only the text tells whether it matters. One that cannot be
    /// read, or is no text, is none of those: it may be anything.
    fn unnamed(&self, path: &Path, file: &Path, buffer: &mut Vec<u8>, survey: &mut Survey) {
        let may_matter = systems::may_be_either(path) && self.source.read(file, buffer).is_ok();
        if !may_matter || !self.names_tool(buffer) {
            return;
        }
        if let Ok(text) = str::from_utf8(buffer) {
            survey.evidence.extend(systems::read(path, text));
        }
    }

    fn names_tool(&self, buffer: &[u8]) -> bool {
        let mut tools = self.tools.iter();
        tools.any(|tool| tool.find(buffer).is_some())
    }

    /// Adds what the file of a pipeline, or a wrapper that pipelines call, tells of runners.
    fn pipeline(&self, path: &Path, buffer: &[u8], is_pipeline: bool, survey: &mut Survey) {
        // A pipeline may name a script alone; a wrapper that names no tool runs none, unless it pins an identity for
        // what it calls, and there are many of them.
        let needs_tool = !is_pipeline && !systems::sets_environment(path);
        let pins = || self.identities.iter().any(|it| it.find(buffer).is_some());
        let calls = || systems::may_call_several(&String::from_utf8_lossy(buffer));
        if needs_tool && !self.names_tool(buffer) && !pins() && !calls() {
            survey.evidence.push(RunnerEvidence::without_tools(path));
            return;
        }
        // What is not UTF-8 is read as far as it goes: commands are ASCII.
        let text = String::from_utf8_lossy(buffer);
        survey.evidence.extend(systems::read(path, &text));
    }

    fn hcl(&self, path: &Path, file: &Path, (kind, text): (FileKind, &str), survey: &mut Survey) {
        let document = match document(path.to_path_buf(), text.to_owned()) {
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

/// Where a `cloud` block or a `remote` backend says that HCP runs the module.
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

/// Adds the runners that a file of configuration defines.
fn add_stacks(path: &Path, buffer: &[u8], survey: &mut Survey) {
    let text = String::from_utf8_lossy(buffer).into_owned();
    // What does not close is reported elsewhere.
    let document = document(path.to_path_buf(), text).ok();
    let found = document.iter().flat_map(stacks::runners);
    survey.workspaces.extend(found);
}
