//! What a variable or secret holds is not in the repository: a name that something else reads already is none for a
//! role in place of keys whose account is known.

use engine::selection::Selection;

use crate::support::{Tree, reviewed};

const CI: &str = ".github/workflows/tf.yml";
const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }\n";
const MODULE: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
const KEYS: &str = "aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

/// A step that signs in by these inputs.
fn sign_in(inputs: &str) -> String {
    format!(
        "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-region: eu-west-1\n          {inputs}"
    )
}

/// A job that has keys of dev, with more in its head and before `terraform apply`, and other jobs.
fn workflow(head: &str, steps: &str, others: &str) -> String {
    format!(
        "on: push\npermissions:\n  contents: read\n  id-token: write\njobs:\n  dev:\n    runs-on: ubuntu-latest\n{head}    steps:\n      - uses: actions/checkout@v4\n{}{steps}      - run: terraform apply\n{others}",
        sign_in(KEYS)
    )
}

/// Another job with these lines.
fn other(lines: &str) -> String {
    format!("  prod:\n    runs-on: ubuntu-latest\n{lines}")
}

/// The role that takes the place of the keys of job `dev`; `waits` where that needs review.
fn role(ci: &str, config: &str, files: &[(&str, &str)]) -> String {
    let files = files.iter().copied();
    let tree = Tree::new(files.chain([(CI, ci), ("main.tf", MODULE)]));
    let config = format!("{CONFIG}{config}");
    let of = |selection| {
        let plan = tree.plan(&config, selection).unwrap();
        let change = plan
            .changes
            .into_iter()
            .find(|it| it.path.ends_with("tf.yml"));
        let after = change?.after;
        let (_, job) = after.split_once("  dev:\n")?;
        let job = job.split("\n  prod:").next()?;
        let line = job.lines().find(|line| line.contains("role-to-assume:"))?;
        Some(line.split_once(": ")?.1.to_owned())
    };
    let (safe, asked) = (of(Selection::default()), of(reviewed()));
    match (safe, asked) {
        (Some(safe), Some(asked)) => {
            assert_eq!(safe, asked, "{ci}");
            safe
        }
        (None, Some(asked)) => format!("waits: {asked}"),
        (safe, None) => panic!("{safe:?}: {ci}"),
    }
}

const USUAL: &str = "${{ vars.AWS_OIDC_ROLE_ARN }}";
const OWN: &str = "${{ vars.DEV_AWS_OIDC_ROLE_ARN }}";

#[test]
fn a_variable_that_something_else_reads_is_not_taken_for_a_known_account() {
    let reads = "echo ${{ vars.AWS_OIDC_ROLE_ARN }}";
    for ci in [
        // Another job, in its environment, its script, its outputs, its matrix.
        workflow(
            "",
            "",
            &other(
                "    env:\n      ROLE: ${{ vars.AWS_OIDC_ROLE_ARN }}\n    steps:\n      - run: aws sts assume-role --role-arn $ROLE\n",
            ),
        ),
        workflow(
            "",
            "",
            &other(&format!(
                "    steps:\n      - id: role\n        run: {reads} >> $GITHUB_OUTPUT\n{}",
                sign_in("role-to-assume: ${{ steps.role.outputs.role }}\n")
            )),
        ),
        workflow(
            "",
            "",
            &other(
                "    outputs:\n      role: ${{ vars.AWS_OIDC_ROLE_ARN }}\n    steps:\n      - run: \"true\"\n",
            ),
        ),
        workflow(
            "",
            "",
            &other(
                "    strategy:\n      matrix:\n        role: [\"${{ vars.AWS_OIDC_ROLE_ARN }}\"]\n    steps:\n      - run: \"true\"\n",
            ),
        ),
        workflow(
            "",
            "",
            &other(
                "    steps:\n      - run: aws sts assume-role-with-web-identity --role-arn ${{ vars['aws_oidc_role_arn'] }}\n",
            ),
        ),
        workflow(
            "",
            "",
            &other(
                "    steps:\n      - run: ./x\n        env:\n          ROLE: ${{ vars.AWS_OIDC_ROLE_ARN || 'x' }}\n",
            ),
        ),
        // The job itself, beside its keys.
        workflow(
            "    env:\n      ROLE: ${{ vars.AWS_OIDC_ROLE_ARN }}\n",
            "",
            "",
        ),
        workflow(
            "",
            "      - run: aws sts assume-role --role-arn ${{ vars.AWS_OIDC_ROLE_ARN }}\n",
            "",
        ),
        // An input of another name.
        workflow(
            "",
            "",
            "  prod:\n    uses: ./.github/workflows/called.yml\n    with:\n      arn: ${{ vars.AWS_OIDC_ROLE_ARN }}\n",
        ),
    ] {
        assert_eq!(role(&ci, "", &[]), OWN, "{ci}");
    }
    // The environment of a workflow is of each of its jobs.
    let shared = workflow("", "", "").replace(
        "jobs:\n",
        "env:\n  ROLE: ${{ vars.AWS_OIDC_ROLE_ARN }}\njobs:\n",
    );
    assert_eq!(role(&shared, "", &[]), OWN);
    // Another workflow, and one that cannot be read.
    for text in [
        "on: push\njobs:\n  a:\n    runs-on: x\n    env: { ROLE: \"${{ vars.AWS_OIDC_ROLE_ARN }}\" }\n    steps: []\n",
        "on: push\njobs:\n  a: [\n    role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}\n",
    ] {
        let ci = workflow("", "", "");
        assert_eq!(
            role(&ci, "", &[(".github/workflows/other.yml", text)]),
            OWN,
            "{text}"
        );
    }
}

#[test]
fn a_job_that_signs_in_by_the_variable_already_has_the_other_wait() {
    let role_input = sign_in("role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}\n");
    let by_role = other(&format!("    steps:\n{role_input}"));
    let expected = format!("waits: {USUAL}");
    let ci = workflow("", "", &by_role);
    assert_eq!(role(&ci, "", &[]), expected);
    let named = ci.replace("AWS_OIDC_ROLE_ARN", "PROD_ROLE_ARN");
    let config = "ci { role = \"vars.PROD_ROLE_ARN\" }\n";
    assert_eq!(
        role(&named, config, &[]),
        "waits: ${{ vars.PROD_ROLE_ARN }}"
    );
    let secret = named.replace("vars.PROD", "secrets.PROD");
    let config = "ci { role = \"secrets.PROD_ROLE_ARN\" }\n";
    assert_eq!(
        role(&secret, config, &[]),
        "waits: ${{ secrets.PROD_ROLE_ARN }}"
    );
    let called = workflow(
        "",
        "",
        "  prod:\n    uses: ./.github/workflows/called.yml\n    with:\n      role: ${{ vars.AWS_OIDC_ROLE_ARN }}\n",
    );
    assert_eq!(role(&called, "", &[]), expected);
    // The configuration tells whose role that is.
    for (account, expected) in [("dev", USUAL), ("live", OWN)] {
        let answer = format!("role \"vars.AWS_OIDC_ROLE_ARN\" {{ account = \"{account}\" }}\n");
        assert_eq!(role(&ci, &answer, &[]), expected, "{account}");
        assert_eq!(role(&called, &answer, &[]), expected, "{account}");
        let read = workflow(
            "    env:\n      ROLE: ${{ vars.AWS_OIDC_ROLE_ARN }}\n",
            "",
            "",
        );
        assert_eq!(role(&read, &answer, &[]), expected, "{account}");
    }
}

#[test]
fn a_variable_that_nothing_else_reads_is_the_usual_one() {
    let usual = |ci: &str| assert_eq!(role(ci, "", &[]), USUAL, "{ci}");
    usual(&workflow("", "", ""));
    usual(&workflow("    # ${{ vars.AWS_OIDC_ROLE_ARN }}\n", "", ""));
    usual(&workflow(
        "    env:\n      A: ${{ vars.OTHER }} AWS_OIDC_ROLE_ARN\n",
        "",
        "",
    ));
    usual(&workflow(
        "",
        "",
        &other(&format!(
            "    steps:\n{}",
            sign_in("role-to-assume: ${{ vars.OTHER }}\n")
        )),
    ));
    let ci = workflow(
        "    env:\n      ROLE: ${{ vars.AWS_OIDC_ROLE_ARN }}\n",
        "",
        "",
    );
    let config = "ci { role = \"arn:aws:iam::{id}:role/ci\" }\n";
    assert_eq!(role(&ci, config, &[]), "arn:aws:iam::111111111111:role/ci");
}
