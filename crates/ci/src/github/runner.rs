//! The jobs of GitHub's workflows as runners.

use crate::github::keys::flow::Flow;
use crate::github::workflow::{Unit, Workflows};
use crate::runner::{CiSystem, Credential, CredentialSource, LocatedRun, Runner};
use crate::settings::Ci;

impl CiSystem for Workflows {
    fn runners(&self, settings: &Ci) -> Vec<Runner> {
        let flow = Flow {
            workflows: self,
            ci: settings,
        };
        let runner = |unit: Unit| {
            let job = self.job(unit)?;
            let at = |offset| self.source(unit).location(offset);
            let keys = flow.used(unit).first().map(|used| Credential {
                at: at(used.id.offset),
                source: CredentialSource::StaticKeys,
            });
            let sign_in = self.sign_in(unit).map(|offset| Credential {
                at: at(offset),
                source: CredentialSource::Oidc {
                    is_permitted: self.may_fetch_id_token(unit, settings.default_token),
                },
            });
            let runs = self.runs(unit).into_iter().map(|it| LocatedRun {
                at: at(it.run.offset),
                run: it.run,
            });
            Some(Runner {
                path: self.source(unit).path.clone(),
                job: job.id.clone(),
                credentials: keys.into_iter().chain(sign_in).collect(),
                runs: runs.collect(),
            })
        };
        self.units().filter_map(runner).collect()
    }
}
