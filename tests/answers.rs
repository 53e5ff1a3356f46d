//! The answers of `tfkeyless.hcl` beside a repository: one about nothing is reported, and two that
//! contradict each other refuse the plan.

use std::path::Path;

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::Tree;

const ACCOUNTS: &str = "account \"dev\" { id = \"111111111111\" }\n\
                        account \"live\" { id = \"222222222222\" }\n";

const WORKFLOW: &str = "\
on: push
jobs:
  dev:
    runs-on: ubuntu-latest
    environment: dev
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{ vars.DEV_ROLE }}
          aws-region: eu-west-1
      - run: terraform -chdir=envs/dev apply
  live:
    runs-on: ubuntu-latest
    environment:
      name: Live-EU
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.LIVE_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.LIVE_KEY }}
    steps:
      - run: terraform -chdir=envs/live apply
";

fn tree(workflow: &str) -> Tree {
    let root = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    Tree::new([
        ("envs/dev/main.tf", root),
        ("envs/live/main.tf", root),
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        (".github/workflows/tf.yml", workflow),
    ])
}

/// What is reported of the configuration, whose answers begin in its third line.
fn reported(workflow: &str, answers: &str) -> Vec<String> {
    let config = format!("{ACCOUNTS}{answers}");
    let plan = tree(workflow).plan(&config, Selection::default()).unwrap();
    warnings(&plan)
}

fn warnings(plan: &Plan) -> Vec<String> {
    let warnings = plan.warnings.iter().map(|it| {
        let help = it.help.as_deref();
        let help = help.map_or(String::new(), |help| format!("; {help}"));
        format!("{}: {}{help}", it.at.line, it.sentence())
    });
    warnings.collect()
}

/// It is about the configuration, not input that was skipped, and nobody's manual work.
#[test]
fn a_label_about_nothing_is_a_warning_at_the_label() {
    let config = format!("{ACCOUNTS}runner \"Jenkinsfle\" {{ account = \"dev\" }}\n");
    let plan = tree(WORKFLOW).plan(&config, Selection::default()).unwrap();
    let warning = &plan.warnings[0];
    assert_eq!((warning.at.line, warning.at.column), (3, 8));
    assert_eq!(&config[warning.range.clone()], "\"Jenkinsfle\"");
    let in_config = |path: &Path| path == Path::new("tfkeyless.hcl");
    assert!(!plan.skipped.iter().any(|it| in_config(&it.path)));
    assert!(!plan.open().any(|it| in_config(&it.at.path)));
}

/// A profile of no account is as right as any.
#[test]
fn a_profile_that_seems_to_be_a_misspelt_label_is_a_warning() {
    for (answer, meant) in [
        ("state_profile = \"liev\"", Some("live")),
        ("state_profile = \"live\"", None),
        ("state_profile = \"states\"", None),
        (
            "state_bucket \"prod-states\" { profile = \"lve\" }",
            Some("live"),
        ),
        ("state_bucket \"prod-states\" { profile = \"audit\" }", None),
    ] {
        let state = "terraform {\n  backend \"s3\" {\n    bucket = \"prod-states\"\n  }\n}\n";
        let config = format!("{ACCOUNTS}{answer}\n");
        let plan = Tree::new([("main.tf", state)]).plan(&config, Selection::default());
        let profile = answer.split('"').rev().nth(1).unwrap();
        let expected = meant.map(|meant| {
            format!(
                "3: profile \"{profile}\" has no matching `account` block; did you mean `{meant}`?"
            )
        });
        assert_eq!(
            warnings(&plan.unwrap()),
            Vec::from_iter(expected),
            "{answer}"
        );
    }
}

#[test]
fn an_answer_that_the_code_contradicts_is_reported() {
    let provider = |body: &str| format!("provider \"aws\" {{\n{body}}}\n");
    let role = "  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n";
    let guard = "  allowed_account_ids = [\"111111111111\"]\n";
    let contradicted = "while the default provider of envs/live is in account 111111111111 (dev)";
    for (body, answer, is_contradicted) in [
        (role, "root \"envs/live\" { account = \"live\" }", true),
        (role, "root \"envs/**\" { account = \"live\" }", true),
        (guard, "root \"envs/**\" { account = \"live\" }", true),
        (role, "root \"envs/live\" { account = \"dev\" }", false),
        (role, "root \"envs/dev\" { account = \"live\" }", false),
        // The more precise answer decides.
        (
            role,
            "root \"envs/**\" { account = \"live\" }\nroot \"envs/live\" { account = \"dev\" }",
            false,
        ),
        ("", "root \"envs/**\" { account = \"live\" }", false),
        (
            "  assume_role {\n    role_arn = var.role\n  }\n",
            "root \"envs/**\" { account = \"live\" }",
            false,
        ),
    ] {
        let (live, dev) = (provider(body), provider(""));
        let tree = Tree::new([("envs/live/main.tf", &*live), ("envs/dev/main.tf", &*dev)]);
        let config = format!("{ACCOUNTS}{answer}\n");
        let plan = tree.plan(&config, Selection::default()).unwrap();
        let warnings = warnings(&plan);
        let is_reported = warnings.iter().any(|it| it.ends_with(contradicted));
        assert_eq!(is_reported, is_contradicted, "{body}{answer}{warnings:?}");
    }
}

#[test]
fn an_answer_about_nothing_is_reported() {
    for (answer, nothing) in [
        ("keys \"LIVE_KEY_ID\" { account = \"live\" }", None),
        ("keys \"live_*\" { account = \"live\" }", None),
        (
            "keys \"AWS_ACCESS_KEY_ID\" { account = \"live\" }",
            Some("keys \"AWS_ACCESS_KEY_ID\" matches no secret that a workflow reads"),
        ),
        ("environment \"live-eu\" { account = \"live\" }", None),
        ("environment \"*\" { account = \"live\" }", None),
        (
            "environment \"live\" { account = \"live\" }",
            Some("environment \"live\" matches no environment of a job; did you mean `Live-EU`?"),
        ),
        ("root \"envs/live\" { account = \"live\" }", None),
        ("root \"envs/**\" { account = \"live\" }", None),
        (
            "root \"live\" { account = \"live\" }",
            Some("root \"live\" matches no directory with Terraform code"),
        ),
        ("role \"vars.dev_role\" { account = \"dev\" }", None),
        (
            "role \"vars.ROLE\" { account = \"dev\" }",
            Some("role \"vars.ROLE\" matches no expression of a workflow"),
        ),
        ("job \"tf.yml:live\" { account = \"live\" }", None),
        ("job \"tf.yml:*\" { roots = [\"envs/*\"] }", None),
        (
            "job \"*:dev\" { permissions = { contents = \"read\" } }",
            None,
        ),
        (
            "job \"tf.yml:apply\" { permissions = { contents = \"read\" } }",
            Some("job \"tf.yml:apply\" matches no job of a workflow with AWS or Terraform"),
        ),
        (
            "job \"tf.yml:live\" { roots = [\"envs/live\", \"live\"] }",
            Some(
                "`live` in the roots of job \"tf.yml:live\" matches no directory with Terraform \
                 code",
            ),
        ),
        ("runner \"Jenkinsfile\" { account = \"dev\" }", None),
        (
            "runner \"ci/Jenkinsfile\" { account = \"dev\" }",
            Some(
                "runner \"ci/Jenkinsfile\" matches no file that runs Terraform; did you mean \
                 `Jenkinsfile`?",
            ),
        ),
        (
            "job \"tf.yml:liev\" { account = \"live\" }",
            Some(
                "job \"tf.yml:liev\" matches no job of a workflow with AWS or Terraform; did you \
                 mean `tf.yml:live`?",
            ),
        ),
    ] {
        let expected: Vec<String> = nothing.iter().map(|it| format!("3: {it}")).collect();
        assert_eq!(reported(WORKFLOW, answer), expected, "{answer}");
    }
}

#[test]
fn a_bucket_that_nothing_names_is_reported() {
    const STATE: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"prod-states\"\n    key    = \"k\"\n  }\n}\n";
    const UNIT: &str = "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"prod-states\"\n    key    = \"k\"\n  }\n}\n";
    const READER: &str = "data \"terraform_remote_state\" \"net\" {\n  backend = \"s3\"\n  config = {\n    bucket = \"prod-states\"\n    key    = \"k\"\n  }\n}\n";
    const FILE: &str = "bucket = \"prod-states\"\n";
    const PARTIAL: &str = "terraform {\n  backend \"s3\" {}\n}\n";
    const COMPUTED: &str = "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"${local.account}-states\"\n  }\n}\n";
    const IN_S3: &str =
        "module \"x\" {\n  source = \"s3::https://s3.amazonaws.com/mods/x-1.0.0.zip\"\n}\n";
    const IN_GIT: &str =
        "module \"x\" {\n  source = \"git::https://github.com/o/mods.git//x?ref=v1\"\n}\n";
    const DEPLOYED: &str =
        "terraform {\n  source = \"git::https://github.com/o/mods.git//x?ref=v1\"\n}\n";
    const MODULES: &str = "{\n  repository = \"github.com/o/mods\"\n}";
    let state = |label: &str| format!("state_bucket \"{label}\" {{ profile = \"dev\" }}");
    let modules = |label: &str| format!("module_source \"{label}\" {MODULES}");
    let meant = |kind: &str, label: &str, of: &str, meant: &str| {
        vec![format!(
            "3: {kind} \"{label}\" matches no {of}; did you mean `{meant}`?"
        )]
    };
    let state_meant = meant(
        "state_bucket",
        "prod-state",
        "bucket of a state",
        "prod-states",
    );
    for (files, answer, expected) in [
        (vec![("a/main.tf", STATE)], state("prod-states"), vec![]),
        (
            vec![("a/terragrunt.hcl", UNIT)],
            state("prod-states"),
            vec![],
        ),
        (vec![("a/main.tf", READER)], state("prod-states"), vec![]),
        (
            vec![("a/main.tf", PARTIAL), ("a/x.tfbackend", FILE)],
            state("prod-states"),
            vec![],
        ),
        (
            vec![("a/main.tf", STATE)],
            state("prod-state"),
            state_meant.clone(),
        ),
        (
            vec![("a/terragrunt.hcl", UNIT)],
            state("prod-state"),
            state_meant,
        ),
        // A bucket that nobody knows may be that.
        (vec![("a/main.tf", PARTIAL)], state("prod-state"), vec![]),
        (
            vec![("a/main.tf", STATE), ("b/terragrunt.hcl", COMPUTED)],
            state("prod-state"),
            vec![],
        ),
        (vec![("a/main.tf", IN_S3)], modules("mods"), vec![]),
        // As it is once the change is made.
        (vec![("a/main.tf", IN_GIT)], modules("in-s3"), vec![]),
        (
            vec![("a/terragrunt.hcl", DEPLOYED)],
            modules("in-s3"),
            vec![],
        ),
        (
            vec![("a/main.tf", &IN_S3.replace("mods", "modules"))],
            modules("modulez"),
            meant("module_source", "modulez", "source of a module", "modules"),
        ),
    ] {
        let tree = Tree::new(files.iter().copied());
        let config = format!("{ACCOUNTS}{answer}\n");
        let plan = tree.plan(&config, Selection::default()).unwrap();
        assert_eq!(warnings(&plan), expected, "{answer} {files:?}");
    }
}

#[test]
fn an_answer_may_be_about_a_name_that_is_not_known() {
    let chosen = WORKFLOW.replace("environment: dev", "environment: ${{ github.ref_name }}");
    assert_eq!(
        reported(&chosen, "environment \"live\" { account = \"live\" }"),
        [""; 0]
    );
    let computed = WORKFLOW.replace("secrets.LIVE_KEY_ID", "secrets[github.ref_name]");
    let passed_on = format!(
        "{WORKFLOW}  remote:\n    uses: o/r/.github/workflows/x.yml@v1\n    secrets: inherit\n"
    );
    for workflow in [computed, passed_on] {
        let answer = "keys \"AWS_ACCESS_KEY_ID\" { account = \"live\" }";
        assert_eq!(reported(&workflow, answer), [""; 0], "{workflow}");
    }
}

#[test]
fn answers_that_contradict_each_other_refuse_the_plan() {
    let tree = tree(WORKFLOW);
    let account = |label: &str| format!("account = \"{label}\"");
    for (kind, first, second, name, advice) in [
        ("root", "envs/l*", "envs/*e", "envs/live", Some("envs/live")),
        (
            "environment",
            "live-*",
            "*ve-eu",
            "Live-EU",
            Some("Live-EU"),
        ),
        (
            "keys",
            "LIVE_*ID",
            "*_KEY_ID",
            "LIVE_KEY_ID",
            Some("LIVE_KEY_ID"),
        ),
        (
            "role",
            "vars.D*",
            "*V_ROLE",
            "vars.DEV_ROLE",
            Some("vars.DEV_ROLE"),
        ),
        (
            "runner",
            "Jenk*",
            "*file",
            "Jenkinsfile",
            Some("Jenkinsfile"),
        ),
        (
            "job",
            "tf.yml:live",
            ".github/workflows/tf.yml:live",
            ".github/workflows/tf.yml:live",
            None,
        ),
    ] {
        let blocks = |one: &str, other: &str| {
            format!(
                "{ACCOUNTS}{kind} \"{first}\" {{ {} }}\n{kind} \"{second}\" {{ {} }}\n",
                account(one),
                account(other)
            )
        };
        let plan = |config: &str| tree.plan(config, Selection::default()).map(|_| ());
        let advice = match advice {
            Some(name) => format!("write `{kind} \"{name}\"`"),
            None => "remove one".to_owned(),
        };
        let column = kind.len() + 2;
        let expected = format!(
            "tfkeyless.hcl:4:{column}: `{kind} \"{second}\"` and `{kind} \"{first}\"` match `{name}` \
             equally and contradict each other: {advice} (the first is at 3:{column})"
        );
        let contradiction = blocks("dev", "live");
        let error = plan(&contradiction).unwrap_err().to_string();
        assert_eq!(error, expected);
        // Both say the same, or a third one is more precise.
        plan(&blocks("dev", "dev")).unwrap();
        if advice != "remove one" {
            let third = format!("{kind} \"{name}\" {{ {} }}\n", account("dev"));
            plan(&format!("{contradiction}{third}")).unwrap();
        }
    }
}

#[test]
fn every_contradiction_is_an_error() {
    let root =
        |label: &str, account: &str| format!("root \"{label}\" {{ account = \"{account}\" }}\n");
    let key =
        |label: &str, account: &str| format!("keys \"{label}\" {{ account = \"{account}\" }}\n");
    let config = [
        ACCOUNTS,
        &root("envs/l*", "dev"),
        &root("envs/*e", "live"),
        &key("LIVE_*ID", "dev"),
        &key("*_KEY_ID", "live"),
    ];
    let plan = tree(WORKFLOW).plan(&config.concat(), Selection::default());
    let errors = plan.unwrap_err().to_string();
    let lines: Vec<&str> = errors.lines().collect();
    assert!(
        lines[0].starts_with("tfkeyless.hcl:4:6: ") && lines[1].starts_with("tfkeyless.hcl:6:6: ")
    );
    assert_eq!(lines.len(), 2);
}
