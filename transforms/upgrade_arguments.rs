use diagnostics::finding::Finding;
use engine::catalogue::Purpose;
use engine::repo::Repo;
use engine::scan::Earlier;
use syntax::code::sentence;
use terraform::module::Module;
use upgrade::arguments::{
    ArgumentChange, MajorUpgrade, ModuleSurroundings, affected_blocks, changes,
};

const ID: &str = "upgrade_arguments";

pub fn scan(module: &Module, earlier: Earlier<'_>, repo: &Repo) -> Vec<Finding> {
    let Some(upgrade) = repo.major_upgrade(&module.directory) else {
        return Vec::new();
    };
    let passed = repo.passed_objects(&module.directory);
    let surroundings = ModuleSurroundings {
        passed: &passed,
        is_called: repo.is_called(&module.directory),
    };
    let blocks = affected_blocks(module, upgrade);
    let mut changes = changes(module, &blocks, upgrade, surroundings, ID);
    changes.retain_mut(|change| has_effect(change, earlier));
    if upgrade.is_complete() {
        return changes.into_iter().map(|change| change.finding).collect();
    }
    if !repo.carries_out(Purpose::UpgradeProvider) {
        return ahead(changes, repo, upgrade);
    }
    match repo.holds(&module.directory).provider {
        None => changes.into_iter().map(|change| change.finding).collect(),
        Some(_) => held(changes, upgrade),
    }
}

/// Whether the change still has an effect beside the edits that the plan has so far: what is removed
/// with a block need not be rewritten in it. Drops the edits that have none.
fn has_effect(change: &mut ArgumentChange, earlier: Earlier<'_>) -> bool {
    let edits = &mut change.finding.edits;
    if edits.is_empty() {
        return true;
    }
    edits.retain(|it| {
        let mut others = earlier.edits();
        !others.any(|other| {
            let (around, inside) = (&other.edit.range, &it.edit.range);
            other.path == it.path
                && !around.is_empty()
                && around.start <= inside.start
                && inside.end <= around.end
        })
    });
    !edits.is_empty()
}

/// The findings without the bump: only with `--only upgrade_arguments`, and with edits only where
/// the release in use accepts the result.
fn ahead(changes: Vec<ArgumentChange>, repo: &Repo, upgrade: MajorUpgrade) -> Vec<Finding> {
    if !repo.selection().only.contains(ID) {
        return Vec::new();
    }
    let findings = changes.into_iter().map(|change| match &change.since {
        Some(since) if !change.is_known_to(upgrade.from) => {
            let help = format!("upgrade the provider: {since} knows it");
            let mut finding = change.finding;
            finding.edits.clear();
            finding.message = before_reason(&finding.message, ", together with the bump");
            finding.help(help)
        }
        _ => change.finding,
    });
    findings.collect()
}

/// A message with more behind its fact, before its reason.
fn before_reason(message: &str, more: &str) -> String {
    match message.split_once(": ") {
        Some((fact, reason)) => format!("{fact}{more}: {reason}"),
        None => format!("{message}{more}"),
    }
}

/// The findings where the bump is held: each manual change that it waits for, and the changes that
/// wait for it as one note, because a module may have hundreds.
fn held(changes: Vec<ArgumentChange>, upgrade: MajorUpgrade) -> Vec<Finding> {
    let (waiting, mut manual): (Vec<ArgumentChange>, Vec<ArgumentChange>) = changes
        .into_iter()
        .partition(|change| !change.finding.edits.is_empty());
    manual.retain(|change| change.is_needed || change.is_unseen);
    let count = waiting.len();
    let ready = waiting
        .iter()
        .filter(|change| change.is_known_to(upgrade.from))
        .count();
    let first = waiting.into_iter().next().map(|change| {
        let mut finding = change.finding;
        finding.edits.clear();
        finding.message = before_reason(
            &finding.message,
            " with the upgrade of the AWS provider, which waits",
        );
        let major = upgrade.from;
        let finding = match count {
            1 => finding.note(),
            2 => finding.note().noted("another change of this module waits with it"),
            _ => finding.note().noted(format!(
                "{} more changes of this module wait with it",
                count - 1
            )),
        };
        match ready {
            0 => finding,
            _ => finding.help(sentence!(
                "run `tfkeyless apply --only {ID}` for those that {major}.x supports already: {ready}"
            )),
        }
    });
    first
        .into_iter()
        .chain(manual.into_iter().map(|change| change.finding))
        .collect()
}
