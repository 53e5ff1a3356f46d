//! The commands of modules that use the ambient credentials: where a default provider configuration
//! loses its role, they would act in another account than before.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ci::scripts::aws_use::may_use_aws;
use ci::scripts::cluster_use;
use ci::scripts::reader::{ScriptContext, read};
use ci::scripts::tree::TreeScripts;
use ci::scripts::working_directory::WorkingDirectory;
use ci::terraform_run::RunEffect;
use memchr::memmem::Finder;
use syntax::code;
use syntax::location::Location;
use terraform::local_command::{ExecPlugin, LocalCommand, ModulePaths};

use super::document::utf8;
use super::modules::Modules;
use super::{document, tree_scripts};
use crate::error::PlanError;
use crate::source::Source;

/// A command that uses the ambient credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbientCommand {
    /// Where the block that runs it stands.
    pub at: Location,
    /// The resource, data source or provider that runs it: `terraform_data.sync`.
    pub of: String,
    /// The part of it that does: `` `aws s3 sync` ``; `None` where it cannot be read.
    pub what: Option<String>,
    /// What kind of use it is.
    pub kind: AmbientKind,
    /// The accounts in which it works as before; empty where none is known.
    pub accounts: Vec<String>,
    /// The root module that it runs Terraform in, where it does and that is known.
    pub runs: Option<PathBuf>,
}

/// The kinds of what uses the ambient credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmbientKind {
    /// A command.
    Command,
    /// A command that signs a token for a cluster, which is checked there.
    Token,
    /// Configuration, with what gives it credentials of its own.
    Configuration(&'static str),
}

impl AmbientCommand {
    /// Whether it works in that account as before.
    pub fn works_in(&self, account: Option<&str>) -> bool {
        account.is_some_and(|id| self.accounts.iter().any(|it| it == id))
    }
}

/// The byte search that decides whether a configuration file may run commands. Few files do, so that
/// only those are read for it.
pub(super) struct CommandFilter {
    exec: Finder<'static>,
    external: Finder<'static>,
    shell: Finder<'static>,
}

impl CommandFilter {
    pub fn new() -> Self {
        Self {
            exec: Finder::new(b"exec"),
            external: Finder::new(b"\"external\""),
            shell: Finder::new(b"\"shell_script\""),
        }
    }

    /// Whether the content has a provisioner `local-exec`, an `exec`, an `external` data source or a `shell_script`.
    pub fn admits(&self, content: &[u8]) -> bool {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let mut exec = self.exec.find_iter(content);
        exec.any(|at| {
            let (before, behind) = (&content[..at], &content[at + b"exec".len()..]);
            let starts = before.ends_with(b"local-") || !before.last().is_some_and(is_word);
            starts && !behind.first().is_some_and(is_word)
        }) || self.external.find(content).is_some()
            || self.shell.find(content).is_some()
    }
}

/// What commands tell, by number of the directory.
#[derive(Debug, Default)]
pub(super) struct LearnedCommands {
    /// What uses the ambient credentials in each module: its first command, and its configuration.
    pub ambient: HashMap<usize, Vec<AmbientCommand>>,
    /// The roles by which plugins of providers sign in to clusters, as written.
    pub plugin_roles: HashMap<usize, Vec<String>>,
}

/// What the commands of modules tell: the first of each that uses the ambient credentials, and the
/// roles of plugins. `files` are those that may run commands, with what is read for each; `tree` has scripts of the
/// repository.
pub(super) fn learn(
    source: &dyn Source,
    files: &[(PathBuf, PathBuf)],
    tree: &TreeScripts,
    modules: &Modules,
) -> Result<LearnedCommands, PlanError> {
    let mut learned = LearnedCommands::default();
    let mut buffer = Vec::new();
    let mut tree = tree.clone();
    for (path, file) in files {
        let directory = path.parent().unwrap_or(Path::new(""));
        let Some(number) = modules.number(directory) else {
            continue;
        };
        let unreadable = |error| PlanError::Unreadable(file.clone(), error);
        source.read(file, &mut buffer).map_err(unreadable)?;
        // What does not close is reported elsewhere.
        let text = utf8(file, &buffer).ok();
        let document = text.and_then(|it| document::document(path.clone(), it.to_owned()).ok());
        let Some(document) = document else { continue };
        let plugins = ExecPlugin::all(&[&document]);
        let roles = plugins.iter().filter_map(ExecPlugin::role);
        let roles: Vec<String> = roles.map(|role| role.value).collect();
        if !roles.is_empty() {
            learned
                .plugin_roles
                .entry(number)
                .or_default()
                .extend(roles);
        }
        if learned.ambient.contains_key(&number) {
            continue;
        }
        let place = WorkingDirectory::new(Some(directory), &[]);
        let spelled = place.spelled().unwrap_or_default();
        // A child module's commands run where its callers do.
        let is_called = modules.is_called(directory);
        let paths = ModulePaths {
            root: (!is_called).then(|| spelled.clone()),
            module: spelled,
        };
        let place = match is_called {
            true => WorkingDirectory::new(None, &[]),
            false => place,
        };
        for command in LocalCommand::all(&document, &paths) {
            if let Some(used) = ambient(&command, &place, source, &mut tree)? {
                // What it runs so acts by the credentials of this root module, too.
                let other = used.runs.as_deref().and_then(|it| modules.number(it));
                if let Some(other) = other.filter(|it| *it != number) {
                    learned.ambient.entry(other).or_default().push(used.clone());
                }
                learned.ambient.entry(number).or_default().push(used);
                break;
            }
        }
    }
    Ok(learned)
}

/// What of a command uses the ambient credentials.
pub(super) fn ambient(
    command: &LocalCommand,
    place: &WorkingDirectory,
    source: &dyn Source,
    tree: &mut TreeScripts,
) -> Result<Option<AmbientCommand>, PlanError> {
    let used = |what, runs| AmbientCommand {
        at: command.at.clone(),
        of: command.of.clone(),
        what,
        kind: match command.signs_token {
            true => AmbientKind::Token,
            false => AmbientKind::Command,
        },
        accounts: Vec::new(),
        runs,
    };
    if command.has_own_credentials() {
        return Ok(None);
    }
    let Some(script) = &command.script else {
        return Ok(Some(used(None, None)));
    };
    let mut place = place.clone();
    if let Some(directory) = &command.directory {
        place.path = place.join(directory);
    }
    let mut environment = command.environment.clone();
    // Empty, it chooses none.
    environment.remove("AWS_PROFILE");
    loop {
        let context = ScriptContext {
            environment: environment.clone(),
            is_output_used: command.is_output_used,
            ..ScriptContext::new(place.clone())
        };
        let reading = read(script, context, tree);
        let wanted = tree.take_wanted();
        if wanted.is_empty() {
            let mut unread = reading.calls.iter();
            let unread = unread.find(|call| may_use_aws(&call.words));
            let unread = unread.map(|call| code::quoted(&call.words.join(" ")));
            let mut found = reading.aws_uses.into_iter();
            let found = found.find(|used| !used.names_profile);
            // What only reads state configures no provider.
            let mut runs = reading.runs.iter();
            let run = runs.find(|run| run.effect != RunEffect::State);
            let directory = run.and_then(|run| run.directory.clone());
            let run = run.map(|_| "Terraform in another directory".to_owned());
            let has_cluster = environment.contains_key("KUBECONFIG");
            let cluster = cluster_use::of(script).filter(|_| !has_cluster);
            let what = found.map(|it| it.what).or(unread).or(run).or(cluster);
            return Ok(what.map(|what| used(Some(what), directory)));
        }
        tree_scripts::add(source, tree, wanted)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_commands_are_not_read() {
        let filter = CommandFilter::new();
        for content in [
            "provisioner \"local-exec\" {",
            "exec {",
            "exec = {",
            "\"exec\": {",
            "data \"external\" \"x\" {",
            "resource \"shell_script\" \"x\" {",
        ] {
            assert!(filter.admits(content.as_bytes()), "{content}");
        }
        for content in [
            "execution_role_arn = x",
            "\"execute-api:Invoke\"",
            "enable_exec = true",
            "provisioner \"remote-exec\" {",
            "name = \"external-dns\"",
            "executable",
        ] {
            assert!(!filter.admits(content.as_bytes()), "{content}");
        }
    }
}
