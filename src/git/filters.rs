//! The filters that a repository's own configuration defines.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::Command;

use super::{git, layout, run};

/// The filters (`filter.NAME`) that the repository's own configuration defines: `git status` would
/// run their programs on files that look changed.
pub fn own(root: &Path) -> anyhow::Result<Vec<OsString>> {
    if layout::has_no_filter(root) {
        return Ok(Vec::new());
    }
    let listed = run(git(root).args(["config", "--list", "--show-scope", "--name-only", "-z"]))?;
    let mut fields = listed.split(|&byte| byte == 0);
    let mut filters = Vec::new();
    while let (Some(scope), Some(key)) = (fields.next(), fields.next()) {
        let own = matches!(scope, b"local" | b"worktree");
        if let Some(dot) = memchr::memrchr(b'.', key).filter(|_| own && key.starts_with(b"filter."))
        {
            filters.push(OsString::from_vec(key[..dot].to_vec()));
        }
    }
    filters.dedup();
    Ok(filters)
}

/// Makes `git` treat `filters` as if they were not defined.
pub fn without(git: &mut Command, filters: &[OsString]) {
    let settings = filters
        .iter()
        .flat_map(|filter| ["clean", "process", "required"].map(|name| (filter, name)));
    let mut count = 0;
    for (filter, name) in settings {
        let mut key = filter.clone();
        key.push(".");
        key.push(name);
        git.env(format!("GIT_CONFIG_KEY_{count}"), key);
        git.env(
            format!("GIT_CONFIG_VALUE_{count}"),
            if name == "required" { "false" } else { "" },
        );
        count += 1;
    }
    git.env("GIT_CONFIG_COUNT", count.to_string());
}
