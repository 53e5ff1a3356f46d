//! Settings files that commands name by `-backend-config=FILE`, whatever their names end in: 9 of 71
//! public repositories name `.hcl`, `.conf` or `.tfvars` (measured).

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ci::terraform_run::{RunsIn, TerraformRun};
use terraform::backend::{self, BackendKind, BackendPart};
use terraform::file_kind::FileKind;
use terraform::module_call::normalize;

use super::Index;
use super::document::document;
use crate::catalogue::Purpose;
use crate::error::PlanError;
use crate::request::Request;
use crate::source::Source;

/// A file that completes the backend of a root module because a command names it.
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

/// The files by the directory of the root module, but for those named `*.tfbackend` in it or below:
/// these are known by their names.
pub(super) fn read(
    source: &dyn Source,
    index: &Index,
    request: &Request,
) -> Result<BTreeMap<PathBuf, Vec<NamedSettings>>, PlanError> {
    let mut named: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut add = |run: &TerraformRun| {
        let is_one = run.runs_in == RunsIn::Runner && !run.is_tree && !run.is_terragrunt;
        let directory = run.directory.as_ref().filter(|_| is_one && run.has_init);
        // With `=` it is a setting, else a file (Terraform docs, "Backend Configuration").
        let files = run.arguments.backend_configs.iter();
        let files: Vec<&String> = files.filter(|it| !it.contains('=')).collect();
        if let (Some(directory), false) = (directory, files.is_empty()) {
            let known = named.entry(directory.clone()).or_default();
            known.extend(files.into_iter().cloned());
        }
    };
    let workflows = &index.workflows;
    for owner in workflows.owners().filter(|owner| owner.job.is_some()) {
        for context in workflows.contexts(owner).iter() {
            let runs = workflows.runs_with(owner, &context.values);
            for found in &runs {
                add(&found.run);
            }
        }
    }
    for found in index.runners.iter().flat_map(|runner| &runner.runs) {
        add(&found.run);
    }
    let mut buffer = Vec::new();
    in_scripts(source, index, &mut buffer, &mut named);
    let mut found = BTreeMap::new();
    for (directory, files) in named {
        let mut all = Vec::new();
        for file in files {
            let path = normalize(&directory.join(&file));
            let is_known = path.as_ref().is_some_and(|path| {
                FileKind::of(path) == Some(FileKind::BackendSettings)
                    && index.modules.is_backend_file(path)
                    && index.modules.backend_owner(path) == Some(directory.as_path())
            });
            if is_known {
                continue;
            }
            let settings = match &path {
                Some(path) => settings(source, path, request, &mut buffer)?,
                None => Err(UnreadSettings::Missing),
            };
            all.push(NamedSettings {
                path: path.unwrap_or_else(|| PathBuf::from(file)),
                settings,
            });
        }
        if !all.is_empty() {
            found.insert(directory, all);
        }
    }
    Ok(found)
}

/// Adds what scripts and Terragrunt name to each root module with a backend in S3 that is below them
/// and from which the name leads to a file: the text alone does not tell where a command runs.
fn in_scripts(
    source: &dyn Source,
    index: &Index,
    buffer: &mut Vec<u8>,
    named: &mut BTreeMap<PathBuf, BTreeSet<String>>,
) {
    if index.backend_configs.is_empty() {
        return;
    }
    let modules = &index.modules;
    let roots = modules.all().map(|(number, _)| modules.path(number));
    let roots = roots.filter(|root| modules.backend(root).is_some_and(BackendKind::is_s3));
    let roots: Vec<&Path> = roots.collect();
    for (script, file) in &index.backend_configs {
        let directory = script.parent().unwrap_or(Path::new(""));
        for root in roots.iter().filter(|root| root.starts_with(directory)) {
            let path = normalize(&root.join(file));
            if path.is_some_and(|path| source.read(&path, buffer).is_ok()) {
                let known = named.entry(root.to_path_buf()).or_default();
                known.insert(file.clone());
            }
        }
    }
}

/// The flag of init that names a file, or one setting.
pub(super) const BACKEND_CONFIG: &str = "-backend-config";

/// The files that a text names by `-backend-config`, but for those that only the run determines.
pub(super) fn named_files(text: &str) -> Vec<String> {
    let is_end = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ',' | ';' | ')' | ']');
    let named = text.match_indices(BACKEND_CONFIG).filter_map(|(at, flag)| {
        let behind = &text[at + flag.len()..];
        let value = behind
            .strip_prefix('=')
            .or_else(|| behind.strip_prefix(' '))?;
        let value = value.trim_start_matches([' ', '"', '\'']);
        let value = value.split(is_end).next()?;
        let is_file = !value.is_empty() && !value.contains(['=', '$', '{', '*', '<', '`']);
        is_file.then(|| value.to_owned())
    });
    named.collect()
}

fn settings(
    source: &dyn Source,
    path: &Path,
    request: &Request,
    buffer: &mut Vec<u8>,
) -> Result<Result<BackendPart, UnreadSettings>, PlanError> {
    match source.read(path, buffer) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Other) => {
            return Ok(Err(UnreadSettings::Missing));
        }
        Err(error) => return Err(PlanError::Unreadable(path.to_path_buf(), error)),
    }
    let text = std::str::from_utf8(buffer).ok();
    let document = text.and_then(|text| document(path.to_path_buf(), text.to_owned()).ok());
    let part = document.as_ref().and_then(|document| {
        let body = document.body().ok()?;
        let remover = request.catalogue.id_of(Purpose::RemoveStaticKeys);
        // What is no setting of S3, as values of variables, sets nothing of the backend.
        let has_claims = backend::claims(body.attributes()).next().is_some();
        Some(match backend::is_s3(&body) || has_claims {
            true => BackendPart::of(&body, remover),
            false => BackendPart::default(),
        })
    });
    Ok(part.ok_or(UnreadSettings::NotUnderstood))
}
