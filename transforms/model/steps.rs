//! What to run once a plan is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::constraint::{Constraint, Dialect};
use super::plan::Plan;
use super::repo::Repo;
use super::survey::BackendKind;

/// A command, or a sentence where there is none to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Why, as a heading; steps of the same kind share it.
    pub why: &'static str,
    /// What to run, from the repository's root.
    pub command: String,
}

const SIGN_IN: &str = "Sign in and make sure that old keys do not win:";
const REFS: &str = "See that the module refs exist:";
const INIT: &str = "Initialise each root module again:";

/// The steps that a plan calls for, in the order in which to take them.
pub fn steps(plan: &Plan, repo: &Repo) -> Vec<Step> {
    let mut steps = Vec::new();
    let applied = |id: &str| plan.applied().any(|finding| finding.transform == id);
    if applied("remove_assume_role") || applied("set_backend_profile") {
        let commands = sign_in(repo).into_iter();
        steps.extend(commands.map(|command| Step {
            why: SIGN_IN,
            command,
        }));
    }
    steps.extend(
        refs(plan)
            .into_iter()
            .map(|command| Step { why: REFS, command }),
    );
    steps.extend(
        inits(plan, repo)
            .into_iter()
            .map(|command| Step { why: INIT, command }),
    );
    steps
}

fn sign_in(repo: &Repo) -> Vec<String> {
    let settings = repo.settings();
    let state = settings.state_profile.as_deref();
    let targets: Vec<&str> = settings
        .accounts
        .iter()
        .map(|account| account.label.as_str())
        .filter(|label| Some(*label) != state)
        .collect();
    let target = match targets.as_slice() {
        [only] => (*only).to_owned(),
        [] => "PROFILE".to_owned(),
        several => format!("PROFILE   # one of {}", several.join(", ")),
    };
    let mut commands = vec![format!("aws sso login --profile {target}")];
    commands.extend(state.map(|state| format!("aws sso login --profile {state}")));
    commands.push("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN".to_owned());
    commands.push(format!("export AWS_PROFILE={target}"));
    commands.push("aws sts get-caller-identity".to_owned());
    commands
}

/// One `git ls-remote` for each repository and ref that module sources now name.
fn refs(plan: &Plan) -> Vec<String> {
    let sources = plan
        .applied()
        .filter(|finding| finding.transform == "github_module_source");
    let edits = sources.flat_map(|finding| &finding.edits);
    let mut commands: Vec<String> = edits
        .filter_map(|edit| {
            let address = edit.edit.text.trim_matches('"');
            let (module, git_ref) = address.split_once("?ref=")?;
            let from = module.find("://").map_or(0, |scheme| scheme + 3);
            let repository = &module[..from + module[from..].find("//")?];
            let url = match repository.strip_prefix("git::") {
                Some(url) => url.to_owned(),
                None if repository.starts_with("git@") => repository.to_owned(),
                None => format!("https://{repository}"),
            };
            Some(format!("git ls-remote --tags {url} {git_ref}"))
        })
        .collect();
    commands.sort();
    commands.dedup();
    commands
}

/// How a root module has to be initialised after the plan.
#[derive(Debug, Default)]
struct Init<'p> {
    reconfigure: bool,
    upgrade: bool,
    files: Vec<&'p Path>,
    is_partial: bool,
}

fn inits(plan: &Plan, repo: &Repo) -> Vec<String> {
    let mut inits: BTreeMap<PathBuf, Init<'_>> = BTreeMap::new();
    for finding in plan.applied() {
        for edit in &finding.edits {
            let directory = edit.path.parent().unwrap_or(Path::new(""));
            match finding.transform {
                "set_backend_profile" => {
                    let owner = repo.backend_owner(&edit.path).unwrap_or(directory);
                    let init = inits.entry(owner.to_path_buf()).or_default();
                    init.reconfigure = true;
                    init.is_partial =
                        matches!(repo.backend(owner), Some(BackendKind::PartialS3 { .. }));
                    init.files = repo.backend_files(owner);
                }
                "bump_provider" if !lock_fits(directory, &edit.edit.text, repo) => {
                    inits.entry(directory.to_path_buf()).or_default().upgrade = true;
                }
                _ => {}
            }
        }
    }
    inits
        .iter()
        .flat_map(|(directory, init)| init.commands(directory))
        .collect()
}

/// Whether the directory's lock file, if there is one, satisfies the constraint in `text`.
fn lock_fits(directory: &Path, text: &str, repo: &Repo) -> bool {
    let constraint = text.split('"').rev().nth(1).unwrap_or_default();
    match (
        repo.locked(directory),
        Constraint::parse(constraint, Dialect::Provider),
    ) {
        (Some(locked), Ok(constraint)) => constraint.admits(locked),
        _ => true,
    }
}

impl Init<'_> {
    /// The `terraform init` of a root module, once for each settings file of a partial backend.
    fn commands(&self, directory: &Path) -> Vec<String> {
        let place = match directory.as_os_str().is_empty() {
            true => String::new(),
            false => format!(" -chdir={}", shell_quoted(&directory.display().to_string())),
        };
        let mut flags = String::new();
        if self.upgrade {
            flags += " -upgrade";
        }
        if self.reconfigure {
            flags += " -reconfigure";
        }
        let init = format!("terraform{place} init{flags}");
        if !self.reconfigure || !self.is_partial {
            return vec![init];
        }
        if self.files.is_empty() {
            return vec![format!(
                "{init} -backend-config=...   # every one, as before: {LOST}"
            )];
        }
        let files = self.files.iter().map(|file| {
            let file = file.strip_prefix(directory).unwrap_or(file);
            let file = shell_quoted(&file.display().to_string());
            format!("{init} -backend-config={file}")
        });
        files.collect()
    }
}

const LOST: &str = "what is left out is lost";

/// A path as a shell takes it.
fn shell_quoted(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@:,".contains(&byte);
    match path.bytes().all(plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}
