//! The stacks and workspaces of other systems that configuration defines.

use std::path::{Path, PathBuf};

use ci::systems::{HCP, SystemRunner};
use syntax::hcl::Document;

/// Words one of which is in every file that defines one.
pub(super) const WORDS: [&[u8]; 2] = [b"spacelift_stack", b"tfe_workspace"];

/// The runners that a document defines for a directory that it names.
pub(super) fn runners(document: &Document) -> Vec<SystemRunner> {
    let resources = document.blocks("resource");
    let found = resources.filter_map(|block| {
        let (system, setting) = match block.label(0)? {
            "spacelift_stack" => ("Spacelift", "project_root"),
            // Without a repository, people run it from the directory of its `cloud` block.
            "tfe_workspace" if block.blocks("vcs_repo").next().is_some() => {
                (HCP, "working_directory")
            }
            _ => return None,
        };
        let directory = block.attribute(setting)?.value;
        let path: PathBuf = Path::new(directory.literal()?.trim_start_matches(['.', '/']))
            .components()
            .collect();
        Some(SystemRunner::of_stack(system, directory.location(), path))
    });
    found.collect()
}
