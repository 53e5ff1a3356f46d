//! Files for which nothing waits.

use super::{BOTH, Row, safe, tree};

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
        "phases:\n  build:\n    commands: [cd app, terraform apply]\n",
        BOTH,
    ),
    (
        "buildspec.yml",
        "phases:\n  pre_build:\n    commands: [cd app]\n  build:\n    commands: [terraform apply]\n",
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
fn nothing_waits_for_files_that_reach_no_state() {
    for (path, text, expected) in HARMLESS {
        assert_eq!(safe(&tree(path, text), ""), expected, "{path}\n{text}");
    }
}

#[test]
fn a_runner_that_signs_in_to_the_account_of_the_role_makes_nothing_wait() {
    let gitlab = "apply:\n  id_tokens: {T: {aud: x}}\n  variables:\n    AWS_ROLE_ARN: arn:aws:iam::222222222222:role/ci\n    AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/t\n  script:\n    - cd live && terraform apply\n";
    let jenkins = "node {\n  withAWS(role: 'ci', roleAccount: '222222222222') {\n    dir('live') { sh 'terraform apply' }\n  }\n}\n";
    let rows = [
        (".gitlab-ci.yml", gitlab.to_owned(), BOTH),
        (
            ".gitlab-ci.yml",
            gitlab.replace("222222222222", "111111111111"),
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            gitlab.replace("arn:aws:iam::222222222222:role/ci", "$ROLE"),
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            gitlab.replace("    AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/t\n", ""),
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            gitlab.replace("cd live", "export AWS_PROFILE=x && cd live"),
            "dev",
        ),
        (
            ".gitlab-ci.yml",
            gitlab.replace("cd live", "cd $DIR"),
            "live",
        ),
        ("Jenkinsfile", jenkins.to_owned(), BOTH),
        (
            "Jenkinsfile",
            jenkins.replace("222222222222", "111111111111"),
            "dev",
        ),
        (
            "Jenkinsfile",
            jenkins.replace(", roleAccount: '222222222222'", ""),
            "dev",
        ),
        (
            "Jenkinsfile",
            jenkins.replace(
                "role: 'ci', roleAccount: '222222222222'",
                "role: 'arn:aws:iam::222222222222:role/ci'",
            ),
            BOTH,
        ),
        (
            "Jenkinsfile",
            format!("{jenkins}dir('live') {{ sh 'terraform plan' }}\n"),
            "dev",
        ),
    ];
    for (path, text, expected) in rows {
        assert_eq!(safe(&tree(path, &text), ""), expected, "{text}");
    }
}
