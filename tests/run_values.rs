//! Which value a variable has in a run: files of values beside a root module and elsewhere in the tree, the order of
//! `-var` and `-var-file`, the environment ("Variable Definition Precedence", Terraform docs).

use std::fmt::Write as _;

use crate::support::{Tree, reviewed};

const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\nci {\n  role = \"arn:aws:iam::{id}:role/ci\"\n}\n";

/// A root module `stack`, whose account is the value of a variable.
const ROOT: &str = "variable \"id\" {}\n\nprovider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::${var.id}:role/x\"\n  }\n}\n";

/// The account that a job which runs this signs in to once all is reviewed: its part of the ARN, or `keys` where
/// it stays with what it had.
fn signs_in(env: &str, command: &str, files: &[(&str, &str)]) -> String {
    let workflow = format!(
        "on: push\npermissions: {{ contents: read }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n      AWS_REGION: us-east-1\n{env}    steps:\n      - run: {command}\n"
    );
    let own = [
        ("stack/main.tf", ROOT),
        (".github/workflows/a.yml", workflow.as_str()),
    ];
    let tree = Tree::new(own.iter().chain(files).copied());
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    let after = plan.changes.iter().find(|it| it.path.ends_with("a.yml"));
    let text = after.map(|it| it.after.as_str()).unwrap_or_default();
    let mut found = String::new();
    for (_, rest) in text.split("role-to-assume: ").skip(1).map(|it| ("", it)) {
        let role = rest.lines().next().unwrap_or_default();
        let account = role.split(':').nth(4).unwrap_or("keys");
        write!(found, "{account} ").unwrap();
    }
    found.trim_end().to_owned()
}

const DEV: &str = "id = \"111111111111\"\n";
const LIVE: &str = "id = \"222222222222\"\n";

#[test]
fn a_file_of_values_is_the_one_that_its_path_names() {
    let beside = [("stack/dev.tfvars", DEV), ("stack/live.tfvars", LIVE)];
    let above = [("envs/dev.tfvars", DEV), ("envs/live.tfvars", LIVE)];
    let below = [
        ("stack/envs/dev.tfvars", DEV),
        ("stack/envs/live.tfvars", LIVE),
    ];
    for (command, files, expected) in [
        (
            "terraform -chdir=stack apply -var-file=dev.tfvars",
            &beside,
            "111111111111",
        ),
        (
            "terraform -chdir=stack apply -var-file=./live.tfvars",
            &beside,
            "222222222222",
        ),
        (
            "terraform -chdir=stack apply -var-file=../envs/dev.tfvars",
            &above,
            "111111111111",
        ),
        (
            "cd stack && terraform apply -var-file ../envs/live.tfvars",
            &above,
            "222222222222",
        ),
        (
            "terraform -chdir=stack apply -var-file=envs/live.tfvars",
            &below,
            "222222222222",
        ),
        // Another file of that name, which the tree does not have.
        (
            "terraform -chdir=stack apply -var-file=../../envs/dev.tfvars",
            &above,
            "keys",
        ),
        (
            "terraform -chdir=stack apply -var-file=envs/dev.tfvars",
            &above,
            "keys",
        ),
    ] {
        assert_eq!(signs_in("", command, files), expected, "{command}");
    }
}

#[test]
fn the_last_value_counts() {
    let files = [
        ("stack/live.tfvars", LIVE),
        ("stack/other.tfvars", "x = 1\n"),
    ];
    let id = "-var id=111111111111";
    let env = "      TF_VAR_id: \"111111111111\"\n";
    for (env, arguments, expected) in [
        ("", id.to_owned(), "111111111111"),
        ("", format!("-var-file=live.tfvars {id}"), "111111111111"),
        // The file beats it: that is for people to say.
        ("", format!("{id} -var-file=live.tfvars"), "keys"),
        (env, String::new(), "keys"),
        (env, "-var-file=live.tfvars".to_owned(), "keys"),
    ] {
        let command = format!("terraform -chdir=stack apply {arguments}");
        assert_eq!(
            signs_in(env, &command, &files),
            expected,
            "{env}{arguments}"
        );
    }
    let none: [(&str, &str); 0] = [];
    let command = "terraform -chdir=stack apply";
    assert_eq!(signs_in(env, command, &none), "111111111111");
    let unasked = [("stack/terraform.tfvars", LIVE)];
    assert_ne!(signs_in(env, command, &unasked), "111111111111");
}

#[test]
fn a_command_runs_the_root_module_that_its_words_or_its_task_name() {
    let apply = "terraform apply -var id=111111111111";
    let stack = "terraform -chdir=stack apply -var id=111111111111\n";
    let just = format!("[working-directory: 'stack']\ntf:\n  {apply}\n");
    let poe = format!("[tool.poe.tasks]\ntf = \"{}\"\n", stack.trim());
    let in_stack = format!("[tool.poe.tasks.tf]\ncmd = \"{apply}\"\ncwd = \"stack\"\n");
    for (command, files, expected) in [
        // Terraform 0.12 to 0.14.
        (
            "terraform apply -auto-approve -var id=111111111111 stack",
            vec![],
            "111111111111",
        ),
        (
            "terraform plan -out p -var id=111111111111 ./stack/",
            vec![],
            "111111111111",
        ),
        (
            "terraform apply -var id=111111111111 p.tfplan",
            vec![],
            "keys",
        ),
        ("just tf", vec![("justfile", just.as_str())], "111111111111"),
        (
            "poe tf",
            vec![("pyproject.toml", poe.as_str())],
            "111111111111",
        ),
        (
            "poetry run poe tf",
            vec![("pyproject.toml", &poe)],
            "111111111111",
        ),
        ("poe other", vec![("pyproject.toml", &poe)], ""),
        // In any directory.
        ("poe tf", vec![("pyproject.toml", &in_stack)], "keys"),
        ("cat d.sh | bash", vec![("d.sh", stack)], "111111111111"),
        (
            // What the shell reads may be another text.
            "sed s/a/b/ d.sh | sh -e",
            vec![("d.sh", stack)],
            "keys",
        ),
        ("cat d.sh | grep x", vec![("d.sh", stack)], ""),
    ] {
        assert_eq!(signs_in("", command, &files), expected, "{command}");
    }
}

#[test]
fn a_workspace_that_a_condition_selects_is_one_of_several() {
    let root = ROOT.replace(
        "variable \"id\" {}\n",
        "locals {\n  ids = { dev = \"111111111111\", live = \"222222222222\" }\n}\n",
    );
    let root = root.replace("${var.id}", "${local.ids[terraform.workspace]}");
    let main = "github.ref == 'refs/heads/main'";
    let other = "github.ref != 'refs/heads/main'";
    let step = |condition: &str, command: &str| {
        let condition = match condition {
            "" => String::new(),
            condition => format!("        if: {condition}\n"),
        };
        format!("      - run: cd stack && terraform {command}\n{condition}")
    };
    let select = |condition: &str, name: &str| step(condition, &format!("workspace select {name}"));
    for (steps, expected) in [
        (select("", "live") + &step("", "apply"), "222222222222"),
        (
            select(main, "live") + &select(other, "dev") + &step("", "apply"),
            "keys",
        ),
        (
            select("", "dev") + &select(main, "live") + &step("", "apply"),
            "keys",
        ),
        (select(main, "live") + &step(main, "apply"), "222222222222"),
        (
            select(main, "live") + &select(other, "dev") + &step(main, "apply"),
            "222222222222",
        ),
    ] {
        // Behind a first step that does nothing.
        let command = format!("true\n{}", steps.trim_end());
        let files = [("stack/main.tf", root.as_str())];
        assert_eq!(signs_in("", &command, &files), expected, "{steps}");
    }
}
