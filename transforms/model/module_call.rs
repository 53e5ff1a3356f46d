//! `module` blocks and the addresses their sources are written in.

use std::path::{Component, Path, PathBuf};

use super::hcl::{Attribute, Block, Document};
use super::requirement::without_registry;
use super::s3_address::S3Address;
use super::settings::Settings;
use super::upgrade::module::RegistryCall;
use super::upgrade::registry::SOURCES;

/// A `module` block with its source.
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

/// Whether a `module` block's source could matter: it is local, in S3, or a registry module that is
/// upgraded or known.
pub fn matters(block: &str, settings: &Settings) -> bool {
    ["\"./", "\"../", "\".\"", "\"..\"", "\"s3:", "amazonaws.com"]
        .into_iter()
        .chain(SOURCES)
        .chain(settings.upgrade.modules.keys().map(String::as_str))
        .any(|word| memchr::memmem::find(block.as_bytes(), word.as_bytes()).is_some())
}

/// The module calls of a document whose source could matter. Others are not even parsed.
pub fn module_calls<'d>(
    document: &'d Document,
    settings: &Settings,
) -> impl Iterator<Item = ModuleCall<'d>> {
    let tops = document.top_blocks("module");
    let tops = tops.filter(move |top| matters(&document.text()[top.span()], settings));
    tops.filter_map(|top| {
        let block = top.parse().ok()?;
        let source = block.attribute("source")?;
        Some(ModuleCall { block, source })
    })
}

impl ModuleCall<'_> {
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
                let is_host = text.contains("s3") && text.contains("amazonaws.com/");
                is_host || text.contains("s3::") || text.contains("\"s3://")
            }
        }
    }

    /// The call as one of a registry module, where it is one.
    pub fn registry_call(&self) -> Option<RegistryCall> {
        let ModuleAddress::Registry { module, submodule } = self.address() else {
            return None;
        };
        let version = self.block.attribute("version");
        let arguments = self.block.body().attributes();
        Some(RegistryCall {
            module,
            submodule,
            version: version.map(|version| version.value.written()),
            arguments: arguments.map(|found| found.name.to_owned()).collect(),
        })
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
fn normalize(path: &Path) -> Option<PathBuf> {
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
        assert_eq!(address("example.com/a/b/c"), ModuleAddress::Other);
        assert_eq!(address("github.com/a/b"), ModuleAddress::Other);
        assert_eq!(
            address("git::https://github.com/a/b.git//c"),
            ModuleAddress::Other
        );
    }
}
