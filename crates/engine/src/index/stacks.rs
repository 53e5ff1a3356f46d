//! The stacks and workspaces of other systems that configuration defines.

use std::path::{Path, PathBuf};

use ci::systems::{HCP, SystemRunner, holds_command};
use syntax::hcl::{Block, Document};

/// Words one of which is in every file that defines one.
pub(super) const WORDS: [&[u8]; 7] = [
    b"aws_codebuild_project",
    b"aws_ecs_task_definition",
    b"aws_ssm_document",
    b"env0_template",
    b"scalr_workspace",
    b"spacelift_stack",
    b"tfe_workspace",
];

/// The runners that a document defines for a directory that it names.
pub(super) fn runners(document: &Document) -> Vec<SystemRunner> {
    let resources = document.blocks("resource");
    let found = resources.filter_map(|block| {
        let (system, setting) = match block.label(0)? {
            "aws_codebuild_project" => return inline_specification(&block),
            "aws_ecs_task_definition" => return running(&block, "container_definitions", "ECS"),
            "aws_ssm_document" => return running(&block, "content", "SSM"),
            "env0_template" => ("env0", "path"),
            "scalr_workspace" if block.blocks("vcs_repo").next().is_some() => {
                ("Scalr", "working_directory")
            }
            "spacelift_stack" => ("Spacelift", "project_root"),
            // Without a repository, people run it from the directory of its `cloud` block.
            "tfe_workspace" if block.blocks("vcs_repo").next().is_some() => {
                (HCP, "working_directory")
            }
            _ => return None,
        };
        let directory = block.attribute(setting)?.value;
        let path = |text: &str| -> PathBuf {
            let path = Path::new(text.trim_start_matches(['.', '/']));
            path.components().collect()
        };
        let at = directory.location();
        Some(match directory.literal() {
            Some(whole) => SystemRunner::of_stack(system, at, path(whole)),
            // `"envs/${each.key}"`: any below.
            None => SystemRunner::of_stacks_below(system, at, path(known_start(directory.text()))),
        })
    });
    found.collect()
}

/// The directories that a template begins with; nothing for another expression.
fn known_start(expression: &str) -> &str {
    let text = expression.trim().strip_prefix('"').unwrap_or_default();
    let start = text.split("${").next().unwrap_or_default();
    start.rsplit_once('/').map_or("", |(start, _)| start)
}

/// CodeBuild, where the specification of a project stands beside it and names Terraform: the project may
/// build any repository, this one included.
fn inline_specification(project: &Block<'_>) -> Option<SystemRunner> {
    let source = project.blocks("source").next()?;
    let specification = source.attribute("buildspec")?.value;
    let names = specification.text().contains("terraform");
    let is_inline = specification.text().contains("phases");
    (names && is_inline)
        .then(|| SystemRunner::of_project("AWS CodeBuild", specification.location()))
}

/// A service that runs the commands which a setting holds, where one of them is Terraform's.
fn running(resource: &Block<'_>, setting: &str, system: &'static str) -> Option<SystemRunner> {
    let commands = resource.attribute(setting)?.value;
    holds_command(commands.text()).then(|| SystemRunner::of_project(system, commands.location()))
}
