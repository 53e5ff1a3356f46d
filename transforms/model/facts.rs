//! What the whole tree has to know of one file: a few facts, so that its text need not be kept.

use std::path::{Path, PathBuf};

use memchr::memmem::Finder;

use super::account::Account;
use super::constraint::Version;
use super::hcl::Document;
use super::module_call::{ModuleAddress, module_calls};
use super::requirement::{IDENTITIES, requirements};
use super::settings::Settings;
use super::upgrade::module::RegistryCall;

/// What a file is to Terraform, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// `*.tf`, `*.tofu`: configuration of its directory's module.
    Configuration,
    /// `*.tftest.hcl`, `*.tofutest.hcl`: a test with providers of its own.
    Test,
    /// `*.tfbackend`: settings for a partial backend configuration.
    BackendSettings,
    /// `.terraform.lock.hcl`.
    Lock,
    /// `.github/workflows/*.yml`, `*.yaml`.
    Workflow,
}

impl FileKind {
    /// The kind of the file at `path` (relative to the root), `None` for files that do not matter.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".tf", ".tofu"]) {
            Some(Self::Configuration)
        } else if ends(&[".tftest.hcl", ".tofutest.hcl"]) {
            Some(Self::Test)
        } else if ends(&[".tfbackend"]) {
            Some(Self::BackendSettings)
        } else if name == ".terraform.lock.hcl" {
            Some(Self::Lock)
        } else if ends(&[".yml", ".yaml"]) && path.parent() == Some(Path::new(".github/workflows"))
        {
            Some(Self::Workflow)
        } else {
            None
        }
    }
}

/// The facts of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Why the file must not be edited.
    pub obstacle: Option<String>,
    /// Directories of the repository that it calls as modules.
    pub calls: Vec<PathBuf>,
    /// Its calls of upgraded registry modules.
    pub registry_calls: Vec<RegistryCall>,
    /// Its requirements of the AWS provider, as written.
    pub requirements: Vec<Option<String>>,
    /// Its constraints on Terraform itself.
    pub required_versions: Vec<String>,
    /// Whether a provider is handed to the module by `configuration_aliases`.
    pub has_configuration_aliases: bool,
    /// Whether a provider block stands in it.
    pub has_provider: bool,
    /// The S3 backend block, or that of another kind.
    pub backend: Option<BackendKind>,
    /// For `*.tfbackend`: the bucket, where it names one, and whether S3 settings stand in it.
    pub backend_settings: Option<BackendSettings>,
    /// For a lock file: the version of the AWS provider.
    pub locked: Option<Version>,
    /// The account of the role that the default provider assumes and could do without.
    pub deploys_to: Option<Account>,
    /// Whether an S3 module source stands in it.
    pub has_s3_source: bool,
}

/// Which backend a `terraform` block names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendKind {
    /// `backend "s3"` with its bucket and key.
    S3,
    /// `backend "s3"` that leaves bucket or key to `-backend-config`.
    PartialS3 {
        /// Whether the block itself names the bucket.
        has_bucket: bool,
    },
    /// Another backend, or `cloud`.
    Other,
}

/// What a `*.tfbackend` file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendSettings {
    /// `bucket`, where it is a plain string.
    pub bucket: Option<String>,
    /// Whether settings of the S3 backend stand in it.
    pub is_s3: bool,
}

/// Whether a configuration file may hold something that matters: a search for words, so that most
/// files are never looked into.
#[derive(Debug)]
pub struct Prefilter<'s> {
    provider: Finder<'static>,
    comment: Finder<'static>,
    heredoc: Finder<'static>,
    words: Vec<Finder<'s>>,
}

impl<'s> Prefilter<'s> {
    /// The filter for what the configuration upgrades.
    pub fn new(settings: &'s Settings) -> Self {
        let modules = settings.upgrade.modules.keys().map(String::as_bytes);
        let words: [&[u8]; 7] = [
            b"required_version",
            b"backend",
            b"\"./",
            b"\"../",
            b"\"s3:",
            b"amazonaws.com/",
            b"amazonaws.com.cn/",
        ];
        Self {
            provider: Finder::new(b"provider"),
            comment: Finder::new(b"/*"),
            heredoc: Finder::new(b"<<"),
            words: words.into_iter().chain(modules).map(Finder::new).collect(),
        }
    }

    /// Whether the file's content matters, or may not close.
    pub fn admits(&self, content: &[u8]) -> bool {
        self.has_provider(content)
            || self.words.iter().any(|word| word.find(content).is_some())
            || self.may_not_close(content)
    }

    /// Whether the file may not close, at the price of counting: an odd bracket or quote, a
    /// heredoc without its end, any `/*`. Few files are looked into for that.
    fn may_not_close(&self, content: &[u8]) -> bool {
        let count = |byte| memchr::memchr_iter(byte, content).count();
        let brackets = [(b'{', b'}'), (b'[', b']'), (b'(', b')')];
        brackets
            .iter()
            .any(|(open, close)| count(*open) != count(*close))
            || count(b'"') % 2 == 1
            || self.comment.find(content).is_some()
            || !self
                .heredoc
                .find_iter(content)
                .all(|at| heredoc_ends(&content[at + 2..]))
    }

    /// Whether a provider block or `required_providers` may stand in the file. The argument
    /// `provider = ...`, which many resources have, is neither.
    fn has_provider(&self, content: &[u8]) -> bool {
        self.provider.find_iter(content).any(|at| {
            let behind = &content[at + b"provider".len()..];
            let is_longer = behind
                .first()
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            let is_argument = behind.trim_ascii_start().first() == Some(&b'=');
            content[..at].ends_with(b"required_") || !is_longer && !is_argument
        })
    }
}

/// Whether the marker behind `<<` stands again at the end of a line.
fn heredoc_ends(behind: &[u8]) -> bool {
    let behind = behind.strip_prefix(b"-").unwrap_or(behind);
    let length = behind
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    let (marker, rest) = behind.split_at(length.count());
    let mut again = memchr::memmem::find_iter(rest, marker);
    !marker.is_empty() && again.any(|at| rest[at + marker.len()..].starts_with(b"\n"))
}

impl Facts {
    /// Collects the facts of a document.
    pub fn of(document: &Document, kind: FileKind, settings: &Settings) -> Self {
        let mut facts = Self::default();
        match kind {
            FileKind::Configuration | FileKind::Test => facts.configuration(document, settings),
            FileKind::BackendSettings => facts.backend_settings = Some(backend_settings(document)),
            FileKind::Lock => facts.locked = locked(document),
            FileKind::Workflow => {}
        }
        facts
    }

    fn configuration(&mut self, document: &Document, settings: &Settings) {
        self.has_provider = document.top_blocks("provider").next().is_some();
        let version = |value: &super::hcl::Value<'_>| {
            value
                .literal()
                .map_or_else(|| value.text().to_owned(), str::to_owned)
        };
        let mut defaults = document.blocks("provider");
        let default = defaults.find(|block| {
            let is_default = block.label(0) == Some("aws") && block.attribute("alias").is_none();
            is_default
                && !IDENTITIES
                    .iter()
                    .any(|name| block.attribute(name).is_some())
        });
        let role = default.and_then(|block| block.blocks("assume_role").last());
        let arn = role.and_then(|role| role.attribute("role_arn"));
        self.deploys_to = arn.map(|arn| Account::of(&arn.value));
        for requirement in requirements(document) {
            self.requirements
                .push(requirement.version.as_ref().map(version));
            self.has_configuration_aliases |= requirement
                .entry
                .value
                .entry("configuration_aliases")
                .is_some();
        }
        for block in document.blocks("provider") {
            let is_aws = block.label(0) == Some("aws");
            if let Some(found) = block.attribute("version").filter(|_| is_aws) {
                self.requirements.push(Some(version(&found.value)));
            }
        }
        for terraform in document.blocks("terraform") {
            let required = terraform.attribute("required_version");
            self.required_versions
                .extend(required.map(|required| version(&required.value)));
            for backend in terraform.blocks("backend") {
                self.backend = Some(match backend.label(0) {
                    Some("s3") => {
                        let has_bucket = backend.attribute("bucket").is_some();
                        match has_bucket && backend.attribute("key").is_some() {
                            true => BackendKind::S3,
                            false => BackendKind::PartialS3 { has_bucket },
                        }
                    }
                    _ => BackendKind::Other,
                });
            }
        }
        for call in module_calls(document, settings) {
            match call.address() {
                ModuleAddress::Local(directory) => self.calls.push(directory),
                ModuleAddress::Registry { module, submodule } => {
                    if settings.upgrade.modules.contains_key(&module) {
                        let attributes = call.block.body().attributes();
                        self.registry_calls.push(RegistryCall {
                            module,
                            submodule,
                            version: call
                                .block
                                .attribute("version")
                                .map(|found| version(&found.value)),
                            arguments: attributes.map(|found| found.name.to_owned()).collect(),
                        });
                    }
                }
                ModuleAddress::Other => {
                    let source = call.source.value.text();
                    self.has_s3_source |=
                        source.contains("s3:") || source.contains("amazonaws.com");
                }
            }
        }
    }

    /// Whether its module is a root module for what stands in this file.
    pub fn is_of_a_root(&self) -> bool {
        self.has_provider || self.backend.is_some() || self.locked.is_some()
    }

    /// Whether a transform could have something to say about the file.
    pub fn matter(&self) -> bool {
        self.has_provider
            || self.has_s3_source
            || self.backend.is_some()
            || self.backend_settings.is_some()
            || !self.requirements.is_empty()
            || !self.registry_calls.is_empty()
    }
}

fn backend_settings(document: &Document) -> BackendSettings {
    let mut settings = BackendSettings {
        bucket: None,
        is_s3: false,
    };
    if let Ok(body) = document.body() {
        for attribute in body.attributes() {
            match attribute.name {
                "bucket" => settings.bucket = attribute.value.literal().map(str::to_owned),
                "key" | "region" | "dynamodb_table" | "use_lockfile" | "encrypt" => {}
                _ => continue,
            }
            settings.is_s3 = true;
        }
    }
    settings
}

/// The AWS provider's version in a lock file.
fn locked(document: &Document) -> Option<Version> {
    let is_aws = |label: &str| {
        let hosts = ["registry.terraform.io/", "registry.opentofu.org/"];
        hosts
            .iter()
            .any(|host| label.strip_prefix(host) == Some("hashicorp/aws"))
    };
    let mut providers = document.blocks("provider");
    let aws = providers.find(|block| block.label(0).is_some_and(is_aws))?;
    Version::parse(aws.attribute("version")?.value.literal()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefilter_lets_pass_what_could_matter() {
        let settings = Settings::default();
        let filter = Prefilter::new(&settings);
        for matters in [
            "provider \"aws\" {",
            "provider aws {",
            "provider s {",
            "provider\t\"aws\"{}",
            "required_providers{",
            "source = \"../x\"",
            "backend s3 {",
            "source = \"terraform-aws-modules/vpc/aws\"",
            "a {\n  b {\n}\n",
            "a = [1\n",
            "a = \"x\n",
            "a = <<EOF\nEOF",
            "a = <<-EOF\n EOF x\n",
            "/* a",
        ] {
            assert!(filter.admits(matters.as_bytes()), "{matters}");
        }
        for rest in [
            "provider = aws.us",
            "  providers = {}",
            "a = <<-EOF\n  { }\n  EOF\n",
            "oidc_provider_arn = 1",
            "\"arn:aws:s3:::b\"",
            "\"ec2.amazonaws.com\"",
        ] {
            assert!(!filter.admits(rest.as_bytes()), "{rest}");
        }
    }
}
