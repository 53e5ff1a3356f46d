//! Files by which editors, hooks and runners of tasks start Terraform: what they pin counts, as in a script.

use engine::selection::Selection;

use crate::support::checkout::Checkout;
use crate::support::{Tree, changed};

const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

fn root(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
    )
}

/// The root modules whose roles go without review beside a file.
fn safe(path: &str, text: &str) -> String {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let tree = Tree::new([
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        (path, text),
    ]);
    let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
    let paths = changed(&plan).into_iter();
    let roots = paths.map(|path| path.replace("/main.tf", ""));
    roots.collect::<Vec<_>>().join(" ")
}

/// Files in which `PIN` and `apply` stand where the profile and the command do.
const FILES: [(&str, &str); 22] = [
    (
        ".vscode/tasks.json",
        "{\n  // all\n  \"tasks\": [{ \"command\": \"terraform -chdir=dev apply\", \"options\": { \"env\": { \"AWS_PROFILE\": \"PIN\" } } }]\n}\n",
    ),
    (
        ".vscode/launch.json",
        "{\"configurations\": [{\"program\": \"/bin/terraform\", \"args\": [\"apply\"], \"env\": {\"AWS_PROFILE\": \"PIN\"}}]}\n",
    ),
    (
        "infra.code-workspace",
        "{\"tasks\": {\"tasks\": [{\"command\": \"terraform apply\", \"options\": {\"env\": {\"AWS_PROFILE\": \"PIN\"}}}]}}\n",
    ),
    (
        ".idea/runConfigurations/apply.xml",
        "<configuration>\n  <option name=\"SCRIPT_TEXT\" value=\"terraform -chdir=dev apply\" />\n  <env name=\"AWS_PROFILE\" value=\"PIN\" />\n</configuration>\n",
    ),
    (
        ".run/apply.run.xml",
        "<configuration type=\"Terraform\">\n  <env name=\"AWS_PROFILE\" value=\"PIN\" />\n</configuration>\n",
    ),
    (
        "taskfile.yml",
        "env:\n  AWS_PROFILE: PIN\ntasks:\n  apply:\n    dir: dev\n    cmds:\n      - terraform apply\n",
    ),
    (
        "Taskfile.dist.yaml",
        "env:\n  AWS_PROFILE: PIN\ntasks:\n  apply:\n    cmds:\n      - terraform -chdir=dev apply\n",
    ),
    (
        "Makefile.toml",
        "[env]\nAWS_PROFILE = \"PIN\"\n\n[tasks.apply]\ncommand = \"terraform\"\n",
    ),
    (
        "deno.json",
        "{\"tasks\": {\"apply\": \"AWS_PROFILE=PIN terraform -chdir=dev apply\"}}\n",
    ),
    (
        "composer.json",
        "{\"scripts\": {\"apply\": [\"echo\", \"AWS_PROFILE=PIN terraform -chdir=dev apply\"]}}\n",
    ),
    (
        "apps/x/project.json",
        "{\"targets\": {\"apply\": {\"options\": {\"command\": \"terraform apply\", \"env\": {\"AWS_PROFILE\": \"PIN\"}}}}}\n",
    ),
    (
        "Pipfile",
        "[scripts]\napply = \"env AWS_PROFILE=PIN terraform apply\"\n",
    ),
    (
        "poe_tasks.toml",
        "[tool.poe.tasks.apply]\ncmd = \"terraform -chdir=dev apply\"\nenv = { AWS_PROFILE = \"PIN\" }\n",
    ),
    (
        "moon.yml",
        "tasks:\n  apply:\n    command: 'terraform apply'\n    env:\n      AWS_PROFILE: PIN\n",
    ),
    (".config/mise.toml", "[env]\nAWS_PROFILE = \"PIN\"\n"),
    ("mise/config.toml", "[env]\nAWS_PROFILE = \"PIN\"\n"),
    (".config/mise/config.toml", "[env]\nAWS_PROFILE = \"PIN\"\n"),
    (".mise/config.toml", "[env]\nAWS_PROFILE = \"PIN\"\n"),
    (
        ".githooks/pre-push",
        "#!/bin/sh\nAWS_PROFILE=PIN terraform -chdir=dev plan\n",
    ),
    (
        "go.ps1",
        "Set-Item Env:AWS_PROFILE PIN\nterraform -chdir=dev apply\n",
    ),
    (
        "go.ps1",
        "[Environment]::SetEnvironmentVariable(\"AWS_PROFILE\", \"PIN\")\nterraform -chdir=dev apply\n",
    ),
    (
        "go.ps1",
        "New-Item -Path Env:AWS_PROFILE -Value PIN\nterraform -chdir=dev apply\n",
    ),
];

#[test]
fn a_profile_of_another_account_makes_the_role_wait() {
    for (path, text) in FILES {
        let of = |profile: &str| safe(path, &text.replace("PIN", profile));
        assert_eq!(of("live"), "live", "{path}: {text}");
        assert!(of("dev").contains("dev"), "{path}: {text}");
    }
}

#[test]
fn hidden_directories_of_editors_and_hooks_are_read_from_a_disk() {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let hidden = FILES.iter().filter(|(path, _)| path.starts_with('.'));
    for (path, text) in hidden {
        let text = text.replace("PIN", "live");
        let files = [
            ("tfkeyless.hcl", ACCOUNTS),
            ("dev/main.tf", dev.as_str()),
            ("live/main.tf", live.as_str()),
            (path, text.as_str()),
        ];
        let plan = Checkout::bare(&files).run(&["plan", "--no-pager"]).code(0);
        let is_changed = |root: &str| plan.stdout.contains(&format!("+++ b/{root}/main.tf"));
        assert!(
            !is_changed("dev") && is_changed("live"),
            "{path}: {}",
            plan.stderr
        );
    }
}

#[test]
fn what_pins_nothing_or_starts_no_terraform_waits_for_nothing() {
    for (path, text) in FILES {
        let unpinned = text.replace("AWS_PROFILE", "TF_LOG");
        assert_eq!(safe(path, &unpinned), "dev live", "{path}: {unpinned}");
        // The file of mise pins for whoever is in the directory, Terraform named or not.
        if text.contains("[env]") {
            continue;
        }
        let other = text
            .replace("terraform", "hugo")
            .replace("Terraform", "Hugo");
        let other = other.replace("PIN", "live");
        assert_eq!(safe(path, &other), "dev live", "{path}: {other}");
    }
    // Of one machine, or of another program.
    for path in [".config/mise.local.toml", "app/config.toml"] {
        let text = "[env]\nAWS_PROFILE = \"live\"\n";
        assert_eq!(safe(path, text), "dev live", "{path}");
    }
}

#[test]
fn the_file_of_mise_is_for_the_directory_above_its_own() {
    let pin = "[env]\nAWS_PROFILE = \"live\"\n";
    for (path, expected) in [
        ("live/.config/mise.toml", "dev live"),
        ("dev/.config/mise/config.toml", "live"),
        ("dev/mise/config.toml", "live"),
        ("other/.mise/config.toml", "dev live"),
    ] {
        assert_eq!(safe(path, pin), expected, "{path}");
    }
}

#[test]
fn tools_that_bring_credentials_of_their_own_make_the_role_wait() {
    for (text, expected) in [
        ("awsume live && terraform -chdir=dev apply\n", "live"),
        ("aws2-wrap --profile x terraform -chdir=dev apply\n", "live"),
        (
            "set -a\nsource <(sops -d live.env)\nterraform -chdir=dev apply\n",
            "live",
        ),
        (
            "eval \"$(chamber export live --format dotenv)\"\nterraform -chdir=dev apply\n",
            "live",
        ),
        (
            "sops -d x.json > y.json\nterraform -chdir=dev apply\n",
            "dev live",
        ),
        (
            "source <(kubectl completion bash)\nterraform -chdir=dev apply\n",
            "dev live",
        ),
    ] {
        assert_eq!(safe("go.sh", text), expected, "{text}");
    }
}

#[test]
fn buildkite_reads_its_pipeline_at_the_root_too() {
    let text = "steps:\n  - command: terraform -chdir=dev apply\n";
    assert_eq!(safe("buildkite.yml", text), "live");
    assert_eq!(safe("docs/buildkite.yml", text), "dev live");
}

#[test]
fn stacks_whose_directory_is_a_template_may_run_any_below() {
    let stack = |root: &str| {
        format!(
            "resource \"spacelift_stack\" \"x\" {{\n  for_each = var.x\n  project_root = {root}\n}}\n"
        )
    };
    for (root, expected) in [
        ("\"dev\"", "live"),
        ("\"${each.key}\"", ""),
        ("each.key", ""),
        ("\"dev/${each.key}\"", "live"),
        ("\"other/${each.key}\"", "dev live"),
    ] {
        assert_eq!(safe("admin/main.tf", &stack(root)), expected, "{root}");
    }
}
