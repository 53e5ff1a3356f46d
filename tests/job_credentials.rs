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

/// A workflow whose job runs Terraform in `dev`, in this way on that machine, behind these steps.
fn runs_dev(machine: &str, job: &str, before: &str, run: &str) -> String {
    format!(
        "on: push\n{job}\n    runs-on: {machine}\n    steps:\n      - uses: actions/checkout@v4\n{before}      - run: {run}\n        working-directory: dev\n"
    )
}

#[test]
fn a_root_module_waits_for_a_job_whose_credentials_are_not_known() {
    let plain = "jobs:\n  a:";
    let apply = "terraform apply";
    let of_job = |env: &str| format!("jobs:\n  a:\n    env: {{ {env} }}");
    let of_workflow = |env: &str| format!("env: {{ {env} }}\njobs:\n  a:");
    let container = |rest: &str| format!("jobs:\n  a:\n    container: {{ image: x, {rest} }}");
    let uses = |uses: &str, rest: &str| format!("      - uses: {uses}\n{rest}");
    let vault = |secrets: &str| {
        let with = format!("        with: {{ secrets: \"{secrets}\" }}\n");
        uses("hashicorp/vault-action@v3", &with)
    };
    let doppler = uses(
        "dopplerhq/secrets-fetch-action@v1",
        "        with: { inject-env-vars: true }\n",
    );
    let password = uses(
        "1password/load-secrets-action@v2",
        "        env: { AWS_ACCESS_KEY_ID: \"op://x/y\" }\n",
    );
    let temporary = "AWS_ACCESS_KEY_ID: \"${{ needs.x.outputs.id }}\", AWS_SECRET_ACCESS_KEY: \"${{ needs.x.outputs.key }}\"";
    let static_keys = "AWS_ACCESS_KEY_ID: \"${{ secrets.AWS_ACCESS_KEY_ID }}\", AWS_SECRET_ACCESS_KEY: \"${{ secrets.AWS_SECRET_ACCESS_KEY }}\"";
    let hosted = "ubuntu-latest";
    for (machine, job, before, run, expected) in [
        // Without credentials it reaches nothing.
        (hosted, plain.to_owned(), String::new(), apply, BOTH),
        (
            hosted,
            plain.to_owned(),
            vault("ci/slack token | TOKEN"),
            apply,
            BOTH,
        ),
        (hosted, of_job("AWS_REGION: x"), String::new(), apply, BOTH),
        (
            hosted,
            of_job("AWS_PROFILE: \"\""),
            String::new(),
            apply,
            BOTH,
        ),
        (
            hosted,
            container("credentials: { username: AWS, password: x }"),
            String::new(),
            apply,
            BOTH,
        ),
        (
            hosted,
            container("env: { AWS_REGION: x }"),
            String::new(),
            apply,
            BOTH,
        ),
        (
            hosted,
            plain.to_owned(),
            String::new(),
            "AWS_PROFILE=x aws s3 ls && terraform apply",
            BOTH,
        ),
        // What may bring credentials before it.
        (
            hosted,
            plain.to_owned(),
            vault("aws/creds/x access_key | AWS_ACCESS_KEY_ID"),
            apply,
            "live",
        ),
        (hosted, plain.to_owned(), password, apply, "live"),
        (hosted, plain.to_owned(), doppler, apply, "live"),
        (
            hosted,
            plain.to_owned(),
            uses("org/aws-assume-role@v1", ""),
            apply,
            "live",
        ),
        (
            "self-hosted",
            plain.to_owned(),
            String::new(),
            apply,
            "live",
        ),
        // Keys that another job or the container gets.
        (hosted, of_job(temporary), String::new(), apply, "live"),
        (hosted, of_workflow(temporary), String::new(), apply, "live"),
        (
            hosted,
            container(&format!("env: {{ {temporary} }}")),
            String::new(),
            apply,
            "live",
        ),
        (
            hosted,
            container(&format!("env: {{ {static_keys} }}")),
            String::new(),
            apply,
            "live",
        ),
        // A profile: that of a label is known.
        (
            hosted,
            of_job("AWS_PROFILE: x"),
            String::new(),
            apply,
            "live",
        ),
        (
            hosted,
            of_job("AWS_PROFILE: live"),
            String::new(),
            apply,
            "live",
        ),
        (
            hosted,
            of_job("AWS_PROFILE: dev"),
            String::new(),
            apply,
            BOTH,
        ),
        (
            hosted,
            of_workflow("AWS_PROFILE: x"),
            String::new(),
            apply,
            "live",
        ),
        (
            hosted,
            container("env: { AWS_PROFILE: x }"),
            String::new(),
            apply,
            "live",
        ),
        (
            "self-hosted",
            of_job("AWS_PROFILE: x"),
            String::new(),
            apply,
            "live",
        ),
        (
            "self-hosted",
            of_job("AWS_PROFILE: dev"),
            String::new(),
            apply,
            BOTH,
        ),
        (
            "self-hosted",
            of_workflow("AWS_PROFILE: dev"),
            String::new(),
            apply,
            BOTH,
        ),
        (
            "self-hosted",
            of_job("AWS_PROFILE: \"${{ vars.P }}\""),
            String::new(),
            apply,
            "live",
        ),
        (
            hosted,
            plain.to_owned(),
            String::new(),
            "aws-vault exec x -- terraform apply",
            "live",
        ),
        (
            hosted,
            plain.to_owned(),
            String::new(),
            "aws-vault exec dev -- terraform apply",
            BOTH,
        ),
        (
            hosted,
            plain.to_owned(),
            String::new(),
            "AWS_PROFILE=x terraform apply",
            "live",
        ),
        (
            hosted,
            plain.to_owned(),
            String::new(),
            "export AWS_PROFILE=x; terraform apply",
            "live",
        ),
        (
            hosted,
            plain.to_owned(),
            "      - run: echo AWS_PROFILE=x >> $GITHUB_ENV\n".to_owned(),
            apply,
            "live",
        ),
    ] {
        let workflow = runs_dev(machine, &job, &before, run);
        assert_eq!(safe(&plan(&workflow, "")), expected, "{workflow}");
    }
}
