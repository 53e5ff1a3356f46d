//! Files that set the environment of whoever is in their directory or below it: direnv's `.envrc`
//! and mise's `[env]`.

use std::path::Path;

use syntax::location::Location;

use super::evidence::RunnerEvidence;
use super::loaded_files::loaded;
use super::pinned::pins;

/// Whether the file at `path` sets the environment of its directory.
pub(super) fn sets_environment(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == ".envrc")
}

/// Reads the file of direnv: what it pins counts for every root module below it (direnv docs, "direnv
/// looks for `.envrc` in the current and parent directories").
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    let mut evidence = RunnerEvidence::new("direnv", path, text);
    evidence.is_wrapper = true;
    evidence.covers = path.parent().map(Path::to_path_buf);
    evidence.exports_all = true;
    let at = |offset| Location::at(path, text, offset);
    // A file of profiles names those that laptops have; which is taken AWS_PROFILE says.
    let code = blanked(text, |line| line.contains("AWS_CONFIG_FILE="));
    evidence.pins = pins(&code, &[], at);
    let loaded = loaded(path, text).into_iter();
    evidence.included = loaded.map(|it| it.display().to_string()).collect();
    evidence
}

/// What a file tells that a wrapper loads.
pub(super) fn loaded_by(loading: &RunnerEvidence, path: &Path, text: &str) -> RunnerEvidence {
    let mut evidence = RunnerEvidence::new(loading.system, path, text);
    evidence.is_wrapper = true;
    evidence.covers.clone_from(&loading.covers);
    evidence.runs.clone_from(&loading.runs);
    evidence.is_called_anywhere = loading.is_called_anywhere;
    let at = |offset| Location::at(path, text, offset);
    let is_dropped = |line: &str| !loading.exports_all && !line.contains("export ");
    evidence.pins = pins(&blanked(text, is_dropped), &[], at);
    evidence
}

/// A text without some of its lines; all others stay where they are.
fn blanked(text: &str, is_dropped: impl Fn(&str) -> bool) -> String {
    let lines = text
        .split_inclusive('\n')
        .map(|line| match is_dropped(line) {
            true => line
                .bytes()
                .map(|it| if it == b'\n' { '\n' } else { ' ' })
                .collect(),
            false => line.to_owned(),
        });
    lines.collect()
}
