//! Workflows with the edits of findings made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ci::github::any_secret::SecretsReader;
use ci::github::workflow::{UnreadFile, Workflows};
use diagnostics::finding::{FileEdit, Finding};
use memchr::memmem;
use syntax::edit::{Edit, splice};

use crate::left_out::EditConflict;
use crate::plan::FileChange;
use crate::repo::Repo;

/// Workflows with the edits of findings made.
pub(crate) struct EditedWorkflows {
    /// The files that change.
    pub changes: Vec<FileChange>,
    /// The workflows as they will be.
    pub after: Arc<Workflows>,
    /// The edits of each file, in order.
    edits: BTreeMap<PathBuf, Vec<Edit>>,
}

impl EditedWorkflows {
    /// Makes the edits that findings carry out.
    ///
    /// # Errors
    /// Edits that overlap, a result that cannot be parsed, a job that would lose a permission that
    /// it needs.
    pub fn new(
        workflows: &Arc<Workflows>,
        findings: &[Finding],
        repo: &Repo,
    ) -> Result<Self, EditConflict> {
        let mut edits: BTreeMap<PathBuf, Vec<Edit>> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.applied) {
            for edit in &finding.edits {
                let of_file = edits.entry(edit.path.clone()).or_default();
                of_file.push(edit.edit.clone());
            }
        }
        let mut changes = Vec::new();
        let mut sources = workflows.sources.iter();
        if !sources.any(|file| edits.contains_key(&file.path)) {
            // They are what they were, and what is known of them, too: nothing is parsed again.
            return Ok(Self {
                changes,
                after: Arc::clone(workflows),
                edits,
            });
        }
        let mut after = Workflows::beside(workflows.scripts.clone(), workflows.tree.clone());
        after.repositories.clone_from(&workflows.repositories);
        after.key_takers = workflows.key_takers.clone();
        after.has_modules_in_s3 = workflows.has_modules_in_s3;
        for file in &workflows.sources {
            let before = file.yaml.text();
            let Some(edits) = edits.get_mut(&file.path) else {
                after.keep(Arc::clone(file));
                continue;
            };
            let (text, _) = splice(before, edits).map_err(|overlap| {
                let what = format!("two edits overlap: {overlap:?}");
                conflict(&file.path, &what, findings)
            })?;
            after.add(&file.path, text.clone(), file.obstacle.clone());
            changes.push(FileChange {
                path: file.path.clone(),
                before: before.to_owned(),
                after: text,
            });
        }
        if !changes.is_empty() {
            if let Some(unread) = after.unread.first() {
                let what = format!("the result is broken: {}", unread.why);
                return Err(conflict(&unread.at.path, &what, findings));
            }
            // A `permissions:` block sets every scope that it does not list to none (GitHub docs,
            // "Workflow syntax"): one that adds `id-token: write` can remove another.
            let ci = &repo.settings().ci;
            let wrong = workflows.lost(&after, ci);
            let wrong = wrong.or_else(|| workflows.changed_trigger(&after));
            // And one that adds `id-token: write` turns what went on from the keys into a sign-in.
            let wrong = wrong.or_else(|| workflows.unchained(&after, ci.default_token));
            if let Some((path, what)) = wrong {
                return Err(conflict(&path, &what, findings));
            }
        }
        Ok(Self {
            changes,
            after: Arc::new(after),
            edits,
        })
    }

    /// Moves findings about the edited workflows to their positions in the files of `before`: all
    /// edits of a plan are relative to the files as they are.
    pub fn place(&self, findings: &mut [Finding], before: &Workflows) {
        for finding in findings {
            let file = before
                .number(&finding.at.path)
                .map(|it| &before.sources[it]);
            if let Some((file, edits)) = file.zip(self.edits.get(&finding.at.path)) {
                let offset = offset_before(edits, finding.range.start);
                finding.at = file.location(offset);
                finding.range = offset..offset;
            }
            for FileEdit { path, edit } in &mut finding.edits {
                if let Some(edits) = self.edits.get(path) {
                    let before = |offset| offset_before(edits, offset);
                    edit.range = before(edit.range.start)..before(edit.range.end);
                }
            }
        }
    }
}

/// The conflict of the transforms that edit a workflow; the last, in the order of the findings,
/// loses.
fn conflict(path: &Path, what: &str, findings: &[Finding]) -> EditConflict {
    let edits = |finding: &&Finding| {
        let mut edits = finding.edits.iter();
        finding.applied && edits.any(|edit| edit.path == path)
    };
    let mut ids: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(edits) {
        if !ids.contains(&finding.transform) {
            ids.push(finding.transform);
        }
    }
    let loser = findings.iter().rfind(edits);
    let transform = loser.map_or("", |finding| finding.transform);
    let what = format!("the edits of {} do not hold ({what})", ids.join(" and "));
    EditConflict {
        transform,
        path: path.to_path_buf(),
        what,
    }
}

/// The offset before the edits, which are in order, of an offset in the edited text. Inside the
/// text of an edit it is where the edit starts.
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

/// The secrets that jobs no longer use and that no workflow names any more, each with the jobs that
/// may use it even so. `unread` are files that cannot be read, `after` the workflows with the edits of
/// `findings` made.
pub(crate) fn unnamed_secrets(
    unread: &[UnreadFile],
    findings: &[Finding],
    after: &Workflows,
) -> Vec<(String, Vec<SecretsReader>)> {
    let applied = findings.iter().filter(|finding| finding.applied);
    let jobs = applied
        .flat_map(|finding| &finding.signed_in)
        .filter(|it| it.job.is_some());
    let keys: BTreeSet<String> = jobs
        .flat_map(|job| &job.keys)
        .map(|key| key.to_ascii_uppercase())
        .collect();
    if keys.is_empty() {
        return Vec::new();
    }
    // Names of secrets are case-insensitive (GitHub docs, "Secrets").
    let of_sources = after.sources.iter().map(|file| file.yaml.text());
    let of_unread = unread.iter().map(|file| file.text.as_str());
    let texts = of_sources.chain(of_unread).map(str::to_ascii_uppercase);
    let texts: Vec<String> = texts.collect();
    let readers = after.secrets_readers(unread);
    let unnamed = keys
        .into_iter()
        .filter(|key| !texts.iter().any(|text| names(text, key)));
    let with_readers = unnamed.map(|key| {
        let own = readers.iter().filter(|it| it.may_get(&key));
        let own = own.cloned().collect();
        (key, own)
    });
    with_readers.collect()
}

/// Whether a text in upper case references a secret of that name.
fn names(text: &str, secret: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    memmem::find_iter(text.as_bytes(), secret).any(|at| {
        let (before, after) = (&text[..at], &text[at + secret.len()..]);
        let is_whole = !after.bytes().next().is_some_and(is_word);
        is_whole && (before.ends_with("SECRETS.") || before.ends_with("SECRETS['"))
    })
}
