//! Settings files that the line of a command in a script ties to one directory.

use std::path::Path;

use crate::support::{CONFIG, Tree, reports, reviewed};

#[test]
fn a_file_is_that_of_the_root_module_which_the_line_names() {
    let block = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    let conf = "profile = \"other\"\n";
    for (script, is_of_one) in [
        (
            "c:\n\tterraform -chdir=c init -backend-config=../conf/c.conf\n",
            true,
        ),
        (
            "c:\n\tcd c && terraform init -backend-config ../conf/c.conf\n",
            true,
        ),
        (
            "c:\n\t(cd ./c; terraform init \\\n\t  -backend-config=../conf/c.conf)\n",
            true,
        ),
        // Which of them it is the line does not tell.
        (
            "c:\n\tcd $(D) && terraform init -backend-config=../conf/c.conf\n",
            false,
        ),
        (
            "c:\n\tterraform init -backend-config=../conf/c.conf\n",
            false,
        ),
    ] {
        let tree = Tree::new([
            ("a/main.tf", block),
            ("c/main.tf", block),
            ("conf/c.conf", conf),
            ("Makefile", script),
        ]);
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        let after = tree.with(&plan);
        let gets_profile = |path: &str| after.0[Path::new(path)].contains("profile");
        assert_eq!(
            gets_profile("a/main.tf"),
            is_of_one,
            "{script} {:?}",
            reports(&plan)
        );
        assert!(!gets_profile("c/main.tf"), "{script}");
    }
}
