//! The programs that plan, and the environment that they get.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use engine::verification::{Program, RootPlan};

/// By which credentials programs run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanCredentials {
    /// Those of the environment, without a profile: the static keys.
    Environment,
    /// Those of a profile alone.
    Profile(String),
    /// None.
    Nothing,
}

/// What the environment has that would decide instead of the credentials that are meant.
const STATIC: [&str; 10] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    // Terraform reads these, too.
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

const PROFILES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// Variables that would add arguments, write values to files, or let Terragrunt make a bucket without
/// asking (the pages "Environment Variables" of Terraform and Terragrunt).
const REMOVED: [&str; 6] = [
    "TF_WORKSPACE",
    "TF_DATA_DIR",
    "TG_NON_INTERACTIVE",
    "TERRAGRUNT_NON_INTERACTIVE",
    "TG_BACKEND_BOOTSTRAP",
    "TERRAGRUNT_BACKEND_BOOTSTRAP",
];

const REMOVED_BY_START: [&str; 2] = ["TF_CLI_ARGS", "TF_LOG"];

/// The programs on PATH.
#[derive(Debug, Default)]
pub struct Programs {
    found: BTreeMap<&'static str, Option<PathBuf>>,
}

impl Programs {
    /// Looks for those that the plans need, and for the AWS CLI.
    pub fn find<'p>(plans: impl Iterator<Item = &'p RootPlan>) -> Self {
        Self::named(plans.map(|plan| name(plan.program)).chain(["aws"]))
    }

    /// Looks for these.
    pub fn named(names: impl IntoIterator<Item = &'static str>) -> Self {
        let names = names.into_iter();
        Self {
            found: names.map(|name| (name, on_path(name))).collect(),
        }
    }

    /// The program of that name.
    pub fn get(&self, name: &str) -> Option<&Path> {
        self.found.get(name)?.as_deref()
    }
}

/// The command's name.
pub fn name(program: Program) -> &'static str {
    match program {
        Program::Terraform => "terraform",
        Program::OpenTofu => "tofu",
        Program::Terragrunt => "terragrunt",
    }
}

/// The first executable of a name in the absolute directories of PATH: programs run in directories of the
/// repository, where a relative one would be the repository's.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let directories = env::split_paths(&path).filter(|it| it.is_absolute());
    directories.map(|it| it.join(name)).find(|path| {
        fs::metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    })
}

/// A program with those credentials and no others.
pub fn command(program: &Path, credentials: &PlanCredentials) -> Command {
    let mut command = Command::new(program);
    for name in PROFILES {
        command.env_remove(name);
    }
    if *credentials != PlanCredentials::Environment {
        for name in STATIC {
            command.env_remove(name);
        }
    }
    if let PlanCredentials::Profile(profile) = credentials {
        command.env("AWS_PROFILE", profile);
    }
    command
}

/// Terraform in a root module, with working data in `data` and, where the user has none, a plugin cache in
/// `cache`.
pub fn terraform(
    program: &Path,
    credentials: &PlanCredentials,
    directory: &Path,
    data: &Path,
    cache: Option<&Path>,
) -> Command {
    let mut command = command(program, credentials);
    if let Some(cache) = cache {
        command.env("TF_PLUGIN_CACHE_DIR", cache);
        // Without it a provider that the lock file lacks is downloaded again for each root module. What
        // it warns of is a lock file that lacks checksums: that file is put back.
        command.env("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1");
    }
    let is_removed = |name: &OsString| {
        let name = name.to_string_lossy();
        REMOVED.contains(&name.as_ref()) || REMOVED_BY_START.iter().any(|it| name.starts_with(it))
    };
    for (name, _) in env::vars_os().filter(|(name, _)| is_removed(name)) {
        command.env_remove(name);
    }
    command
        .current_dir(directory)
        .env("TF_DATA_DIR", data.join("data"))
        .env("TF_INPUT", "0")
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1");
    // Terragrunt's names before 0.73 and since.
    for prefix in ["TERRAGRUNT_", "TG_"] {
        command.env(format!("{prefix}NO_AUTO_INIT"), "true");
        command.env(format!("{prefix}DISABLE_BUCKET_UPDATE"), "true");
    }
    command
        .env("TERRAGRUNT_DOWNLOAD", data.join("terragrunt"))
        .env("TG_DOWNLOAD_DIR", data.join("terragrunt"))
        .env("TERRAGRUNT_FORWARD_TF_STDOUT", "true")
        .env("TG_TF_FORWARD_STDOUT", "true");
    command
}

/// Whether the user has a plugin cache, by a variable or in a configuration file of the command line.
pub fn has_plugin_cache() -> bool {
    if env::var_os("TF_PLUGIN_CACHE_DIR").is_some_and(|it| !it.is_empty()) {
        return true;
    }
    let home = env::var_os("HOME").map(PathBuf::from);
    let own = |name: &str| home.as_ref().map(|home| home.join(name));
    let named = env::var_os("TF_CLI_CONFIG_FILE").map(PathBuf::from);
    let files = [named, own(".terraformrc"), own(".tofurc")];
    files.into_iter().flatten().any(|path| {
        let text = fs::read_to_string(path);
        text.is_ok_and(|text| text.contains("plugin_cache_dir"))
    })
}
