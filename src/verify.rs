//! `tfkeyless verify`: the first plan of every root module, with the profile of its account. Nothing is
//! applied, no state is written, and the tree is as it was.

mod ci;
mod expected;
mod failure;
mod identity;
mod lock_file;
mod outcome;
mod plan_output;
mod processes;
mod programs;
mod ready_plan;
mod record;
mod report;
mod root_module;
mod runs;
mod state_directory;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use engine::index::survey::Surveyor;
use engine::request::Request;
use engine::verification::{AskedVariant, RootPlan, root_plans};
use syntax::visible;
use transforms::CATALOGUE;

use crate::cli::{ReportFormat, VerifyArgs};
use crate::config::Invocation;
use crate::counted::counted;
use crate::disk::Disk;
use crate::exit::Exit;
use crate::prompt::{self, Choice};
use crate::repository::{explained, refuse_interrupted};
use crate::say::say;
use crate::{pager, walk};
use expected::Expected;
use outcome::{ChangeStatus, PlanOutcome, RootResult};
use programs::PlanCredentials;
use record::Record;
use report::Report;
use root_module::credentials;
use runs::run_plans;
use state_directory::StateDirectory;

/// The file that keeps the result of the last run.
const LAST: &str = "last.json";

/// Plans every root module and shows what would change.
pub fn verify(args: &VerifyArgs) -> anyhow::Result<Exit> {
    if args.ci {
        return ci::verify_ci(args);
    }
    let expected = match &args.expect {
        Some(path) => Expected::read(path)?,
        None => Expected::default(),
    };
    let run = Invocation::around(&args.path, args.config.as_deref())?;
    let plans = plans(&run, args)?;
    if plans.is_empty() {
        say("There is no root module here.");
        return Ok(Exit::Done);
    }
    if !admitted(&plans, args)? {
        say("Nothing was planned.");
        return Ok(Exit::Done);
    }
    let state = StateDirectory::open(&run.root)?;
    let mut record = Record::read(&state)?;
    let mut results = run_plans(&run.root, &run.settings, &plans, &state, args)?;
    if args.before {
        let record = record.get_or_insert_default();
        for result in &results {
            match &result.outcome {
                PlanOutcome::NoChanges => record.add(&result.plan, &[]),
                PlanOutcome::Changes(changes) => {
                    let changes = changes.iter().map(|(change, _)| change.clone());
                    record.add(&result.plan, &changes.collect::<Vec<_>>());
                }
                PlanOutcome::Failed(_) | PlanOutcome::NotVerified(_) => {}
            }
        }
        record.write(&state)?;
    }
    for result in &mut results {
        mark(result, record.as_ref(), &expected);
    }
    let report = Report {
        root: &run.root,
        settings: &run.settings,
        is_before: args.before,
        record: record.as_ref(),
        expected: &expected,
        results: &results,
    };
    let document = report.json();
    let kept = state.write(LAST, &document)?;
    match args.format {
        ReportFormat::Json => pager::show(&document, false)?,
        ReportFormat::Text => pager::styled(&report.text(&kept), false)?,
    }
    Ok(exit(&results))
}

/// How the command ends: a difference counts more than what could not be verified.
fn exit(results: &[RootResult]) -> Exit {
    if results.iter().any(RootResult::is_found) {
        Exit::Found
    } else if results.iter().any(RootResult::is_unverified) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// What is to be planned.
fn plans(run: &Invocation, args: &VerifyArgs) -> anyhow::Result<Vec<RootPlan>> {
    let mut selection = run.selection.clone();
    // A file stands for the directory that it is in.
    for path in &mut selection.scope {
        if run.root.join(&path).is_file() {
            path.pop();
        }
    }
    selection.scope.retain(|path| !path.as_os_str().is_empty());
    let request = Request {
        settings: run.settings.clone(),
        selection,
        ..Request::usual(CATALOGUE)
    };
    let source = Disk::new(&run.root);
    let walked = walk::walk(&source, &Surveyor::new(&source, &request))?;
    refuse_interrupted(&run.root, &walked.interrupted)?;
    let var_files = args.var_file.iter().map(|path| {
        // Programs run in another directory.
        fs::canonicalize(path).with_context(|| visible::path(path))
    });
    let backend_configs = args.backend_config.iter().map(|setting| {
        let is_file = !setting.contains('=');
        let path = Path::new(setting);
        match is_file {
            true => {
                let path = fs::canonicalize(path).with_context(|| visible::path(path))?;
                Ok(path.to_string_lossy().into_owned())
            }
            false => Ok(setting.clone()),
        }
    });
    let names = env::vars_os().filter_map(|(name, _)| {
        let name = name.into_string().ok()?;
        name.strip_prefix("TF_VAR_").map(str::to_owned)
    });
    let asked = AskedVariant {
        workspace: args.workspace.clone(),
        var_files: var_files.collect::<anyhow::Result<_>>()?,
        backend_configs: backend_configs.collect::<anyhow::Result<_>>()?,
        variables: names.collect(),
    };
    let plans = root_plans(&source, walked.surveys, request, &asked);
    let mut plans = plans.map_err(|error| explained(&error))?;
    // A run may name a directory that is not there, or that a link leads out of the tree.
    plans.retain(|plan| {
        let real = fs::canonicalize(run.root.join(&plan.directory));
        real.is_ok_and(|real| real.is_dir() && real.starts_with(&run.root))
    });
    Ok(plans)
}

/// Says what a plan does, and asks.
fn admitted(plans: &[RootPlan], args: &VerifyArgs) -> anyhow::Result<bool> {
    let roots: BTreeSet<&Path> = plans.iter().map(|plan| plan.directory.as_path()).collect();
    let by = match args.before {
        true => "the static keys in the environment".to_owned(),
        false => {
            let used = plans.iter().filter_map(|plan| credentials(plan, false));
            let profiles = used.filter_map(|(credentials, _)| match credentials {
                PlanCredentials::Profile(profile) => Some(profile),
                _ => None,
            });
            let profiles: BTreeSet<String> = profiles.collect();
            let names: Vec<String> = profiles.into_iter().collect();
            match names.as_slice() {
                [] => "no profile".to_owned(),
                [profile] => format!("profile {profile}"),
                _ => format!("profiles {}", names.join(", ")),
            }
        }
    };
    say(&format!(
        "Runs `init` and `plan` in {} ({}) with {by}. They run code of the repository: providers and \
         modules that init downloads, data sources, `external` programs, hooks of Terragrunt. Nothing is \
         applied and no state is written.",
        counted(roots.len(), "root module"),
        counted(plans.len(), "plan"),
    ));
    if args.yes {
        say("");
        return Ok(true);
    }
    if !prompt::is_possible() {
        bail!("there is no terminal to ask on: run with --yes");
    }
    let choices = [
        Choice::new(true, "yes", "run them"),
        Choice::new(false, "no", "run nothing"),
    ];
    Ok(prompt::ask("Run them?", &choices, false)?)
}

/// Marks the changes that do not count.
fn mark(result: &mut RootResult, record: Option<&Record>, expected: &Expected) {
    let before = record.and_then(|record| record.of(&result.plan));
    if let PlanOutcome::Changes(changes) = &mut result.outcome {
        for (change, known) in changes {
            // An entry counts as used, whether the change was there before or not.
            let is_expected = expected.has(&result.plan.directory, change);
            if before.is_some_and(|before| before.contains(change)) {
                *known = ChangeStatus::Before;
            } else if is_expected {
                *known = ChangeStatus::Expected;
            }
        }
    }
}
