mod pins;
mod unnamed;

use std::path::Path;

use super::*;
use crate::scripts::tree::TreeScripts;

/// The runners of a file, each as `SYSTEM LINE GRADE: DIRECTORIES`, `*` for any, in a tree with the
/// modules `dev` and `live`.
fn of(path: &str, text: &str) -> Vec<String> {
    let evidence = read(Path::new(path), text);
    let modules = ["dev", "live"].map(Path::new);
    let runners = runners(
        evidence.into_iter().collect(),
        &TreeScripts::default(),
        &modules.into_iter(),
    );
    let shown = runners.into_iter().map(|runner| {
        let runs = runner.runs.iter().map(|it| match &it.run.directory {
            Some(directory) => directory.display().to_string(),
            None => "*".to_owned(),
        });
        let runs = runs.collect::<Vec<_>>().join(" ");
        let profile = runner
            .profile
            .map(|it| format!(" as {it}"))
            .unwrap_or_default();
        format!(
            "{} {} {:?}: {runs}{profile}",
            runner.system, runner.at.line, runner.grade
        )
    });
    shown.collect()
}

/// A file, its text, and the runner that it defines.
const RUNNERS: [(&str, &str, &str); 28] = [
    (
        "Jenkinsfile",
        "sh 'terraform apply'\n",
        "Jenkins 1 Certain: *",
    ),
    (
        "x/Jenkinsfile.prod",
        "a {\n  sh 'terraform -chdir=dev apply'\n}\n",
        "Jenkins 2 Certain: dev",
    ),
    (
        "vars/a.groovy",
        "sh '''\n  cd live\n  terraform apply\n'''\n",
        "Jenkins 3 Certain: live",
    ),
    (
        "Jenkinsfile",
        "terraformDeploy(x)\n",
        "Jenkins 1 Possible: ",
    ),
    (
        "Jenkinsfile",
        "// terraform\ndef x = 'terraform'\nsh command\n",
        "Jenkins 3 Possible: ",
    ),
    (
        ".gitlab-ci.yml",
        "a:\n  script:\n    - cd dev\n    - terraform apply\n",
        "GitLab CI 4 Certain: dev",
    ),
    (
        ".gitlab/ci/a.yml",
        "a:\n  script:\n    - |\n      cd live\n      terraform apply\n",
        "GitLab CI 5 Certain: live",
    ),
    (
        ".gitlab-ci.yml",
        "include:\n  - local: ci/terraform.yml\n",
        "GitLab CI 2 Possible: ",
    ),
    (
        ".circleci/config.yml",
        "jobs:\n  a:\n    steps:\n      - run: terraform -chdir=dev apply\n",
        "CircleCI 4 Certain: dev",
    ),
    (
        ".buildkite/a.yaml",
        "steps:\n  - commands: [terraform -chdir=dev apply]\n",
        "Buildkite 2 Certain: dev",
    ),
    (
        "bitbucket-pipelines.yml",
        "pipelines:\n  default:\n    - step:\n        script:\n          - pipe: x/terraform-apply:1\n",
        "Bitbucket Pipelines 5 Possible: ",
    ),
    (
        "x/buildspec-a.yml",
        "phases:\n  build:\n    commands:\n      - terraform -chdir=live apply\n",
        "AWS CodeBuild 4 Certain: live",
    ),
    (
        "azure-pipelines.yml",
        "steps:\n- task: TerraformTaskV4@4\n  inputs:\n    command: plan\n    workingDirectory: dev\n",
        "Azure Pipelines 2 Certain: dev",
    ),
    (
        "azure-pipelines.yml",
        "extends:\n  template: terraform.yml@shared\n",
        "Azure Pipelines 2 Possible: ",
    ),
    (
        ".drone.yml",
        "steps:\n- commands: [cd dev, terraform apply]\n",
        "Drone 2 Certain: dev",
    ),
    (
        ".travis.yml",
        "install: [terraform -chdir=dev init]\n",
        "Travis CI 1 Certain: dev",
    ),
    (
        "ci/pipeline.yml",
        "jobs:\n- plan:\n  - config:\n      run: {path: terraform, args: [-chdir=dev, apply]}\n",
        "the pipeline 4 Certain: dev",
    ),
    (
        "atlantis.yaml",
        "projects:\n- dir: dev\n- dir: ./live\n",
        "Atlantis 2 Certain: dev live",
    ),
    ("atlantis.yml", "version: 3\n", "Atlantis 1 Certain: *"),
    (
        ".spacelift/config.yml",
        "version: 1\n",
        "Spacelift 1 Certain: *",
    ),
    ("dev/env0.yml", "version: 1\n", "env0 1 Certain: *"),
    (".terrateam/config.yml", "a: 1\n", "Terrateam 1 Certain: *"),
    (
        "digger.yml",
        "projects:\n- name: a\n  dir: live\n",
        "Digger 3 Certain: live",
    ),
    (
        "dev/Makefile",
        "a:\n\taws-vault exec hub -- terraform apply\n",
        "the Makefile 2 Certain: dev as hub",
    ),
    (
        "x.sh",
        "export AWS_PROFILE=hub\nterraform apply\n",
        "the script 1 Certain: * as hub",
    ),
    (
        "x.sh",
        "AWS_PROFILE=$1 terraform apply\n",
        "the script 1 Certain: *",
    ),
    (
        "Taskfile.yml",
        "tasks:\n  a:\n    cmds:\n      - AWS_PROFILE=hub terraform apply\n",
        "the task file 4 Certain: * as hub",
    ),
    (
        "justfile",
        "a:\n  AWS_PROFILE=hub terraform apply\n",
        "the task file 2 Certain: * as hub",
    ),
];

#[test]
fn each_system_is_known_by_its_files() {
    for (path, text, expected) in RUNNERS {
        assert_eq!(of(path, text), [expected], "{path}\n{text}");
    }
}

#[test]
fn what_reaches_no_state_is_no_runner() {
    for (path, text) in [
        ("Jenkinsfile", "sh 'terraform fmt'\n"),
        (
            "Jenkinsfile",
            "stage('terraform apply') {\n  sh \"tflint\"\n}\n",
        ),
        (
            ".gitlab-ci.yml",
            "a:\n  script: [terraform init -backend=false, terraform validate]\n",
        ),
        (".gitlab-ci.yml", "a:\n  image: terraform\n  script: [ls]\n"),
        (".circleci/config.yml", "orbs:\n  t: circleci/terraform@3\n"),
        (
            ".circleci/other.yml",
            "jobs:\n  a:\n    steps:\n      - run: terraform apply\n",
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- task: TerraformTaskV4@4\n  inputs:\n    command: validate\n",
        ),
        (".travis.yml", "script: [cd elsewhere, terraform apply]\n"),
        ("x/atlantis.yaml", "version: 3\n"),
        ("Makefile", "a:\n\tterraform apply\n"),
        ("x.sh", "terraform output\necho \"AWS_ACCESS_KEY_ID=$X\"\n"),
        ("Makefile", "AWS_PROFILE ?= a\nb:\n\tterraform apply\n"),
        ("x.sh", "AWS_PROFILE=hub aws s3 ls\n"),
        (
            "x.sh",
            "export AWS_PROFILE=\"${AWS_PROFILE:-hub}\"\nterraform apply\n",
        ),
        ("x.sh", "terraform init -backend-config=access_key=$ARM\n"),
        ("main.tf", "terraform {}\n"),
    ] {
        assert_eq!(of(path, text), Vec::<String>::new(), "{path}\n{text}");
    }
}

#[test]
fn commands_are_found_behind_what_wraps_them() {
    for command in [
        "timeout 60 terraform apply",
        "nice -n 5 retry 3 terraform apply",
        "bash -c \"terraform apply\"",
        "/usr/local/bin/terraform apply",
        "$TF apply",
        "${TERRAFORM} apply",
        "mise exec -- terraform apply",
        "X=$(terraform output -raw x)",
        "docker run -w /x hashicorp/terraform:1.5 apply",
        "terragrunt run-all plan",
        "echo $(terraform output x)",
    ] {
        let found = evidence::reading(command, Some(Path::new("")));
        assert_eq!(found.runs.len(), 1, "{command}");
    }
    for command in [
        "echo terraform apply",
        "git commit -m \"terraform apply\"",
        "docker build -t terraform .",
        "docker run hashicorp/terraform:1.5 fmt",
        "timeout 5 terraform validate",
        "asdf install terraform 1.5.0",
        "cd terraform",
        "bash -c 'terraform fmt'",
    ] {
        let found = evidence::reading(command, Some(Path::new("")));
        assert_eq!(found.runs, [], "{command}");
    }
}

/// A file, its text, and the directories of its commands, `*` for any.
const DIRECTORIES: [(&str, &str, &str); 17] = [
    (
        "Jenkinsfile",
        "node { dir(params.ENV) { sh 'terraform apply' } }\n",
        "*",
    ),
    (
        "Jenkinsfile",
        "node { dir('dev/' + env.X) { sh 'terraform apply' } }\n",
        "*",
    ),
    (
        "Jenkinsfile",
        "def d = 'live'\nnode { dir(d) { sh \"terraform apply\" } }\n",
        "*",
    ),
    (
        "Jenkinsfile",
        "dir('dev') { dir(d) { sh 'terraform apply' } }\n",
        "*",
    ),
    (
        "Jenkinsfile",
        "['dev', 'live'].each { d ->\n  dir(d) { sh 'terraform apply' }\n}\n",
        "*",
    ),
    ("Jenkinsfile", "sh 'cd ' + d + ' && terraform apply'\n", "*"),
    (
        "Jenkinsfile",
        "sh('terraform -chdir=' + d + ' apply')\n",
        "*",
    ),
    (
        "Jenkinsfile",
        "dir('dev') { sh 'terraform apply ' + flags }\n",
        "dev",
    ),
    (
        "Jenkinsfile",
        "dir(path: \"live\") { sh 'terraform apply' }\n",
        "live",
    ),
    (
        ".circleci/config.yml",
        "jobs:\n  a:\n    working_directory: ~/project/<< parameters.d >>\n    steps: [run: terraform apply]\n",
        "*",
    ),
    (
        ".circleci/config.yml",
        "jobs:\n  a:\n    steps: [run: cd << parameters.d >> && terraform apply]\n",
        "*",
    ),
    (
        ".circleci/config.yml",
        "jobs:\n  a:\n    steps: [run: terraform -chdir=<<pipeline.parameters.d>> apply]\n",
        "*",
    ),
    (
        ".circleci/config.yml",
        "jobs:\n  a:\n    working_directory: ~/project/dev\n    steps: [run: terraform << parameters.c >>]\n",
        "dev",
    ),
    (
        ".buildkite/pipeline.yml",
        "steps:\n  - command: \"cd {{matrix}} && terraform apply\"\n",
        "*",
    ),
    (
        ".buildkite/pipeline.yml",
        "steps:\n  - command: \"cd {{ matrix.d }} && terraform apply\"\n",
        "*",
    ),
    (
        ".buildkite/pipeline.yml",
        "steps:\n  - command: \"cd live && terraform apply -var x={{matrix}}\"\n",
        "live",
    ),
    (
        "ci/pipeline.yml",
        "jobs:\n- plan:\n  - config:\n      run: {path: sh, args: [-c, 'cd ((d)) && terraform apply']}\n",
        "*",
    ),
];

#[test]
fn a_directory_that_is_no_literal_may_be_any() {
    for (path, text, expected) in DIRECTORIES {
        let found = of(path, text);
        let directories = found.iter().filter_map(|it| it.split_once(": "));
        let directories: Vec<&str> = directories.map(|(_, directory)| directory).collect();
        assert_eq!(directories, [expected], "{text}");
    }
}

#[test]
fn systems_with_forms_of_their_own_are_read() {
    for (path, text, expected) in [
        (
            ".woodpecker.yml",
            "steps:\n  a:\n    commands: [cd live, terraform apply]\n",
            "Woodpecker 3 Certain: live",
        ),
        (
            ".woodpecker/a.yaml",
            "steps:\n  a:\n    commands: [terraform -chdir=dev apply]\n",
            "Woodpecker 3 Certain: dev",
        ),
        (
            ".forgejo/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: cd live && terraform apply\n",
            "Forgejo Actions 4 Certain: live",
        ),
        (
            ".gitea/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: terraform apply\n        working-directory: dev\n",
            "Gitea Actions 4 Certain: dev",
        ),
        (
            ".tekton/tf.yaml",
            "spec:\n  steps:\n    - script: cd live && terraform apply\n",
            "Tekton 3 Certain: live",
        ),
        (
            "cloudbuild.yaml",
            "steps:\n  - name: hashicorp/terraform\n    dir: live\n    args: [apply, -auto-approve]\n",
            "Cloud Build 4 Certain: live",
        ),
        (
            ".circleci/continue.yml",
            "jobs:\n  a:\n    steps: [{run: \"cd live && terraform apply\"}]\n",
            "CircleCI 3 Certain: live",
        ),
        (
            ".semaphore/semaphore.yml",
            "blocks:\n  - task:\n      jobs:\n        - commands: [cd live, terraform apply]\n",
            "Semaphore 4 Certain: live",
        ),
        (
            "codefresh.yml",
            "steps:\n  apply:\n    commands: [terraform -chdir=dev apply]\n",
            "Codefresh 3 Certain: dev",
        ),
    ] {
        assert_eq!(of(path, text), [expected], "{path}");
    }
    for (path, text) in [
        (
            "cloudbuild.yaml",
            "steps:\n  - name: hashicorp/terraform\n    args: [fmt, -check]\n",
        ),
        (
            ".woodpecker.yml",
            "steps:\n  a:\n    commands: [terraform validate]\n",
        ),
    ] {
        assert_eq!(of(path, text), Vec::<String>::new(), "{path}");
    }
}

/// Files whose form is not read may run any root module where they name Terraform.
#[test]
fn a_file_of_another_system_counts_where_it_names_terraform() {
    for (path, text, line) in [
        (".cirrus.yml", "task:\n  apply_script: terraform apply\n", 2),
        ("appveyor.yml", "build_script:\n  - terraform apply\n", 2),
        (
            "infra.gocd.yaml",
            "tasks:\n  - exec: { command: terraform, arguments: [apply] }\n",
            2,
        ),
        (
            "bamboo-specs/bamboo.yml",
            "Job:\n  tasks:\n    - script: [ \"terraform apply\" ]\n",
            3,
        ),
        (
            ".teamcity/settings.kts",
            "script { scriptContent = \"terraform apply\" }\n",
            1,
        ),
        (
            ".harness/p.yaml",
            "steps:\n  - step:\n      type: TerraformApply\n",
            3,
        ),
        (
            ".octopus/a.ocl",
            "action {\n  action_type = \"Octopus.TerraformApply\"\n}\n",
            2,
        ),
        (
            ".prow.yaml",
            "containers:\n  - image: hashicorp/terraform\n",
            2,
        ),
    ] {
        let found = of(path, text);
        let [found] = &found[..] else {
            panic!("{path}: {found:?}")
        };
        assert!(
            found.contains(&format!(" {line} Possible")),
            "{path}: {found}"
        );
    }
    for (path, text) in [
        (".cirrus.yml", "task:\n  test_script: cargo test\n"),
        (".harness/p.yaml", "steps:\n  - step:\n      type: Run\n"),
        ("docs/run.md", "Run `terraform apply`.\n"),
        (
            "config/teamcity.kts",
            "script { scriptContent = \"terraform apply\" }\n",
        ),
    ] {
        assert_eq!(of(path, text), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn wrappers_pin_credentials_in_each_form() {
    let apply = "cd live && terraform apply\n";
    for (path, text, expected) in [
        (
            "a.sh",
            format!("export AWS_DEFAULT_PROFILE=hub\n{apply}"),
            "the script 1 Certain: live as hub",
        ),
        (
            "a.sh",
            "cd live\nsaml2aws exec -a hub -- terraform apply\n".to_owned(),
            "the script 2 Certain: live as hub",
        ),
        (
            "a.sh",
            format!("export AWS_ROLE_ARN=x AWS_WEB_IDENTITY_TOKEN_FILE=/t\n{apply}"),
            "the script 1 Certain: live",
        ),
        (
            "a.sh",
            format!("export AWS_CONFIG_FILE=ci.aws\n{apply}"),
            "the script 1 Certain: live",
        ),
        (
            "a.sh",
            format!("eval \"$(aws sts assume-role --role-arn x)\"\n{apply}"),
            "the script 1 Certain: live",
        ),
        (
            "Taskfile.yml",
            "env:\n  AWS_PROFILE: hub\ntasks:\n  a:\n    cmds: [terraform -chdir=live apply]\n"
                .to_owned(),
            "the task file 2 Certain: live as hub",
        ),
        (
            "mise.toml",
            "[env]\nAWS_PROFILE = \"hub\"\n[tasks.a]\nrun = \"terraform -chdir=live apply\"\n"
                .to_owned(),
            "the task file 2 Certain: live dev live as hub",
        ),
        (
            "package.json",
            "{\"scripts\": {\"a\": \"cd live && aws-vault exec hub -- terraform apply\"}}\n"
                .to_owned(),
            "the task file 1 Certain: live as hub",
        ),
    ] {
        assert_eq!(of(path, &text), [expected], "{text}");
    }
    for tool in [
        "aws-sso exec -p hub",
        "chamber exec infra --",
        "doppler run --",
        "dotenvx run -f .env.live --",
        "envchain aws",
        "infisical run --",
        "op run --",
        "sudo -u deploy",
        "teller run --",
        "vaulted -n hub --",
    ] {
        let text = format!("cd live\n{tool} terraform apply\n");
        assert_eq!(of("a.sh", &text), ["the script 2 Certain: live"], "{text}");
    }
    for line in [
        "assume hub",
        ". awsume hub",
        "eval \"$(aws configure export-credentials --profile hub --format env)\"",
        "eval $(aws-sso eval -p hub)",
        "eval \"$(aws-vault export hub)\"",
        "export $(vault read aws/creds/x)",
        "source <(aws ssm get-parameter --name x)",
    ] {
        let text = format!("{line}\n{apply}");
        assert_eq!(of("a.sh", &text), ["the script 1 Certain: live"], "{text}");
    }
    for text in [
        format!("# export AWS_CONFIG_FILE=x\n{apply}"),
        format!("aws sts get-caller-identity\n{apply}"),
        format!("export TF_VAR_password=$(aws ssm get-parameter --name x)\n{apply}"),
        format!("echo op run -- terraform apply\n{apply}"),
        format!("doppler run -- npm test\n{apply}"),
        format!("sudo apt-get install terraform\n{apply}"),
    ] {
        assert_eq!(of("a.sh", &text), Vec::<String>::new(), "{text}");
    }
}
