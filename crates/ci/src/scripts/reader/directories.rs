//! The directory that a script is in and the workspaces that it selected, through its branches and subshells.

use std::path::PathBuf;

use super::{ScriptReader, Workspaces};

/// The branches of an `if`, `case` or loop that is open.
pub(super) struct Branches {
    /// The directory before them.
    before: Option<PathBuf>,
    /// The workspaces that were selected before them.
    workspaces: Workspaces,
    /// The directories that the branches so far end in, and the workspaces.
    ends: Vec<(Option<PathBuf>, Workspaces)>,
    /// Whether one of them always runs.
    is_whole: bool,
}

impl ScriptReader<'_> {
    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.reading.end.working.path.clone()
    }

    pub(super) fn go(&mut self, to: Option<PathBuf>) {
        self.has_moved = true;
        self.before = self.directory();
        self.reading.end.working.path = to;
    }

    pub(super) fn cd(&mut self, to: Option<&str>, is_conditional: bool) {
        let to = match to {
            Some("-") => self.before.clone(),
            Some(to) => self.reading.end.working.join(to),
            // The home directory.
            None => None,
        };
        let is_same = to == self.directory();
        self.go(to.filter(|_| !is_conditional || is_same));
    }

    /// Goes on in these subshells.
    pub(super) fn enter(&mut self, subshells: &[usize]) {
        let same = self.subshells.iter().zip(subshells);
        let common = same.take_while(|((own, _), other)| own == *other).count();
        self.leave(common);
        for number in &subshells[common..] {
            self.subshells.push((*number, self.reading.end.clone()));
        }
    }

    /// Leaves all subshells but the first `kept`: what they changed ends with them.
    pub(super) fn leave(&mut self, kept: usize) {
        while self.subshells.len() > kept {
            if let Some((_, before)) = self.subshells.pop() {
                let end = &mut self.reading.end;
                end.working = before.working;
                end.environment = before.environment;
            }
        }
    }

    pub(super) fn open(&mut self) {
        self.branches.push(Branches {
            before: self.directory(),
            workspaces: self.reading.end.workspaces.clone(),
            ends: Vec::new(),
            is_whole: false,
        });
    }

    pub(super) fn next_branch(&mut self, is_whole: bool) {
        let directory = self.directory();
        if let Some(branches) = self.branches.last_mut() {
            let end = &mut self.reading.end;
            let workspaces = std::mem::replace(&mut end.workspaces, branches.workspaces.clone());
            branches.ends.push((directory, workspaces));
            branches.is_whole |= is_whole;
            end.working.path = branches.before.clone();
        }
    }

    /// Ends the branches: the directory behind them is that in which all of them end, and so are the workspaces.
    pub(super) fn close(&mut self) {
        let end = self.directory();
        let Some(branches) = self.branches.pop() else {
            return;
        };
        let before = (branches.before, branches.workspaces);
        let before = (!branches.is_whole).then_some(before);
        let ends: Vec<_> = branches.ends.into_iter().chain(before).collect();
        for (_, other) in &ends {
            either(&mut self.reading.end.workspaces, other);
        }
        if !ends.iter().all(|(other, _)| *other == end) {
            self.go(None);
        }
    }
}

/// Leaves open which workspaces are selected, where others would be after another way.
fn either(workspaces: &mut Workspaces, other: &Workspaces) {
    for (directory, selected) in other {
        if workspaces.get(directory) != Some(selected) {
            workspaces.insert(directory.clone(), None);
        }
    }
    for (directory, selected) in workspaces {
        if !other.contains_key(directory) {
            *selected = None;
        }
    }
}
