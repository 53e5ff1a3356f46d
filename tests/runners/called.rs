//! Wrappers that pin an identity for what they call, and files of tasks that take in others.

use super::{BOTH, safe, tree};

/// Files, and the root modules that change unasked beside them.
type Row = (&'static [(&'static str, &'static str)], &'static str);

const MAKE: (&str, &str) = ("dev/Makefile", "apply:\n\tterraform apply\n");
const FORMAT: (&str, &str) = ("dev/Makefile", "apply:\n\tterraform fmt\n");
const JUST: (&str, &str) = ("tf.just", "apply:\n  terraform -chdir=dev apply\n");
const TASKS: (&str, &str) = (
    "tasks/tf.yml",
    "tasks:\n  a:\n    cmds: [terraform -chdir=dev apply]\n",
);

const ROWS: [Row; 16] = [
    (
        &[
            (
                "Makefile",
                "apply:\n\t$(MAKE) -C dev apply AWS_PROFILE=hub\n",
            ),
            MAKE,
        ],
        "live",
    ),
    (
        &[
            ("Makefile", "apply:\n\tmake -C dev apply AWS_PROFILE=hub\n"),
            MAKE,
        ],
        "live",
    ),
    (
        // A script runs where its caller is, where that has what it calls.
        &[
            ("deploy.sh", "export AWS_PROFILE=hub\nmake -C dev apply\n"),
            MAKE,
        ],
        "live",
    ),
    (
        &[
            ("deploy.sh", "aws-vault exec hub -- make -C dev apply\n"),
            MAKE,
        ],
        "live",
    ),
    (
        &[
            ("Makefile", "apply:\n\tAWS_PROFILE=hub ./ci/a.sh\n"),
            ("ci/a.sh", "terraform -chdir=dev apply\n"),
        ],
        "live",
    ),
    (
        &[
            (
                "justfile",
                "import \"tf.just\"\nexport AWS_PROFILE := \"hub\"\n",
            ),
            JUST,
        ],
        "live",
    ),
    (
        &[
            (
                "Taskfile.yml",
                "includes:\n  tf: ./tasks/tf.yml\nenv:\n  AWS_PROFILE: hub\n",
            ),
            TASKS,
        ],
        "live",
    ),
    (
        // Included tasks run where `dir` says, else where the file is that includes them.
        &[
            (
                "Taskfile.yml",
                "env: {AWS_PROFILE: hub}\nincludes:\n  tf: {taskfile: ./dev, dir: ./dev}\n",
            ),
            (
                "dev/Taskfile.yml",
                "tasks:\n  a:\n    cmds: [terraform apply]\n",
            ),
        ],
        "live",
    ),
    (
        &[
            (
                "Taskfile.yml",
                "includes:\n  d: {taskfile: ./tasks/tf.yml, dir: ./dev}\n",
            ),
            (
                "tasks/tf.yml",
                "env: {AWS_PROFILE: hub}\ntasks:\n  a:\n    cmds: [terraform apply]\n",
            ),
        ],
        "live",
    ),
    (
        &[
            ("Makefile", "export AWS_PROFILE = hub\ninclude dev.mk\n"),
            ("dev.mk", "apply:\n\tterraform -chdir=dev apply\n"),
        ],
        "live",
    ),
    (
        &[
            (
                "tf.sh",
                "docker run --env-file hub.env hashicorp/terraform apply\n",
            ),
            ("hub.env", "AWS_PROFILE=hub\n"),
        ],
        "",
    ),
    // Nothing is pinned, or for something else.
    (
        &[("Makefile", "apply:\n\t$(MAKE) -C dev apply\n"), MAKE],
        BOTH,
    ),
    (
        &[
            (
                "Makefile",
                "apply:\n\t$(MAKE) -C dev apply AWS_PROFILE=hub\n",
            ),
            FORMAT,
        ],
        BOTH,
    ),
    (
        &[
            (
                "deploy.sh",
                "AWS_PROFILE=hub aws s3 ls\nmake -C dev apply\n",
            ),
            MAKE,
        ],
        BOTH,
    ),
    (&[("justfile", "import \"tf.just\"\n"), JUST], BOTH),
    (
        &[("Taskfile.yml", "includes:\n  tf: ./tasks/tf.yml\n"), TASKS],
        BOTH,
    ),
];

#[test]
fn what_a_wrapper_pins_counts_for_what_it_calls_and_takes_in() {
    for (files, expected) in ROWS {
        let (path, text) = files[0];
        let mut tree = tree(path, text);
        for (path, text) in files {
            tree.0.insert((*path).into(), (*text).to_owned());
        }
        assert_eq!(safe(&tree, ""), expected, "{files:?}");
    }
}
