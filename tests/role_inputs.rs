//! Actions and called workflows that take a role beside the keys: no second input is added.

use crate::support::Tree;
use engine::plan::Plan;
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";
const CALLED: &str = ".github/workflows/tf.yml";
const ACTION: &str = "login/action.yml";

const KEYS: &str = "aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

fn job(steps: &str) -> String {
    format!(
        "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}      - run: aws s3 ls\n"
    )
}

fn login(role: &str) -> String {
    format!("      - uses: ./login\n        with:\n          {KEYS}{role}")
}

fn action(input: &str, role: &str) -> String {
    format!(
        "inputs:\n  aws-access-key-id:\n    required: true\n  aws-secret-access-key:\n    required: true\n{input}runs:\n  using: composite\n  steps:\n    - uses: aws-actions/configure-aws-credentials@v4\n      with:\n        aws-access-key-id: ${{{{ inputs.aws-access-key-id }}}}\n        aws-secret-access-key: ${{{{ inputs.aws-secret-access-key }}}}\n{role}        aws-region: eu-west-1\n"
    )
}

fn plan(files: &[(&str, &str)]) -> Plan {
    let tree = Tree::new(files.iter().copied());
    tree.plan("", Selection::default()).unwrap()
}

fn after<'p>(plan: &'p Plan, path: &str) -> &'p str {
    let mut changes = plan.changes.iter();
    let change = changes.find(|change| change.path.ends_with(path));
    let change = change.unwrap_or_else(|| panic!("{path}: {:?}", plan.findings));
    &change.after
}

#[test]
fn an_action_that_takes_a_role_gets_no_input_for_another() {
    const INPUT: &str = "  role:\n    required: true\n";
    const OPTIONAL: &str = "  role:\n    default: \"\"\n";
    const DEFAULT: &str = "  role:\n    default: arn:aws:iam::111111111111:role/x\n";
    const TAKEN: &str = "        role-to-assume: ${{ inputs.role }}\n";
    const LITERAL: &str = "        role-to-assume: arn:aws:iam::111111111111:role/x\n";
    const NEW: &str =
        "  role-to-assume:\n    description: ARN of the IAM role to assume\n    required: true\n";
    const GIVEN: &str = "          role: ${{ vars.DEPLOY }}\n";
    const ADDED: &str = "        with:\n          role: ${{ vars.AWS_OIDC_ROLE_ARN }}\n";
    for (input, role, given, inputs, with) in [
        (
            INPUT,
            TAKEN,
            GIVEN,
            INPUT,
            "        with:\n          role: ${{ vars.DEPLOY }}\n",
        ),
        (
            OPTIONAL,
            TAKEN,
            GIVEN,
            OPTIONAL,
            "        with:\n          role: ${{ vars.DEPLOY }}\n",
        ),
        // Without a role its keys were enough: the role of the job goes by the input that is there.
        (OPTIONAL, TAKEN, "", OPTIONAL, ADDED),
        (DEFAULT, TAKEN, "", DEFAULT, ""),
        ("", LITERAL, "", "", ""),
        // None is taken.
        (
            "",
            "",
            "",
            NEW,
            "        with:\n          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}\n",
        ),
    ] {
        let before = action(input, role);
        let plan = plan(&[(CI, &job(&login(given))), (ACTION, &before)]);
        let role = match role {
            "" => "        role-to-assume: ${{ inputs.role-to-assume }}\n",
            role => role,
        };
        let inputs = match inputs {
            "" => String::new(),
            inputs => format!("inputs:\n{inputs}"),
        };
        let expected = format!(
            "{inputs}runs:\n  using: composite\n  steps:\n    - uses: aws-actions/configure-aws-credentials@v4\n      with:\n{role}        aws-region: eu-west-1\n"
        );
        assert_eq!(after(&plan, ACTION), expected, "{before}");
        let expected = format!("      - uses: ./login\n{with}      - run: aws s3 ls\n");
        let ci = after(&plan, CI);
        assert!(ci.contains(&expected), "{before}{ci}");
    }
}

#[test]
fn a_called_workflow_that_takes_a_role_gets_no_input_for_another() {
    const DECLARED: &str = "    secrets:\n      AWS_ACCESS_KEY_ID:\n      AWS_SECRET_ACCESS_KEY:\n";
    const PASSED: &str = "    secrets:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    const INPUT: &str = "    inputs:\n      role:\n        type: string\n";
    for (input, role, with) in [
        (INPUT, "${{ inputs.role }}", "    with:\n      role: r\n"),
        ("", "arn:aws:iam::111111111111:role/x", ""),
    ] {
        let deploy = format!(
            "on:\n  workflow_call:\n{input}{DECLARED}permissions:\n  contents: read\njobs:\n  tf:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          {KEYS}          role-to-assume: {role}\n          aws-region: eu-west-1\n      - run: aws s3 ls\n"
        );
        let caller = format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    uses: ./{CALLED}\n{with}{PASSED}"
        );
        let plan = plan(&[(CALLED, &deploy), (CI, &caller)]);
        let head = format!("on:\n  workflow_call:\n{input}permissions:");
        assert!(
            after(&plan, CALLED).starts_with(&head),
            "{}",
            after(&plan, CALLED)
        );
        let expected = format!("    uses: ./{CALLED}\n{with}");
        assert!(
            after(&plan, CI).ends_with(&expected),
            "{}",
            after(&plan, CI)
        );
    }
}

#[test]
fn all_secrets_go_to_a_workflow_that_declares_none() {
    for on in ["workflow_call", "[workflow_call]", "{ workflow_call: }"] {
        let deploy = format!(
            "on: {on}\njobs:\n  tf:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          {KEYS}          aws-region: eu-west-1\n      - run: aws s3 ls\n"
        );
        let caller = format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    uses: ./{CALLED}\n    secrets: inherit\n"
        );
        let plan = plan(&[(CALLED, &deploy), (CI, &caller)]);
        let role = "        with:\n          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}\n";
        assert!(after(&plan, CALLED).contains(role), "{on}");
        assert!(
            after(&plan, CALLED).starts_with(&format!("on: {on}\n")),
            "{on}"
        );
        assert!(after(&plan, CI).contains("  id-token: write\n"), "{on}");
    }
}
