//! The plan of a repository's workflows: read, decide, edit, verify.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use memchr::memmem;

use crate::error::PlanError;
use crate::index::{readers, survey};
use crate::plan::{FileChange, Plan};
use crate::planner::admit;
use crate::repo::Repo;
use crate::transform::{Scan, When};
use ci::github::workflow::{
    DIRECTORY, KEY_WORDS, SIGN_IN, TERRAFORM_WORDS, WorkflowFile, Workflows,
};
use diagnostics::finding::{FileEdit, Finding};
use diagnostics::skip::Skip;
use syntax::edit::{Edit, splice};
use syntax::text::position;
use terraform::file_kind::FileKind;

/// What the transforms of one stage make of the workflows.
pub(crate) struct Staged {
    pub changes: Vec<FileChange>,
    /// The workflows with the changes made; nothing is said of them yet.
    pub after: Workflows,
    edits: BTreeMap<PathBuf, Vec<Edit>>,
}

/// Makes the changes of a stage, and checks them.
pub(crate) fn stage(workflows: &Workflows, repo: &Repo, when: When) -> Result<Staged, PlanError> {
    let mut edits: BTreeMap<PathBuf, Vec<Edit>> = BTreeMap::new();
    for finding in workflows.said.iter().filter(|finding| finding.applied) {
        for edit in &finding.edits {
            edits
                .entry(edit.path.clone())
                .or_default()
                .push(edit.edit.clone());
        }
    }
    let mut changes = Vec::new();
    let mut after = Workflows {
        readers: workflows.readers.clone(),
        ..Workflows::default()
    };
    for file in &workflows.sources {
        let before = file.yaml.text();
        let Some(edits) = edits.get_mut(&file.path) else {
            after.add(&file.path, before.to_owned(), file.obstacle.clone());
            continue;
        };
        let (text, _) = splice(before, edits)
            .map_err(|overlap| unsound(&file.path, &format!("two edits overlap: {overlap:?}")))?;
        after.add(&file.path, text.clone(), file.obstacle.clone());
        changes.push(FileChange {
            path: file.path.clone(),
            before: before.to_owned(),
            after: text,
        });
    }
    if !changes.is_empty() {
        verify(workflows, &mut after, repo, when)?;
    }
    Ok(Staged {
        changes,
        after,
        edits,
    })
}

/// Adds the stage that runs once modules have spoken: `signed_in` are the workflows of the one
/// before, `plan` is what all others have come to.
pub(crate) fn afterwards(
    before: &Workflows,
    signed_in: Staged,
    plan: &Plan,
    repo: &Repo,
) -> Result<(Vec<Finding>, Vec<FileChange>), PlanError> {
    let Staged {
        mut changes,
        after: mut workflows,
        edits,
    } = signed_in;
    workflows.new_profiles = plan.profiles().into_iter().map(str::to_owned).collect();
    workflows.new_modules = new_modules(plan);
    scan(&mut workflows, repo, When::Afterwards);
    for change in stage(&workflows, repo, When::Afterwards)?.changes {
        match changes.iter_mut().find(|known| known.path == change.path) {
            Some(known) => known.after = change.after,
            None => changes.push(change),
        }
    }
    // Places are told as they stand in the files.
    for finding in &mut workflows.said {
        let file = before
            .sources
            .iter()
            .find(|file| file.path == finding.at.path);
        if let Some((file, edits)) = file.zip(edits.get(&finding.at.path)) {
            let offset = offset_before(edits, finding.range.start);
            (finding.at.line, finding.at.column) = position(file.yaml.text(), offset);
            finding.range = offset..offset;
        }
        for FileEdit { path, edit } in &mut finding.edits {
            if let Some(edits) = edits.get(path) {
                let before = |offset| offset_before(edits, offset);
                edit.range = before(edit.range.start)..before(edit.range.end);
            }
        }
    }
    Ok((workflows.said, changes))
}

/// The repositories that module sources are pointed at, and the directories of those.
fn new_modules(plan: &Plan) -> Vec<(PathBuf, String)> {
    let applied = plan
        .applied()
        .filter(|it| it.transform == "github_module_source");
    let edits = applied.flat_map(|finding| &finding.edits);
    let modules = edits.filter_map(|edit| {
        let source = edit.edit.text.trim_matches('"');
        let at = source.find("github.com")?;
        let repository = source[at..].split("//").next()?.split('?').next()?;
        let directory = edit.path.parent()?.to_path_buf();
        Some((directory, repository.trim_end_matches(".git").to_owned()))
    });
    modules.collect()
}

/// Where an offset of the edited text stood before the edits, which are in order.
fn offset_before(edits: &[Edit], offset: usize) -> usize {
    let (mut added, mut removed) = (0, 0);
    for edit in edits {
        let start = edit.range.start + added - removed;
        if offset < start {
            break;
        }
        if offset < start + edit.text.len() {
            return edit.range.start;
        }
        added += edit.text.len();
        removed += edit.range.len();
    }
    offset + removed - added
}

/// The secrets that jobs no longer use and that no workflow names any more, with `changes` made.
pub(crate) fn free_secrets(workflows: &Workflows, changes: &[FileChange]) -> Vec<String> {
    let after = |file: &WorkflowFile| {
        let change = changes.iter().find(|change| change.path == file.path);
        change
            .map_or(file.yaml.text(), |change| &change.after)
            .to_ascii_uppercase()
    };
    let mut texts: Vec<String> = workflows.sources.iter().map(after).collect();
    texts.extend(
        workflows
            .unread
            .iter()
            .map(|file| file.text.to_ascii_uppercase()),
    );
    let applied = workflows.said.iter().filter(|finding| finding.applied);
    let jobs = applied
        .flat_map(|finding| &finding.signed_in)
        .filter(|it| it.job.is_some());
    let keys: BTreeSet<String> = jobs
        .flat_map(|job| &job.keys)
        .map(|key| key.to_ascii_uppercase())
        .collect();
    let is_free = |key: &String| !texts.iter().any(|text| names(text, key));
    keys.into_iter().filter(is_free).collect()
}

/// Whether a secret of that name is read in a text.
fn names(text: &str, secret: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    memmem::find_iter(text.as_bytes(), secret).any(|at| {
        let (before, after) = (&text[..at], &text[at + secret.len()..]);
        let is_whole = !after.bytes().next().is_some_and(is_word);
        is_whole && (before.ends_with("SECRETS.") || before.ends_with("SECRETS['"))
    })
}

/// What is passed over: files that cannot be read and of which nothing is told otherwise.
pub(crate) fn skipped(workflows: &Workflows, is_told: &dyn Fn(&Path) -> bool) -> Vec<Skip> {
    let unread = workflows.unread.iter().filter(|file| !is_told(&file.path));
    let skips = unread.map(|file| Skip {
        path: file.path.clone(),
        line: Some(file.position.0),
        reason: format!("is not read: {}", file.why),
    });
    skips.collect()
}

/// Has the selected transforms say what they have to, those that run then.
pub(crate) fn scan(workflows: &mut Workflows, repo: &Repo, when: When) {
    let running = repo
        .catalogue()
        .iter()
        .filter(|it| it.when == when && repo.runs(it.id));
    for transform in running {
        let Scan::Workflows(scan) = transform.scan else {
            continue;
        };
        let mut findings = scan(workflows, repo);
        let sources = &workflows.sources;
        admit(&mut findings, repo, |path| {
            sources
                .iter()
                .find(|source| source.path == path)?
                .obstacle
                .clone()
        });
        workflows.said.append(&mut findings);
    }
}

/// Reads the workflows, and the actions of the repository that they use, where any of them speaks
/// of keys or of Terraform.
pub(crate) fn read(source: &dyn crate::source::Source) -> Result<Workflows, PlanError> {
    let mut texts = Vec::new();
    let mut buffer = Vec::new();
    for path in list(source, Path::new(DIRECTORY))? {
        if FileKind::of(&path) == Some(FileKind::Workflow) {
            texts.extend(text(source, &path, &mut buffer)?.map(|text| (path, text)));
        }
    }
    let mut known: BTreeSet<PathBuf> = BTreeSet::new();
    let mut at = 0;
    while at < texts.len() {
        for directory in local_actions(&texts[at].1).collect::<Vec<_>>() {
            if !known.insert(directory.clone()) {
                continue;
            }
            let names = [Path::new("action.yml"), Path::new("action.yaml")];
            let files = list(source, &directory)?.into_iter();
            let action = files.filter(|path| names.iter().any(|name| path.ends_with(name)));
            if let Some(path) = action.min() {
                texts.extend(text(source, &path, &mut buffer)?.map(|text| (path, text)));
            }
        }
        at += 1;
    }
    let mut workflows = Workflows::default();
    let speaks = |words: &[&str]| {
        texts.iter().any(|(_, text)| {
            let text = text.to_ascii_lowercase();
            words.iter().any(|word| text.contains(word))
        })
    };
    let is_keyed = speaks(&KEY_WORDS);
    if !is_keyed && !speaks(&TERRAFORM_WORDS) && !speaks(&[SIGN_IN]) {
        return Ok(workflows);
    }
    if is_keyed {
        workflows.readers = readers::readers(source)?;
    }
    for (path, text) in texts {
        let obstacle = source.obstacle(&path);
        let obstacle = obstacle.unwrap_or_else(|why| Some(format!("cannot be looked at: {why}")));
        workflows.add(&path, text, obstacle);
    }
    Ok(workflows)
}

/// The directories of this repository whose actions a text uses.
fn local_actions(text: &str) -> impl Iterator<Item = PathBuf> + '_ {
    let lines = text.lines().filter_map(|line| {
        let (_, used) = line.split_once("uses:")?;
        let used = used.split(" #").next()?.trim().trim_matches(['"', '\'']);
        used.strip_prefix("./")
    });
    // A workflow of the repository is no directory.
    let is_action = |used: &&str| Path::new(used).parent() != Some(Path::new(DIRECTORY));
    lines
        .filter(is_action)
        .map(|used| Path::new(used).components().collect())
}

fn list(source: &dyn crate::source::Source, directory: &Path) -> Result<Vec<PathBuf>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
    let mut files = source.files(directory).map_err(unreadable)?;
    files.sort();
    Ok(files)
}

/// The text of a file; `None` where it is no UTF-8, which the survey says.
fn text(
    source: &dyn crate::source::Source,
    path: &Path,
    buffer: &mut Vec<u8>,
) -> Result<Option<String>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(path.to_path_buf(), error);
    source.read(path, buffer).map_err(unreadable)?;
    Ok(survey::utf8(path, buffer).ok().map(str::to_owned))
}

/// That the changed files are still read, a second scan edits nothing, and no job lost a right that
/// it is known to need.
fn verify(
    before: &Workflows,
    after: &mut Workflows,
    repo: &Repo,
    when: When,
) -> Result<(), PlanError> {
    if let Some(unread) = after.unread.first() {
        return Err(unsound(
            &unread.path,
            &format!("the result is broken: {}", unread.why),
        ));
    }
    if let Some((path, what)) = before.lost(after, &repo.settings().ci) {
        return Err(unsound(&path, &what));
    }
    scan(after, repo, when);
    let said = std::mem::take(&mut after.said);
    match said.into_iter().find(|finding| finding.applied) {
        None => Ok(()),
        Some(finding) => Err(unsound(
            &finding.at.path,
            &format!(
                "{} would edit line {} again",
                finding.transform, finding.at.line
            ),
        )),
    }
}

fn unsound(path: &Path, what: &str) -> PlanError {
    PlanError::Unsound(format!("{}: {what}", path.display()))
}
