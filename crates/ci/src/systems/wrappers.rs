//! Makefiles, scripts and files of tasks: they run with the credentials of who calls them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use syntax::location::Location;

use super::commands;
use super::evidence::RunnerEvidence;
use super::pinned::pins;

/// The targets of a Makefile.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets {
    /// Whether it is one.
    pub is_makefile: bool,
    /// In the order written; lines are counted from 1.
    targets: Vec<Target>,
}

/// A target: its name, the lines of its recipe, and what it depends on.
type Target = (String, Range<usize>, Vec<String>);

/// The lines that a call of `make` runs.
pub(super) struct Reached {
    /// Every line, where a target is not found by its name.
    is_all: bool,
    lines: Vec<Range<usize>>,
}

impl Reached {
    /// Whether it runs that line.
    pub fn covers(&self, line: usize) -> bool {
        self.is_all || self.lines.iter().any(|lines| lines.contains(&line))
    }
}

impl Targets {
    fn of(text: &str) -> Self {
        let mut targets: Vec<Target> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let number = number + 1;
            let is_recipe = line.starts_with(['\t', ' ', '#', '.']) || line.trim().is_empty();
            if let Some((names, rest)) = line.split_once(':').filter(|_| !is_recipe)
                && !rest.starts_with('=')
                && !names.contains('=')
            {
                let rest = rest.trim_start_matches(':');
                let needed = rest.split_whitespace().map(str::to_owned);
                let needed: Vec<String> = needed.collect();
                for name in names.split_whitespace() {
                    targets.push((name.to_owned(), number..number + 1, needed.clone()));
                }
            } else if let Some(last) = targets.last().map(|(_, lines, _)| lines.start) {
                for (_, lines, _) in targets.iter_mut().rev() {
                    if lines.start != last {
                        break;
                    }
                    lines.end = number + 1;
                }
            }
        }
        Self {
            is_makefile: true,
            targets,
        }
    }

    /// What `make` runs with these arguments; without a target, the first.
    pub fn reached(&self, arguments: &[String]) -> Reached {
        let is_target = |word: &&String| !word.starts_with('-') && !word.contains('=');
        let mut open: Vec<&str> = arguments
            .iter()
            .filter(is_target)
            .map(String::as_str)
            .collect();
        // The words behind `-C` and `-f` are no targets, and make them those of another file.
        let is_elsewhere = arguments.iter().any(|word| word == "-C" || word == "-f");
        if open.is_empty() {
            open.extend(self.targets.first().map(|(name, ..)| name.as_str()));
        }
        let by_name: BTreeMap<&str, Vec<&Target>> =
            self.targets
                .iter()
                .fold(BTreeMap::new(), |mut all, target| {
                    let known: &mut Vec<_> = all.entry(target.0.as_str()).or_default();
                    known.push(target);
                    all
                });
        let mut reached = Reached {
            is_all: is_elsewhere,
            lines: Vec::new(),
        };
        let patterns = ['%', '$'];
        let has_patterns = self
            .targets
            .iter()
            .any(|(name, ..)| name.contains(patterns));
        let mut known = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !known.insert(name) {
                continue;
            }
            match by_name.get(name) {
                Some(targets) => {
                    for (_, lines, needed) in targets {
                        reached.lines.push(lines.clone());
                        open.extend(needed.iter().map(String::as_str));
                    }
                }
                // `make $TARGET`, and rules for patterns.
                None => reached.is_all |= name.contains('$') || has_patterns,
            }
        }
        reached
    }
}

/// Reads a wrapper.
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
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
    let is_placed = !is_script && !text.contains("dir:");
    let working = path.parent().filter(|_| is_placed);
    // The commands of a Taskfile are items of a list. The same number of bytes keeps offsets.
    let script = match is_make || is_script {
        true => text.to_owned(),
        false => text.replace("- cmd: ", "       ").replace("- ", "  "),
    };
    let at = |offset| Location::at(path, text, offset);
    evidence.add(commands::read(&script, working, !is_script), at);
    evidence.pins = pins(text, &evidence.runs, at);
    if is_make {
        evidence.targets = Targets::of(text);
    }
    evidence
}
