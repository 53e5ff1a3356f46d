//! Which root modules a runner runs, and with what.

use engine::selection::Selection;

use super::{BOTH, NONE, root, safe, tree};
use crate::support::{Tree, changed, reports};

#[test]
fn a_pipeline_runs_what_the_target_or_the_script_runs() {
    let makefile = "lint: fmt\n\ttflint\nfmt:\n\tterraform fmt\napply: init\n\techo done\ninit:\n\tterraform init\nENV ?= live\nplan:\n\tterraform -chdir=$(ENV) plan\n";
    for (call, expected) in [
        ("make lint", BOTH),
        ("make test", BOTH),
        ("cd elsewhere; make apply", BOTH),
        ("make apply", NONE),
        ("make fmt ENV=x", BOTH),
        ("make $TARGET", NONE),
        ("./ci/deploy.sh dev", NONE),
        ("bash ci/check.sh", BOTH),
        ("./ci/terraform-keys.sh", BOTH),
        ("./elsewhere.sh", BOTH),
        ("./elsewhere/terraform.sh", NONE),
        // Behind wrappers that bring nothing, targets and scripts are read, too.
        ("make plan ENV=dev", "live"),
        // What calls it may set the variable.
        ("make plan", NONE),
        ("ENV=dev make plan", "live"),
        ("timeout 60 make plan ENV=dev", "live"),
        ("mise exec -- make plan ENV=dev", "live"),
        ("./ci/in.sh dev", "live"),
        ("nohup ./ci/in.sh live", "dev"),
        ("make lint ENV=dev", BOTH),
        ("mise exec -- make lint", BOTH),
        ("timeout 60 ./ci/check.sh", BOTH),
        ("nohup bash ci/check.sh dev", BOTH),
    ] {
        let mut tree = tree("Makefile", makefile);
        for (path, text) in [
            ("ci/deploy.sh", "terraform apply\n".to_owned()),
            ("ci/check.sh", "terraform validate\n".to_owned()),
            ("ci/in.sh", "terraform -chdir=$1 apply\n".to_owned()),
            ("ci/terraform-keys.sh", "aws iam list-users\n".to_owned()),
            ("Jenkinsfile", format!("node {{\n  sh '{call}'\n}}\n")),
        ] {
            tree.0.insert(path.into(), text);
        }
        assert_eq!(safe(&tree, ""), expected, "{call}");
    }
}

#[test]
fn a_workspace_runs_its_own_root_module() {
    for block in [
        "terraform {\n  cloud {\n    organization = \"x\"\n  }\n}\n",
        "terraform {\n  backend \"remote\" {\n    organization = \"x\"\n  }\n}\n",
        "variable \"atlantis_user\" {\n  default = \"x\"\n}\n",
    ] {
        assert_eq!(safe(&tree("dev/backend.tf", block), ""), "live", "{block}");
    }
    for block in [
        "terraform {\n  backend \"local\" {}\n}\n",
        "resource \"x\" \"y\" {\n  cloud {\n  }\n}\n",
    ] {
        assert_eq!(safe(&tree("dev/backend.tf", block), ""), BOTH, "{block}");
    }
}

#[test]
fn a_child_module_waits_with_the_root_module_that_calls_it() {
    let mut tree = tree("Jenkinsfile", "sh 'terraform -chdir=dev apply'\n");
    let call = "module \"m\" {\n  source = \"../m\"\n}\n";
    tree.0.insert("dev/m.tf".into(), call.to_owned());
    tree.0.insert("m/main.tf".into(), root("111111111111"));
    assert_eq!(safe(&tree, ""), "live");
}

#[test]
fn a_profile_that_a_wrapper_pins_may_be_the_root_modules_own_account() {
    for (profile, expected) in [("dev", BOTH), ("live", "live"), ("unknown", "live")] {
        let makefile = format!("apply:\n\tAWS_PROFILE={profile} terraform apply\n");
        let tree = tree("dev/Makefile", &makefile);
        assert_eq!(safe(&tree, ""), expected, "{profile}");
    }
}

#[test]
fn a_backends_profile_waits_where_the_runner_may_lack_it() {
    let backend = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n    region = \"eu-west-1\"\n  }\n}\n";
    let tree = Tree::new([
        ("dev/main.tf", backend),
        (
            ".gitlab-ci.yml",
            "a:\n  script: [include, terraform apply]\n",
        ),
    ]);
    let config = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\n";
    let plan = |answer: &str| {
        let config = format!("{config}{answer}");
        tree.plan(&config, Selection::default()).unwrap()
    };
    assert_eq!(
        reports(&plan("")),
        [
            "dev/main.tf:2: the S3 backend gets the profile \"shared\"; GitLab CI (.gitlab-ci.yml:2) runs \
             it with credentials of its own: it may lack the profile `shared`"
        ]
    );
    let answer = "runner \".gitlab-ci.yml\" { account = \"shared\" }\n";
    assert_eq!(changed(&plan(answer)), Vec::<String>::new());
    let answer = "runner \".gitlab-ci.yml\" { account = \"*\" }\n";
    assert_eq!(changed(&plan(answer)), ["dev/main.tf"]);
}
