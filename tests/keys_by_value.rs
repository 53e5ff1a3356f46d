//! Keys whose name is put together from a value of the matrix, and actions that take keys twice.

use std::path::Path;

use engine::selection::Selection;

use crate::support::Tree;

const ACCOUNTS: &str = "account \"dev\" {\n  id = \"111111111111\"\n}\naccount \"live\" {\n  id = \"222222222222\"\n}\n";

/// The files once the plan is applied to root modules `dev` and `live`, of an account each.
fn applied(files: &[(&str, &str)]) -> Tree {
    let provider = |id: &str| {
        format!(
            "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let (dev, live) = (provider("111111111111"), provider("222222222222"));
    let roots = [("dev/main.tf", &*dev), ("live/main.tf", &*live)];
    let tree = Tree::new(roots.into_iter().chain(files.iter().copied()));
    let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
    tree.with(&plan)
}

fn keeps_role(tree: &Tree, root: &str) -> bool {
    tree.0[&Path::new(root).join("main.tf")].contains("assume_role {")
}

#[test]
fn a_name_that_is_put_together_names_a_role_for_each_value() {
    let job = |property: &str, directory: &str| {
        format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        env: [dev, live]\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets[format('{{0}}_AWS_ACCESS_KEY_ID', {property})] }}}}\n          aws-secret-access-key: ${{{{ secrets[format('{{0}}_AWS_SECRET_ACCESS_KEY', {property})] }}}}\n          aws-region: eu-west-1\n      - run: terraform -chdir={directory} apply\n"
        )
    };
    let path = ".github/workflows/ci.yml";
    let ci = job("matrix.env", "${{ matrix.env }}");
    let after = applied(&[(path, &ci)]);
    let text = &after.0[Path::new(path)];
    let role = "vars[format('{0}_AWS_OIDC_ROLE_ARN', matrix.env)]";
    assert!(text.contains(role), "{text}");
    assert!(!keeps_role(&after, "dev") && !keeps_role(&after, "live"));
    // Of a branch no value is known, so that one role would serve both.
    let ci = job("github.ref_name", "${{ matrix.env }}");
    let after = applied(&[(path, &ci)]);
    assert!(keeps_role(&after, "dev") && keeps_role(&after, "live"));
}

#[test]
fn an_action_that_takes_keys_twice_signs_in_as_they_did() {
    let action = "name: tf\ninputs:\n  dir: {required: true}\n  key: {required: true}\n  secret: {required: true}\nruns:\n  using: composite\n  steps:\n    - uses: aws-actions/configure-aws-credentials@v4\n      with:\n        aws-access-key-id: ${{ inputs.key }}\n        aws-secret-access-key: ${{ inputs.secret }}\n        aws-region: eu-west-1\n    - shell: bash\n      run: terraform apply\n      working-directory: ${{ inputs.dir }}\n";
    let step = |directory: &str| {
        format!(
            "      - uses: ./.github/actions/tf\n        with:\n          dir: {directory}\n          key: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          secret: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n"
        )
    };
    let job = |steps: &str| {
        format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n{steps}"
        )
    };
    let path = ".github/workflows/ci.yml";
    for (steps, stays) in [
        (step("dev") + &step("live"), true),
        (step("dev") + &step("dev"), false),
        (step("dev"), false),
    ] {
        let ci = job(&steps);
        let files = [(path, &*ci), (".github/actions/tf/action.yml", action)];
        let after = applied(&files);
        assert_eq!(keeps_role(&after, "dev"), stays, "{ci}");
        let text = &after.0[Path::new(path)];
        assert!(!text.contains("secrets.AWS_ACCESS_KEY_ID"), "{text}");
        assert!(text.contains("${{ vars.AWS_OIDC_ROLE_ARN }}"), "{text}");
    }
}

#[test]
fn a_choice_of_a_form_is_known_by_both_of_its_names() {
    let job = |on: &str, directory: &str| {
        format!(
            "on:\n{on}permissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: terraform -chdir=${{{{ {directory} }}}} apply\n"
        )
    };
    let form =
        "  workflow_dispatch:\n    inputs:\n      env: {type: choice, options: [dev, live]}\n";
    let path = ".github/workflows/ci.yml";
    for (on, directory, is_known) in [
        (form.to_owned(), "inputs.env", true),
        (form.to_owned(), "github.event.inputs.env", true),
        (form.to_owned(), "github.event.inputs.other", false),
        // What a caller passes is no part of the event.
        (
            "  workflow_call:\n    inputs:\n      env: {type: string, default: dev}\n".to_owned(),
            "github.event.inputs.env",
            false,
        ),
        // A push has no form.
        (format!("{form}  push:\n"), "github.event.inputs.env", false),
    ] {
        let ci = job(&on, directory);
        let after = applied(&[(path, &ci)]);
        let keeps = keeps_role(&after, "dev") || keeps_role(&after, "live");
        assert_eq!(!keeps, is_known, "{ci}");
    }
}
