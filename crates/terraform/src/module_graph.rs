//! Which directory of the tree calls which as a module.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Numbers for the directories of a tree, in the order in which they were met.
#[derive(Debug, Clone, Default)]
pub struct Directories {
    paths: Vec<PathBuf>,
    /// By the path as it is written without `.` and double or closing slashes: to compare paths by their
    /// parts was a twentieth of the time of a plan.
    numbers: HashMap<OsString, usize>,
}

impl Directories {
    /// The number of a directory, a new one where it has none yet.
    pub fn enter(&mut self, path: &Path) -> usize {
        if let Some(number) = self.number(path) {
            return number;
        }
        let number = self.paths.len();
        self.paths.push(path.to_path_buf());
        self.numbers.insert(plain(path), number);
        number
    }

    /// The number of a directory, where it has one.
    pub fn number(&self, path: &Path) -> Option<usize> {
        let known = self.numbers.get(path.as_os_str());
        known.or_else(|| self.numbers.get(&plain(path))).copied()
    }

    /// The directory of a number.
    pub fn path(&self, number: usize) -> &Path {
        &self.paths[number]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.paths.len()
    }
}

/// A path as its parts write it: what is equal as a path is equal as a text.
fn plain(path: &Path) -> OsString {
    path.components().collect::<PathBuf>().into_os_string()
}

/// The local module calls of a tree, by the numbers of its directories.
#[derive(Debug, Clone, Default)]
pub struct CallGraph {
    calls: Vec<Vec<usize>>,
    callers: Vec<Vec<usize>>,
}

impl CallGraph {
    /// The graph of pairs of caller and called directory, all numbers below `count`.
    pub fn new(count: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut graph = Self {
            calls: vec![Vec::new(); count],
            callers: vec![Vec::new(); count],
        };
        for (caller, called) in pairs {
            graph.calls[caller].push(called);
            graph.callers[called].push(caller);
        }
        graph
    }

    /// Whether anything calls the directory.
    pub fn is_called(&self, directory: usize) -> bool {
        !self.callers[directory].is_empty()
    }

    /// The directories that call this one.
    pub fn callers(&self, directory: usize) -> &[usize] {
        &self.callers[directory]
    }

    /// The directory and all that it calls, directly or not.
    pub fn tree(&self, directory: usize) -> BTreeSet<usize> {
        reach(&self.calls, directory)
    }

    /// The directories that nothing calls and that call this one, directly or not; itself where
    /// nothing calls it.
    pub fn roots(&self, directory: usize) -> BTreeSet<usize> {
        let mut callers = reach(&self.callers, directory);
        callers.retain(|caller| !self.is_called(*caller));
        callers
    }
}

fn reach(edges: &[Vec<usize>], from: usize) -> BTreeSet<usize> {
    // Terraform refuses modules that call each other in a circle, but a broken tree must not hang.
    let mut reached = BTreeSet::from([from]);
    let mut next = vec![from];
    while let Some(directory) = next.pop() {
        let targets = edges[directory].iter().copied();
        next.extend(targets.filter(|to| reached.insert(*to)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_and_roots_follow_calls_through_cycles() {
        let [a, b, m, n, lone] = [0, 1, 2, 3, 4];
        let graph = CallGraph::new(5, [(a, m), (b, m), (m, n), (n, m)]);
        assert_eq!(graph.tree(a), BTreeSet::from([a, m, n]));
        assert_eq!(graph.roots(n), BTreeSet::from([a, b]));
        assert_eq!(graph.roots(lone), BTreeSet::from([lone]));
        assert!(graph.is_called(n) && !graph.is_called(a));
    }

    #[test]
    fn a_directory_keeps_its_number() {
        let mut directories = Directories::default();
        let first = directories.enter(Path::new("a/b"));
        assert_eq!(directories.enter(Path::new("a")), 1);
        assert_eq!(directories.enter(Path::new("a/b")), first);
        assert_eq!(directories.number(Path::new("b")), None);
        for same in ["a//b", "a/b/", "a/./b"] {
            assert_eq!(directories.number(Path::new(same)), Some(first), "{same}");
        }
        assert_eq!(
            (directories.path(1), directories.count()),
            (Path::new("a"), 2)
        );
    }
}
