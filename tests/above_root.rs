//! A root below the top level of its git repository: the pipelines, jobs and scripts above it run its root modules, too.
//! They are read, and never changed.

mod passed_keys;

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::checkout::{Checkout, Outcome};

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// A root module whose default provider assumes a role in that account.
fn root(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  region  = \"eu-west-1\"\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
    )
}

const KEYS: &str = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

/// A workflow whose job `a` has these steps behind a checkout, and static keys.
fn keyed(steps: &str) -> String {
    workflow(KEYS, steps)
}

fn workflow(more: &str, steps: &str) -> String {
    let steps = steps.trim_end().replace('\n', "\n      ");
    format!(
        "on: push\npermissions: {{ id-token: write, contents: read }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n{more}    steps:\n      - uses: actions/checkout@v4\n      {steps}\n"
    )
}

const WORKFLOW: &str = ".github/workflows/tf.yml";

/// A git repository whose root for tfkeyless is `infra`, with root modules of two accounts, and these files.
fn repository(config: &str, files: &[(&str, &str)]) -> Checkout {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let own = [
        ("infra/tfkeyless.hcl", config),
        ("infra/dev/main.tf", dev.as_str()),
        ("infra/live/main.tf", live.as_str()),
    ];
    Checkout::committed(&[&own, files].concat())
}

fn plan(checkout: &Checkout, arguments: &[&str]) -> Outcome {
    let all = [&["plan", "--no-pager"], arguments].concat();
    checkout.run(&all).code(0)
}

/// The root modules whose role is removed.
fn removed(outcome: &Outcome) -> String {
    let roots = ["dev", "live"].into_iter();
    let roots = roots.filter(|root| outcome.stdout.contains(&format!("+++ b/{root}/main.tf")));
    roots.collect::<Vec<_>>().join(" ")
}

const BOTH: &str = "dev live";

#[test]
fn jobs_above_hold_the_root_modules_that_they_run() {
    let steps = |text: &str| keyed(text);
    for (path, text, expected) in [
        (
            WORKFLOW,
            steps("- run: terraform -chdir=infra/dev apply"),
            "live",
        ),
        (
            WORKFLOW,
            steps("- run: terraform apply\n  working-directory: infra/dev"),
            "live",
        ),
        (
            WORKFLOW,
            steps("- run: cd infra && cd live && terraform plan"),
            "dev",
        ),
        (WORKFLOW, steps("- run: ./scripts/go.sh"), "live"),
        (WORKFLOW, steps("- run: bash infra/go.sh"), "live"),
        (WORKFLOW, steps("- run: make apply"), "live"),
        (WORKFLOW, steps("- uses: ./.github/actions/apply"), "live"),
        (
            WORKFLOW,
            steps("- uses: dflook/terraform-apply@v1\n  with: { path: infra/dev }"),
            "live",
        ),
        // It may be any of them.
        (WORKFLOW, steps("- run: terraform -chdir=$DIR apply"), ""),
        (
            WORKFLOW,
            steps("- run: cp -r infra/dev build && terraform -chdir=build apply"),
            "",
        ),
        (
            WORKFLOW,
            steps("- run: terraform -chdir=linked apply"),
            "live",
        ),
    ] {
        assert_left(path, &text, expected);
    }
}

#[test]
fn other_runners_above_hold_the_root_modules_that_they_run() {
    for (path, text, expected) in [
        (
            "Jenkinsfile",
            "node { dir('infra/dev') { sh 'terraform apply' } }\n".to_owned(),
            "live",
        ),
        (
            "ci/jobs/Jenkinsfile",
            "node { dir('infra/dev') { sh 'terraform apply' } }\n".to_owned(),
            "live",
        ),
        (
            "services/web/Jenkinsfile",
            "node { dir('infra/dev') { sh 'terraform apply' } }\n".to_owned(),
            "live",
        ),
        (
            ".gitlab-ci.yml",
            "a:\n  script:\n    - cd infra/dev\n    - terraform apply\n".to_owned(),
            "live",
        ),
        (
            ".gitlab-ci.yml",
            "include:\n  - local: ci/a.yml\n".to_owned(),
            "live",
        ),
        (
            ".circleci/config.yml",
            "jobs:\n  a:\n    steps:\n      - run: terraform -chdir=infra/dev apply\n".to_owned(),
            "live",
        ),
        (
            "atlantis.yaml",
            "version: 3\nprojects:\n  - dir: infra/dev\n".to_owned(),
            "live",
        ),
        (
            "Makefile",
            "dev:\n\tAWS_PROFILE=shared terraform -chdir=infra/dev apply\n".to_owned(),
            "live",
        ),
        // Where a pipeline begins is a setting of its project, too.
        (
            ".gitlab-ci.yml",
            "a:\n  script:\n    - terraform apply\n".to_owned(),
            "",
        ),
        // One environment for root modules of two accounts.
        (
            "scripts/go.sh",
            "terraform -chdir=infra/dev apply\nterraform -chdir=infra/live apply\n".to_owned(),
            "",
        ),
        (
            "scripts/go.sh",
            "export AWS_PROFILE=shared\nterraform -chdir=infra/dev apply\n".to_owned(),
            "live",
        ),
    ] {
        assert_left(path, &text, expected);
    }
}

/// That of the root modules these alone lose their roles where the file stands above, and both with `--review`.
fn assert_left(path: &str, text: &str, expected: &str) {
    let files = [
        ("scripts/go.sh", "terraform -chdir=infra/dev apply\n"),
        ("infra/go.sh", "cd infra/dev\nterraform apply\n"),
        ("Makefile", "apply:\n\tterraform -chdir=infra/dev apply\n"),
        (
            ".github/actions/apply/action.yml",
            "runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: terraform -chdir=infra/dev apply\n",
        ),
        (
            "ci/a.yml",
            "a:\n  script:\n    - terraform -chdir=infra/dev apply\n",
        ),
    ];
    let files = files.iter().filter(|(other, _)| *other != path);
    let files: Vec<_> = files.copied().chain([(path, text)]).collect();
    let checkout = repository(CONFIG, &files);
    symlink("infra/dev", checkout.path().join("linked")).unwrap();
    let outcome = plan(&checkout, &["infra"]);
    assert_eq!(
        removed(&outcome),
        expected,
        "{path}: {text}\n{}",
        outcome.stderr
    );
    assert!(!outcome.stdout.contains(path), "{}", outcome.stdout);
    let reviewed = plan(&checkout, &["--review", "infra"]);
    assert_eq!(removed(&reviewed), BOTH, "{path}: {text}");
}

#[test]
fn what_runs_none_of_them_or_acts_in_their_account_holds_nothing() {
    let role = |account: &str| {
        format!(
            "- uses: aws-actions/configure-aws-credentials@v4\n  with: {{ role-to-assume: \"arn:aws:iam::{account}:role/ci\", aws-region: x }}\n- run: terraform -chdir=infra/dev apply"
        )
    };
    for (path, text) in [
        (
            WORKFLOW,
            keyed("- run: terraform -chdir=infra/dev fmt -check"),
        ),
        (
            WORKFLOW,
            keyed(
                "- run: terraform -chdir=infra/dev init -backend=false\n- run: terraform -chdir=infra/dev validate",
            ),
        ),
        (WORKFLOW, keyed("- run: terraform -chdir=other apply")),
        (WORKFLOW, keyed("- run: terraform apply")),
        (
            WORKFLOW,
            keyed("- run: ls infra/dev && aws s3 sync infra s3://b"),
        ),
        (
            WORKFLOW,
            keyed("- run: terragrunt apply\n  working-directory: units"),
        ),
        // On GitHub's machines nothing gives it credentials.
        (
            WORKFLOW,
            workflow("", "- run: terraform -chdir=infra/dev plan"),
        ),
        (WORKFLOW, workflow("", &role("111111111111"))),
        // No directory of pipelines, and none that anything names.
        (
            "docs/a/b/c/Jenkinsfile",
            "node { dir('infra/dev') { sh 'terraform apply' } }\n".to_owned(),
        ),
        (
            "Jenkinsfile",
            "node { dir('other') { sh 'terraform apply' } }\n".to_owned(),
        ),
        (
            "Jenkinsfile",
            "node { dir('infra/dev') { sh 'terraform fmt' } }\n".to_owned(),
        ),
        (
            "Makefile",
            "dev:\n\tterraform -chdir=infra/dev apply\n".to_owned(),
        ),
        (
            "Makefile",
            "dev:\n\tAWS_PROFILE=dev terraform -chdir=infra/dev apply\n".to_owned(),
        ),
        (
            "vendor/Makefile",
            "dev:\n\tAWS_PROFILE=shared terraform -chdir=infra/dev apply\n".to_owned(),
        ),
        (
            "node_modules/x/Jenkinsfile",
            "node { dir('infra/dev') { sh 'terraform apply' } }\n".to_owned(),
        ),
    ] {
        let files = [
            ("other/main.tf", "provider \"aws\" {}\n"),
            ("other/Jenkinsfile", "node { dir('infra') { sh 'ls' } }\n"),
            (
                "units/terragrunt.hcl",
                "terraform {\n  source = \"tfr:///a/b/c?version=1.0.0\"\n}\n",
            ),
            ("main.tf", "provider \"aws\" {}\n"),
            (path, text.as_str()),
        ];
        let outcome = plan(&repository(CONFIG, &files), &["infra"]);
        assert_eq!(
            removed(&outcome),
            BOTH,
            "{path}: {text}\n{}",
            outcome.stderr
        );
    }
    // By a role of another account, whoever names it.
    for text in [
        role("333333333333"),
        role("${{ vars.ROLE }}")
            .replace("arn:aws:iam::", "")
            .replace(":role/ci", ""),
    ] {
        let files = [(WORKFLOW, workflow("", &text))];
        let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
        let outcome = plan(&repository(CONFIG, &files), &["infra"]);
        assert_eq!(removed(&outcome), "live", "{text}\n{}", outcome.stderr);
    }
}

#[test]
fn terragrunt_elsewhere_runs_a_module_that_its_files_name() {
    let text = keyed("- run: terragrunt apply\n  working-directory: units");
    let unit = "terraform {\n  source = \"../infra//dev\"\n}\n";
    let files = [(WORKFLOW, text.as_str()), ("units/terragrunt.hcl", unit)];
    assert_eq!(removed(&plan(&repository(CONFIG, &files), &["infra"])), "");
}

#[test]
fn the_finding_names_the_job_and_what_to_do() {
    let text = keyed("- run: terraform -chdir=infra/dev apply");
    let checkout = repository(CONFIG, &[(WORKFLOW, text.as_str())]);
    plan(&checkout, &["infra"])
        .says("job a (../.github/workflows/tf.yml:11) runs it with credentials of its own")
        .says("move tfkeyless.hcl to the top level of the git repository")
        .says("runner \"../.github/workflows/tf.yml\"");
    for (answer, expected) in [
        (
            "runner \"../.github/workflows/tf.yml\" { terraform = false }\n",
            BOTH,
        ),
        (
            "runner \"../.github/workflows/*\" { account = \"dev\" }\n",
            BOTH,
        ),
        (
            "runner \"../.github/workflows/tf.yml\" { account = \"live\" }\n",
            "live",
        ),
        ("keys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }\n", BOTH),
        (
            "keys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n",
            "live",
        ),
    ] {
        let config = format!("{CONFIG}{answer}");
        let checkout = repository(&config, &[(WORKFLOW, text.as_str())]);
        let outcome = plan(&checkout, &["infra"]);
        assert_eq!(removed(&outcome), expected, "{answer}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("matches no"), "{}", outcome.stderr);
    }
}

#[test]
fn a_block_about_a_job_above_answers_for_it() {
    let dev = keyed("- run: terraform -chdir=infra/dev apply");
    let any = keyed("- run: terraform -chdir=$DIR apply");
    for (text, answer, expected) in [
        (
            &dev,
            "job \"../.github/workflows/tf.yml:a\" { account = \"dev\" }\n",
            BOTH,
        ),
        (&dev, "job \"tf.yml:a\" { account = \"dev\" }\n", BOTH),
        (&dev, "job \"tf.yml:*\" { account = \"live\" }\n", "live"),
        // The command names the directory.
        (&dev, "job \"tf.yml:a\" { roots = [\"live\"] }\n", "live"),
        (&any, "job \"tf.yml:a\" { roots = [\"live\"] }\n", "dev"),
        (&any, "job \"tf.yml:a\" { roots = [] }\n", BOTH),
    ] {
        let config = format!("{CONFIG}{answer}");
        let checkout = repository(&config, &[(WORKFLOW, text.as_str())]);
        let outcome = plan(&checkout, &["infra"]);
        assert_eq!(removed(&outcome), expected, "{answer}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("matches no"), "{}", outcome.stderr);
    }
    let config = format!("{CONFIG}job \"tf.yml:b\" {{ account = \"dev\" }}\n");
    let checkout = repository(&config, &[(WORKFLOW, dev.as_str())]);
    plan(&checkout, &["infra"]).says("matches no");
}

#[test]
fn profiles_of_backends_wait_for_jobs_above() {
    let main = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    let text = keyed("- run: terraform -chdir=infra/state init");
    let files = [("infra/state/main.tf", main), (WORKFLOW, text.as_str())];
    let outcome = plan(&repository(CONFIG, &files), &["infra"]);
    assert!(!outcome.stdout.contains("profile"), "{}", outcome.stdout);
    let outcome = plan(&repository(CONFIG, &files[..1]), &["infra"]);
    assert!(outcome.stdout.contains("profile"), "{}", outcome.stdout);
}

#[test]
fn git_ends_what_is_above() {
    let text = "node { dir('infra/dev') { sh 'terraform apply' } }\n";
    // A repository beside it has runners of its own.
    let beside = repository(CONFIG, &[("other/Jenkinsfile", text)]);
    assert_eq!(removed(&plan(&beside, &["infra"])), "live");
    beside.write("other/.git", "gitdir: ../.git/modules/other\n");
    assert_eq!(removed(&plan(&beside, &["infra"])), BOTH);
    let checkout = repository(CONFIG, &[("Jenkinsfile", text)]);
    assert_eq!(removed(&plan(&checkout, &["infra"])), "live");
    // A submodule has a file `.git`.
    checkout.write("infra/.git", "gitdir: ../.git/modules/infra\n");
    assert_eq!(removed(&plan(&checkout, &["infra"])), BOTH);
    fs::remove_file(checkout.path().join("infra/.git")).unwrap();
    fs::remove_dir_all(checkout.path().join(".git")).unwrap();
    assert_eq!(removed(&plan(&checkout, &["infra"])), BOTH);
}

#[test]
fn nothing_outside_of_the_work_tree_is_read() {
    let world = Checkout::without_git(&[
        (
            "OUT/Jenkinsfile",
            "node { dir('infra/canary') { sh 'terraform apply' } }\n",
        ),
        ("OUT/go.sh", "terraform -chdir=infra/dev apply # canary\n"),
        (
            "OUT/ci/go.sh",
            "AWS_PROFILE=canary terraform -chdir=infra/dev apply\n",
        ),
        ("repository/infra/tfkeyless.hcl", CONFIG),
        ("repository/infra/dev/main.tf", &root("111111111111")),
        ("repository/infra/live/main.tf", &root("222222222222")),
        (
            "repository/.github/workflows/tf.yml",
            &keyed(
                "- run: ./go.sh\n- run: ../OUT/go.sh\n- run: ./linked/go.sh\n- uses: ./../OUT/act",
            ),
        ),
    ]);
    world.mark("repository");
    for (link, target) in [
        ("go.sh", "../OUT/go.sh"),
        ("linked", "../OUT/ci"),
        ("Jenkinsfile", "../OUT/Jenkinsfile"),
        ("ci", "../OUT/ci"),
    ] {
        symlink(target, world.path().join("repository").join(link)).unwrap();
    }
    let outcome = plan(&world, &["--verbose", "repository/infra"]);
    for output in [&outcome.stdout, &outcome.stderr] {
        assert!(!output.contains("canary"), "{output}");
    }
}

#[test]
fn a_job_at_the_top_that_runs_a_nested_root_signs_in_as_its_keys_did() {
    let answers = "keys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n";
    let config = format!("{CONFIG}{answers}");
    let live = root("222222222222");
    let at_top = |steps: &str| {
        let text = keyed(steps).replace(KEYS, &format!("{KEYS}      AWS_REGION: eu-west-1\n"));
        let top = [
            ("tfkeyless.hcl", config.as_str()),
            ("live/main.tf", live.as_str()),
            (WORKFLOW, text.as_str()),
        ];
        let checkout = repository(&config, &top);
        checkout.run(&["apply", "--yes", "."]).code(0);
        checkout
    };
    // One step for both: the role of `live` stays with the sign-in of the keys.
    let checkout = at_top("- run: terraform -chdir=infra/dev apply && terraform -chdir=live apply");
    assert!(checkout.read("live/main.tf").contains("assume_role"));
    assert!(
        !checkout
            .read(WORKFLOW)
            .contains("arn:aws:iam::222222222222:role/ci")
    );
    assert_eq!(removed(&plan(&checkout, &["infra"])), "live");
    // The nested one alone: as the keys did, and its role stays for the job.
    let checkout = at_top("- run: terraform -chdir=infra/dev apply");
    assert!(
        checkout
            .read(WORKFLOW)
            .contains("arn:aws:iam::333333333333:role/ci")
    );
    assert_eq!(removed(&plan(&checkout, &["infra"])), "live");
}

#[test]
fn an_example_in_a_repository_that_only_checks_it_waits_for_nothing() {
    let checks =
        keyed("- run: terraform fmt -check -recursive\n- run: cargo test\n- run: ./.ci/run");
    let checkout = repository(
        CONFIG,
        &[
            (WORKFLOW, checks.as_str()),
            (
                ".ci/run",
                "#!/bin/sh\nterraform fmt -check infra\ncargo run -- plan infra\n",
            ),
            (
                "action.yml",
                "runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: tfkeyless plan\n",
            ),
        ],
    );
    let outcome = plan(&checkout, &["infra"]);
    assert_eq!(removed(&outcome), BOTH, "{}", outcome.stderr);
}
