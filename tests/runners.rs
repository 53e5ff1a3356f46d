//! Runners beside laptops and GitHub's jobs: what waits where one of them runs a root module, and
//! what does not.

use engine::plan::Plan;
use engine::selection::Selection;
use engine::settings::Settings;
use transforms::CATALOGUE;

use crate::support::{Tree, changed, reports, reviewed};

const ACCOUNTS: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// A root module whose default provider assumes a role in that account.
fn root(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  region  = \"eu-west-1\"\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// The root modules `dev` and `live`, a directory of scripts, and one more file.
fn tree(path: &str, text: &str) -> Tree {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let mut tree = Tree::new([
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
    ]);
    tree.0.insert(path.into(), text.to_owned());
    tree
}

fn plan(tree: &Tree, answers: &str) -> Plan {
    let config = format!("{ACCOUNTS}{answers}");
    tree.plan(&config, Selection::default()).unwrap()
}

/// The root modules that change unasked.
fn safe(tree: &Tree, answers: &str) -> String {
    let paths = changed(&plan(tree, answers)).into_iter();
    let roots = paths.map(|path| path.replace("/main.tf", ""));
    roots.collect::<Vec<_>>().join(" ")
}

/// A file, its text, and the root modules that change unasked beside it.
type Row = (&'static str, &'static str, &'static str);

/// Nothing changes unasked.
const NONE: &str = "";
/// Both root modules do.
const BOTH: &str = "dev live";

const HELD: [Row; 42] = [
    // Jenkins: steps, directories, strings of several lines, libraries.
    (
        "Jenkinsfile",
        "node {\n  sh 'terraform init && terraform apply'\n}\n",
        NONE,
    ),
    (
        "Jenkinsfile",
        "node {\n  dir('dev') {\n    sh 'terraform apply'\n  }\n}\n",
        "live",
    ),
    (
        "Jenkinsfile",
        "node {\n  sh '''\n    cd live\n    terraform plan\n  '''\n}\n",
        "dev",
    ),
    (
        "Jenkinsfile.apply",
        "node {\n  sh \"terraform -chdir=dev apply\"\n}\n",
        "live",
    ),
    (
        "ci/deploy.groovy",
        "sh(script: 'terraform -chdir=live plan', returnStatus: true)\n",
        "dev",
    ),
    (
        "Jenkinsfile",
        "@Library('x') _\nterraformApply(dir: 'x')\n",
        NONE,
    ),
    (
        "Jenkinsfile",
        "node {\n  dir(\"${env.STAGE}\") {\n    sh 'terraform apply'\n  }\n}\n",
        NONE,
    ),
    (
        "Jenkinsfile",
        "node {\n  dir('dev') {\n    sh 'terraform fmt'\n  }\n  dir('live') {\n    sh 'terraform apply'\n  }\n}\n",
        "dev",
    ),
    // GitLab: scripts, what is before them, includes.
    (
        ".gitlab-ci.yml",
        "apply:\n  script:\n    - terraform init\n    - terraform apply\n",
        NONE,
    ),
    (
        ".gitlab-ci.yml",
        "apply:\n  script:\n    - cd dev\n    - terraform apply\n",
        "live",
    ),
    (
        ".gitlab-ci.yml",
        "before_script:\n  - cd live\napply:\n  script:\n    - terraform apply\n",
        "dev",
    ),
    (
        ".gitlab-ci.yml",
        "apply:\n  before_script: [cd $CI_PROJECT_DIR/dev]\n  script: [terraform apply]\n",
        "live",
    ),
    (
        ".gitlab-ci.yml",
        "apply:\n  extends: .x\n  script: [cd $TF_ROOT, terraform apply]\n",
        NONE,
    ),
    (
        ".gitlab-ci.yml",
        "apply:\n  script: [gitlab-terraform apply]\n",
        NONE,
    ),
    (
        ".gitlab-ci.yml",
        "include:\n  - template: Terraform/Base.latest.gitlab-ci.yml\n",
        NONE,
    ),
    (
        "ci/tf.gitlab-ci.yml",
        "apply:\n  script:\n    - |\n      terraform -chdir=dev init\n      terraform -chdir=dev apply\n",
        "live",
    ),
    // CircleCI: runs, directories, orbs.
    (
        ".circleci/config.yml",
        "jobs:\n  a:\n    steps:\n      - run: terraform apply\n",
        NONE,
    ),
    (
        ".circleci/config.yml",
        "jobs:\n  a:\n    working_directory: ~/project/dev\n    steps:\n      - run:\n          name: x\n          command: terraform apply\n",
        "live",
    ),
    (
        ".circleci/config.yml",
        "orbs:\n  tf: circleci/terraform@3.2.1\nworkflows:\n  a:\n    jobs:\n      - tf/apply:\n          path: live\n",
        "dev",
    ),
    // The others that run scripts.
    (
        ".buildkite/pipeline.yml",
        "steps:\n  - command: terraform apply\n",
        NONE,
    ),
    (
        ".buildkite/pipeline.yml",
        "steps:\n  - label: x\n    plugins:\n      - org/terraform#v1: ~\n",
        NONE,
    ),
    (
        "bitbucket-pipelines.yml",
        "pipelines:\n  default:\n    - step:\n        script:\n          - cd dev && terraform apply\n",
        "live",
    ),
    (
        "buildspec.yml",
        "phases:\n  build:\n    commands:\n      - cd $CODEBUILD_SRC_DIR/live\n      - terraform apply\n",
        "dev",
    ),
    (
        "azure-pipelines.yml",
        "steps:\n  - script: terraform apply\n    workingDirectory: dev\n",
        "live",
    ),
    (
        "azure-pipelines.yml",
        "steps:\n  - task: TerraformCLI@0\n    inputs:\n      command: apply\n      workingDirectory: $(System.DefaultWorkingDirectory)/live\n",
        "dev",
    ),
    (
        ".drone.yml",
        "kind: pipeline\nsteps:\n  - name: x\n    commands: [terraform apply]\n---\nkind: secret\n",
        NONE,
    ),
    (
        ".drone.yml",
        "steps:\n  - name: x\n    image: jmccann/drone-terraform:6\n",
        NONE,
    ),
    (
        ".travis.yml",
        "script:\n  - cd dev; terraform plan\n",
        "live",
    ),
    (
        "pipeline.yml",
        "jobs:\n  - name: x\n    plan:\n      - task: x\n        config:\n          run:\n            path: sh\n            args: [-exc, \"cd dev\\nterraform apply\\n\"]\n",
        "live",
    ),
    // Systems that run whole projects.
    (
        "atlantis.yaml",
        "version: 3\nprojects:\n  - dir: dev\n",
        "live",
    ),
    ("atlantis.yaml", "version: 3\n", NONE),
    (
        "digger.yml",
        "projects:\n  - name: x\n    dir: live\n",
        "dev",
    ),
    (".spacelift/config.yml", "version: 1\n", NONE),
    ("env0.yml", "version: 1\n", NONE),
    (".terrateam/config.yml", "enabled: true\n", NONE),
    // Commands behind wrappers.
    (
        "Jenkinsfile",
        "sh 'timeout 60 /usr/local/bin/terraform apply'\n",
        NONE,
    ),
    (
        "Jenkinsfile",
        "sh 'aws-vault exec x -- bash -c \"terraform apply\"'\n",
        NONE,
    ),
    (
        ".travis.yml",
        "script: [docker run -v x:/x hashicorp/terraform:1.5 apply]\n",
        NONE,
    ),
    // Terragrunt's units have no configuration of their own.
    (
        ".travis.yml",
        "script: [cd units/a, terragrunt plan]\n",
        NONE,
    ),
    // The repository lies beside others, or its modules lie below.
    (
        "Jenkinsfile",
        "dir('checkout/dev') {\n  sh 'terraform apply'\n}\n",
        "live",
    ),
    // Wrappers that pin an identity.
    (
        "Makefile",
        "apply:\n\tAWS_PROFILE=shared terraform apply\n",
        NONE,
    ),
    (
        "deploy.sh",
        "export AWS_ACCESS_KEY_ID=$KEY\nterraform apply\n",
        NONE,
    ),
];

const HARMLESS: [Row; 28] = [
    (
        "Jenkinsfile",
        "node {\n  sh 'terraform fmt -check && terraform validate'\n}\n",
        BOTH,
    ),
    ("Jenkinsfile", "node {\n  sh 'npm test'\n}\n", BOTH),
    (
        "Jenkinsfile",
        "node {\n  // sh 'terraform apply'\n  echo 'terraform apply'\n}\n",
        BOTH,
    ),
    (
        "Jenkinsfile",
        "stage('terraform plan') {\n  sh 'tflint'\n}\n",
        BOTH,
    ),
    (
        ".gitlab-ci.yml",
        "a:\n  script:\n    - terraform init -backend=false\n    - terraform validate\n",
        BOTH,
    ),
    (
        ".gitlab-ci.yml",
        "build:\n  image: docker:24\n  script:\n    - docker build -t terraform .\n",
        BOTH,
    ),
    (
        ".gitlab-ci.yml",
        "a:\n  script: [terraform-docs ., tflint, checkov -d terraform]\n",
        BOTH,
    ),
    (
        ".gitlab-ci.yml",
        ".a:\n  image: hashicorp/terraform\nb:\n  extends: .a\n  script: [terraform fmt]\n",
        BOTH,
    ),
    (
        ".gitlab-ci.yml",
        "# terraform apply\na:\n  script: [echo terraform apply]\n",
        BOTH,
    ),
    (
        ".circleci/config.yml",
        "jobs:\n  a:\n    steps:\n      - run:\n          name: terraform apply\n          command: ls\n",
        BOTH,
    ),
    (
        ".circleci/config.yml",
        "orbs:\n  tf: circleci/terraform@3\njobs:\n  a:\n    docker:\n      - image: hashicorp/terraform\n    steps: [checkout, tf/validate, tf/fmt]\n",
        BOTH,
    ),
    (
        ".buildkite/pipeline.yml",
        "steps:\n  - command: terraform version\n",
        BOTH,
    ),
    (
        "azure-pipelines.yml",
        "steps:\n  - task: TerraformInstaller@0\n  - script: terraform fmt -check\n",
        BOTH,
    ),
    (
        ".travis.yml",
        "script: [docker run hashicorp/terraform:1.5 fmt]\n",
        BOTH,
    ),
    (
        ".travis.yml",
        "script:\n  - terraform get\n  - terraform graph\n",
        BOTH,
    ),
    ("vendored/.travis.yml", "script: [terraform apply]\n", BOTH),
    (
        "buildspec.yml",
        "phases:\n  build:\n    commands: [pip install terraform-compliance]\n",
        BOTH,
    ),
    (
        "bitbucket-pipelines.yml",
        "pipelines:\n  default:\n    - step:\n        script: [git add terraform plan]\n",
        BOTH,
    ),
    ("Makefile", "apply:\n\tcd dev && terraform apply\n", BOTH),
    (
        "Makefile",
        "AWS_PROFILE ?= shared\napply:\n\tAWS_PROFILE=$(AWS_PROFILE) terraform apply\n",
        BOTH,
    ),
    (
        "Makefile",
        "AWS_PROFILE ?= shared\napply:\n\tterraform -chdir=dev apply\n",
        BOTH,
    ),
    ("deploy.sh", "export AWS_PROFILE=shared\naws s3 ls\n", BOTH),
    ("justfile", "apply:\n  terraform apply\n", BOTH),
    (
        "buildspec.yml",
        "phases:\n  build:\n    commands: [cd .app, terraform apply]\n",
        BOTH,
    ),
    (
        "buildspec.yml",
        "phases:\n  pre_build:\n    commands: [cd .app]\n  build:\n    commands: [terraform apply]\n",
        BOTH,
    ),
    (
        ".travis.yml",
        "jobs:\n  include:\n  - script: [docker run hashicorp/terraform fmt]\n",
        BOTH,
    ),
    (
        "Makefile",
        "apply:\n\taws-vault exec $$AWS_PROFILE -- terraform apply\n",
        BOTH,
    ),
    ("examples/atlantis.yaml", "version: 3\n", BOTH),
];

#[test]
fn a_root_module_waits_where_a_runner_with_its_own_credentials_runs_it() {
    for (path, text, expected) in HELD {
        let tree = tree(path, text);
        assert_eq!(safe(&tree, ""), expected, "{path}\n{text}");
        let all = tree.plan(ACCOUNTS, reviewed()).unwrap();
        assert_eq!(changed(&all).len(), 2, "only waits: {path}\n{text}");
    }
}

#[test]
fn nothing_waits_for_files_that_reach_no_state() {
    for (path, text, expected) in HARMLESS {
        assert_eq!(safe(&tree(path, text), ""), expected, "{path}\n{text}");
    }
}

#[test]
fn a_pipeline_runs_what_the_target_or_the_script_runs() {
    let makefile = "lint: fmt\n\ttflint\nfmt:\n\tterraform fmt\napply: init\n\techo done\ninit:\n\tterraform init\nENV ?= live\nplan:\n\tterraform -chdir=$(ENV) plan\n";
    for (call, expected) in [
        ("make lint", BOTH),
        ("make test", BOTH),
        ("cd elsewhere; make apply", BOTH),
        ("make apply", NONE),
        ("make fmt ENV=x", BOTH),
        ("make $TARGET", NONE),
        ("./ci/deploy.sh dev", NONE),
        ("bash ci/check.sh", BOTH),
        ("./ci/terraform-keys.sh", BOTH),
        ("./elsewhere.sh", BOTH),
        ("./elsewhere/terraform.sh", NONE),
        // Behind wrappers that bring nothing, targets and scripts are read, too.
        ("make plan ENV=dev", "live"),
        // What calls it may set the variable.
        ("make plan", NONE),
        ("ENV=dev make plan", "live"),
        ("timeout 60 make plan ENV=dev", "live"),
        ("mise exec -- make plan ENV=dev", "live"),
        ("./ci/in.sh dev", "live"),
        ("nohup ./ci/in.sh live", "dev"),
        ("make lint ENV=dev", BOTH),
        ("mise exec -- make lint", BOTH),
        ("timeout 60 ./ci/check.sh", BOTH),
        ("nohup bash ci/check.sh dev", BOTH),
    ] {
        let mut tree = tree("Makefile", makefile);
        for (path, text) in [
            ("ci/deploy.sh", "terraform apply\n".to_owned()),
            ("ci/check.sh", "terraform validate\n".to_owned()),
            ("ci/in.sh", "terraform -chdir=$1 apply\n".to_owned()),
            ("ci/terraform-keys.sh", "aws iam list-users\n".to_owned()),
            ("Jenkinsfile", format!("node {{\n  sh '{call}'\n}}\n")),
        ] {
            tree.0.insert(path.into(), text);
        }
        assert_eq!(safe(&tree, ""), expected, "{call}");
    }
}

#[test]
fn a_workspace_runs_its_own_root_module() {
    for block in [
        "terraform {\n  cloud {\n    organization = \"x\"\n  }\n}\n",
        "terraform {\n  backend \"remote\" {\n    organization = \"x\"\n  }\n}\n",
        "variable \"atlantis_user\" {\n  default = \"x\"\n}\n",
    ] {
        assert_eq!(safe(&tree("dev/backend.tf", block), ""), "live", "{block}");
    }
    for block in [
        "terraform {\n  backend \"local\" {}\n}\n",
        "resource \"x\" \"y\" {\n  cloud {\n  }\n}\n",
    ] {
        assert_eq!(safe(&tree("dev/backend.tf", block), ""), BOTH, "{block}");
    }
}

#[test]
fn a_child_module_waits_with_the_root_module_that_calls_it() {
    let mut tree = tree("Jenkinsfile", "sh 'terraform -chdir=dev apply'\n");
    let call = "module \"m\" {\n  source = \"../m\"\n}\n";
    tree.0.insert("dev/m.tf".into(), call.to_owned());
    tree.0.insert("m/main.tf".into(), root("111111111111"));
    assert_eq!(safe(&tree, ""), "live");
}

#[test]
fn a_profile_that_a_wrapper_pins_may_be_the_root_modules_own_account() {
    for (profile, expected) in [("dev", BOTH), ("live", "live"), ("unknown", "live")] {
        let makefile = format!("apply:\n\tAWS_PROFILE={profile} terraform apply\n");
        let tree = tree("dev/Makefile", &makefile);
        assert_eq!(safe(&tree, ""), expected, "{profile}");
    }
}

#[test]
fn an_answer_of_one_line_ends_the_wait() {
    let tree = tree("ci/Jenkinsfile", "sh 'terraform apply'\n");
    for (answer, expected) in [
        ("runner \"ci/Jenkinsfile\" { account = \"*\" }\n", BOTH),
        ("runner \"ci/Jenkinsfile\" { terraform = false }\n", BOTH),
        ("runner \"ci/Jenkinsfile\" { account = \"dev\" }\n", "dev"),
        ("runner \"ci/Jenkinsfile\" { account = \"shared\" }\n", NONE),
        ("runner \"ci/*\" { account = \"live\" }\n", "live"),
        (
            "runner \"**\" { account = \"live\" }\nrunner \"ci/J*\" { account = \"dev\" }\n",
            "dev",
        ),
        ("runner \"*\" { account = \"*\" }\n", NONE),
    ] {
        assert_eq!(safe(&tree, answer), expected, "{answer}");
    }
}

#[test]
fn an_answer_about_no_runner_is_reported() {
    let tree = tree("Jenkinsfile", "sh 'terraform apply'\n");
    let skipped = |answer: &str| {
        let skipped = plan(&tree, answer).skipped.into_iter();
        let skipped = skipped.map(|skip| (skip.line, skip.reason));
        skipped.collect::<Vec<_>>()
    };
    assert_eq!(skipped("runner \"J*\" { terraform = false }\n"), []);
    let reason = "`runner \"ci/x\"` matches no file that runs Terraform".to_owned();
    assert_eq!(
        skipped("runner \"ci/x\" { terraform = false }\n"),
        [(Some(4), reason)]
    );
}

#[test]
fn a_wrong_answer_is_an_error_with_its_line() {
    for (text, expected) in [
        (
            "runner { account = \"*\" }",
            "1:1: `runner` takes one label",
        ),
        (
            "runner \"a\" {}",
            "1:1: `runner` needs either `account` or `terraform = false`",
        ),
        (
            "runner \"a\" { terraform = true }",
            "1:26: `terraform`: only `false`",
        ),
        (
            "runner \"a\" { role = \"x\" }",
            "1:14: unknown key `role`; known here: account, terraform",
        ),
        (
            "\nrunner \"a\" { account = \"b\" }",
            "2:24: `account`: no `account` block has the label `b`; there is none",
        ),
        (
            "runner \"a\" { account = \"*\" }\nrunner \"a\" { account = \"*\" }",
            "2:1: this `runner` stands here twice",
        ),
    ] {
        let error = Settings::parse(text, CATALOGUE)
            .map(|_| ())
            .expect_err(text);
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
    }
    let later = "runner \"a\" { account = \"b\" }\naccount \"b\" { id = \"111111111111\" }\n";
    assert!(Settings::parse(later, CATALOGUE).is_ok());
}

#[test]
fn the_message_names_the_runner_and_both_accounts() {
    let said = |tree: &Tree, answers: &str| {
        let plan = plan(tree, answers);
        let help = plan.open().next().and_then(|it| it.help.clone());
        (reports(&plan), help.unwrap_or_default())
    };
    let start = "provider \"aws\" no longer assumes a role: credentials for account 111111111111 (dev) come from the environment; ";
    let jenkins = tree(
        "Jenkinsfile",
        "node {\n  sh 'terraform -chdir=dev apply'\n}\n",
    );
    let (reports, help) = said(&jenkins, "");
    assert_eq!(
        reports,
        [format!(
            "dev/main.tf:4: {start}Jenkins (Jenkinsfile:2) runs it with credentials of its own: after the change it would act in their account, not in 111111111111 (dev)"
        )]
    );
    assert_eq!(
        help,
        "if each root module gets credentials of its own account there, and the profiles that the code names, add `runner \"Jenkinsfile\" { account = \"*\" }` to tfkeyless.hcl; if all get those of one account, `runner \"Jenkinsfile\" { account = \"dev\" }` with its label"
    );
    let (reports, _) = said(
        &jenkins,
        "runner \"Jenkinsfile\" { account = \"shared\" }\n",
    );
    assert_eq!(
        reports,
        [format!(
            "dev/main.tf:4: {start}Jenkins (Jenkinsfile:2) runs it with credentials of 333333333333 (shared): after the change it would act there, not in 111111111111 (dev)"
        )]
    );
    let workspace = "terraform {\n  cloud {\n    organization = \"x\"\n  }\n}\n";
    let (reports, _) = said(&tree("dev/backend.tf", workspace), "");
    assert_eq!(
        reports,
        [format!(
            "dev/main.tf:4: {start}HCP Terraform (dev/backend.tf:2) runs it with credentials of its own: after the change it would act in their account, not in 111111111111 (dev)"
        )]
    );
    let pinned = tree(
        "dev/Makefile",
        "apply:\n\taws-vault exec hub -- terraform apply\n",
    );
    let (reports, _) = said(&pinned, "");
    assert_eq!(
        reports,
        [format!(
            "dev/main.tf:4: {start}the Makefile (dev/Makefile:2) runs it with profile `hub`: after the change it would act in its account, not in 111111111111 (dev)"
        )]
    );
}

#[test]
fn a_backends_profile_waits_where_the_runner_may_lack_it() {
    let backend = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n    region = \"eu-west-1\"\n  }\n}\n";
    let tree = Tree::new([
        ("dev/main.tf", backend),
        (
            ".gitlab-ci.yml",
            "a:\n  script: [include, terraform apply]\n",
        ),
    ]);
    let config = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\n";
    let plan = |answer: &str| {
        let config = format!("{config}{answer}");
        tree.plan(&config, Selection::default()).unwrap()
    };
    assert_eq!(
        reports(&plan("")),
        [
            "dev/main.tf:2: the S3 backend gets the profile \"shared\"; GitLab CI (.gitlab-ci.yml:2) runs it with credentials of its own, and may lack the profile `shared`"
        ]
    );
    let answer = "runner \".gitlab-ci.yml\" { account = \"shared\" }\n";
    assert_eq!(changed(&plan(answer)), Vec::<String>::new());
    let answer = "runner \".gitlab-ci.yml\" { account = \"*\" }\n";
    assert_eq!(changed(&plan(answer)), ["dev/main.tf"]);
}
