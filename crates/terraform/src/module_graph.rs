//! Which directory of the tree calls which as a module.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Shared by a directory and its only caller: a set for each would take the square of a long chain.
    roots: Vec<Arc<BTreeSet<usize>>>,
}

impl CallGraph {
    /// The graph of pairs of caller and called directory, all numbers below `count`.
    pub fn new(count: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut graph = Self {
            calls: vec![Vec::new(); count],
            callers: vec![Vec::new(); count],
            roots: vec![Arc::default(); count],
        };
        for (caller, called) in pairs {
            graph.calls[caller].push(called);
            graph.callers[called].push(caller);
        }
        graph.find_roots();
        graph
    }

    /// Each directory's roots from those of its callers, callers first.
    fn find_roots(&mut self) {
        let mut open: Vec<usize> = self.callers.iter().map(Vec::len).collect();
        let mut next: Vec<usize> = (0..open.len()).filter(|it| open[*it] == 0).collect();
        while let Some(directory) = next.pop() {
            self.roots[directory] = match self.callers[directory].as_slice() {
                [] => Arc::new(BTreeSet::from([directory])),
                [first, others @ ..] if others.iter().all(|it| it == first) => {
                    Arc::clone(&self.roots[*first])
                }
                callers => {
                    let all = callers.iter().flat_map(|it| self.roots[*it].iter());
                    Arc::new(all.copied().collect())
                }
            };
            for called in &self.calls[directory] {
                open[*called] -= 1;
                next.extend((open[*called] == 0).then_some(*called));
            }
        }
        // Terraform refuses modules that call each other in a circle, but a broken tree has to end.
        for directory in (0..open.len()).filter(|it| open[*it] > 0) {
            let mut callers = reach(&self.callers, directory);
            callers.retain(|caller| self.callers[*caller].is_empty());
            self.roots[directory] = Arc::new(callers);
        }
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
    pub fn roots(&self, directory: usize) -> &BTreeSet<usize> {
        &self.roots[directory]
    }
}

fn reach(edges: &[Vec<usize>], from: usize) -> BTreeSet<usize> {
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
        assert_eq!(graph.roots(n), &BTreeSet::from([a, b]));
        assert_eq!(graph.roots(lone), &BTreeSet::from([lone]));
        assert!(graph.is_called(n) && !graph.is_called(a));
    }

    #[test]
    fn roots_come_from_all_callers_and_twice_from_none() {
        let [a, b, m, n, twice] = [0, 1, 2, 3, 4];
        let graph = CallGraph::new(5, [(a, m), (m, twice), (m, twice), (twice, n), (b, n)]);
        for (directory, roots) in [
            (a, vec![a]),
            (m, vec![a]),
            (twice, vec![a]),
            (n, vec![a, b]),
        ] {
            assert!(graph.roots(directory).iter().eq(&roots), "{directory}");
        }
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
