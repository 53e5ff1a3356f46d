//! Sign-ins of an earlier run that follow the root modules of their job: a role of these was left for review then,
//! and is removed now.

use ci::github::keys::job_role::JobRole;
use ci::github::keys::origin::Origin;
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::role_passage::RoleFlow;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::{Text, entry};
use diagnostics::finding::{FileEdit, Finding, Safety, SignedIn};
use engine::repo::Repo;
use syntax::yaml::{YamlChange, scalar};

use super::convert::{Conversion, Converted};
use super::finding;
use super::steps::Before;

/// The findings on jobs that sign in by roles which an earlier run wrote.
pub(super) fn findings(flow: &RoleFlow, repo: &Repo) -> Vec<Finding> {
    let all = repo.jobs().roles.all();
    // What was decided is about the files as they were.
    let known = &repo.index().workflows;
    let all = all.filter(|(owner, role)| {
        let (before, now) = (known.source(*owner), flow.workflows.source(*owner));
        role.is_of_role && before.yaml.text() == now.yaml.text()
    });
    let found = all.filter_map(|(owner, role)| {
        let conversion = Conversion { flow: *flow, owner };
        let steps = conversion.steps_with(&role.id);
        let offset = flow.workflows.steps(owner)[*steps.first()?].offset;
        let name = flow.workflows.name(owner);
        Some(match conversion.follow(&steps, role) {
            Ok(Some((edits, done))) => {
                let what = "signs in to the account of the role that its root modules lose";
                let mut found = finding(flow.workflows, owner, offset, name, what.to_owned());
                found.safety = Safety::Review;
                found.edits = edits;
                found.signed_in = vec![signed_in(flow, owner, done)];
                found
            }
            Ok(None) => return None,
            Err(why) => {
                let what = format!("keeps its role: {}", why.why);
                finding(flow.workflows, owner, why.offset, name, what)
            }
        })
    });
    found.collect()
}

fn signed_in(flow: &RoleFlow, owner: StepOwner, done: Converted) -> SignedIn {
    let workflows = flow.workflows;
    let job = workflows.job(owner);
    SignedIn {
        path: workflows.source(owner).path.clone(),
        job: job.map(|job| job.id.clone()),
        roles: done.roles,
        partitions: done.partitions,
        environment: job.and_then(|job| job.environment.clone()),
        subjects: workflows.subjects(owner),
        keys: Vec::new(),
        reads_states: false,
    }
}

impl Conversion<'_> {
    /// The steps that assume a role, as it is written.
    fn steps_with(&self, role: &str) -> Vec<usize> {
        let steps = self.flow.workflows.steps(self.owner).iter().enumerate();
        let own = steps.filter(|(_, step)| {
            let text = entry(&step.with, "role-to-assume");
            text.is_some_and(|it| it.value.value.trim() == role.trim())
        });
        own.map(|(index, _)| index).collect()
    }

    /// The edits by which these steps, and further ones, assume the roles of the accounts; `None` where they do.
    fn follow(
        &self,
        steps: &[usize],
        role: &JobRole,
    ) -> Result<Option<(Vec<FileEdit>, Converted)>, JobRefusal> {
        let sign_in = role.sign_in.clone()?;
        let mut done = Converted::default();
        for index in steps {
            let own = sign_in.at(*index);
            done.name(own);
            done.assumed.push((*index, own.clone()));
            if own.text != role.id {
                let place = self.steps().item(*index).key("with").key("role-to-assume");
                done.changes
                    .push(YamlChange::Replace(place, scalar(&own.text)));
            }
        }
        let Some(first) = steps.first() else {
            return Ok(None);
        };
        for (from, next) in sign_in
            .switches
            .iter()
            .filter(|(from, _)| !steps.contains(from))
        {
            let offset = self.flow.workflows.steps(self.owner)[*first].offset;
            let pair = KeyPair {
                form: KeyForm::With(*first),
                id: Text {
                    value: role.id.clone(),
                    offset,
                },
                origin: Origin::Plain,
                others: Vec::new(),
                region: None,
                written: None,
                entries: Vec::new(),
                passed_as: None,
            };
            let before = Before {
                condition: None,
                is_only: false,
                region: None,
            };
            self.insert(*from, &pair, next, before, &mut done)?;
        }
        if done.changes.is_empty() {
            return Ok(None);
        }
        let file = self.flow.workflows.source(self.owner);
        let edits = file.yaml.apply(&done.changes);
        let edits = edits.map_err(|why| JobRefusal::new(why.offset, why.what))?;
        let edits = edits.into_iter().map(|edit| FileEdit {
            path: file.path.clone(),
            edit,
        });
        Ok(Some((edits.collect(), done)))
    }
}
