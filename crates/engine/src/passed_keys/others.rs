//! Who else sets a variable that jobs pass keys to.

use std::collections::BTreeMap;
use std::path::Path;

use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::passed_on::PassingText;
use ci::github::workflow::{StepOwner, Workflows};
use diagnostics::ask::Help;
use syntax::code::sentence;
use syntax::location::Location;
use terraform::references::words;

use super::may_run;
use crate::asks;
use crate::decisions::passed_keys::PassedKeysHold;
use crate::index::set_elsewhere::{ENVIRONMENT, passes};
use crate::repo::Repo;

/// Who else sets a variable of a root module, in a way that no edit takes away.
pub(super) fn set_by(name: &str, directory: &Path, repo: &Repo) -> Option<PassedKeysHold> {
    let workflows = &repo.index().workflows;
    let environment = format!("{ENVIRONMENT}{name}");
    let sets = |text: &str| !words(text, &environment).is_empty() || passes(text, name);
    if let Some(hold) = job_that_sets(name, directory, repo) {
        return Some(hold);
    }
    if let Some(file) = workflows.unread.iter().find(|file| sets(&file.text)) {
        let why = format!(
            "{}, which cannot be read, sets variable \"{name}\"",
            file.at.path.display()
        );
        return Some(PassedKeysHold::new(why));
    }
    let scripts = repo
        .index()
        .scripts
        .iter()
        .flat_map(|scripts| scripts.iter());
    let texts: BTreeMap<&Path, &str> = scripts
        .map(|(path, text)| (path.as_path(), text.as_str()))
        .collect();
    let mut runners = repo.index().runners.iter().filter(|runner| {
        let is_answered = repo.settings().about_runner(&runner.at.path).is_some();
        !is_answered && !runner.is_wrapper && runner.may_run(directory)
    });
    runners.find_map(|runner| {
        let path = &runner.at.path;
        let text = texts.get(path.as_path()).filter(|text| sets(text))?;
        let at = words(text, &environment).first().copied();
        let at = at.or_else(|| words(text, name).first().copied())?;
        let line = Location::at(path.clone(), text, at).line;
        let (system, file) = (runner.system, path.display());
        let why = format!("{system} ({file}:{line}) sets variable \"{name}\", too");
        let ask = asks::runner(&path.to_string_lossy(), repo);
        let line = ask.shown();
        let text =
            sentence!("add `{line}` to tfkeyless.hcl once it has credentials of its own account");
        Some(PassedKeysHold::new(why).help(Help::asking(text, [ask])))
    })
}

/// What sets a variable of a root module above the root, where nothing is edited.
pub(super) fn set_above(name: &str, directory: &Path, repo: &Repo) -> Option<PassedKeysHold> {
    let at = repo.index().variables_above.place(name, directory)?;
    let (file, line) = (at.path.display(), at.line);
    let why = format!("{file}:{line} sets variable \"{name}\"");
    let help = "move `tfkeyless.hcl` to the top level of the git repository";
    Some(PassedKeysHold::new(why).help(help))
}

/// The job that sets a variable of a root module in a way that no edit takes away.
pub(super) fn job_that_sets(name: &str, directory: &Path, repo: &Repo) -> Option<PassedKeysHold> {
    let workflows = &repo.index().workflows;
    let environment = format!("{ENVIRONMENT}{name}");
    for owner in workflows
        .owners()
        .filter(|it| may_run(workflows, *it, directory))
    {
        let pairs = workflows.key_pairs(owner);
        let pairs = pairs.iter().filter(|pair| pair.is_static());
        let pairs: Vec<KeyPair> = pairs.cloned().collect();
        let passing = workflows.passing_texts(owner);
        if let Some(offset) = set_otherwise(workflows, owner, name, &pairs, &passing) {
            let at = workflows.source(owner).location(offset);
            let why = format!(
                "{} ({}:{}) sets variable \"{name}\" to something other than a pair of static keys",
                workflows.name(owner),
                at.path.display(),
                at.line
            );
            let help = sentence!(
                "let that job sign in to AWS instead, and set `{environment}` no longer there"
            );
            return Some(PassedKeysHold::new(why).help(help));
        }
    }
    None
}

/// The offset at which a job sets a variable in a way that no edit takes away.
fn set_otherwise(
    workflows: &Workflows,
    owner: StepOwner,
    name: &str,
    pairs: &[KeyPair],
    passing: &[PassingText],
) -> Option<usize> {
    let environment = format!("{ENVIRONMENT}{name}");
    let is_held = |scope: KeyForm| {
        let mut entries = pairs.iter().flat_map(|pair| &pair.entries);
        entries.any(|(form, held)| *form == scope && *held == environment)
    };
    let shared = workflows.workflow(owner).map(|it| &it.env[..]);
    let job = workflows.job(owner).map(|it| &it.env[..]);
    let steps = workflows.steps(owner).iter().enumerate();
    let of_steps = steps.clone();
    let of_steps = of_steps.map(|(index, step)| (&step.env[..], KeyForm::StepEnv(index)));
    let envs = shared.map(|env| (env, KeyForm::WorkflowEnv)).into_iter();
    let envs = envs
        .chain(job.map(|env| (env, KeyForm::JobEnv)))
        .chain(of_steps);
    for (env, scope) in envs {
        let place = workflows.environment(owner, scope);
        for entry in env {
            let is_it = entry.name == environment && !is_held(scope);
            let place = place.key(&entry.name);
            let left = passing.iter().find(|it| it.place == place);
            let left = left.map_or(&entry.value.value, |it| &it.without);
            if is_it || entry.name.starts_with("TF_CLI_ARGS") && passes(left, name) {
                return Some(entry.offset);
            }
        }
    }
    let mut scripts = steps.filter_map(|(index, step)| {
        let run = step.run.as_ref()?;
        let left = passing.iter().find(|it| it.script_of == Some(index));
        let left = left.map_or(&run.value, |it| &it.without);
        let sets = passes(left, name) || !words(left, &environment).is_empty();
        sets.then_some(run.offset)
    });
    scripts.next()
}
