use std::collections::BTreeSet;

use ci::github::workflow::model::Step;
use ci::github::workflow::{StepOwner, Workflows};
use diagnostics::finding::Finding;
use engine::repo::Repo;
use engine::scan::Introduced;

const ID: &str = "ci_module_access";

/// Marks of a step that gives git access to other repositories.
const ACCESS: [&str; 6] = [
    "insteadOf",
    "insteadof",
    ".netrc",
    "GIT_ASKPASS",
    "setup-git",
    "ssh-agent",
];

pub fn scan(workflows: &Workflows, introduced: &Introduced, repo: &Repo) -> Vec<Finding> {
    let jobs = workflows.owners().filter(|owner| owner.job.is_some());
    jobs.filter_map(|owner| clones(workflows, introduced, repo, owner))
        .collect()
}

/// Reports a job that initializes modules which the plan moves to other repositories.
fn clones(
    workflows: &Workflows,
    introduced: &Introduced,
    repo: &Repo,
    owner: StepOwner,
) -> Option<Finding> {
    let is_none_new = introduced.module_repositories.is_empty();
    if is_none_new || workflows.steps(owner).iter().any(has_access) {
        return None;
    }
    let runs = workflows.runs(owner);
    let mut runs = runs.iter().filter(|it| it.run.has_init).peekable();
    let offset = runs.peek()?.run.offset;
    let mut repositories = BTreeSet::new();
    for found in runs {
        let modules = introduced.module_repositories.iter();
        let cloned = modules.filter(|(directory, _)| repo.is_run(directory, &found.run));
        repositories.extend(cloned.map(|(_, repository)| repository.as_str()));
    }
    if repositories.is_empty() {
        return None;
    }
    let names = repositories.into_iter().collect::<Vec<_>>().join(", ");
    let at = workflows.source(owner).location(offset);
    let message = format!("must clone {names}, which GITHUB_TOKEN cannot read if it is private");
    let finding = Finding::at(ID, at, offset..offset, (workflows.name(owner), message));
    Some(finding.help(PASTE))
}

/// The step to paste.
const PASTE: &str = "paste before it for a private repository: `- { run: 'git config --global \
    url.\"https://x-access-token:$TOKEN@github.com/\".insteadOf https://github.com/', \
    env: { TOKEN: '${{ secrets.MODULES_TOKEN }}' } }`";

fn has_access(step: &Step) -> bool {
    let texts = [&step.uses, &step.run].into_iter().flatten();
    let mut texts = texts.map(|text| text.value.as_str());
    texts.any(|text| ACCESS.iter().any(|word| text.contains(word)))
}
