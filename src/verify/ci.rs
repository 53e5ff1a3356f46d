//! `tfkeyless verify --ci`: what the jobs of GitHub's workflows need before they can sign in with their roles,
//! and whether it is there. `gh` and the AWS CLI only read.

mod aws;
mod check;
mod checks;
mod gh;
mod github;
mod known;
mod report;
mod subject;
mod subject_format;
mod trust;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use anyhow::{Context as _, bail};
use ci::github::role_sign_ins::{RoleCaller, RoleText};
use ci::settings::host;
use engine::index::survey::Surveyor;
use engine::planner;
use engine::request::Request;
use engine::selection::Selection;
use engine::verification::{JobRole, job_roles};
use transforms::{CATALOGUE, SCANS};

use super::processes::Processes;
use super::programs::Programs;
use super::runs::{joined, wait};
use crate::cli::{ReportFormat, VerifyArgs};
use crate::commit::{Interrupted, Watch};
use crate::config::Invocation;
use crate::disk::Disk;
use crate::exit::Exit;
use crate::pager;
use crate::repository::{explained, name_on_github, refuse_interrupted};
use crate::say::say;
use crate::walk;
use aws::Aws;
use check::{JobChecks, State};
use checks::Checker;
use gh::Gh;
use github::{Asked, GitHub, is_name};
use report::CiReport;

/// Shows what each job that signs in needs, and what of it is there.
pub fn verify_ci(args: &VerifyArgs) -> anyhow::Result<Exit> {
    let run = Invocation::around(&args.path, args.config.as_deref())?;
    let (roles, need_review) = roles(&run, args.review)?;
    if roles.is_empty() && need_review.is_empty() {
        say("No job signs in to AWS with a role.");
        return Ok(Exit::Done);
    }
    let named = args.repository.clone();
    let repository = named.or_else(|| name_on_github(&run.root, &run.settings));
    let repository = repository.context(
        "the name of the repository on GitHub is not known\nhelp: pass --repository OWNER/NAME",
    )?;
    if !is_name(&repository) {
        bail!("--repository takes OWNER/NAME");
    }
    say(&format!(
        "`gh api` reads the variables, the names of secrets, the environments and the OIDC settings of \
         {repository}, and `aws iam` reads the roles of its jobs with the profiles of their accounts. \
         Nothing is written."
    ));
    let (name, jobs) = checked(&run, &roles, &repository)?;
    let report = CiReport {
        root: &run.root,
        repository: &name,
        jobs: &jobs,
        need_review: &need_review,
    };
    match args.format {
        ReportFormat::Json => pager::show(&report.json(), false)?,
        ReportFormat::Text => pager::show(&report.text(), false)?,
    }
    let mut checks = jobs.iter().flat_map(|job| &job.checks);
    Ok(Exit::found(checks.any(|check| check.state != State::Found)))
}

/// The roles of all jobs once the plan is applied, and the jobs that sign in only by changes that need
/// review.
fn roles(run: &Invocation, review: bool) -> anyhow::Result<(Vec<JobRole>, Vec<String>)> {
    let request = Request {
        settings: run.settings.clone(),
        selection: Selection {
            review,
            ..Selection::default()
        },
        ..Request::usual(CATALOGUE)
    };
    let source = Disk::new(&run.root);
    let walked = walk::walk(&source, &Surveyor::new(&source, &request))?;
    refuse_interrupted(&run.root, &walked.interrupted)?;
    let plan = planner::plan(&source, walked.surveys, request.clone(), SCANS);
    let plan = plan.map_err(|error| explained(&error))?;
    let waiting = plan.open().flat_map(|finding| &finding.signed_in);
    let waiting = waiting.filter_map(|signed_in| {
        let job = signed_in.job.as_ref()?;
        Some(format!("job {job} of {}", signed_in.path.display()))
    });
    let waiting: BTreeSet<String> = waiting.collect();
    // The tree as it will be: a plan of what is applied already changes nothing.
    let changes = plan.changes.into_iter();
    let texts: BTreeMap<_, _> = changes.map(|change| (change.path, change.after)).collect();
    let after = Disk::new(&run.root).reading(texts);
    let walked = walk::walk(&after, &Surveyor::new(&after, &request))?;
    let roles = job_roles(&after, walked.surveys, request).map_err(|error| explained(&error))?;
    Ok((roles, waiting.into_iter().collect()))
}

/// Asks GitHub and AWS. The name of the repository comes first, as GitHub has it.
fn checked(
    run: &Invocation,
    roles: &[JobRole],
    repository: &str,
) -> anyhow::Result<(String, Vec<JobChecks>)> {
    let watch = Watch::start()?;
    let processes = Processes::default();
    let programs = Programs::named(["gh", "aws"]);
    let issuer = &run.settings.ci.issuer;
    let gh = Gh {
        program: programs.get("gh"),
        host: host(issuer).to_owned(),
        processes: &processes,
    };
    let asked = asked(roles, repository, issuer);
    let done = thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let github = GitHub::ask(&asked, &gh)?;
            let mut aws = Aws::new(&programs, &processes, &run.settings);
            let mut checker = Checker {
                settings: &run.settings,
                github: &github,
                aws: &mut aws,
            };
            let jobs = checker.jobs(roles)?;
            Ok((github.name, jobs))
        });
        wait(&watch, &processes, || asking.is_finished());
        joined(asking)
    });
    match done {
        Err(_) if processes.is_stopped() => bail!(Interrupted),
        done => done,
    }
}

/// What the jobs read of GitHub's settings.
fn asked<'a>(roles: &[JobRole], repository: &'a str, issuer: &str) -> Asked<'a> {
    let sign_ins = roles.iter().map(|role| &role.sign_in);
    let of_callers = sign_ins.clone().filter_map(|it| match &it.caller {
        RoleCaller::Role(text) => Some(text),
        RoleCaller::Token { .. } => None,
    });
    let texts = sign_ins.clone().map(|it| &it.role).chain(of_callers);
    let reads = texts.flat_map(RoleText::stored);
    let reads: Vec<_> = reads
        .chain(sign_ins.clone().flat_map(|it| &it.reads))
        .collect();
    let environments = sign_ins.filter_map(|it| it.environment.clone());
    Asked {
        repository,
        environments: environments.filter(|name| !name.contains("${{")).collect(),
        variables: reads.iter().any(|read| !read.is_secret),
        secrets: reads.iter().any(|read| read.is_secret),
        // GitHub Enterprise Server has none (GitHub's changelog of 2026-04-23).
        may_have_ids: !issuer.ends_with("/_services/token"),
    }
}
