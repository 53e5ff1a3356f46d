//! Gives jobs that run Terraform the AWS profiles that its backends and providers name.

mod form;

use std::collections::{BTreeMap, BTreeSet};

use ci::github::keys::refusal::JobRefusal;
use ci::github::terraform_runs::JobRun;
use ci::github::uses::remote_action;
use ci::github::workflow::model::{Step, entry};
use ci::github::workflow::{StepOwner, Workflows};
use ci::settings::StateAccess;
use ci::terraform_run::RunsIn;
use diagnostics::finding::{AssumedRole, FileEdit, Finding, SignedIn};
use engine::repo::Repo;
use engine::repo::runners::ProfileUse;
use engine::scan::Introduced;

use form::ProfileForm;

const ID: &str = "ci_backend_profile";

pub fn scan(workflows: &Workflows, introduced: &Introduced, repo: &Repo) -> Vec<Finding> {
    let jobs = workflows.owners().filter(|owner| owner.job.is_some());
    jobs.filter_map(|owner| {
        TerraformJob {
            workflows,
            introduced,
            repo,
            owner,
        }
        .check()
    })
    .collect()
}

/// A job that runs Terraform.
struct TerraformJob<'r> {
    workflows: &'r Workflows,
    introduced: &'r Introduced,
    repo: &'r Repo,
    owner: StepOwner,
}

impl TerraformJob<'_> {
    fn check(&self) -> Option<Finding> {
        let runs: Vec<JobRun> = self
            .workflows
            .runs(self.owner)
            .into_iter()
            .filter(|it| it.run.has_init)
            .collect();
        let mut missing: BTreeMap<String, ProfileUse> = BTreeMap::new();
        for run in &runs {
            for (profile, found) in self.repo.profiles_of(&run.run) {
                if !self.has(&profile, found) {
                    let known = missing.entry(profile).or_default();
                    known.in_backend |= found.in_backend;
                    known.in_provider |= found.in_provider;
                    known.locks_in_table |= found.locks_in_table;
                }
            }
        }
        let first = runs.first().filter(|_| !missing.is_empty())?;
        let is_new = missing
            .keys()
            .any(|name| self.introduced.profiles.contains(name));
        let names: Vec<String> = missing.keys().map(|name| format!("`{name}`")).collect();
        let plural = if names.len() == 1 {
            "the profile"
        } else {
            "the profiles"
        };
        let names = format!("{plural} {}", names.join(", "));
        Some(match self.convert(&runs, &missing) {
            Ok(form) => {
                let mut finding = self.finding(first.run.offset, format!("gets {names}"));
                let file = self.workflows.source(self.owner);
                match file.yaml.apply(&form.changes) {
                    Ok(edits) => {
                        finding.edits = edits
                            .into_iter()
                            .map(|edit| FileEdit {
                                path: file.path.clone(),
                                edit,
                            })
                            .collect();
                        finding.signed_in = vec![self.signed_in(form.roles)];
                        finding
                    }
                    Err(why) => self.finding(
                        why.offset,
                        format!("runs Terraform without {names}: {}", why.what),
                    ),
                }
            }
            // A profile that the code named before the plan may come from the runner's own
            // configuration.
            Err(_) if !is_new => return None,
            Err(refusal) => {
                let message = format!("runs Terraform without {names}: {}", refusal.why);
                let mut finding = self.finding(refusal.offset, message);
                finding.help = refusal.help;
                finding
            }
        })
    }

    /// Whether the job already has a profile, or does without it.
    fn has(&self, profile: &str, found: ProfileUse) -> bool {
        let steps = self.workflows.steps(self.owner);
        let role = form::setting(profile, "role_arn");
        let step = |step: &Step| {
            let run = step.run.as_ref().map_or("", |run| run.value.as_str());
            let configures = run.contains("aws configure") || run.contains(".aws/");
            let drops = run.contains("backend-config") && run.contains("profile");
            let input = entry(&step.with, "aws-profile");
            // Quoted, a name may be cut into pieces: `it's!` is `"it's"'!'`.
            let names = run.contains(profile) || run.contains(&role);
            configures && names
                || drops && !found.in_provider
                || input.is_some_and(|input| input.value.value == profile)
        };
        let variable = |name: &str| {
            let inherited = self.workflows.inherited(self.owner, name);
            inherited.or_else(|| {
                steps
                    .iter()
                    .find_map(|it| entry(&it.env, name).map(|it| &it.value))
            })
        };
        let drops = variable("TF_CLI_ARGS_init").is_some_and(|it| it.value.contains("profile"));
        // A file that these name replaces `~/.aws`, where the profile would be written, and is not
        // read here.
        let has_files = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];
        steps.iter().any(step)
            || drops && !found.in_provider
            || has_files.iter().any(|name| variable(name).is_some())
    }

    fn convert(
        &self,
        runs: &[JobRun],
        missing: &BTreeMap<String, ProfileUse>,
    ) -> Result<ProfileForm, JobRefusal> {
        let ci = &self.repo.settings().ci;
        for run in runs {
            let why = match run.run.runs_in {
                RunsIn::Runner => continue,
                // An environment variable of the job reaches a container; a profile in the runner's
                // home directory does not.
                RunsIn::Container if ci.state_access == StateAccess::Lockfile => continue,
                RunsIn::Container => {
                    "it runs in a container, which does not see the runner's profiles"
                }
                RunsIn::Script => "what it runs behind a script or a task is not known",
            };
            return Err(JobRefusal::new(run.run.offset, why).help(
                "where it reads a directory of the repository, commit a file with the profiles \
                 and name it in AWS_CONFIG_FILE",
            ));
        }
        if ci.state_access == StateAccess::Lockfile {
            return form::lockfile(self.workflows, self.owner, missing);
        }
        let steps = self.workflows.steps(self.owner);
        // Measured: Terraform 1.6 prefers credentials in the environment to the profile of a
        // backend, 1.7 does not.
        if let Some((offset, version)) = steps.iter().find_map(old_terraform) {
            let why = format!(
                "before 1.7 the job's own credentials beat a backend's profile, and it runs \
                 Terraform {version}"
            );
            return Err(JobRefusal::new(offset, why).help("have it run Terraform 1.7 or later"));
        }
        let first = runs.first().map_or(0, |run| run.step);
        let signs_in = |step: &Step| {
            let uses = step
                .uses
                .as_ref()
                .and_then(|uses| remote_action(&uses.value));
            uses.is_some_and(|action| action.is_configure())
                && entry(&step.with, "role-to-assume").is_some()
        };
        // The last sign-in before the first command counts: its credentials are those that the
        // command has.
        let own = steps.iter().take(first + 1).rposition(signs_in);
        let through = |step: &Step| {
            let action = self
                .workflows
                .action(step)
                .map(|source| StepOwner { source, job: None });
            action.is_some_and(|action| self.workflows.steps(action).iter().any(signs_in))
        };
        let at = own.or_else(|| steps.iter().take(first + 1).rposition(through));
        let offset = runs.first().map_or(0, |run| run.run.offset);
        match at {
            Some(at) if at < first => {
                form::steps(self.workflows, self.repo, self.owner, at, missing)
            }
            Some(_) => Err(JobRefusal::new(
                offset,
                "the action that signs in runs Terraform, too, before the job can add a profile",
            )
            .help("write the profile in the action, between the two")),
            None => Err(JobRefusal::new(
                offset,
                "no step before it signs in by OIDC with a role of its own",
            )
            .help(
                "sign in first, then write the profile with `aws configure set profile.NAME...`",
            )),
        }
    }

    fn signed_in(&self, roles: Vec<AssumedRole>) -> SignedIn {
        let job = self.workflows.job(self.owner);
        SignedIn {
            path: self.workflows.source(self.owner).path.clone(),
            job: job.map(|job| job.id.clone()),
            roles,
            partitions: BTreeSet::new(),
            environment: job.and_then(|job| job.environment.clone()),
            subjects: Vec::new(),
            keys: Vec::new(),
        }
    }

    fn finding(&self, offset: usize, message: String) -> Finding {
        let at = self.workflows.source(self.owner).location(offset);
        Finding::at(
            ID,
            at,
            offset..offset,
            (self.workflows.name(self.owner), message),
        )
    }
}

/// The offset and version of Terraform that a step sets up, if it is older than 1.7.
fn old_terraform(step: &Step) -> Option<(usize, &str)> {
    let uses = step
        .uses
        .as_ref()
        .and_then(|uses| remote_action(&uses.value))?;
    let input = entry(&step.with, "terraform_version")
        .filter(|_| uses.action.ends_with("/setup-terraform"))?;
    let version = input.value.value.trim();
    // `~1.5` stays below 1.6; `^1.5` and `>= 1.5` do not.
    let mut numbers = version.trim_start_matches(['~', '=', 'v', ' ']).split('.');
    let mut next = || numbers.next()?.parse::<u32>().ok();
    let (major, minor) = (next()?, next()?);
    ((major, minor) < (1, 7)).then_some((input.value.offset, version))
}
