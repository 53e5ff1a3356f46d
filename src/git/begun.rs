//! The note of what a run is about to do with a branch and a commit.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use engine::plan::FileChange;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

/// What the note says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The root, by its device and inode: a note that came with a copy or an archive names another.
    root: String,
    /// The commit that was checked out.
    pub head: String,
    /// Where the run began, and where it goes to.
    pub way: Way,
    /// The message of the commit to be; `None` where none was asked for.
    pub message: Option<String>,
    /// Each file by its path relative to the root.
    files: BTreeMap<PathBuf, Content>,
}

/// From one branch to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What was checked out: a branch as `refs/heads/NAME`, or a commit.
    pub from: String,
    /// The branch that the run makes; `None` where it stays on the one checked out.
    pub branch: Option<String>,
}

impl Way {
    /// The branch that a commit is made on, without `refs/heads/`; `None` on none.
    pub fn destination(&self) -> Option<&str> {
        let from = || self.from.strip_prefix("refs/heads/");
        self.branch.as_deref().or_else(from)
    }
}

/// The SHA-1 of a file, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    before: String,
    after: String,
}

/// What became of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// All are as they were to be.
    All,
    /// All are as they were.
    None,
    /// Somebody edited them since.
    Otherwise,
}

impl Begun {
    /// What a run at `root` begins.
    ///
    /// # Errors
    /// The root cannot be looked at.
    pub fn new(
        root: &Path,
        head: &str,
        way: Way,
        message: Option<&str>,
        changes: &[FileChange],
    ) -> io::Result<Self> {
        let file = |change: &FileChange| {
            let content = Content {
                before: sha1(change.before.as_bytes()),
                after: sha1(change.after.as_bytes()),
            };
            (change.path.clone(), content)
        };
        Ok(Self {
            root: identity(root)?,
            head: head.to_owned(),
            way,
            message: message.map(str::to_owned),
            files: changes.iter().map(file).collect(),
        })
    }

    /// Whether this was noted at `root`, and did not come with a copy or an archive.
    pub fn is_of(&self, root: &Path) -> bool {
        identity(root).is_ok_and(|identity| identity == self.root)
    }

    /// As it stands in the note.
    pub fn text(&self) -> String {
        let file = |(path, content): (&PathBuf, &Content)| {
            (name(path), json!([content.before, content.after]))
        };
        let files: serde_json::Map<String, Value> = self.files.iter().map(file).collect();
        let note = json!({
            "root": self.root,
            "head": self.head,
            "from": self.way.from,
            "branch": self.way.branch,
            "message": self.message,
            "files": files,
        });
        format!("{note}\n")
    }

    /// `None` for a note that was cut off: nothing was done then.
    pub fn parse(note: &[u8]) -> Option<Self> {
        let note: Value = serde_json::from_slice(note).ok()?;
        let text = |name: &str| Some(note.get(name)?.as_str()?.to_owned());
        let files = note.get("files")?.as_object()?.iter();
        let files = files.map(|(path, content)| {
            let [before, after] = content.as_array()?.as_slice() else {
                return None;
            };
            let content = Content {
                before: before.as_str()?.to_owned(),
                after: after.as_str()?.to_owned(),
            };
            Some((path_of(path)?, content))
        });
        Some(Self {
            root: text("root")?,
            head: text("head")?,
            way: Way {
                from: text("from")?,
                branch: text("branch"),
            },
            message: text("message"),
            files: files.collect::<Option<_>>()?,
        })
    }

    /// The files, relative to the root.
    pub fn files(&self) -> Vec<PathBuf> {
        self.files.keys().cloned().collect()
    }

    /// What became of the files below `root`.
    pub fn written(&self, root: &Path) -> Written {
        let is = |expected: fn(&Content) -> &str| {
            let mut files = self.files.iter();
            files.all(|(path, content)| {
                fs::read(root.join(path)).is_ok_and(|text| sha1(&text) == expected(content))
            })
        };
        if is(|content| &content.after) {
            Written::All
        } else if is(|content| &content.before) {
            Written::None
        } else {
            Written::Otherwise
        }
    }
}

fn identity(root: &Path) -> io::Result<String> {
    let metadata = fs::metadata(root)?;
    Ok(format!("{:x}-{:x}", metadata.dev(), metadata.ino()))
}

/// A path as the note has it: it may be no UTF-8, and JSON is; each byte is the character of its number.
fn name(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes().iter();
    bytes.map(|&byte| char::from(byte)).collect()
}

fn path_of(name: &str) -> Option<PathBuf> {
    let bytes = name.chars().map(|char| u8::try_from(char).ok());
    Some(OsString::from_vec(bytes.collect::<Option<_>>()?).into())
}

fn sha1(bytes: &[u8]) -> String {
    let hash = Sha1::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let name = OsString::from_vec(b"a\n\xff\xc3\xa9.tf".to_vec());
        let changes = [FileChange {
            path: PathBuf::from(name),
            before: "a".to_owned(),
            after: "b".to_owned(),
        }];
        for (branch, message) in [(Some("b"), Some("m")), (None, None)] {
            let way = Way {
                from: "refs/heads/main".to_owned(),
                branch: branch.map(str::to_owned),
            };
            assert_eq!(way.destination(), Some(branch.unwrap_or("main")));
            let root = Path::new("/");
            let begun = Begun::new(root, "abc", way, message, &changes).unwrap();
            assert!(begun.is_of(root) && !begun.is_of(Path::new("/proc")));
            let text = begun.text();
            assert_eq!(Begun::parse(text.as_bytes()), Some(begun));
            for cut in 0..text.len() - 1 {
                assert_eq!(Begun::parse(&text.as_bytes()[..cut]), None, "{cut}");
            }
        }
    }
}
