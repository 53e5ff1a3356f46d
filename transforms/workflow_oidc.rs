//! Jobs of GitHub Actions on static keys, moved to OIDC: each one whole, or not at all.

mod audience;
mod convert;
mod holders;
mod interface;
mod leftover;
mod rights;
mod sign_in;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use ci::github::keys::flow::Flow;
use ci::github::keys::key_use::{KeyPair, To};
use ci::github::keys::pair::KeyForm;
use ci::github::keys::refusal::JobRefusal;
use ci::github::workflow::{Unit, Workflows};
use diagnostics::finding::{FileEdit, Finding, Safety, SignedIn};
use engine::repo::Repo;
use syntax::location::Location;
use syntax::yaml::YamlChange;

use convert::{Converted, convert};

const ID: &str = "workflow_oidc";

pub fn scan(workflows: &Workflows, keys_in_scripts: &[Location], repo: &Repo) -> Vec<Finding> {
    let flow = Flow {
        workflows,
        ci: &repo.settings().ci,
    };
    let used = workflows.units().map(|unit| (unit, flow.used(unit)));
    let mut used: BTreeMap<Unit, Vec<KeyPair>> =
        used.filter(|(_, used)| !used.is_empty()).collect();
    add_keyless_callers(workflows, &mut used);
    let mut groups: Vec<Transaction> = groups(workflows, &used)
        .into_iter()
        .map(|units| Transaction::new(&flow, units, &used))
        .collect();
    grant(&flow, repo, &mut groups);
    let findings = groups.iter().flat_map(|group| group.findings(&flow, &used));
    let in_scripts = keys_in_scripts.iter().map(|at| {
        let what = "hands static AWS keys on, and is not GitHub's: left alone";
        Finding::at(ID, at.clone(), 0..0, ("the line", what))
            .help("move it to the OIDC provider of its own CI, before the keys are deleted")
    });
    findings
        .chain(unread(workflows))
        .chain(in_scripts)
        .collect()
}

/// Adds the jobs that call a workflow with keys and hand none in: the call needs the right to fetch
/// a token, too, once the workflow asks for it.
fn add_keyless_callers(workflows: &Workflows, used: &mut BTreeMap<Unit, Vec<KeyPair>>) {
    loop {
        let sources: BTreeSet<usize> = used.keys().map(|unit| unit.source).collect();
        let mut callers = sources.iter().flat_map(|source| workflows.callers(*source));
        let Some(caller) = callers.find(|caller| !used.contains_key(caller)) else {
            return;
        };
        used.insert(caller, Vec::new());
    }
}

/// Units that are converted together: one transaction.
struct Transaction {
    units: Vec<Unit>,
    /// Of each unit.
    converted: Vec<Converted>,
    /// In the files, by their numbers.
    changes: BTreeMap<usize, Vec<YamlChange>>,
    /// What the jobs' rights take.
    rights: Vec<(usize, YamlChange)>,
    refused: Option<(Unit, JobRefusal)>,
}

/// The units that hang together: what hands keys on goes with what takes them, and what inherits
/// a workflow's keys with all others that do.
fn groups(workflows: &Workflows, used: &BTreeMap<Unit, Vec<KeyPair>>) -> Vec<Vec<Unit>> {
    let mut group_of: BTreeMap<Unit, Unit> = used.keys().map(|unit| (*unit, *unit)).collect();
    let mut join = |one: Unit, other: Unit| {
        let (Some(one), Some(other)) = (group_of.get(&one), group_of.get(&other)) else {
            return;
        };
        let (one, other) = (*one.min(other), *one.max(other));
        group_of
            .values_mut()
            .filter(|of| **of == other)
            .for_each(|of| *of = one);
    };
    let keyed = |source: usize| used.keys().filter(move |unit| unit.source == source);
    for (unit, all) in used {
        // What an action reads of its job's environment goes with the job, too.
        let steps = workflows.steps(*unit).iter();
        let actions = steps.filter_map(|step| workflows.action(step));
        let used_there = actions.chain(workflows.callee(*unit));
        used_there
            .flat_map(keyed)
            .for_each(|other| join(*unit, *other));
        for used in all {
            match &used.to {
                To::Here(site) if site.form == KeyForm::WorkflowEnv => {
                    keyed(unit.source).for_each(|other| join(*unit, *other));
                }
                To::Here(_) | To::Action(..) | To::Callee(_) | To::Elsewhere(_) => {}
            }
        }
    }
    let mut groups: BTreeMap<Unit, Vec<Unit>> = BTreeMap::new();
    for (unit, of) in group_of {
        groups.entry(of).or_default().push(unit);
    }
    groups.into_values().collect()
}

impl Transaction {
    fn new(flow: &Flow, units: Vec<Unit>, used: &BTreeMap<Unit, Vec<KeyPair>>) -> Self {
        let mut group = Self {
            units,
            converted: Vec::new(),
            changes: BTreeMap::new(),
            rights: Vec::new(),
            refused: None,
        };
        for unit in group.units.clone() {
            if let Err(refusal) = group.add(flow, unit, &used[&unit]) {
                group.refused = Some((unit, refusal));
                return group;
            }
        }
        let sources: BTreeSet<usize> = group.units.iter().map(|unit| unit.source).collect();
        for source in sources {
            match interface::changes(flow, source) {
                Ok(changes) => group.changes.entry(source).or_default().extend(changes),
                Err(refusal) => {
                    let mut units = group.units.iter();
                    let unit = units.find(|unit| unit.source == source);
                    group.refused = unit.map(|unit| (*unit, refusal));
                }
            }
        }
        group
    }

    fn add(&mut self, flow: &Flow, unit: Unit, used: &[KeyPair]) -> Result<(), JobRefusal> {
        if let Some(obstacle) = &flow.workflows.source(unit).obstacle {
            let offset = offset(flow.workflows, unit, used);
            return Err(JobRefusal::new(offset, format!("the file {obstacle}")));
        }
        let source = flow.workflows.source(unit);
        if let Some(kept) = used.iter().find(|used| source.keeps(used.id.offset, ID)) {
            return Err(JobRefusal::new(kept.id.offset, "a comment says so"));
        }
        let mut done = convert(flow, unit, used)?;
        let names: Vec<String> = used.iter().flat_map(|used| used.names.clone()).collect();
        leftover::refuse_leftover(flow, unit, &done, &names)?;
        let changes = self.changes.entry(unit.source).or_default();
        for change in std::mem::take(&mut done.changes) {
            // What jobs share is changed once.
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
        self.converted.push(done);
        Ok(())
    }

    /// The edits of all its files.
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

    fn findings(&self, flow: &Flow, used: &BTreeMap<Unit, Vec<KeyPair>>) -> Vec<Finding> {
        let workflows = flow.workflows;
        let refused = match &self.refused {
            Some(refused) => refused.clone(),
            None => match self.edits(workflows) {
                Ok(edits) => return vec![self.signed_in(workflows, used, edits)],
                Err((source, why)) => {
                    let mut units = self.units.iter();
                    let unit = units.find(|unit| unit.source == source);
                    (*unit.unwrap_or(&self.units[0]), why)
                }
            },
        };
        let (culprit, refusal) = refused;
        let others = self.units.iter().filter(|unit| **unit != culprit);
        let names: Vec<String> = others
            .map(|unit| workflows.name_from(*unit, culprit))
            .collect();
        let mut message = format!("stays on static keys: {}", refusal.why);
        if !names.is_empty() {
            message += &format!("; with it stay {}", names.join(", "));
        }
        let mut stays = finding(
            workflows,
            culprit,
            refusal.offset,
            workflows.name(culprit),
            message,
        );
        stays.help = refusal.help;
        vec![stays]
    }

    /// The one finding of a group that is converted.
    fn signed_in(
        &self,
        workflows: &Workflows,
        used: &BTreeMap<Unit, Vec<KeyPair>>,
        edits: Vec<FileEdit>,
    ) -> Finding {
        let first = self.units[0];
        let offset = offset(workflows, first, &used[&first]);
        let others = self.units[1..]
            .iter()
            .map(|unit| workflows.name_from(*unit, first));
        let others: Vec<String> = others.collect();
        let mut message = match others.is_empty() {
            true => "signs in by OIDC".to_owned(),
            false => format!("signs in by OIDC, together with {}", others.join(", ")),
        };
        let doubts: BTreeSet<&String> = self.converted.iter().flat_map(|it| &it.doubts).collect();
        let notes: BTreeSet<&String> = self.converted.iter().flat_map(|it| &it.notes).collect();
        for doubt in &doubts {
            message += &format!("; {doubt}");
        }
        let mut found = finding(workflows, first, offset, workflows.name(first), message);
        if !doubts.is_empty() {
            found.safety = Safety::Review;
        }
        let notes: Vec<&str> = notes.into_iter().map(String::as_str).collect();
        found.help = (!notes.is_empty()).then(|| notes.join("; "));
        found.edits = edits;
        let jobs = self.units.iter().zip(&self.converted);
        // A job's action or workflow signs in for it.
        let partitions = self.converted.iter().flat_map(|done| &done.partitions);
        let partitions: BTreeSet<String> = partitions.cloned().collect();
        found.signed_in = jobs
            .map(|(unit, done)| SignedIn {
                path: workflows.source(*unit).path.clone(),
                job: workflows.job(*unit).map(|job| job.id.clone()),
                roles: done.roles.clone(),
                partitions: partitions.clone(),
                environment: workflows.job(*unit).and_then(|job| job.environment.clone()),
                subjects: workflows.subjects(*unit),
                keys: used[unit]
                    .iter()
                    .flat_map(|used| used.names.clone())
                    .filter(|name| workflows.is_stored(*unit, name))
                    .collect(),
            })
            .collect();
        found
    }
}

/// Gives the jobs of all groups their rights; a group of which one job cannot have them stays.
fn grant(flow: &Flow, repo: &Repo, groups: &mut [Transaction]) {
    let workflows = flow.workflows;
    loop {
        let signing: BTreeSet<Unit> = groups
            .iter()
            .filter(|group| group.refused.is_none())
            .flat_map(|group| group.units.iter().zip(&group.converted))
            .filter(|(_, done)| done.signs_in)
            .map(|(unit, _)| *unit)
            .collect();
        let all_assume = |source: usize| {
            let mut units = workflows.units().filter(|unit| unit.source == source);
            units.all(|unit| signing.contains(&unit))
        };
        let mut has_failed = false;
        for group in groups.iter_mut().filter(|group| group.refused.is_none()) {
            group.rights.clear();
            for unit in group.units.clone() {
                if !signing.contains(&unit) {
                    continue;
                }
                let all = all_assume(unit.source);
                match rights::rights(workflows, &repo.settings().ci, unit, all) {
                    Ok(changes) => {
                        let changes = changes.into_iter().map(|change| (unit.source, change));
                        group.rights.extend(changes);
                    }
                    Err(refusal) => {
                        group.refused = Some((unit, refusal));
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

/// Where a unit's keys stand first; where it has none, the unit.
fn offset(workflows: &Workflows, unit: Unit, used: &[KeyPair]) -> usize {
    let job = workflows.job(unit).map_or(0, |job| job.offset);
    used.first().map_or(job, |used| used.id.offset)
}

/// Files with keys that cannot be read.
fn unread(workflows: &Workflows) -> impl Iterator<Item = Finding> + '_ {
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
    unit: Unit,
    offset: usize,
    subject: String,
    message: String,
) -> Finding {
    let at = workflows.source(unit).location(offset);
    Finding::at(ID, at, offset..offset, (subject, message))
}
