//! Files by which editors and runners of tasks start programs, in forms that are not read command by command: what they
//! pin counts, for any root module.

use std::path::Path;

use super::evidence::RunnerEvidence;
use super::programs::pinning;

/// Names of files, by their ends, and what they are. Sources: "Tasks", "Debugging" and "Workspaces" of VS Code,
/// "Run/debug configurations" of `IntelliJ`, "Project Configuration" of Nx, `moon.yml`, Pipenv ("Custom Script
/// Shortcuts"), Poe ("Configuration"), cargo-make.
const FILES: [(&str, &str); 10] = [
    (".vscode/tasks.json", "the editor's task"),
    (".vscode/launch.json", "the launch configuration"),
    ("Makefile.toml", "the task file"),
    ("Pipfile", "the task file"),
    ("moon.yml", "the task file"),
    ("moon.yaml", "the task file"),
    ("nx.json", "the task file"),
    ("poe_tasks.toml", "the task file"),
    ("project.json", "the task file"),
    ("turbo.json", "the task file"),
];

fn kind(path: &Path) -> Option<&'static str> {
    let mut files = FILES.iter();
    if let Some((_, kind)) = files.find(|(end, _)| path.ends_with(end)) {
        return Some(kind);
    }
    let name = path.file_name()?.to_str()?;
    let is_stored = path
        .parent()
        .is_some_and(|it| it.ends_with("runConfigurations"));
    let is_xml = path.extension().is_some_and(|it| it == "xml");
    let is_configuration = name.ends_with(".run.xml") || is_stored && is_xml;
    match is_configuration {
        true => Some("the run configuration"),
        false => name
            .ends_with(".code-workspace")
            .then_some("the editor's workspace"),
    }
}

/// Whether the file at `path` is one.
pub(super) fn is_one(path: &Path) -> bool {
    kind(path).is_some()
}

/// Reads one.
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    // `<env name="AWS_PROFILE" value="live" />`; the same number of bytes keeps offsets.
    let code = text.replace("\" value=\"", "\"=      \"");
    let evidence = RunnerEvidence::new(kind(path).unwrap_or_default(), path, text);
    pinning(evidence, &code)
}
