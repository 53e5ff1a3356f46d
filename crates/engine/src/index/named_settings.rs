//! Settings files that commands name by `-backend-config=FILE`, whatever their names end in: 9 of 71
//! public repositories name `.hcl`, `.conf` or `.tfvars` (measured).

mod command_directory;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ci::terraform_run::{RunsIn, TerraformRun};
use diagnostics::ignore::Ignore;
use syntax::location::Location;
use syntax::text;
use terraform::backend::{self, BackendKind, BackendPart, ClaimKind};
use terraform::file_kind::{FileKind, is_terragrunts};
use terraform::module_call::normalize;

use super::Index;
use super::document::{self, document};
use super::facts::Facts;
use crate::catalogue::Purpose;
use crate::error::PlanError;
use crate::request::Request;
use crate::source::Source;
use command_directory::command_directory;

/// What commands give the backends of root modules.
#[derive(Debug, Default)]
pub(super) struct GivenToBackends {
    /// The files that are not edited, by the directory of the root module.
    pub files: BTreeMap<PathBuf, Vec<NamedSettings>>,
    /// The settings that decide the identity of a backend, by the directory of its root module.
    pub settings: BTreeMap<PathBuf, Vec<GivenSetting>>,
    /// The files that are read and edited as `*.tfbackend` files are.
    pub edited: BTreeMap<PathBuf, NamedFile>,
    /// The facts of those.
    pub facts: Vec<(PathBuf, Box<Facts>)>,
    /// Their ignore comments.
    pub ignores: Vec<Ignore>,
}

/// A file that completes the backend of a root module because a command names it, and that is not
/// edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSettings {
    /// The file as the command names it, from the root where it is known.
    pub path: PathBuf,
    /// Its settings.
    pub settings: Result<BackendPart, UnreadSettings>,
}

/// Why the settings of a file are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadSettings {
    /// The repository does not have it.
    Missing,
    /// It is not understood.
    NotUnderstood,
}

/// As a phrase that follows the file.
impl fmt::Display for UnreadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is not in the repository",
            Self::NotUnderstood => "is not understood",
        })
    }
}

/// A setting that a command gives a backend by `-backend-config=NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GivenSetting {
    /// Its name.
    pub name: String,
    /// Its value, where that is an ARN that is written out: any other may be a secret.
    pub arn: Option<String>,
    /// The line of the command, or of the step that has it.
    pub at: Location,
}

/// A value that is an ARN and nothing else.
fn arn(value: &str) -> Option<String> {
    let value = value.trim_matches(['"', '\'']);
    let is_part = |it: char| it.is_ascii_alphanumeric() || ":/_+=,.@-".contains(it);
    (value.starts_with("arn:") && value.chars().all(is_part)).then(|| value.to_owned())
}

/// A file that commands name by `-backend-config` and that is edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedFile {
    /// The root modules whose backends it completes.
    pub owners: BTreeSet<PathBuf>,
    /// The files that every command with it names, too.
    pub beside: BTreeSet<PathBuf>,
    /// The files that some command with it names, too.
    pub near: BTreeSet<PathBuf>,
}

/// The files that one command names for a root module, in their order.
type NamedTogether = BTreeMap<PathBuf, BTreeSet<Vec<String>>>;

/// Reads what commands give by `-backend-config`: files, but for those named `*.tfbackend` in a root
/// module or below it, which are known by their names, and settings.
pub(super) fn read(
    source: &dyn Source,
    index: &Index,
    request: &Request,
) -> Result<GivenToBackends, PlanError> {
    let mut given = GivenToBackends::default();
    let mut named = NamedTogether::new();
    let mut of_variables = BTreeSet::new();
    let mut add = |run: &TerraformRun, at: &dyn Fn() -> Location| {
        let from = run.directory.as_deref().unwrap_or(Path::new(""));
        let files = run.variant.var_files.iter();
        of_variables.extend(files.filter_map(|file| own_path(&from.join(file), index)));
        let is_one = run.runs_in == RunsIn::Runner && !run.is_tree && !run.is_terragrunt;
        let directory = run.directory.as_ref().filter(|_| is_one && run.has_init);
        let Some(directory) = directory else {
            return;
        };
        let arguments = &run.arguments;
        // With `=` it is a setting, else a file (Terraform docs, "Backend Configuration").
        let (settings, files): (Vec<&String>, Vec<&String>) = arguments
            .backend_configs
            .iter()
            .partition(|it| it.contains('='));
        if !files.is_empty() {
            let known = named.entry(directory.clone()).or_default();
            known.insert(files.into_iter().cloned().collect());
        }
        let settings = settings.into_iter().filter_map(|it| it.split_once('='));
        let unknown = arguments.unknown_backend_settings.iter();
        let settings = settings.chain(unknown.map(|name| (name.as_str(), "")));
        for (name, value) in settings.filter(|(name, value)| decides_identity(name, value)) {
            let known = given.settings.entry(directory.clone()).or_default();
            known.push(GivenSetting {
                name: name.to_owned(),
                arn: arn(value),
                at: at(),
            });
        }
    };
    let workflows = &index.workflows;
    for owner in workflows.owners().filter(|owner| owner.job.is_some()) {
        for context in workflows.contexts(owner).iter() {
            let runs = workflows.runs_with(owner, &context.values);
            for found in &runs {
                let file = workflows.source(owner);
                add(&found.run, &|| file.location(found.run.offset));
            }
        }
    }
    for found in index.runners.iter().flat_map(|runner| &runner.runs) {
        add(&found.run, &|| found.at.clone());
    }
    let mut buffer = Vec::new();
    in_scripts(source, index, &mut buffer, &mut named, &mut given.settings);
    for settings in given.settings.values_mut() {
        settings.sort();
        settings.dedup();
    }
    if named.is_empty() {
        return Ok(given);
    }
    let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
    // What lies in a submodule, or another repository, is not this one's to edit.
    let mut editable: BTreeSet<PathBuf> =
        source.entered().map_err(unreadable)?.into_iter().collect();
    editable.retain(|path| !of_variables.contains(path));
    let reader = SettingsReader {
        source,
        index,
        request,
        editable,
    };
    for (directory, together) in named {
        for files in together {
            reader.add_files(&directory, &files, &mut given)?;
        }
    }
    reader.add_siblings(&mut given)?;
    for (path, named) in &mut given.edited {
        // Its name may make it one of another backend, too.
        if FileKind::of(path) == Some(FileKind::BackendSettings) {
            let by_name = index.modules.owner_by_name(path);
            let is_s3 = |it: &&Path| index.modules.backend(it).is_some_and(BackendKind::is_s3);
            named
                .owners
                .extend(by_name.filter(is_s3).map(Path::to_path_buf));
        }
    }
    Ok(given)
}

/// Whether a setting that a command gives decides the identity of a backend. Keys are decided with the
/// command, and a profile there is one for that command alone.
fn decides_identity(name: &str, value: &str) -> bool {
    match name {
        "endpoint" | "endpoints" => !value.contains("amazonaws.com"),
        _ => matches!(
            backend::claim_kind(name),
            Some(ClaimKind::FlatRole | ClaimKind::Role | ClaimKind::CredentialsFile)
        ),
    }
}

/// Adds what scripts and Terragrunt give each root module with a backend in S3 that is below them:
/// the text alone does not tell where a command runs, but for the end of a directory that its line names. A file counts where its name leads to one from
/// there, a setting where the backend is partial or none below is.
fn in_scripts(
    source: &dyn Source,
    index: &Index,
    buffer: &mut Vec<u8>,
    named: &mut NamedTogether,
    settings: &mut BTreeMap<PathBuf, Vec<GivenSetting>>,
) {
    if index.backend_configs.is_empty() {
        return;
    }
    let modules = &index.modules;
    let roots = modules.all().map(|(number, _)| modules.path(number));
    let roots = roots.filter(|root| modules.backend(root).is_some_and(BackendKind::is_s3));
    let roots: Vec<&Path> = roots.collect();
    let is_partial = |root: &Path| modules.backend(root) != Some(BackendKind::S3);
    // Each once, at the first place: a script repeats them for each root module.
    let mut configs: BTreeMap<(&Path, Option<&Path>, &str), &Location> = BTreeMap::new();
    for config in &index.backend_configs {
        let directory = config.at.path.parent().unwrap_or(Path::new(""));
        let first = configs
            .entry((directory, config.directory.as_deref(), &config.given))
            .or_insert(&config.at);
        *first = (*first).min(&config.at);
    }
    // Of the files of one command the last one wins ("Partial Configuration", Terraform docs).
    let mut files: BTreeMap<(&Path, Command, Option<&Path>), Vec<&str>> = BTreeMap::new();
    for config in index
        .backend_configs
        .iter()
        .filter(|it| !it.given.contains('='))
    {
        let command = (
            &*config.at.path,
            config.command,
            config.directory.as_deref(),
        );
        files.entry(command).or_default().push(&config.given);
    }
    let may_run = |root: &Path, script: &Path, directory: Option<&Path>| {
        root.starts_with(script) && directory.is_none_or(|end| root.ends_with(end))
    };
    for ((script, _, end), given) in files {
        let directory = script.parent().unwrap_or(Path::new(""));
        for root in roots.iter().filter(|root| may_run(root, directory, end)) {
            let mut is_there = |file: &&&str| {
                let path = normalize(&root.join(file));
                path.is_some_and(|path| source.read(&path, buffer).is_ok())
            };
            let there = given.iter().filter(&mut is_there);
            let there: Vec<String> = there.map(|file| (*file).to_owned()).collect();
            if !there.is_empty() {
                named.entry(root.to_path_buf()).or_default().insert(there);
            }
        }
    }
    for ((directory, end, given), at) in configs {
        let below = roots.iter().filter(|root| may_run(root, directory, end));
        match given.split_once('=') {
            Some((name, value)) if decides_identity(name, value) => {
                let is_any_partial = below.clone().any(|root| is_partial(root));
                for root in below.filter(|root| !is_any_partial || is_partial(root)) {
                    let known = settings.entry(root.to_path_buf()).or_default();
                    known.push(GivenSetting {
                        name: name.to_owned(),
                        arn: arn(value),
                        at: at.clone(),
                    });
                }
            }
            None | Some(_) => {}
        }
    }
}

/// A command of a text: its first line, and how many commands are before it in the line of the flag.
type Command = (usize, usize);

/// The flag of init that names a file, or one setting.
pub(super) const BACKEND_CONFIG: &str = "-backend-config";

/// What a script or a Terragrunt file gives by `-backend-config`: a file, or `NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GivenInText {
    pub at: Location,
    pub command: Command,
    /// What the directory of the root module ends with, where the line of the command tells.
    pub directory: Option<PathBuf>,
    pub given: String,
}

/// What the text of the file at `path` gives by `-backend-config`, but for files that only the run
/// determines.
pub(super) fn given_in(path: &Path, text: &str) -> Vec<GivenInText> {
    let is_end = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ',' | ';' | ')' | ']');
    let given = text.match_indices(BACKEND_CONFIG).filter_map(|(at, flag)| {
        let line = text[text::line_start(text, at)..at].trim_start();
        if line.starts_with('#') {
            return None;
        }
        let behind = &text[at + flag.len()..];
        let value = behind
            .strip_prefix('=')
            .or_else(|| behind.strip_prefix(' '))?;
        let value = value.trim_start_matches([' ', '"', '\'', '\\']);
        let value = value.split(is_end).next()?;
        let name = value.split_once('=').map_or(value, |(name, _)| name);
        let is_known = !name.is_empty() && !name.contains(['$', '{', '*', '<', '`']);
        is_known.then(|| GivenInText {
            at: Location::at(path, text, at),
            command: command_at(text, at),
            directory: command_directory(text, at),
            given: value.to_owned(),
        })
    });
    given.collect()
}

/// The command that the byte at `at` is a part of; it may go on over lines that end with a backslash.
fn command_at(text: &str, at: usize) -> Command {
    let line = text::line_start(text, at);
    let separators = ["&&", "||", ";"];
    let before = separators.map(|it| text[line..at].matches(it).count());
    let above: Vec<&str> = text[..line].lines().collect();
    let continued = above
        .iter()
        .rev()
        .take_while(|it| it.trim_end().ends_with('\\'));
    (above.len() - continued.count(), before.iter().sum())
}

/// The settings of a file that a command names.
pub(super) enum ReadSettings {
    /// They are edited: the facts of the file, and its ignore comments.
    Edited(Box<Facts>, Vec<Ignore>),
    /// They are not.
    Kept(Result<BackendPart, UnreadSettings>),
}

/// The path from the root of the file that is read and written for `path`, through linked directories;
/// `None` outside of the root.
fn own_path(path: &Path, index: &Index) -> Option<PathBuf> {
    let path = normalize(path)?;
    let directory = path.parent()?;
    Some(
        index
            .modules
            .links
            .directory(directory)
            .join(path.file_name()?),
    )
}

/// Reads the files that commands name.
pub(super) struct SettingsReader<'a> {
    source: &'a dyn Source,
    pub index: &'a Index,
    request: &'a Request,
    /// The files of the repository, but for those that a command names as values of variables, too.
    pub editable: BTreeSet<PathBuf>,
}

impl SettingsReader<'_> {
    /// Adds the files that one command names for the root module of a directory.
    fn add_files(
        &self,
        directory: &Path,
        files: &[String],
        given: &mut GivenToBackends,
    ) -> Result<(), PlanError> {
        let modules = &self.index.modules;
        if !modules.backend(directory).is_some_and(BackendKind::is_s3) {
            return Ok(());
        }
        let path = |file: &String| own_path(&directory.join(file), self.index);
        let paths: BTreeSet<PathBuf> = files.iter().filter_map(path).collect();
        for file in files {
            let path = path(file);
            let is_known = path.as_ref().is_some_and(|path| {
                FileKind::of(path) == Some(FileKind::BackendSettings)
                    && modules.is_backend_file(path)
                    && modules.owner_by_name(path) == Some(directory)
            });
            if is_known {
                continue;
            }
            let mut beside = paths.clone();
            if let Some(path) = &path {
                beside.remove(path);
                if let Some(known) = given.edited.get_mut(path) {
                    known.owners.insert(directory.to_path_buf());
                    known.near.extend(beside.iter().cloned());
                    known.beside = &known.beside & &beside;
                    continue;
                }
            }
            let settings = match &path {
                Some(path) => self.settings(path)?,
                None => ReadSettings::Kept(Err(UnreadSettings::Missing)),
            };
            let path = path.unwrap_or_else(|| PathBuf::from(file));
            match settings {
                ReadSettings::Edited(facts, ignores) => {
                    let owners = [directory.to_path_buf()].into();
                    let near = beside.clone();
                    let named = NamedFile {
                        owners,
                        beside,
                        near,
                    };
                    given.edited.insert(path.clone(), named);
                    given.facts.push((path, facts));
                    given.ignores.extend(ignores);
                }
                ReadSettings::Kept(settings) => {
                    let known = given.files.entry(directory.to_path_buf()).or_default();
                    let named = NamedSettings { path, settings };
                    if !known.contains(&named) {
                        known.push(named);
                    }
                }
            }
        }
        Ok(())
    }

    /// The settings of the file at `path`.
    pub fn settings(&self, path: &Path) -> Result<ReadSettings, PlanError> {
        let (source, index, request) = (self.source, self.index, self.request);
        let mut buffer = Vec::new();
        match source.read(path, &mut buffer) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Other) => {
                return Ok(ReadSettings::Kept(Err(UnreadSettings::Missing)));
            }
            Err(error) => return Err(PlanError::Unreadable(path.to_path_buf(), error)),
        }
        let text = std::str::from_utf8(&buffer).ok();
        let document = text.and_then(|text| document(path.to_path_buf(), text.to_owned()).ok());
        let body = document.as_ref().and_then(|document| document.body().ok());
        let (Some(document), Some(body)) = (&document, body) else {
            return Ok(ReadSettings::Kept(Err(UnreadSettings::NotUnderstood)));
        };
        // What is no setting of S3, as values of variables, sets nothing of the backend.
        if !backend::is_s3(&body) && backend::claims(body.attributes()).next().is_none() {
            return Ok(ReadSettings::Kept(Ok(BackendPart::default())));
        }
        let remover = request.catalogue.id_of(Purpose::RemoveStaticKeys);
        let part = BackendPart::of(&body, remover);
        // Values of variables, configuration and what links lead to have other readers.
        let is_settings = matches!(
            FileKind::of(path),
            None | Some(FileKind::BackendSettings | FileKind::Terragrunt)
        );
        let links = &index.modules.links;
        let is_plain =
            links.target(path) == path && !links.is_target(path) && self.editable.contains(path);
        if !is_settings || !is_plain || is_terragrunts(path) || body.blocks().next().is_some() {
            return Ok(ReadSettings::Kept(Ok(part)));
        }
        let obstacle = document::obstacle(source, document, path);
        let obstacle =
            obstacle.map_err(|error| PlanError::Unreadable(path.to_path_buf(), error))?;
        let facts = Facts {
            is_s3_settings: Some(true),
            backend_part: Some(Box::new(part)),
            is_ignored: source.is_ignored(path),
            obstacle,
            ..Facts::default()
        };
        let known = FileKind::of(path) == Some(FileKind::BackendSettings);
        let is_surveyed = known || FileKind::of(path) == Some(FileKind::Terragrunt);
        let ignores = match is_surveyed {
            true => Vec::new(),
            false => Ignore::all(path, document.text()),
        };
        Ok(ReadSettings::Edited(Box::new(facts), ignores))
    }
}
