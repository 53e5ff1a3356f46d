//! Which repositories are named on the command line.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use syntax::visible;
use walkdir::WalkDir;

use crate::cli::Common;
use crate::config;
use crate::walk::closed;

/// One repository, as it was named.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedRepository {
    /// The root, as it was named; the path where it has none.
    pub name: PathBuf,
    /// The paths of it that were named.
    pub paths: Vec<PathBuf>,
}

/// The repositories, in the order they are named, each once.
///
/// # Errors
/// A list that cannot be read, a directory without repositories.
pub fn named(common: &Common) -> anyhow::Result<Vec<NamedRepository>> {
    let mut paths = common.paths.clone();
    if let Some(list) = &common.several.repos {
        paths.extend(listed(list)?);
    }
    for directory in &common.several.each {
        paths.extend(below(directory)?);
    }
    let asked = common.several.repos.is_some() || !common.several.each.is_empty();
    if paths.is_empty() && !asked {
        paths.push(PathBuf::from("."));
    }
    Ok(grouped(paths))
}

/// The paths that a list names, a line each; empty lines are none.
fn listed(list: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut text = Vec::new();
    match list.as_os_str() == "-" {
        true => std::io::stdin().read_to_end(&mut text).map(drop),
        false => fs::read(list).map(|read| text = read),
    }
    .with_context(|| format!("cannot read the list {}", visible::path(list)))?;
    // A path is bytes, of whatever encoding.
    let lines = text.split(|&byte| byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let lines = lines.filter(|line| !line.trim_ascii().is_empty());
    Ok(lines.map(|line| OsStr::from_bytes(line).into()).collect())
}

/// The git repositories at or below a directory, those inside of others left out.
fn below(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut walk = WalkDir::new(directory).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|error| {
            let path = visible::path(error.path().unwrap_or(directory));
            // Its own message names the path, and the system's error a second time.
            match error.into_io_error() {
                Some(error) => anyhow!(error).context(format!("cannot read {path}")),
                None => anyhow!("{path} is part of a circle of links"),
            }
        })?;
        if !entry.file_type().is_dir() {
            continue;
        }
        if entry.path().join(".git").exists() {
            found.push(entry.path().to_path_buf());
            walk.skip_current_dir();
        // What a plan would not read holds no repositories to migrate either: `.terraform` has
        // clones of modules.
        } else if entry.depth() > 0 && closed(entry.file_name()).is_some() {
            walk.skip_current_dir();
        }
    }
    if found.is_empty() {
        bail!(
            "there is no git repository below {}",
            visible::path(directory)
        );
    }
    Ok(found)
}

/// Paths of one repository belong together.
fn grouped(paths: Vec<PathBuf>) -> Vec<NamedRepository> {
    let mut groups: Vec<NamedRepository> = Vec::new();
    let mut group_of: HashMap<PathBuf, usize> = HashMap::new();
    for path in paths {
        // What has no root fails by itself.
        let root = config::root(&path).ok();
        let name = match &root {
            Some(root) => as_named(root, &path),
            None => path.clone(),
        };
        let group = *group_of
            .entry(root.unwrap_or_else(|| path.clone()))
            .or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.paths.push(path),
            None => groups.push(NamedRepository {
                name,
                paths: vec![path],
            }),
        }
    }
    groups
}

/// The root in the words in which a path below it was named.
fn as_named(root: &Path, path: &Path) -> PathBuf {
    let above = path
        .ancestors()
        .find(|above| fs::canonicalize(above).is_ok_and(|real| real == root));
    above.map_or_else(|| root.to_path_buf(), Path::to_path_buf)
}
