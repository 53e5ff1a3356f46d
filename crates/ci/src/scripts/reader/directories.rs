//! The directory that a script is in, through its branches and subshells.

use std::path::PathBuf;

use super::ScriptReader;

/// The branches of an `if`, `case` or loop that is open.
pub(super) struct Branches {
    /// The directory before them.
    before: Option<PathBuf>,
    /// The directories that the branches so far end in.
    ends: Vec<Option<PathBuf>>,
    /// Whether one of them always runs.
    is_whole: bool,
}

impl ScriptReader<'_> {
    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.reading.end.working.path.clone()
    }

    pub(super) fn go(&mut self, to: Option<PathBuf>) {
        self.before = self.directory();
        self.reading.end.working.path = to.filter(|_| !self.has_functions);
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
            ends: Vec::new(),
            is_whole: false,
        });
    }

    pub(super) fn next_branch(&mut self, is_whole: bool) {
        let end = self.directory();
        if let Some(branches) = self.branches.last_mut() {
            branches.ends.push(end);
            branches.is_whole |= is_whole;
            self.reading.end.working.path = branches.before.clone();
        }
    }

    /// Ends the branches: the directory behind them is that in which all of them end.
    pub(super) fn close(&mut self) {
        let end = self.directory();
        let Some(branches) = self.branches.pop() else {
            return;
        };
        let before = (!branches.is_whole).then_some(branches.before);
        let mut ends = branches.ends.into_iter().chain(before);
        if !ends.all(|other| other == end) {
            self.go(None);
        }
    }
}
