//! Steps that run Terraform, or may, where no command of theirs says so plainly.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::github::workflow::{StepOwner, Workflows};
use crate::scripts::tree::TreeScripts;
use crate::terraform_run::TerraformRun;

const JOB: StepOwner = StepOwner {
    source: 0,
    job: Some(0),
};

/// A job with these steps, in a tree with these files; other files that it asks for do not exist.
fn workflows(steps: &str, files: &[(&str, &str)]) -> Workflows {
    let tree = TreeScripts::with(files.iter().map(|(path, _)| PathBuf::from(path)));
    let mut workflows = Workflows {
        tree,
        repositories: vec!["acme/infra".to_owned()],
        ..Workflows::default()
    };
    let steps = steps.trim_end().replace('\n', "\n      ");
    let text = format!(
        "on: push\nenv: {{ HOME: /job }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      {steps}\n"
    );
    workflows.add(Path::new(".github/workflows/a.yml"), text, None);
    for (path, text) in files
        .iter()
        .filter(|(path, _)| path.ends_with("action.yml"))
    {
        workflows.add(Path::new(path), (*text).to_owned(), None);
    }
    assert!(workflows.unread.is_empty(), "{:?}", workflows.unread);
    loop {
        let wanted = workflows.wanted_scripts();
        if wanted.is_empty() {
            return workflows;
        }
        let missing = BTreeSet::new();
        workflows.tree.add_directories(wanted.directories, &missing);
        for path in wanted.files {
            let text = files.iter().find(|(known, _)| Path::new(known) == path);
            let text = text.map(|(_, text)| (*text).to_owned());
            workflows.tree.add(path, text);
        }
    }
}

/// The runs of such a job, each as its place, its directory and whether it initializes.
fn runs(steps: &str, files: &[(&str, &str)]) -> String {
    let shown = |run: TerraformRun| {
        let directory = run.directory.map(|it| it.display().to_string());
        let directory = directory.as_deref().unwrap_or("?");
        let init = if run.has_init { " init" } else { "" };
        format!("{:?} {directory}{init}", run.runs_in)
    };
    let found = workflows(steps, files).runs(JOB).into_iter();
    found.map(|it| shown(it.run)).collect::<Vec<_>>().join(", ")
}

#[test]
fn actions_that_run_terraform_unseen_count_as_possible_runs() {
    for (step, expected) in [
        (
            "uses: docker://hashicorp/terraform:1.7\n  with: { args: init }",
            "Container  init",
        ),
        (
            "uses: docker://hashicorp/terraform:1.7\n  with: { args: -chdir=live plan }",
            "Container live",
        ),
        (
            "uses: docker://hashicorp/terraform:1.7\n  with: { entrypoint: terraform, args: plan }",
            "Container ",
        ),
        (
            "uses: docker://alpine/terragrunt\n  with: { args: run-all apply }",
            "Container  init",
        ),
        (
            "uses: docker://org/terraform-runner\n  with: { args: ./x.sh }",
            "Container ? init",
        ),
        (
            "uses: docker://alpine:3\n  with: { entrypoint: sh, args: \"-c 'terraform apply'\" }",
            "Container ",
        ),
        (
            "uses: docker://hashicorp/terraform:1.7\n  with: { args: fmt -check }",
            "",
        ),
        ("uses: docker://alpine:3\n  with: { args: ls }", ""),
        (
            "uses: op5dev/tf-via-pr@v13\n  with: { command: apply }",
            "Runner ? init",
        ),
        ("uses: acme/terraform-action@v1", "Action ? init"),
        (
            "uses: acme/infra@v1\n  with: { subcommand: apply, tf-version: 1.9 }",
            "Action ? init",
        ),
        (
            "uses: dflook/terraform-plan@v1\n  with: { path: live }",
            "Container live init",
        ),
        ("uses: acme/setup-tf@v1\n  with: { command: init }", ""),
        ("uses: acme/build@v1\n  with: { command: plan }", ""),
        (
            "uses: appleboy/ssh-action@v1\n  with: { script: cd /srv && terraform apply }",
            "Elsewhere ?",
        ),
        (
            "uses: appleboy/ssh-action@v1\n  with: { script: systemctl restart app }",
            "",
        ),
        (
            "uses: addnab/docker-run-action@v3\n  with: { run: terraform init }",
            "Container ? init",
        ),
        (
            "uses: acme/exec@v1\n  with: { run: ./deploy.sh }",
            "Action ?",
        ),
        (
            "uses: acme/notify@v1\n  with: { text: terraform apply is done }",
            "",
        ),
        (
            "uses: actions/github-script@v7\n  with: { script: 'exec.exec(\"terraform\", [\"init\"])' }",
            "Script ? init",
        ),
        (
            "uses: actions/github-script@v7\n  with: { script: 'execSync(\"terraform -chdir=live apply\")' }",
            "Script ? init",
        ),
        (
            "shell: python\n  run: subprocess.check_call([\"terraform\", \"apply\"])",
            "Script ? init",
        ),
        ("shell: python\n  run: print(1)", ""),
        (
            "uses: actions/github-script@v7\n  with: { script: 'require(\"./x.js\")()' }",
            "Script ? init",
        ),
        (
            "uses: actions/github-script@v7\n  with: { script: 'github.rest.issues.createComment()' }",
            "",
        ),
        (
            "uses: actions/github-script@v7\n  with: { script: 'const fs = require(\"fs\"); comment(\"terraform plan failed\")' }",
            "",
        ),
    ] {
        let files = [
            ("deploy.sh", "terraform apply\n"),
            ("x.js", "execSync(`terraform apply`)"),
        ];
        assert_eq!(runs(&format!("- {step}"), &files), expected, "{step}");
    }
}

#[test]
fn local_actions_are_read_as_the_programs_that_they_are() {
    let node = |main: &str| format!("runs: {{ using: node20, main: {main} }}");
    let image = |more: &str| format!("runs: {{ using: docker, image: Dockerfile{more} }}");
    let docker = "FROM hashicorp/terraform:1.7\nCOPY e.sh /e.sh\nENTRYPOINT [\"/e.sh\"]\n";
    for (action, files, expected) in [
        (
            node("i.js"),
            &[("act/i.js", "exec('terraform init')")][..],
            "Script ? init",
        ),
        (
            node("i.js"),
            &[
                ("act/i.js", "require('./lib')"),
                ("act/lib.js", "run('tofu', ['apply'])"),
            ],
            "Script ? init",
        ),
        (
            node("dist/i.js"),
            &[("act/src/main.ts", "exec(`terragrunt apply`)")],
            "Script ? init",
        ),
        (
            node("i.js"),
            &[("act/i.js", "console.log('terraform')")],
            "",
        ),
        // A bundle that is built elsewhere.
        (
            format!("name: Terraform apply\n{}", node("dist/i.js")),
            &[],
            "Script ? init",
        ),
        (node("dist/i.js"), &[], ""),
        (
            image(""),
            &[
                ("act/Dockerfile", docker),
                ("act/e.sh", "terraform init && terraform apply\n"),
            ],
            "Container  init, Container ",
        ),
        (
            image(""),
            &[
                ("act/Dockerfile", docker),
                ("act/e.sh", "#!/bin/sh\nterraform fmt -check\n"),
            ],
            "",
        ),
        (
            image(", args: [\"${{ inputs.dir }}\"]"),
            &[
                ("act/Dockerfile", docker),
                ("act/e.sh", "#!/bin/sh\nterraform -chdir=$1 apply\n"),
            ],
            "Container ?",
        ),
        (
            image(""),
            &[("act/Dockerfile", "FROM hashicorp/terraform:1.7\n")],
            "Container ? init",
        ),
        (
            image(", args: [apply.sh]"),
            &[
                ("act/Dockerfile", "FROM alpine\n"),
                ("act/apply.sh", "cd live\nterraform apply\n"),
            ],
            "Container live",
        ),
        (
            image(""),
            &[("act/Dockerfile", "FROM alpine\nCMD [\"ls\"]\n")],
            "",
        ),
    ] {
        let all = [files, &[("act/action.yml", action.as_str())]].concat();
        let found = runs("- uses: ./act", &all);
        assert_eq!(found, expected, "{action} {files:?}");
    }
}

#[test]
fn an_action_of_the_tree_is_read_whatever_it_is_called_by() {
    let action = "runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: terraform -chdir=live init\n";
    let files = [("tools/tf/action.yml", action)];
    let names = "- run: terraform fmt\n";
    for (steps, expected) in [
        ("- uses: ./tools/tf", "Runner live init"),
        ("- uses: acme/infra/tools/tf@main", "Runner live init"),
        ("- uses: Acme/Infra/tools/tf@v1", "Runner live init"),
        ("- uses: acme/other/tools/tf@main", ""),
        // The directory `live` of the workspace is none of the checkout.
        (
            "- uses: actions/checkout@v4\n  with: { path: src }\n- uses: ./src/tools/tf",
            "Runner ? init",
        ),
        // Of another repository, or of a submodule.
        (&format!("{names}- uses: ./vendor/tf"), "Script ? init"),
        ("- uses: ./vendor/build", ""),
    ] {
        assert_eq!(runs(steps, &files), expected, "{steps}");
    }
}

#[test]
fn scripts_that_run_terraform_unseen_count_as_possible_runs() {
    for (script, expected) in [
        ("ssh bastion \"cd /srv && terraform apply\"", "Elsewhere ?"),
        ("ssh -i key me@host terraform init", "Elsewhere ? init"),
        ("sshpass -p x ssh host 'terraform plan'", "Elsewhere ?"),
        ("ssh host <<E\nterraform apply\nE", "Elsewhere ?"),
        ("ssh host 'bash -s' < deploy.sh", "Elsewhere ?"),
        ("kubectl exec runner -- terraform apply", "Elsewhere ?"),
        (
            "aws ssm send-command --parameters 'commands=[\"terraform apply\"]'",
            "Elsewhere ? init",
        ),
        (
            "gcloud compute ssh host --command 'terraform apply'",
            "Elsewhere ?",
        ),
        ("ssh host uptime", ""),
        ("kubectl apply -f x.yaml", ""),
        (
            "docker run --env-file <(env) -v $PWD:/w hashicorp/terraform:1.7 init",
            "Container ? init",
        ),
        (
            "ls -d . | xargs -I{} terraform -chdir={} init",
            "Runner ? init",
        ),
        (
            "ls | xargs -I % sh -c 'cd % && terraform apply'",
            "Runner ?",
        ),
        ("echo x | xargs terraform state rm", "Runner "),
        ("ls | parallel \"cd {} && terraform apply\"", "Runner ?"),
        (
            "find . -name x -execdir terraform init \\;",
            "Runner ? init",
        ),
        ("find . -exec terraform -chdir={} plan \\;", "Runner ?"),
        ("find . -exec grep terraform {} \\;", ""),
        ("tfmigrate apply", "Runner ? init"),
        ("tfmigrate list", ""),
        ("atmos terraform plan x -s dev", "Runner ? init"),
        ("atmos terraform deploy x -s dev", "Runner ? init"),
        ("atmos terraform generate varfile x", ""),
        ("terramate script run deploy", "Runner ? init"),
        ("terraspace up app", "Runner ? init"),
        ("runner-of-mine 'terraform apply'", "Script ? init"),
        ("log_info 'terraform apply'", ""),
        ("say() { printf '%s' \"$1\"; }\nsay 'terraform apply'", ""),
        (
            "python3 -c \"import os; os.system('terraform apply')\"",
            "Script ? init",
        ),
        ("ruby x.rb", "Script ? init"),
        ("python -m pkg", "Script ? init"),
        ("HOME=/x terraform init", "OtherHome  init"),
        ("export HOME=/x\nterraform apply", "OtherHome "),
        ("terraform apply", "Runner "),
    ] {
        let files = [
            ("deploy.sh", "terraform apply\n"),
            ("x.rb", "system('terraform apply')"),
            ("pkg/__main__.py", "run(['terraform', 'apply'])"),
        ];
        let step = format!("- run: |\n    {}", script.replace('\n', "\n    "));
        assert_eq!(runs(&step, &files), expected, "{script}");
    }
}

#[test]
fn a_home_directory_of_one_step_is_another() {
    for (steps, expected) in [
        (
            "- run: terraform init\n  env: { HOME: /x }",
            "OtherHome  init",
        ),
        (
            "- run: terraform init\n  env: { HOME: /home/runner }",
            "Runner  init",
        ),
        (
            "- run: echo HOME=/x >> $GITHUB_ENV\n- run: terraform init",
            "OtherHome  init",
        ),
        // All steps have that of the workflow.
        ("- run: terraform init", "Runner  init"),
    ] {
        assert_eq!(runs(steps, &[]), expected, "{steps}");
    }
}

#[test]
fn what_asks_no_backend_is_told_from_what_does() {
    for (command, expected) in [
        ("init", true),
        ("apply p", true),
        ("output -json", true),
        ("show", true),
        ("workspace select x", true),
        ("show -json p", false),
        ("test", false),
    ] {
        let found = workflows(&format!("- run: terraform {command}"), &[]).runs(JOB);
        let [found] = &found[..] else {
            panic!("{command}: {found:?}");
        };
        assert_eq!(found.run.reads_backend, expected, "{command}");
    }
}

#[test]
fn tools_run_what_the_files_of_the_tree_say() {
    let compose = "services:\n  tf:\n    image: hashicorp/terraform:1.7\n  app:\n    image: nginx\n  own:\n    build: ./own\n    command: [apply]\n  sh:\n    image: alpine\n    command: ./deploy.sh\n";
    let earthfile = "VERSION 0.8\nbase:\n  FROM hashicorp/terraform\napply:\n  FROM +base\n  RUN terraform init && terraform apply\nall:\n  BUILD +apply\nlint:\n  RUN terraform fmt\n";
    let mise = "[tools]\nterraform = \"1\"\n[tasks]\nlist = \"ls\"\nplan = \"terraform plan\"\n[tasks.apply]\ndescription = \"terraform apply\"\nrun = [\"terraform init\", \"cd live && terraform apply\"]\n[tasks.all]\ndepends = [\"apply\"]\n[tasks.fmt]\ndescription = \"terraform apply\"\nrun = \"terraform fmt\"\n";
    let play = "- hosts: localhost\n  tasks:\n    - community.general.terraform:\n        project_path: .\n";
    let roles = "- hosts: all\n  roles:\n    - infra\n";
    let files = [
        ("compose.yaml", compose),
        ("own/Dockerfile", "FROM org/terraform-runner\n"),
        ("deploy.sh", "terraform apply\n"),
        ("Earthfile", earthfile),
        ("mise.toml", mise),
        ("play.yml", play),
        ("roles.yml", roles),
        ("roles/infra/tasks/main.yml", "- shell: terraform apply\n"),
        (
            "web.yml",
            "- hosts: localhost\n  tasks:\n    - copy: { src: terraform.txt }\n",
        ),
    ];
    for (script, expected) in [
        ("docker compose run --rm tf init", "Container ? init"),
        ("docker-compose up -d", "Container ? init"),
        ("docker compose up own", "Container ? init"),
        ("docker compose up sh", "Container ? init"),
        ("docker compose run tf fmt", ""),
        ("docker compose up app", ""),
        ("docker compose build tf", ""),
        ("docker build .", ""),
        ("earthly --secret A +apply", "Container ? init"),
        ("earthly +all", "Container ? init"),
        ("earthly +lint", ""),
        ("mise run apply", "Runner  init, Runner live"),
        ("mise run all", "Runner  init, Runner live"),
        ("mise run plan", "Runner "),
        ("mise run list", ""),
        ("mise run fmt", ""),
        ("mise install", ""),
        ("ansible-playbook play.yml", "Script ? init"),
        ("ansible-playbook -i hosts roles.yml", "Elsewhere ? init"),
        ("ansible-playbook web.yml", ""),
        ("ansible-playbook missing.yml", ""),
    ] {
        let step = format!("- run: {script}");
        assert_eq!(runs(&step, &files), expected, "{script}");
    }
}
