//! Files whose text tells what they are, whatever their path.

use super::of;

const CONTAINER: &str = "command: [terraform]\n      args: [apply, -auto-approve]\n";

#[test]
fn manifests_are_known_by_their_text() {
    let container = format!(
        "kind: Job\napiVersion: batch/v1\nspec:\n  containers:\n    - image: x\n      {CONTAINER}"
    );
    let workflow = container.replace("kind: Job", "kind: Workflow");
    for (path, text, expected) in [
        (
            "k8s/job.yaml",
            container.as_str(),
            "Kubernetes 6 Certain: *",
        ),
        ("argo/wf.yml", &workflow, "Kubernetes 6 Certain: *"),
        (
            "tekton/task.yaml",
            "apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n    - image: a\n      workingDir: dev\n      script: terraform apply\n",
            "Kubernetes 7 Certain: *",
        ),
        (
            "cron.yaml",
            "apiVersion: batch/v1\nkind: CronJob\nspec:\n  containers:\n    - command: [sh, -c, terraform apply]\n",
            "Kubernetes 5 Certain: *",
        ),
        (
            "run.yaml",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: hashicorp/terraform:1.9\n      args: [plan]\n",
            "Kubernetes 6 Certain: *",
        ),
        (
            "flux/tf.yaml",
            "apiVersion: infra.contrib.fluxcd.io/v1alpha2\nkind: Terraform\nspec:\n  path: ./live\n",
            "Kubernetes 4 Certain: live",
        ),
        (
            "ci/spec.yaml",
            "version: 0.2\nphases:\n  build:\n    commands:\n      - terraform -chdir=dev apply\n",
            "AWS CodeBuild 5 Certain: dev",
        ),
        (
            ".azuredevops/a.yml",
            "trigger: [main]\nsteps:\n  - script: terraform -chdir=dev apply\n",
            "Azure Pipelines 3 Certain: dev",
        ),
        (
            "pipelines/a.yml",
            "stages:\n  - stage: a\n    jobs:\n      - job: b\n        steps:\n          - bash: terraform apply\n",
            "Azure Pipelines 6 Certain: *",
        ),
        (
            "ci/task.yml",
            "platform: linux\nrun: {path: sh, args: [-c, terraform apply]}\n",
            "Concourse 2 Certain: *",
        ),
        (
            "play.yml",
            "- hosts: all\n  tasks:\n    - community.general.terraform: {project_path: dev}\n      environment:\n        AWS_PROFILE: deploy\n",
            "the playbook 5 Certain: * as deploy",
        ),
    ] {
        assert_eq!(of(path, text), [expected], "{path}\n{text}");
    }
}

#[test]
fn a_manifest_that_runs_no_terraform_is_no_runner() {
    for (path, text) in [
        // Of another kind, whatever it names.
        ("mkdocs.yml", "nav:\n  - terraform apply: a.md\n"),
        ("values.yaml", "image: hashicorp/terraform\n"),
        (
            "config.yaml",
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: terraform apply\n",
        ),
        (
            "k8s/app.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {labels: {by: terraform}}\nspec:\n  containers:\n    - command: [server]\n",
        ),
        (
            "ci/spec.yaml",
            "phases:\n  build:\n    commands: [terraform fmt -check]\n",
        ),
        (
            "play.yml",
            "- hosts: all\n  tasks:\n    - community.general.terraform: {project_path: dev}\n",
        ),
        (
            ".pre-commit-config.yaml",
            "repos:\n  - repo: x\n    hooks: [{id: terraform_fmt}]\n",
        ),
        // GitHub's own reader has those.
        (
            ".github/workflows/a.yml",
            "steps:\n  - script: terraform apply\n",
        ),
    ] {
        assert_eq!(of(path, text), [""; 0], "{path}\n{text}");
    }
}

#[test]
fn an_alias_stands_for_the_commands_of_its_anchor() {
    const COMMANDS: &str = "terraform -chdir=dev apply";
    for (path, text) in [
        (
            ".gitlab-ci.yml",
            format!(".x: &x\n  - {COMMANDS}\na:\n  script:\n    - *x\n"),
        ),
        (
            ".gitlab-ci.yml",
            format!(".x: &x\n  - {COMMANDS}\na:\n  script: *x\n"),
        ),
        (
            ".gitlab-ci.yml",
            format!(".x: &x {COMMANDS}\na:\n  script:\n    - echo\n    - *x\n"),
        ),
        (
            ".drone.yml",
            format!("x: &c [{COMMANDS}]\nsteps:\n  - commands: *c\n"),
        ),
        (
            "bitbucket-pipelines.yml",
            format!(
                "definitions:\n  y: &y\n    name: y\n    script: [{COMMANDS}]\npipelines:\n  default:\n    - step: *y\n"
            ),
        ),
    ] {
        let found = of(path, &text);
        let [runner] = found.as_slice() else {
            panic!("{found:?} {text}");
        };
        assert!(runner.contains("Certain: dev"), "{runner} {text}");
    }
}

#[test]
fn a_command_below_an_unknown_key_is_not_passed_over() {
    assert_eq!(
        of(
            ".gitlab-ci.yml",
            "a:\n  hooks: {pre_get_sources_script: [terraform apply]}\n"
        ),
        ["GitLab CI 2 Certain: *"]
    );
    assert_eq!(
        of(
            ".semaphore/a.yml",
            "blocks:\n  - epilogue: {always: {x_commands: [terraform apply]}}\n"
        ),
        ["Semaphore 2 Possible: "]
    );
    assert_eq!(
        of(
            ".gitlab-ci.yml",
            "a:\n  stage: terraform apply\n  script: [echo]\n"
        ),
        [""; 0]
    );
}

#[test]
fn programs_and_images_pin_identities_too() {
    for (path, text, expected) in [
        (
            "bin/deploy",
            "#!/bin/sh\nexport AWS_PROFILE=deploy\nterraform -chdir=dev apply\n",
            "the script 2 Certain: dev as deploy",
        ),
        (
            "a.fish",
            "set -gx AWS_PROFILE deploy\nterraform -chdir=dev apply\n",
            "the script 1 Certain: dev as deploy",
        ),
        (
            "a.ps1",
            "$env:AWS_PROFILE = \"deploy\"\nterraform -chdir=dev apply\n",
            "the script 1 Certain: dev as deploy",
        ),
        (
            "a.bat",
            "set AWS_PROFILE=deploy\nterraform -chdir=dev apply\n",
            "the script 1 Certain: dev as deploy",
        ),
        (
            "deploy.py",
            "os.environ[\"AWS_PROFILE\"] = \"deploy\"\nsubprocess.run([\"terraform\", \"apply\"])\n",
            "the program 1 Certain: * as deploy",
        ),
        (
            "Rakefile",
            "ENV['AWS_PROFILE'] = 'deploy'\nsh 'terraform apply'\n",
            "the program 1 Certain: * as deploy",
        ),
        (
            "Dockerfile.deploy",
            "FROM hashicorp/terraform\nENV AWS_PROFILE deploy\n",
            "the image 2 Certain: * as deploy",
        ),
        (
            "Earthfile",
            "a:\n  RUN --secret AWS_ACCESS_KEY_ID terraform apply\n",
            "the image 2 Certain: *",
        ),
        (
            "package.json",
            "{\"scripts\":{\"a\":\"AWS_PROFILE=deploy terraform -chdir=dev apply\"}}\n",
            "the task file 1 Certain: dev as deploy",
        ),
        (
            "Taskfile.yml",
            "env: {AWS_PROFILE: deploy}\ntasks:\n  a:\n    cmds:\n      - terraform -chdir=dev apply\n",
            "the task file 1 Certain: dev as deploy",
        ),
        (
            "compose.yml",
            "services:\n  a:\n    image: hashicorp/terraform\n    environment: {AWS_PROFILE: deploy}\n",
            "Docker Compose 4 Certain: * as deploy",
        ),
        (
            "compose.yml",
            "services:\n  a:\n    image: hashicorp/terraform\n    environment:\n      - AWS_ACCESS_KEY_ID\n",
            "Docker Compose 5 Certain: *",
        ),
        (
            "Makefile",
            "a:\n\tAWS_SHARED_CREDENTIALS_FILE=c terraform -chdir=dev apply\n",
            "the Makefile 2 Certain: dev",
        ),
    ] {
        assert_eq!(of(path, text), [expected], "{path}\n{text}");
    }
    for (path, text) in [
        ("bin/deploy", "#!/bin/sh\nterraform apply\n"),
        ("NOTES", "AWS_PROFILE=deploy terraform apply\n"),
        ("a.py", "print(\"AWS_PROFILE\")\nrun(\"terraform\")\n"),
        ("b.py", "AWS_PROFILE = \"deploy\"\n"),
        ("Dockerfile", "FROM hashicorp/terraform\n"),
        (
            "package.json",
            "{\"scripts\":{\"a\":\"AWS_PROFILE=x npm run b\",\n\"b\":\"terraform fmt\"}}\n",
        ),
    ] {
        assert_eq!(of(path, text), [""; 0], "{path}\n{text}");
    }
}
