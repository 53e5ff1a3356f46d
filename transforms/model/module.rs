//! A directory with its files: Terraform's own unit.

use std::path::PathBuf;

use super::file_kind::FileKind;
use super::hcl::Document;
use super::requirement::AwsNames;

/// A directory with its files: Terraform's own unit.
#[derive(Debug)]
pub struct Module {
    /// The directory, relative to the root; empty for the root itself.
    pub directory: PathBuf,
    /// Its files that may matter, by path.
    pub documents: Vec<Document>,
}

impl Module {
    /// The documents of one kind.
    pub fn of_kind(&self, kind: FileKind) -> impl Iterator<Item = &Document> {
        let of_kind = move |document: &&Document| FileKind::of(document.path()) == Some(kind);
        self.documents.iter().filter(of_kind)
    }

    /// `*.tf` and `*.tofu`.
    pub fn configuration(&self) -> impl Iterator<Item = &Document> {
        self.of_kind(FileKind::Configuration)
    }

    /// The local names of the AWS provider.
    pub fn aws_names(&self) -> Vec<String> {
        AwsNames::of_all(self.configuration().map(AwsNames::of)).known()
    }

    /// The configuration that its Terragrunt files have generated, wherever it then stands.
    pub fn generated(&self) -> impl Iterator<Item = &Document> {
        self.of_kind(FileKind::Terragrunt)
            .flat_map(|document| &document.generated().documents)
    }
}
