//! Roles that stay on purpose: a job or another runner acts in another account, and the role takes
//! it to this one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ci::runner::{CiSystem as _, CredentialSource, Runner};
use diagnostics::finding::Finding;
use diagnostics::skip::Skip;
use terraform::account::Account;
use terraform::file_kind::FileKind;

use crate::catalogue::Purpose;
use crate::decisions::role_hold::HoldReason;
use crate::index::scopes::ProviderScope;
use crate::other_runners;
use crate::repo::Repo;

/// What tells which roles stay.
struct Keepers<'r> {
    repo: &'r Repo,
    /// The jobs that sign in by OIDC and have no static keys beside it. One on static keys has to
    /// be migrated before its roles can be meant to stay.
    signed_in: Vec<Runner>,
    /// The roles of providers by how findings refer to them, for each scope that was asked about.
    roles: HashMap<PathBuf, HashMap<String, Option<&'r Account>>>,
}

/// Takes the findings on roles that stay on purpose out of `findings`, and returns each with its
/// reason.
pub fn take(findings: &mut Vec<Finding>, repo: &Repo) -> Vec<Skip> {
    let mut signed_in = repo.index().workflows.runners(&repo.settings().ci);
    signed_in.retain(|runner| {
        let mut sources = runner.credentials.iter().map(|it| it.source);
        !runner.credentials.is_empty()
            && sources.all(|source| matches!(source, CredentialSource::Oidc { .. }))
    });
    let mut keepers = Keepers {
        repo,
        signed_in,
        roles: HashMap::new(),
    };
    let mut kept = Vec::new();
    findings.retain(|finding| match keepers.reason(finding) {
        None => true,
        Some(reason) => {
            kept.push(Skip {
                path: finding.at.path.clone(),
                line: Some(finding.at.line),
                reason: format!("{} keeps its role: {reason}", finding.subject),
            });
            false
        }
    });
    kept
}

impl Keepers<'_> {
    /// Why the role of a finding stays, as a clause; `None` where nothing is known to need it.
    fn reason(&mut self, finding: &Finding) -> Option<String> {
        let repo = self.repo;
        if finding.transform != repo.catalogue().id_of(Purpose::RemoveRoles) {
            return None;
        }
        let path = finding.at.path.as_path();
        let scope = match FileKind::of(path)? {
            // No runner but `terraform test` has it.
            FileKind::Test => return None,
            FileKind::Terragrunt => ProviderScope::File(path),
            _ => ProviderScope::Module(path.parent().unwrap_or(Path::new(""))),
        };
        let (ProviderScope::Module(place) | ProviderScope::File(place)) = scope;
        if !self.roles.contains_key(place) {
            // Of two that are called alike the first counts.
            let providers = repo.providers(scope).iter().rev();
            let roles = providers.map(|it| (it.reference(), it.role.as_ref()));
            self.roles.insert(place.to_path_buf(), roles.collect());
        }
        let own = self.roles[place].get(&finding.subject);
        let role = own.copied().flatten();
        let directory = scope.directory();
        self.by_job(directory, role)
            .or_else(|| other_runners::in_another_account(directory, role, repo))
    }

    /// The job that is not known to act in the account of the role, as a clause.
    fn by_job(&self, directory: &Path, role: Option<&Account>) -> Option<String> {
        let hold = self.repo.role_hold(directory)?;
        let (path, name) = (&hold.job.at.path, &hold.job.job);
        let mut signed_in = self.signed_in.iter();
        signed_in.find(|job| job.path == *path && job.job == *name)?;
        let is_same = match &hold.reason {
            HoldReason::Elsewhere { account, .. } | HoldReason::Called { account, .. } => {
                account.is_some() && role.and_then(Account::id) == account.as_deref()
            }
            HoldReason::StaticKeys
            | HoldReason::CallersElsewhere
            | HoldReason::SeveralAccounts { .. }
            | HoldReason::SharedRole { .. } => false,
        };
        (!is_same).then(|| hold.message(self.repo.settings()))
    }
}
