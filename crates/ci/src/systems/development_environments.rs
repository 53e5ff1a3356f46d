//! Files that set the environment of whoever works in a repository: development containers, Nix shells, Devbox, the
//! terminals of an editor.

use std::collections::BTreeSet;
use std::path::Path;

use syntax::location::Location;

use super::evidence::RunnerEvidence;
use super::pinned::pins;

/// Their names, what they are, and how many directories above theirs the one is that they are for. Sources: "Dev
/// Container metadata reference", `devbox.json` ("Configuration"), `nix-shell(1)`, devenv ("Basics"), "Terminal Profiles"
/// of VS Code.
const FILES: [(&str, &str, usize); 7] = [
    (
        ".devcontainer/devcontainer.json",
        "the development container",
        1,
    ),
    (".devcontainer.json", "the development container", 0),
    (".vscode/settings.json", "the editor's terminal", 1),
    ("devbox.json", "Devbox", 0),
    ("devenv.nix", "devenv", 0),
    ("flake.nix", "the Nix shell", 0),
    ("shell.nix", "the Nix shell", 0),
];

fn known(path: &Path) -> Option<(&'static str, usize)> {
    let found = FILES.iter().find(|(name, ..)| path.ends_with(name))?;
    Some((found.1, found.2))
}

/// Whether the file at `path` is one.
pub(super) fn is_one(path: &Path) -> bool {
    known(path).is_some()
}

/// Reads one: what it pins counts for every root module of its directory.
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    let (system, up) = known(path).unwrap_or_default();
    let mut evidence = RunnerEvidence::new(system, path, text);
    evidence.is_wrapper = true;
    evidence.covers = path.ancestors().nth(up + 1).map(Path::to_path_buf);
    let at = |offset| Location::at(path, text, offset);
    evidence.pins = pins(text, &BTreeSet::new(), at);
    evidence
}
