//! One call of a script, target or task that runs Terraform in several directories: all its commands have the
//! environment of who calls it.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;

use syntax::location::Location;

use super::evidence::{RunnerEvidence, run_in_any, runs_of_script};
use crate::runner::LocatedRun;
use crate::scripts::brought_credentials::{brings_credentials, sets_key, takes_other_credentials};
use crate::scripts::profile;
use crate::scripts::reader::{Called, Execution, ScriptBudget, Tree};
use crate::scripts::tree::TreeScripts;
use crate::terraform_run::{RunEffect, RunsIn, TerraformRun};

/// Commands of one call that pin no identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedEnvironment {
    /// What its file is: `the script`.
    pub system: &'static str,
    /// The first command.
    pub at: Location,
    /// The commands; those of which the directory is not known stand in a loop.
    pub runs: Vec<LocatedRun>,
    /// Whether their directories are the ends of paths.
    pub is_called_anywhere: bool,
}

impl SharedEnvironment {
    /// Whether one of its commands may run in a directory.
    pub fn may_run(&self, run: &TerraformRun, directory: &Path) -> bool {
        match run.directory.as_deref() {
            None => true,
            Some(own) if run.is_tree => directory.starts_with(own),
            Some(own) if self.is_called_anywhere => directory.ends_with(own),
            Some(own) => directory == own || run.named.as_deref() == Some(directory),
        }
    }
}

/// A script, a target of a Makefile or a task: its commands are one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recipe {
    pub name: String,
    /// Its lines, counted from 1.
    pub lines: RangeInclusive<usize>,
    /// The recipes that it runs before its own commands.
    pub before: Vec<String>,
}

/// The calls of wrappers that may run Terraform in several directories with one environment, themselves or by what
/// they call in the tree.
pub fn shared_environments(
    evidence: &[RunnerEvidence],
    tree: &TreeScripts,
) -> Vec<SharedEnvironment> {
    let wrappers = evidence.iter().filter(|it| it.is_wrapper);
    wrappers.flat_map(|it| of_wrapper(it, tree)).collect()
}

/// The commands of what a wrapper calls in the tree, each in the line of its call. A call that brings an identity of
/// its own has none.
pub(super) fn called_runs(evidence: &RunnerEvidence, tree: &TreeScripts) -> Vec<LocatedRun> {
    if let Some(script) = &evidence.script {
        let (runs, execution) = runs_of_script(&evidence.path, script, tree);
        if !has_identity(&execution) {
            return runs;
        }
    }
    let calls = &evidence.calls;
    let is_one = evidence.runs.len() + calls.len() < 2 && evidence.loops.is_empty();
    if !evidence.is_wrapper || is_one {
        return Vec::new();
    }
    let mut runs = Vec::new();
    // One for all: a script that calls the next one forty times, over ten levels, would be followed for minutes.
    let budget = ScriptBudget::default();
    for (at, call) in calls {
        let mut call = call.clone();
        call.context.budget = budget.clone();
        let Called::Read(reading) = tree.follow(&call) else {
            continue;
        };
        let has_identity = has_identity(&reading.execution);
        // A command that is not seen is no sign of several.
        let is_seen = |run: &TerraformRun| run.runs_in != RunsIn::Script || run.directory.is_some();
        let called = reading
            .runs
            .into_iter()
            .filter(is_seen)
            .filter(|_| !has_identity);
        runs.extend(called.map(|run| LocatedRun {
            at: at.clone(),
            run,
            account: None,
        }));
    }
    // What is behind the end of the budget may be in any account.
    if let Some((at, _)) = calls.last().filter(|_| budget.is_spent()) {
        runs.push(run_in_any(at.clone()));
    }
    runs
}

/// Whether one of these commands chooses credentials.
fn has_identity(execution: &Execution) -> bool {
    let mut lines = execution.commands.iter().map(|it| it.words.join(" "));
    lines.any(|line| {
        profile::of(&line).is_some()
            || brings_credentials(&line)
            || takes_other_credentials(&line)
            || line.split_whitespace().any(sets_key)
    })
}

fn of_wrapper(evidence: &RunnerEvidence, tree: &TreeScripts) -> Vec<SharedEnvironment> {
    let called = called_runs(evidence, tree);
    let runs = evidence.runs.iter().chain(&called).filter(|it| {
        // Providers are configured by these alone; a backend has an identity of its own.
        it.run.effect != RunEffect::State && !evidence.pins.iter().any(|pin| pin.covers(it))
    });
    let is_named = |run: &TerraformRun| {
        let directory = run.directory.as_ref();
        directory.is_some_and(|it| !evidence.is_called_anywhere || it.iter().next().is_some())
    };
    let is_several = |run: &LocatedRun| {
        let around = evidence.loops.iter();
        let mut around = around.filter(|it| it.lines.contains(&run.at.line));
        // The rounds of a loop that tries again are all in the directory of the caller.
        let is_looped = |it: &Loop| run.run.directory.is_none() || it.gives_words;
        run.run.is_tree || !is_named(&run.run) && around.any(is_looped)
    };
    // A directory that an argument or the caller chooses is one.
    let runs = runs.filter(|it| is_named(&it.run) || is_several(it));
    let runs: Vec<&LocatedRun> = runs.collect();
    let calls = evidence.recipes.iter().map(|recipe| {
        let lines = lines_of(recipe, &evidence.recipes);
        let own = runs.iter().filter(|run| {
            let mut lines = lines.iter();
            lines.any(|lines| lines.contains(&run.at.line))
        });
        own.copied().collect::<Vec<&LocatedRun>>()
    });
    let several = calls.filter(|runs| {
        let directories: BTreeSet<_> = runs.iter().map(|it| &it.run.directory).collect();
        directories.len() > 1 || runs.iter().any(|run| is_several(run))
    });
    let shared = several.map(|runs| SharedEnvironment {
        system: evidence.system,
        at: runs[0].at.clone(),
        runs: runs.into_iter().cloned().collect(),
        is_called_anywhere: evidence.is_called_anywhere,
    });
    shared.collect()
}

impl Recipe {
    /// A whole file.
    pub(super) fn of_script() -> Self {
        Self {
            name: String::new(),
            lines: 1..=usize::MAX,
            before: Vec::new(),
        }
    }

    /// A line of a file, which calls others by their names.
    pub(super) fn of_line(name: &str, line: usize, text: &str) -> Self {
        let words = text.split_whitespace();
        Self {
            name: name.to_owned(),
            lines: line..=line,
            before: words.map(str::to_owned).collect(),
        }
    }
}

/// Whether a wrapper that names no tool may call others which run one, more than once.
pub fn may_call_several(text: &str) -> bool {
    let calls = [
        ".sh", ".bash", "make ", "$(MAKE)", "task ", "just ", "npm run ",
    ];
    let mut lines = text.lines().filter(|line| {
        let line = line.trim_start();
        let is_call = line.starts_with("./") || calls.iter().any(|it| line.contains(it));
        is_call && !line.starts_with('#')
    });
    let mut taken_in = text.lines().map(str::trim_start);
    let heads = [". ", "source ", "includes:"];
    if taken_in.any(|line| heads.iter().any(|head| line.starts_with(head))) {
        return true;
    }
    let first = lines.next();
    first.is_some_and(|line| {
        line.contains("for ")
            || line.contains("&&")
            || line.contains(';')
            || lines.next().is_some()
            || text.contains("done")
    })
}

/// The lines of a recipe and of those that it runs before.
fn lines_of<'r>(recipe: &'r Recipe, all: &'r [Recipe]) -> Vec<&'r RangeInclusive<usize>> {
    let mut waiting = vec![recipe];
    let mut known = BTreeSet::from([recipe.name.as_str()]);
    let mut lines = Vec::new();
    while let Some(recipe) = waiting.pop() {
        lines.push(&recipe.lines);
        for name in &recipe.before {
            if known.insert(name) {
                waiting.extend(all.iter().filter(|it| it.name == *name));
            }
        }
    }
    lines
}

/// The recipes of a Makefile or a file of just: lines that begin with a name and have a colon, with the indented ones
/// behind them. Those of other files of tasks stand as items of a mapping, and are told apart by their names alone.
pub(super) fn recipes(path: &Path, text: &str) -> Vec<Recipe> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_make = name.contains("akefile") || name.contains("ustfile") || name.ends_with(".mk");
    let depth = if is_make { 0 } else { 2 };
    let mut recipes: Vec<Recipe> = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        let indented = line.len() - line.trim_start_matches(' ').len();
        let is_table = name.ends_with(".toml") && line.starts_with('[');
        let is_head =
            indented == depth && !line.starts_with(['\t', '#', '.']) && !line.trim().is_empty();
        let head = match is_head {
            _ if is_table => Some((line, "")),
            true => line
                .trim()
                .split_once(':')
                .filter(|(_, rest)| !rest.starts_with('=')),
            false => None,
        };
        if let Some((names, before)) = head {
            let before: Vec<String> = match is_make {
                true => before
                    .split('#')
                    .next()
                    .unwrap_or_default()
                    .split_whitespace(),
                false => "".split_whitespace(),
            }
            .map(|it| it.trim_matches(['(', ')', '&']).to_owned())
            .collect();
            // A recipe of just may have parameters behind its name.
            let names = names.split_whitespace();
            let names = names.take(if name.contains("ustfile") {
                1
            } else {
                usize::MAX
            });
            recipes.extend(names.map(|it| Recipe {
                name: it.trim_start_matches('@').to_owned(),
                lines: number..=number,
                before: before.clone(),
            }));
        } else if let Some(last) = recipes.last().map(|it| *it.lines.start()) {
            let open = recipes.iter_mut().filter(|it| *it.lines.start() == last);
            for recipe in open {
                recipe.lines = last..=number;
                // `$(MAKE) dev`
                let words: Vec<&str> = line.split_whitespace().collect();
                let calls = words.iter().position(|it| {
                    let it = it.trim_start_matches(['@', '-', '+']);
                    ["make", "$(MAKE)", "${MAKE}", "just"].contains(&it)
                });
                let called = calls.map(|at| &words[at + 1..]).unwrap_or_default();
                recipe
                    .before
                    .extend(called.iter().map(|it| (*it).to_owned()));
            }
        }
    }
    recipes
}

/// Lines of a script whose commands run several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loop {
    lines: RangeInclusive<usize>,
    /// Whether each run is given words of its own, or a directory: `xargs`, `find -execdir`.
    gives_words: bool,
}

/// The loops of a script, and what `xargs` and `find` run.
pub(super) fn loops(text: &str) -> Vec<Loop> {
    let mut loops = Vec::new();
    let mut open = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        let words = || line.split([' ', '\t', ';', '(', '@', '|']);
        if words().any(|word| word == "for") || begins_conditional_loop(line) {
            open.push(number);
        }
        if words().any(|word| word == "done")
            && let Some(start) = open.pop()
        {
            loops.push(Loop {
                lines: start..=number,
                gives_words: false,
            });
        }
        if words().any(|word| ["xargs", "-exec", "-execdir", "parallel"].contains(&word)) {
            loops.push(Loop {
                lines: number..=number,
                gives_words: true,
            });
        }
    }
    loops
}

/// Whether a loop begins in a line that goes on while a command succeeds or fails. The words are of plain English, too.
fn begins_conditional_loop(line: &str) -> bool {
    let mut commands = line.split([';', '|', '&', '(', '@']).map(str::trim_start);
    commands.any(|command| {
        let keywords = ["do ", "else ", "then ", "{ "];
        let own = keywords.iter().find_map(|it| command.strip_prefix(it));
        let own = own.unwrap_or(command).trim_start();
        own.starts_with("while ") || own.starts_with("until ")
    })
}
