//! The commands of the provider `scottwinkler/shell`, which are those of its resources.

use syntax::hcl::Document;

use super::{LocalCommand, ModulePaths, environment, labels};

impl LocalCommand {
    /// The commands of the resources and data sources `shell_script` of a document.
    pub(super) fn of_shell_scripts(document: &Document, paths: &ModulePaths) -> Vec<Self> {
        let kinds = ["resource", "data"].into_iter();
        let blocks = kinds.flat_map(|kind| document.blocks(kind).map(move |it| (kind, it)));
        let blocks = blocks.filter(|(_, block)| block.label(0) == Some("shell_script"));
        let commands = blocks.map(|(kind, block)| {
            let lifecycle = block.blocks("lifecycle_commands");
            let scripts = lifecycle.flat_map(|it| it.body().attributes());
            let scripts: Option<Vec<String>> = scripts.map(|it| paths.text(&it.value)).collect();
            let prefix = if kind == "data" { "data." } else { "" };
            Self {
                at: block.location(),
                of: format!("{prefix}{}", labels(&block)),
                script: scripts.map(|it| it.join("\n")),
                environment: environment(block.attribute("environment").map(|it| it.value), paths),
                directory: block
                    .attribute("working_directory")
                    .and_then(|it| paths.text(&it.value)),
                signs_token: false,
                is_output_used: true,
            }
        });
        commands.collect()
    }
}
