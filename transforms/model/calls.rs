//! Which directory of the tree calls which as a module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The local module calls of a tree.
#[derive(Debug, Default)]
pub struct CallGraph {
    calls: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    callers: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl CallGraph {
    /// The graph of pairs of caller and called directory.
    pub fn new(pairs: impl IntoIterator<Item = (PathBuf, PathBuf)>) -> Self {
        let mut graph = Self::default();
        for (caller, called) in pairs {
            let callers = graph.callers.entry(called.clone()).or_default();
            callers.insert(caller.clone());
            graph.calls.entry(caller).or_default().insert(called);
        }
        graph
    }

    /// Whether anything calls the directory.
    pub fn is_called(&self, directory: &Path) -> bool {
        self.callers.contains_key(directory)
    }

    /// The directory and all that it calls, directly or not.
    pub fn tree<'g>(&'g self, directory: &'g Path) -> BTreeSet<&'g Path> {
        reach(&self.calls, directory)
    }

    /// The directories that nothing calls and that call this one, directly or not; itself where
    /// nothing calls it.
    pub fn roots<'g>(&'g self, directory: &'g Path) -> BTreeSet<&'g Path> {
        let mut callers = reach(&self.callers, directory);
        callers.retain(|caller| !self.is_called(caller));
        callers
    }
}

fn reach<'g>(
    edges: &'g BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    from: &'g Path,
) -> BTreeSet<&'g Path> {
    let mut reached = BTreeSet::from([from]);
    let mut next = vec![from];
    while let Some(directory) = next.pop() {
        let targets = edges.get(directory).into_iter().flatten();
        let new = targets
            .map(PathBuf::as_path)
            .filter(|to| reached.insert(to));
        next.extend(new);
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_and_roots_follow_calls_through_cycles() {
        let pairs = [("a", "m"), ("b", "m"), ("m", "n"), ("n", "m")];
        let graph = CallGraph::new(pairs.map(|(from, to)| (from.into(), to.into())));
        let names = |set: BTreeSet<&Path>| {
            set.into_iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(graph.tree(Path::new("a"))), ["a", "m", "n"]);
        assert_eq!(names(graph.roots(Path::new("n"))), ["a", "b"]);
        assert_eq!(names(graph.roots(Path::new("lone"))), ["lone"]);
        assert!(graph.is_called(Path::new("n")) && !graph.is_called(Path::new("a")));
    }
}
