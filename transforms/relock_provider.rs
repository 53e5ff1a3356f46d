use diagnostics::finding::Finding;
use engine::repo::Repo;
use syntax::edit::Edit;
use syntax::hcl::Document;
use syntax::text;
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
    let Some(version) = &locked.version else {
        let help = "`terraform init -upgrade` writes it anew, and moves every provider and module";
        let message = "has no version that can be read: not changed".to_owned();
        return Some(say(message).help(help));
    };
    let target = &repo.settings().upgrade.aws_provider;
    if !repo.has_configuration(&module.directory) {
        let is_older = provider::bounds(target).is_some_and(|aim| *version < aim.lower);
        let message =
            format!("{version} is not changed: no requirement is known of what this file locks");
        let help =
            format!("where that comes to require `{target}`, remove this block by hand, and init");
        return is_older.then(|| say(message).help(help));
    }
    let (why, safety) = repo.resolution(&module.directory)?.stale_lock(version)?;
    if repo.is_called(&module.directory) {
        let message = format!("{version} is not changed: other modules call this one");
        let help = "Terraform reads the lock file of the directory that it is run in alone: where \
                    that is this one, whose constraints no longer admit the release, remove the \
                    block by hand, and init";
        return Some(say(message).help(help));
    }
    let finding = say(format!("{version} is taken out: {why}")).safety(safety);
    Some(finding.edit(document, without_block(document, span.clone())))
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
