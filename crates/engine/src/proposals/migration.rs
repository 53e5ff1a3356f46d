//! The transforms that report what depends on who runs Terraform, once all others have reported.

use diagnostics::finding::Finding;
use terraform::module::Module;

use super::{ProposedModule, Proposer};
use crate::error::PlanError;
use crate::migration::Migration;
use crate::scan::Scan;
use crate::source::Source;

/// Runs them, and adds what they report to `modules`.
pub(super) fn scan(
    source: &dyn Source,
    modules: &mut Vec<ProposedModule>,
    workflows: &[Finding],
    proposer: &Proposer<'_>,
) -> Result<(), PlanError> {
    let running = proposer.running();
    let running = running.filter_map(|(transform, scan)| match scan {
        Scan::Migration(scan) => Some((transform, scan)),
        _ => None,
    });
    let running: Vec<_> = running.collect();
    if running.is_empty() {
        return Ok(());
    }
    let of_modules = modules.iter().flat_map(|module| &module.findings);
    let findings = of_modules.chain(workflows);
    let Some(migration) = Migration::of(source, &findings, proposer.repo)? else {
        return Ok(());
    };
    let none = Module::default();
    for (transform, scan) in running {
        let mut findings = scan(&migration, proposer.repo);
        while let Some(first) = findings.first() {
            // Those of one module together: their edits are checked together.
            let directory = first.at.path.parent().map(ToOwned::to_owned);
            let is_beside = |it: &Finding| it.at.path.parent() == directory.as_deref();
            let (own, rest) = findings.into_iter().partition(is_beside);
            findings = rest;
            let migrating = migration.modules.iter().map(|it| &it.module);
            let others = migration.key_modules.iter();
            let module = migrating
                .chain(others)
                .find(|it| Some(&it.directory) == directory.as_ref());
            let own = proposer.of_module(own, module.unwrap_or(&none), transform);
            let mut known = modules.iter_mut();
            // Edits go with those of the module's own findings, which are made with review, too.
            let known = known.find(|known| {
                let mut files = known.findings.iter().map(|it| it.at.path.parent());
                files.any(|it| it == directory.as_deref())
            });
            match known {
                Some(known) => known.findings.extend(own),
                None => modules.push(ProposedModule {
                    module: Module::default(),
                    findings: own,
                }),
            }
        }
    }
    Ok(())
}
