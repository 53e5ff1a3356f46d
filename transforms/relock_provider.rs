use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::Document;
use syntax::{text, visible};
use terraform::constraint::Version;
use terraform::file_kind::FileKind;
use terraform::lock::{LockedProvider, locked_providers};
use terraform::module::Module;
use upgrade::provider;

const ID: &str = "relock_provider";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let documents = module.of_kind(FileKind::Lock);
    let locked = documents.flat_map(|document| {
        let providers = locked_providers(document);
        providers.filter_map(|locked| relock(document, &locked, module, repo))
    });
    locked.collect()
}

fn relock(
    document: &Document,
    locked: &LockedProvider<'_>,
    module: &Module,
    repo: &Repo,
) -> Option<Finding> {
    let span = locked.block.span();
    let say = |message: String| {
        let sentence = ("the locked AWS provider", message);
        Finding::new(ID, document, span.clone(), sentence)
    };
    let why = Unchanged::of(&module.directory, repo);
    let once = |message: String, help: String| {
        let alike = alike(why?, &module.directory, locked.version.as_ref(), repo)?;
        let finding = match alike.as_slice() {
            [] => say(message),
            others => {
                let files: Vec<String> = others.iter().map(visible::path).collect();
                let count = files.len() + 1;
                let files = files.join(", ");
                say(format!("{message} ({count} lock files)")).noted(format!("the same in {files}"))
            }
        };
        Some(finding.help(help))
    };
    let Some(version) = &locked.version else {
        let help =
            "run `terraform init -upgrade` to write it anew, which moves every provider and module";
        let message = "has no version that can be read: not changed".to_owned();
        return once(message, help.to_owned());
    };
    let target = &repo.settings().upgrade.aws_provider;
    if !repo.has_configuration(&module.directory) {
        let message =
            format!("{version} is not changed: no requirement is known of what this file locks");
        let help = sentence!("remove this block by hand and run init once it requires `{target}`");
        return once(message, help);
    }
    let (why, safety) = repo.resolution(&module.directory)?.stale_lock(version)?;
    if repo.is_called(&module.directory) {
        let message = format!("{version} is not changed: other modules call this one");
        let help = "remove the block by hand and run init if Terraform is run in this directory and its \
                    constraints no longer admit the release";
        return once(message, help.to_owned());
    }
    let finding = say(format!("{version} is taken out: {why}")).safety(safety);
    Some(finding.edit(document, without_block(document, span.clone())))
}

/// Why the AWS provider of a lock file is not taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unchanged {
    /// Its version cannot be read.
    Unreadable,
    /// Nothing beside it requires the provider.
    Unrequired,
    /// Other modules call the one that it is beside.
    Called,
}

impl Unchanged {
    /// The reason of the lock file in a directory; `None` where there is none.
    fn of(directory: &Path, repo: &Repo) -> Option<Self> {
        let lock = repo.lock(directory)?;
        let Some(version) = &lock.aws else {
            return Some(Self::Unreadable);
        };
        if !repo.has_configuration(directory) {
            let target = provider::bounds(&repo.settings().upgrade.aws_provider)?;
            return (*version < target.lower).then_some(Self::Unrequired);
        }
        let is_stale = repo.resolution(directory)?.stale_lock(version).is_some();
        (is_stale && repo.is_called(directory)).then_some(Self::Called)
    }
}

/// The other lock files that the same is said of, where the one in the directory is the first; else
/// `None`: the first lists it.
fn alike(
    why: Unchanged,
    directory: &Path,
    version: Option<&Version>,
    repo: &Repo,
) -> Option<Vec<PathBuf>> {
    let files = repo.directories().filter(|it| {
        let is_own = *it == directory;
        let lock = || {
            repo.lock(it)
                .is_some_and(|lock| lock.aws.as_ref() == version)
        };
        is_own || (lock() && Unchanged::of(it, repo) == Some(why))
    });
    let files = files.map(|it| it.join(".terraform.lock.hcl"));
    let mut files: Vec<PathBuf> = files.filter(|it| repo.selection().contains(it)).collect();
    files.sort();
    let is_first = files.first()?.parent() == Some(directory);
    is_first.then(|| files.split_off(1))
}

/// Removes the lines of the block. Comments above it stay: those in a lock file are Terraform's and
/// about the whole file.
fn without_block(document: &Document, span: std::ops::Range<usize>) -> Edit {
    let text = document.text();
    let start = text::line_start(text, span.start).max(text::start(text));
    let end = text::line_end(text, span.end);
    let is_alone = text::is_blank(text, start..span.start) && text::is_blank(text, span.end..end);
    Edit::replace(if is_alone { start..end } else { span }, "")
}
