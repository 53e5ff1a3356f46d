//! What makes the account of static keys another one than that of AWS_PROFILE.

use std::collections::BTreeSet;
use std::path::Path;

use hcl_edit::expr::Expression;

use engine::index::key_source::{KeySource, local};
use engine::index::set_elsewhere::{self, Inputs};
use engine::index::setting_files::{Reach, is_line_of};
use engine::index::survey::is_pipeline;
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::hcl::{Attribute, Value, key_name};
use terraform::file_kind::{FileKind, is_example};
use terraform::module::Module;
use terraform::provider::Provider;
use terraform::static_keys::other_identity;
use terraform::values_file;

/// Why the removal of a provider configuration's keys needs review, as a sentence. `own` are all
/// configurations of the module.
pub fn doubt(
    provider: &Provider<'_>,
    keys: &[Attribute<'_>],
    own: &[Provider<'_>],
    module: &Module,
    repo: &Repo,
) -> Option<String> {
    let mut is_known = false;
    for key in keys {
        let mut origin = Origin::default();
        origin.follow(&key.value, module);
        let chosen = |by: &str| {
            sentence!(
                "`{}` chooses the keys with their account{by}: without them AWS_PROFILE does, \
                 whatever is chosen",
                key.value.text()
            )
        };
        if origin.is_chosen {
            return Some(chosen(""));
        }
        is_known |= origin.has_literal;
        for source in &origin.sources {
            let given = GivenValues::of(source, module, repo);
            if given.are_several() {
                let files = given.files.iter().map(|path| path.display().to_string());
                let files: Vec<_> = files.collect();
                return Some(chosen(&format!(" ({})", files.join(", "))));
            }
            is_known |= !given.values.is_empty();
        }
    }
    let mut beside = own.iter().filter(|other| other.alias != provider.alias);
    if let Some(other) = beside.find(|other| is_ambient(other)) {
        return Some(format!(
            "{} beside it has no credentials of its own, which may be of another account: both act by \
             AWS_PROFILE afterwards",
            other.reference()
        ));
    }
    let job = repo.job_with_other_keys(&module.directory);
    let job = job.filter(|_| is_known)?;
    Some(format!(
        "{job} runs it with keys of its own, which may be of another account: it would act there"
    ))
}

/// What a key comes from.
#[derive(Default)]
struct Origin {
    /// The variables, or their attributes.
    sources: BTreeSet<KeySource>,
    /// The locals that were followed.
    locals: BTreeSet<String>,
    /// Whether a condition, a key or the workspace chooses between several.
    is_chosen: bool,
    /// Whether it is written out.
    has_literal: bool,
}

impl Origin {
    fn follow(&mut self, value: &Value<'_>, module: &Module) {
        if let Some(literal) = value.literal() {
            self.has_literal |= !literal.is_empty();
            return;
        }
        // Of an object only the one attribute counts.
        if let Some(source) = KeySource::of(value, None, module) {
            self.sources.insert(source);
            return;
        }
        let text = value.text();
        self.is_chosen |= chooses(text);
        let variables = named(text, "var.").map(|name| KeySource {
            variable: name.to_owned(),
            attribute: None,
        });
        self.sources.extend(variables);
        for name in named(text, "local.") {
            if self.locals.insert(name.to_owned())
                && let Some(local) = local(name, module)
            {
                self.follow(&local.value, module);
            }
        }
    }
}

/// The names behind `prefix` in an expression.
fn named<'t>(text: &'t str, prefix: &str) -> impl Iterator<Item = &'t str> {
    let places = text.match_indices(prefix);
    let at = places.map(|(at, prefix)| at + prefix.len());
    at.map(|at| {
        let end = text[at..]
            .bytes()
            .position(|it| !syntax::lexer::is_name(it));
        &text[at..end.map_or(text.len(), |end| at + end)]
    })
}

/// Whether an expression is one of several: by a condition, a key or the workspace.
fn chooses(text: &str) -> bool {
    // A key that is written out chooses nothing.
    let mut brackets = text.match_indices('[');
    let by_key = brackets
        .any(|(at, _)| !text[at + 1..].starts_with(|it: char| it == '"' || it.is_ascii_digit()));
    by_key
        || ["?", "lookup(", "terraform.workspace"]
            .iter()
            .any(|it| text.contains(it))
}

/// The values that a variable has. What jobs and pipelines set is decided with them.
#[derive(Default)]
struct GivenValues<'m> {
    /// As they are written.
    values: BTreeSet<String>,
    /// The files that set it.
    files: BTreeSet<&'m Path>,
    /// Whether Terragrunt sets it to what may differ from unit to unit.
    is_per_unit: bool,
}

impl<'m> GivenValues<'m> {
    fn are_several(&self) -> bool {
        self.is_per_unit || self.values.len() > 1
    }

    fn of(source: &KeySource, module: &'m Module, repo: &Repo) -> Self {
        let variable = &source.variable;
        let mut all = Self::default();
        for document in module.configuration() {
            let blocks = document.blocks("variable");
            let own = blocks.filter(|block| block.label(0) == Some(variable));
            let defaults = own.filter_map(|block| block.attribute("default"));
            let given = defaults.filter_map(|it| given(it.value.expression(), source));
            for default in given {
                all.values.insert(default);
                all.files.insert(document.path());
            }
        }
        let documents = module.of_kind(FileKind::Values);
        let documents = documents.map(|document| (document.path(), document.text()));
        let in_json = module.around.unread.iter();
        let in_json = in_json.map(|(path, text)| (path.as_path(), text.as_str()));
        let in_json = in_json.filter(|(path, _)| FileKind::of(path) == Some(FileKind::ValuesJson));
        for (path, text) in documents
            .chain(in_json)
            .filter(|(path, _)| !is_example(path))
        {
            let set = values_file::values(path, text);
            let set = set.and_then(|mut set| set.remove(variable));
            if let Some(value) = set.and_then(|value| given(&value, source)) {
                all.values.insert(value);
                all.files.insert(path);
            }
        }
        for (path, text) in module.around.scripts.iter() {
            // Most scripts set other variables: they are not read.
            if !text.contains(variable.as_str()) && !text.contains("inputs") {
                continue;
            }
            let (set, others) = match FileKind::of(path) {
                Some(FileKind::Workflow) => continue,
                Some(FileKind::Terragrunt) => Inputs::of(path, text),
                _ if is_pipeline(path) => continue,
                _ => (set_elsewhere::values(text), None),
            };
            let directory = &module.directory;
            let own = set.into_iter().filter(|set| set.name == *variable);
            let own: Vec<_> = own.filter(|set| is_line_of(directory, &set.line)).collect();
            let sets_it = !own.is_empty() || others.is_some();
            if sets_it && Reach::of(path, text).admits(directory, &repo.index().modules) {
                // The environment is the same for all units.
                let mut unknown = own
                    .iter()
                    .filter(|set| !set.is_known && set.line.is_empty());
                all.is_per_unit |= unknown.any(|set| !set.value.starts_with("get_env("))
                    || own.is_empty() && others.is_some();
                all.values.extend(own.into_iter().map(|set| set.value));
                all.files.insert(path.as_path());
            }
        }
        all
    }
}

/// What sets a variable, of an object the attribute; nothing where it holds nothing.
fn given(value: &Expression, source: &KeySource) -> Option<String> {
    let object = value.as_object().zip(source.attribute.as_ref());
    let value = match object {
        Some((object, attribute)) => {
            let mut entries = object.iter();
            let entry = entries.find(|(key, _)| key_name(key) == Some(attribute.as_str()));
            entry?.1.expr()
        }
        None => value,
    };
    let text = match value.as_str() {
        Some(literal) => literal.to_owned(),
        None => value.to_string().trim().to_owned(),
    };
    (!matches!(&*text, "" | "null" | "{}" | "[]")).then_some(text)
}

/// Whether a provider configuration acts by what its environment has.
fn is_ambient(provider: &Provider<'_>) -> bool {
    provider.keys().is_empty() && provider.roles().is_empty() && other_identity(provider).is_none()
}
