//! A directory with its files: Terraform's own unit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::file_kind::FileKind;
use crate::requirement::AwsNames;
use crate::terragrunt::generated::Generated;
use diagnostics::finding::{FileEdit, Finding};
use syntax::hcl::Document;

/// A directory with its files: Terraform's own unit.
#[derive(Debug, Default)]
pub struct Module {
    /// The directory, relative to the root; empty for the root itself.
    pub directory: PathBuf,
    /// Its files that may matter, by path.
    pub documents: Vec<Document>,
    /// Its files that are settings of a backend because a command names them, whatever their names.
    pub settings: BTreeSet<PathBuf>,
    /// What its Terragrunt files have generated, by their paths.
    generated: BTreeMap<PathBuf, Generated>,
    /// What else may name its variables, where a removal could leave some behind.
    pub around: Around,
}

/// Scripts with their texts, which all modules share.
pub type Scripts = Arc<[(PathBuf, String)]>;

/// What is read around a module where a removal could leave something behind. The HCL among it is
/// with the module's documents then, all of it.
#[derive(Debug, Default)]
pub struct Around {
    /// The tests that are not among its documents, where they are read for the code that they name.
    pub tests: Vec<Document>,
    /// Values in JSON, and what is no HCL that closes: searched for words.
    pub unread: Vec<(PathBuf, String)>,
    /// Scripts and workflows of the tree that set variables of Terraform, and Terragrunt files that
    /// generate configuration.
    pub scripts: Scripts,
    /// Why files that only this brought must not be edited.
    pub obstacles: BTreeMap<PathBuf, String>,
}

impl Module {
    /// The module of a directory (relative to the root) with some of its files.
    pub fn new(directory: PathBuf, documents: Vec<Document>) -> Self {
        let terragrunt = documents
            .iter()
            .filter(|document| FileKind::of(document.path()) == Some(FileKind::Terragrunt));
        let generated = terragrunt.map(|document| {
            let path = document.path().to_path_buf();
            (path, Generated::of(document))
        });
        Self {
            generated: generated.collect(),
            directory,
            documents,
            ..Self::default()
        }
    }

    /// The documents of one kind.
    pub fn of_kind(&self, kind: FileKind) -> impl Iterator<Item = &Document> {
        let of_kind = move |document: &&Document| self.kind_of(document.path()) == Some(kind);
        self.documents.iter().filter(of_kind)
    }

    fn kind_of(&self, path: &Path) -> Option<FileKind> {
        match self.settings.contains(path) {
            true => Some(FileKind::BackendSettings),
            false => FileKind::of(path),
        }
    }

    /// Why a file must not be edited that was only read for what is around the module.
    pub fn obstacle(&self, path: &Path) -> Option<&str> {
        self.around.obstacles.get(path).map(String::as_str)
    }

    /// `*.tf` and `*.tofu`, in HCL and in JSON.
    pub fn configuration(&self) -> impl Iterator<Item = &Document> {
        self.of_kind(FileKind::Configuration)
    }

    /// Makes findings manual whose edits are not exact in JSON.
    pub fn leave_inexact<'f>(&self, findings: impl Iterator<Item = &'f mut Finding>) {
        let findings: Vec<&mut Finding> = findings.collect();
        // Together first: each question reads a whole file, and a file may have many findings.
        let all = findings.iter().flat_map(|finding| &finding.edits);
        if self.is_exact(&all.collect::<Vec<_>>()) {
            return;
        }
        for finding in findings {
            if !self.is_exact(&finding.edits.iter().collect::<Vec<_>>()) {
                finding.edits.clear();
                finding.message += ": to be done by hand, it is not exact in this JSON";
            }
        }
    }

    /// Whether what edits do to the readings of JSON can be done exactly in the JSON.
    fn is_exact(&self, edits: &[&FileEdit]) -> bool {
        self.documents.iter().all(|document| {
            let Some(json) = document.json() else {
                return true;
            };
            let own = edits.iter().filter(|it| it.path == document.path());
            let own: Vec<_> = own.map(|it| it.edit.clone()).collect();
            own.is_empty() || json.raise(document.text(), &own).is_some()
        })
    }

    /// Moves the ranges of findings in JSON from the reading as HCL to the file.
    pub fn place(&self, findings: &mut [Finding]) {
        let json = self.documents.iter();
        let json = json.filter_map(|document| Some((document.path(), document.json()?)));
        let json: BTreeMap<&Path, _> = json.collect();
        for finding in findings {
            if let Some(json) = json.get(finding.at.path.as_path()) {
                let start = json.origin(finding.range.start);
                let written = json.written(finding.range.start);
                finding.range = start..start + written.map_or(0, str::len);
            }
        }
    }

    /// The local names of the AWS provider.
    pub fn aws_names(&self) -> Vec<String> {
        AwsNames::of_all(self.configuration().map(AwsNames::of)).known()
    }

    /// Its Terragrunt files, each with what it has generated.
    pub fn terragrunt(&self) -> impl Iterator<Item = (&Document, &Generated)> {
        let files = self.of_kind(FileKind::Terragrunt);
        files.filter_map(|document| Some((document, self.generated.get(document.path())?)))
    }

    /// The configuration that its Terragrunt files have generated, wherever it then stands.
    pub fn generated(&self) -> impl Iterator<Item = &Document> {
        self.generated.values().flat_map(|file| &file.documents)
    }
}
