//! Functions of scripts, files that scripts take in, and commands that variables hold: where they run Terraform decides
//! where a job signs in.

use engine::selection::Selection;

use crate::support::{Tree, changed};

const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n";
const KEYS: &str = "keys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n";

fn provider(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// The account that a job with this script signs in to, and the root modules whose roles go.
fn outcome(script: &str, files: &[(&str, &str)]) -> String {
    let script = script.replace('\n', "\n          ");
    let workflow = format!(
        "on: push\npermissions:\n  id-token: write\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: |\n          {script}\n"
    );
    let (dev, live) = (provider("111111111111"), provider("222222222222"));
    let own = [
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", &live),
        (".github/workflows/a.yml", &workflow),
    ];
    let tree = Tree::new(own.into_iter().chain(files.iter().copied()));
    let plan = tree
        .plan(&format!("{CONFIG}{KEYS}"), Selection::default())
        .unwrap();
    let mut changes = plan.changes.iter();
    let text = changes.find(|it| it.path.ends_with("a.yml"));
    let text = text.map_or("", |it| it.after.as_str());
    let ids = ["111111111111", "222222222222", "333333333333"];
    let signed = ids
        .iter()
        .filter(|id| text.contains(&format!("{id}:role/ci")));
    let signed: Vec<&str> = signed.map(|id| &id[..1]).collect();
    let gone = changed(&plan).into_iter();
    let gone = gone.filter_map(|path| path.strip_suffix("/main.tf").map(str::to_owned));
    format!(
        "{}: {}",
        signed.join(" "),
        gone.collect::<Vec<_>>().join(" ")
    )
}

const BOTH: &str = "dev live";

#[test]
fn a_job_signs_in_where_functions_and_files_that_are_taken_in_run_terraform() {
    let lib = [("lib.sh", "deploy() { terraform -chdir=\"$1\" apply; }\n")];
    for (script, files, expected) in [
        (
            "deploy() { terraform -chdir=$1 apply; }\ndeploy live",
            &[][..],
            "2",
        ),
        (". ./lib.sh\ndeploy live", &lib, "2"),
        (
            "./go.sh",
            &[("go.sh", "f() { terraform -chdir=$1 apply; }\nf dev\n")],
            "1",
        ),
        (
            "./go.sh live",
            &[("go.sh", "f() { terraform -chdir=$1 apply; }\nf dev\n")],
            "1",
        ),
        (". ./go.sh\nterraform apply", &[("go.sh", "cd live\n")], "2"),
        (
            "D=dev\n. ./go.sh\nterraform -chdir=$D apply",
            &[("go.sh", "D=live\n")],
            "2",
        ),
        (
            "./in.sh live terraform apply",
            &[("in.sh", "cd $1; shift; \"$@\"\n")],
            "2",
        ),
        ("TF=(terraform -chdir=live)\n\"${TF[@]}\" apply", &[], "2"),
        ("CMD=\"terraform -chdir=live\"\n$CMD apply", &[], "2"),
    ] {
        let expected = format!("{expected}: {BOTH}");
        assert_eq!(outcome(script, files), expected, "{script} {files:?}");
    }
    for (script, files) in [
        (
            "deploy() { terraform -chdir=$1 apply; }\ndeploy $X",
            &[][..],
        ),
        ("CMD=\"terraform -chdir=$X\"\n$CMD apply", &[]),
        (". ./lib.sh\n\"$X\" live", &lib),
    ] {
        assert_eq!(outcome(script, files), "3: ", "{script}");
    }
}

#[test]
fn a_profile_before_the_call_of_a_function_is_of_what_it_runs() {
    let (dev, live) = (provider("111111111111"), provider("222222222222"));
    for (script, expected) in [
        (
            "d() {\n  terraform -chdir=$1 apply\n}\nAWS_PROFILE=live d dev\n",
            "live",
        ),
        (
            "d() {\n  terraform -chdir=$1 apply\n}\nAWS_PROFILE=dev d dev\n",
            BOTH,
        ),
        (
            "d() {\n  terraform -chdir=$1 fmt\n}\nAWS_PROFILE=live d dev\n",
            BOTH,
        ),
    ] {
        let tree = Tree::new([
            ("dev/main.tf", dev.as_str()),
            ("live/main.tf", &live),
            ("go.sh", script),
        ]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let gone = changed(&plan)
            .into_iter()
            .map(|path| path.replace("/main.tf", ""));
        assert_eq!(gone.collect::<Vec<_>>().join(" "), expected, "{script}");
    }
}
