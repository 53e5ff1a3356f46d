//! Files of tasks that other files of tasks take in: their tasks have the environment of these.

use std::path::{Path, PathBuf};

use syntax::yaml::{Node, Yaml};

use super::environment_files;
use super::evidence::{RunnerEvidence, directory};
use super::wrappers;

/// Whether the file at `path` may be a file of tasks, and not one of variables.
pub(super) fn is_tasks(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = path.extension().and_then(|it| it.to_str());
    let is_named = name.contains("akefile") || name.contains("ustfile");
    is_named || ending.is_some_and(|it| ["just", "mk", "yaml", "yml"].contains(&it))
}

/// The files that a file of tasks takes in, from the root, whether they exist or not.
pub(super) fn files(path: &Path, text: &str) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let named = match name.starts_with("Taskfile") {
        true => of_taskfile(text),
        false if name.contains("ustfile") || name.ends_with(".just") => of_justfile(text),
        false if name.contains("akefile") || name.ends_with(".mk") => of_makefile(text),
        false => Vec::new(),
    };
    let own = path.parent();
    let found = named.iter().filter_map(|it| directory(own, Some(it)));
    found.collect()
}

/// The files that a Taskfile takes in, with the directories that their tasks run in: `dir:`, or that of the Taskfile
/// ("Directory of included Taskfile", taskfile.dev). `None` where only the run determines it.
pub(super) fn directories(path: &Path, text: &str) -> Vec<(PathBuf, Option<PathBuf>)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !name.starts_with("Taskfile") || !text.contains("includes:") {
        return Vec::new();
    }
    let own = path.parent();
    let yaml = Yaml::parse(text).ok();
    let included = yaml.as_ref().and_then(|it| it.root().get("includes"));
    let included = included.into_iter().flat_map(Node::entries);
    let each = included.flat_map(|it| {
        let file = it.value.get("taskfile").unwrap_or(&it.value);
        let dir = it.value.get("dir").and_then(Node::as_str);
        let working = match dir {
            Some(dir) => directory(own, Some(dir)),
            None => own.map(Path::to_path_buf),
        };
        let files = file.as_str().map(taskfiles).unwrap_or_default();
        files.into_iter().map(move |file| (file, working.clone()))
    });
    each.filter_map(|(file, working)| Some((directory(own, Some(&file))?, working)))
        .collect()
}

/// `includes` of a Taskfile ("Including other Taskfiles", taskfile.dev): a file, or the directory of one.
fn of_taskfile(text: &str) -> Vec<String> {
    let yaml = Yaml::parse(text).ok();
    let included = yaml.as_ref().and_then(|it| it.root().get("includes"));
    let included = included.into_iter().flat_map(Node::entries);
    let named = included.filter_map(|it| {
        let file = it.value.get("taskfile").unwrap_or(&it.value);
        file.as_str()
    });
    named.flat_map(taskfiles).collect()
}

/// The files that the name of a Taskfile, or of the directory of one, may lead to.
fn taskfiles(named: &str) -> Vec<String> {
    match Path::new(named).extension() {
        Some(_) => vec![named.to_owned()],
        None => ["yml", "yaml"]
            .map(|it| format!("{named}/Taskfile.{it}"))
            .into(),
    }
}

/// `import` and `mod` of a justfile ("Imports" and "Modules", Just Programmer's Manual).
fn of_justfile(text: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let quoted = words.last().map(|it| it.trim_matches(['"', '\'']));
        match (words.as_slice(), quoted) {
            (["import" | "import?", _] | ["mod" | "mod?", _, _], Some(file)) => {
                files.push(file.to_owned());
            }
            (["mod" | "mod?", name], _) => {
                files.extend([format!("{name}.just"), format!("{name}/mod.just")]);
                files.push(format!("{name}/justfile"));
            }
            _ => {}
        }
    }
    files
}

/// `include` of a Makefile.
fn of_makefile(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim_start_matches(['-', 's']));
    let included = lines.filter_map(|line| line.strip_prefix("include "));
    let named = included.flat_map(str::split_whitespace);
    named
        .filter(|it| is_tasks(Path::new(it)))
        .map(str::to_owned)
        .collect()
}

/// What a file of tasks tells that another one takes in: its tasks run in the directory of either, and with what
/// the other one pins for all of its own.
pub(super) fn read(taking: &RunnerEvidence, path: &Path, text: &str) -> RunnerEvidence {
    let directories = &taking.included_directories;
    let mut placed = directories.iter().filter(|(file, _)| file == path);
    let mut evidence = match placed.next() {
        Some((_, working)) => {
            let working = working.as_deref().filter(|_| !text.contains("dir:"));
            let mut evidence = wrappers::read_in(path, text, working);
            for (_, working) in placed {
                let again = wrappers::read_in(path, text, working.as_deref());
                evidence.runs.extend(again.runs);
            }
            evidence
        }
        None => {
            let mut evidence = wrappers::read(path, text);
            let elsewhere = wrappers::read_in(path, text, taking.path().parent());
            evidence.runs.extend(elsewhere.runs);
            evidence
        }
    };
    let ending = path.extension().and_then(|it| it.to_str());
    if !ending.is_some_and(|it| it == "yml" || it == "yaml") {
        // What Make and just take in is one with their own.
        let loaded = environment_files::loaded_by(taking, path, text);
        evidence.runs.extend(loaded.runs);
    }
    let pins = taking.pins.iter().filter(|it| it.is_of_file());
    evidence.pins.extend(pins.cloned());
    // Files that take each other in would never end.
    evidence.included.clear();
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_of_tasks_takes_in_is_known() {
        for (path, text, expected) in [
            (
                "Taskfile.yml",
                "includes:\n  a: ./tasks/a.yml\n",
                vec!["tasks/a.yml"],
            ),
            (
                "Taskfile.yaml",
                "includes:\n  a: {taskfile: ./dev, dir: ./dev}\n",
                vec!["dev/Taskfile.yml", "dev/Taskfile.yaml"],
            ),
            (
                "ops/justfile",
                "import 'a.just'\nimport? \"../b.just\"\n",
                vec!["ops/a.just", "b.just"],
            ),
            (
                "justfile",
                "mod tf\nmod x 'y.just'\n",
                vec!["tf.just", "tf/mod.just", "tf/justfile", "y.just"],
            ),
            ("Makefile", "-include tf.mk .env\n", vec!["tf.mk"]),
            ("Makefile", "include $(wildcard *.mk)\n", vec![]),
            ("deploy.sh", "import a.just\n", vec![]),
        ] {
            let expected: Vec<PathBuf> = expected.into_iter().map(PathBuf::from).collect();
            assert_eq!(files(Path::new(path), text), expected, "{path} {text}");
        }
    }
}
