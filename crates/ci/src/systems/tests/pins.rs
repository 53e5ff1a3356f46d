//! Files that pin an identity, and systems that are known by what their files hold, each in its form.

use super::of;

#[test]
fn development_environments_and_servers_are_seen() {
    for (path, text, expected) in [
        (
            ".devcontainer/devcontainer.json",
            "{\n  \"containerEnv\": {\"AWS_PROFILE\": \"hub\"}\n}\n",
            "the development container 2 Certain: dev live as hub",
        ),
        (
            ".vscode/settings.json",
            "{\"terminal.integrated.env.linux\": {\"AWS_PROFILE\": \"hub\"}}\n",
            "the editor's terminal 1 Certain: dev live as hub",
        ),
        (
            "dev/shell.nix",
            "mkShell {\n  AWS_PROFILE = \"hub\";\n}\n",
            "the Nix shell 2 Certain: dev as hub",
        ),
        (
            "flake.nix",
            "{ shellHook = \"export AWS_PROFILE=hub\"; }\n",
            "the Nix shell 1 Certain: dev live as hub",
        ),
        (
            "devbox.json",
            "{\"env\": {\"AWS_PROFILE\": \"hub\"}}\n",
            "Devbox 1 Certain: dev live as hub",
        ),
        // A server of Atlantis.
        (
            "repos.yaml",
            "repos:\n- id: /.*/\n  allowed_overrides: [workflow]\n",
            "Atlantis 2 Certain: *",
        ),
        (
            "atlantis.yaml",
            "autodiscover:\n  mode: enabled\nprojects:\n- dir: dev\n",
            "Atlantis 1 Certain: * dev",
        ),
    ] {
        assert_eq!(of(path, text), [expected], "{path}\n{text}");
    }
}

#[test]
fn what_a_file_pins_is_seen_in_its_form() {
    for (path, text, expected) in [
        // The environment of a directory.
        (
            "mise.toml",
            "[env]\nAWS_PROFILE = \"hub\"\n",
            "the task file 2 Certain: dev live as hub",
        ),
        (
            "dev/.mise.toml",
            "[tools]\nterraform = \"1.9\"\n[env]\nAWS_PROFILE = \"hub\"\n",
            "the task file 4 Certain: dev as hub",
        ),
        (
            ".mise.toml",
            "[tasks.a]\nenv = { AWS_PROFILE = \"hub\" }\nrun = \"terraform -chdir=live apply\"\n",
            "the task file 2 Certain: live as hub",
        ),
        (
            "terramate.tm.hcl",
            "terramate {\n  config {\n    run {\n      env {\n        AWS_PROFILE = \"hub\"\n      }\n    }\n  }\n}\n",
            "Terramate 5 Certain: dev live as hub",
        ),
        // Containers, whatever they are given.
        (
            "tf.sh",
            "docker run -e AWS_PROFILE=hub -w /w hashicorp/terraform \"$@\"\n",
            "the script 1 Certain: * as hub",
        ),
        (
            "tf.sh",
            "#!/bin/sh\nAWS_PROFILE=hub\ndocker run -e AWS_PROFILE hashicorp/terraform:1.9 \"$@\"\n",
            "the script 2 Certain: * as hub",
        ),
        // Files of tasks and hooks.
        (
            "justfile",
            "apply $AWS_PROFILE=\"hub\":\n  terraform -chdir=dev apply\n",
            "the task file 1 Certain: dev as hub",
        ),
        (
            "pyproject.toml",
            "[tool.poe.tasks.apply]\ncmd = \"terraform -chdir=dev apply\"\nenv = { AWS_PROFILE = \"hub\" }\n",
            "the task file 3 Certain: dev as hub",
        ),
        (
            "lefthook.yml",
            "pre-push:\n  commands:\n    plan:\n      run: terraform -chdir=dev plan\n      env:\n        AWS_PROFILE: hub\n",
            "lefthook 6 Certain: dev as hub",
        ),
        (
            ".pre-commit-config.yaml",
            "repos:\n- repo: local\n  hooks:\n  - id: p\n    entry: env AWS_PROFILE=hub terraform -chdir=dev plan\n",
            "pre-commit 5 Certain: dev as hub",
        ),
        // Programs and units.
        (
            "ops/drift.service",
            "[Service]\nEnvironment=AWS_PROFILE=hub\nExecStart=/usr/bin/terraform plan\n",
            "the program 2 Certain: * as hub",
        ),
        (
            "ops/drift.service",
            "[Service]\nEnvironmentFile=/etc/tf.env\nExecStart=/usr/bin/terraform plan\n",
            "the program 2 Certain: *",
        ),
        (
            "deploy.js",
            "const { execSync } = require(\"child_process\");\nexecSync(\"terraform apply\", { env: { AWS_PROFILE: \"hub\" } });\n",
            "the program 2 Certain: * as hub",
        ),
        (
            "deploy.mjs",
            "import { $ } from \"zx\";\nprocess.env.AWS_PROFILE = \"hub\";\nawait $`terraform apply`;\n",
            "the program 2 Certain: * as hub",
        ),
        (
            "deploy.ts",
            "import { execa } from \"execa\";\nawait execa(\"terraform\", [\"apply\"], { env: { AWS_PROFILE: \"hub\" } });\n",
            "the program 2 Certain: * as hub",
        ),
        (
            "cmd/main.go",
            "import \"os/exec\"\nos.Setenv(\"AWS_PROFILE\", \"hub\")\nexec.Command(\"terraform\", \"apply\")\n",
            "the program 2 Certain: * as hub",
        ),
        (
            "test/a_test.go",
            "import \"github.com/gruntwork-io/terratest/modules/terraform\"\nvar e = map[string]string{\n  \"AWS_PROFILE\": \"hub\",\n}\n",
            "the program 3 Certain: * as hub",
        ),
    ] {
        assert_eq!(of(path, text), [expected], "{path}\n{text}");
    }
}

#[test]
fn a_file_that_pins_nothing_for_terraform_is_no_runner() {
    for (path, text) in [
        ("mise.toml", "[env]\nAWS_REGION = \"eu-west-1\"\n"),
        (
            "mise.toml",
            "[tasks.a]\nenv = { AWS_PROFILE = \"hub\" }\nrun = \"aws s3 ls\"\n",
        ),
        ("mise.local.toml", "[env]\nAWS_PROFILE = \"hub\"\n"),
        ("a.tm.hcl", "globals {\n  AWS_PROFILE = \"hub\"\n}\n"),
        (
            "tf.sh",
            "docker run -e AWS_PROFILE=hub hashicorp/terraform fmt\n",
        ),
        (
            "tf.sh",
            "docker run -e AWS_PROFILE=hub hashicorp/terraform --version\n",
        ),
        ("tf.sh", "AWS_PROFILE=hub aws s3 ls\nterraform apply\n"),
        (
            "justfile",
            "apply profile=\"hub\":\n  terraform -chdir=dev apply\n",
        ),
        (
            "lefthook.yml",
            "pre-push:\n  commands:\n    plan:\n      run: terraform -chdir=dev plan\n",
        ),
        // It validates without a backend, and so without credentials (pre-commit-terraform, its documentation).
        (
            ".pre-commit-config.yaml",
            "repos:\n- repo: https://github.com/antonbabenko/pre-commit-terraform\n  hooks:\n  - id: terraform_validate\n    args: [--env-vars=AWS_PROFILE=hub]\n",
        ),
        (
            "app.ts",
            "// terraform\nprocess.env.AWS_PROFILE = \"hub\";\nconst a = \"terraform\";\n",
        ),
        (
            "provider.go",
            "os.Setenv(\"AWS_PROFILE\", \"hub\") // terraform\nvar a = \"terraform\"\n",
        ),
        (
            "a.service",
            "[Service]\nExecStart=/usr/bin/terraform plan\n",
        ),
    ] {
        assert_eq!(of(path, text), [""; 0], "{path}\n{text}");
    }
}

#[test]
fn systems_are_known_by_what_their_files_hold() {
    for (path, text, expected) in [
        (
            ".buildkite/pipeline.sh",
            "#!/bin/bash\ncat <<X\nsteps:\n- command: terraform -chdir=dev apply\nX\n",
            "Buildkite 4 Certain: dev",
        ),
        (
            ".buildkite/pipeline.sh",
            "echo 'steps:'\necho '- command: terraform apply'\n",
            "Buildkite 2 Possible: ",
        ),
        (
            "jobs/tf.groovy",
            "pipelineJob('tf') {\n  definition {\n    cps {\n      script(\"\"\"node { sh \"terraform -chdir=dev apply\" }\"\"\")\n    }\n  }\n}\n",
            "Jenkins 4 Certain: dev",
        ),
        (
            "jenkins/jobs.yaml",
            "- job:\n    name: tf\n    builders:\n      - shell: |\n          terraform -chdir=dev apply\n",
            "Jenkins 5 Certain: dev",
        ),
        (
            "ci/build.tftpl",
            "version: 0.2\nphases:\n  build:\n    commands:\n      - terraform -chdir=${d} apply\n",
            "AWS CodeBuild 5 Certain: *",
        ),
        (
            ".codecatalyst/workflows/a.yaml",
            "Actions:\n  A:\n    Configuration:\n      Steps:\n        - Run: cd dev && terraform apply\n",
            "CodeCatalyst 5 Certain: dev",
        ),
        (
            "k8s/workspace.yaml",
            "apiVersion: tf.upbound.io/v1beta1\nkind: Workspace\nspec:\n  forProvider:\n    source: Remote\n    module: git::https://github.com/o/r//dev?ref=main\n",
            "Kubernetes 6 Certain: dev",
        ),
        (
            "k8s/layer.yaml",
            "apiVersion: config.terraform.padok.cloud/v1alpha1\nkind: TerraformLayer\nspec:\n  path: dev\n",
            "Kubernetes 4 Certain: dev",
        ),
    ] {
        assert_eq!(of(path, text), [expected], "{path}\n{text}");
    }
    for (path, text) in [
        (".buildkite/hooks/pre.sh", "terraform apply\n"),
        (
            ".buildkite/pipeline.sh",
            "cat <<X\nsteps:\n- command: make test\nX\n",
        ),
        (
            ".devcontainer/devcontainer.json",
            "{\"remoteEnv\": {\"AWS_PROFILE\": \"${localEnv:AWS_PROFILE}\"}}\n",
        ),
        ("shell.nix", "mkShell { packages = [ terraform ]; }\n"),
        (
            "repos.yaml",
            "repos:\n- id: terraform-modules\n  url: https://x/terraform\n",
        ),
        (
            "chart/templates/_a.tpl",
            "{{ define \"terraform\" }}\nkind: Job\napiVersion: v1\n",
        ),
        (
            "jobs/a.groovy",
            "pipelineJob('a') {\n  definition {\n    cps { script(\"\"\"sh 'make test'\"\"\") }\n  }\n}\n",
        ),
        (
            "jenkins/jobs.yaml",
            "- job:\n    name: a\n    builders:\n      - shell: terraform fmt\n",
        ),
    ] {
        assert_eq!(of(path, text), [""; 0], "{path}\n{text}");
    }
}

#[test]
fn a_setting_holds_a_command_where_one_of_its_strings_is_one() {
    use crate::systems::holds_command;
    for text in [
        "jsonencode([{ name = \"tf\", image = \"hashicorp/terraform\", command = [\"apply\"] }])",
        "jsonencode([{ image = \"hashicorp/terraform\" }])",
        "<<EOT\n[{\"name\": \"tf\", \"image\": \"x/terragrunt:1\"}]\nEOT",
        "jsonencode({ inputs = { runCommand = [\"cd dev && terraform apply\"] } })",
        "<<EOT\nmainSteps:\n  runCommand:\n    - terraform apply\nEOT",
    ] {
        assert!(holds_command(text), "{text}");
    }
    for text in [
        "jsonencode([{ name = \"web\", image = \"nginx\", environment = [{ name = \"BY\", value = \"terraform\" }] }])",
        "jsonencode({ inputs = { runCommand = [\"terraform fmt\", \"yum install terraform\"] } })",
        "file(\"terraform.json\")",
    ] {
        assert!(!holds_command(text), "{text}");
    }
}
