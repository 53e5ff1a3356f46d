//! What the repositories of one page have in common.

use std::path::Path;

use crate::redact::on_one_line;

/// The directory that all repositories of a page are in: it stands once, above them.
#[derive(Debug, Clone, Default)]
pub struct Several {
    directory: String,
}

impl Several {
    /// Of repositories that are named so.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n Path>) -> Self {
        let directory = names
            .into_iter()
            .map(|name| name.parent().unwrap_or(Path::new("")))
            .reduce(|common, parent| {
                let mut above = common.ancestors();
                above
                    .find(|above| parent.starts_with(above))
                    .unwrap_or(Path::new(""))
            });
        let directory = on_one_line(&directory.unwrap_or(Path::new("")).to_string_lossy());
        let ends = directory.is_empty() || directory.ends_with('/');
        Self {
            directory: directory + if ends { "" } else { "/" },
        }
    }

    /// It, with a slash at its end; empty where they have none.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// What of a repository's name differs from the others: the directories below that one, and its own.
    pub fn split<'n>(&self, name: &'n str) -> (&'n str, &'n str) {
        let rest = name.strip_prefix(&self.directory).unwrap_or(name);
        rest.split_at(rest.rfind('/').map_or(0, |at| at + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(names: &[&str]) -> String {
        Several::of(names.iter().map(Path::new)).directory
    }

    #[test]
    fn the_directory_is_what_all_names_begin_with() {
        for (names, common) in [
            (&["/a/b/one", "/a/b/two"][..], "/a/b/"),
            (&["/a/b/one", "/a/c/two"], "/a/"),
            (&["/a/b/one", "/a/bc/two"], "/a/"),
            (&["/a/b", "/a/b/inside"], "/a/"),
            (&["/one", "/two"], "/"),
            (&["/one", "two"], ""),
            (&["./one", "./two"], "./"),
            (&["one", "two"], ""),
            (&["a/one"], "a/"),
            (&[], ""),
        ] {
            assert_eq!(directory(names), common, "{names:?}");
        }
    }

    #[test]
    fn a_name_keeps_what_differs() {
        let names = ["/a/b/one", "/a/c/two"];
        let several = Several::of(names.map(Path::new));
        assert_eq!(several.split(names[0]), ("b/", "one"));
        assert_eq!(several.split("elsewhere"), ("", "elsewhere"));
    }
}
