//! Files that fix a profile or keys for Terraform in a directory: a role there waits for review, unless
//! they are of its own account.

use crate::support::{CONFIG, Tree, changed};
use engine::selection::Selection;

const MAIN: &str = "terraform {\n  required_providers {\n    aws = \"~> 5.0\"\n  }\n}\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const KEYS: &str = "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPL0\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00\n";

/// Whether the role of `live` waits.
fn waits(files: &[(&str, &str)]) -> bool {
    let all = files.iter().copied().chain([("live/main.tf", MAIN)]);
    let plan = Tree::new(all).plan(CONFIG, Selection::default()).unwrap();
    !changed(&plan).contains(&"live/main.tf".to_owned())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_role_waits_where_a_file_fixes_other_credentials_for_its_directory() {
    let compose = |environment: &str| {
        format!(
            "services:\n  tf:\n    image: hashicorp/terraform\n    working_dir: /w/live\n{environment}    command: [\"apply\"]\n"
        )
    };
    let with_keys = compose("    environment:\n      AWS_ACCESS_KEY_ID: AKIAIOSFODNN7EXAMPL0\n");
    let with_file = compose("    env_file:\n      - hub.env\n");
    let passed_on = compose("    environment:\n      AWS_ACCESS_KEY_ID: ${AWS_ACCESS_KEY_ID}\n");
    let elsewhere = with_keys.replace("/w/live", "/w/other");
    let other = ("other/main.tf", MAIN);
    for (files, expected) in [
        (vec![("live/.envrc", "export AWS_PROFILE=hub\n")], true),
        (vec![(".envrc", "export AWS_PROFILE=hub\n")], true),
        (
            vec![(".envrc", "dotenv hub.env\n"), ("hub.env", KEYS)],
            true,
        ),
        (
            vec![
                (
                    "Makefile",
                    "include hub.env\nexport\na:\n\tcd live && terraform apply\n",
                ),
                ("hub.env", "AWS_PROFILE=hub\n"),
            ],
            true,
        ),
        (
            vec![
                (
                    "Makefile",
                    "-include hub.mk\na:\n\tterraform -chdir=live apply\n",
                ),
                ("hub.mk", "export AWS_PROFILE = hub\n"),
            ],
            true,
        ),
        (
            vec![
                (
                    "deploy.sh",
                    "set -a; . ./hub.env; set +a\ncd live && terraform apply\n",
                ),
                ("hub.env", KEYS),
            ],
            true,
        ),
        (
            vec![
                (
                    "deploy.sh",
                    "source ./lib.sh\nuse_hub\ncd live && terraform apply\n",
                ),
                ("lib.sh", "use_hub() { export AWS_PROFILE=hub; }\n"),
            ],
            true,
        ),
        (
            vec![
                (
                    "bin/deploy.sh",
                    "source \"$(dirname \"$0\")/lib.sh\"\ncd live && terraform apply\n",
                ),
                ("bin/lib.sh", "export AWS_PROFILE=hub\n"),
            ],
            true,
        ),
        (
            vec![
                (
                    "Taskfile.yml",
                    "version: '3'\ndotenv: ['hub.env']\ntasks:\n  a:\n    cmds:\n      - terraform -chdir=live apply\n",
                ),
                ("hub.env", "AWS_PROFILE=hub\n"),
            ],
            true,
        ),
        (
            vec![
                (
                    "justfile",
                    "set dotenv-load\na:\n  terraform -chdir=live apply\n",
                ),
                (".env", "AWS_PROFILE=hub\n"),
            ],
            true,
        ),
        (vec![("docker-compose.yml", &with_keys)], true),
        (
            vec![
                ("compose.yaml", &with_file),
                ("hub.env", "AWS_PROFILE=hub\n"),
            ],
            true,
        ),
        // What a file of profiles says which the tree has.
        (
            vec![
                ("live/.envrc", "export AWS_CONFIG_FILE=$PWD/aws\n"),
                (
                    "live/aws",
                    "[default]\nrole_arn = arn:aws:iam::333333333333:role/x\n",
                ),
            ],
            true,
        ),
        (
            vec![
                (
                    ".envrc",
                    "export AWS_CONFIG_FILE=\"$PWD/aws\"\nexport AWS_PROFILE=dev\n",
                ),
                ("aws", "[profile dev]\nsso_account_id = 333333333333\n"),
            ],
            true,
        ),
        (
            vec![
                ("live/.envrc", "export AWS_CONFIG_FILE=$PWD/aws\n"),
                (
                    "live/aws",
                    "[default]\nregion = x\n[profile hub]\nsso_account_id = 333333333333\n",
                ),
            ],
            false,
        ),
        // Of the role's account, or of none.
        (vec![("live/.envrc", "export AWS_PROFILE=dev\n")], false),
        (
            vec![(
                "live/.envrc",
                "export AWS_REGION=eu-west-1\nexport AWS_CONFIG_FILE=$PWD/.aws/config\n",
            )],
            false,
        ),
        (
            vec![(
                "live/.envrc",
                "export AWS_PROFILE=${AWS_PROFILE:-hub}\n# export AWS_PROFILE=hub\n",
            )],
            false,
        ),
        (
            vec![("other/.envrc", "export AWS_PROFILE=hub\n"), other],
            false,
        ),
        (vec![("hub.env", KEYS)], false),
        (
            vec![
                (
                    "Makefile",
                    "include hub.env\na:\n\tcd live && terraform apply\n",
                ),
                ("hub.env", "AWS_PROFILE=hub\n"),
            ],
            false,
        ),
        (
            vec![(
                "Makefile",
                "-include .env\nexport\na:\n\tcd live && terraform apply\n",
            )],
            false,
        ),
        (
            vec![
                ("Makefile", "include hub.env\nexport\na:\n\tgo build\n"),
                ("hub.env", "AWS_PROFILE=hub\n"),
            ],
            false,
        ),
        (
            vec![
                ("deploy.sh", ". ./hub.env\ncd live && terraform apply\n"),
                ("hub.env", "AWS_PROFILE=hub\n"),
            ],
            false,
        ),
        (
            vec![
                ("deploy.sh", "source ./lib.sh\ncd live && terraform apply\n"),
                ("lib.sh", "log() { echo \"$1\"; }\n"),
            ],
            false,
        ),
        (vec![("compose.yaml", &passed_on)], false),
        (vec![("compose.yaml", &elsewhere), other], false),
        (
            vec![(
                "compose.yaml",
                "services:\n  app:\n    image: app\n    environment:\n      AWS_PROFILE: hub\n",
            )],
            false,
        ),
    ] {
        assert_eq!(waits(&files), expected, "{files:?}");
    }
}

#[test]
fn pipelines_that_pipelines_start_are_runners() {
    let apply = "script:\n    - cd live && terraform apply -auto-approve\n";
    let job = format!("tf:\n  {apply}");
    let child = "child:\n  trigger:\n    include: ci/child.yml\n";
    let listed = "child:\n  trigger:\n    include:\n      - local: /ci/child.yml\n";
    let circle = "version: 2.1\nsetup: true\norbs:\n  path-filtering: circleci/path-filtering@1\nworkflows:\n  a:\n    jobs:\n      - path-filtering/filter:\n          config-path: ci/child.yml\n";
    let circle_job = "version: 2.1\njobs:\n  tf:\n    steps:\n      - run: cd live && terraform apply -auto-approve\n";
    for (files, expected) in [
        (
            vec![(".gitlab-ci.yml", child), ("ci/child.yml", &job)],
            true,
        ),
        (
            vec![(".gitlab-ci.yml", listed), ("ci/child.yml", &job)],
            true,
        ),
        (
            vec![
                (".circleci/config.yml", circle),
                ("ci/child.yml", circle_job),
            ],
            true,
        ),
        (
            vec![
                (".gitlab-ci.yml", child),
                ("ci/child.yml", "a:\n  script: make test\n"),
            ],
            false,
        ),
        (vec![("ci/child.yml", &job)], false),
    ] {
        assert_eq!(waits(&files), expected, "{files:?}");
    }
}
