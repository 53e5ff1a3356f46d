//! Static keys that stand literally in files of any kind: images, playbooks, programs, settings.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::literal_keys::{self, LiteralKey};
use crate::catalogue::Purpose;
use crate::error::PlanError;
use crate::repo::Repo;
use crate::source::Source;
use diagnostics::finding::Finding;
use diagnostics::ignore::{self, Ignore};
use diagnostics::skip::Skip;
use syntax::location::Location;
use syntax::text::Lines;
use terraform::file_kind::{self, is_example};

/// The length up to which a file is searched, in bytes: what people write is shorter, and what is longer
/// is data.
const LIMIT: usize = 1 << 20;

/// How far into a file a zero byte is sought, which makes it a binary one: as far as git looks
/// (`buffer_is_binary` in its xdiff-interface.c).
const HEAD: usize = 8000;

/// How many lines apart two findings are about the same keys.
const SAME: usize = 3;

/// What the texts of a tree hold.
#[derive(Debug, Default)]
pub struct TextKeys {
    /// The literal keys, in no order. Their values are among the secrets of the findings.
    pub findings: Vec<Finding>,
    /// The comments in files with such keys.
    pub ignores: Vec<Ignore>,
    /// The files that were not searched.
    pub skipped: Vec<Skip>,
}

impl TextKeys {
    fn append(mut self, other: Self) -> Self {
        self.findings.extend(other.findings);
        self.ignores.extend(other.ignores);
        self.skipped.extend(other.skipped);
        self
    }

    /// Searches every text file that the walk has entered and git does not ignore, and those that keep
    /// settings where git does.
    ///
    /// # Errors
    /// The tree cannot be listed.
    pub fn search(source: &dyn Source, repo: &Repo) -> Result<Self, PlanError> {
        let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
        let paths = source.entered().map_err(unreadable)?.into_par_iter();
        let paths = paths.filter(|path| repo.selection().contains(path));
        let id = repo.catalogue().id_of(Purpose::RemoveStaticKeys);
        let found = paths.map_init(Vec::new, |buffer, path| in_file(source, &path, id, buffer));
        let mut found = found.reduce(Self::default, Self::append);
        let files = found.findings.iter().map(|finding| &finding.at.path);
        let mut files: Vec<PathBuf> = files
            .filter(|path| !keeps_settings(path))
            .cloned()
            .collect();
        files.sort();
        files.dedup();
        // What git ignores is made by programs: states, caches, packages.
        let ignored = source.ignored(&files);
        found
            .findings
            .retain(|finding| !ignored.contains(&finding.at.path));
        Ok(found)
    }

    /// Leaves out what other findings on keys are about.
    pub fn besides(&mut self, others: &[Finding], repo: &Repo) {
        let purposes = [Purpose::RemoveStaticKeys, Purpose::SignInJobs];
        let ids = purposes.map(|purpose| repo.catalogue().id_of(purpose));
        let others = others.iter().filter(|other| ids.contains(&other.transform));
        let mut lines: BTreeMap<&Path, BTreeSet<usize>> = BTreeMap::new();
        for Location { path, line, .. } in others.map(|other| &other.at) {
            lines.entry(path).or_default().insert(*line);
        }
        self.findings.retain(|finding| {
            let at = &finding.at;
            let same = at.line.saturating_sub(SAME)..=at.line + SAME;
            let known = lines.get(at.path.as_path());
            known.is_none_or(|lines| lines.range(same).next().is_none())
        });
    }
}

/// Whether a file is one that people keep settings in and git often ignores.
fn keeps_settings(path: &Path) -> bool {
    let name = file_kind::name(path).unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    let ends = |ending| name.ends_with(ending);
    name.starts_with(".env") || ends(".env") || ends(".tfvars") || ends(".tfvars.json")
}

/// Whether a file is a program's test by the customs of Go, JavaScript, Python and Ruby. A directory
/// `test` tells nothing: it may be the environment of that name.
fn is_test_code(path: &Path) -> bool {
    let name = file_kind::name(path).unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    let is_test = ["_test", ".test", ".spec", "_spec"]
        .iter()
        .any(|end| stem.ends_with(end))
        || stem.starts_with("test_");
    let is_code = path.extension().is_some_and(|ending| {
        let code = ["go", "js", "jsx", "py", "rb", "ts", "tsx"];
        code.iter().any(|known| ending == *known)
    });
    is_test && is_code || path.iter().any(|it| it == "testdata" || it == "__tests__")
}

fn in_file(source: &dyn Source, path: &Path, id: &'static str, buffer: &mut Vec<u8>) -> TextKeys {
    let mut found = TextKeys::default();
    let skip = |reason: String| Skip {
        path: path.to_path_buf(),
        line: None,
        reason: format!("is not searched for keys: {reason}"),
    };
    match source.read_start(path, LIMIT, buffer) {
        Ok(()) => {}
        // It has gone since, or is a link by now.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Other) => {
            return found;
        }
        Err(error) => {
            found.skipped.push(skip(error.kind().to_string()));
            return found;
        }
    }
    if memchr::memchr(0, &buffer[..buffer.len().min(HEAD)]).is_some() {
        return found;
    }
    if buffer.len() > LIMIT {
        found.skipped.push(skip("it has more than 1 MB".to_owned()));
        return found;
    }
    if !literal_keys::may_hold(buffer) {
        return found;
    }
    // Keys are ASCII, whatever stands around them.
    let text = String::from_utf8_lossy(buffer);
    let mut keys = literal_keys::find(&text);
    if is_example(path) {
        // One half in a file to copy stands for what somebody fills in.
        keys.retain(|key| key.is_pair);
    }
    if is_test_code(path) {
        // An id alone is made up there: what is tested is its form.
        keys.retain(|key| !key.is_id);
    }
    if keys.is_empty() {
        return found;
    }
    let lines = Lines::of(&text);
    found.findings = keys
        .into_iter()
        .map(|key| finding(&key, id, path, &text, &lines))
        .collect();
    if memchr::memmem::find(text.as_bytes(), ignore::MARK.as_bytes()).is_some() {
        found.ignores = Ignore::all(path, &text);
    }
    found
}

fn finding(key: &LiteralKey, id: &'static str, path: &Path, text: &str, lines: &Lines) -> Finding {
    let at = Location::among(lines, path, text, key.range.start);
    let message = match key.is_pair {
        true => "has a static key pair",
        false => "has a static key",
    };
    let sentence = ("the file", message);
    let help = "remove it and deactivate the key in IAM: its value stays in git history and in whatever was \
                built from it";
    let mut finding = Finding::at(id, at, key.range.clone(), sentence).help(help);
    finding.secrets = key
        .secrets
        .iter()
        .map(|range| text[range.clone()].to_owned())
        .collect();
    finding
}
