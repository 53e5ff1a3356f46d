//! The environment of the programs that tests run: nothing of the caller's that decides what they do.

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::Command;

/// The variables of this process that change what this program, git, a pager, an editor or the tools
/// of AWS and Terraform do.
pub fn deciding() -> Vec<OsString> {
    const PREFIXES: [&str; 14] = [
        "ATLANTIS_",
        "AWS_",
        "BITBUCKET_",
        "BUILDKITE",
        "CLICOLOR",
        "CODEBUILD_",
        "GITHUB_",
        "GITLAB_",
        "GIT_",
        "LESS",
        "TERRAGRUNT_",
        "TF_",
        "TG_",
        "XDG_",
    ];
    const NAMES: [&str; 9] = [
        "CI",
        "CIRCLECI",
        "COLUMNS",
        "EDITOR",
        "JENKINS_URL",
        "NO_COLOR",
        "PAGER",
        "TERM",
        "VISUAL",
    ];
    let names = env::vars_os().map(|(name, _)| name);
    let names = names.filter(|name| {
        let name = name.to_string_lossy();
        NAMES.contains(&&*name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    });
    names.collect()
}

/// A program by its name or path, with none of [`deciding`].
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in deciding() {
        command.env_remove(name);
    }
    command
}

/// This program, the same.
pub fn tfkeyless() -> Command {
    command(env!("CARGO_BIN_EXE_tfkeyless"))
}
