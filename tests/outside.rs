//! What lies outside of the repository is not read, whatever the repository calls it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::checkout::Checkout;

/// Something that stands in every file outside, and in nothing that is written.
const CANARY: &str = "canary";

/// Files of every kind that is read, with the canary in a place that is told of.
const OUTSIDE: [(&str, &str); 12] = [
    (
        "workflows/ci.yml",
        "on: push\njobs:\n  canary:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.canary }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.canary2 }}\n    steps:\n      - run: terraform apply\n",
    ),
    (
        "action/action.yml",
        "runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: terraform -chdir=canary apply\n      env:\n        AWS_ACCESS_KEY_ID: ${{ inputs.canary }}\n        AWS_SECRET_ACCESS_KEY: ${{ inputs.canary2 }}\n",
    ),
    (
        "tfkeyless.hcl",
        "account \"canary\" { id = \"111111111111\" }\n",
    ),
    (
        "module/main.tf",
        "provider \"aws\" {\n  profile = \"canary\"\n  assume_role {\n    role_arn = \"arn:aws:iam::999999999999:role/canary\"\n  }\n}\n",
    ),
    ("x.tfvars", "role = \"canary\"\n"),
    (
        "x.s3.tfbackend",
        "bucket = \"canary\"\nprofile = \"canary\"\nkey = \"k\"\n",
    ),
    (
        "Makefile",
        "plan:\n\tAWS_PROFILE=canary terraform -chdir=canary plan\n",
    ),
    (
        "run.sh",
        "AWS_PROFILE=canary terraform -chdir=canary plan\n",
    ),
    (
        "package.json",
        "{\"scripts\": {\"plan\": \"AWS_PROFILE=canary terraform plan\"}}\n",
    ),
    (
        "terragrunt.hcl",
        "inputs = { role = \"canary\" }\nremote_state {\n  backend = \"s3\"\n  config = { bucket = \"canary\" }\n}\n",
    ),
    (
        "terraform.tfstate",
        "{\"backend\": {\"type\": \"s3\", \"config\": {\"bucket\": \"canary\"}}}\n",
    ),
    ("Jenkinsfile", "sh 'AWS_PROFILE=canary terraform apply'\n"),
];

/// What of the repository names these, by a path or by a link.
const INSIDE: [(&str, &str); 6] = [
    (
        ".github/workflows/own.yml",
        "on: push\npermissions:\n  contents: read\njobs:\n  own:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.A }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.B }}\n    steps:\n      - uses: ./../OUT/action\n      - uses: ./.github/../../OUT/action\n      - uses: ./linked-action\n      - run: ../OUT/run.sh\n      - run: ./linked/run.sh\n      - run: make -C ../OUT plan\n      - run: make -f linked.mk plan\n      - run: npm --prefix ../OUT run plan\n      - run: terraform -chdir=../OUT/module apply\n  call:\n    uses: ./../OUT/workflows/ci.yml\n",
    ),
    (
        "Makefile",
        "include ../OUT/Makefile\ninclude linked.mk\nall:\n\tterraform -chdir=envs init -backend-config=../../OUT/x.s3.tfbackend\n\tterraform -chdir=envs plan -var-file=../../OUT/x.tfvars\n\t../OUT/run.sh\n",
    ),
    (
        ".gitlab-ci.yml",
        "include:\n  - local: ../OUT/workflows/ci.yml\njob:\n  script:\n    - make all\n    - ../OUT/run.sh\n    - ./linked/run.sh\n    - bash linked-run.sh\n",
    ),
    (
        "envs/main.tf",
        "terraform {\n  backend \"s3\" {\n    key = \"k\"\n  }\n}\nvariable \"role\" {}\nprovider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/${var.role}\"\n  }\n}\nmodule \"m\" {\n  source = \"../../OUT/module\"\n}\nmodule \"l\" {\n  source = \"./linked-module\"\n}\nmodule \"p\" {\n  source = \"./linked-module/../module\"\n}\n",
    ),
    (
        "unit/terragrunt.hcl",
        "include \"root\" {\n  path = \"../../OUT/terragrunt.hcl\"\n}\nlocals {\n  other = read_terragrunt_config(\"../../OUT/terragrunt.hcl\")\n  linked = read_terragrunt_config(find_in_parent_folders(\"linked.hcl\"))\n}\nterraform {\n  source = \"../../OUT/module\"\n}\n",
    ),
    (
        "package.json",
        "{\"scripts\": {\"plan\": \"npm --prefix ../OUT run plan\"}}\n",
    ),
];

/// Links of the repository, with what they lead to outside.
const LINKS: [(&str, &str); 13] = [
    (".github/workflows/linked.yml", "workflows/ci.yml"),
    ("linked-action", "action"),
    ("linked", ""),
    ("linked-run.sh", "run.sh"),
    ("linked.mk", "Makefile"),
    ("linked.hcl", "terragrunt.hcl"),
    ("envs/linked-module", "module"),
    ("envs/linked.tf", "module/main.tf"),
    ("envs/linked.auto.tfvars", "x.tfvars"),
    ("envs/linked.s3.tfbackend", "x.s3.tfbackend"),
    ("envs/.terraform", ""),
    ("Jenkinsfile", "Jenkinsfile"),
    (".circleci", "workflows"),
];

/// A directory `OUT` with the files outside, and beside it a repository that names them.
fn world() -> Checkout {
    let world = Checkout::without_git(&[]);
    for (path, text) in OUTSIDE {
        assert!(text.contains(CANARY));
        world.write(&format!("OUT/{path}"), text);
    }
    for (path, text) in INSIDE {
        world.write(&format!("repository/{path}"), text);
    }
    world.mark("repository");
    for (link, target) in LINKS {
        let out = world.path().join("OUT").join(target);
        symlink(out, world.path().join("repository").join(link)).unwrap();
    }
    world
}

const COMMANDS: [&[&str]; 12] = [
    &["plan", "--verbose"],
    &["plan", "--verbose", "--review"],
    &["plan", "--format", "json"],
    &["plan", "--format", "markdown"],
    &["plan", "--format", "sarif"],
    &["audit", "--verbose"],
    &["doctor"],
    &["init", "--print"],
    &["generate", "state-role"],
    &["generate", "bucket-policy"],
    &["generate", "oidc-role", "--repository", "o/r"],
    &["generate", "backend-ci"],
];

#[test]
fn nothing_outside_is_read() {
    let world = world();
    for command in COMMANDS {
        let mut arguments = command.to_vec();
        arguments.push("repository");
        let outcome = world.run(&arguments);
        assert!(outcome.code < 3, "{}", outcome.stderr);
        for output in [&outcome.stdout, &outcome.stderr] {
            assert!(!output.contains(CANARY), "{command:?}:\n{output}");
        }
    }
    // The canary is seen where the same stands in the repository.
    for (path, text) in OUTSIDE
        .iter()
        .filter(|(path, _)| path.starts_with("module"))
    {
        world.write(&format!("repository/inside/{path}"), text);
    }
    let seen = world.run(&["init", "--print", "repository"]);
    assert!(seen.stdout.contains(CANARY), "{}", seen.stdout);
}

#[test]
fn a_directory_of_workflows_outside_is_skipped_and_said() {
    let world = world();
    for (link, target) in [(".github/workflows", "workflows"), (".github", "workflows")] {
        let own = world.path().join("repository").join(link);
        fs::remove_dir_all(&own).unwrap();
        symlink(world.path().join("OUT").join(target), &own).unwrap();
        let plan = world.run(&["plan", "--verbose", "repository"]).code(0);
        assert!(!plan.stderr.contains(CANARY), "{}", plan.stderr);
        plan.says(&format!(
            "{link} is a symbolic link that leads out of the repository"
        ));
    }
}

#[test]
fn a_configuration_outside_is_refused() {
    let world = world();
    let own = world.path().join("repository/tfkeyless.hcl");
    for (target, why) in [
        (
            "../OUT/tfkeyless.hcl",
            "a symbolic link that leads out of the repository",
        ),
        (
            "/dev/zero",
            "a symbolic link that leads out of the repository",
        ),
        ("none.hcl", "a symbolic link to nothing"),
        (
            "tfkeyless.hcl",
            "a symbolic link that leads out of the repository, or back to itself",
        ),
        ("envs", "not a regular file"),
    ] {
        symlink(target, &own).unwrap();
        for command in COMMANDS.iter().filter(|command| command[0] != "init") {
            let mut arguments = command.to_vec();
            arguments.push("repository");
            let outcome = world.run(&arguments).code(2);
            outcome.says(&format!("tfkeyless.hcl is {why}"));
        }
        fs::remove_file(&own).unwrap();
    }
    // One that is linked inside is the repository's.
    let text = "account \"own\" { id = \"111111111111\" }\n";
    world.write("repository/config/own.hcl", text);
    symlink("config/own.hcl", &own).unwrap();
    let doctor = world.run(&["doctor", "repository"]);
    assert!(
        doctor.stdout.contains("AWS_PROFILE=own"),
        "{}",
        doctor.stdout
    );
}
