//! The first reading: facts of every file that contains a trigger word.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use rayon::prelude::*;

use super::{PlanError, Source};
use crate::model::finding::Location;
use crate::model::hcl::Document;
use crate::model::outline::ErrorKind;
use crate::model::plan::{Skip, WorkflowJob};
use crate::model::settings::Settings;
use crate::model::survey::{Facts, FileKind, triggers};
use crate::model::text;
use crate::model::workflow::{self, JobUse};

/// What the first reading brings.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) facts: BTreeMap<PathBuf, Facts>,
    pub(super) skipped: Vec<Skip>,
    pub(super) keyed_jobs: Vec<WorkflowJob>,
    pub(super) terraform_jobs: Vec<WorkflowJob>,
}

/// What one file brings.
enum Surveyed {
    Nothing,
    Facts(Facts),
    Skipped(Skip),
    Broken(Location, String),
    /// Jobs on static keys, and others that run Terraform.
    Workflow(Vec<WorkflowJob>, Vec<WorkflowJob>),
}

pub(super) fn survey(
    source: &dyn Source,
    files: &[PathBuf],
    settings: &Settings,
) -> Result<Survey, PlanError> {
    let triggers = triggers(settings);
    let triggers: Vec<Finder<'_>> = triggers.into_iter().map(Finder::new).collect();
    let workflow: Vec<Finder<'_>> = workflow::TRIGGERS.into_iter().map(Finder::new).collect();
    let surveyed: Vec<_> = files
        .par_iter()
        .with_min_len(16)
        .filter_map(|path| {
            let kind = FileKind::of(path)?;
            let bytes = match source.read(path) {
                Ok(bytes) => bytes,
                Err(error) => return Some(Err(PlanError::Unreadable(path.clone(), error))),
            };
            let triggers = match kind {
                FileKind::Configuration | FileKind::Test => &triggers[..],
                FileKind::Workflow => &workflow[..],
                FileKind::BackendSettings | FileKind::Lock => &[],
            };
            let is_triggered = triggers.iter().any(|word| word.find(&bytes).is_some());
            if !triggers.is_empty() && !is_triggered {
                return None;
            }
            match file(source, path, kind, bytes, settings) {
                Surveyed::Nothing => None,
                surveyed => Some(Ok((path, surveyed))),
            }
        })
        .collect::<Result<_, _>>()?;
    let mut survey = Survey::default();
    let mut broken = Vec::new();
    for (path, surveyed) in surveyed {
        let path = path.clone();
        match surveyed {
            Surveyed::Nothing => {}
            Surveyed::Facts(facts) => {
                survey.facts.insert(path, facts);
            }
            Surveyed::Skipped(skip) => survey.skipped.push(skip),
            Surveyed::Broken(at, what) => broken.push((at, what)),
            Surveyed::Workflow(keyed, terraform) => {
                survey.keyed_jobs.extend(keyed);
                survey.terraform_jobs.extend(terraform);
            }
        }
    }
    if broken.is_empty() {
        return Ok(survey);
    }
    broken.sort();
    Err(PlanError::Broken(broken))
}

fn file(
    source: &dyn Source,
    path: &Path,
    kind: FileKind,
    bytes: Vec<u8>,
    settings: &Settings,
) -> Surveyed {
    let text = match utf8(path, bytes) {
        Ok(text) => text,
        Err(skip) => return Surveyed::Skipped(skip),
    };
    if kind == FileKind::Workflow {
        let uses = workflow::uses(&text);
        let keyed = jobs(path, &text, uses.keys);
        let mut terraform = jobs(path, &text, uses.terraform);
        // Keys of the whole workflow are those of every job in it.
        terraform.retain(|job| {
            let mut keyed = keyed.iter();
            !keyed.any(|keyed| keyed.job.is_none() || keyed.job == job.job)
        });
        return Surveyed::Workflow(keyed, terraform);
    }
    let document = match Document::new(path.to_path_buf(), text) {
        Ok(document) => document,
        Err((error, text)) => {
            let (line, column) = text::position(&text, error.offset);
            if error.kind == ErrorKind::Unexpected {
                return Surveyed::Skipped(Skip {
                    path: path.to_path_buf(),
                    line: Some(line),
                    reason: format!("is not read: {}", error.kind),
                });
            }
            let path = path.to_path_buf();
            return Surveyed::Broken(Location { path, line, column }, error.kind.to_string());
        }
    };
    let mut facts = Facts::of(&document, kind, settings);
    if facts == Facts::default() {
        return Surveyed::Nothing;
    }
    if facts.matter() {
        match source.obstacle(path) {
            Ok(obstacle) => facts.obstacle = obstacle,
            Err(error) => facts.obstacle = Some(format!("cannot be looked at: {error}")),
        }
    }
    Surveyed::Facts(facts)
}

fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, Skip> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Skip {
            path: path.to_path_buf(),
            line: Some(1 + memchr::memchr_iter(b'\n', &error.as_bytes()[..valid]).count()),
            reason: "is not read: not UTF-8 here; convert it and run again".to_owned(),
        }
    })
}

fn jobs(path: &Path, text: &str, uses: Vec<JobUse>) -> Vec<WorkflowJob> {
    let jobs = uses.into_iter().map(|found| {
        let (line, column) = text::position(text, found.offset);
        let path = path.to_path_buf();
        WorkflowJob {
            at: Location { path, line, column },
            job: found.job,
        }
    });
    jobs.collect()
}

/// The second reading of a file that closed at the first.
pub(super) fn document(source: &dyn Source, path: &Path) -> Result<Document, PlanError> {
    let unreadable = |error| PlanError::Unreadable(path.to_path_buf(), error);
    let bytes = source.read(path).map_err(unreadable)?;
    let text = utf8(path, bytes).map_err(|skip| unreadable(std::io::Error::other(skip.reason)))?;
    Document::new(path.to_path_buf(), text).map_err(|(error, text)| {
        let (line, column) = text::position(&text, error.offset);
        let path = path.to_path_buf();
        PlanError::Broken(vec![(
            Location { path, line, column },
            error.kind.to_string(),
        )])
    })
}
