//! The runners above the root: jobs, pipelines and scripts of its git repository that may run its root modules.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ci::github::expression::references;
use ci::github::terraform_runs::JobRun;
use ci::github::workflow::{StepOwner, Workflows};
use ci::runner::LocatedRun;
use ci::scripts::aws_scripts::AwsScripts;
use ci::systems::{self, SharedEnvironment, SystemRunner};
use ci::terraform_run::{RunsIn, TerraformRun};
use syntax::location::Location;
use terraform::file_kind::FileKind;
use terraform::linked_directories::LinkedDirectories;

use super::around::{load, lossy};
use super::survey::{Survey, Surveyor};
use super::variables_above::VariablesAbove;
use super::{tree_scripts, workflows};
use crate::error::PlanError;
use crate::jobs;
use crate::request::Request;
use crate::source::{Above, Source};

/// What is known of what lies above the root.
#[derive(Default)]
pub(crate) struct RunnersAbove {
    /// The runners, seen from the root.
    pub runners: Vec<SystemRunner>,
    /// The calls there that run Terraform in several directories with one environment, seen from the root.
    pub shared_environments: Vec<SharedEnvironment>,
    /// The secrets that workflows there read.
    pub secrets: Vec<String>,
    /// The variables of Terraform that are set there.
    pub variables: VariablesAbove,
}

/// The runners above the root of `source`. `modules` are the directories of its configuration.
pub(crate) fn read<'m>(
    source: &dyn Source,
    modules: impl Iterator<Item = &'m Path>,
    request: &Request,
) -> Result<RunnersAbove, PlanError> {
    let unreadable = |error| PlanError::Unreadable(PathBuf::from(".."), error);
    let Some(above) = source.above().map_err(unreadable)? else {
        return Ok(RunnersAbove::default());
    };
    let found = found(&above, modules, request).map_err(|error| match error {
        PlanError::Unreadable(path, error) => PlanError::Unreadable(seen(&path, &above), error),
        other => other,
    })?;
    let elsewhere = OnceCell::new();
    let of_runners = found.runners.iter().flat_map(runs_of);
    let of_jobs = found.runs_of_jobs.into_iter();
    let runs = below(of_runners.chain(of_jobs).collect(), &above, &elsewhere)?;
    let mut variables = VariablesAbove::of(runs.into_iter().map(|it| it.run).collect());
    let mut buffer = Vec::new();
    for path in above.files {
        load(above.source, path, &mut buffer)?;
        let is_workflow = found.workflows.contains(path);
        variables.add(&seen(path, &above), &lossy(&buffer), is_workflow);
    }
    let mut runners = Vec::new();
    for runner in found.runners {
        runners.extend(from_root(runner, &above, &elsewhere)?);
    }
    let mut shared_environments = Vec::new();
    for mut shared in found.shared_environments {
        shared.runs = below(shared.runs, &above, &elsewhere)?;
        shared.at.path = seen(&shared.at.path, &above);
        shared.is_called_anywhere = false;
        shared_environments.extend(Some(shared).filter(|it| !it.runs.is_empty()));
    }
    Ok(RunnersAbove {
        runners,
        shared_environments,
        secrets: found.secrets,
        variables,
    })
}

/// The commands of a runner; one that is not seen stands for any.
fn runs_of(runner: &SystemRunner) -> Vec<LocatedRun> {
    match runner.runs.is_empty() {
        true => vec![unseen(runner.at.clone())],
        false => runner.runs.clone(),
    }
}

/// A command that is not seen, in any directory.
fn unseen(at: Location) -> LocatedRun {
    LocatedRun {
        at,
        run: TerraformRun::unseen(None, RunsIn::Script),
        account: None,
    }
}

/// The commands of the jobs, whatever their credentials are; a job without one may run any by what it calls.
fn runs_of_jobs(workflows: &Workflows) -> Vec<LocatedRun> {
    let of_job = |owner: StepOwner| {
        let at = |offset| workflows.source(owner).location(offset);
        let located = |it: JobRun| LocatedRun {
            at: at(it.run.offset),
            run: it.run,
            account: None,
        };
        match workflows.runs(owner) {
            runs if runs.is_empty() => vec![unseen(at(0))],
            runs => runs.into_iter().map(located).collect(),
        }
    };
    workflows.owners().flat_map(of_job).collect()
}

/// What is known of what lies above the root, seen from the top level.
struct Found {
    runners: Vec<SystemRunner>,
    shared_environments: Vec<SharedEnvironment>,
    secrets: Vec<String>,
    /// The files of the workflows.
    workflows: BTreeSet<PathBuf>,
    runs_of_jobs: Vec<LocatedRun>,
}

/// Reads what lies above the root.
fn found<'m>(
    above: &Above<'_>,
    modules: impl Iterator<Item = &'m Path>,
    request: &Request,
) -> Result<Found, PlanError> {
    let source = above.source;
    let surveyor = Surveyor::new(source, request);
    let (mut survey, mut buffer) = (Survey::default(), Vec::new());
    for path in above.files {
        surveyor.file(path, &mut buffer, &mut survey);
    }
    let mut survey = Survey::of_all([survey], request)?;
    tree_scripts::add_included(source, &mut survey.evidence)?;
    let linked = LinkedDirectories::new(above.links.iter().cloned());
    let scripts = tree_scripts::of_systems(source, &survey.evidence, &linked)?;
    let own: Vec<PathBuf> = modules.map(|it| above.root.join(it)).collect();
    // What runs in a root module above the root runs none below it.
    let mut all = own.clone();
    for directory in above.root.ancestors().skip(1) {
        let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
        let files = source.files(directory).map_err(unreadable)?;
        let is_module = |path: &PathBuf| FileKind::of(path) == Some(FileKind::Configuration);
        all.extend(files.iter().any(is_module).then(|| directory.to_path_buf()));
    }
    let all = all.iter().map(PathBuf::as_path);
    let shared_environments = systems::shared_environments(&survey.evidence, &scripts);
    let mut found = systems::runners(survey.evidence, &scripts, &all);
    // What scripts read is asked for edits alone.
    let readers = |_: &dyn Source| Ok(AwsScripts::default());
    let takers = (ci::github::workflow::KeyTakers::default(), &[][..]);
    let workflows = workflows::read(source, scripts, takers, &request.settings, readers)?;
    let unread = workflows.unread.iter();
    found.extend(
        unread.filter_map(|file| {
            SystemRunner::of_unread("GitHub Actions", file.at.clone(), &file.text)
        }),
    );
    found.extend(jobs::fixed_runners(&workflows, &own, &request.settings));
    let texts = workflows.sources.iter().map(|source| source.yaml.text());
    let secrets = texts
        .flat_map(references)
        .filter(|it| it.context == "secrets");
    Ok(Found {
        runners: found,
        shared_environments,
        secrets: secrets.filter_map(|it| it.name).collect(),
        runs_of_jobs: runs_of_jobs(&workflows),
        workflows: workflows.sources.iter().map(|it| it.path.clone()).collect(),
    })
}

/// A path from the top level, seen from the root.
fn seen(path: &Path, above: &Above<'_>) -> PathBuf {
    match path.strip_prefix(above.root) {
        Ok(own) => own.to_path_buf(),
        Err(_) => {
            let up = above.root.iter().map(|_| "..");
            up.collect::<PathBuf>().join(path)
        }
    }
}

/// A runner with what it may run below the root; `None` where that is nothing.
fn from_root(
    mut runner: SystemRunner,
    above: &Above<'_>,
    elsewhere: &OnceCell<bool>,
) -> Result<Option<SystemRunner>, PlanError> {
    let is_open = runner.runs.is_empty();
    runner.runs = below(std::mem::take(&mut runner.runs), above, elsewhere)?;
    if let Some(first) = runner.runs.first().filter(|_| !runner.is_wrapper) {
        runner.at = first.at.clone();
    } else {
        runner.at.path = seen(&runner.at.path, above);
    }
    Ok((is_open || !runner.runs.is_empty()).then_some(runner))
}

/// The commands that may run something below the root, seen from it.
fn below(
    runs: Vec<LocatedRun>,
    above: &Above<'_>,
    elsewhere: &OnceCell<bool>,
) -> Result<Vec<LocatedRun>, PlanError> {
    let mut kept = Vec::new();
    for mut located in runs {
        if is_below(&mut located, above, elsewhere)? {
            located.at.path = seen(&located.at.path, above);
            kept.push(located);
        }
    }
    Ok(kept)
}

/// Whether a command may run something below the root, from which its directories are seen then.
fn is_below(
    located: &mut LocatedRun,
    above: &Above<'_>,
    elsewhere: &OnceCell<bool>,
) -> Result<bool, PlanError> {
    let run: &mut TerraformRun = &mut located.run;
    let own = |path: &Path| path.strip_prefix(above.root).ok().map(Path::to_path_buf);
    let Some(directory) = run.directory.take() else {
        return Ok(true);
    };
    let named = run.named.take();
    run.named = named.as_deref().and_then(own);
    if let Some(own) = own(&directory) {
        run.directory = Some(own);
        return Ok(true);
    }
    if run.is_tree && above.root.starts_with(&directory) {
        run.directory = Some(PathBuf::new());
        return Ok(true);
    }
    run.directory = Some(seen(&directory, above));
    if run.is_terragrunt {
        return names_root(above, elsewhere);
    }
    Ok(run.named.is_some())
}

/// Whether a file of Terragrunt outside of the root may name a module below it: its path has the root's name.
fn names_root(above: &Above<'_>, known: &OnceCell<bool>) -> Result<bool, PlanError> {
    if let Some(known) = known.get() {
        return Ok(*known);
    }
    let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
    let files = above.source.tree().map_err(unreadable)?.into_iter();
    let is_other = |path: &PathBuf| {
        FileKind::of(path) == Some(FileKind::Terragrunt) && !path.starts_with(above.root)
    };
    let name = above.root.file_name().unwrap_or_default();
    let name = format!("/{}", name.to_string_lossy());
    let mut buffer = Vec::new();
    let mut names = false;
    for path in files.filter(is_other) {
        load(above.source, &path, &mut buffer)?;
        names |= lossy(&buffer).contains(&name);
    }
    Ok(*known.get_or_init(|| names))
}
