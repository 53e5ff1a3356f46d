//! Calls of workflows of other repositories: which may run the root modules of this one, with
//! credentials of AWS that nothing here tells the account of.

use std::path::{Component, Path, PathBuf};

use crate::aws_names::is_key_name;
use crate::github::expression::references;
use crate::github::permissions::DefaultToken;
use crate::github::values::{Values, fill};
use crate::github::workflow::model::{Job, NamedText, SecretsPassed};
use crate::github::workflow::{StepOwner, TERRAFORM_WORDS, Workflows};

/// A call of a workflow that may run root modules of this repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallElsewhere {
    /// `OWNER/REPOSITORY/PATH`, without the ref.
    pub workflow: String,
    /// Byte offset of `uses:` in the job's file.
    pub offset: usize,
    /// The root modules that it may run.
    pub root_modules: Vec<PathBuf>,
}

/// Words in the name of a called workflow's file that say that it does something else.
const OTHERWISE: [&str; 28] = [
    "assign",
    "build",
    "changelog",
    "checkov",
    "codeql",
    "copyright",
    "cost",
    "docker",
    "docs",
    "fmt",
    "format",
    "image",
    "issue",
    "label",
    "lint",
    "module",
    "mypy",
    "notify",
    "pages",
    "publish",
    "readme",
    "release",
    "scan",
    "sec",
    "slack",
    "stale",
    "validate",
    "version",
];

/// Words of the name that say that it reaches state, whatever else it does.
const REACHES: [&str; 4] = ["apply", "deploy", "destroy", "plan"];

/// Words in names that stand for Terraform, beside its own.
const INFRASTRUCTURE: [&str; 4] = ["iac", "infra", "infrastructure", "tf"];

/// Words in the names of inputs for a directory.
const DIRECTORY_WORDS: [&str; 7] = [
    "chdir", "dir", "folder", "module", "path", "root", "workdir",
];

impl Workflows {
    /// The workflow that a job calls, if its file is not read and it may run one of these root modules
    /// with credentials: one of another repository, or of this one at a ref. `values` are those of the
    /// job's context.
    ///
    /// Static keys are passed for AWS, whatever the workflow is called. All secrets, and the token of
    /// OIDC, go to any workflow: there a name or an input has to speak of Terraform, too.
    pub fn call_elsewhere(
        &self,
        owner: StepOwner,
        values: &Values,
        root_modules: &[&Path],
    ) -> Option<CallElsewhere> {
        let job = self.job(owner)?;
        let uses = job.uses.as_ref()?;
        if self.callee(owner).is_some() {
            return None;
        }
        // A local one that is missing does not start.
        let (workflow, _) = uses.value.split_once('@')?;
        let (repository, file) = workflow.split_once("/.github/")?;
        let file = file.rsplit('/').next().unwrap_or(file);
        let has = |words: &[&str]| words_of(file).any(|word| is_one(&word, words));
        if has(&OTHERWISE) && !has(&REACHES) {
            return None;
        }
        let given = given(job, values);
        let named = named(&given, root_modules);
        let speaks = || {
            let name = self.source(owner).yaml.root().get("name");
            let name = name.and_then(|it| it.as_str()).unwrap_or_default();
            // A repository of modules tests and releases those.
            let repository = Some(repository).filter(|it| !it.contains("module"));
            let texts = given.iter().flat_map(|(name, value)| [*name, value]);
            let mut own = [file, &job.id, name].into_iter();
            !named.is_empty()
                || own.any(is_infrastructure)
                || texts.chain(repository).any(names_terraform)
        };
        let may_fetch_token = || self.may_fetch_id_token(owner, DefaultToken::Unknown);
        let may_run = match &job.secrets {
            SecretsPassed::Named(secrets) if secrets.iter().any(is_key) => true,
            SecretsPassed::Inherit => speaks(),
            SecretsPassed::Named(_) | SecretsPassed::None => may_fetch_token() && speaks(),
        };
        let all = || root_modules.iter().map(|it| it.to_path_buf()).collect();
        may_run.then(|| CallElsewhere {
            workflow: workflow.to_owned(),
            offset: uses.offset,
            root_modules: match named.is_empty() {
                true => all(),
                false => named,
            },
        })
    }
}

/// The inputs of a call, with the values that are known.
fn given<'j>(job: &'j Job, values: &Values) -> Vec<(&'j str, String)> {
    let inputs = job.with.iter();
    let inputs = inputs.map(|input| (input.name.as_str(), fill(&input.value.value, values)));
    inputs.collect()
}

/// Whether a secret is part of static keys for AWS.
fn is_key(secret: &NamedText) -> bool {
    let read = references(&secret.value.value);
    let mut names = read.iter().filter_map(|it| it.name.as_deref());
    is_key_name(&secret.name) || names.any(is_key_name)
}

/// The root modules in the directories that inputs name; none where only the run determines one.
fn named(inputs: &[(&str, String)], root_modules: &[&Path]) -> Vec<PathBuf> {
    let is_directory = |name: &str| words_of(name).any(|word| is_one(&word, &DIRECTORY_WORDS));
    let directories = inputs.iter().filter(|(name, _)| is_directory(name));
    let mut found = Vec::new();
    for (_, directory) in directories {
        if directory.contains("${{") {
            return Vec::new();
        }
        let parts = Path::new(directory.trim()).components();
        let directory: PathBuf = parts.filter(|it| *it != Component::CurDir).collect();
        let roots = root_modules
            .iter()
            .filter(|root| match directory.as_os_str() {
                // The root of the repository is no directory of others.
                whole if whole.is_empty() => root.as_os_str().is_empty(),
                _ => root.starts_with(&directory),
            });
        found.extend(roots.map(|root| root.to_path_buf()));
    }
    found
}

/// Whether a name says that it is about infrastructure.
fn is_infrastructure(name: &str) -> bool {
    names_terraform(name) || words_of(name).any(|word| INFRASTRUCTURE.contains(&word.as_str()))
}

fn names_terraform(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    TERRAFORM_WORDS.iter().any(|word| text.contains(word))
}

fn words_of(name: &str) -> impl Iterator<Item = String> + '_ {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.map(str::to_ascii_lowercase)
}

/// Whether a word is one of these, or a form of it: `linter`, `releases`.
fn is_one(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| word.starts_with(known))
}
