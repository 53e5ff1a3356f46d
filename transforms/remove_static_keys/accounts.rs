//! What makes the account of static keys another one than that of AWS_PROFILE.

use std::collections::BTreeSet;
use std::path::Path;

use engine::index::names::{is_line_of, may_be_of};
use engine::index::set_elsewhere;
use engine::index::survey::is_pipeline;
use engine::repo::Repo;
use syntax::hcl::{Attribute, Value};
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::provider::Provider;
use terraform::static_keys::other_identity;

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
        if is_choice(&key.value, module) {
            return Some(format!(
                "`{}` chooses the keys, and with them the account: without them AWS_PROFILE does, whatever \
                 is chosen",
                key.value.text()
            ));
        }
        let Some(variable) = variable(&key.value) else {
            is_known |= key.value.literal().is_some_and(|key| !key.is_empty());
            continue;
        };
        let (values, files) = values(&variable, module, repo);
        if values.len() > 1 {
            let files: Vec<_> = files
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            return Some(format!(
                "`{}` chooses the keys, and with them the account ({}): without them AWS_PROFILE does, \
                 whatever is chosen",
                key.value.text(),
                files.join(", ")
            ));
        }
        is_known |= !values.is_empty();
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

/// The variable that a value is.
fn variable(value: &Value<'_>) -> Option<String> {
    let name = value.text().strip_prefix("var.")?;
    let is_name = name.bytes().all(syntax::lexer::is_name);
    is_name.then(|| name.to_owned())
}

/// Whether a value is one of several: by a condition or a key, here or in a local.
fn is_choice(value: &Value<'_>, module: &Module) -> bool {
    // A key that is written out chooses nothing.
    let by_key = |text: &str| {
        let mut brackets = text.match_indices('[');
        brackets
            .any(|(at, _)| !text[at + 1..].starts_with(|it: char| it == '"' || it.is_ascii_digit()))
    };
    let chooses = |text: &str| text.contains('?') || text.contains("lookup(") || by_key(text);
    let Some(name) = value.text().strip_prefix("local.") else {
        return value.literal().is_none() && chooses(value.text());
    };
    let locals = module
        .configuration()
        .flat_map(|document| document.blocks("locals"));
    let mut own = locals.filter_map(|block| block.attribute(name));
    chooses(name) || own.any(|local| local.value.literal().is_none() && chooses(local.value.text()))
}

/// The values that a variable has, as they are written, and the files that set it. What jobs and
/// pipelines set is decided with them.
fn values<'m>(
    variable: &str,
    module: &'m Module,
    repo: &Repo,
) -> (BTreeSet<String>, BTreeSet<&'m Path>) {
    let (mut values, mut files) = (BTreeSet::new(), BTreeSet::new());
    for document in module.configuration() {
        let blocks = document.blocks("variable");
        let own = blocks.filter(|block| block.label(0) == Some(variable));
        let defaults = own.filter_map(|block| block.attribute("default"));
        for default in defaults.filter_map(|default| given(&default.value)) {
            values.insert(default);
            files.insert(document.path());
        }
    }
    for document in module.of_kind(FileKind::Values) {
        let value = document
            .body()
            .ok()
            .and_then(|body| body.attribute(variable));
        if let Some(value) = value.and_then(|value| given(&value.value)) {
            values.insert(value);
            files.insert(document.path());
        }
    }
    for (path, text) in module.around.scripts.iter() {
        let set = match FileKind::of(path) {
            Some(FileKind::Workflow) => continue,
            Some(FileKind::Terragrunt) => set_elsewhere::assigned_values(text),
            _ if is_pipeline(path) => continue,
            _ => set_elsewhere::values(text),
        };
        let directory = &module.directory;
        if !may_be_of(directory, path, text, &repo.index().modules) {
            continue;
        }
        let own = set.into_iter().filter(|set| set.name == variable);
        for set in own.filter(|set| is_line_of(directory, &set.line)) {
            values.insert(set.value);
            files.insert(path.as_path());
        }
    }
    (values, files)
}

/// What sets a variable; nothing where it holds nothing.
fn given(value: &Value<'_>) -> Option<String> {
    let text = value.written();
    (!matches!(&*text, "" | "null")).then_some(text)
}

/// Whether a provider configuration acts by what its environment has.
fn is_ambient(provider: &Provider<'_>) -> bool {
    provider.keys().is_empty() && provider.roles().is_empty() && other_identity(provider).is_none()
}
