//! The AWS provider in dependency lock files.

use crate::constraint::Version;
use crate::requirement::is_aws_source;
use syntax::hcl::{Block, Document};

/// The AWS provider in a lock file.
#[derive(Debug, Clone)]
pub struct LockedProvider<'d> {
    /// Its block.
    pub block: Block<'d>,
    /// The release that is locked; `None` where that cannot be read.
    pub version: Option<Version>,
    /// For how many platforms it is locked. A `h1:` hash is of one platform's package and does not
    /// say which; `zh:` hashes are those of all platforms of the release.
    pub platforms: usize,
}

/// The AWS provider in a lock file, once for each registry that it is locked from.
pub fn locked_providers(document: &Document) -> impl Iterator<Item = LockedProvider<'_>> {
    let blocks = document.blocks("provider");
    let aws = blocks.filter(|block| block.label(0).is_some_and(is_aws_source));
    aws.map(|block| {
        let version = block.attribute("version");
        let version = version.and_then(|found| Version::parse(found.value.literal()?).ok());
        let hashes = block.attribute("hashes");
        let hashes = hashes
            .as_ref()
            .and_then(|found| found.value.expression().as_array());
        let hashes = hashes.into_iter().flat_map(|hashes| hashes.iter());
        // Terraform's page "Dependency Lock File", "New provider package checksums".
        let of_packages = hashes
            .filter_map(|hash| hash.as_str())
            .filter(|hash| hash.starts_with("h1:"));
        LockedProvider {
            block,
            version,
            platforms: of_packages.count(),
        }
    })
}

/// What other files' decisions need of a lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The release of the AWS provider, where it is locked and can be read.
    pub aws: Option<Version>,
    /// Whether the AWS provider is in it at all.
    pub has_aws: bool,
    /// For how many platforms it is locked.
    pub platforms: usize,
    /// Whether OpenTofu wrote it: a provider in it is from OpenTofu's registry.
    pub is_opentofu: bool,
}

impl Lock {
    /// Reads a document.
    pub fn of(document: &Document) -> Self {
        let mut providers = document.blocks("provider");
        let mut lock = Self {
            is_opentofu: providers.any(|block| {
                let source = block.label(0);
                source.is_some_and(|source| source.starts_with("registry.opentofu.org/"))
            }),
            ..Self::default()
        };
        for found in locked_providers(document) {
            lock.has_aws = true;
            // A tree may be locked from both public registries: the fuller entry is what was meant.
            lock.platforms = lock.platforms.max(found.platforms);
            lock.aws = lock.aws.or(found.version);
        }
        lock
    }
}
