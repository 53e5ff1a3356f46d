//! The commands that Terraform runs on its own machine: those of `local-exec` provisioners, of
//! `external` data sources, of `shell_script` resources, and of the `exec` plugins by which providers sign in to Kubernetes.

mod command_text;
mod exec_plugin;
mod listed_words;
mod shell_script;
mod terragrunt;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use syntax::hcl::{Block, Document, Value};
use syntax::location::Location;
use syntax::shell::quoted;

use listed_words::ListedWords;

pub use command_text::{COMPUTED, ModulePaths};
pub use exec_plugin::{ExecPlugin, PluginOption};

/// A command, as far as the configuration tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalCommand {
    /// Where the block that runs it stands.
    pub at: Location,
    /// The resource, data source or provider that runs it: `terraform_data.sync`.
    pub of: String,
    /// What a shell would run; `None` where it cannot be told.
    pub script: Option<String>,
    /// The variables that it gets beside those of Terraform; `None` for a value that is computed.
    pub environment: BTreeMap<String, Option<String>>,
    /// The directory that it runs in, seen from that of Terraform; `None` for the same.
    pub directory: Option<String>,
    /// Whether it signs a token for a cluster, which is checked there.
    pub signs_token: bool,
    /// Whether what it prints is a value of the configuration.
    pub is_output_used: bool,
}

/// Variables that choose other credentials than the ambient ones ("Configuring environment variables
/// for the AWS CLI").
const CREDENTIALS: [&str; 4] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// Options of the plugins that sign by a role: its account is the same whoever assumes it.
const ROLE_OPTIONS: [&str; 3] = ["--role-arn", "--role", "-r"];

impl LocalCommand {
    /// The commands of a document, a file of the module with these paths.
    pub fn all(document: &Document, paths: &ModulePaths) -> Vec<Self> {
        let mut found = Vec::new();
        for resource in document.blocks("resource") {
            let provisioners = resource.blocks("provisioner");
            let local = provisioners.filter(|it| it.label(0) == Some("local-exec"));
            found.extend(local.map(|it| Self::provisioner(&it, &resource, paths)));
        }
        for data in document.blocks("data") {
            if data.label(0) == Some("external") {
                found.push(Self::external(&data, paths));
            }
        }
        found.extend(Self::of_shell_scripts(document, paths));
        for provider in document.blocks("provider") {
            let plugins = plugins(&provider).into_iter();
            found.extend(plugins.map(|it| Self::plugin(&it, &provider, paths)));
        }
        found
    }

    /// Whether its environment gives it credentials of its own.
    pub fn has_own_credentials(&self) -> bool {
        let is_set = |name: &&str| {
            let value = self.environment.get(*name);
            value.is_some_and(|value| value.as_deref() != Some(""))
        };
        CREDENTIALS.iter().any(is_set)
    }

    fn provisioner(block: &Block<'_>, resource: &Block<'_>, paths: &ModulePaths) -> Self {
        let text = |name| block.attribute(name).map(|it| paths.text(&it.value));
        let command = text("command").flatten();
        let interpreter = block.attribute("interpreter");
        // One that is chosen by the system is a shell.
        let interpreter = interpreter.and_then(|it| paths.words(&it.value));
        let script = command.map(|command| match interpreter {
            Some(words) if !takes_script(&words) => joined(&[&words[..], &[command]].concat()),
            _ => command,
        });
        Self {
            at: block.location(),
            of: labels(resource),
            script,
            environment: environment(block.attribute("environment").map(|it| it.value), paths),
            directory: directory(block, paths),
            signs_token: false,
            is_output_used: false,
        }
    }

    fn external(data: &Block<'_>, paths: &ModulePaths) -> Self {
        let program = data.attribute("program");
        let words = program.and_then(|it| paths.words(&it.value));
        Self {
            at: data.location(),
            of: format!("data.{}", labels(data)),
            script: words.map(|words| joined(&words)),
            environment: BTreeMap::new(),
            directory: directory(data, paths),
            signs_token: false,
            is_output_used: true,
        }
    }

    fn plugin(plugin: &Settings<'_>, provider: &Block<'_>, paths: &ModulePaths) -> Self {
        let command = plugin.value("command").map(|it| paths.text(&it));
        let listed = plugin.value("args");
        let listed = listed.map(|it| ListedWords::of(&it, &[provider.document()]));
        let listed = listed.unwrap_or_default();
        let words = listed.words.iter().map(|it| paths.text(it));
        let words = words.map(|it| it.unwrap_or_else(|| COMPUTED.to_owned()));
        let mut arguments: Vec<String> = words.collect();
        // Arguments that are computed or chosen may be any.
        if listed.is_choice {
            arguments = vec![COMPUTED.to_owned()];
        } else if listed.is_open {
            arguments.push(COMPUTED.to_owned());
        }
        let is_role = |word: &String| {
            let mut options = ROLE_OPTIONS.iter();
            options.any(|it| word == it || word.starts_with(&format!("{it}=")))
        };
        if arguments.iter().any(is_role) {
            arguments = vec!["--version".to_owned()];
        }
        let words = command.flatten().map(|it| [&[it], &arguments[..]].concat());
        Self {
            at: provider.location(),
            of: format!("provider \"{}\"", provider.label(0).unwrap_or_default()),
            script: words.map(|words| joined(&words)),
            environment: environment(plugin.value("env"), paths),
            directory: None,
            signs_token: true,
            is_output_used: false,
        }
    }
}

/// What `exec` holds, as a block or as an argument.
enum Settings<'d> {
    Block(Block<'d>),
    Object(Value<'d>),
}

impl<'d> Settings<'d> {
    fn value(&self, name: &str) -> Option<Value<'d>> {
        let attribute = match self {
            Self::Block(block) => block.attribute(name),
            Self::Object(object) => object.entry(name),
        };
        attribute.map(|it| it.value)
    }

    /// The settings of that name in these: blocks, an object, or a list of objects.
    fn inner(&self, name: &'static str) -> Vec<Self> {
        let value = self.value(name);
        let items = value.and_then(|it| it.items());
        let objects = items.unwrap_or_else(|| value.into_iter().collect());
        let objects = objects.into_iter().map(Self::Object);
        match self {
            Self::Block(block) => block.blocks(name).map(Self::Block).chain(objects).collect(),
            Self::Object(_) => objects.collect(),
        }
    }
}

/// The `exec` of a provider: its own, or that of its `kubernetes` settings, as Helm's has it.
fn plugins<'d>(provider: &Block<'d>) -> Vec<Settings<'d>> {
    let own = Settings::Block(*provider);
    let inner = own.inner("kubernetes");
    let inner = inner.iter().flat_map(|it| it.inner("exec"));
    let mut all: Vec<_> = inner.collect();
    all.extend(own.inner("exec"));
    all
}

fn labels(block: &Block<'_>) -> String {
    let labels = [0, 1].map(|index| block.label(index).unwrap_or_default());
    labels.join(".")
}

fn directory(block: &Block<'_>, paths: &ModulePaths) -> Option<String> {
    let directory = block.attribute("working_dir")?;
    Some(paths.text(&directory.value).unwrap_or(COMPUTED.to_owned()))
}

fn environment(value: Option<Value<'_>>, paths: &ModulePaths) -> BTreeMap<String, Option<String>> {
    let Some(value) = value else {
        return BTreeMap::new();
    };
    if value.expression().as_object().is_none() {
        // `merge(local.environment, { AWS_PROFILE = "x" })`.
        let named = CREDENTIALS.iter().filter(|it| value.text().contains(**it));
        return named.map(|name| ((*name).to_owned(), None)).collect();
    }
    let entries = value.entries().into_iter();
    let set = entries.filter(|it| !matches!(it.value.expression(), Expression::Null(_)));
    set.map(|it| {
        let text = paths.text(&it.value).filter(|it| !it.contains(COMPUTED));
        (it.name.to_owned(), text)
    })
    .collect()
}

/// Whether an interpreter runs the word behind it as a script of a shell.
fn takes_script(words: &[String]) -> bool {
    let names = [
        "ash",
        "bash",
        "cmd",
        "dash",
        "ksh",
        "powershell",
        "pwsh",
        "sh",
        "zsh",
    ];
    let is_shell = |word: &String| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
        let name = name.to_ascii_lowercase();
        names.contains(&name.trim_end_matches(".exe"))
    };
    let is_flag = |word: &String| {
        let word = word.to_ascii_lowercase();
        word == "/c" || word == "-command" || word.starts_with('-') && word.ends_with('c')
    };
    words.iter().any(is_shell) && words.last().is_some_and(is_flag)
}

fn joined(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}
