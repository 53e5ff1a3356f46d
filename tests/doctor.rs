//! What the doctor says of an environment, and of a repository in it.

mod machine;
mod profiles;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use machine::{BACKEND, Machine};

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let machine = Machine::healthy();
    let reported = machine.doctor(&[]).code(0).stdout;
    assert_eq!(
        reported,
        "Nothing found that would stop terraform init and plan here.\n"
    );
}

#[test]
fn keys_in_the_environment_override_the_profile() {
    let machine = Machine::healthy()
        .with("AWS_ACCESS_KEY_ID", "AKIAs3cr3ts3cr3t")
        .with("AWS_SECRET_ACCESS_KEY", "s3cr3ts3cr3t");
    machine.finds_about(
        "environment_keys",
        "the static keys of an IAM user, which override AWS_PROFILE",
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
    );
    // A runner that has signed in.
    let runner = machine
        .with("CI", "true")
        .with("AWS_SESSION_TOKEN", "s3cr3t");
    runner.doctor(&[]).code(0);
}

#[test]
fn keys_that_are_half_there_or_of_old_names_are_found() {
    Machine::healthy()
        .with("AWS_ACCESS_KEY_ID", "AKIAs3cr3t")
        .finds_about("partial_keys", "AWS_SECRET_ACCESS_KEY is not", "unset");
    Machine::healthy()
        .with("AWS_SECRET_KEY", "s3cr3t")
        .finds_about(
            "legacy_keys",
            "AWS_SECRET_KEY overrides",
            "unset AWS_ACCESS_KEY AWS_SECRET_KEY",
        );
}

#[test]
fn a_backend_without_a_profile_looks_for_its_lock_elsewhere() {
    let text = BACKEND.replace("    profile        = \"shared\"\n", "");
    let machine = Machine::healthy().write("repo/main.tf", &text);
    machine.finds_about(
        "lock_table_elsewhere",
        "DynamoDB lock table",
        "tfkeyless apply",
    );
    machine.with("AWS_PROFILE", "shared").doctor(&[]).code(0);
}

#[test]
fn on_a_runner_the_doctor_says_whom_it_is_for() {
    let machine = Machine::healthy();
    let reported = machine.doctor(&[]).code(0);
    assert!(!reported.stderr.contains("runner"), "{}", reported.stderr);
    let machine = machine.with("CI", "true").with("GITHUB_ACTIONS", "true");
    machine
        .doctor(&[])
        .code(0)
        .says("this is a runner of GitHub Actions");
}

#[test]
fn modules_in_s3_need_what_old_terraform_sees() {
    let module = "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/zips/m.zip\"\n}\n";
    let machine = Machine::healthy().write("repo/m.tf", module);
    machine.finds_about(
        "s3_modules",
        "NoCredentialProviders: no valid providers in chain",
        "export AWS_SDK_LOAD_CONFIG=1",
    );
    let machine = machine.with("AWS_SDK_LOAD_CONFIG", "1");
    machine.doctor(&[]).code(0);
    let machine = machine.without("AWS_SDK_LOAD_CONFIG");
    let terraform = machine.files.path().join("bin/terraform");
    for (version, code) in [("1.13.4", 1), ("1.13.5", 0)] {
        machine.files.write(
            "bin/terraform",
            &format!("#!/bin/sh\necho '{{\"terraform_version\": \"{version}\"}}'\n"),
        );
        fs::set_permissions(&terraform, fs::Permissions::from_mode(0o755)).unwrap();
        machine.doctor(&[]).code(code);
    }
}

#[test]
fn a_directory_that_was_initialised_with_another_backend_is_found() {
    let saved = |profile: &str| {
        format!(
            "{{\"backend\": {{\"type\": \"s3\", \"config\": {{\"bucket\": \"states\", \"key\": \"dev\", \"region\": \"us-east-1\", \"dynamodb_table\": \"locks\", \"profile\": {profile}}}}}}}"
        )
    };
    let machine = Machine::healthy()
        .write("repo/dev/main.tf", BACKEND)
        .write("repo/dev/.terraform/terraform.tfstate", &saved("null"));
    machine.finds_about(
        "backend_changed",
        "profile: unset -> \"shared\" (init fails with `Backend configuration changed`",
        "terraform -chdir=dev init -reconfigure",
    );
    let machine = machine.write(
        "repo/dev/.terraform/terraform.tfstate",
        &saved("\"shared\""),
    );
    machine.doctor(&[]).code(0);
}

#[test]
fn all_that_differs_of_a_backend_is_named() {
    let saved = "{\"backend\": {\"type\": \"s3\", \"config\": {\"bucket\": \"others\", \"key\": \"dev.tfstate\", \"region\": \"us-east-1\", \"dynamodb_table\": null}}}";
    let machine = Machine::healthy()
        .write("repo/dev/main.tf", BACKEND)
        .write("repo/dev/.terraform/terraform.tfstate", saved);
    machine.finds_about(
        "backend_changed",
        "bucket: \"others\" -> \"states\", dynamodb_table: unset -> \"locks\", key: \"dev.tfstate\" -> \"dev\", profile: unset -> \"shared\" (init fails with ",
        "terraform -chdir=dev init -reconfigure",
    );
}

#[test]
fn a_record_of_init_that_terraform_cannot_read_is_found() {
    for saved in ["", "{", "<<<<<<< HEAD\n{}\n"] {
        Machine::healthy()
            .write("repo/dev/main.tf", BACKEND)
            .write("repo/dev/.terraform/terraform.tfstate", saved)
            .finds_about(
                "backend_unreadable",
                "dev/.terraform/terraform.tfstate is no JSON: init and plan fail",
                "terraform.tfstate && terraform -chdir=dev init -reconfigure",
            );
    }
    // One of another shape is Terraform's own business.
    Machine::healthy()
        .write("repo/dev/main.tf", BACKEND)
        .write("repo/dev/.terraform/terraform.tfstate", "{}")
        .doctor(&[])
        .code(0);
}

#[test]
fn a_lock_file_that_its_constraints_do_not_admit_is_found() {
    let provider = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"~> 5.0\"\n    }\n  }\n}\n";
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"4.67.0\"\n}\n";
    let machine = Machine::healthy()
        .write("repo/net/main.tf", provider)
        .write("repo/net/.terraform.lock.hcl", lock);
    machine.finds_about(
        "lock_file",
        "selects AWS provider 4.67.0",
        "terraform -chdir=net init -upgrade",
    );
    let lock = lock.replace("4.67.0", "5.1.0");
    machine
        .write("repo/net/.terraform.lock.hcl", &lock)
        .doctor(&[])
        .code(0);
}

#[test]
fn jobs_without_a_token_or_on_static_keys_are_found() {
    let job = |with: &str, permissions: &str| {
        format!(
            "on: push\n{permissions}jobs:\n  dev:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n{with}          aws-region: us-east-1\n"
        )
    };
    let role = "          role-to-assume: arn:aws:iam::111111111111:role/ci\n";
    let path = "repo/.github/workflows/ci.yml";
    let machine = Machine::healthy().write(path, &job(role, ""));
    machine.finds_about(
        "id_token",
        "job dev signs in by OIDC without `id-token: write`",
        "id-token: write",
    );
    let machine = machine.write(path, &job(role, "permissions:\n  id-token: write\n"));
    machine.doctor(&[]).code(0);
    let keys = "          aws-access-key-id: ${{ secrets.KEY }}\n          aws-secret-access-key: ${{ secrets.OTHER }}\n";
    machine.write(path, &job(keys, "")).finds_about(
        "keyed_job",
        "job dev signs in with static keys",
        "tfkeyless apply",
    );
}

#[test]
fn what_cannot_be_looked_at_is_a_failure() {
    let machine = Machine::healthy();
    fs::remove_file(machine.files.path().join("home/.aws/config")).unwrap();
    fs::create_dir(machine.files.path().join("home/.aws/config")).unwrap();
    machine.doctor(&[]).code(2).says("home/.aws/config");
    let broken = Machine::healthy().write("repo/main.tf", "terraform {\n");
    broken.doctor(&[]).code(2).says("main.tf:1:11");
}
