//! The module calls that an upgrade, or a new source, could be about.

use syntax::hcl::Document;
use terraform::module_call::{ModuleAddress, ModuleCall};

use super::table::{SOURCES, is_known};
use crate::settings::Upgrade;

/// Whether the source of a `module` block is relevant: it is local, in S3, or a registry module that is
/// upgraded or known.
pub fn is_relevant(block: &str, upgrade: &Upgrade) -> bool {
    ["\"./", "\"../", "\".\"", "\"..\"", "\"s3:", "amazonaws.com"]
        .into_iter()
        .chain(SOURCES)
        .chain(upgrade.modules.keys().map(String::as_str))
        .any(|word| memchr::memmem::find(block.as_bytes(), word.as_bytes()).is_some())
}

/// The module calls of a document whose source is relevant. Most others are not even parsed.
pub fn module_calls<'d>(
    document: &'d Document,
    upgrade: &Upgrade,
) -> impl Iterator<Item = ModuleCall<'d>> {
    let tops = document.top_blocks("module");
    let tops = tops.filter(move |top| is_relevant(&document.text()[top.span()], upgrade));
    tops.filter_map(|top| {
        let block = top.parse().ok()?;
        let source = block.attribute("source")?;
        Some(ModuleCall { block, source })
    })
}

/// The modules that a document calls and of which no table knows with which AWS provider they work:
/// those from git, HTTP and S3, those outside of the repository, and registry modules for AWS without
/// rows that the configuration does not name either.
pub fn unknown_modules<'d>(
    document: &'d Document,
    upgrade: &'d Upgrade,
) -> impl Iterator<Item = ModuleCall<'d>> + use<'d> {
    let tops = document.top_blocks("module");
    tops.filter_map(move |top| {
        let block = top.parse().ok()?;
        let source = block.attribute("source")?;
        let call = ModuleCall { block, source };
        let is_unknown = match call.address() {
            ModuleAddress::Local(_) => false,
            ModuleAddress::Registry { module, .. } => {
                // Terraform's page "Publish public modules": the last part names the main provider.
                let is_of_aws = module.ends_with("/aws");
                is_of_aws && !is_known(&module) && !upgrade.modules.contains_key(&module)
            }
            ModuleAddress::Other => true,
        };
        is_unknown.then_some(call)
    })
}
