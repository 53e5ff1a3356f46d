//! Files that set the environment of whoever is in their directory or below it: direnv's `.envrc`,
//! mise's `[env]`, and the `env` that Terramate runs commands with.

use std::collections::BTreeSet;
use std::path::Path;

use syntax::location::Location;

use super::evidence::RunnerEvidence;
use super::loaded_files::loaded;
use super::pinned::pins;
use super::profile_files;

/// Whether the file at `path` sets the environment of its directory.
pub(super) fn sets_environment(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    is_mise(path) || name.is_some_and(|name| is_direnv(name) || is_terramate(name))
}

pub(super) fn is_direnv(name: &str) -> bool {
    name == ".envrc"
}

/// Whether the file at `path` is one of mise, but for those of one machine.
pub(super) fn is_mise(path: &Path) -> bool {
    mise_directory(path).is_some()
}

/// The directory that a file of mise is for ("Configuration", its documentation).
fn mise_directory(path: &Path) -> Option<&Path> {
    let name = path.file_name()?.to_str()?;
    let own = name.trim_start_matches('.');
    let is_toml = Path::new(own).extension().is_some_and(|it| it == "toml");
    let folders = [".config/mise", ".mise", "mise", ".config"];
    let folder = folders
        .iter()
        .find(|it| path.parent().is_some_and(|own| own.ends_with(it)));
    let is_own = own.starts_with("mise.") && !own.contains("local");
    let is_config = name == "config.toml" && folder.is_some_and(|it| it.ends_with("mise"));
    let depth = folder.map_or(0, |it| Path::new(it).components().count());
    let found = path.ancestors().nth(1 + depth);
    found.filter(|_| is_toml && (is_own || is_config))
}

/// Whether a file of that name is one of Terramate ("Configuration Overview", its documentation).
pub(super) fn is_terramate(name: &str) -> bool {
    let ending = Path::new(name).extension();
    name.ends_with(".tm.hcl") || ending.is_some_and(|it| it == "tm")
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
    evidence.pins = pins(&code, &BTreeSet::new(), at);
    let loaded = loaded(path, text).into_iter();
    let loaded = loaded.chain(profile_files::named(path, text));
    evidence.included = loaded.map(|it| it.display().to_string()).collect();
    evidence
}

/// Adds what a file of mise pins: for its tasks, and in `[env]` for every root module below it ("Environments", its
/// documentation).
pub(super) fn activate(
    evidence: &mut RunnerEvidence,
    text: &str,
    commands: &BTreeSet<usize>,
    at: impl Fn(usize) -> Location,
) {
    let outside = blanked(text, in_environment());
    let mut is_inside = in_environment();
    let inside = blanked(text, |line| !is_inside(line));
    evidence.pins = pins(&inside, &BTreeSet::new(), &at);
    let is_loading = inside.contains("_.file") || inside.contains("_.source");
    let profiles = profile_files::named(evidence.path(), &inside).into_iter();
    let profiles: Vec<String> = profiles.map(|it| it.display().to_string()).collect();
    if !evidence.pins.is_empty() || is_loading || !profiles.is_empty() {
        evidence.covers = mise_directory(evidence.path()).map(Path::to_path_buf);
    }
    evidence.included.extend(profiles);
    evidence.pins.extend(pins(&outside, commands, at));
}

/// Whether each next line of a file of mise is in `[env]`.
fn in_environment() -> impl FnMut(&str) -> bool {
    let mut is_environment = false;
    move |line| {
        let line = line.trim();
        if line.starts_with('[') {
            is_environment = line == "[env]" || line == "[[env]]";
        }
        is_environment
    }
}

/// Reads a file of Terramate: what an `env` block pins counts for the stacks below it ("Run Commands in Stacks").
pub(super) fn terramate(path: &Path, text: &str) -> RunnerEvidence {
    let mut evidence = RunnerEvidence::new("Terramate", path, text);
    evidence.is_wrapper = true;
    let mut is_environment = false;
    let code = blanked(text, |line| {
        let code = line.trim();
        is_environment |= code.starts_with("env {") || code.starts_with("env{");
        let is_outside = !is_environment;
        is_environment &= !code.ends_with('}');
        is_outside
    });
    evidence.pins = pins(&code, &BTreeSet::new(), |offset| {
        Location::at(path, text, offset)
    });
    evidence.covers = path.parent().map(Path::to_path_buf);
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
    evidence.pins = pins(&blanked(text, is_dropped), &BTreeSet::new(), at);
    evidence
}

/// A text without some of its lines; all others stay where they are.
fn blanked(text: &str, mut is_dropped: impl FnMut(&str) -> bool) -> String {
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
