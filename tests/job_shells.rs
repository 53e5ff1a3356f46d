//! The shell of a step: scripts of PowerShell, `cmd` and other languages are not taken for those of a POSIX shell.
//! Where the directory of Terraform is not known, the roles of all root modules that may run there wait.

use engine::selection::Selection;

use crate::support::{Tree, changed};

const ACCOUNTS: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n";

const SIGN_IN: &str = "- uses: aws-actions/configure-aws-credentials@v4\n  with: { aws-access-key-id: \"${{ secrets.AWS_ACCESS_KEY_ID }}\", aws-secret-access-key: \"${{ secrets.AWS_SECRET_ACCESS_KEY }}\", aws-region: x }\n";

fn root(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
    )
}

/// Which roles go: those of `dev` and of `live`, for a job with this head and step, and files.
fn goes(head: &str, step: &str, files: &[(&str, &str)]) -> [bool; 2] {
    let steps = format!("- uses: actions/checkout@v4\n{SIGN_IN}{step}").replace('\n', "\n      ");
    let workflow = format!("on: push\njobs:\n  a:\n    {head}\n    steps:\n      {steps}\n");
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let own = [
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        (".github/workflows/ci.yml", workflow.as_str()),
    ];
    let tree = Tree::new(own.iter().chain(files).copied());
    let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
    let paths = changed(&plan);
    let text = &tree.with(&plan).0[std::path::Path::new(".github/workflows/ci.yml")];
    let is_in_dev = text.contains("arn:aws:iam::111111111111:role/ci");
    let went = ["dev/main.tf", "live/main.tf"].map(|file| paths.iter().any(|path| path == file));
    // A root module without its role is run in its own account.
    assert!(!went[0] || is_in_dev, "{step}: {text}");
    went
}

const UBUNTU: &str = "runs-on: ubuntu-latest";
const WINDOWS: &str = "runs-on: windows-latest";

#[test]
fn directories_of_powershell_and_cmd_are_read_or_not_known() {
    for (head, shell, script, is_read) in [
        (UBUNTU, "pwsh", "Set-Location dev\nterraform apply", true),
        (
            UBUNTU,
            "pwsh",
            "Set-Location -Path ./dev; terraform apply",
            true,
        ),
        (UBUNTU, "pwsh", "sl dev\nterraform apply", true),
        (
            UBUNTU,
            "pwsh",
            "Push-Location dev\nterraform apply\nPop-Location",
            true,
        ),
        (UBUNTU, "pwsh", "cd .\\dev\nterraform apply", true),
        (UBUNTU, "pwsh", "terraform `\n  -chdir=dev apply", true),
        (WINDOWS, "", "Set-Location dev\nterraform apply", true),
        (WINDOWS, "", "cd .\\dev\nterraform apply", true),
        (WINDOWS, "cmd", "terraform ^\n  -chdir=dev apply", true),
        (WINDOWS, "cmd", "cd /d dev\nterraform apply", true),
        (UBUNTU, "pwsh", "Set-Location $dir\nterraform apply", false),
        (
            UBUNTU,
            "pwsh",
            "if ($x) { Set-Location dev }\nterraform apply",
            false,
        ),
        (
            UBUNTU,
            "pwsh",
            "Start-Process terraform -ArgumentList '-chdir=dev','apply'",
            false,
        ),
        (
            UBUNTU,
            "pwsh",
            "function tf { terraform @args }\ntf -chdir=dev apply",
            false,
        ),
        (
            UBUNTU,
            "pwsh",
            "$a = @('-chdir=dev','apply')\nterraform @a",
            false,
        ),
        (WINDOWS, "cmd", "call deploy.cmd dev", false),
        (WINDOWS, "cmd", "cd %DIR%\nterraform apply", false),
    ] {
        let shell = match shell {
            "" => String::new(),
            shell => format!("  shell: {shell}\n"),
        };
        let step = format!("- run: |\n    {}\n{shell}", script.replace('\n', "\n    "));
        let files = [("deploy.cmd", "cd %1\nterraform apply\n")];
        assert_eq!(goes(head, &step, &files), [is_read; 2], "{step}");
    }
}

#[test]
fn the_shell_of_defaults_is_that_of_steps_which_name_none() {
    let program = "- run: |\n    import subprocess\n    subprocess.run(['terraform', '-chdir=dev', 'apply'])\n";
    let script = "- run: terraform -chdir=dev apply\n";
    let default =
        |shell: &str| format!("{UBUNTU}\n    defaults: {{ run: {{ shell: \"{shell}\" }} }}");
    for (head, step, is_read) in [
        (default("python"), program, false),
        (default("bash"), script, true),
        (default("sh -e {0}"), script, true),
        (default("pwsh"), script, true),
        (
            default("python"),
            "- run: terraform -chdir=dev apply\n  shell: bash\n",
            true,
        ),
    ] {
        assert_eq!(goes(&head, step, &[]), [is_read; 2], "{head} {step}");
    }
}

#[test]
fn a_command_that_starts_the_shell_brings_its_credentials() {
    let step = |shell: &str| format!("- run: terraform -chdir=dev apply\n  shell: {shell}\n");
    for (shell, expected) in [
        ("aws-vault exec live -- bash {0}", false),
        ("doppler run -- bash {0}", false),
        ("nix develop -c bash {0}", true),
        ("bash -leo pipefail {0}", true),
    ] {
        let [dev, _] = goes(UBUNTU, &step(shell), &[]);
        assert_eq!(dev, expected, "{shell}");
    }
}
