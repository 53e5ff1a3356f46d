//! Tests of modules (`terraform test`): their provider configurations, those of the modules that they run, and
//! their variables act by the same credentials as the tested module.

use std::path::Path;

use engine::selection::Selection;

use crate::support::{ROLE_1, Tree, changed, reports, reviewed};

const CONFIG: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\nci {\n  role = \"arn:aws:iam::{id}:role/ci\"\n}\n";
const TEST: &str = "run \"a\" {}\n";
const AMBIENT: &str = "provider \"aws\" {\n  region = \"us-east-1\"\n}\nrun \"a\" {}\n";
const SETUP: &str = "run \"s\" {\n  module {\n    source = \"./tests/setup\"\n  }\n}\n";
const KEYS: &str = "provider \"aws\" {\n  access_key = \"AKIAIOSFODNN7ZZZZZZZ\"\n  secret_key = \"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\"\n}\nrun \"a\" {}\n";
/// A resource of a module without providers.
const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {}\n";

/// A default provider with a role in that account.
fn role(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  region = \"us-east-1\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
    )
}

/// The files that change unasked, by name, with the number of findings that wait.
fn planned(files: &[(&str, &str)]) -> String {
    let tree = Tree::new(files.iter().copied());
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let waits = plan
        .findings
        .iter()
        .filter(|it| !it.applied && !it.edits.is_empty());
    let waits = waits.map(|it| it.at.path.display().to_string());
    let waits: Vec<String> = waits.collect();
    format!("{} | {}", changed(&plan).join(" "), waits.join(" "))
}

#[test]
fn providers_of_tests_act_where_the_tested_module_does() {
    let (dev, live) = (role("111111111111"), role("222222222222"));
    let alias = live.replace("region = \"us-east-1\"", "alias = \"other\"");
    let mocked = format!("mock_provider \"aws\" {{}}\n{SETUP}");
    for (files, expected) in [
        // Of the same account.
        (
            vec![("tests/a.tftest.hcl", dev.as_str())],
            "main.tf tests/a.tftest.hcl | ",
        ),
        (vec![("a.tftest.hcl", &dev)], "a.tftest.hcl main.tf | "),
        // Of another one: a profile of its own.
        (
            vec![("tests/a.tftest.hcl", &live)],
            "main.tf | tests/a.tftest.hcl",
        ),
        (vec![("a.tftest.hcl", &live)], "main.tf | a.tftest.hcl"),
        (vec![("a.tofutest.hcl", &live)], "main.tf | a.tofutest.hcl"),
        (
            vec![("tests/unit/a.tftest.hcl", &live)],
            "main.tf | tests/unit/a.tftest.hcl",
        ),
        (
            vec![("tests/a.tftest.hcl", &alias)],
            "main.tf | tests/a.tftest.hcl",
        ),
        // By the keys, which the default provider's role does not move.
        (
            vec![("tests/a.tftest.hcl", AMBIENT)],
            " | main.tf tests/a.tftest.hcl",
        ),
        // None of their own.
        (vec![("tests/a.tftest.hcl", TEST)], "main.tf | "),
        (
            vec![("tests/a.tftest.hcl", "mock_provider \"aws\" {}\n")],
            "main.tf | ",
        ),
        // A module that a run takes in place of the tested one.
        (
            vec![("tests/a.tftest.hcl", SETUP), ("tests/setup/main.tf", &dev)],
            "main.tf tests/setup/main.tf | ",
        ),
        (
            vec![
                ("tests/a.tftest.hcl", SETUP),
                ("tests/setup/main.tf", &live),
            ],
            "main.tf | tests/setup/main.tf",
        ),
        (
            vec![
                ("tests/a.tftest.hcl", SETUP),
                ("tests/setup/main.tf", AMBIENT),
            ],
            " | main.tf tests/setup/main.tf",
        ),
        (
            vec![
                ("tests/a.tftest.hcl", SETUP),
                ("tests/setup/main.tf", BUCKET),
            ],
            " | ",
        ),
        (
            vec![
                ("tests/a.tftest.hcl", SETUP),
                ("tests/setup/main.tf", "resource \"random_pet\" \"p\" {}\n"),
            ],
            "main.tf | ",
        ),
        (
            vec![
                ("tests/a.tftest.hcl", &mocked),
                ("tests/setup/main.tf", BUCKET),
            ],
            "main.tf | ",
        ),
    ] {
        let root = [("main.tf", ROLE_1)];
        let all: Vec<_> = root.into_iter().chain(files).collect();
        assert_eq!(planned(&all), expected, "{all:?}");
    }
}

#[test]
fn tests_of_a_module_without_providers_act_in_one_account() {
    let (dev, live) = (role("111111111111"), role("222222222222"));
    for (files, expected) in [
        (
            vec![("tests/a.tftest.hcl", dev.as_str())],
            "tests/a.tftest.hcl | ",
        ),
        (
            vec![("tests/a.tftest.hcl", &dev), ("tests/b.tftest.hcl", &dev)],
            "tests/a.tftest.hcl tests/b.tftest.hcl | ",
        ),
        (
            vec![("tests/a.tftest.hcl", &dev), ("tests/b.tftest.hcl", &live)],
            " | tests/a.tftest.hcl tests/b.tftest.hcl",
        ),
        (
            vec![
                ("tests/a.tftest.hcl", &dev),
                ("tests/b.tftest.hcl", SETUP),
                ("tests/setup/main.tf", &live),
            ],
            " | tests/a.tftest.hcl tests/setup/main.tf",
        ),
    ] {
        let root = [("main.tf", "variable \"a\" {}\n")];
        let all: Vec<_> = root.into_iter().chain(files).collect();
        assert_eq!(planned(&all), expected, "{all:?}");
    }
}

#[test]
fn keys_of_a_test_go_only_with_the_same_ones_of_its_module() {
    let own = KEYS.replace("run \"a\" {}\n", "");
    for (main, is_removed) in [
        (own.as_str(), true),
        (ROLE_1, false),
        ("variable \"a\" {}\n", true),
    ] {
        let tree = Tree::new([("main.tf", main), ("tests/a.tftest.hcl", KEYS)]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let is_changed = changed(&plan).contains(&"tests/a.tftest.hcl".to_owned());
        assert_eq!(is_changed, is_removed, "{main}");
    }
    let tree = Tree::new([("main.tf", ROLE_1), ("tests/a.tftest.hcl", KEYS)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let said = reports(&plan);
    assert!(
        said[0].contains("of a test keeps `access_key` and `secret_key`"),
        "{said:?}"
    );
}

/// The accounts that a job with keys signs in to, once all is reviewed.
fn signs_in(command: &str, files: &[(&str, &str)]) -> String {
    let workflow = format!(
        "on: push\npermissions: {{ contents: read }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n      AWS_REGION: us-east-1\n    steps:\n      - run: {command}\n"
    );
    let own = [(".github/workflows/a.yml", workflow.as_str())];
    let tree = Tree::new(own.iter().chain(files).copied());
    let after = tree.with(&tree.plan(CONFIG, reviewed()).unwrap());
    let text = &after.0[Path::new(".github/workflows/a.yml")];
    let roles = text.split("role-to-assume: ").skip(1);
    let roles = roles.map(|it| it.lines().next().unwrap_or_default());
    let ids: Vec<&str> = roles
        .map(|it| it.split(':').nth(4).unwrap_or("keys"))
        .collect();
    ids.join(" ")
}

#[test]
fn a_job_that_runs_tests_signs_in_where_they_act() {
    let (dev, live) = (role("111111111111"), role("222222222222"));
    let by_variable = "variable \"id\" {\n  default = \"111111111111\"\n}\nprovider \"aws\" {\n  region = \"us-east-1\"\n  assume_role {\n    role_arn = \"arn:aws:iam::${var.id}:role/x\"\n  }\n}\n";
    let sets = "variables {\n  id = \"222222222222\"\n}\nrun \"a\" {}\n";
    let same = sets.replace('2', "1");
    let in_run = "run \"a\" {\n  variables {\n    id = \"222222222222\"\n  }\n}\n";
    let mocked = format!("mock_provider \"aws\" {{}}\n{sets}");
    let library = "variable \"a\" {}\n";
    for (command, main, test, expected) in [
        ("terraform test", ROLE_1, TEST, "111111111111"),
        ("terraform test", ROLE_1, &live, "111111111111"),
        ("terraform test", library, &dev, "111111111111"),
        ("terraform test", library, &live, "222222222222"),
        ("terraform plan", library, &live, "keys"),
        ("terraform test", by_variable, &same, "111111111111"),
        ("terraform test", by_variable, sets, "keys"),
        ("terraform test", by_variable, in_run, "keys"),
        // The variable of the role holds whichever account the module is for.
        ("terraform apply", by_variable, sets, "keys"),
        ("terraform apply", by_variable, &mocked, "111111111111"),
        ("terraform test", by_variable, &mocked, "111111111111"),
    ] {
        let files = [("main.tf", main), ("tests/a.tftest.hcl", test)];
        assert_eq!(
            signs_in(command, &files),
            expected,
            "{command} {main} {test}"
        );
    }
}

#[test]
fn a_variable_that_a_test_sets_chooses_the_account() {
    let main = "variable \"id\" {\n  default = \"111111111111\"\n}\nprovider \"aws\" {\n  region = \"us-east-1\"\n  assume_role {\n    role_arn = \"arn:aws:iam::${var.id}:role/x\"\n  }\n}\n";
    let sets = |id: &str| format!("variables {{\n  id = {id}\n}}\nrun \"a\" {{}}\n");
    let (same, other, open) = (
        sets("\"111111111111\""),
        sets("\"222222222222\""),
        sets("run.x.id"),
    );
    let mocked = format!("mock_provider \"aws\" {{}}\n{other}");
    for (test, expected) in [
        (same, "main.tf | "),
        (other, " | main.tf"),
        (open, " | main.tf"),
        (mocked, "main.tf | "),
    ] {
        let files = [("main.tf", main), ("tests/a.tftest.hcl", &test)];
        assert_eq!(planned(&files), expected, "{test}");
    }
}

#[test]
fn an_example_that_calls_the_tested_module_decides_for_it() {
    let example = format!("{ROLE_1}module \"m\" {{\n  source = \"../..\"\n}}\n");
    let test = SETUP.replace("./tests/setup", "./examples/basic");
    let files = [
        ("main.tf", ROLE_1),
        ("examples/basic/main.tf", &example),
        ("tests/a.tftest.hcl", &test),
    ];
    assert_eq!(planned(&files), "examples/basic/main.tf main.tf | ");
}

/// A job that runs the tests gets the profile that their provider gets, and the table has a row for it.
#[test]
fn a_job_that_runs_tests_gets_the_profiles_of_their_providers() {
    let ci = |command: &str| {
        format!(
            "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: us-east-1\n      - run: {command}\n"
        )
    };
    let live = role("222222222222");
    for (command, expected) in [
        ("terraform init -backend=false && terraform test", true),
        ("terraform test -test-directory=tests", true),
        ("terraform plan", false),
    ] {
        let ci = ci(command);
        let files = [
            ("main.tf", ROLE_1),
            ("tests/a.tftest.hcl", live.as_str()),
            (".github/workflows/a.yml", &ci),
        ];
        let plan = Tree::new(files).plan(CONFIG, reviewed()).unwrap();
        let after = |path: &str| {
            let change = plan.changes.iter().find(|it| it.path.ends_with(path));
            change.map(|it| it.after.clone()).unwrap_or_default()
        };
        assert!(
            after("a.tftest.hcl").contains("profile = \"live\""),
            "{command}"
        );
        let gets = after("a.yml").contains("aws configure set profile.live.role_arn");
        assert_eq!(gets, expected, "{command}: {}", after("a.yml"));
        let row = plan
            .accounts
            .iter()
            .find(|it| it.modules == [Path::new("tests/a.tftest.hcl")]);
        let row = row.expect(command);
        assert_eq!(
            row.before.account.as_deref(),
            Some("222222222222"),
            "{command}"
        );
        assert_eq!(
            row.laptop.account.as_deref(),
            Some("222222222222"),
            "{command}"
        );
        assert_eq!(!row.runners.is_empty(), expected, "{command}: {row:?}");
    }
}
