//! Roles that stay and whose sessions last longer than a role may have by another role.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ci::github::workflow::StepOwner;

use super::need::keeps_role;
use super::{JobIdentity, root_runs};
use crate::index::scopes::ProviderScope;
use crate::provider_accounts::decide;
use crate::repo::Repo;
use syntax::code::sentence;
use syntax::text::shown;
use terraform::backend::SUBJECT;

impl Repo {
    /// Why jobs with static keys may fail once they sign in by OIDC, by job: with the keys of a user a role
    /// may be assumed for as long as it allows, with the session of a role for an hour ("Role chaining", IAM
    /// user guide).
    pub fn long_sessions(&self) -> BTreeMap<StepOwner, Vec<String>> {
        let sessions = self.sessions();
        let terragrunts = self.terragrunt_sessions();
        let mut doubts: BTreeMap<StepOwner, Vec<String>> = BTreeMap::new();
        if sessions.is_empty() && terragrunts.is_empty() {
            return doubts;
        }
        for run in root_runs(self) {
            let has_keys = run.acts.iter().any(|it| matches!(it, JobIdentity::Keys(_)));
            let own = sessions
                .iter()
                .filter(|(root, _)| has_keys && run.may_run(root));
            let runs_below = |directory: &Path| {
                let own = run.run.directory.as_ref();
                run.may_run(directory) || own.is_some_and(|own| own.starts_with(directory))
            };
            let by_terragrunt = terragrunts.iter().filter(|(directory, _)| {
                has_keys && run.run.is_terragrunt && runs_below(directory)
            });
            let by_terragrunt = by_terragrunt.map(|(_, why)| why);
            for why in own.flat_map(|(_, why)| why).chain(by_terragrunt) {
                let of_job = doubts.entry(run.job).or_default();
                if !of_job.contains(why) {
                    of_job.push(why.clone());
                }
            }
        }
        doubts
    }

    /// The long sessions of roles that Terragrunt assumes, each as a reason for review, by the directory whose
    /// units and those below it have them.
    fn terragrunt_sessions(&self) -> Vec<(PathBuf, String)> {
        let files = self.index().modules.all_files();
        let read = files.filter_map(|(path, facts)| Some((path, facts.terragrunt.as_ref()?)));
        let read: Vec<_> = read.collect();
        let is_role = |of: &Path| {
            let mut roles = read.iter().filter(|(_, it)| it.iam_role.is_some());
            roles.any(|(path, _)| {
                let directory = path.parent().unwrap_or(Path::new(""));
                of.starts_with(directory) || directory.starts_with(of)
            })
        };
        let long = read.iter().filter_map(|(path, terragrunt)| {
            let lasts = terragrunt.long_session.as_ref()?;
            let directory = path.parent().unwrap_or(Path::new(""));
            let why = sentence!(
                "Terragrunt assumes the role of `iam_role` for `{lasts}` by {}, while with the role of a \
                 job AWS allows an hour: set `iam_assume_role_duration` to 3600",
                shown(path)
            );
            is_role(directory).then(|| (directory.to_path_buf(), why))
        });
        long.collect()
    }

    /// The long sessions of roles that stay, each as a reason for review, by root module.
    fn sessions(&self) -> BTreeMap<PathBuf, Vec<String>> {
        let mut sessions: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        let mut add = |directory: &Path, what: &str, lasts: &str| {
            let why = sentence!(
                "{what} in {} assumes its role for `{lasts}`, while with the role of a job AWS allows an \
                 hour: set it to \"1h\"",
                shown(directory)
            );
            for root in self.roots(directory) {
                sessions
                    .entry(root.to_path_buf())
                    .or_default()
                    .push(why.clone());
            }
        };
        for (directory, file) in self.index().modules.provider_scopes() {
            let scope = file
                .as_deref()
                .map_or(ProviderScope::Module(&directory), ProviderScope::File);
            let providers = self.providers(scope).iter();
            if !providers.into_iter().any(|it| it.long_session.is_some()) {
                continue;
            }
            for decision in decide(scope, self).iter() {
                let lasts = decision.provider.long_session.as_ref();
                let lasts = lasts.filter(|_| keeps_role(decision, &directory, self));
                let what = decision.provider.reference();
                lasts.inspect(|lasts| add(&directory, &what, lasts));
            }
        }
        for (path, part) in self.backend_parts() {
            let Some(lasts) = &part.long_session else {
                continue;
            };
            let owners = self.backend_owners(&path);
            let own = path.parent().unwrap_or(Path::new(""));
            for directory in owners.into_iter().chain([own]) {
                add(directory, SUBJECT, lasts);
            }
        }
        sessions
    }
}
