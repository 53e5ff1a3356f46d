//! Commands of a module that use the ambient credentials: without the default provider's role these
//! are another account's.

use std::path::Path;

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{ROLE_1, Tree, reviewed};

const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\n";

/// A resource with such a provisioner.
fn local(arguments: &str) -> String {
    format!(
        "resource \"null_resource\" \"x\" {{\n  provisioner \"local-exec\" {{\n{arguments}\n  }}\n}}\n"
    )
}

fn command(command: &str) -> String {
    local(&format!("command = \"{command}\""))
}

fn external(program: &str) -> String {
    format!("data \"external\" \"x\" {{\n  program = {program}\n}}\n")
}

fn plugin(provider: &str, arguments: &str) -> String {
    let exec = format!("exec {{\n  command = \"aws\"\n  {arguments}\n}}\n");
    match provider {
        "helm" => format!("provider \"helm\" {{\n  kubernetes {{\n{exec}  }}\n}}\n"),
        _ => format!("provider \"{provider}\" {{\n{exec}}}\n"),
    }
}

fn shell_script(create: &str) -> String {
    format!(
        "resource \"shell_script\" \"x\" {{\n  lifecycle_commands {{\n    create = \"{create}\"\n    delete = \"true\"\n  }}\n}}\n"
    )
}

const TOKEN: &str = "args = [\"eks\", \"get-token\", \"--cluster-name\", \"x\"]";

/// The files of the scripts that rows call.
const SCRIPTS: [(&str, &str); 13] = [
    ("scripts/sync.sh", "#!/bin/bash\naws s3 sync a s3://b\n"),
    ("scripts/print.sh", "#!/bin/bash\necho '{}'\n"),
    ("scripts/outer.sh", "bash scripts/sync.sh\n"),
    ("scripts/sdk.py", "import boto3\n"),
    ("scripts/plain.py", "import json\n"),
    ("scripts/sdk.rb", "require \"aws-sdk-s3\"\n"),
    ("scripts/plain.rb", "puts 1\n"),
    (
        "cmd/seed/main.go",
        "import \"github.com/aws/aws-sdk-go-v2/config\"\n",
    ),
    ("cmd/plain/main.go", "package main\n"),
    (
        "scripts/sdk.yml",
        "- hosts: localhost\n  tasks:\n    - amazon.aws.s3_object: {bucket: b}\n",
    ),
    (
        "scripts/plain.yml",
        "- hosts: localhost\n  tasks:\n    - debug: {msg: x}\n",
    ),
    (
        "scripts/eks.yaml",
        "users:\n- user:\n    exec:\n      command: aws\n      args: [eks, get-token]\n",
    ),
    ("scripts/other.yaml", "users:\n- user:\n    token: x\n"),
];

fn plan(files: &[(&str, &str)], config: &str, selection: Selection) -> (Tree, Plan) {
    let tree = Tree::new(files.iter().copied().chain(SCRIPTS));
    let plan = tree.plan(config, selection).unwrap();
    (tree.with(&plan), plan)
}

fn goes(files: &[(&str, &str)], config: &str, selection: Selection) -> bool {
    let (tree, _) = plan(files, config, selection);
    !tree.0[Path::new("main.tf")].contains("assume_role {")
}

/// Whether the role of a root module goes unasked beside this.
fn is_safe_beside(text: &str) -> bool {
    let main = format!("{ROLE_1}{text}");
    let is_safe = goes(&[("main.tf", &main)], ACCOUNTS, Selection::default());
    assert!(goes(&[("main.tf", &main)], ACCOUNTS, reviewed()), "{text}");
    is_safe
}

#[test]
fn a_role_waits_beside_a_command_that_would_act_in_its_account() {
    for text in [
        command("aws s3 sync a s3://b"),
        command("cd x && aws ecr get-login-password | docker login"),
        command("aws s3 cp x s3://${aws_s3_bucket.b.id}/x"),
        command("${path.module}/scripts/sync.sh"),
        command("bash scripts/outer.sh"),
        command("python3 ${path.module}/scripts/sdk.py"),
        command("./deploy.sh"),
        command("eksctl create nodegroup"),
        command("%{ if var.x }aws s3 ls%{ endif }"),
        local("command = <<-EOT\n    set -e\n    aws s3 ls\n  EOT"),
        local("command = \"aws s3 ls\"\ninterpreter = [\"/bin/bash\", \"-c\"]"),
        local("command = \"aws s3 ls\"\ninterpreter = [\"PowerShell\", \"-Command\"]"),
        local("command = \"import boto3\"\ninterpreter = [\"python3\", \"-c\"]"),
        local("command = \"aws s3 ls\"\nenvironment = { AWS_REGION = \"eu-west-1\" }"),
        local("command = \"aws s3 ls\"\nenvironment = { AWS_PROFILE = \"\" }"),
        local("command = \"./sync.sh\"\nworking_dir = \"scripts\""),
        local("command = file(\"${path.module}/scripts/sync.sh\")"),
        local("command = local.command"),
        command("ruby scripts/sdk.rb"),
        command("go run ./cmd/seed"),
        command("go run cmd/seed/main.go"),
        command("ansible-playbook scripts/sdk.yml"),
        command("terraform -chdir=${path.module}/sub apply -auto-approve"),
        command("cd sub && tofu plan"),
        command("kubectl apply -f x"),
        command("helm upgrade x y"),
        command("ansible-playbook -i hosts/aws_ec2.yml scripts/plain.yml"),
        command("kubectl --kubeconfig scripts/eks.yaml apply -f x"),
        command("KUBECONFIG=scripts/eks.yaml helm upgrade x y"),
        external("[\"go\", \"run\", \"./cmd/seed/main.go\"]"),
        shell_script("aws s3 ls"),
        shell_script("scripts/sync.sh"),
        format!("data{}", shell_script("aws s3 ls").trim_start_matches("resource")),
        "module \"x\" {\n  source = \"git::codecommit::us-east-1://x\"\n}\n".to_owned(),
        "module \"x\" {\n  source = \"git::https://git-codecommit.us-east-1.amazonaws.com/v1/repos/x\"\n}\n".to_owned(),
        "provider \"awsutils\" {}\n".to_owned(),
        "provider \"mysql\" {\n  aws_config {}\n}\n".to_owned(),
        "resource \"helm_release\" \"x\" {\n  repository = \"s3://x/y\"\n}\n".to_owned(),
        "terraform {\n  encryption {\n    key_provider \"aws_kms\" \"k\" {\n      kms_key_id = \"alias/x\"\n    }\n  }\n}\n".to_owned(),
        external("[\"aws\", \"s3api\", \"list-buckets\"]"),
        external("[\"bash\", \"${path.module}/scripts/sync.sh\"]"),
        external("[\"python3\", \"scripts/sdk.py\"]"),
        plugin("kubernetes", TOKEN),
        plugin("helm", TOKEN),
        plugin("kubectl", TOKEN),
        plugin("kubernetes", "args = local.arguments"),
        plugin("kubernetes", TOKEN)
            .replace("\"aws\"", "\"aws-iam-authenticator\"")
            .replace(TOKEN, "args = [\"token\", \"-i\", \"x\"]"),
    ] {
        assert!(!is_safe_beside(&text), "{text}");
    }
}

#[test]
fn no_role_waits_beside_a_command_that_acts_where_it_did() {
    for text in [
        command("aws --version"),
        command("aws sts get-caller-identity"),
        command("aws --profile shared s3 ls"),
        command("aws s3 ls --profile ${var.profile}"),
        command("AWS_PROFILE=shared aws s3 ls"),
        command("aws --endpoint-url http://localhost:4566 s3 mb s3://x"),
        command("echo aws s3 ls"),
        command("kubectl --token ${var.token} apply -f x"),
        command("kubectl kustomize x"),
        command("${path.module}/scripts/print.sh"),
        command("python3 scripts/plain.py"),
        command("ruby scripts/plain.rb"),
        command("go run ./cmd/plain"),
        command("go build ./cmd/seed"),
        command("ansible-playbook scripts/plain.yml"),
        command("terraform output -json"),
        command("terraform fmt"),
        command("kubectl --kubeconfig scripts/other.yaml apply -f x"),
        command("kubectl --kubeconfig ${path.module}/made apply -f x"),
        shell_script("echo aws s3 ls"),
        "module \"x\" {\n  source = \"git::codecommit::us-east-1://shared@x\"\n}\n".to_owned(),
        "module \"x\" {\n  source = \"git::ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/x\"\n}\n".to_owned(),
        "provider \"mysql\" {}\n".to_owned(),
        "resource \"helm_release\" \"x\" {\n  repository = \"https://x/y\"\n}\n".to_owned(),
        command("pip install -r requirements.txt -t build"),
        local("command = \"aws s3 ls\"\nenvironment = { AWS_PROFILE = \"shared\" }"),
        local("command = \"aws s3 ls\"\nenvironment = { AWS_PROFILE = var.profile }"),
        local("command = \"aws s3 ls\"\nenvironment = { AWS_ACCESS_KEY_ID = var.key }"),
        local("command = local.command\nenvironment = { AWS_PROFILE = \"shared\" }"),
        external("[\"jq\", \"-n\", \"{}\"]"),
        external("[\"bash\", \"scripts/print.sh\"]"),
        external("[\"aws\", \"--profile\", \"shared\", \"s3api\", \"list-buckets\"]"),
        plugin("kubernetes", "args = [\"eks\", \"get-token\", \"--role-arn\", var.role]"),
        plugin("helm", "args = [\"eks\", \"get-token\", \"--profile\", \"shared\"]"),
        plugin("kubernetes", &format!("{TOKEN}\n  env = {{ AWS_PROFILE = \"shared\" }}")),
        plugin("kubernetes", "args = local.arguments").replace("\"aws\"", "\"gke-gcloud-auth-plugin\""),
        "resource \"x\" \"y\" {\n  provisioner \"remote-exec\" {\n    inline = [\"aws s3 ls\"]\n  }\n}\n".to_owned(),
        "# local-exec: aws s3 ls\n".to_owned(),
    ] {
        assert!(is_safe_beside(&text), "{text}");
    }
}

#[test]
fn commands_count_in_every_file_and_called_module_of_the_root_module() {
    let call = "module \"m\" {\n  source = \"./m\"\n}\n";
    let aws = command("aws s3 ls");
    let json = "{\"resource\": {\"null_resource\": {\"x\": {\"provisioner\": [{\"local-exec\": {\"command\": \"aws s3 ls\"}}]}}}}";
    let helm = "{\"provider\": {\"helm\": {\"kubernetes\": {\"exec\": {\"command\": \"aws\", \"args\": [\"eks\", \"get-token\"]}}}}}";
    let script = command("${path.module}/x.sh");
    let relative = command("./m/x.sh");
    let used = "aws s3 ls\n";
    let calls_n = "module \"n\" {\n  source = \"../n\"\n}\n";
    let rows: &[(&[(&str, &str)], bool)] = &[
        (&[("sync.tf", &aws)], false),
        (&[("sync.tf.json", json)], false),
        (&[("helm.tf.json", helm)], false),
        (&[("call.tf", call), ("m/main.tf", &aws)], false),
        (
            &[
                ("call.tf", call),
                ("m/main.tf", calls_n),
                ("n/main.tf", &aws),
            ],
            false,
        ),
        (
            &[("call.tf", call), ("m/main.tf", &script), ("m/x.sh", used)],
            false,
        ),
        // Another root module, and a module that nobody calls.
        (&[("m/main.tf", &aws)], true),
        (&[("other/main.tf", &aws), ("other/p.tf", ROLE_1)], true),
        // The script is not where the child module's commands run.
        (
            &[("call.tf", call), ("m/main.tf", &relative), ("m/x.sh", "")],
            true,
        ),
    ];
    for (others, is_safe) in rows {
        let files = [&[("main.tf", ROLE_1)], *others].concat();
        assert_eq!(
            goes(&files, ACCOUNTS, Selection::default()),
            *is_safe,
            "{others:?}"
        );
    }
}

#[test]
fn nothing_waits_where_the_keys_are_of_the_account_of_the_role() {
    let main = format!("{ROLE_1}{}", command("aws s3 ls"));
    let of_keys = ACCOUNTS.replace("state_profile = \"shared\"", "state_profile = \"dev\"");
    let files = [("main.tf", main.as_str())];
    assert!(goes(&files, &of_keys, Selection::default()));
    // Without a profile of the state nobody knows whose keys they are.
    assert!(!goes(&files, "", Selection::default()));
}

#[test]
fn the_finding_names_the_command_and_what_to_write() {
    let help = |text: &str| {
        let main = format!("{ROLE_1}{text}");
        let (_, plan) = plan(&[("main.tf", &main)], ACCOUNTS, Selection::default());
        let mut open = plan.open();
        let role = open
            .find(|it| it.transform == "remove_assume_role")
            .unwrap();
        let help = role.help.as_deref().unwrap_or_default();
        format!("{}: {help}", role.notes.join("\n"))
    };
    for (text, parts) in [
        (
            command("aws s3 sync a s3://b"),
            [
                "null_resource.x (main.tf:8) runs `aws s3 sync`",
                "give it `--profile`",
            ],
        ),
        (
            command("scripts/sync.sh"),
            [
                "null_resource.x (main.tf:8) runs `aws s3 sync`",
                "`environment`",
            ],
        ),
        (
            local("command = local.x"),
            [
                "null_resource.x (main.tf:8) runs a command that is not known here",
                "AWS_PROFILE",
            ],
        ),
        (
            external("[\"aws\", \"s3\", \"ls\"]"),
            [
                "data.external.x (main.tf:7) runs `aws s3 ls`",
                "give it `--profile`",
            ],
        ),
        (
            plugin("kubernetes", TOKEN),
            [
                "provider \"kubernetes\" (main.tf:7) runs `aws eks get-token`",
                "give it `--role-arn`",
            ],
        ),
    ] {
        let help = help(&text);
        assert!(parts.iter().all(|part| help.contains(part)), "{help}");
    }
}

/// A job on keys signs in as they did, so that the command stays in their account.
#[test]
fn a_job_that_runs_the_command_signs_in_as_its_keys() {
    let workflow = "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform init && terraform apply\n        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let role = "ci {\n  role = \"arn:aws:iam::{id}:role/github-ci\"\n}\nkeys \"AWS_ACCESS_KEY_ID\" {\n  account = \"shared\"\n}\n";
    let config = format!("{ACCOUNTS}{role}");
    let main = |text: &str| format!("{ROLE_1}{text}");
    for (text, selection, role, is_kept) in [
        (
            command("aws s3 ls"),
            Selection::default(),
            "333333333333",
            true,
        ),
        (command("aws s3 ls"), reviewed(), "333333333333", true),
        (
            command("aws --version"),
            Selection::default(),
            "111111111111",
            false,
        ),
    ] {
        let main = main(&text);
        let path = ".github/workflows/apply.yml";
        let files = [("main.tf", main.as_str()), (path, workflow)];
        let (tree, _) = plan(&files, &config, selection);
        let after = &tree.0[Path::new(path)];
        let sign_in = format!("role-to-assume: arn:aws:iam::{role}:role/github-ci");
        assert!(after.contains(&sign_in), "{text}{after}");
        let main = &tree.0[Path::new("main.tf")];
        assert_eq!(main.contains("assume_role {"), is_kept, "{main}");
    }
}

#[test]
fn a_role_waits_beside_other_uses_of_the_ambient_credentials() {
    for text in [
        "provider \"awscc\" {\n  region = \"eu-west-1\"\n}\n",
        "resource \"awscc_logs_log_group\" \"x\" {}\n",
        "provider \"vault\" {\n  auth_login_aws {\n    role = \"x\"\n  }\n}\n",
        "data \"sops_file\" \"x\" {\n  source_file = \"x.enc.yaml\"\n}\n",
        "data \"terraform_remote_state\" \"o\" {\n  backend = \"s3\"\n  config = {\n    allowed_account_ids = [\"333333333333\"]\n  }\n}\n",
        "module \"x\" {\n  source = \"s3::https://s3-eu-west-1.amazonaws.com/mods/x.zip\"\n}\n",
    ] {
        assert!(!is_safe_beside(text), "{text}");
    }
    for text in [
        "provider \"awscc\" {\n  profile = \"shared\"\n}\nresource \"awscc_logs_log_group\" \"x\" {}\n",
        "provider \"vault\" {}\n",
        "data \"terraform_remote_state\" \"o\" {\n  backend = \"s3\"\n  config = {\n    allowed_account_ids = [\"111111111111\"]\n  }\n}\n",
        "module \"x\" {\n  source = \"s3::https://s3-eu-west-1.amazonaws.com/mods/x.zip?aws_profile=shared\"\n}\n",
    ] {
        assert!(is_safe_beside(text), "{text}");
    }
}

#[test]
fn a_role_waits_beside_what_terragrunt_does_with_the_ambient_credentials() {
    let unit = |text: &str| format!("terraform {{\n  source = \"..\"\n{text}\n}}\n");
    let hook = |execute: &str| {
        let hook =
            format!("before_hook \"x\" {{\n  commands = [\"apply\"]\n  execute = {execute}\n}}");
        unit(&hook)
    };
    let pinned = |profile: &str| {
        unit(&format!(
            "extra_arguments \"x\" {{\n  commands = [\"plan\"]\n  env_vars = {{ AWS_PROFILE = \"{profile}\" }}\n}}"
        ))
    };
    let with = |text: &str| format!("{}{text}", unit(""));
    let is_safe = |live: &str, root: &str| {
        let files = [
            ("main.tf", ROLE_1),
            ("live/terragrunt.hcl", live),
            ("root.hcl", root),
        ];
        goes(&files, ACCOUNTS, Selection::default())
    };
    let includes = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    let by_caller = "locals {\n  id = get_aws_account_id()\n}\n";
    for (live, root) in [
        (hook("[\"aws\", \"s3\", \"ls\"]"), ""),
        (hook("[\"bash\", \"-c\", \"aws s3 ls\"]"), ""),
        (
            with(
                "locals {\n  x = run_cmd(\"--terragrunt-quiet\", \"aws\", \"ssm\", \"get-parameter\")\n}\n",
            ),
            "",
        ),
        (with("inputs = { id = get_aws_account_id() }\n"), ""),
        (
            with("inputs = yamldecode(sops_decrypt_file(\"x.yaml\"))\n"),
            "",
        ),
        (pinned("hub"), ""),
        (pinned("shared"), ""),
        (with(includes), by_caller),
    ] {
        assert!(!is_safe(&live, root), "{live}{root}");
    }
    for (live, root) in [
        (hook("[\"tflint\"]"), ""),
        (
            hook("[\"aws\", \"s3\", \"ls\", \"--profile\", \"shared\"]"),
            "",
        ),
        (
            with("locals {\n  x = run_cmd(\"git\", \"rev-parse\", \"HEAD\")\n}\n"),
            "",
        ),
        (with("# get_aws_account_id()\n"), ""),
        (pinned("dev"), ""),
    ] {
        assert!(is_safe(&live, root), "{live}{root}");
    }
}

#[test]
fn a_root_module_that_a_command_of_another_runs_keeps_its_role() {
    let own = ROLE_1.to_owned() + &command("terraform -chdir=../live apply");
    let live = ROLE_1.replace("111111111111", "222222222222");
    let safe = |main: &str| {
        let tree = Tree::new([("dev/main.tf", main), ("live/main.tf", live.as_str())]);
        let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
        let paths = plan.changes.iter().map(|it| it.path.display().to_string());
        paths.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(safe(&own), "");
    // What only formats runs nothing.
    let formats = own.replace("apply", "fmt");
    assert_eq!(safe(&formats), "dev/main.tf live/main.tf");
}
