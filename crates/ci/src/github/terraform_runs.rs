//! The Terraform commands of a job: in its scripts and actions, and behind tasks.

use std::path::{Path, PathBuf};

use crate::github::uses::remote_action;
use crate::github::values::{Values, fill, filled};
use crate::github::workflow::job_values::plain_inputs;
pub use crate::github::workflow::known_runs::JobRun;
use crate::github::workflow::model::{Step, entry};
use crate::github::workflow::{StepOwner, TERRAFORM_WORDS, Workflows};
use crate::terraform_run::{RunsIn, TerraformRun, calls_script, runs, target};

/// Parts of the names of actions about Terraform that reach no backend: installers, linters,
/// scanners, formatters.
const HARMLESS: [&str; 11] = [
    "setup", "lint", "docs", "sec", "fmt", "switcher", "install", "version", "validate", "cost",
    "checkov",
];

impl Workflows {
    /// The Terraform, OpenTofu and Terragrunt commands of a job that reach a backend, in the order
    /// of its steps.
    pub fn runs(&self, owner: StepOwner) -> Vec<JobRun> {
        self.known_runs.of(owner, || self.find_runs(owner))
    }

    fn find_runs(&self, owner: StepOwner) -> Vec<JobRun> {
        let mut all: Vec<JobRun> = Vec::new();
        for values in self.values(owner) {
            for run in self.runs_with(owner, &values) {
                if !all.contains(&run) {
                    all.push(run);
                }
            }
        }
        all.sort_by_key(|it| it.step);
        all
    }

    /// The same for one run of the job, whose context has these values.
    pub fn runs_with(&self, owner: StepOwner, values: &Values) -> Vec<JobRun> {
        let mut all = Vec::new();
        let prefix = self.checkout(owner);
        let job = self.job(owner);
        let directory = job.and_then(|job| job.directory.as_deref());
        let shared = self.workflow(owner).and_then(|it| it.directory.as_deref());
        let directory = directory.or(shared);
        let speaks = self.steps(owner).iter().any(speaks);
        for (index, step) in self.steps(owner).iter().enumerate() {
            let mut found = match self.action(step) {
                Some(source) => self.of_action(owner, step, source, speaks, values),
                None => self.of_step(owner, step, directory, speaks, values),
            };
            for run in &mut found {
                run.offset = step.offset;
                if let (Some(prefix), Some(directory)) = (&prefix, &run.directory) {
                    run.directory = directory.strip_prefix(prefix).ok().map(Path::to_path_buf);
                }
                let directory = run.directory.take();
                run.directory = directory.map(|path| self.linked.resolved(&path).into_owned());
                if job.is_some_and(|job| job.has_container) && run.runs_in == RunsIn::Runner {
                    run.runs_in = RunsIn::Container;
                }
            }
            all.extend(found.into_iter().map(|run| JobRun { step: index, run }));
        }
        all
    }

    /// The directory that the repository is checked out to, where that is not the workspace.
    fn checkout(&self, owner: StepOwner) -> Option<PathBuf> {
        let mut steps = self.steps(owner).iter();
        let own = steps.find(|step| {
            let uses = step
                .uses
                .as_ref()
                .and_then(|uses| remote_action(&uses.value));
            uses.is_some_and(|used| used.action == "actions/checkout")
                && entry(&step.with, "repository").is_none()
        })?;
        let path = &entry(&own.with, "path")?.value.value;
        target(Some(Path::new("")), Some(path)).filter(|path| !path.as_os_str().is_empty())
    }

    /// The commands in the local action that a step uses.
    fn of_action(
        &self,
        owner: StepOwner,
        step: &Step,
        source: usize,
        speaks: bool,
        values: &Values,
    ) -> Vec<TerraformRun> {
        let inputs = plain_inputs(&step.with, &|text| {
            self.filled_in(owner, step, values, text)
        });
        let action = StepOwner { source, job: None };
        let steps = self.steps(action).iter();
        steps
            .flat_map(|inner| self.of_step(action, inner, None, speaks, &inputs))
            .collect()
    }

    fn of_step(
        &self,
        owner: StepOwner,
        step: &Step,
        inherited: Option<&str>,
        speaks: bool,
        values: &Values,
    ) -> Vec<TerraformRun> {
        let resolved = |text: &str| self.filled_in(owner, step, values, text);
        let own = step.directory.as_deref().or(inherited).map(resolved);
        let root = Path::new("");
        let directory = match &own {
            Some(own) => target(Some(root), Some(own)),
            None => Some(root.to_path_buf()),
        };
        if let Some(script) = &step.run {
            let script = resolved(&script.value);
            let mut found = runs(&script, directory.as_deref());
            // A task or script counts only in a job that names Terraform elsewhere: of 333 CI
            // files, Makefiles and the like in repositories with roles or keys, 227 did not name
            // it.
            if found.is_empty() && speaks && calls_script(&script).is_some() {
                found.push(unseen(RunsIn::Script, None));
            }
            return found;
        }
        let uses = step
            .uses
            .as_ref()
            .and_then(|uses| remote_action(&uses.value));
        let Some(action) = uses.map(|uses| uses.action) else {
            return Vec::new();
        };
        let name = action.rsplit('/').next().unwrap_or_default();
        let is_run = TERRAFORM_WORDS.iter().any(|word| name.contains(word))
            && !HARMLESS.iter().any(|word| name.contains(word));
        // The inputs for a directory, as common Terraform and Terragrunt actions name them.
        let inputs = [
            "path",
            "tg_dir",
            "working_directory",
            "working-directory",
            "tf_actions_working_dir",
        ];
        let directory = inputs.iter().find_map(|name| entry(&step.with, name));
        let directory = directory.map(|entry| resolved(&entry.value.value));
        let directory = directory.and_then(|it| target(Some(root), Some(&it)));
        is_run
            .then(|| unseen(RunsIn::Container, directory))
            .into_iter()
            .collect()
    }

    /// A text with the step's environment variables and the job's context values filled in.
    pub fn filled_in(&self, owner: StepOwner, step: &Step, values: &Values, text: &str) -> String {
        let resolved = filled(text, |name| {
            let variable = self.variable(owner, step, name.strip_prefix("env.")?)?;
            Some(variable.value.clone())
        });
        fill(&resolved, values)
    }
}

fn speaks(step: &Step) -> bool {
    let texts = [&step.uses, &step.run].into_iter().flatten();
    let mut texts = texts.map(|text| &text.value);
    texts.any(|text| TERRAFORM_WORDS.iter().any(|word| text.contains(word)))
}

/// A command whose arguments are not known. It may be an `init`, in any directory below.
fn unseen(runs_in: RunsIn, directory: Option<PathBuf>) -> TerraformRun {
    TerraformRun {
        offset: 0,
        is_tree: directory.is_none(),
        directory,
        is_terragrunt: false,
        has_init: true,
        runs_in,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(steps: &str) -> Vec<(Option<String>, bool, RunsIn)> {
        let mut workflows = Workflows::default();
        let text = format!(
            "on: push\nenv: {{ DIR: live }}\njobs:\n  a:\n    runs-on: x\n    defaults: {{ run: \
             {{ working-directory: base }} }}\n    steps:\n{steps}"
        );
        workflows.add(Path::new(".github/workflows/a.yml"), text, None);
        assert!(workflows.unread.is_empty(), "{:?}", workflows.unread);
        let found = workflows
            .runs(StepOwner {
                source: 0,
                job: Some(0),
            })
            .into_iter();
        found
            .map(|it| {
                let directory = it.run.directory.map(|it| it.display().to_string());
                (directory, it.run.has_init, it.run.runs_in)
            })
            .collect()
    }

    #[test]
    fn directories_come_from_the_step_its_job_variables_and_checkouts() {
        let at = |directory: &str| (Some(directory.to_owned()), true, RunsIn::Runner);
        assert_eq!(of("      - run: terraform init\n"), [at("base")]);
        assert_eq!(
            of("      - run: terraform init\n        working-directory: ${{ env.DIR }}/dev\n"),
            [at("live/dev")]
        );
        assert_eq!(
            of(
                "      - uses: actions/checkout@v4\n        with: { path: base }\n      - run: \
                terraform init\n"
            ),
            [at("")]
        );
        assert_eq!(
            of("      - run: terraform init\n        working-directory: ${{ matrix.dir }}\n"),
            [(None, true, RunsIn::Runner)]
        );
    }

    /// The directories of the runs in each job of several files.
    fn directories(files: &[(&str, &str)]) -> Vec<Vec<Option<String>>> {
        let mut workflows = Workflows::default();
        for (path, text) in files {
            workflows.add(Path::new(path), (*text).to_owned(), None);
        }
        assert!(workflows.unread.is_empty(), "{:?}", workflows.unread);
        let jobs = workflows.owners().filter(|owner| owner.job.is_some());
        let directory = |it: JobRun| it.run.directory.map(|it| it.display().to_string());
        jobs.map(|job| workflows.runs(job).into_iter().map(directory).collect())
            .collect()
    }

    const CALLED: &str = "on:\n  workflow_call:\n    inputs: { dir: { type: string } }\njobs:\n  \
                          b:\n    runs-on: x\n    steps:\n      - run: terraform -chdir=${{ \
                          inputs.dir }} init\n";

    fn called(callers: &str) -> Vec<Option<String>> {
        let files = [
            (".github/workflows/called.yml", CALLED),
            (".github/workflows/caller.yml", callers),
        ];
        directories(&files).swap_remove(0)
    }

    #[test]
    fn directories_come_from_the_matrix_and_from_who_calls() {
        let some = |directory: &str| Some(directory.to_owned());
        let matrix = "on: push\njobs:\n  a:\n    runs-on: x\n    strategy: { matrix: { env: [dev, \
                      live] } }\n    env: { DIR: \"infra/${{ matrix.env }}\" }\n    steps:\n      - \
                      run: cd ${{ env.DIR }} && terraform init\n      - uses: ./act\n        with: { \
                      path: \"${{ matrix.env }}\" }\n";
        let action = "inputs: { path: {} }\nruns:\n  using: composite\n  steps:\n    - run: tofu \
                      init\n      working-directory: base/${{ inputs.path }}\n";
        assert_eq!(
            directories(&[
                (".github/workflows/a.yml", matrix),
                ("act/action.yml", action)
            ]),
            [[
                some("infra/dev"),
                some("infra/live"),
                some("base/dev"),
                some("base/live")
            ]]
        );
        let caller = |with: &str| {
            format!(
                "on: push\njobs:\n  c:\n    strategy: {{ matrix: {{ env: [dev, live] }} }}\n    \
                 uses: ./.github/workflows/called.yml\n{with}"
            )
        };
        assert_eq!(
            called(&caller("    with: { dir: \"x/${{ matrix.env }}\" }\n")),
            [some("x/dev"), some("x/live")]
        );
        assert_eq!(
            called(&caller("    with: { dir: \"${{ vars.X }}\" }\n")),
            [None]
        );
        assert_eq!(called(&caller("")), [None]);
        let by_hand = CALLED.replace("on:\n", "on:\n  push:\n");
        let calling = caller("    with: { dir: x }\n");
        let files = [
            (".github/workflows/called.yml", by_hand.as_str()),
            (".github/workflows/caller.yml", &calling),
        ];
        assert_eq!(directories(&files)[0], [None, some("x")]);
    }

    #[test]
    fn actions_and_tasks_cannot_be_looked_into() {
        assert_eq!(
            of("      - uses: dflook/terraform-apply@v1\n        with: { path: live/dev }\n"),
            [(Some("live/dev".to_owned()), true, RunsIn::Container)]
        );
        assert_eq!(of("      - uses: hashicorp/setup-terraform@v3\n"), []);
        assert_eq!(
            of("      - uses: hashicorp/setup-terraform@v3\n      - run: make plan\n"),
            [(None, true, RunsIn::Script)]
        );
        assert_eq!(of("      - run: make plan\n"), []);
    }
}
