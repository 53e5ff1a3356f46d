//! GitHub's jobs whose credentials are none that can be read: which root modules wait for review, and
//! which do not.

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{self, Tree, changed, reviewed};

const ACCOUNTS: &str =
    "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n";

/// A root module whose default provider assumes a role in that account.
fn root(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// The root modules `dev` and `live`, and a workflow.
fn tree(workflow: &str) -> Tree {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    Tree::new([
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        (".github/workflows/ci.yml", workflow),
    ])
}

fn plan(workflow: &str, answers: &str) -> Plan {
    let config = format!("{ACCOUNTS}{answers}");
    tree(workflow).plan(&config, Selection::default()).unwrap()
}

/// The root modules that change unasked.
fn safe(plan: &Plan) -> String {
    let paths = changed(plan).into_iter();
    let roots = paths.filter_map(|path| path.strip_suffix("/main.tf").map(str::to_owned));
    roots.collect::<Vec<_>>().join(" ")
}

/// Nothing changes unasked.
const NONE: &str = "";
/// Both root modules do.
const BOTH: &str = "dev live";

const KEYS: &str = "secrets: { AWS_ACCESS_KEY_ID: \"${{ secrets.A }}\", AWS_SECRET_ACCESS_KEY: \"${{ secrets.B }}\" }";
const INHERIT: &str = "secrets: inherit";
const TOKEN: &str = "permissions: { id-token: write }";

/// A workflow whose one job, of that id, calls another with this.
fn caller(id: &str, uses: &str, rest: &str) -> String {
    let rest = rest.replace('\n', "\n    ");
    format!("name: CI\non: push\njobs:\n  {id}:\n    uses: {uses}\n    {rest}\n")
}

#[test]
fn a_root_module_waits_where_a_workflow_elsewhere_may_run_it() {
    let shared = "org/shared/.github/workflows/run.yml@v1";
    let terraform = "org/shared/.github/workflows/terraform-plan.yml@v1";
    let in_dev = format!("{INHERIT}\nwith: {{ working-directory: ./dev/ }}");
    let of_matrix = format!(
        "{INHERIT}\nstrategy: {{ matrix: {{ d: [live] }} }}\nwith: {{ path: \"${{{{ matrix.d }}}}\" }}"
    );
    let open = format!("{INHERIT}\nwith: {{ path: \"dev/${{{{ vars.X }}}}\", tool: terraform }}");
    let beside = format!(
        "{INHERIT}\nwith: {{ path: \"${{{{ vars.X }}}}\", module-path: dev, tool: terraform }}"
    );
    let whole = format!("{INHERIT}\nwith: {{ path: . }}");
    let named = "secrets: { ID: \"${{ secrets.AWS_ACCESS_KEY_ID }}\" }";
    for (id, uses, rest, expected) in [
        ("run", shared, KEYS, NONE),
        ("run", shared, named, NONE),
        ("run", terraform, INHERIT, NONE),
        ("run", terraform, TOKEN, NONE),
        ("terraform", shared, INHERIT, NONE),
        ("infra-plan", shared, INHERIT, NONE),
        (
            "run",
            "org/terragrunt-workflows/.github/workflows/run.yml@v1",
            INHERIT,
            NONE,
        ),
        (
            "run",
            "org/shared/.github/workflows/tf-lint-plan.yml@v1",
            INHERIT,
            NONE,
        ),
        ("run", shared, &in_dev, "live"),
        ("run", shared, &of_matrix, "dev"),
        ("run", shared, &open, NONE),
        ("run", shared, &beside, NONE),
        // The same repository, as it is at a ref.
        (
            "run",
            "org/this/.github/workflows/tofu.yml@main",
            INHERIT,
            NONE,
        ),
        // Nothing speaks of Terraform, or nothing gives credentials.
        ("run", shared, INHERIT, BOTH),
        ("run", shared, TOKEN, BOTH),
        ("run", shared, &whole, BOTH),
        ("run", terraform, "if: true", BOTH),
        (
            "run",
            terraform,
            "secrets: { TOKEN: \"${{ secrets.X }}\" }",
            BOTH,
        ),
        // Something else is done.
        (
            "release",
            "org/terraform-ci/.github/workflows/release.yml@v1",
            INHERIT,
            BOTH,
        ),
        (
            "lint",
            "org/shared/.github/workflows/terraform-lint.yml@v1",
            INHERIT,
            BOTH,
        ),
        (
            "terraform",
            "org/shared/.github/workflows/notify-slack.yml@v1",
            INHERIT,
            BOTH,
        ),
        (
            "image",
            "org/shared/.github/workflows/docker-publish.yml@v1",
            KEYS,
            BOTH,
        ),
        (
            "scheduled",
            "org/terraform-module-ci/.github/workflows/scheduled.yml@v1",
            INHERIT,
            BOTH,
        ),
        // It is missing: the job does not start.
        ("run", "./.github/workflows/terraform.yml", INHERIT, BOTH),
    ] {
        let workflow = caller(id, uses, rest);
        assert_eq!(safe(&plan(&workflow, "")), expected, "{workflow}");
        let all = tree(&workflow).plan(ACCOUNTS, reviewed()).unwrap();
        assert_eq!(safe(&all), BOTH, "only waits: {workflow}");
    }
}

#[test]
fn the_name_of_a_workflow_may_say_that_it_calls_terraform() {
    let workflow = caller("run", "org/shared/.github/workflows/run.yml@v1", INHERIT);
    for (name, expected) in [("name: CI", BOTH), ("name: Terraform", NONE)] {
        let workflow = workflow.replacen("name: CI", name, 1);
        assert_eq!(safe(&plan(&workflow, "")), expected, "{workflow}");
    }
}

#[test]
fn an_answer_says_what_a_workflow_elsewhere_runs_and_where() {
    let workflow = caller("tf", "org/shared/.github/workflows/run.yml@v1", INHERIT);
    for (answer, expected) in [
        ("roots = [\"dev\"]", "live"),
        ("account = \"dev\"", "dev"),
        ("account = \"live\"", "live"),
    ] {
        let answers = format!("job \"ci.yml:tf\" {{\n  {answer}\n}}\n");
        assert_eq!(safe(&plan(&workflow, &answers)), expected, "{answer}");
    }
}

#[test]
fn the_message_says_through_which_workflow_a_job_may_run_it() {
    let workflow = caller("tf", "org/shared/.github/workflows/run.yml@v1", KEYS);
    let reports = support::reports(&plan(&workflow, ""));
    let clause = "job tf (.github/workflows/ci.yml:5) may run it through \
                  `org/shared/.github/workflows/run.yml`, whose account is not known";
    let held = reports.iter().filter(|it| it.contains(clause));
    assert_eq!(held.count(), 2, "{reports:?}");
    let settled = plan(&workflow, "job \"ci.yml:tf\" { account = \"dev\" }\n");
    let reports = support::reports(&settled);
    let known = reports
        .iter()
        .filter(|it| it.contains("run.yml`, in account 111111111111 (dev)"));
    assert_eq!(known.count(), 1, "{reports:?}");
}

/// A job that runs a command in `dev`.
struct Job {
    /// `runs-on:`.
    machine: &'static str,
    /// Of the workflow.
    env: String,
    /// Of the job.
    settings: String,
    before: String,
    run: &'static str,
    /// Of the step.
    own: String,
}

fn hosted() -> Job {
    Job {
        machine: "ubuntu-latest",
        env: String::new(),
        settings: String::new(),
        before: String::new(),
        run: "terraform apply",
        own: String::new(),
    }
}

fn self_hosted() -> Job {
    Job {
        machine: "self-hosted",
        ..hosted()
    }
}

impl Job {
    fn in_workflow(self, env: &str) -> Self {
        let env = format!("env: {{ {env} }}\n");
        Self { env, ..self }
    }

    fn with(self, env: &str) -> Self {
        let settings = format!("    env: {{ {env} }}\n");
        Self { settings, ..self }
    }

    fn with_own(self, env: &str) -> Self {
        let own = format!("        env: {{ {env} }}\n");
        Self { own, ..self }
    }

    fn in_container(self, rest: &str) -> Self {
        let settings = format!("    container: {{ image: x, {rest} }}\n");
        Self { settings, ..self }
    }

    /// Behind a step.
    fn behind(self, step: &str) -> Self {
        let before = format!("      - {}\n", step.replace('\n', "\n        "));
        Self { before, ..self }
    }

    fn running(self, run: &'static str) -> Self {
        Self { run, ..self }
    }

    fn workflow(&self) -> String {
        let Self {
            machine,
            env,
            settings,
            before,
            run,
            own,
        } = self;
        format!(
            "on: push\n{env}jobs:\n  a:\n    runs-on: {machine}\n{settings}    steps:\n{before}      - run: {run}\n        working-directory: dev\n{own}"
        )
    }
}

fn each(rows: impl IntoIterator<Item = (Job, &'static str)>) {
    for (job, expected) in rows {
        let workflow = job.workflow();
        assert_eq!(safe(&plan(&workflow, "")), expected, "{workflow}");
    }
}

const TEMPORARY: &str = "AWS_ACCESS_KEY_ID: \"${{ needs.x.outputs.id }}\", AWS_SECRET_ACCESS_KEY: \"${{ needs.x.outputs.key }}\"";
const STATIC: &str = "AWS_ACCESS_KEY_ID: \"${{ secrets.AWS_ACCESS_KEY_ID }}\", AWS_SECRET_ACCESS_KEY: \"${{ secrets.AWS_SECRET_ACCESS_KEY }}\"";

/// The step of Vault that sets variables from these secrets.
fn vault(secrets: &str) -> String {
    format!("uses: hashicorp/vault-action@v3\nwith: {{ secrets: \"{secrets}\" }}")
}

/// The step that configures keys, which are given as in `env:`.
fn configure(keys: &str) -> String {
    let inputs = keys
        .to_lowercase()
        .replace("aws_", "aws-")
        .replace("_key", "-key");
    let inputs = inputs
        .replace("_id:", "-id:")
        .replace("secret_access", "secret-access");
    let inputs = inputs.replace("access_key", "access-key");
    format!("uses: aws-actions/configure-aws-credentials@v4\nwith: {{ {inputs}, aws-region: x }}")
}

#[test]
fn keys_in_the_environment_beat_a_profile() {
    let with_profile = format!("{STATIC}, AWS_PROFILE: x");
    each([(hosted().with(&with_profile), BOTH)]);
}

#[test]
fn nothing_waits_for_a_job_without_credentials() {
    each([
        (hosted(), BOTH),
        (hosted().behind(&vault("ci/slack token | TOKEN")), BOTH),
        (hosted().with("AWS_REGION: x"), BOTH),
        (hosted().with_own("AWS_REGION: x"), BOTH),
        (hosted().with("AWS_PROFILE: \"\""), BOTH),
        (hosted().in_container("env: { AWS_REGION: x }"), BOTH),
        // They are for the registry.
        (
            hosted().in_container("credentials: { username: AWS, password: x }"),
            BOTH,
        ),
        (
            hosted().running("AWS_PROFILE=x aws s3 ls && terraform apply"),
            BOTH,
        ),
    ]);
}

#[test]
fn a_root_module_waits_for_credentials_that_are_not_known() {
    let doppler = "uses: dopplerhq/secrets-fetch-action@v1\nwith: { inject-env-vars: true }";
    let password = "uses: 1password/load-secrets-action@v2\nenv: { AWS_ACCESS_KEY_ID: op }";
    let in_container = |env: &str| hosted().in_container(&format!("env: {{ {env} }}"));
    each([
        (
            hosted().behind(&vault("aws/creds/x k | AWS_ACCESS_KEY_ID")),
            "live",
        ),
        (hosted().behind(doppler), "live"),
        (hosted().behind(password), "live"),
        (hosted().behind("uses: org/aws-assume-role@v1"), "live"),
        (self_hosted(), "live"),
        (hosted().with(TEMPORARY), "live"),
        (hosted().with_own(TEMPORARY), "live"),
        (hosted().behind(&configure(TEMPORARY)), "live"),
        (hosted().in_workflow(TEMPORARY), "live"),
        (in_container(TEMPORARY), "live"),
        (in_container(STATIC), "live"),
    ]);
}

#[test]
fn a_root_module_waits_for_a_profile_that_is_not_of_its_account() {
    each([
        (hosted().with("AWS_PROFILE: x"), "live"),
        (hosted().with("AWS_PROFILE: live"), "live"),
        (hosted().with("AWS_PROFILE: dev"), BOTH),
        (hosted().in_workflow("AWS_PROFILE: x"), "live"),
        (hosted().in_container("env: { AWS_PROFILE: x }"), "live"),
        (self_hosted().with("AWS_PROFILE: x"), "live"),
        (self_hosted().with("AWS_PROFILE: dev"), BOTH),
        (self_hosted().in_workflow("AWS_PROFILE: dev"), BOTH),
        (self_hosted().with("AWS_PROFILE: \"${{ vars.P }}\""), "live"),
        (
            hosted().running("aws-vault exec x -- terraform apply"),
            "live",
        ),
        (
            hosted().running("aws-vault exec dev -- terraform apply"),
            BOTH,
        ),
        (hosted().running("AWS_PROFILE=x terraform apply"), "live"),
        (
            hosted().running("export AWS_PROFILE=x; terraform apply"),
            "live",
        ),
        (
            hosted().behind("run: echo AWS_PROFILE=x >> $GITHUB_ENV"),
            "live",
        ),
    ]);
}

/// A provider with keys and a role acts by those keys: once both are gone, a job needs credentials of its own.
#[test]
fn a_job_that_signs_in_nowhere_keeps_the_keys_beside_a_role() {
    let keys = "  access_key = \"AKIAIOSFODNN7EXAMPLE\"\n  secret_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\n";
    let keyed = root("111111111111").replacen("  assume_role", &format!("{keys}  assume_role"), 1);
    let sign_in = "{ uses: aws-actions/configure-aws-credentials@v4, with: { role-to-assume: \"arn:aws:iam::111111111111:role/ci\", aws-region: x } }";
    let apply = "{ run: terraform -chdir=dev apply }";
    let own = root("111111111111");
    for (module, steps, goes) in [
        (keyed.as_str(), apply.to_owned(), false),
        (&keyed, format!("{sign_in}, {apply}"), true),
        (
            &keyed,
            "{ run: terraform -chdir=dev validate }".to_owned(),
            true,
        ),
        // Without keys in the code the job has never reached AWS.
        (&own, apply.to_owned(), true),
    ] {
        let workflow = format!(
            "on: push\n{TOKEN}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{steps}]\n"
        );
        let tree = Tree::new([
            ("dev/main.tf", module),
            (".github/workflows/ci.yml", workflow.as_str()),
        ]);
        let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
        let reports = support::reports(&plan);
        assert_eq!(
            safe(&plan),
            if goes { "dev" } else { "" },
            "{steps} {reports:?}"
        );
        let says = reports
            .iter()
            .any(|it| it.contains("job a (") && it.contains("does not sign in to AWS"));
        assert_eq!(says, !goes, "{steps} {reports:?}");
    }
}
