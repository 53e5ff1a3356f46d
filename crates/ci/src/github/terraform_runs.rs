//! The Terraform commands of a job: in its scripts and actions, and behind tasks.

use crate::github::values::Values;
pub use crate::github::workflow::known_readings::JobRun;
use crate::github::workflow::{StepOwner, Workflows};

impl Workflows {
    /// The Terraform, OpenTofu and Terragrunt commands of a job that reach a backend, in the order
    /// of its steps.
    pub fn runs(&self, owner: StepOwner) -> Vec<JobRun> {
        self.reading(owner).runs.clone()
    }

    /// The same for one run of the job, whose context has these values.
    pub fn runs_with(&self, owner: StepOwner, values: &Values) -> Vec<JobRun> {
        self.reading_with(owner, values).runs.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::terraform_run::RunsIn;

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
