//! Gives jobs that run Terraform the AWS profiles that its backends and providers name.

mod form;

use std::collections::{BTreeMap, BTreeSet};

use ci::github::keys::refusal::JobRefusal;
use ci::github::terraform_runs::JobRun;
use ci::github::uses::remote_action;
use ci::github::workflow::model::{Step, entry};
use ci::github::workflow::{StepOwner, Workflows};
use ci::scripts::profile_file::replaces_profiles;
use ci::settings::StateAccess;
use ci::terraform_run::RunsIn;
use diagnostics::ask::{Ask, Help};
use diagnostics::finding::{AssumedRole, FileEdit, Finding, JobWithoutProfiles, SignedIn};
use engine::repo::Repo;
use engine::repo::runners::ProfileUse;
use engine::scan::Introduced;
use terraform::constraint::Version;
use terraform::version_file::parse;

use form::ProfileForm;
use syntax::code;

const ID: &str = "ci_backend_profile";

/// What helps where a cache holds a backend's former settings.
const CACHE: &str = "change the key of the cache, or run `terraform init -reconfigure`";

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
            .filter(|it| it.run.reads_backend || it.run.variant.is_test)
            .collect();
        let mut missing: BTreeMap<String, ProfileUse> = BTreeMap::new();
        let mut has_new = false;
        // Each looks at all steps of the job.
        let mut has = BTreeMap::new();
        for run in &runs {
            for (profile, found) in self.repo.profiles_of(&run.run) {
                has_new |= found.in_backend && self.is_new(&profile, run);
                let asked = (profile.clone(), found.is_beside_backend());
                if !*has
                    .entry(asked)
                    .or_insert_with(|| self.has(&profile, found))
                {
                    let known = missing.entry(profile).or_default();
                    known.in_backend |= found.in_backend;
                    known.in_provider |= found.in_provider;
                    known.in_remote_state |= found.in_remote_state;
                    known.locks_in_table |= found.locks_in_table;
                }
            }
        }
        let finding = self.without(&runs, missing);
        match self.stale_backend().filter(|_| has_new) {
            None => finding,
            Some((offset, why)) => Some(match finding {
                Some(finding) if finding.help.is_some() => finding,
                Some(finding) => finding.noted(format!("it {why}")).help(CACHE),
                None => self.finding(offset, why).help(CACHE),
            }),
        }
    }

    /// Whether the plan makes code of a run name the profile.
    fn is_new(&self, profile: &str, run: &JobRun) -> bool {
        let mut introduced = self.introduced.profiles.iter();
        introduced.any(|(path, name)| {
            let owners = self.repo.backend_owners(path);
            let modules = &self.repo.index().modules;
            let tested = path.parent().into_iter();
            let tested = tested.flat_map(|it| modules.tested_with(it));
            let mut directories = path.parent().into_iter().chain(owners).chain(tested);
            name == profile && directories.any(|it| self.repo.is_run(it, &run.run))
        })
    }

    /// The finding on the profiles that the job does not have.
    fn without(&self, runs: &[JobRun], missing: BTreeMap<String, ProfileUse>) -> Option<Finding> {
        let first = runs.first().filter(|_| !missing.is_empty())?;
        let is_new = missing
            .keys()
            .any(|name| runs.iter().any(|run| self.is_new(name, run)));
        let names: Vec<String> = missing.keys().map(|name| code::quoted(name)).collect();
        let plural = if names.len() == 1 {
            "the profile"
        } else {
            "the profiles"
        };
        let names = format!("{plural} {}", names.join(", "));
        Some(match self.convert(runs, &missing) {
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
                let job = self.workflows.job(self.owner)?;
                finding.without_profiles = Some(JobWithoutProfiles {
                    job: job.id.clone(),
                    profiles: missing.into_keys().collect(),
                    why: refusal.why,
                    help: refusal.help.clone(),
                });
                finding.help = refusal.help;
                finding
            }
        })
    }

    /// The step that restores a working directory of Terraform from a cache, and what then happens: the
    /// backend saved in it is the one from before, and plain `init` stops with "Backend configuration
    /// changed" (measured).
    fn stale_backend(&self) -> Option<(usize, String)> {
        let steps = self.workflows.steps(self.owner);
        let reconfigures = |step: &Step| {
            let run = step.run.as_ref();
            run.is_some_and(|run| run.value.contains("-reconfigure"))
        };
        if steps.iter().any(reconfigures) {
            return None;
        }
        let (step, path) = steps.iter().find_map(|step| {
            let uses = step.uses.as_ref();
            let action = uses.and_then(|uses| remote_action(&uses.value))?.action;
            let is_cache = action == "actions/cache" || action.starts_with("actions/cache/restore");
            let path = entry(&step.with, "path").filter(|_| is_cache)?;
            Some((step, &path.value.value))
        })?;
        // Providers and modules alone may be kept: the backend is saved beside them.
        let mut paths = path
            .lines()
            .map(|line| line.trim().trim_end_matches(['/', '*']));
        let is_whole = paths.any(|path| path == ".terraform" || path.ends_with("/.terraform"));
        let why = "restores `.terraform` from a cache, in which `init` stops with \"Backend configuration \
                   changed\"";
        is_whole.then(|| (step.offset, why.to_owned()))
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
                || drops && !found.is_beside_backend()
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
        steps.iter().any(step) || drops && !found.is_beside_backend()
    }

    /// Why a command does not see a profile of the runner.
    fn without_profile(&self, run: &JobRun) -> Option<JobRefusal> {
        let ci = &self.repo.settings().ci;
        let why = match run.run.runs_in {
            RunsIn::Runner => return None,
            // An environment variable of the job reaches a container; a profile in the runner's
            // home directory does not.
            RunsIn::OtherHome | RunsIn::OtherProfiles | RunsIn::Container | RunsIn::Action
                if ci.state_access == StateAccess::Lockfile =>
            {
                return None;
            }
            RunsIn::OtherHome => {
                "a step that sets `HOME` does not see the profiles of the runner's home directory"
            }
            RunsIn::OtherProfiles => {
                let why = "`AWS_CONFIG_FILE` or `AWS_SHARED_CREDENTIALS_FILE` names other files of \
                           profiles, which are not read";
                let help = "check that these files have the profile, and include the change with \
                            `--review`";
                return Some(JobRefusal::new(run.run.offset, why).help(help));
            }
            RunsIn::Container => "it runs in a container, which does not see the runner's profiles",
            RunsIn::Action => {
                "whether the action that runs it sees the runner's profiles is not known"
            }
            RunsIn::Script => "what it runs behind a script or a task is not known",
            RunsIn::Elsewhere => {
                let why = "another machine runs it, which has not the job's profiles";
                let help = "write the profiles in `~/.aws/config` of that machine";
                return Some(JobRefusal::new(run.run.offset, why).help(help));
            }
        };
        let help = "commit a file with the profiles and name it in AWS_CONFIG_FILE if it reads a directory \
                    of the repository";
        let help = match self.repo.locks_in_buckets_everywhere() {
            true => {
                let text = format!(
                    "set `state_access = \"lockfile\"` in the `ci` block of tfkeyless.hcl, with \
                         backends that lock in their bucket; or, {help}"
                );
                let why = "do jobs reach the state without a profile, locking in its bucket?";
                let snippet = "ci {\n  state_access = \"lockfile\"\n}";
                Help::asking(text, [Ask::new("ci.state_access", why, snippet)])
            }
            false => help.into(),
        };
        Some(JobRefusal::new(run.run.offset, why).help(help))
    }

    fn convert(
        &self,
        runs: &[JobRun],
        missing: &BTreeMap<String, ProfileUse>,
    ) -> Result<ProfileForm, JobRefusal> {
        let ci = &self.repo.settings().ci;
        let (path, job) = (
            &self.workflows.source(self.owner).path,
            self.workflows.name(self.owner),
        );
        if self.repo.declines(ID, path, &job) {
            let offset = runs.first().map_or(0, |run| run.run.offset);
            return Err(JobRefusal::new(offset, "the steps for it are declined"));
        }
        let mut refusals = runs.iter().filter_map(|run| self.without_profile(run));
        if let Some(refusal) = refusals.next() {
            return Err(refusal);
        }
        if ci.state_access == StateAccess::Lockfile {
            return form::lockfile(self.workflows, self.owner, missing);
        }
        let steps = self.workflows.steps(self.owner);
        if let Some((offset, terraform)) = self.old_terraform(runs) {
            let why = format!(
                "the job's own credentials override a backend's profile in {terraform}, which it runs"
            );
            return Err(JobRefusal::new(offset, why).help("run it with Terraform 1.7 or later"));
        }
        let first = runs.first().map_or(0, |run| run.step);
        let signs_in = |step: &Step| {
            let uses = step
                .uses
                .as_ref()
                .and_then(|uses| remote_action(&uses.value));
            uses.is_some_and(|action| action.is_configure())
                && entry(&step.with, "role-to-assume").is_some()
                // Credentials in a profile are none of the environment's, from which the new one goes on.
                && entry(&step.with, "aws-profile").is_none()
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
        let last = runs.iter().map(|run| run.step).max().unwrap_or(first);
        let replaces = |step: &&Step| {
            let run = step.run.as_ref();
            run.is_some_and(|run| replaces_profiles(&run.value))
        };
        let behind = steps.iter().take(last + 1).skip(at.map_or(0, |at| at + 1));
        if let Some(step) = behind.into_iter().find(replaces) {
            let why = "a step behind its sign-in writes `~/.aws/config` anew, or removes it";
            return Err(JobRefusal::new(step.offset, why)
                .help("write the profiles before the job signs in, or add to the file"));
        }
        let offset = runs.first().map_or(0, |run| run.run.offset);
        match at {
            Some(at) if at < first && self.may_run_as_machine(first) => {
                let why = "where its sign-in is skipped or fails, it runs Terraform as its machine, \
                           which `credential_source = Environment` does not reach";
                Err(JobRefusal::new(steps[at].offset, why)
                    .help("sign in whenever it runs Terraform"))
            }
            Some(at) if at < first => {
                // Where another sign-in is not skipped with this one, the commands run without it.
                let before = steps[..at].iter();
                let mut others = before.filter(|step| signs_in(step) || through(step));
                let own = steps[at].condition.as_ref().map(|it| &it.value);
                let is_alike = |other: &Step| other.condition.as_ref().map(|it| &it.value) == own;
                let position = form::Position {
                    step: at,
                    condition: own.filter(|_| others.all(is_alike)),
                };
                form::steps(self.workflows, self.repo, self.owner, &position, missing)
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

    /// Whether the step at that index may run before any sign-in on a machine that may have credentials
    /// of its own.
    fn may_run_as_machine(&self, step: usize) -> bool {
        let is_hosted = |owner| self.workflows.job(owner).is_some_and(|job| job.is_hosted);
        let sign_ins = self.workflows.sign_ins(self.owner);
        !is_hosted(self.owner)
            && self
                .workflows
                .reaching(self.owner, sign_ins.iter(), step)
                .may_be_none
    }

    /// The Terraform before 1.7 that the job runs, with the offset of what says so: such a release
    /// prefers credentials in the environment to the profile of a backend (measured with 1.6.6 and
    /// later ones).
    fn old_terraform(&self, runs: &[JobRun]) -> Option<(usize, String)> {
        let steps = self.workflows.steps(self.owner);
        let mut setups = steps.iter().filter_map(|step| {
            let uses = step.uses.as_ref();
            let uses = uses.and_then(|uses| remote_action(&uses.value))?;
            let is_setup = uses.action.ends_with("/setup-terraform");
            is_setup.then(|| entry(&step.with, "terraform_version"))
        });
        let setup = setups.next();
        if let Some(input) = setup.flatten()
            && !input.value.value.contains("${{")
        {
            let written = input.value.value.trim();
            let is_old = is_before(written, &FIRST);
            let path = self
                .workflows
                .source(self.owner)
                .location(input.value.offset);
            let place = format!("{}:{}", path.path.display(), path.line);
            let terraform = format!("Terraform {written} ({place})");
            return is_old.then_some((input.value.offset, terraform));
        }
        // Without the input the action installs the newest release, whatever files pin.
        let is_newest = setup.is_some_and(|input| input.is_none());
        runs.iter().find_map(|run| {
            let modules = self.repo.directories();
            let mut roots = modules.filter(|root| self.repo.is_run(root, &run.run));
            let terraform = roots.find_map(|root| match is_newest {
                true => self.repo.required_before(root, &FIRST),
                false => self.repo.terraform_before(root, &FIRST),
            });
            Some((run.run.offset, terraform?))
        })
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
            reads_states: self.repo.assumes_plan_role(self.workflows, self.owner),
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

/// The first Terraform in which a backend's profile beats credentials in the environment.
const FIRST: Version = Version::new(1, 7, 0);

/// Whether what `setup-terraform` is given installs a release before `first`.
fn is_before(written: &str, first: &Version) -> bool {
    // `~1.5` stays below 1.6; `^1.5` and `>= 1.5` do not (node-semver, which the action uses).
    let release = written.trim_start_matches(['~', '=', ' ']);
    parse(release).is_some_and(|release| release < *first)
}
