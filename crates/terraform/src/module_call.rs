//! `module` blocks and the addresses their sources are written in.

use std::path::{Component, Path, PathBuf};

use crate::requirement::without_registry;
use crate::s3_address::S3Address;
use syntax::hcl::{Attribute, Block, Document};

/// A `module` block with its source, or the `terraform` block by which Terragrunt names one.
#[derive(Debug, Clone)]
pub struct ModuleCall<'d> {
    /// The block.
    pub block: Block<'d>,
    /// Its `source`.
    pub source: Attribute<'d>,
}

/// Where a module comes from, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleAddress {
    /// A directory of the repository, relative to its root.
    Local(PathBuf),
    /// A registry module: address without host, and the part behind `//`.
    Registry {
        /// `NAMESPACE/NAME/PROVIDER`.
        module: String,
        /// Directory inside the module, empty for the module itself.
        submodule: String,
    },
    /// Anything else: git, HTTP, S3, a directory outside the repository.
    Other,
}

/// The module that a Terragrunt file deploys.
pub fn deployed(document: &Document) -> impl Iterator<Item = ModuleCall<'_>> {
    document.blocks("terraform").filter_map(|block| {
        let source = block.attribute("source")?;
        Some(ModuleCall { block, source })
    })
}

/// Whether a source is cloned from CodeCommit by the ambient credentials: by git-remote-codecommit, or over HTTPS, where
/// the credential helper of the AWS CLI answers. What stands before `@` is a profile, or who signs in.
pub fn clones_from_codecommit(source: &str) -> bool {
    let is_cloned = ["codecommit::", "https://git-codecommit."]
        .iter()
        .any(|it| source.contains(it));
    is_cloned && !source.contains('@')
}

impl ModuleCall<'_> {
    /// What it is called in a sentence.
    pub fn reference(&self) -> String {
        match self.block.label(0) {
            Some(label) => format!("module \"{label}\""),
            None => "the module that Terragrunt deploys".to_owned(),
        }
    }

    /// The call's label.
    pub fn name(&self) -> &str {
        self.block.label(0).unwrap_or_default()
    }

    /// Whether the module comes from an S3 bucket, as far as the source tells.
    pub fn is_in_s3(&self) -> bool {
        match self.source.value.literal() {
            Some(source) => source.starts_with("s3::") || S3Address::parse(source).is_some(),
            None => {
                let text = self.source.value.text();
                // A template: the parts that are written out have to do.
                let is_host = text.contains("s3") && text.contains("amazonaws.com/");
                is_host || text.contains("s3::") || text.contains("\"s3://")
            }
        }
    }

    /// What the source names, seen from the directory of the file it stands in.
    pub fn address(&self) -> ModuleAddress {
        let directory = self.block.document().path().parent();
        let source = self.source.value.literal().unwrap_or_default();
        ModuleAddress::parse(source, directory.unwrap_or(Path::new("")))
    }
}

impl ModuleAddress {
    /// Reads a source that stands in a file of `directory`.
    pub fn parse(source: &str, directory: &Path) -> Self {
        // Terraform's page "Module Sources": a local path begins so, all else is an address.
        if source.starts_with("./") || source.starts_with("../") || matches!(source, "." | "..") {
            return match normalize(&directory.join(source)) {
                Some(path) => Self::Local(path),
                None => Self::Other,
            };
        }
        let (address, submodule) = source.split_once("//").unwrap_or((source, ""));
        let segments: Vec<&str> = without_registry(address).split('/').collect();
        let is_name = |segment: &&str| {
            let mut letters = segment.bytes();
            !segment.is_empty()
                && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        // A fourth segment in front would be the host of a private registry, whose modules have
        // releases of their own.
        if segments.len() == 3 && segments.iter().all(is_name) {
            return Self::Registry {
                module: segments.join("/"),
                submodule: submodule.trim_matches('/').to_owned(),
            };
        }
        Self::Other
    }
}

/// `path` without `.` and `..`; `None` where it leaves the root.
pub fn normalize(path: &Path) -> Option<PathBuf> {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => result.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !result.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(source: &str) -> ModuleAddress {
        ModuleAddress::parse(source, Path::new("envs/dev"))
    }

    #[test]
    fn local_sources_resolve_against_the_file() {
        let local = |path: &str| ModuleAddress::Local(path.into());
        assert_eq!(address("../../modules/vpc"), local("modules/vpc"));
        assert_eq!(address("./x/"), local("envs/dev/x"));
        assert_eq!(address("../.."), local(""));
        assert_eq!(address("../../../x"), ModuleAddress::Other);
    }

    #[test]
    fn registry_sources_are_read_with_and_without_host() {
        let registry = |submodule: &str| ModuleAddress::Registry {
            module: "terraform-aws-modules/vpc/aws".into(),
            submodule: submodule.into(),
        };
        assert_eq!(address("terraform-aws-modules/vpc/aws"), registry(""));
        assert_eq!(
            address("Registry.terraform.io/terraform-aws-modules/vpc/aws//modules/vpc-endpoints"),
            registry("modules/vpc-endpoints")
        );
        assert_eq!(
            address("terraform-aws-modules/vpc/aws//modules/vpc-endpoints/"),
            registry("modules/vpc-endpoints")
        );
        for empty in ["/vpc/aws", "a/vpc/", "a//vpc/aws", "vpc//x.zip"] {
            assert_eq!(address(empty), ModuleAddress::Other, "{empty}");
        }
        assert_eq!(address("example.com/a/b/c"), ModuleAddress::Other);
        assert_eq!(address("github.com/a/b"), ModuleAddress::Other);
        assert_eq!(
            address("git::https://github.com/a/b.git//c"),
            ModuleAddress::Other
        );
    }
}
