//! The modules that matter, scanned directory by directory. Their files are read again for it:
//! parse trees take 47 times the memory of a text, so that keeping all of them costs more than
//! reading.

use std::path::Path;

use diagnostics::skip::Skip;
use rayon::prelude::*;
use syntax::code::sentence;
use syntax::hcl::Document;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::terragrunt::{self, generated::Generated};
use upgrade::registry::is_relevant;

use super::{ProposedModule, Proposer, units};
use crate::error::PlanError;
use crate::index::{around, document};
use crate::repo::Repo;
use crate::scan::{Earlier, Scan};
use crate::settings::Settings;
use crate::source::Source;
use crate::unused::names_in_edits;

/// Scans every directory that a transform could have something to report about.
pub(super) fn scan(
    source: &dyn Source,
    proposer: &Proposer<'_>,
) -> Result<(Vec<ProposedModule>, Vec<Skip>), PlanError> {
    let directories: Vec<&Path> = proposer.repo.directories().collect();
    let scanned: Vec<(ProposedModule, Vec<Skip>)> = directories
        .into_par_iter()
        .map_init(Vec::new, |buffer, directory| {
            scan_directory(source, directory, buffer, proposer)
        })
        .collect::<Result<_, PlanError>>()?;
    let (mut modules, skipped): (Vec<_>, Vec<_>) = scanned.into_iter().unzip();
    scan_leftovers(source, &mut modules, proposer)?;
    Ok((modules, skipped.into_iter().flatten().collect()))
}

fn scan_directory(
    source: &dyn Source,
    directory: &Path,
    buffer: &mut Vec<u8>,
    proposer: &Proposer<'_>,
) -> Result<(ProposedModule, Vec<Skip>), PlanError> {
    let repo = proposer.repo;
    let modules = &repo.index().modules;
    let mut module = read_module(source, directory, buffer, repo)?;
    if repo.has_breaks(directory) || repo.reads_nullable_outputs(directory) {
        around::configuration(source, &mut module, buffer)?;
    }
    if repo.has_breaks(directory) {
        around::tests(source, &mut module, buffer)?;
    }
    if repo.may_leave_variables(directory) {
        let scripts = repo.index().scripts.clone().unwrap_or_default();
        around::add(source, &mut module, buffer, modules, &scripts)?;
    }
    units::add(source, &mut module, repo)?;
    let documents = module.documents.iter();
    let skipped = documents.flat_map(|document| {
        let kind = repo.kind_of(document.path());
        unparsed(document, kind, repo.settings())
    });
    let skipped = skipped.collect();
    let findings = proposer.scan_module(&module);
    if !findings.iter().any(|finding| finding.applied) {
        module = Module::default();
    }
    Ok((ProposedModule { module, findings }, skipped))
}

/// Runs the transforms of leftovers on the modules whose edits remove code that references
/// declarations.
fn scan_leftovers(
    source: &dyn Source,
    modules: &mut [ProposedModule],
    proposer: &Proposer<'_>,
) -> Result<(), PlanError> {
    let repo = proposer.repo;
    let running = proposer
        .running()
        .filter_map(|(transform, scan)| match scan {
            Scan::Leftovers(scan) => Some((transform, scan)),
            _ => None,
        });
    let running: Vec<_> = running.collect();
    let modules = modules.par_iter_mut();
    let modules: Vec<&mut ProposedModule> = modules
        .filter(|it| !names_in_edits(&it.module, Earlier(&it.findings)).is_empty())
        .collect();
    if running.is_empty() || modules.is_empty() {
        return Ok(());
    }
    let scripts = match &repo.index().scripts {
        Some(scripts) => scripts.clone(),
        None => around::scripts(source)?,
    };
    let changing = modules;
    let modules = &repo.index().modules;
    let changing = changing.into_par_iter();
    changing.try_for_each_init(Vec::new, |buffer, proposed| {
        let ProposedModule { module, findings } = proposed;
        if !repo.may_leave_variables(&module.directory) {
            around::add(source, module, buffer, modules, &scripts)?;
        }
        for (transform, scan) in &running {
            let found = scan(module, Earlier(findings), repo);
            findings.extend(proposer.of_module(found, module, transform));
        }
        Ok(())
    })
}

/// The files of a directory that matter, read again.
pub(crate) fn read_module(
    source: &dyn Source,
    directory: &Path,
    buffer: &mut Vec<u8>,
    repo: &Repo,
) -> Result<Module, PlanError> {
    let files = repo.files_that_matter(directory).into_iter();
    let files = files.filter(|path| repo.kind_of(path).is_some_and(is_hcl));
    let texts = &repo.index().texts;
    let documents = files
        .map(|path| match texts.get(&path) {
            Some(text) => document::closed(&path, text),
            None => document::read(source, &path, buffer),
        })
        .collect::<Result<_, _>>()?;
    let mut module = Module::new(directory.to_path_buf(), documents);
    let paths = module.documents.iter().map(Document::path);
    let settings = paths.filter(|path| repo.kind_of(path) == Some(FileKind::BackendSettings));
    module.settings = settings.map(Path::to_path_buf).collect();
    Ok(module)
}

fn is_hcl(kind: FileKind) -> bool {
    let hcl = [
        FileKind::Configuration,
        FileKind::Test,
        FileKind::BackendSettings,
        FileKind::Lock,
        FileKind::Terragrunt,
    ];
    hcl.contains(&kind)
}

/// The blocks that transforms read and hcl-edit rejects: they are skipped, not guessed at.
pub(crate) fn unparsed(
    document: &Document,
    kind: Option<FileKind>,
    settings: &Settings,
) -> Vec<Skip> {
    if kind == Some(FileKind::BackendSettings) {
        let why = document.body().err();
        let skip = why.map(|why| Skip {
            path: document.path().to_path_buf(),
            line: Some(1),
            reason: format!("is left: it is not understood: {why}"),
        });
        return skip.into_iter().collect();
    }
    if kind == Some(FileKind::Terragrunt) {
        let unread = terragrunt::unread(document, &Generated::of(document)).into_iter();
        let skips = unread.map(|unread| Skip {
            path: document.path().to_path_buf(),
            line: Some(document.location(unread.offset).line),
            reason: format!("is left: {}", unread.why),
        });
        return skips.collect();
    }
    let kinds = ["terraform", "provider", "module"].into_iter();
    let blocks = kinds.flat_map(|kind| document.top_blocks(kind).map(move |top| (kind, top)));
    // Asked before it is parsed: most module calls are of no interest.
    let read = blocks
        .filter(|(kind, top)| *kind != "module" || is_relevant(top.text(), &settings.upgrade));
    let skips = read.filter_map(|(kind, top)| {
        let why = top.parse().err()?;
        Some(Skip {
            path: document.path().to_path_buf(),
            line: Some(document.location(top.span().start).line),
            reason: sentence!("is left: this `{kind}` block is not understood: {why}"),
        })
    });
    skips.collect()
}
