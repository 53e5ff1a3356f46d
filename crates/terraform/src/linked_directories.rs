//! The directories of a tree that are symbolic links.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The directories that are symbolic links, each with what it leads to; paths relative to the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkedDirectories(HashMap<PathBuf, PathBuf>);

impl LinkedDirectories {
    /// Those of pairs of link and target. A target names no link itself.
    pub fn new(links: impl IntoIterator<Item = (PathBuf, PathBuf)>) -> Self {
        Self(links.into_iter().collect())
    }

    /// Where `path` leads: to itself, if no directory on the way is a link. Terraform asks the file
    /// system the same of every local module (`EvalSymlinks` in its module installer), so that the
    /// calls of that module start from the target.
    pub fn resolved<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        // Nearly always: this is asked for every module call.
        if self.0.is_empty() {
            return Cow::Borrowed(path);
        }
        let mut resolved = PathBuf::new();
        for component in path.components() {
            resolved.push(component);
            if let Some(target) = self.0.get(&resolved) {
                resolved.clone_from(target);
            }
        }
        Cow::Owned(resolved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_through_every_link_on_the_way() {
        let links = [("app/modules", "modules"), ("modules/new", "lib/v2")];
        let links =
            LinkedDirectories::new(links.map(|(link, target)| (link.into(), target.into())));
        for (path, target) in [
            ("app/modules", "modules"),
            ("app/modules/vpc", "modules/vpc"),
            ("app/modules/new/x", "lib/v2/x"),
            ("app/modules-old", "app/modules-old"),
            ("lib", "lib"),
            ("", ""),
        ] {
            assert_eq!(links.resolved(Path::new(path)), Path::new(target), "{path}");
        }
    }
}
