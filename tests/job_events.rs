//! Jobs that others may start, and what reaches them.

use std::path::Path;

use engine::selection::Selection;

use crate::support::{Tree, reports};

const CI: &str = ".github/workflows/ci.yml";

fn workflow(on: &str, job: &str, steps: &str) -> String {
    format!(
        "on: {on}\npermissions: {{ id-token: write }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n{job}    \
         steps:\n{steps}      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
         aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ \
         secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: terraform apply\n"
    )
}

#[test]
fn a_job_after_another_workflow_signs_in_where_nothing_of_a_fork_reaches_it() {
    const AFTER: &str = "{ workflow_run: { workflows: [ci], branches: [main] } }";
    const OWN: &str =
        "    if: github.event.workflow_run.head_repository.full_name == github.repository\n";
    const CHECKOUT: &str = "      - uses: actions/checkout@v4\n";
    const HEAD: &str = "      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.workflow_run.head_sha }}\n";
    for (on, job, steps, signs_in) in [
        (AFTER, "", CHECKOUT, true),
        (AFTER, "", HEAD, false),
        (AFTER, OWN, HEAD, true),
        ("pull_request_target", "", CHECKOUT, false),
        ("[workflow_run, pull_request_target]", OWN, CHECKOUT, false),
    ] {
        let text = workflow(on, job, steps);
        let tree = Tree::new([(CI, text.as_str())]);
        let plan = tree.plan("", Selection::default()).unwrap();
        let after = &tree.with(&plan).0[Path::new(CI)];
        assert_eq!(after.contains("role-to-assume"), signs_in, "{text}");
        let reports = reports(&plan).join("\n");
        assert_eq!(
            reports.contains("on what others wrote"),
            !signs_in,
            "{reports}"
        );
    }
}

#[test]
fn pull_requests_of_forks_and_of_dependabot_are_named() {
    for (on, job, is_named) in [
        ("pull_request", "", true),
        ("[push, pull_request]", "", true),
        (
            "[push, pull_request]",
            "    if: github.event_name == 'push'\n",
            false,
        ),
        ("push", "", false),
    ] {
        let text = workflow(on, job, "");
        let tree = Tree::new([(CI, text.as_str())]);
        let plan = tree.plan("", Selection::default()).unwrap();
        let notes = plan.findings.iter().flat_map(|it| &it.notes);
        let notes: Vec<&String> = notes.collect();
        let is_noted = notes.iter().any(|it| it.contains("Dependabot"));
        assert_eq!(is_noted, is_named, "{on} {job}: {notes:?}");
    }
}

/// What is reported of a plan that makes no change.
fn held(text: &str, config: &str) -> String {
    let tree = Tree::new([(CI, text)]);
    let plan = tree.plan(config, Selection::default()).unwrap();
    reports(&plan).join("\n")
}

#[test]
fn a_role_in_the_environment_of_the_action_is_no_role_of_the_keys() {
    let named = "    env: { ROLE_TO_ASSUME: x }\n";
    let text = workflow("push", named, "");
    let why = "the action reads `ROLE_TO_ASSUME` of its environment as `role-to-assume`";
    assert!(held(&text, "").contains(why), "{}", held(&text, ""));
    for other in [
        text.replace("@v4", "@v4.1.0"),
        text.replace("ROLE_TO_ASSUME: x", "ROLE_TO_ASSUME: ''"),
        text.replace(
            "aws-region:",
            "role-to-assume: arn:aws:iam::111111111111:role/x\n          aws-region:",
        ),
    ] {
        assert_eq!(held(&other, ""), "", "{other}");
    }
}

#[test]
fn accounts_that_a_step_admits_have_that_of_its_role() {
    let config = "account \"dev\" { id = \"111111111111\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }\n";
    let allowed = |ids: &str| {
        let line = format!("allowed-account-ids: {ids}\n          aws-region:");
        workflow("push", "", "").replace("aws-region:", &line)
    };
    let why = "its `allowed-account-ids` has no 111111111111, the account of its role";
    let found = held(&allowed("\"222222222222\""), config);
    assert!(found.contains(why), "{found}");
    let both = "\"222222222222,111111111111\"";
    assert_eq!(held(&allowed(both), config), "");
    // The account of the keys is among them, or they could not sign in.
    assert_eq!(held(&allowed("${{ vars.IDS }}"), config), "");
}

#[test]
fn a_region_is_doubtful_where_the_job_itself_or_what_it_starts_reads_it() {
    let tree = |step: &str| {
        let text = workflow("push", "", "").replace("          aws-region: eu-west-1\n", "");
        let text = text.replace("terraform apply", step);
        // Keys in `env:` name no region.
        let start = text.find("      - uses: aws").unwrap();
        let text = format!(
            "{}      - run: {step}; aws s3 ls\n        env:\n          AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID \
             }}}}\n          AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n",
            &text[..start]
        );
        Tree::new([
            (CI, text.as_str()),
            ("tools/region.sh", "echo $AWS_REGION\n"),
            ("tools/other.sh", "aws s3 ls\n"),
            (
                "tools/report.py",
                "import os\nprint(os.environ['AWS_REGION'])\n",
            ),
            (
                "Makefile",
                "region:\n\t./tools/region.sh\nother:\n\t./tools/other.sh\n",
            ),
        ])
    };
    for (step, reader) in [
        ("aws s3 ls", ""),
        ("./tools/other.sh", ""),
        ("make other", ""),
        ("make region", "which `make region` reads"),
        ("./tools/region.sh", "which `./tools/region.sh` reads"),
        ("echo $AWS_DEFAULT_REGION", "which its scripts read"),
        ("python tools/report.py", "which tools/report.py reads"),
        ("python -m other", "which tools/report.py reads"),
        ("make -C elsewhere", "which tools/r"),
    ] {
        let plan = tree(step).plan("", Selection::default()).unwrap();
        let doubts: Vec<String> = reports(&plan)
            .into_iter()
            .filter(|it| it.contains("names no region"))
            .collect();
        let doubts = doubts.join("\n");
        assert_eq!(doubts.is_empty(), reader.is_empty(), "{step}: {doubts}");
        assert!(doubts.contains(reader), "{step}: {doubts}");
    }
}

#[test]
fn a_hosted_job_that_is_given_nothing_has_no_credentials() {
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    for (head, step, waits) in [
        ("", "", false),
        (
            "",
            "        env: { GH_TOKEN: '${{ secrets.GITHUB_TOKEN }}' }\n",
            false,
        ),
        ("", "        env: { T: '${{ secrets.T }}' }\n", true),
        (
            "    needs: b\n",
            "        env: { T: '${{ needs.b.outputs.t }}' }\n",
            true,
        ),
        ("    permissions: { id-token: write }\n", "", true),
    ] {
        let text = format!(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n{head}    steps:\n      - uses: \
             sigstore/cosign-installer@v4\n      - run: terraform init\n{step}"
        );
        let tree = Tree::new([("main.tf", backend), (CI, text.as_str())]);
        let config = "state_profile = \"shared\"\n";
        let plan = tree.plan(config, Selection::default()).unwrap();
        let is_made = plan
            .changes
            .iter()
            .any(|it| it.path == Path::new("main.tf"));
        assert_eq!(is_made, !waits, "{text}");
    }
}

#[test]
fn an_inserted_sign_in_inherits_no_inputs() {
    let job = |variable: &str| {
        format!(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n      AWS_REGION: eu-west-1\n{variable}    steps:\n      - run: aws s3 ls\n"
        )
    };
    for (name, input) in [
        ("ROLE_CHAINING", "role-chaining"),
        ("WEB_IDENTITY_TOKEN_FILE", "web-identity-token-file"),
    ] {
        let why = format!("the action reads `{name}` of its environment as `{input}`");
        let found = held(&job(&format!("      {name}: x\n")), "");
        assert!(found.contains(&why), "{found}");
        for other in [
            format!("      {name}: ''\n"),
            format!("      AWS_{name}: x\n"),
        ] {
            let found = held(&job(&other), "");
            assert!(!found.contains("of its environment as"), "{found}");
        }
        // A step's own `env:` is not that of the inserted one.
        let own = job("") + &format!("        env: {{ {name}: x }}\n");
        assert_eq!(held(&own, ""), "", "{own}");
    }
    // The role is an input of the step itself.
    assert_eq!(held(&job("      ROLE_TO_ASSUME: x\n"), ""), "");
}
