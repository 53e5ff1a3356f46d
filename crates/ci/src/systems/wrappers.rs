//! Makefiles, scripts and files of tasks, as runners of their own: they run with the credentials of who
//! calls them, unless they pin others.

use std::cell::OnceCell;
use std::path::Path;

use syntax::location::Location;
use syntax::text::Lines;

use super::evidence::{RunnerEvidence, reading};
use super::loaded_files::{exports_all, loaded};
use super::pinned::pins;
use super::{compose, environment_files};

/// Reads a wrapper.
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if environment_files::sets_environment(path) {
        return environment_files::read(path, text);
    }
    if compose::is_compose(&name) {
        return compose::read(path, text);
    }
    let is_make = name.contains("akefile") || name.ends_with(".mk");
    let is_script = name.ends_with("sh");
    let system = match (is_make, is_script) {
        (true, _) => "the Makefile",
        (_, true) => "the script",
        _ => "the task file",
    };
    let mut evidence = RunnerEvidence::new(system, path, text);
    evidence.is_wrapper = true;
    // Make, Task and just run in the directory of their file, a script in that of who calls it.
    let is_placed = !is_script && !text.contains("dir:") && !text.contains("dir =");
    let working = path.parent().filter(|_| is_placed);
    // The commands of a Taskfile are items of a list. The same number of bytes keeps offsets.
    let script = match is_make || is_script {
        true => text.to_owned(),
        false => {
            let text = text.replace("- cmd: ", "       ").replace("- ", "  ");
            text.replace("cmds: [", "       ")
                .replace("run = \"", "       ")
        }
    };
    let lines = OnceCell::new();
    let at = |offset| {
        let lines = lines.get_or_init(|| Lines::of(text));
        Location::among(lines, path, text, offset)
    };
    match is_script {
        true => evidence.add(reading(&script, working), at),
        // Each line of a recipe runs in a shell of its own.
        false => {
            for (offset, line) in logical_lines(&script) {
                let code = line.trim_start().trim_start_matches(['@', '-', '+']);
                let code = code.replace("$(", "${").replace(')', "}");
                // `"apply": "cd live && terraform apply"` of npm.
                let code = match name == "package.json" {
                    true => code
                        .rsplit_once("\": \"")
                        .map_or("", |(_, it)| it)
                        .to_owned(),
                    false => code,
                };
                let code = code.trim_end_matches(['"', ',', ']', '}', ' ']);
                evidence.add(reading(code, working), |_| at(offset));
            }
        }
    }
    evidence.pins = pins(text, &evidence.runs, at);
    if !evidence.runs.is_empty() {
        evidence.exports_all = exports_all(path, text);
        let loaded = loaded(path, text).into_iter();
        evidence.included = loaded.map(|it| it.display().to_string()).collect();
    }
    evidence
}

/// The lines of a file with their byte offsets; continued ones are joined.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut continues = false;
    let mut offset = 0;
    for raw in text.split_inclusive('\n') {
        let line = raw.trim_end();
        let kept = line.strip_suffix('\\');
        let code = kept.unwrap_or(line);
        match lines.last_mut().filter(|_| continues) {
            Some((_, last)) => *last += code,
            None => lines.push((
                offset + (raw.len() - raw.trim_start().len()),
                code.to_owned(),
            )),
        }
        continues = kept.is_some();
        offset += raw.len();
    }
    lines
}
