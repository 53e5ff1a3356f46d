//! Module sources that locals and variables make up, as OpenTofu evaluates them: what they call, or may call, keeps
//! its role.

use engine::selection::Selection;

use crate::support::{ROLE_1, Tree, changed};

const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n";

const JOB: &str = "on: push\npermissions:\n  id-token: write\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: tofu -chdir=dev apply\n";

/// Whether the provider in `modules/vpc` loses its role unasked, beside a caller with this text.
fn changes(caller: &[(&str, &str)]) -> bool {
    let own = [
        ("modules/vpc/main.tf", ROLE_1),
        (".github/workflows/a.yml", JOB),
    ];
    let tree = Tree::new(own.into_iter().chain(caller.iter().copied()));
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    changed(&plan).iter().any(|it| it == "modules/vpc/main.tf")
}

#[test]
fn what_a_source_may_name_keeps_its_role() {
    for caller in [
        &[(
            "dev/main.tf",
            "locals {\n  mods = \"../modules\"\n}\nmodule \"m\" {\n  source = \"${local.mods}/vpc\"\n}\n",
        )][..],
        &[
            (
                "dev/main.tf",
                "module \"m\" {\n  source = \"${local.mods}/vpc\"\n}\n",
            ),
            ("dev/locals.tf", "locals { mods = \"../modules\" }\n"),
        ],
        &[(
            "dev/main.tf",
            "variable \"src\" {\n  default = \"../modules/vpc\"\n}\nmodule \"m\" {\n  source = var.src\n}\n",
        )],
        &[(
            "dev/main.tf",
            "variable \"src\" {}\nmodule \"m\" {\n  source = var.src\n}\n",
        )],
        &[(
            "dev/main.tf",
            "variable \"b\" {}\nmodule \"m\" {\n  source = \"../${var.b}/vpc\"\n}\n",
        )],
    ] {
        assert!(!changes(caller), "{caller:?}");
    }
}

#[test]
fn sources_of_other_directories_and_of_other_repositories_hold_nothing() {
    for caller in [
        &[(
            "dev/main.tf",
            "locals {\n  mods = \"../other\"\n}\nmodule \"m\" {\n  source = \"${local.mods}/vpc\"\n}\n",
        )][..],
        &[(
            "dev/main.tf",
            "variable \"b\" {}\nmodule \"m\" {\n  source = \"../${var.b}/dns\"\n}\n",
        )],
        &[(
            "dev/main.tf",
            "variable \"r\" {}\nmodule \"m\" {\n  source = \"git::https://host/x?ref=${var.r}\"\n}\n",
        )],
        &[(
            "dev/main.tf",
            "variable \"src\" {}\nresource \"x\" \"y\" {\n  source = var.src\n}\n",
        )],
    ] {
        assert!(changes(caller), "{caller:?}");
    }
}
