mod functions;
mod loops;

use std::path::{Path, PathBuf};

use super::{AwsUse, ScriptContext, ScriptReading, read};
use crate::scripts::tree::TreeScripts;
use crate::scripts::working_directory::{GITHUB, WorkingDirectory};
use crate::terraform_run::RunsIn;

fn reading_in(script: &str, tree: &TreeScripts, environment: &[(&str, &str)]) -> ScriptReading {
    let working = WorkingDirectory::new(Some(Path::new("")), GITHUB);
    let known = |value: &str| Some(value.to_owned()).filter(|value| value != "?");
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), known(value)));
    let context = ScriptContext {
        environment: environment.collect(),
        is_closed: true,
        ..ScriptContext::new(working)
    };
    read(script, context, tree)
}

fn reading(script: &str) -> ScriptReading {
    reading_in(script, &TreeScripts::default(), &[])
}

/// The directories of the commands, `?` for one that only the run determines, `+` behind an `init`.
fn shown(reading: &ScriptReading) -> String {
    let runs = reading.runs.iter().map(|run| {
        let directory = match &run.directory {
            Some(directory) if directory.as_os_str().is_empty() => ".".to_owned(),
            Some(directory) => directory.display().to_string(),
            None => "?".to_owned(),
        };
        format!("{directory}{}", if run.has_init { "+" } else { "" })
    });
    runs.collect::<Vec<_>>().join(" ")
}

#[test]
fn directories_are_followed() {
    for (script, expected) in [
        ("terraform init\n", ".+"),
        (
            "cd infra/dev && terraform init -input=false\nterraform plan",
            "infra/dev+ infra/dev",
        ),
        ("terraform -chdir=live init", "live+"),
        ("(cd a; tofu init)\ntofu plan", "a+ ."),
        ("cd a\ncd ../b\nTF_LOG=x sudo terraform init", "b+"),
        ("cd $GITHUB_WORKSPACE/x; terraform init", "x+"),
        ("cd ${{ matrix.env }}\nterraform init", "?+"),
        ("cd ..; terraform plan", "?"),
        ("cd /tmp/x; terraform plan", "?"),
        ("cd; terraform plan", "?"),
        ("terragrunt plan --terragrunt-working-dir live\n", "live+"),
        ("pushd a; terraform plan; popd; terraform plan", "a ."),
        ("cd a; cd -; terraform plan", "."),
        ("D=a/b\ncd $D && terraform plan", "a/b"),
        ("D=a; cd \"${D}/b\"; terraform plan", "a/b"),
        ("cd $D; terraform plan", "?"),
        ("cd $(cat x); terraform plan", "?"),
        (
            "cd a; cd $(git rev-parse --show-toplevel)/b; terraform plan",
            "b",
        ),
        ("D=$(pwd); cd a; terraform -chdir=$D/c plan", "c"),
        // Branches.
        ("if x; then cd a; else cd b; fi\nterraform plan", "?"),
        ("if x; then cd a; else cd a; fi\nterraform plan", "a"),
        (
            "if x; then cd a; terraform plan; else cd b; terraform plan; fi",
            "a b",
        ),
        ("if x; then cd a; fi; terraform plan", "?"),
        ("if x; then echo; fi; terraform plan", "."),
        (
            "case $1 in a) cd a; terraform plan ;; b) cd b; terraform plan ;; esac; terraform plan",
            "a b ?",
        ),
        ("[ -d a ] && cd a; terraform plan", "?"),
        ("mkdir -p a && cd a && terraform plan", "a"),
        // Loops.
        (
            "for d in a b; do cd $d; terraform plan; cd ..; done; terraform plan",
            "a b .",
        ),
        ("for d in a b; do (cd $d && terraform plan); done", "a b"),
        (
            "for d in */; do cd $d; terraform plan; cd ..; done; terraform plan",
            "? ?",
        ),
        (
            "for d in $DIRS; do (cd $d && terraform plan); done; terraform plan",
            "? .",
        ),
        (
            "while read d; do cd $d; terraform plan; done; terraform plan",
            "? ?",
        ),
    ] {
        assert_eq!(shown(&reading(script)), expected, "{script}");
    }
}

#[test]
fn commands_are_found_behind_what_wraps_them() {
    for command in [
        "timeout 60 terraform apply",
        "nice -n 5 retry 3 terraform apply",
        "bash -c \"terraform apply\"",
        "bash -c 'true && terraform apply'",
        "xvfb-run -a terraform apply",
        "/usr/local/bin/terraform apply",
        "$TF apply",
        "$TERRAFORM apply",
        "${TERRAFORM} apply",
        "X=terraform; $X apply",
        "mise exec -- terraform apply",
        "asdf exec terraform apply",
        "tfenv exec terraform apply",
        "X=$(terraform output -raw x)",
        "echo $(terraform output x)",
        "echo yes | terraform apply",
        "if ! terraform plan; then exit 1; fi",
        "some-wrapper --flag terraform apply",
        "terraform test",
        "terraform state list",
        "terraform workspace show",
        "terraform console",
        "terraform $COMMAND",
        "terragrunt run-all plan",
        "terraform plan -out=x | tee y",
        "atmos terraform apply x -s y",
    ] {
        assert_eq!(reading(command).runs.len(), 1, "{command}");
    }
    for command in [
        "terraform init -backend=false",
        "terraform init \\\n  -backend=false",
        "terraform fmt",
        "terraform validate",
        "terraform -version",
        "terraform version",
        "terraform get",
        "terraform graph",
        "terraform providers lock",
        "terraform login",
        "terraform plan -help",
        "terragrunt hclfmt",
        "terragrunt --version",
        "# terraform init",
        "echo terraform apply",
        "git commit -m \"terraform apply\"",
        "docker build -t terraform .",
        "docker run hashicorp/terraform:1.5 fmt",
        "timeout 5 terraform validate",
        "asdf install terraform 1.5.0",
        "tfenv install 1.5.0",
        "cd terraform",
        "bash -c 'terraform fmt'",
        "which terraform",
        "rm -rf terraform plan",
        "tflint --chdir terraform",
    ] {
        assert_eq!(reading(command).runs, [], "{command}");
    }
}

#[test]
fn containers_and_trees_are_known() {
    let found = reading("docker run -v x hashicorp/terraform:1.5 init");
    assert_eq!(found.runs[0].runs_in, RunsIn::Container);
    assert_eq!(shown(&found), "?+");
    let found = reading("cd a; docker compose run --rm terraform apply");
    assert_eq!(shown(&found), "?");
    assert_eq!(shown(&reading("docker run x/terraform-runner ./go")), "?+");
    assert!(reading("terragrunt run-all plan").runs[0].is_tree);
}

/// The variant of the last command, its workspace first.
fn variant(script: &str, environment: &[(&str, &str)]) -> String {
    let tree = TreeScripts::default();
    let found = reading_in(script, &tree, environment).runs;
    let variant = found.last().unwrap().variant.clone();
    let unknown = variant.is_workspace_unknown.then(|| "?".to_owned());
    let workspace = variant.workspace.or(unknown).unwrap_or_default();
    let files = variant.var_files.iter().map(|it| it.display().to_string());
    let variables = variant
        .variables
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let all = [workspace].into_iter().chain(files).chain(variables);
    all.filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_command_has_the_variant_that_is_chosen_before_it() {
    for (script, environment, expected) in [
        (
            "terraform workspace select dev\nterraform plan",
            &[][..],
            "dev",
        ),
        (
            "terraform workspace select -or-create=true dev; terraform plan",
            &[],
            "dev",
        ),
        (
            "terraform workspace select $W; terraform plan",
            &[("W", "live")],
            "live",
        ),
        ("terraform workspace select $W; terraform plan", &[], "?"),
        (
            "cd a; terraform workspace select dev; cd ../b; terraform plan",
            &[],
            "",
        ),
        (
            "terraform -chdir=a workspace select dev; terraform -chdir=a plan",
            &[],
            "dev",
        ),
        (
            "cd $X; terraform workspace select dev; cd $Y; terraform plan",
            &[],
            "dev",
        ),
        (
            "cd a; terraform workspace select dev; cd $Y; terraform plan",
            &[],
            "?",
        ),
        ("TF_WORKSPACE=dev terraform plan", &[], "dev"),
        ("export TF_WORKSPACE=dev\nterraform plan", &[], "dev"),
        ("terraform plan", &[("TF_WORKSPACE", "dev")], "dev"),
        ("terraform plan", &[("TF_WORKSPACE", "?")], "?"),
        (
            "E=dev; terraform plan -var-file=$E.tfvars -var a=$E",
            &[],
            "dev.tfvars a=dev",
        ),
        ("TF_VAR_a=b terraform plan", &[("TF_VAR_c", "d")], "a=b c=d"),
        (
            "bash -c 'terraform workspace select dev'; terraform plan",
            &[],
            "dev",
        ),
    ] {
        assert_eq!(variant(script, environment), expected, "{script}");
    }
}

#[test]
fn a_workspace_that_a_condition_selects_is_one_of_several() {
    for (script, expected) in [
        (
            "if x; then terraform workspace select live; else terraform workspace select dev; fi; terraform plan",
            "?",
        ),
        (
            "if x; then terraform workspace select dev; else terraform workspace select dev; fi; terraform plan",
            "dev",
        ),
        (
            "terraform workspace select dev; if x; then terraform workspace select live; fi; terraform plan",
            "?",
        ),
        (
            "case $X in a) terraform workspace select live;; b) terraform workspace select dev;; esac; terraform plan",
            "?",
        ),
        (
            "if x; then cd a; terraform workspace select live; terraform plan; fi",
            "live",
        ),
        (
            "terraform workspace select dev; [ -n \"$X\" ] && terraform workspace select live; terraform plan",
            "?",
        ),
        (
            "terraform workspace select dev && terraform init && terraform workspace select live && terraform plan",
            "live",
        ),
        (
            "terraform workspace select live || terraform workspace select dev; terraform plan",
            "?",
        ),
        (
            "terraform workspace select dev || terraform workspace new dev; terraform plan",
            "dev",
        ),
    ] {
        assert_eq!(variant(script, &[]), expected, "{script}");
    }
}

#[test]
fn commands_that_call_aws_are_found() {
    for (script, expected) in [
        ("aws s3 sync a s3://b", "`aws s3 sync`"),
        (
            "X=$(aws ssm get-parameter --name x)",
            "`aws ssm get-parameter`",
        ),
        ("bash -c 'aws s3 ls'", "`aws s3 ls`"),
        (
            "for x in a b; do aws s3 cp $x s3://y; done",
            "`aws s3 cp` `aws s3 cp`",
        ),
        (
            "aws eks update-kubeconfig --name x\nkubectl apply -f y",
            "`aws eks update-kubeconfig` `kubectl`",
        ),
        ("kubectl apply -f y", ""),
        ("export AWS_PROFILE=x\naws s3 ls", "`aws s3 ls` by profile"),
        ("AWS_PROFILE=x aws s3 ls", "`aws s3 ls` by profile"),
        ("AWS_PROFILE= aws s3 ls", "`aws s3 ls`"),
        ("export AWS_PROFILE=\naws s3 ls", "`aws s3 ls`"),
        ("aws s3 ls --profile x", ""),
        ("export AWS_ENDPOINT_URL=http://x\naws s3 ls", ""),
        ("python - <<E\nimport boto3\nE\n", "`python`"),
        ("pip install boto3", ""),
        ("aws sts get-caller-identity", ""),
        ("echo \"aws s3 ls\"", ""),
        ("terraform apply", ""),
    ] {
        let found = reading(script).aws_uses.into_iter();
        let by = |used: &AwsUse| {
            if used.names_profile {
                " by profile"
            } else {
                ""
            }
        };
        let shown = found.map(|used| format!("{}{}", used.what, by(&used)));
        let shown = shown.collect::<Vec<_>>().join(" ");
        assert_eq!(shown, expected, "{script}");
    }
}

/// A tree with these files, and none beside them.
fn tree(files: &[(&str, &str)]) -> TreeScripts {
    let mut tree = TreeScripts::with(files.iter().map(|(path, _)| PathBuf::from(path)));
    for (path, text) in files {
        tree.add(PathBuf::from(path), Some((*text).to_owned()));
    }
    tree
}

/// Reads a script; files that are asked for and not there do not exist.
fn in_tree(script: &str, files: &[(&str, &str)]) -> ScriptReading {
    let mut tree = tree(files);
    loop {
        let found = reading_in(script, &tree, &[("ENV", "dev")]);
        let wanted = tree.take_wanted();
        if wanted.is_empty() {
            return found;
        }
        for path in wanted.files {
            tree.add(path, None);
        }
        if wanted.tests {
            let tests = files.iter().filter(|(path, _)| path.ends_with("_test.go"));
            let tests = tests.map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
            tree.add_tests(tests.collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_scripts_call_in_the_tree_is_read() {
    let files = [
        (
            "deploy.sh",
            "#!/bin/bash\ncd infra/$1\nterraform apply\naws s3 sync a s3://b\n",
        ),
        (
            "ci/run",
            "#!/bin/sh\ncd \"$(dirname \"$0\")/../live\" && terraform plan\n",
        ),
        ("ci/py.py", "import boto3\n"),
        ("ci/tf.py", "run(['terraform', 'plan'])\n"),
        ("ci/loop.sh", "./ci/loop.sh; terraform plan\n"),
        (
            "Makefile",
            "ENV ?= x\napply:\n\tterraform -chdir=infra/$(ENV) apply\nci:\n\tbash deploy.sh $(ENV)\nlint:\n\ttflint\n",
        ),
        ("infra/Makefile", "include ../common.mk\n"),
        ("common.mk", "plan:\n\tterraform plan\n"),
        (
            "Taskfile.yml",
            "version: '3'\ntasks:\n  plan: { dir: infra, cmds: [terraform plan] }\n",
        ),
        (
            "justfile",
            "plan env:\n  terraform -chdir=infra/{{env}} plan\n",
        ),
        (
            "package.json",
            "{\"scripts\": {\"tf\": \"terraform plan\", \"test\": \"jest\", \"ship\": \"cdk deploy\"}}",
        ),
        (
            "test/a_test.go",
            "terratest\nTerraformDir: \"../examples/a\",\n",
        ),
        (
            "other/b_test.go",
            "terratest\nTerraformDir: \"../examples/b\",\n",
        ),
    ];
    for (script, expected) in [
        ("./deploy.sh dev", "infra/dev; `aws s3 sync`"),
        ("bash deploy.sh $UNKNOWN", "?; `aws s3 sync`"),
        (
            "cd infra && ../deploy.sh dev",
            "infra/infra/dev; `aws s3 sync`",
        ),
        ("ci/run", "live; "),
        ("cd $X; ci/run", "?; "),
        ("python ci/py.py", "; `py.py`"),
        ("python3 ci/tf.py", "?+; "),
        ("make apply", "infra/dev; "),
        ("make apply ENV=live", "infra/live; "),
        ("make -C infra plan", "infra; "),
        ("cd infra; make plan", "infra; "),
        ("make ci", "infra/dev; `aws s3 sync`"),
        ("make lint", "; "),
        ("make", "infra/dev; "),
        ("task plan", "infra; "),
        ("cd ci; task plan", "infra; "),
        ("just plan live", "infra/live; "),
        ("npm run tf", ".; "),
        ("npm test", "; "),
        ("npm ci", "; "),
        ("yarn ship", "; `cdk deploy`"),
        ("yarn cdk deploy", "; `cdk deploy`"),
        ("go test ./test/...", "examples/a+; "),
        ("cd test && go test -v -timeout 30m", "examples/a+; "),
        ("go test ./...", "examples/a+ examples/b+; "),
        ("go build ./...", "; "),
    ] {
        let found = in_tree(script, &files);
        let uses = found.aws_uses.iter().map(|used| used.what.as_str());
        let uses = uses.collect::<Vec<_>>().join(" ");
        assert_eq!(format!("{}; {uses}", shown(&found)), expected, "{script}");
        assert_eq!(found.calls, [], "{script}");
    }
}

#[test]
fn what_is_not_in_the_tree_cannot_be_read() {
    let files = [
        ("ci/loop.sh", "./ci/loop.sh\n"),
        ("ci/Makefile", "a:\n\tls\n"),
    ];
    for script in [
        "./other.sh",
        "make a",
        "task a",
        "just a",
        "invoke a",
        "ci/loop.sh",
    ] {
        assert_eq!(in_tree(script, &files).calls.len(), 1, "{script}");
    }
    for script in [
        "curl x | bash",
        "python -m pip install x",
        "npm run build",
        "/usr/bin/x y",
    ] {
        assert_eq!(in_tree(script, &files).calls, [], "{script}");
    }
}
