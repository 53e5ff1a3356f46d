//! The jobs of GitHub's workflows as runners.

use crate::github::keys::flow::KeyFlow;
use crate::github::workflow::{StepOwner, Workflows};
use crate::runner::{CiSystem, Credential, CredentialSource, LocatedRun, Runner};
use crate::settings::Ci;

impl CiSystem for Workflows {
    fn runners(&self, settings: &Ci) -> Vec<Runner> {
        let flow = KeyFlow { workflows: self };
        // Actions are no runners: their steps run in the jobs that use them.
        let runner = |owner: StepOwner| {
            let job = self.job(owner)?;
            let at = |offset| self.source(owner).location(offset);
            let keys = flow.key_uses(owner).first().map(|used| Credential {
                at: at(used.id.offset),
                source: CredentialSource::StaticKeys,
            });
            let sign_in = self.sign_in(owner).map(|offset| Credential {
                at: at(offset),
                source: CredentialSource::Oidc {
                    is_permitted: self.may_fetch_id_token(owner, settings.default_token),
                },
            });
            let runs = self.runs(owner).into_iter().map(|it| LocatedRun {
                account: None,
                at: at(it.run.offset),
                run: it.run,
            });
            Some(Runner {
                path: self.source(owner).path.clone(),
                job: job.id.clone(),
                credentials: keys.into_iter().chain(sign_in).collect(),
                runs: runs.collect(),
            })
        };
        self.owners().filter_map(runner).collect()
    }
}
