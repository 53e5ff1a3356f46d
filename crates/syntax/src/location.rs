//! Where something stands in the files of a repository.

use std::ops::Range;
use std::path::PathBuf;

use crate::text::{Lines, position};

/// A position in a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Path relative to the repository's root.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Location {
    /// The location of the byte `offset` of `text`, which is the content of the file at `path`.
    pub fn at(path: impl Into<PathBuf>, text: &str, offset: usize) -> Self {
        let (line, column) = position(text, offset);
        let path = path.into();
        Self { path, line, column }
    }

    /// The same in a text whose lines are known.
    pub fn among(lines: &Lines, path: impl Into<PathBuf>, text: &str, offset: usize) -> Self {
        let (line, column) = lines.position(text, offset);
        let path = path.into();
        Self { path, line, column }
    }
}

/// A part of a file that is known otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Region {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes of the file.
    pub range: Range<usize>,
}
