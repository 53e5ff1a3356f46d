//! The workflows of a repository, read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ci::github::workflow::{DIRECTORY, KEY_WORDS, KeyTakers, SIGN_IN, TERRAFORM_WORDS, Workflows};
use ci::scripts::aws_scripts::AwsScripts;
use ci::scripts::tree::TreeScripts;
use terraform::file_kind::FileKind;

use super::{document, readers, tree_scripts};
use crate::error::PlanError;
use crate::settings::Settings;
use crate::source::Source;

/// What the file of an action is called (GitHub's page "Metadata syntax").
pub(crate) const ACTIONS: [&str; 2] = ["action.yml", "action.yaml"];

/// Whether a workflow or action speaks of keys.
pub(crate) fn is_keyed(text: &str) -> bool {
    speaks([text], &KEY_WORDS)
}

/// Reads the workflows, the local actions that they use and the scripts of `tree` that they run, if
/// any of them has words of keys, of Terraform or of a sign-in, or calls a workflow elsewhere. `published` are the
/// actions with keys, which nothing in the tree has to use.
pub(crate) fn read(
    source: &dyn Source,
    tree: TreeScripts,
    (key_takers, published): (KeyTakers, &[PathBuf]),
    settings: &Settings,
) -> Result<Workflows, PlanError> {
    let mut texts = Vec::new();
    let mut buffer = Vec::new();
    for path in list(source, Path::new(DIRECTORY))? {
        if FileKind::of(&path) == Some(FileKind::Workflow) {
            texts.extend(text(source, &path, &mut buffer)?.map(|text| (path, text)));
        }
    }
    let mut known: BTreeSet<PathBuf> = BTreeSet::new();
    // Other repositories use an action by its directory, `OWNER/NAME/DIRECTORY@REF` (GitHub's page "Workflow
    // syntax": `jobs.<job_id>.steps[*].uses`).
    for path in published {
        let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
        if known.insert(directory.clone()) {
            texts.extend(action(source, &directory, &mut buffer)?);
        }
    }
    // An action may use others, so that the list grows while it is walked.
    let mut at = 0;
    while at < texts.len() {
        for directory in local_actions(&texts[at].1).collect::<Vec<_>>() {
            if !known.insert(directory.clone()) {
                continue;
            }
            texts.extend(action(source, &directory, &mut buffer)?);
        }
        at += 1;
    }
    let mut workflows = Workflows::beside(AwsScripts::default(), tree);
    workflows.key_takers = key_takers;
    let speaks = |words: &[&str]| speaks(texts.iter().map(|(_, text)| text.as_str()), words);
    let is_keyed = speaks(&KEY_WORDS);
    let calls = || texts.iter().any(|(_, text)| calls_elsewhere(text));
    if !is_keyed && !speaks(&TERRAFORM_WORDS) && !speaks(&[SIGN_IN]) && !calls() {
        return Ok(workflows);
    }
    if is_keyed {
        workflows.scripts = readers::readers(source)?;
    }
    if calls() {
        workflows.repositories.clone_from(&settings.repositories);
        workflows.repositories.extend(source.origin());
    }
    for (path, text) in texts {
        let obstacle = source.obstacle(&path);
        let obstacle = obstacle.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
        workflows.add(&path, text, obstacle);
    }
    loop {
        let wanted = workflows.wanted_scripts();
        if wanted.is_empty() {
            return Ok(workflows);
        }
        tree_scripts::add(source, &mut workflows.tree, wanted)?;
    }
}

/// Whether one of the texts has one of the words.
fn speaks<'t>(texts: impl IntoIterator<Item = &'t str>, words: &[&str]) -> bool {
    texts.into_iter().any(|text| {
        let text = text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    })
}

/// The file of the action in a directory, with its text.
fn action(
    source: &dyn Source,
    directory: &Path,
    buffer: &mut Vec<u8>,
) -> Result<Option<(PathBuf, String)>, PlanError> {
    let files = list(source, directory)?.into_iter();
    let files = files.filter(|path| ACTIONS.iter().any(|name| path.ends_with(name)));
    let Some(path) = files.min() else {
        return Ok(None);
    };
    Ok(text(source, &path, buffer)?.map(|text| (path, text)))
}

/// Whether a text calls a workflow of another repository, or of this one at a ref.
fn calls_elsewhere(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| line.contains("uses:"));
    lines.any(|line| line.contains("/.github/workflows/") && line.contains('@'))
}

/// The directories of the local actions that a text uses.
fn local_actions(text: &str) -> impl Iterator<Item = PathBuf> + '_ {
    let lines = text.lines().filter_map(|line| {
        let (_, used) = line.split_once("uses:")?;
        let used = used.split(" #").next()?.trim().trim_matches(['"', '\'']);
        used.strip_prefix("./")
    });
    // `./.github/workflows/NAME.yml` calls a reusable workflow, not an action.
    let is_action = |used: &&str| Path::new(used).parent() != Some(Path::new(DIRECTORY));
    lines
        .filter(is_action)
        .map(|used| Path::new(used).components().collect())
}

fn list(source: &dyn Source, directory: &Path) -> Result<Vec<PathBuf>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
    let mut files = source.files(directory).map_err(unreadable)?;
    files.sort();
    Ok(files)
}

/// The text of a file; `None` where it is not UTF-8, which the survey reports.
fn text(
    source: &dyn Source,
    path: &Path,
    buffer: &mut Vec<u8>,
) -> Result<Option<String>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(path.to_path_buf(), error);
    source.read(path, buffer).map_err(unreadable)?;
    Ok(document::utf8(path, buffer).ok().map(str::to_owned))
}
