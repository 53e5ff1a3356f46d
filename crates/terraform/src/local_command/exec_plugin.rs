//! The `exec` plugins by which providers sign in to clusters of Kubernetes.

use syntax::hcl::{Block, Document, Value};

use super::listed_words::ListedWords;
use super::{ROLE_OPTIONS, Settings, plugins};

/// The `exec` plugin of a provider: how it signs in to a cluster.
pub struct ExecPlugin<'d> {
    /// The provider block.
    pub provider: Block<'d>,
    /// What stands in `exec`.
    settings: Settings<'d>,
    /// Its arguments, by `concat` and by locals, too.
    words: ListedWords<'d>,
}

/// An option of a plugin's arguments.
pub struct PluginOption<'d> {
    /// Its value: the literal, or the expression as written.
    pub value: String,
    /// The elements of the list that are the option and its value.
    pub words: Vec<Value<'d>>,
}

impl<'d> ExecPlugin<'d> {
    /// The plugins in the documents of a module.
    pub fn all(documents: &[&'d Document]) -> Vec<Self> {
        let providers = documents.iter().flat_map(|it| it.blocks("provider"));
        let all = providers.flat_map(|provider| {
            let own = plugins(&provider).into_iter();
            own.map(move |settings| {
                let arguments = settings.value("args");
                let words = arguments.map(|it| ListedWords::of(&it, documents));
                Self {
                    provider,
                    words: words.unwrap_or_default(),
                    settings,
                }
            })
        });
        all.collect()
    }

    /// Where it begins, in the document.
    pub fn offset(&self) -> usize {
        match &self.settings {
            Settings::Block(block) => block.span().start,
            Settings::Object(object) => object.span().start,
        }
    }

    /// Its arguments, where they are written out as a list.
    pub fn arguments(&self) -> Option<Vec<Value<'d>>> {
        self.settings.value("args")?.items()
    }

    /// Whether some of its arguments are not written out, so that one of them may be a role.
    pub fn has_unknown_arguments(&self) -> bool {
        self.words.is_open
    }

    /// The script of a shell that it runs, where that is written out.
    pub fn script(&self) -> Option<&'d str> {
        let command = self.command()?;
        let name = command.rsplit('/').next().unwrap_or(command);
        let words = &self.words.words;
        let at = words.iter().position(|it| it.literal() == Some("-c"));
        let script = words.get(at? + 1)?.literal();
        script.filter(|_| ["ash", "bash", "dash", "sh", "zsh"].contains(&name))
    }

    /// The program, where it is written out.
    pub fn command(&self) -> Option<&'d str> {
        self.settings.value("command")?.literal()
    }

    /// The role by which it signs.
    pub fn role(&self) -> Option<PluginOption<'d>> {
        self.option(&ROLE_OPTIONS)
    }

    /// The profile by which it signs: that of its arguments, or of its environment.
    pub fn profile(&self) -> Option<String> {
        let option = self.option(&["--profile"]).map(|it| it.value);
        option.or_else(|| {
            let environment = self.settings.value("env")?;
            let names = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter();
            let mut set = names.filter_map(|name| environment.entry(name));
            let value = set.next()?.value.written();
            Some(value).filter(|it| !it.is_empty() && it != "null")
        })
    }

    /// The first of these options, with its value in the next word or behind `=`.
    fn option(&self, names: &[&str]) -> Option<PluginOption<'d>> {
        let words = &self.words.words;
        words.iter().enumerate().find_map(|(at, word)| {
            let written = word.written();
            let written = written.trim_matches('"');
            if names.contains(&written) {
                let value = *words.get(at + 1)?;
                return Some(PluginOption {
                    value: value.written(),
                    words: vec![*word, value],
                });
            }
            let value = names.iter().find_map(|name| {
                let rest = written.strip_prefix(name)?;
                rest.strip_prefix('=')
            })?;
            // `"--role-arn=${var.role}"` is the expression alone.
            let inner = value.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
            Some(PluginOption {
                value: inner.unwrap_or(value).trim().to_owned(),
                words: vec![*word],
            })
        })
    }
}
