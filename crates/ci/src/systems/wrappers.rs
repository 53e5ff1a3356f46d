//! Makefiles, scripts and files of tasks, as runners of their own: they run with the credentials of who
//! calls them, unless they pin others.

use std::cell::OnceCell;
use std::path::Path;

use syntax::location::Location;
use syntax::text::Lines;
use syntax::yaml::{Node, Yaml};

use super::evidence::{RunnerEvidence, reading, reading_of_script};
use super::loaded_files::{exports_all, loaded};
use super::pinned::{PinnedIdentity, pins};
use super::shared_environment::{Recipe, loops, recipes};
use super::{
    compose, development_environments, environment_files, hooks, run_configurations, taken_in,
};
use crate::scripts::reader::is_taking_in;
use crate::scripts::tree::TreeScripts;

/// Reads a wrapper.
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if development_environments::is_one(path) {
        return development_environments::read(path, text);
    }
    if environment_files::is_direnv(&name) {
        return environment_files::read(path, text);
    }
    if environment_files::is_terramate(&name) {
        return environment_files::terramate(path, text);
    }
    if compose::is_compose(&name) {
        return compose::read(path, text);
    }
    if hooks::is_hooks(&name) {
        return hooks::read(path, text);
    }
    if run_configurations::is_one(path) {
        return run_configurations::read(path, text);
    }
    // Make, Task and just run in the directory of their file, a script in that of who calls it.
    let is_placed = !is_script(path) && !text.contains("dir:") && !text.contains("dir =");
    read_in(path, text, path.parent().filter(|_| is_placed))
}

/// Reads a Makefile, a script or a file of tasks whose commands run in a directory; in one that is not known where
/// there is none.
pub(super) fn read_in(path: &Path, text: &str, working: Option<&Path>) -> RunnerEvidence {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_make = name.contains("akefile") || name.ends_with(".mk");
    let is_script = is_script(path);
    let system = match (is_make, is_script) {
        (true, _) => "the Makefile",
        (_, true) => "the script",
        _ => "the task file",
    };
    let mut evidence = RunnerEvidence::new(system, path, text);
    evidence.is_wrapper = true;
    // The commands of a Taskfile are items of a list. The same number of bytes keeps offsets.
    let script = match is_make || is_script {
        true => text.to_owned(),
        false => {
            let text = text.replace("- cmd: ", "       ").replace("- ", "  ");
            let text = text.replace("cmds: [", "       ");
            match name.ends_with(".toml") {
                true => values_alone(&text),
                false => text,
            }
        }
    };
    if PACKAGES.contains(&&*name) {
        return package(evidence, text, working);
    }
    let lines = OnceCell::new();
    let at = |offset| {
        let lines = lines.get_or_init(|| Lines::of(text));
        Location::among(lines, path, text, offset)
    };
    match is_script {
        true => {
            let from_root = reading_of_script(path, &script, &TreeScripts::default());
            let takes_in = from_root.calls.iter().any(|call| {
                let first = call.words.first().map_or("", String::as_str);
                is_taking_in(first)
            });
            evidence.script = takes_in.then(|| script.clone());
            evidence.add(from_root, at);
            evidence.is_called_anywhere = true;
        }
        // Each line of a recipe runs in a shell of its own.
        false => {
            for (offset, line) in logical_lines(&script) {
                let code = line.trim_start().trim_start_matches(['@', '-', '+']);
                let code = code.replace("$(MAKE)", "make").replace("${MAKE}", "make");
                let code = code.replace("$(", "${").replace(')', "}");
                let code = code.trim_end_matches(['"', ',', ']', '}', ' ']);
                evidence.add(reading(code, working), |_| at(offset));
            }
        }
    }
    let commands = evidence.lines();
    match environment_files::is_mise(path) {
        true => environment_files::activate(&mut evidence, text, &commands, at),
        false if name.contains("ustfile") || name.ends_with(".just") => {
            evidence.pins = pins(&exported_parameters(text), &commands, at);
        }
        false => evidence.pins = pins(text, &commands, at),
    }
    evidence.included_directories = taken_in::directories(path, text);
    let has_own = !evidence.included_directories.is_empty();
    if has_own || evidence.pins.iter().any(PinnedIdentity::is_of_file) {
        let taken_in = taken_in::files(path, text).into_iter();
        evidence.included = taken_in.map(|it| it.display().to_string()).collect();
    }
    if !evidence.runs.is_empty() || !evidence.calls.is_empty() {
        evidence.loops = loops(text);
        evidence.recipes = match is_script {
            true => vec![Recipe::of_script()],
            false => recipes(path, text),
        };
    }
    if !evidence.runs.is_empty() || evidence.covers.is_some() {
        evidence.exports_all = exports_all(path, text);
        evidence.environment_file = text.find("--env-file").map(at);
        let loaded = loaded(path, text).into_iter();
        let loaded = loaded.map(|it| it.display().to_string());
        evidence.included.extend(loaded);
    }
    evidence
}

/// The lines of a file in TOML without the names of what is a text: `cmd = "terraform apply"`. Byte offsets stay.
fn values_alone(text: &str) -> String {
    let alone = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let is_name = |it: char| it.is_ascii_alphanumeric() || "._- \"".contains(it);
        let behind = value.trim_start().strip_prefix(['"', '\''])?;
        let start = line.len() - behind.len();
        key.chars().all(is_name).then(|| " ".repeat(start) + behind)
    };
    let lines = text.split_inclusive('\n');
    lines
        .map(|line| alone(line).unwrap_or_else(|| line.to_owned()))
        .collect()
}

/// A justfile whose parameters that are exported stand as assignments: `apply $AWS_PROFILE="live":` ("Recipe
/// Parameters", Just Programmer's Manual). Byte offsets stay.
fn exported_parameters(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let is_head = !line.starts_with([' ', '\t', '#']) && line.contains(" $AWS_");
        match is_head {
            true => line
                .replace(" $AWS_", "  AWS_")
                .replace("\":", "\" ")
                .replace("':", "' "),
            false => line.to_owned(),
        }
    });
    lines.collect()
}

/// Files in JSON whose `scripts` or `tasks` are commands: of npm, Composer ("Scripts") and Deno ("deno task").
const PACKAGES: [&str; 4] = ["composer.json", "deno.json", "deno.jsonc", "package.json"];

/// Reads a file of a package.
fn package(mut evidence: RunnerEvidence, text: &str, working: Option<&Path>) -> RunnerEvidence {
    let path = evidence.path.clone();
    let at = |offset| Location::at(&path, text, offset);
    // JSON is YAML.
    let package = Yaml::parse(text).ok();
    let root = package.as_ref().map(Yaml::root);
    let scripts = root.and_then(|it| it.get("scripts").or_else(|| it.get("tasks")));
    for script in scripts.into_iter().flat_map(Node::entries) {
        let lines = script
            .value
            .items()
            .iter()
            .filter_map(|it| it.value.as_str());
        let lines: Vec<&str> = script.value.as_str().into_iter().chain(lines).collect();
        let code = &lines.join("\n");
        let start = script.value.span.start;
        evidence.add(reading(code, working), |_| at(start));
        let line = at(start).line;
        let recipe = Recipe::of_line(&script.name, line, code);
        evidence.recipes.push(recipe);
    }
    // Scripts of one line are not told apart.
    let lines: Vec<usize> = evidence
        .recipes
        .iter()
        .map(|it| *it.lines.start())
        .collect();
    let is_alone = |line: &usize| lines.iter().filter(|it| *it == line).count() == 1;
    evidence.recipes.retain(|it| is_alone(it.lines.start()));
    evidence.pins = pins(text, &evidence.lines(), at);
    evidence
}

/// Whether the file at `path` is a script, which runs in the directory of who calls it.
pub(super) fn is_script(path: &Path) -> bool {
    let ending = path.extension().map(|it| it.to_string_lossy());
    ending.is_some_and(|it| it.ends_with("sh") || ["bat", "cmd", "ps1"].contains(&&*it))
        || path.extension().is_none() && !is_tasks(path)
}

/// Whether the file at `path` holds recipes of Make or just.
fn is_tasks(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.contains("akefile") || name.contains("ustfile")
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
