//! Moves jobs of GitHub Actions from static keys to OIDC, each one whole or not at all: the action
//! exports a session token, which would mix with static keys that a later step still has.

mod active;
mod audience;
mod callers_elsewhere;
mod chained;
mod comments;
mod convert;
mod decided_again;
mod events;
mod fail_closed;
mod holders;
mod inherited;
mod interface;
mod later_steps;
mod leftover;
mod malformed;
mod names;
mod needs;
mod passed_on;
mod region;
mod rights;
mod scripts;
mod sign_in;
mod steps;
mod tokenless;
mod user_calls;

use std::collections::{BTreeMap, BTreeSet};

use ci::github::keys::key_use::{Destination, KeyUse};
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::role_passage::{KnownPassages, RoleFlow};
use ci::github::workflow::{StepOwner, Workflows};
use diagnostics::ask::Ask;
use diagnostics::finding::{FileEdit, Finding, SignedIn};
use engine::repo::Repo;
use syntax::location::Location;
use syntax::yaml::YamlChange;

use callers_elsewhere::{has_callers_elsewhere, takes_either};
use convert::{Converted, convert};

const ID: &str = "workflow_oidc";

pub fn scan(workflows: &Workflows, keys_in_scripts: &[Location], repo: &Repo) -> Vec<Finding> {
    let flow = RoleFlow {
        workflows,
        ci: &repo.settings().ci,
        roles: &repo.jobs().roles,
        known: &KnownPassages::default(),
    };
    let used = workflows
        .owners()
        .map(|owner| (owner, flow.keys().key_uses(owner)));
    let mut used: BTreeMap<StepOwner, Vec<KeyUse>> =
        used.filter(|(_, used)| !used.is_empty()).collect();
    used.retain(|owner, used| !takes_either(&flow, *owner, used));
    add_keyless_callers(workflows, &mut used);
    let mut groups: Vec<Transaction> = groups(&flow, &used, repo)
        .into_iter()
        .map(|owners| Transaction::new(&flow, owners, &used, repo))
        .collect();
    grant(&flow, repo, &mut groups);
    let sessions = repo.long_sessions();
    for group in &mut groups {
        for (owner, done) in group.owners.iter().zip(&mut group.converted) {
            let doubts = sessions.get(owner).filter(|_| done.signs_in);
            done.doubts.extend(doubts.into_iter().flatten().cloned());
        }
    }
    let findings = groups.iter().flat_map(|group| group.findings(&flow, &used));
    let in_scripts = keys_in_scripts.iter().map(|at| {
        let sentence = (
            "a line outside of GitHub Actions",
            "uses static AWS keys: not changed",
        );
        Finding::at(ID, at.clone(), 0..0, sentence)
            .help("move it to the OIDC provider of its own CI, before the keys are deleted")
    });
    findings
        .chain(decided_again::findings(&flow, repo))
        .chain(unread(workflows))
        .chain(in_scripts)
        .collect()
}

/// Adds the jobs that call a workflow with keys and pass none: they have to permit the OIDC token,
/// too, once the workflow requests it.
fn add_keyless_callers(workflows: &Workflows, used: &mut BTreeMap<StepOwner, Vec<KeyUse>>) {
    let mut waiting: Vec<usize> = used.keys().map(|owner| owner.source).collect();
    let mut seen = BTreeSet::new();
    while let Some(source) = waiting.pop() {
        if !seen.insert(source) {
            continue;
        }
        for caller in workflows.callers(source) {
            used.entry(caller).or_default();
            waiting.push(caller.source);
        }
    }
}

/// Jobs and actions that are converted together or not at all.
struct Transaction {
    owners: Vec<StepOwner>,
    /// For each owner.
    converted: Vec<Converted>,
    /// By the index of the file.
    changes: BTreeMap<usize, Vec<YamlChange>>,
    /// Changes to `permissions`, and why they have to be reviewed.
    rights: Vec<(usize, YamlChange)>,
    rights_doubts: Vec<String>,
    rights_questions: Vec<Ask>,
    refused: Option<(StepOwner, JobRefusal)>,
}

/// The jobs and actions that have to be converted together: who passes keys with who takes them,
/// all jobs that inherit the keys of a workflow or take those of callers that are not known, and all that
/// pass keys to one variable of Terraform.
fn groups(
    flow: &RoleFlow,
    used: &BTreeMap<StepOwner, Vec<KeyUse>>,
    repo: &Repo,
) -> Vec<Vec<StepOwner>> {
    let workflows = flow.workflows;
    // Each leads to a smaller one of its group, the smallest to itself.
    let mut group_of: BTreeMap<StepOwner, StepOwner> =
        used.keys().map(|owner| (*owner, *owner)).collect();
    let mut join = |one: StepOwner, other: StepOwner| {
        if !used.contains_key(&one) || !used.contains_key(&other) {
            return;
        }
        let (one, other) = (smallest(&mut group_of, one), smallest(&mut group_of, other));
        group_of.insert(one.max(other), one.min(other));
    };
    // All of a file that are joined with one of it are joined with its first.
    let mut joined = BTreeSet::new();
    let mut keyed = |source: usize| -> Vec<StepOwner> {
        let first = |source| StepOwner { source, job: None };
        let keyed = used.range(first(source)..first(source + 1));
        let keyed = keyed.map(|(owner, _)| *owner);
        match joined.insert(source) {
            true => keyed.collect(),
            false => keyed.take(1).collect(),
        }
    };
    for (owner, all) in used {
        // An action may also read its job's environment.
        let steps = workflows.steps(*owner).iter();
        let actions = steps.filter_map(|step| workflows.action(step));
        let used_there = actions.chain(workflows.callee(*owner));
        let used_there = used_there.collect::<BTreeSet<usize>>().into_iter();
        used_there
            .flat_map(&mut keyed)
            .for_each(|other| join(*owner, other));
        if has_callers_elsewhere(flow, owner.source) {
            let beside = keyed(owner.source).into_iter();
            beside.for_each(|other| join(*owner, other));
        }
        let together = repo.passed_keys().together(*owner);
        together.for_each(|other| join(*owner, other));
        for used in all {
            match &used.to {
                Destination::Steps(pair) if is_of_workflow(pair) => {
                    let beside = keyed(owner.source).into_iter();
                    beside.for_each(|other| join(*owner, other));
                }
                Destination::Steps(_)
                | Destination::Action(..)
                | Destination::CalledWorkflow(_)
                | Destination::Unconvertible(_) => {}
            }
        }
    }
    let mut groups: BTreeMap<StepOwner, Vec<StepOwner>> = BTreeMap::new();
    for owner in used.keys() {
        let first = smallest(&mut group_of, *owner);
        groups.entry(first).or_default().push(*owner);
    }
    groups.into_values().collect()
}

/// Whether all jobs of a workflow may have a pair.
fn is_of_workflow(pair: &KeyPair) -> bool {
    let mut entries = pair.entries.iter();
    pair.form == KeyForm::WorkflowEnv || entries.any(|(scope, _)| *scope == KeyForm::WorkflowEnv)
}

/// The smallest of a group, to which each on the way leads directly then.
fn smallest(group_of: &mut BTreeMap<StepOwner, StepOwner>, owner: StepOwner) -> StepOwner {
    let mut first = owner;
    while group_of[&first] != first {
        first = group_of[&first];
    }
    let mut at = owner;
    while at != first {
        at = group_of.insert(at, first).unwrap_or(first);
    }
    first
}

impl Transaction {
    fn new(
        flow: &RoleFlow,
        owners: Vec<StepOwner>,
        used: &BTreeMap<StepOwner, Vec<KeyUse>>,
        repo: &Repo,
    ) -> Self {
        let mut group = Self {
            owners,
            converted: Vec::new(),
            changes: BTreeMap::new(),
            rights: Vec::new(),
            rights_doubts: Vec::new(),
            rights_questions: Vec::new(),
            refused: None,
        };
        for owner in group.owners.clone() {
            if let Err(refusal) = group.add(flow, owner, &used[&owner], repo) {
                group.refused = Some((owner, refusal));
                return group;
            }
        }
        let sources: BTreeSet<usize> = group.owners.iter().map(|owner| owner.source).collect();
        for source in sources {
            let takes_either = group.converted.iter().any(|done| done.takes_either);
            let changes = match takes_either {
                true => callers_elsewhere::declarations(flow, source),
                false => interface::changes(flow, source),
            };
            match changes {
                Ok(changes) => group.changes.entry(source).or_default().extend(changes),
                Err(refusal) => {
                    let mut owners = group.owners.iter();
                    let owner = owners.find(|owner| owner.source == source);
                    group.refused = owner.map(|owner| (*owner, refusal));
                }
            }
        }
        group
    }

    fn add(
        &mut self,
        flow: &RoleFlow,
        owner: StepOwner,
        used: &[KeyUse],
        repo: &Repo,
    ) -> Result<(), JobRefusal> {
        if let Some(obstacle) = &flow.workflows.source(owner).obstacle {
            let offset = offset(flow.workflows, owner, used);
            return Err(JobRefusal::new(offset, format!("the file {obstacle}")));
        }
        let source = flow.workflows.source(owner);
        if let Some(kept) = used.iter().find(|used| source.ignores(used.id.offset, ID)) {
            return Err(JobRefusal::new(kept.id.offset, "a comment says so"));
        }
        let hold = repo.passed_keys().hold(owner);
        if let Some(hold) = hold.filter(|hold| !hold.is_review) {
            let offset = offset(flow.workflows, owner, used);
            return Err(JobRefusal {
                help: hold.help.clone(),
                ..JobRefusal::new(offset, &hold.why)
            });
        }
        let mut done = convert(flow, owner, used)?;
        done.doubts.extend(hold.map(|hold| hold.why.clone()));
        let names: Vec<String> = used.iter().flat_map(|used| used.names.clone()).collect();
        if !done.takes_either {
            let beside = leftover::without_token(flow, owner, &done, &names)?;
            done.changes.extend(beside);
        }
        let changes = self.changes.entry(owner.source).or_default();
        for change in std::mem::take(&mut done.changes) {
            // Jobs that share an `env:` ask for the same change.
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
        self.converted.push(done);
        Ok(())
    }

    /// The edits of its files.
    fn edits(&self, workflows: &Workflows) -> Result<Vec<FileEdit>, (usize, JobRefusal)> {
        let mut all = self.changes.clone();
        for (source, change) in &self.rights {
            let changes = all.entry(*source).or_default();
            if !changes.contains(change) {
                changes.push(change.clone());
            }
        }
        let mut edits = Vec::new();
        for (source, changes) in all {
            let file = &workflows.sources[source];
            let of_file = file.yaml.apply(&changes);
            let of_file = of_file.map_err(|why| (source, JobRefusal::new(why.offset, why.what)))?;
            edits.extend(of_file.into_iter().map(|edit| FileEdit {
                path: file.path.clone(),
                edit,
            }));
        }
        Ok(edits)
    }

    fn findings(&self, flow: &RoleFlow, used: &BTreeMap<StepOwner, Vec<KeyUse>>) -> Vec<Finding> {
        let workflows = flow.workflows;
        let refused = match &self.refused {
            Some(refused) => refused.clone(),
            None => match self.edits(workflows) {
                Ok(edits) => return vec![self.signed_in(workflows, used, edits)],
                Err((source, why)) => {
                    let mut owners = self.owners.iter();
                    let owner = owners.find(|owner| owner.source == source);
                    (*owner.unwrap_or(&self.owners[0]), why)
                }
            },
        };
        let (culprit, refusal) = refused;
        let others = self.owners.iter().copied();
        let others: Vec<StepOwner> = others.filter(|owner| *owner != culprit).collect();
        let message = format!("stays on static keys: {}", refusal.why);
        let mut stays = finding(
            workflows,
            culprit,
            refusal.offset,
            workflows.name(culprit),
            message,
        );
        let names = names::listed(workflows, &others, culprit);
        match others.len() {
            0 => {}
            1 => stays.add(&format!("{names} stays on static keys, too")),
            _ => stays.add(&format!("{names} stay on static keys, too")),
        }
        stays.help = refusal.help;
        stays.questions = refusal.questions;
        vec![stays]
    }

    /// The finding of a transaction that is converted.
    fn signed_in(
        &self,
        workflows: &Workflows,
        used: &BTreeMap<StepOwner, Vec<KeyUse>>,
        edits: Vec<FileEdit>,
    ) -> Finding {
        let first = self.owners[0];
        let offset = offset(workflows, first, &used[&first]);
        let takes_either = self.converted.iter().any(|done| done.takes_either);
        let what = match takes_either {
            true => "accepts a role beside the keys",
            false if self.converted.iter().any(|done| done.signs_in) => "signs in by OIDC",
            false => "loses its keys, which no step needs",
        };
        let message = match &self.owners[1..] {
            [] => what.to_owned(),
            others => {
                let others = names::listed(workflows, others, first);
                format!("{what}, together with {others}")
            }
        };
        let doubts: BTreeSet<&String> = self
            .converted
            .iter()
            .flat_map(|it| &it.doubts)
            .chain(&self.rights_doubts)
            .collect();
        let notes: BTreeSet<&String> = self.converted.iter().flat_map(|it| &it.notes).collect();
        let mut found = finding(workflows, first, offset, workflows.name(first), message);
        for doubt in doubts {
            found.ask_for_review(doubt);
        }
        found.notes = notes.into_iter().cloned().collect();
        found.edits = edits;
        found.questions.clone_from(&self.rights_questions);
        if takes_either {
            return found;
        }
        let jobs = self.owners.iter().zip(&self.converted);
        // The sign-in of a job may be in its action or called workflow.
        let partitions = self.converted.iter().flat_map(|done| &done.partitions);
        let partitions: BTreeSet<String> = partitions.cloned().collect();
        found.signed_in = jobs
            .map(|(owner, done)| SignedIn {
                path: workflows.source(*owner).path.clone(),
                job: workflows.job(*owner).map(|job| job.id.clone()),
                roles: done.roles.clone(),
                partitions: partitions.clone(),
                environment: workflows
                    .job(*owner)
                    .and_then(|job| job.environment.clone()),
                subjects: workflows.subjects(*owner),
                keys: used[owner]
                    .iter()
                    .flat_map(|used| used.names.clone())
                    .filter(|name| workflows.is_stored(*owner, name))
                    .collect(),
                reads_states: false,
            })
            .collect();
        found
    }
}

/// Adds the permissions of all transactions; one whose job cannot get them is refused.
fn grant(flow: &RoleFlow, repo: &Repo, groups: &mut [Transaction]) {
    let workflows = flow.workflows;
    loop {
        // Only jobs that sign in need the token; callers of actions and workflows that do count as
        // well.
        let signing: BTreeSet<StepOwner> = groups
            .iter()
            .filter(|group| group.refused.is_none())
            .flat_map(|group| group.owners.iter().zip(&group.converted))
            .filter(|(_, done)| done.signs_in)
            .map(|(owner, _)| *owner)
            .collect();
        let mut assuming: BTreeMap<usize, bool> = BTreeMap::new();
        let mut all_assume = |source: usize| {
            let all = || workflows.owners_in(source).all(|it| signing.contains(&it));
            *assuming.entry(source).or_insert_with(all)
        };
        // A refusal changes whether all jobs of a workflow assume a role, and so where the
        // permission is written for the others: until nothing changes.
        let mut has_failed = false;
        for group in groups.iter_mut().filter(|group| group.refused.is_none()) {
            group.rights.clear();
            group.rights_doubts.clear();
            group.rights_questions.clear();
            for owner in group.owners.clone() {
                if !signing.contains(&owner) {
                    continue;
                }
                let all = all_assume(owner.source);
                match rights::rights(workflows, &repo.settings().ci, owner, all) {
                    Ok(rights) => {
                        let changes = rights.changes.into_iter();
                        let changes = changes.map(|change| (owner.source, change));
                        group.rights.extend(changes);
                        group.rights_questions.extend(rights.questions);
                        group.rights_doubts.extend(rights.doubts);
                    }
                    Err(refusal) => {
                        group.refused = Some((owner, refusal));
                        has_failed = true;
                        break;
                    }
                }
            }
        }
        if !has_failed {
            return;
        }
    }
}

/// The offset of the first key of a job or action; of the job where it has none.
fn offset(workflows: &Workflows, owner: StepOwner, used: &[KeyUse]) -> usize {
    let job = workflows.job(owner).map_or(0, |job| job.offset);
    used.first().map_or(job, |used| used.id.offset)
}

/// Findings for files with keys that cannot be read.
fn unread(workflows: &Workflows) -> impl Iterator<Item = Finding> + '_ {
    // The file is not parsed, so its text has to tell.
    let words = ["AWS_ACCESS_KEY_ID", "aws-access-key-id"];
    let keyed = workflows.unread.iter();
    let keyed = keyed.filter(move |file| words.iter().any(|word| file.text.contains(word)));
    keyed.map(|file| {
        let message = format!("has static keys and is left: {}", file.why);
        Finding::at(ID, file.at.clone(), 0..0, ("the file", message))
    })
}

fn finding(
    workflows: &Workflows,
    owner: StepOwner,
    offset: usize,
    subject: String,
    message: String,
) -> Finding {
    let at = workflows.source(owner).location(offset);
    Finding::at(ID, at, offset..offset, (subject, message))
}
