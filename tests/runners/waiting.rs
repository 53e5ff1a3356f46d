//! Files that make a root module wait.

use super::{ACCOUNTS, NONE, Row, safe, tree};
use crate::support::{changed, reviewed};

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
fn files_that_a_pipeline_includes_are_part_of_it() {
    let job = "apply:\n  script:\n    - cd live\n    - terraform apply\n";
    let azure = "steps:\n  - script: terraform apply\n    workingDirectory: live\n";
    for (path, text, included, other, expected) in [
        (
            ".gitlab-ci.yml",
            "include: '/ci/tf.yml'\n",
            "ci/tf.yml",
            job,
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            "include: [ci/tf.yml]\n",
            "ci/tf.yml",
            job,
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            "include:\n  - local: ci/tf.yml\n",
            "ci/tf.yml",
            job,
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            "include:\n  - local: 'ci/*.yml'\n",
            "ci/tf.yml",
            job,
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            "include:\n  - local: 'ci/**.yml'\n",
            "ci/a/tf.yml",
            job,
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            "include:\n  - local: 'ci/*.yml'\n",
            "ci/a/tf.yml",
            job,
            "dev live",
        ),
        (
            ".gitlab-ci.yml",
            "include:\n  - local: other.yml\n",
            "ci/tf.yml",
            job,
            "dev live",
        ),
        (
            "azure-pipelines.yml",
            "stages:\n  - template: pipelines/tf.yml\n",
            "pipelines/tf.yml",
            azure,
            "dev",
        ),
        (
            "ci/azure-pipelines.yml",
            "extends:\n  template: tf.yml\n",
            "ci/tf.yml",
            azure,
            "dev",
        ),
        (
            ".circleci/config.yml",
            "jobs:\n  a:\n    steps:\n      - continuation/continue: {configuration_path: ci/go.yml}\n",
            "ci/go.yml",
            "jobs:\n  a:\n    steps: [{run: \"cd live && terraform apply\"}]\n",
            "dev",
        ),
    ] {
        let mut tree = tree(path, text);
        tree.0.insert(included.into(), other.to_owned());
        assert_eq!(safe(&tree, ""), expected, "{text} {included}");
    }
}

#[test]
fn stacks_that_configuration_defines_run_their_directory() {
    for (text, expected) in [
        (
            "resource \"spacelift_stack\" \"x\" {\n  project_root = \"live\"\n}\n",
            "dev",
        ),
        (
            "resource \"tfe_workspace\" \"x\" {\n  working_directory = \"/live/\"\n  vcs_repo {\n    identifier = \"o/r\"\n  }\n}\n",
            "dev",
        ),
        (
            "resource \"tfe_workspace\" \"x\" {\n  working_directory = \"live\"\n}\n",
            "dev live",
        ),
        (
            "resource \"spacelift_stack\" \"x\" {\n  project_root = \"other\"\n}\n",
            "dev live",
        ),
        (
            "resource \"scalr_workspace\" \"x\" {\n  working_directory = \"live\"\n  vcs_repo {\n    identifier = \"o/r\"\n  }\n}\n",
            "dev",
        ),
        (
            "resource \"scalr_workspace\" \"x\" {\n  working_directory = \"live\"\n}\n",
            "dev live",
        ),
        (
            "resource \"aws_ecs_task_definition\" \"x\" {\n  container_definitions = jsonencode([{ image = \"hashicorp/terraform\", command = [\"apply\"] }])\n}\n",
            "",
        ),
        (
            "resource \"aws_ecs_task_definition\" \"x\" {\n  container_definitions = jsonencode([{ image = \"nginx\", name = \"terraform\" }])\n}\n",
            "dev live",
        ),
        (
            "resource \"aws_ssm_document\" \"x\" {\n  content = jsonencode({ runCommand = [\"cd /srv/dev && terraform apply\"] })\n}\n",
            "",
        ),
    ] {
        assert_eq!(safe(&tree("admin/main.tf", text), ""), expected, "{text}");
    }
}
