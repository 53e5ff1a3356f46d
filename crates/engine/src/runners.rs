//! The runners of a repository, as a plan leaves them.

use std::collections::BTreeSet;
use std::path::Path;

use ci::runner::{CiSystem, CredentialSource, Runner};
use ci::settings::Ci;
use diagnostics::finding::Finding;

/// The runners of a CI system, without the static keys of the jobs that an applied finding moves
/// to OIDC.
pub(crate) fn after(system: &dyn CiSystem, settings: &Ci, findings: &[Finding]) -> Vec<Runner> {
    let applied = findings.iter().filter(|finding| finding.applied);
    let converted: BTreeSet<(&Path, Option<&str>)> = applied
        .flat_map(|finding| &finding.signed_in)
        .map(|signed_in| (signed_in.path.as_path(), signed_in.job.as_deref()))
        .collect();
    let mut runners = system.runners(settings);
    for runner in &mut runners {
        if converted.contains(&(runner.path.as_path(), Some(&runner.job))) {
            let keys = CredentialSource::StaticKeys;
            runner.credentials.retain(|it| it.source != keys);
        }
    }
    runners
}
