//! The workflows of a repository, read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ci::github::workflow::{
    DIRECTORY, KEY_WORDS, KeyTakers, SIGN_IN, TERRAFORM_WORDS, UnreadFile, Workflows,
};
use ci::scripts::aws_scripts::AwsScripts;
use ci::scripts::tree::TreeScripts;
use syntax::location::Location;
use terraform::file_kind::FileKind;

use super::{document, tree_scripts};
use crate::error::PlanError;
use crate::settings::Settings;
use crate::source::Source;

/// What the file of an action is called (GitHub's page "Metadata syntax").
pub(crate) const ACTIONS: [&str; 2] = ["action.yml", "action.yaml"];

/// The text of a file, or the file that is not UTF-8.
type ReadText = Result<(PathBuf, String), UnreadFile>;

/// Whether a workflow or action speaks of keys.
pub(crate) fn is_keyed(text: &str) -> bool {
    speaks([text], &KEY_WORDS)
}

/// Reads the workflows, the local actions that they use and the scripts of `tree` that they run, if
/// any of them has words of keys, of Terraform or of a sign-in, or calls a workflow elsewhere. `published` are the
/// actions with keys, which nothing in the tree has to use; `readers` reads the scripts that use variables for AWS.
pub(crate) fn read(
    source: &dyn Source,
    tree: TreeScripts,
    (key_takers, published): (KeyTakers, &[PathBuf]),
    settings: &Settings,
    readers: impl FnOnce(&dyn Source) -> Result<AwsScripts, PlanError>,
) -> Result<Workflows, PlanError> {
    let mut texts = Vec::new();
    let mut unread = Vec::new();
    let mut buffer = Vec::new();
    let mut add = |text: ReadText, texts: &mut Vec<_>| match text {
        Ok(text) => texts.push(text),
        Err(file) => unread.push(file),
    };
    for path in list(source, Path::new(DIRECTORY))? {
        if FileKind::of(&path) == Some(FileKind::Workflow) {
            add(text(source, &path, &mut buffer)?, &mut texts);
        }
    }
    let mut repositories: Option<Vec<String>> = None;
    let mut known: BTreeSet<PathBuf> = BTreeSet::new();
    // Other repositories use an action by its directory, `OWNER/NAME/DIRECTORY@REF` (GitHub's page "Workflow
    // syntax": `jobs.<job_id>.steps[*].uses`).
    for path in published {
        let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
        if known.insert(directory.clone())
            && let Some(text) = action(source, &directory, &mut buffer)?
        {
            add(text, &mut texts);
        }
    }
    // An action may use others, so that the list grows while it is walked.
    let mut at = 0;
    while at < texts.len() {
        if repositories.is_none() && names_directory_elsewhere(&texts[at].1) {
            let own = settings.repositories.iter().cloned().chain(source.origin());
            repositories = Some(own.collect());
        }
        let own = repositories.as_deref().unwrap_or_default();
        for directories in actions_of_tree(&texts[at].1, own) {
            for directory in directories {
                if !known.insert(directory.clone()) {
                    break;
                }
                if let Some(text) = action(source, &directory, &mut buffer)? {
                    add(text, &mut texts);
                    break;
                }
            }
        }
        at += 1;
    }
    let mut workflows = Workflows::beside(AwsScripts::default(), tree);
    workflows.key_takers = key_takers;
    let words = [&KEY_WORDS[..], &TERRAFORM_WORDS].concat();
    unread.retain(|file| file.speaks_of(&words));
    workflows.unread = unread;
    let speaks = |words: &[&str]| speaks(texts.iter().map(|(_, text)| text.as_str()), words);
    let is_keyed = speaks(&KEY_WORDS);
    let calls = || texts.iter().any(|(_, text)| calls_elsewhere(text));
    if !is_keyed && !speaks(&TERRAFORM_WORDS) && !speaks(&[SIGN_IN]) && !calls() {
        return Ok(workflows);
    }
    if is_keyed {
        workflows.scripts = readers(source)?;
    }
    workflows.repositories = repositories.unwrap_or_default();
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
) -> Result<Option<ReadText>, PlanError> {
    let files = list(source, directory)?.into_iter();
    let files = files.filter(|path| ACTIONS.iter().any(|name| path.ends_with(name)));
    match files.min() {
        Some(path) => text(source, &path, buffer).map(Some),
        None => Ok(None),
    }
}

/// Whether a text calls a workflow of another repository, or of this one at a ref.
fn calls_elsewhere(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| line.contains("uses:"));
    lines.any(|line| line.contains("/.github/workflows/") && line.contains('@'))
}

/// What a text uses, as it is written.
fn uses(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (_, used) = line.split_once("uses:")?;
        let used = used.split(" #").next()?;
        Some(used.trim().trim_matches(['"', '\'']))
    })
}

/// Whether a text uses what lies in a directory of a repository: `OWNER/NAME/DIRECTORY@REF`.
fn names_directory_elsewhere(text: &str) -> bool {
    let mut used = uses(text).filter_map(|used| used.split_once('@'));
    used.any(|(path, _)| !path.starts_with('.') && path.matches('/').count() > 1)
}

/// The directories of the actions of this tree that a text may use: by their path, or by a name of the repository.
/// One that is not there may be seen from the directory of a checkout: the second of a list.
fn actions_of_tree(text: &str, repositories: &[String]) -> Vec<Vec<PathBuf>> {
    let named = |used: &str| {
        let mut names = repositories.iter();
        names.find_map(|name| {
            let (start, path) = used.split_at_checked(name.len())?;
            let path = path.strip_prefix('/')?.split('@').next()?;
            start.eq_ignore_ascii_case(name).then(|| path.to_owned())
        })
    };
    // `./.github/workflows/NAME.yml` calls a reusable workflow, not an action.
    let is_action = |used: &PathBuf| used.parent() != Some(Path::new(DIRECTORY));
    let used = uses(text).map(|used| match used.strip_prefix("./") {
        Some(local) => {
            let below = local.split_once('/').map(|(_, below)| below.to_owned());
            [Some(local.to_owned()), below]
        }
        None => [named(used), None],
    });
    let used = used.map(|used| {
        let paths = used.into_iter().flatten();
        let paths = paths.map(|path| Path::new(&path).components().collect());
        paths.filter(is_action).collect()
    });
    used.collect()
}

fn list(source: &dyn Source, directory: &Path) -> Result<Vec<PathBuf>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
    let mut files = source.files(directory).map_err(unreadable)?;
    files.sort();
    Ok(files)
}

/// The text of a file, or what it holds where that is not UTF-8.
fn text(source: &dyn Source, path: &Path, buffer: &mut Vec<u8>) -> Result<ReadText, PlanError> {
    let unreadable = |error| PlanError::Unreadable(path.to_path_buf(), error);
    source.read(path, buffer).map_err(unreadable)?;
    let skip = match document::utf8(path, buffer) {
        Ok(text) => return Ok(Ok((path.to_path_buf(), text.to_owned()))),
        Err(skip) => skip,
    };
    let why = skip.reason.strip_prefix("is not read: ");
    Ok(Err(UnreadFile {
        at: Location {
            path: skip.path,
            line: skip.line.unwrap_or(1),
            column: 1,
        },
        why: why.unwrap_or(&skip.reason).to_owned(),
        // Words of an encoding with two bytes a letter are found, too.
        text: String::from_utf8_lossy(buffer).replace('\0', ""),
    }))
}
