//! Workflows beside Terraform, and what only a configuration asks for.

use std::path::Path;

use crate::support::{ROLE_1, Tree, reports, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";

const BACKEND: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n    region = \"eu-west-1\"\n  }\n}\n";

const STATE: &str = "state_profile = \"shared\"\n";

/// The steps that sign in, with keys or with a role.
fn configure(release: &str, with: &str) -> String {
    format!(
        "      - uses: aws-actions/configure-aws-credentials@{release}\n        with:\n{with}          aws-region: eu-west-1\n"
    )
}

const KEYS: &str = "          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

const ROLE: &str = "          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}\n";

/// A workflow with jobs of a name, what stands before their steps, and these.
fn workflow(jobs: &[(&str, &str, &str)]) -> String {
    let jobs = jobs.iter().map(|(name, head, steps)| {
        format!("  {name}:\n    runs-on: ubuntu-latest\n{head}    steps:\n{steps}")
    });
    let jobs: String = jobs.collect();
    format!("on:\n  push:\n    branches: [main]\npermissions:\n  id-token: write\njobs:\n{jobs}")
}

fn after<'p>(plan: &'p Plan, path: &str) -> &'p str {
    let mut changes = plan.changes.iter();
    let change = changes.find(|change| change.path == Path::new(path));
    &change.expect(path).after
}

fn changed_paths(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter();
    changes
        .map(|change| change.path.display().to_string())
        .collect()
}

fn commands(plan: &Plan, why: &str) -> Vec<String> {
    let mut steps = plan.steps.iter();
    let step = steps.find(|step| step.why.contains(why));
    step.map(|step| step.commands.clone()).unwrap_or_default()
}

#[test]
fn what_a_job_on_static_keys_runs_is_switched_with_a_yes_only() {
    let stays = |directory: &str| {
        format!(
            "{}      - run: terraform init\n        working-directory: {directory}\n      - run: docker run -e AWS_ACCESS_KEY_ID image\n",
            configure("v4", KEYS)
        )
    };
    let roots = [("dev/main.tf", BACKEND), ("live/main.tf", BACKEND)];
    let known = workflow(&[("apply", "", &stays("dev"))]);
    let tree = Tree::new([roots[0], roots[1], (CI, known.as_str())]);
    let plan = tree.plan(STATE, Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), ["live/main.tf"]);
    let held = plan
        .open()
        .find(|it| it.transform == "set_backend_profile")
        .unwrap();
    assert!(
        held.message.ends_with(
            "; job apply (.github/workflows/ci.yml:12) runs it and stays on static keys"
        ),
        "{}",
        held.message
    );
    let asked = tree.plan(STATE, reviewed()).unwrap();
    assert_eq!(changed_paths(&asked), ["dev/main.tf", "live/main.tf"]);

    let unknown = workflow(&[("apply", "", &stays("${{ matrix.root }}"))]);
    let tree = Tree::new([roots[0], roots[1], (CI, unknown.as_str())]);
    let plan = tree.plan(STATE, Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new(), "it may be any");
}

#[test]
fn a_role_is_held_back_in_the_modules_that_the_root_calls() {
    let call = format!("{BACKEND}module \"m\" {{\n  source = \"../modules/m\"\n}}\n");
    let steps = format!(
        "{}      - run: terraform -chdir=dev init\n      - run: docker run -e AWS_ACCESS_KEY_ID image\n",
        configure("v4", KEYS)
    );
    let ci = workflow(&[("apply", "", &steps)]);
    let role = ROLE_1.replace(
        "provider \"aws\" {",
        "provider \"aws\" {\n  region = \"eu-west-1\"",
    );
    let tree = Tree::new([
        ("dev/main.tf", call.as_str()),
        ("modules/m/main.tf", role.as_str()),
        (CI, ci.as_str()),
    ]);
    let config = format!("{STATE}account \"one\" {{ id = \"111111111111\" }}\n");
    let plan = tree.plan(&config, Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
}

#[test]
fn a_second_login_names_the_profile() {
    let main = BACKEND.replace("    key ", "    profile = \"shared\"\n    key ");
    for (release, expected) in [("v6", "v6"), ("v4", "v6"), ("v4.0.2", "v6.2.3")] {
        let steps = format!(
            "{}      - run: terraform -chdir=dev init\n",
            configure(release, ROLE)
        );
        let ci = workflow(&[("apply", "", &steps)]);
        let tree = Tree::new([("dev/main.tf", main.as_str()), (CI, ci.as_str())]);
        let config = format!("{STATE}ci {{ state_access = \"second_login\" }}\n");
        let plan = tree.plan(&config, Selection::default()).unwrap();
        let login = format!(
            "      - uses: aws-actions/configure-aws-credentials@{expected}\n        with:\n          role-to-assume: ${{{{ vars.TF_STATE_ROLE_ARN }}}}\n          aws-region: eu-west-1\n          aws-profile: shared\n      - run: terraform"
        );
        assert!(after(&plan, CI).contains(&login), "{}", after(&plan, CI));
        assert_eq!(
            commands(&plan, "which role"),
            ["gh variable set TF_STATE_ROLE_ARN --body arn:aws:iam::<ACCOUNT>:role/<ROLE>"]
        );
    }
}

#[test]
fn a_second_login_has_the_audience_of_the_first() {
    let audience = "          audience: sts.amazonaws.com.cn\n";
    let main = BACKEND.replace("    key ", "    profile = \"shared\"\n    key ");
    let steps = format!(
        "{}      - run: terraform -chdir=dev init\n",
        configure("v6", &format!("{ROLE}{audience}"))
    );
    let ci = workflow(&[("apply", "", &steps)]);
    let tree = Tree::new([("dev/main.tf", main.as_str()), (CI, ci.as_str())]);
    let config = format!("{STATE}ci {{ state_access = \"second_login\" }}\n");
    let plan = tree.plan(&config, Selection::default()).unwrap();
    let login = format!("          role-to-assume: ${{{{ vars.TF_STATE_ROLE_ARN }}}}\n{audience}");
    assert!(after(&plan, CI).contains(&login), "{}", after(&plan, CI));
}

#[test]
fn init_leaves_the_profile_out_where_the_bucket_locks() {
    let config = format!("{STATE}ci {{ state_access = \"lockfile\" }}\n");
    let steps = format!(
        "{}      - run: terraform -chdir=dev init\n",
        configure("v4", ROLE)
    );
    let locks = BACKEND.replace("    key ", "    use_lockfile = true\n    key ");
    for (head, expected) in [
        (
            "",
            "    env:\n      TF_CLI_ARGS_init: -backend-config=profile=\n    steps:\n",
        ),
        (
            "    env:\n      A: b\n",
            "    env:\n      A: b\n      TF_CLI_ARGS_init: -backend-config=profile=\n    steps:\n",
        ),
    ] {
        let ci = workflow(&[("apply", head, &steps)]);
        let tree = Tree::new([("dev/main.tf", locks.as_str()), (CI, ci.as_str())]);
        let plan = tree.plan(&config, Selection::default()).unwrap();
        assert!(after(&plan, CI).contains(expected), "{}", after(&plan, CI));
    }
    let ci = workflow(&[("apply", "", &steps)]);
    let tree = Tree::new([("dev/main.tf", BACKEND), (CI, ci.as_str())]);
    let plan = tree.plan(&config, Selection::default()).unwrap();
    assert!(plan.changes.is_empty(), "{:?}", reports(&plan));
    let plan = tree.plan(&config, reviewed()).unwrap();
    assert_eq!(
        reports(&plan),
        [
            ".github/workflows/ci.yml:7: job apply runs Terraform without the profile `shared`: a backend with the profile `shared` locks in a table, which is sought in the job's own account"
        ]
    );
}

#[test]
fn old_releases_of_the_action_are_replaced_in_their_own_style() {
    let sha = "0d9a5be0dceea74e09396820e1e522ba4a110d2f";
    for (old, new) in [
        ("v1.5.11", "v6.2.3"),
        (sha, "e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3"),
    ] {
        let ci = workflow(&[("apply", "", &configure(old, KEYS))]);
        let tree = Tree::new([(CI, ci.as_str())]);
        let plan = tree
            .plan("ci { bump_action = true }", Selection::default())
            .unwrap();
        let uses = format!("aws-actions/configure-aws-credentials@{new}\n");
        assert!(after(&plan, CI).contains(&uses), "{}", after(&plan, CI));
    }
}

#[test]
fn variables_are_set_where_jobs_read_them_and_only_free_secrets_go() {
    let steps = configure("v4", KEYS);
    let other = steps.replace("secrets.AWS", "secrets.PROD_AWS");
    let ci = workflow(&[
        ("dev", "", &steps),
        ("prod", "    environment: prod\n", &other),
        (
            "left",
            "",
            "      - run: ./sign ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
        ),
    ]);
    let tree = Tree::new([(CI, ci.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        commands(&plan, "which role"),
        ["gh variable set AWS_OIDC_ROLE_ARN --body arn:aws:iam::<ACCOUNT>:role/<ROLE>",]
    );
    assert_eq!(
        commands(&plan, "in each environment"),
        [
            "gh variable set PROD_AWS_OIDC_ROLE_ARN --body arn:aws:iam::<ACCOUNT>:role/<ROLE> --env prod",
        ]
    );
    for (role, subject) in [
        ("`vars.AWS_OIDC_ROLE_ARN`", "ref:refs/heads/main"),
        ("`vars.PROD_AWS_OIDC_ROLE_ARN`", "environment:prod"),
    ] {
        let subject = format!("repo:OWNER/REPOSITORY:{subject}");
        assert_eq!(
            commands(&plan, &format!("trust policy of the role of {role}")),
            [subject]
        );
    }
    assert_eq!(
        commands(&plan, "nothing uses"),
        [
            "gh secret delete AWS_ACCESS_KEY_ID",
            "gh secret delete PROD_AWS_ACCESS_KEY_ID   # in the environments, too: prod",
            "gh secret delete PROD_AWS_SECRET_ACCESS_KEY   # in the environments, too: prod",
        ]
    );
}

#[test]
fn a_name_that_a_shell_would_obey_is_quoted_in_the_steps() {
    let ci = workflow(&[(
        "eu",
        "    environment: eu $(touch x)\n",
        &configure("v4", KEYS),
    )]);
    let tree = Tree::new([(CI, ci.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        commands(&plan, "nothing uses"),
        [
            "gh secret delete AWS_ACCESS_KEY_ID   # in the environments, too: 'eu $(touch x)'",
            "gh secret delete AWS_SECRET_ACCESS_KEY   # in the environments, too: 'eu $(touch x)'",
        ]
    );
    assert_eq!(
        commands(&plan, "in each environment"),
        [
            "gh variable set AWS_OIDC_ROLE_ARN --body arn:aws:iam::<ACCOUNT>:role/<ROLE> --env 'eu $(touch x)'"
        ]
    );
}

#[test]
fn an_expression_that_github_refuses_holds_its_job() {
    let head = "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: us-east-1\n";
    let steps = "    steps:\n      - run: terraform version ${{ env.AWS_REGION }}\n        if: github.ref == 'x'\n      - run: aws s3 ls\n";
    let text = format!("{head}{steps}");
    let outcome = |text: &str| {
        let other = "  b:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: us-east-1\n    steps:\n      - run: aws s3 ls\n";
        let plan =
            Tree::new([(CI, format!("{text}{other}").as_str())]).plan("", Selection::default());
        let plan = plan.unwrap();
        let after = plan
            .changes
            .first()
            .map(|it| it.after.matches("role-to-assume").count());
        (after.unwrap_or_default(), reports(&plan))
    };
    assert_eq!(outcome(&text).0, 2);
    // The names that GitHub's expressions have, wherever they stand in a job.
    for (from, to, line) in [
        ("secrets.AWS_ACCESS_KEY_ID ", "secrets.AW{ secrets.X ", 8),
        (
            "secrets.AWS_SECRET_ACCESS_KEY ",
            "secrets.AWS_SECRET_ACCESS_KEY + 'x' ",
            9,
        ),
        (
            "secrets.AWS_ACCESS_KEY_ID ",
            "secrets.AWS_ACCESS_KEY_ID secrets.X ",
            8,
        ),
        (
            "secrets.AWS_ACCESS_KEY_ID ",
            "secrets['AWS_ACCESS_KEY_ID' ",
            8,
        ),
        (
            "secrets.AWS_ACCESS_KEY_ID ",
            "secrets.\"AWS_ACCESS_KEY_ID\" ",
            8,
        ),
        ("env.AWS_REGION ", "env.AWS_REGION ? 'a' ", 12),
        ("${{ env.AWS_REGION }}", "${{ env.AWS_REGION }", 12),
        ("github.ref == 'x'", "github.ref = 'x'", 13),
        ("aws s3 ls", "aws s3 ls s3://${{ }}", 14),
    ] {
        let text = text.replacen(from, to, 1);
        let (signed_in, reports) = outcome(&text);
        assert_eq!(signed_in, 1, "{text}{reports:#?}");
        let place = format!("{CI}:{line}: job a stays on static keys: GitHub's parser refuses `");
        assert!(
            reports.iter().any(|it| it.starts_with(&place)),
            "{text}{reports:#?}"
        );
    }
    // What is no expression of the job is none of its matters.
    for to in ["on: push # ${{ x", "on: push\nname: a\nrun-name: b ${ {"] {
        assert_eq!(outcome(&text.replacen("on: push", to, 1)).0, 2, "{to}");
    }
}

#[test]
fn what_is_no_name_on_github_is_refused_at_its_place() {
    let plan = |job: &str, (from, to): (&str, &str)| {
        let ci = workflow(&[(job, "", &configure("v4", &KEYS.replace(from, to)))]);
        Tree::new([(CI, ci.as_str())])
            .plan("", Selection::default())
            .unwrap()
    };
    for name in ["A$(touch x)", "A B", "1A", "é", "A\\nB", "A`x`"] {
        for part in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let read = format!("secrets['{name}']");
            let plan = plan("eu", (&format!("secrets.{part} "), &format!("{read} ")));
            assert_eq!(changed_paths(&plan), [""; 0], "{name}");
            let reports = reports(&plan);
            let why = format!("`{name}` is no name that GitHub takes in `secrets`");
            assert!(reports.iter().any(|it| it.contains(&why)), "{reports:#?}");
            assert_eq!(plan.free_secrets, [""; 0]);
        }
    }
    let plan_of_job = plan("\"a$(touch x)\"", ("", ""));
    assert_eq!(changed_paths(&plan_of_job), [""; 0]);
    let reports = reports(&plan_of_job);
    let why = "`a$(touch x)` is no name that GitHub takes for a job";
    assert!(reports.iter().any(|it| it.contains(why)), "{reports:#?}");
    // A called workflow may declare such names, and its callers read them.
    let hyphens = plan(
        "eu",
        ("secrets.AWS_ACCESS_KEY_ID ", "secrets.aws-access-key-id "),
    );
    assert_eq!(changed_paths(&hyphens), [CI]);
}

#[test]
fn a_region_that_a_script_reads_is_asked_for() {
    let env = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let ci = workflow(&[("sync", env, "      - run: ./sync\n")]);
    let region = |script: &str| {
        let tree = Tree::new([(CI, ci.as_str()), ("sync", script)]);
        let plan = tree.plan("", Selection::default()).unwrap();
        plan.changes.len()
    };
    for other in [
        "aws s3 ls\n",
        "export AWS_REGION=eu-west-1\naws s3 ls\n",
        "{ \"AWS_REGION\": [1] }\n",
    ] {
        assert_eq!(region(other), 1, "{other}");
    }
    for reader in [
        "aws s3 ls --region \"${AWS_REGION:-eu-west-1}\"\n",
        "region = os.environ[\"AWS_REGION\"]\n",
        "docker run -e AWS_REGION image\n",
    ] {
        assert_eq!(region(reader), 0, "{reader}");
    }
}

const CALLED: &str = "on:
  workflow_call:
    inputs: { stage: { type: string } }
    secrets:
      key: { required: false }
      secret: { required: false }
jobs:
  up:
    runs-on: ubuntu-latest
    environment: ${{ inputs.stage }}
    permissions: { contents: read }
    steps:
      - run: aws s3 ls
        env:
          AWS_ACCESS_KEY_ID: ${{ secrets.key }}
          AWS_SECRET_ACCESS_KEY: ${{ secrets.secret }}
          AWS_REGION: eu-west-1
";

/// A job that calls it, with what it hands on.
fn caller(with: &str) -> String {
    format!(
        "on: push\npermissions: {{ contents: read }}\njobs:\n  go:\n    uses: \
         ./.github/workflows/called.yml\n{with}"
    )
}

const HANDED: &str = "    with: { stage: dev }\n    secrets:\n      key: ${{ secrets.AWS_ACCESS_KEY_ID \
                      }}\n      secret: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

#[test]
fn a_called_job_has_the_token_and_its_callers_have_the_secrets() {
    let tree = Tree::new([
        (".github/workflows/called.yml", CALLED),
        (CI, &caller(HANDED)),
    ]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        commands(&plan, "trust policy"),
        ["repo:OWNER/REPOSITORY:environment:dev"]
    );
    assert_eq!(
        commands(&plan, "in each environment"),
        ["gh variable set AWS_OIDC_ROLE_ARN --body arn:aws:iam::<ACCOUNT>:role/<ROLE> --env dev"]
    );
    assert_eq!(
        commands(&plan, "delete the secrets"),
        [
            "gh secret delete AWS_ACCESS_KEY_ID",
            "gh secret delete AWS_SECRET_ACCESS_KEY"
        ]
    );
}

#[test]
fn a_caller_without_keys_is_let_sign_in_with_a_yes() {
    let keyless = caller("    with: { stage: dev }\n").replace("on: push", "on: schedule");
    let tree = Tree::new([
        (".github/workflows/called.yml", CALLED),
        (CI, &caller(HANDED)),
        (".github/workflows/nightly.yml", &keyless),
    ]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
    assert_eq!(
        reports(&plan),
        [
            ".github/workflows/called.yml:15: job up signs in by OIDC, together with job go of \
          .github/workflows/ci.yml, job go of .github/workflows/nightly.yml; job go passes no keys \
          in, and what it calls would sign in all the same"
        ]
    );
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(
        after(&plan, ".github/workflows/nightly.yml"),
        keyless.replace("contents: read }", "contents: read, id-token: write }")
    );
    let arn = "ci { role = \"secrets.AWS_OIDC_ROLE_ARN\" }\n";
    let plan = tree.plan(arn, reviewed()).unwrap();
    assert_eq!(
        reports(&plan),
        [
            ".github/workflows/nightly.yml:4: job go stays on static keys: it passes no keys to the \
          workflow that it calls, and would have to hand a role in; with it stay job up of \
          .github/workflows/called.yml, job go of .github/workflows/ci.yml"
        ]
    );
}

#[test]
fn an_action_is_left_that_a_job_uses_without_keys() {
    let action = format!(
        "inputs: {{ id: {{}}, key: {{}} }}\nruns:\n  using: composite\n  steps:\n{}",
        configure("v4", KEYS)
            .replace("secrets.AWS_ACCESS_KEY_ID", "inputs.id")
            .replace("secrets.AWS_SECRET_ACCESS_KEY", "inputs.key")
            .replace("\n      ", "\n    ")
            .replacen("      -", "    -", 1)
    );
    let with = "        with:\n          id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let workflow = workflow(&[
        ("keyed", "", &format!("      - uses: ./act\n{with}")),
        ("keyless", "", "      - uses: ./act\n"),
    ]);
    let tree = Tree::new([("act/action.yml", action.as_str()), (CI, &workflow)]);
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
    assert_eq!(
        reports(&plan),
        [
            "act/action.yml:1: the action stays on static keys: job keyless of \
          .github/workflows/ci.yml uses it and passes no keys in; with it stay job keyed of \
          .github/workflows/ci.yml"
        ]
    );
}

#[test]
fn a_job_whose_scripts_know_no_session_token_is_converted_with_a_yes() {
    let steps = format!("{}      - run: ./put.sh\n", configure("v4", KEYS));
    let workflow = workflow(&[("put", "", &steps)]);
    let script =
        "curl --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" --aws-sigv4 aws https://x\n";
    let tree = Tree::new([(CI, workflow.as_str()), ("tools/put.sh", script)]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
    assert_eq!(
        reports(&plan)[0],
        ".github/workflows/ci.yml:12: job put signs in by OIDC; it runs tools/put.sh, which takes \
         keys without AWS_SESSION_TOKEN"
    );
    let known = script.replace(
        "https",
        "-H \"x-amz-security-token: $AWS_SESSION_TOKEN\" https",
    );
    let tree = Tree::new([(CI, workflow.as_str()), ("tools/put.sh", &known)]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), [CI]);
}

#[test]
fn what_would_lose_its_keys_or_get_a_strange_token_stays() {
    let env = "        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          AWS_REGION: eu-west-1\n";
    let minio = "        env:\n          AWS_ACCESS_KEY_ID: minio\n          AWS_SECRET_ACCESS_KEY: minio123\n";
    let outputs = "          output-credentials: true\n";
    for (steps, why) in [
        (
            format!(
                "      - run: ./sign | aws s3 cp - s3://b/k\n        if: ${{{{ env.SIGN }}}}\n{env}          SIGN: ${{{{ secrets.SIGN }}}}\n"
            ),
            "the `if` of a step reads `env.SIGN`, which only that step has",
        ),
        (
            format!(
                "{}      - run: aws --endpoint-url http://localhost:9000 s3 ls\n{minio}",
                configure("v4", KEYS)
            ),
            "the keys here are not AWS's, and would be sent with AWS's session token",
        ),
        (
            configure("v4", &format!("{KEYS}{outputs}")),
            "its outputs hand keys on, and no session token with them",
        ),
    ] {
        let text = workflow(&[("a", "", &steps)]);
        let tree = Tree::new([(CI, text.as_str())]);
        let plan = tree.plan("", reviewed()).unwrap();
        assert_eq!(changed_paths(&plan), Vec::<String>::new(), "{steps}");
        let said = reports(&plan);
        assert!(
            said[0].ends_with(&format!("stays on static keys: {why}")),
            "{said:?}"
        );
    }
    // Without an endpoint of their own such keys are a mock's, which looks at no token.
    let mock = format!("{}      - run: pytest\n{minio}", configure("v4", KEYS));
    let mock = workflow(&[("a", "", &mock)]);
    let tree = Tree::new([(CI, mock.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), [CI]);
}

#[test]
fn an_action_that_reads_the_keys_of_the_environment_stays_with_its_job() {
    let action = "runs:\n  using: composite\n  steps:\n    - uses: example/put@v1\n      with:\n        key: ${{ env.AWS_ACCESS_KEY_ID }}\n    - uses: aws-actions/configure-aws-credentials@v4\n      with:\n        aws-access-key-id: ${{ env.AWS_ACCESS_KEY_ID }}\n        aws-secret-access-key: ${{ env.AWS_SECRET_ACCESS_KEY }}\n        aws-region: eu-west-1\n";
    let head = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n";
    let text = workflow(&[("a", head, "      - uses: ./act\n      - run: aws s3 ls\n")]);
    let tree = Tree::new([("act/action.yml", action), (CI, text.as_str())]);
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
    assert!(
        reports(&plan)[0].ends_with("with it stay job a of .github/workflows/ci.yml"),
        "{:?}",
        reports(&plan)
    );
}

#[test]
fn the_region_of_a_script_that_hands_keys_on_stays() {
    let action = "inputs:\n  key-id: {}\n  secret-key: {}\n  place: {}\nruns:\n  using: composite\n  steps:\n    - name: Login\n      shell: bash\n      run: |\n        aws configure set aws_access_key_id ${{ inputs.key-id }}\n        aws configure set aws_secret_access_key ${{ inputs.secret-key }}\n        aws configure set region ${{ inputs.place }}\n";
    let with = "        with:\n          key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          secret-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          place: eu-west-1\n";
    let text = workflow(&[("a", "", &format!("      - uses: ./act\n{with}"))]);
    let tree = Tree::new([("act/action.yml", action), (CI, text.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert!(after(&plan, "act/action.yml").contains("\n  place: {}\n"));
    assert!(after(&plan, "act/action.yml").contains("aws-region: ${{ inputs.place }}\n"));
    assert!(after(&plan, CI).contains("          place: eu-west-1\n"));
}
