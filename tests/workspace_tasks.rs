//! nx, turbo and lerna run scripts of packages: a job that calls one runs what the script runs.

use engine::selection::Selection;

use crate::support::{Tree, changed};

const CI: &str = ".github/workflows/ci.yml";
const ACCOUNTS: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n";
const ROLE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

/// The role of a job that runs a command by static keys: `dev` where it runs the root module, `shared` where it does
/// not.
fn account(command: &str, files: &[(&str, &str)]) -> &'static str {
    let ci = format!(
        "on: push\npermissions: {{ contents: read }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: {command}\n"
    );
    let files = files.iter().copied();
    let tree = Tree::new(files.chain([(CI, ci.as_str()), ("infra/main.tf", ROLE)]));
    let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
    let change = plan.changes.iter().find(|it| it.path.ends_with("ci.yml"));
    let after = change.map(|it| it.after.clone()).unwrap_or_default();
    let goes = changed(&plan).contains(&"infra/main.tf".to_owned());
    match (
        after.contains(":111111111111:"),
        after.contains(":333333333333:"),
    ) {
        (true, _) => "dev",
        // The root module is another's, and loses its role.
        (_, true) if goes => "shared",
        (_, true) => "shared, the role stays",
        _ => "none",
    }
}

const PACKAGE: (&str, &str) = (
    "infra/package.json",
    "{\"name\": \"@x/infra\", \"scripts\": {\"apply\": \"terraform apply\", \"build\": \"tsc\", \"deploy\": \"npm run apply\"}}",
);
const PROJECT: (&str, &str) = (
    "infra/project.json",
    "{\"name\": \"infra\", \"targets\": {\"apply\": {\"executor\": \"nx:run-commands\", \"options\": {\"command\": \"terraform apply\", \"cwd\": \"infra\"}}, \"lint\": {\"command\": \"tflint\"}}}",
);

#[test]
fn a_task_of_a_package_runs_its_root_module() {
    for (command, file) in [
        ("turbo run deploy", PACKAGE),
        ("npx turbo deploy --filter=@x/infra", PACKAGE),
        ("pnpm turbo run apply", PACKAGE),
        ("lerna run apply", PACKAGE),
        ("npx lerna run deploy --scope @x/infra", PACKAGE),
        ("npx lerna exec -- terraform apply", PACKAGE),
        ("npx nx run infra:apply", PROJECT),
        ("npx nx apply infra", PROJECT),
        ("yarn nx run-many -t apply", PROJECT),
        ("nx affected --target=apply", PROJECT),
        ("nx apply @x/infra", PACKAGE),
    ] {
        assert_eq!(account(command, &[file]), "dev", "{command}");
    }
    let root = (
        "package.json",
        "{\"scripts\": {\"infra\": \"nx run infra:apply\"}}",
    );
    assert_eq!(account("npm run infra", &[root, PROJECT]), "dev");
    let turbo = (
        "turbo.json",
        "{\"tasks\": {\"ship\": {\"dependsOn\": [\"^apply\"]}}}",
    );
    assert_eq!(account("turbo run ship", &[turbo, PACKAGE]), "dev");
}

#[test]
fn a_task_that_runs_no_terraform_is_none_of_it() {
    for (command, file) in [
        ("turbo run build", PACKAGE),
        ("npx nx lint infra", PROJECT),
        ("npx nx run-many -t lint test", PROJECT),
        ("npx nx graph", PROJECT),
        ("lerna run build", PACKAGE),
        ("lerna bootstrap", PACKAGE),
    ] {
        let command = format!("{command} && aws s3 ls");
        assert_eq!(account(&command, &[file]), "shared", "{command}");
    }
}
